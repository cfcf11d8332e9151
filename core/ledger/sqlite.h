/*
 * One open SQLite file that is a ledger: identity, layout and version are checked, statements are
 * prepared once, parameters are always bound.
 */
#ifndef SP_LEDGER_SQLITE_H
#define SP_LEDGER_SQLITE_H

#include <sqlite3.h>

#include "base/err.h"

/* The statements of sqlite.c, by name. */
enum sp_sqlite_query {
    SP_SQL_BEGIN,
    SP_SQL_COMMIT,
    SP_SQL_ROLLBACK,
    SP_SQL_PUT_DOMAIN,
    SP_SQL_PUT_COURSE,
    SP_SQL_PUT_RECORD,
    SP_SQL_DROP_RECORD,
    SP_SQL_DROP_RECORDS,
    SP_SQL_DROP_COURSE,
    SP_SQL_FORGET_CONNECTED,
    SP_SQL_MARK_PUBLISHED,
    SP_SQL_MARK_SERVED,
    SP_SQL_MARK_CONNECTED,
    SP_SQL_WITHDRAW_EMPTY,
    SP_SQL_INTEND,
    SP_SQL_RESOLVE,
    SP_SQL_LIST_CHANGES,
    SP_SQL_ADD_CHECK,
    SP_SQL_LIST_DOMAINS,
    SP_SQL_LIST_RECORDS,
    SP_SQL_LIST_SHARERS,
    SP_SQL_LENGTHEN_SPAN,
    SP_SQL_FORGET_SPANS,
    SP_SQL_LIST_SPANS,
    SP_SQL_ADD_SIGHTING,
    SP_SQL_DROP_SIGHTINGS,
    SP_SQL_DROP_REWRITTEN,
    SP_SQL_FORGET_SIGHTINGS,
    SP_SQL_LIST_SIGHTINGS,
    SP_SQL_MARK_CACHES,
    SP_SQL_DATA_VERSION,
    SP_SQL_LIST_BRIEFS,
    SP_SQL_OPEN_OUTBOX,
    SP_SQL_OLD_STATUS,
    SP_SQL_ADD_EVENT,
    SP_SQL_LIST_EVENTS,
    SP_SQL_SETTLE_EVENT,
    SP_SQL_FORGET_EVENTS,
    SP_SQL_N,
};

struct sp_sqlite {
    sqlite3 *db;
    char *path;
    sqlite3_stmt *statements[SP_SQL_N];
    bool is_grouped, has_failed; /* several writes are one transaction; one of them failed */
    int claim_fd;                /* the lock of who watches the ledger; 0: not this process */
};

/* Opens or makes the file. ERR: usage, "ledger". On failure nothing is left open. */
int sp_sqlite_open(struct sp_sqlite *sqlite, const char *path, struct sp_err *err);
void sp_sqlite_close(struct sp_sqlite *sqlite);
/* Whether a commit waits for the disk. Without it the last commits may be missing after a power
 * failure (never after a crash of the process), in order, and the file is sound all the same.
 * Outside transactions. */
int sp_sqlite_set_durable(struct sp_sqlite *sqlite, bool is_durable, struct sp_err *err);

/*
 * The statement with its parameters bound by FORMAT: t a text or NULL, i an int64_t, b a bool (as
 * int). Reset; a borrow, to be stepped and then reset with sp_sqlite_done(). NULL and ERR
 * otherwise.
 */
sqlite3_stmt *sp_sqlite_bind(struct sp_sqlite *sqlite, enum sp_sqlite_query query,
                             struct sp_err *err, const char *format, ...);
/* Binds and runs a statement that yields no rows. Same FORMAT. */
int sp_sqlite_run(struct sp_sqlite *sqlite, enum sp_sqlite_query query, struct sp_err *err,
                  const char *format, ...);
/* 1 with a row, 0 at the end, -1 with ERR. */
int sp_sqlite_step(struct sp_sqlite *sqlite, sqlite3_stmt *statement, struct sp_err *err);
void sp_sqlite_done(sqlite3_stmt *statement); /* accepts NULL */
/* ERR said what cannot be read: makes it the ledger's own fault. Returns -1. */
int sp_sqlite_damaged(struct sp_sqlite *sqlite, struct sp_err *err);
/* A column's text, owned; "" for NULL. */
char *sp_sqlite_text(sqlite3_stmt *statement, int column);

#endif
