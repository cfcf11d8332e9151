/*
 * A hash table of things that have a name. The node is the first member of what is kept; the table
 * owns nothing.
 */
#ifndef SP_DNS_NAME_TABLE_H
#define SP_DNS_NAME_TABLE_H

#include "names/name.h"

struct sp_name_node {
    struct sp_name_node *next;
    struct sp_name name;
};

struct sp_name_table {
    uint32_t seed; /* of the hash, set by the first node: nobody can choose names that collide */
    struct sp_name_node *buckets[1024];
};

/* The node of NAME, or NULL; a borrow. */
void *sp_name_table_find(const struct sp_name_table *table, const struct sp_name *name);
/* Adds NODE, whose name is set and not in the table yet. */
void sp_name_table_add(struct sp_name_table *table, struct sp_name_node *node);
/* Takes NODE, which is there, out. */
void sp_name_table_remove(struct sp_name_table *table, struct sp_name_node *node);
/* Takes any node out; NULL when the table is empty. *BUCKET starts at 0 and is kept between calls.
 */
void *sp_name_table_take(struct sp_name_table *table, size_t *bucket);

#endif
