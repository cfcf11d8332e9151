/*
 * Numbers by domain name, for finding the domain that a host lies in without walking through all of
 * them. Zeroed memory is an empty index.
 */
#ifndef SP_RECORDS_DOMAIN_INDEX_H
#define SP_RECORDS_DOMAIN_INDEX_H

#include "names/name.h"

struct sp_domain_index {
    void *tree; /* tsearch(3) */
    size_t n;
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
