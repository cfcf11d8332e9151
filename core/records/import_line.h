/*
 * One line of pasted text or of a zone file, taken apart without knowing what it is for.
 */
#ifndef SP_RECORDS_IMPORT_LINE_H
#define SP_RECORDS_IMPORT_LINE_H

#include "base/cursor.h"
#include "base/err.h"
#include "base/limits.h"

enum sp_import_line_kind {
    SP_IMPORT_LINE_BLANK,  /* nothing, a comment, a heading, a column without a name */
    SP_IMPORT_LINE_HALF,   /* one name: a host or a target, as its neighbours say */
    SP_IMPORT_LINE_PAIR,   /* host and target */
    SP_IMPORT_LINE_ZONE,   /* HOST [TTL] [IN] CNAME TARGET, in this order */
    SP_IMPORT_LINE_ORIGIN, /* $ORIGIN NAME */
    SP_IMPORT_LINE_TTL,    /* $TTL NUMBER */
};

struct sp_import_line {
    enum sp_import_line_kind kind;
    const char *first;  /* the name, or the host; points into `text` */
    const char *second; /* the target; points into `text` */
    uint32_t ttl;       /* seconds, of a zone-file line or $TTL; 0: not said */
    char text[SP_TEXT_MAX + 1];
};

/* Names are only cut out, not parsed. ERR: usage, without the place; "bad-line", or "record-type"
 * for a record that is no CNAME. */
int sp_import_line_read(struct sp_import_line *ret_line, struct sp_span span, struct sp_err *err);

#endif
