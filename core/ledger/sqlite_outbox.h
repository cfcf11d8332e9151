/*
 * The part of the SQLite store behind ledger/outbox.h.
 */
#ifndef SP_LEDGER_SQLITE_OUTBOX_H
#define SP_LEDGER_SQLITE_OUTBOX_H

#include "ledger/ledger.h"
#include "ledger/sqlite.h"

/* Inside the transaction that will add CHECK, and before it does: keeps the change of status, if it
 * is one and changes are to be told. */
int sp_sqlite_note_change(struct sp_sqlite *sqlite, const char *domain,
                          const struct sp_ledger_check *check, struct sp_err *err);

#endif
