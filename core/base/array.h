/*
 * A typed growable array: `SP_ARRAY(struct sp_record) records;` is a struct with items, n and cap.
 * Zeroed memory is an empty array. The items are owned by the array, what they point to is not.
 */
#ifndef SP_BASE_ARRAY_H
#define SP_BASE_ARRAY_H

#include "base/base.h"

#define SP_ARRAY(TYPE)                                                                             \
    struct {                                                                                       \
        TYPE *items;                                                                               \
        size_t n;                                                                                  \
        size_t cap;                                                                                \
    }

/* A pointer to a new, zeroed item at the end; valid until the next push. */
#define sp_array_push(array)                                                                       \
    ((array)->n == (array)->cap                                                                    \
         ? (void)((array)->items = sp_resize((array)->items,                                       \
                                             ((array)->cap = (array)->cap ? (array)->cap * 2 : 4), \
                                             sizeof((array)->items[0])))                           \
         : (void)0,                                                                                \
     memset(&(array)->items[(array)->n], 0, sizeof((array)->items[0])),                            \
     &(array)->items[(array)->n++])

/* Room for N items in an empty array, and no more: for what is kept in large numbers. */
#define sp_array_reserve(array, N)                                                                 \
    ((array)->items = sp_alloc((N), sizeof((array)->items[0])), (array)->cap = (N))

/* Frees the items' memory and empties the array. */
#define sp_array_free(array)                                                                       \
    (free((array)->items), (array)->items = NULL, (array)->n = (array)->cap = 0)

/* for-loop over pointers to the items: SP_ARRAY_FOREACH(&set->records, record) { ... } */
#define SP_ARRAY_FOREACH(array, item)                                                              \
    for (__typeof__(*(array)->items) *item = (array)->items;                                       \
         item && item < (array)->items + (array)->n; item++)

#endif
