/*
 * Records that a platform gave: JSON, zone-file lines, or Host / Points to as pasted from a page.
 */
#ifndef SP_RECORDS_IMPORT_H
#define SP_RECORDS_IMPORT_H

#include "records/record.h"

/* How the hosts were written, so that it can be shown. */
enum sp_import_hosts {
    SP_IMPORT_HOSTS_FULL,   /* sk48601.example.com */
    SP_IMPORT_HOSTS_PREFIX, /* sk48601: the domain was appended */
    SP_IMPORT_HOSTS_MIXED,
};

enum sp_import_format { SP_IMPORT_JSON, SP_IMPORT_ZONE, SP_IMPORT_LINES };

struct sp_import {
    SP_ARRAY(struct sp_record_set) sets; /* one a domain, in the order of the input */
    enum sp_import_format format;        /* of --records; LINES for --record */
    enum sp_import_hosts hosts;
};

void sp_import_fini(struct sp_import *import);

/*
 * Reads TEXT, whose format is told from its first character ("{" or "[": JSON, one object or one a line;
 * else zone-file lines where a line has the word CNAME, else host/target lines with `=`, `->`, a tab,
 * a comma or blanks between, or host and target on alternate lines; `#` and `;` start comments, header
 * words such as "Host", "Points to", "Name", "Value", "CNAME" are skipped).
 * DOMAINS (N_DOMAINS, at least one, except for JSON that names its own) are those on the command line: a
 * full host belongs to the longest of them that contains it; a prefix belongs to the only one, and is an
 * error with several. WHAT names the source in messages ("records.txt", "--record").
 * ERR: usage; names the line. On failure RET_IMPORT is empty.
 */
int sp_import_text(const char *text, size_t len, const char *what, const struct sp_name *domains,
                   size_t n_domains, struct sp_import *ret_import, struct sp_err *err);

/* One HOST=TARGET argument, added to IMPORT under the same rules. */
int sp_import_argument(const char *argument, const struct sp_name *domains, size_t n_domains,
                       struct sp_import *import, struct sp_err *err);

#endif
