#include "records/domain_index.h"

enum { SLOTS_LEAST = 16 };

/* FNV-1a. */
static size_t hash_of(const struct sp_domain_index *index, const struct sp_name *domain)
{
    uint32_t hash = 2166136261u ^ index->seed;
    for (size_t i = 0; i < domain->len; i++)
        hash = (hash ^ domain->wire[i]) * 16777619u;
    return hash ^ hash >> 16;
}

/* Where the number of DOMAIN's entry stands, counted from 1, or would: then it is 0. */
static uint32_t *slot_of(const struct sp_domain_index *index, const struct sp_name *domain)
{
    size_t at = hash_of(index, domain);
    for (;; at++) {
        uint32_t *slot = &index->slots[at & (index->n_slots - 1)];
        if (!*slot || sp_name_equal(&index->entries.items[*slot - 1].domain, domain))
            return slot;
    }
}

/* At least a quarter of the slots is empty. */
static void make_room(struct sp_domain_index *index)
{
    if ((index->entries.n + 1) * 4 <= index->n_slots * 3)
        return;
    if (!index->seed)
        sp_random(&index->seed, sizeof(index->seed));
    index->n_slots = index->n_slots ? 2 * index->n_slots : SLOTS_LEAST;
    free(index->slots);
    index->slots = sp_alloc(index->n_slots, sizeof(*index->slots));
    for (size_t i = 0; i < index->entries.n; i++)
        *slot_of(index, &index->entries.items[i].domain) = (uint32_t)i + 1;
}

void sp_domain_index_fini(struct sp_domain_index *index)
{
    free(index->slots);
    sp_array_free(&index->entries);
    *index = (struct sp_domain_index){0};
}

void sp_domain_index_add(struct sp_domain_index *index, const struct sp_name *domain, size_t number)
{
    make_room(index);
    uint32_t *slot = slot_of(index, domain);
    if (*slot)
        return;
    *sp_array_push(&index->entries) = (struct sp_domain_entry){*domain, number};
    *slot = (uint32_t)index->entries.n;
}

bool sp_domain_index_find(const struct sp_domain_index *index, const struct sp_name *domain,
                          size_t *ret_number)
{
    uint32_t *slot = index->n_slots ? slot_of(index, domain) : NULL;
    if (!slot || !*slot)
        return false;
    *ret_number = index->entries.items[*slot - 1].number;
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
