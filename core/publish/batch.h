/*
 * How the changes of one zone are cut into calls, and what is put back when one of them fails
 * half-way. Pure. Changes of one host are neighbours, its deletions first.
 */
#ifndef SP_PUBLISH_BATCH_H
#define SP_PUBLISH_BATCH_H

#include "broker/provider.h"

/*
 * How many of the N (> 0) changes make up the next call to a provider of this DESCRIPTION: whole
 * hosts, as many as batch_max and batch_characters_max take, and at least one host, even if it has
 * more than that. Where a call is not atomic, a host whose records are removed to make room has a
 * call to itself, so that between its deletions and its creation nothing else can fail.
 */
size_t sp_batch_len(const struct sp_change *changes, size_t n,
                    const struct sp_description *description);

typedef SP_ARRAY(size_t) sp_batch_indexes;

/* The indexes of those deletions that were applied while what was to take their place was not. */
void sp_batch_list_orphaned(const struct sp_change *changes, size_t n, sp_batch_indexes *ret_list);

#endif
