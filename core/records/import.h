/*
 * Records that a platform gave: JSON, zone-file lines, or Host / Points to as pasted from a page.
 */
#ifndef SP_RECORDS_IMPORT_H
#define SP_RECORDS_IMPORT_H

#include "records/set_list.h"

/* How the hosts were written, so that it can be shown. */
enum sp_import_hosts {
    SP_IMPORT_HOSTS_FULL,   /* sk48601.example.com */
    SP_IMPORT_HOSTS_PREFIX, /* sk48601: the domain was appended */
    SP_IMPORT_HOSTS_MIXED,
};

enum sp_import_format { SP_IMPORT_JSON, SP_IMPORT_ZONE, SP_IMPORT_LINES };

/* A host of several labels, without an underscore in the last, that was taken for a prefix:
 * em123.mail, read as em123.mail.example.com. */
struct sp_import_reading {
    struct sp_name written, host;
};

struct sp_import {
    struct sp_set_list sets;      /* one a domain, in the order of the input */
    enum sp_import_format format; /* ZONE when every record stood in a zone-file line */
    enum sp_import_hosts hosts;
    SP_ARRAY(struct sp_import_reading) readings; /* worth showing one by one; in order */
};

void sp_import_fini(struct sp_import *import);

/*
 * Reads TEXT (UTF-8, at most SP_FILE_MAX bytes). JSON is told from its first character, "{" or "[":
 * objects of schemas/records.schema.json, one or several in a row or in an array, or a report of
 * signpost itself; without "domain", or as a bare array of records, for the only one of DOMAINS.
 * All else is read line by line: `HOST [TTL] [IN] CNAME TARGET` with $ORIGIN and $TTL, or HOST and
 * TARGET with `=`, `->`, a tab, a comma, a bar or blanks between, or on alternate lines. `#` and
 * `;` start comments; headings ("Host", "Points to"), list numbers, quotes and the other columns of
 * a pasted table are skipped. A TTL is kept from zone-file lines and JSON alone.
 *
 * DOMAINS (N_DOMAINS, at least one, except for JSON, which names its own) are those on the command
 * line. A host within one of them is full and belongs to the longest such domain; one with a final
 * dot is absolute; one that ends in a top-level domain, and could be a whole name elsewhere, is
 * ambiguous and refused, and so is one that ends in labels with which the domain begins; any other
 * is a prefix of the only domain, and refused with several. JSON for a domain that is not among
 * DOMAINS is refused (unless there are none). A record given twice is folded, a host with two
 * targets is refused, and every set passes sp_record_set_check. WHAT names the source in messages
 * ("records.txt"). ERR: usage; names the line. On failure RET_IMPORT is empty.
 */
int sp_import_text(const char *text, size_t len, const char *what, const struct sp_name *domains,
                   size_t n_domains, struct sp_import *ret_import, struct sp_err *err);

/* One argument, added to IMPORT (zeroed before the first) under the same rules for hosts. In
 * HOST=TARGET all in front of the first `=` is the host and all behind it the target, without
 * blanks; an argument without `=`, or with `=>`, is read as a line. On failure IMPORT is as it was.
 */
int sp_import_argument(const char *argument, const struct sp_name *domains, size_t n_domains,
                       struct sp_import *import, struct sp_err *err);

#endif
