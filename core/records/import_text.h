/*
 * Records in lines: zone-file lines, and Host / Points to as pasted from a page.
 */
#ifndef SP_RECORDS_IMPORT_TEXT_H
#define SP_RECORDS_IMPORT_TEXT_H

#include "records/importer.h"

/* Adds what TEXT holds and sets the import's format. ERR: usage, with the line. */
int sp_import_text_read(struct sp_importer *importer, const char *text, size_t len,
                        struct sp_err *err);

/* ARGUMENT is "HOST=TARGET" or another line with both. ERR: usage, with the argument. */
int sp_import_text_read_argument(struct sp_importer *importer, const char *argument,
                                 struct sp_err *err);

#endif
