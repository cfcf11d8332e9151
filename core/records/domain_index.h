/*
 * Numbers by domain name, for finding the domain that a host lies in without walking through all of
 * them. Zeroed memory is an empty index. It lies in two pieces, so that nothing of it stays behind
 * between what is kept longer.
 */
#ifndef SP_RECORDS_DOMAIN_INDEX_H
#define SP_RECORDS_DOMAIN_INDEX_H

#include "base/array.h"
#include "names/name.h"

struct sp_domain_entry {
    struct sp_name domain;
    size_t number;
};

struct sp_domain_index {
    SP_ARRAY(struct sp_domain_entry) entries;
    uint32_t *slots; /* places in `entries`, counted from 1, where the hash of a domain leads */
    size_t n_slots;  /* a power of two, or 0 */
    uint32_t seed;   /* of the hash: nobody can choose domains that collide */
};

void sp_domain_index_fini(struct sp_domain_index *index);
/* A domain that is there keeps its number. */
void sp_domain_index_add(struct sp_domain_index *index, const struct sp_name *domain,
                         size_t number);
/* False if DOMAIN is not there. */
bool sp_domain_index_find(const struct sp_domain_index *index, const struct sp_name *domain,
                          size_t *ret_number);
/* The same for the longest domain that HOST is or lies in. */
bool sp_domain_index_find_above(const struct sp_domain_index *index, const struct sp_name *host,
                                size_t *ret_number);

#endif
