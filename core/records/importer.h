/*
 * What every import format shares: to which domain a record as written belongs, and the sets it
 * grows.
 */
#ifndef SP_RECORDS_IMPORTER_H
#define SP_RECORDS_IMPORTER_H

#include "records/domain_index.h"
#include "records/import.h"

struct sp_importer {
    struct sp_import *import; /* a borrow; grown */
    const char *what;         /* the source in messages; a borrow */
    const struct sp_name *domains;
    struct sp_domain_index asked; /* the place of each in `domains` */
    struct sp_domain_index sets;  /* the place of each set in import->sets */
    struct sp_record_set open;    /* the one that rows were added to last: not yet put there */
    size_t open_place;
};

/* One record as it was written; all borrows. */
struct sp_import_row {
    const char *host;
    const char *target;
    const struct sp_name
        *domain; /* the domain that it was said to be for, or NULL: one of those asked for */
    const struct sp_name *origin; /* $ORIGIN, or NULL */
    uint32_t ttl;                 /* seconds; 0: not said */
    const char *dkim_key;         /* the key that is expected behind it; or NULL or "" */
};

void sp_importer_init(struct sp_importer *importer, struct sp_import *import, const char *what,
                      const struct sp_name *domains, size_t n_domains);
/* Completes the import, which stays. */
void sp_importer_fini(struct sp_importer *importer);

/* Refuses a domain that is not among those asked for, if there are any. ERR: usage,
 * "domain-not-asked". */
int sp_importer_check_domain(const struct sp_importer *importer, const struct sp_name *domain,
                             struct sp_err *err);

/* Completes the host, checks the record and adds it to its domain's set, once. ERR: usage, without
 * the place, which the caller puts in front; the import is then as it was. */
int sp_importer_add(struct sp_importer *importer, const struct sp_import_row *row,
                    struct sp_err *err);

/* SPAN cut to a length for messages, escaped. Owned. */
char *sp_import_quote(struct sp_span span);

#endif
