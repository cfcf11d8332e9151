#include "records/domain_index.h"

#include <search.h>

struct domain_entry {
    struct sp_name domain;
    size_t number;
};

static int compare(const void *a, const void *b)
{
    const struct sp_name *left = &((const struct domain_entry *)a)->domain;
    const struct sp_name *right = &((const struct domain_entry *)b)->domain;
    if (left->len != right->len)
        return left->len < right->len ? -1 : 1;
    return memcmp(left->wire, right->wire, left->len);
}

void sp_domain_index_fini(struct sp_domain_index *index)
{
    tdestroy(index->tree, free);
    *index = (struct sp_domain_index){0};
}

void sp_domain_index_add(struct sp_domain_index *index, const struct sp_name *domain, size_t number)
{
    struct domain_entry *entry = sp_new(struct domain_entry);
    entry->domain = *domain;
    entry->number = number;
    void *node = tsearch(entry, &index->tree, compare);
    if (!node)
        abort(); /* out of memory: base/base.h */
    if (*(struct domain_entry **)node == entry)
        index->n++;
    else
        free(entry);
}

bool sp_domain_index_find(const struct sp_domain_index *index, const struct sp_name *domain,
                          size_t *ret_number)
{
    const struct domain_entry wanted = {.domain = *domain};
    void *node = tfind(&wanted, &index->tree, compare);
    if (!node)
        return false;
    *ret_number = (*(struct domain_entry **)node)->number;
    return true;
}

bool sp_domain_index_find_above(const struct sp_domain_index *index, const struct sp_name *host,
                                size_t *ret_number)
{
    size_t n_labels = sp_name_count_labels(host);
    for (size_t n = n_labels; n > 0; n--) {
        struct sp_name suffix = sp_name_suffix(host, n);
        if (sp_domain_index_find(index, &suffix, ret_number))
            return true;
    }
    return false;
}
