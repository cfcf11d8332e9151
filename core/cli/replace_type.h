/*
 * The record types that --replace-types may name.
 */
#ifndef SP_CLI_REPLACE_TYPE_H
#define SP_CLI_REPLACE_TYPE_H

#include "base/err.h"

/* Puts TYPE into upper case. ERR: usage, "bad-option": no type that is known, or one that is never
 * removed for a CNAME: NS and SOA make the zone, and another CNAME is what --replace is for. */
int sp_replace_type_read(char *type, struct sp_err *err);

#endif
