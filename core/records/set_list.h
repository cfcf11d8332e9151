/*
 * Record sets, as many as a fleet has, in little memory: each is kept as the octets that its names
 * need, a tenth of what the set takes, and made again when it is wanted.
 */
#ifndef SP_RECORDS_SET_LIST_H
#define SP_RECORDS_SET_LIST_H

#include "records/record.h"

struct sp_packed_set {
    uint8_t *bytes;
    size_t len;
};

/* Zeroed memory is an empty list. */
struct sp_set_list {
    SP_ARRAY(struct sp_packed_set);
};

void sp_set_list_fini(struct sp_set_list *list);
/* Appends a copy of SET. */
void sp_set_list_push(struct sp_set_list *list, const struct sp_record_set *set);
/* Puts a copy of SET in place of the set at I. */
void sp_set_list_replace(struct sp_set_list *list, size_t i, const struct sp_record_set *set);
/* The set at I; the caller owns it. */
struct sp_record_set sp_set_list_get(const struct sp_set_list *list, size_t i);
struct sp_name sp_set_list_domain(const struct sp_set_list *list, size_t i);
/* Appends the set at I to OTHER; what stays at I is good for sp_set_list_fini() alone. */
void sp_set_list_move(struct sp_set_list *list, size_t i, struct sp_set_list *other);

#endif
