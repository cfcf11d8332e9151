/*
 * The JSON Schemas of schemas/, built in by scripts/embed.py.
 */
#ifndef SP_CLI_SCHEMAS_H
#define SP_CLI_SCHEMAS_H

#include <stddef.h>

struct sp_schema {
    const char *name; /* "report"; NULL ends the list */
    const char *text;
    size_t len;
};

extern const struct sp_schema sp_schemas[];

#endif
