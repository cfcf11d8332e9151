#include "dns/name_table.h"

static size_t bucket_of(const struct sp_name_table *table, const struct sp_name *name)
{
    uint32_t hash = 2166136261u ^ table->seed; /* FNV-1a */
    for (size_t i = 0; i < name->len; i++)
        hash = (hash ^ name->wire[i]) * 16777619u;
    return (hash ^ hash >> 16) % SP_ARRAY_LEN(table->buckets);
}

void *sp_name_table_find(const struct sp_name_table *table, const struct sp_name *name)
{
    struct sp_name_node *node = table->buckets[bucket_of(table, name)];
    while (node && !sp_name_equal(&node->name, name))
        node = node->next;
    return node;
}

void sp_name_table_add(struct sp_name_table *table, struct sp_name_node *node)
{
    if (!table->seed) {
        sp_random(&table->seed, sizeof(table->seed));
        table->seed |= 1;
    }
    struct sp_name_node **bucket = &table->buckets[bucket_of(table, &node->name)];
    node->next = *bucket;
    *bucket = node;
}

void sp_name_table_remove(struct sp_name_table *table, struct sp_name_node *node)
{
    struct sp_name_node **at = &table->buckets[bucket_of(table, &node->name)];
    while (*at != node)
        at = &(*at)->next;
    *at = node->next;
}

void *sp_name_table_take(struct sp_name_table *table, size_t *bucket)
{
    while (*bucket < SP_ARRAY_LEN(table->buckets) && !table->buckets[*bucket])
        ++*bucket;
    if (*bucket == SP_ARRAY_LEN(table->buckets))
        return NULL;
    struct sp_name_node *node = table->buckets[*bucket];
    table->buckets[*bucket] = node->next;
    return node;
}
