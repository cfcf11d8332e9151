/*
 * Records in JSON: objects of schemas/records.schema.json, one, several in a row (JSON lines), or
 * in an array; the domains of a report of signpost itself; and records without their domain, in an
 * array or as {"records": [...]}, when one domain alone is asked for.
 */
#ifndef SP_RECORDS_IMPORT_JSON_H
#define SP_RECORDS_IMPORT_JSON_H

#include "records/importer.h"

/* Adds what TEXT holds and sets the import's format. ERR: usage, with the line of the object and
 * the place in it. */
int sp_import_json_read(struct sp_importer *importer, const char *text, size_t len,
                        struct sp_err *err);

#endif
