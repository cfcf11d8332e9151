/*
 * The part of the SQLite store behind ledger/history.h.
 */
#ifndef SP_LEDGER_SQLITE_HISTORY_H
#define SP_LEDGER_SQLITE_HISTORY_H

#include "ledger/ledger.h"
#include "ledger/sqlite.h"

/* Inside a transaction: the whole of CHECK, for a domain that has an entry; else nothing. */
int sp_sqlite_add_check(struct sp_sqlite *sqlite, const char *domain,
                        const struct sp_ledger_check *check, struct sp_err *err);

#endif
