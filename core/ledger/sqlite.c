#include "ledger/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"

/* "spld" in the file's header (https://www.sqlite.org/fileformat.html, section 1.3.17): tells a
 * ledger from any other SQLite file. */
#define APPLICATION_ID 0x73706c64
#define LAYOUT_VERSION 5

/* Layout N is reached from layout N-1 by running item N-1. Append; never change one that was
 * released. */
static const char *const migrations[LAYOUT_VERSION] = {
    "CREATE TABLE domains (domain TEXT PRIMARY KEY NOT NULL, provider TEXT NOT NULL, zone TEXT NOT "
    "NULL,"
    "  published_at INTEGER NOT NULL DEFAULT 0, connected_at INTEGER NOT NULL DEFAULT 0,"
    "  is_withdrawn INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE records (id INTEGER PRIMARY KEY AUTOINCREMENT, domain TEXT NOT NULL, type TEXT "
    "NOT NULL,"
    "  host TEXT NOT NULL, target TEXT NOT NULL, leg TEXT NOT NULL, ttl INTEGER NOT NULL,"
    "  UNIQUE (domain, host));"
    "CREATE TABLE changes (id INTEGER PRIMARY KEY AUTOINCREMENT, domain TEXT NOT NULL, zone TEXT "
    "NOT NULL,"
    "  zone_id TEXT NOT NULL, provider TEXT NOT NULL, action TEXT NOT NULL, type TEXT NOT NULL,"
    "  host TEXT NOT NULL, before_image TEXT, after_image TEXT, outcome TEXT,"
    "  intended_at INTEGER NOT NULL, resolved_at INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX changes_by_domain ON changes (domain, id);"
    "CREATE INDEX changes_unresolved ON changes (domain, id) WHERE outcome IS NULL;"
    "CREATE TABLE checks (id INTEGER PRIMARY KEY AUTOINCREMENT, domain TEXT NOT NULL, at INTEGER "
    "NOT NULL,"
    "  status TEXT NOT NULL, message TEXT NOT NULL, is_records_live INTEGER NOT NULL,"
    "  is_key_live INTEGER NOT NULL);"
    "CREATE INDEX checks_by_domain ON checks (domain, id);",
    "CREATE INDEX records_by_host ON records (host);",
    "ALTER TABLE records ADD COLUMN dkim_key TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE domains ADD COLUMN window_s INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE domains ADD COLUMN finish_text TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE domains ADD COLUMN finish_url TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE domains ADD COLUMN caches_until INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE checks ADD COLUMN first_at INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE checks ADD COLUMN n_looks INTEGER NOT NULL DEFAULT 1;"
    "UPDATE checks SET first_at = at;"
    "CREATE TABLE first_seen (domain TEXT NOT NULL, host TEXT NOT NULL, target TEXT NOT NULL,"
    "  server TEXT NOT NULL, address TEXT NOT NULL, at INTEGER NOT NULL,"
    "  PRIMARY KEY (domain, host, target, server, address)) WITHOUT ROWID;"
    "CREATE TABLE events (id TEXT PRIMARY KEY NOT NULL, domain TEXT NOT NULL, at INTEGER NOT NULL,"
    "  body TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, next_at INTEGER NOT NULL,"
    "  sent_at INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX events_due ON events (next_at) WHERE sent_at = 0;"
    "CREATE INDEX events_by_domain ON events (domain, at);",
    "CREATE TABLE outbox (is_open INTEGER NOT NULL); INSERT INTO outbox VALUES (0);"
    "DROP INDEX events_due;"
    "CREATE INDEX events_open ON events (domain) WHERE sent_at = 0;",
    "ALTER TABLE domains ADD COLUMN zone_servers TEXT NOT NULL DEFAULT '';",
};

static const char *const queries[SP_SQL_N] = {
    [SP_SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SP_SQL_COMMIT] = "COMMIT",
    [SP_SQL_ROLLBACK] = "ROLLBACK",
    [SP_SQL_PUT_DOMAIN] =
        "INSERT INTO domains (domain, provider, zone) VALUES (?1, ?2, ?3) ON CONFLICT (domain) DO "
        "UPDATE SET"
        "  provider = CASE WHEN ?2 <> '' OR is_withdrawn THEN ?2 ELSE provider END,"
        "  zone = CASE WHEN ?3 <> '' THEN ?3 ELSE zone END,"
        "  published_at = CASE WHEN is_withdrawn THEN 0 ELSE published_at END,"
        "  window_s = CASE WHEN is_withdrawn THEN 0 ELSE window_s END,"
        "  finish_text = CASE WHEN is_withdrawn THEN '' ELSE finish_text END,"
        "  finish_url = CASE WHEN is_withdrawn THEN '' ELSE finish_url END,"
        "  caches_until = CASE WHEN is_withdrawn THEN 0 ELSE caches_until END,"
        "  connected_at = CASE WHEN is_withdrawn THEN 0 ELSE connected_at END, is_withdrawn = 0",
    [SP_SQL_PUT_COURSE] = "UPDATE domains SET window_s = ?2, finish_text = ?3, finish_url = ?4"
                          "  WHERE domain = ?1",
    [SP_SQL_PUT_RECORD] =
        "INSERT INTO records (domain, type, host, target, leg, ttl, dkim_key)"
        "  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (domain, host) DO UPDATE SET"
        "  dkim_key = CASE WHEN ?7 <> '' OR target <> ?4 THEN ?7 ELSE dkim_key END,"
        "  type = ?2, target = ?4, leg = ?5, ttl = ?6",
    [SP_SQL_DROP_RECORD] = "DELETE FROM records WHERE domain = ?1 AND host = ?2",
    /* Both of a domain that was only looked at; with ?2 of any. */
    [SP_SQL_DROP_RECORDS] =
        "DELETE FROM records WHERE domain = ?1 AND"
        "  (?2 OR EXISTS (SELECT 1 FROM domains WHERE domain = ?1 AND provider = ''))",
    [SP_SQL_DROP_COURSE] = "UPDATE domains SET window_s = 0, finish_text = '', finish_url = ''"
                           "  WHERE domain = ?1 AND (?2 OR provider = '')",
    [SP_SQL_FORGET_CONNECTED] = "UPDATE domains SET connected_at = 0 WHERE domain = ?1",
    [SP_SQL_MARK_PUBLISHED] =
        "UPDATE domains SET published_at = ?2 WHERE domain = ?1 AND (published_at = 0 OR ?3)",
    [SP_SQL_MARK_SERVED] = "UPDATE domains SET zone_servers = ?2 WHERE domain = ?1",
    [SP_SQL_MARK_CONNECTED] = "UPDATE domains SET connected_at = ?2 WHERE domain = ?1",
    [SP_SQL_WITHDRAW_EMPTY] = "UPDATE domains SET is_withdrawn = 1 WHERE domain = ?1"
                              "  AND NOT EXISTS (SELECT 1 FROM records WHERE records.domain = ?1)",
    [SP_SQL_INTEND] = "INSERT INTO changes (domain, zone, zone_id, provider, action, type, host, "
                      "before_image, after_image,"
                      "  intended_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    [SP_SQL_RESOLVE] = "UPDATE changes SET outcome = ?2, resolved_at = ?3 WHERE id = ?1",
    [SP_SQL_LIST_CHANGES] =
        "SELECT id, domain, zone, zone_id, provider, action, type, host, before_image, "
        "after_image, outcome,"
        "  intended_at, resolved_at FROM changes WHERE domain = ?1 AND (outcome IS NULL OR NOT ?2)"
        "  ORDER BY id",
    [SP_SQL_ADD_CHECK] =
        "INSERT INTO checks (domain, at, status, message, is_records_live, is_key_live, first_at)"
        "  SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?2 WHERE EXISTS"
        "  (SELECT 1 FROM domains WHERE domain = ?1)",
    [SP_SQL_LENGTHEN_SPAN] =
        "UPDATE checks SET at = ?2, n_looks = n_looks + 1"
        "  WHERE id = (SELECT max(id) FROM checks WHERE domain = ?1) AND status = ?3"
        "  AND message = ?4 AND is_records_live = ?5 AND is_key_live = ?6",
    [SP_SQL_FORGET_SPANS] =
        "DELETE FROM checks WHERE domain = ?1 AND id <="
        "  (SELECT id FROM checks WHERE domain = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
    [SP_SQL_LIST_SPANS] =
        "SELECT at, status, message, is_records_live, is_key_live, first_at, n_looks FROM checks"
        "  WHERE domain = ?1 ORDER BY id",
    [SP_SQL_ADD_SIGHTING] =
        "INSERT OR IGNORE INTO first_seen (domain, host, target, server, address, at)"
        "  SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE EXISTS (SELECT 1 FROM domains WHERE domain = ?1)",
    [SP_SQL_DROP_SIGHTINGS] = "DELETE FROM first_seen WHERE domain = ?1 AND host = ?2",
    /* A record that is written anew is seen anew. */
    [SP_SQL_DROP_REWRITTEN] = "DELETE FROM first_seen WHERE (domain, host) IN"
                              "  (SELECT domain, host FROM changes WHERE id = ?1 AND outcome = "
                              "'applied')",
    [SP_SQL_FORGET_SIGHTINGS] =
        "DELETE FROM first_seen WHERE domain = ?1 AND at <="
        "  (SELECT at FROM first_seen WHERE domain = ?1 ORDER BY at DESC LIMIT 1 OFFSET ?2)",
    [SP_SQL_LIST_SIGHTINGS] =
        "SELECT f.host, f.target, f.server, f.address, f.at FROM first_seen f JOIN records r"
        "  ON r.domain = f.domain AND r.host = f.host AND r.target = f.target"
        "  WHERE f.domain = ?1 ORDER BY r.id, f.at, f.server, f.address",
    [SP_SQL_MARK_CACHES] =
        "UPDATE domains SET caches_until = ?2 WHERE domain = ?1 AND caches_until < ?2",
    /* A range, which the index finds; no name has a letter behind "~". */
    [SP_SQL_LIST_DOMAINS] =
        "SELECT d.domain, d.provider, d.zone, d.published_at, d.connected_at, d.is_withdrawn,"
        "  c.at, c.status, c.message, c.is_records_live, c.is_key_live, d.window_s,"
        "  d.finish_text, d.finish_url, d.caches_until, d.zone_servers"
        "  FROM domains d LEFT JOIN checks c"
        "  ON c.id = (SELECT max(id) FROM checks WHERE checks.domain = d.domain)"
        "  WHERE d.domain BETWEEN ifnull(?1, '') AND ifnull(?1, '~') ORDER BY d.domain",
    [SP_SQL_DATA_VERSION] = "PRAGMA data_version",
    [SP_SQL_LIST_BRIEFS] =
        "SELECT d.domain, d.published_at, d.window_s, d.caches_until, c.status, c.at, c.first_at"
        "  FROM domains d LEFT JOIN checks c"
        "  ON c.id = (SELECT max(id) FROM checks WHERE checks.domain = d.domain)"
        "  WHERE NOT d.is_withdrawn ORDER BY d.domain",
    [SP_SQL_OPEN_OUTBOX] = "UPDATE outbox SET is_open = ?1 WHERE is_open <> ?1",
    /* No row where changes are not to be told. */
    [SP_SQL_OLD_STATUS] =
        "SELECT (SELECT status FROM checks WHERE domain = ?1 ORDER BY id DESC LIMIT 1)"
        "  FROM outbox WHERE is_open AND EXISTS (SELECT 1 FROM domains WHERE domain = ?1)",
    [SP_SQL_ADD_EVENT] =
        "INSERT INTO events (id, domain, at, body, next_at) VALUES (?1, ?2, ?3, ?4, 0)",
    [SP_SQL_LIST_EVENTS] = "SELECT id, domain, body, at, attempts FROM events WHERE rowid IN"
                           "  (SELECT min(rowid) FROM events WHERE sent_at = 0 GROUP BY domain)"
                           "  AND next_at <= ?1 ORDER BY rowid LIMIT 64",
    [SP_SQL_SETTLE_EVENT] =
        "UPDATE events SET attempts = attempts + 1, sent_at = ?2, next_at = ?3 WHERE id = ?1",
    [SP_SQL_FORGET_EVENTS] = "DELETE FROM events WHERE sent_at <> 0 AND at < ?1",
    [SP_SQL_LIST_RECORDS] =
        "SELECT type, host, target, leg, ttl, dkim_key FROM records WHERE domain = ?1 ORDER BY id",
    [SP_SQL_LIST_SHARERS] =
        "SELECT r.domain FROM records r JOIN domains d ON d.domain = r.domain"
        "  WHERE r.host = ?2 AND r.target = ?3 AND r.domain <> ?1 AND NOT d.is_withdrawn"
        "  ORDER BY r.domain",
};

/* ---- opening ------------------------------------------------------------------------------------
 */

static int refuse(const char *path, const char *why, struct sp_err *err)
{
    sp_err_set(err, SP_ERR_USAGE, "ledger", "cannot use the ledger %s: %s", path, why);
    return sp_err_fix(err, "name another file with --ledger, or \"--ledger none\" to keep nothing");
}

static int make_folders(const char *path, struct sp_err *err)
{
    char *folder = sp_strdup(path);
    int status = 0;
    for (char *slash = strchr(folder + 1, '/'); slash && status == 0;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(folder, 0700) < 0 && errno != EEXIST)
            status = refuse(path, strerror(errno), err);
        *slash = '/';
    }
    free(folder);
    return status;
}

/* SQLite would make it with the umask's idea of a mode, and gives its companions (-wal, -shm) the
 * mode of the file. An existing file is not opened: closing it again would drop SQLite's locks in
 * this process. */
static int make_file(const char *path, struct sp_err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno == EEXIST ? 0 : refuse(path, strerror(errno), err);
    int status = fchmod(fd, 0600) < 0 ? refuse(path, strerror(errno), err) : 0;
    close(fd);
    return status;
}

static int run_sql(struct sp_sqlite *sqlite, const char *sql, struct sp_err *err)
{
    if (sqlite3_exec(sqlite->db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return 0;
    if (sqlite3_errcode(sqlite->db) == SQLITE_NOTADB)
        return refuse(sqlite->path, "it is no signpost ledger", err);
    return refuse(sqlite->path, sqlite3_errmsg(sqlite->db), err);
}

static int read_number(struct sp_sqlite *sqlite, const char *sql, int64_t *ret_number,
                       struct sp_err *err)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(sqlite->db, sql, -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        *ret_number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    if (code == SQLITE_ROW)
        return 0;
    return refuse(sqlite->path,
                  code == SQLITE_NOTADB ? "it is no signpost ledger" : sqlite3_errmsg(sqlite->db),
                  err);
}

/* Whether the file is ours or still empty, without changing a byte of it. Inside a transaction, as
 * another process may be making the ledger at this moment. */
static int check_identity(struct sp_sqlite *sqlite, int64_t *ret_version, struct sp_err *err)
{
    int64_t id, n_tables;
    char why[96];
    if (read_number(sqlite, "PRAGMA application_id", &id, err) < 0 ||
        read_number(sqlite, "PRAGMA user_version", ret_version, err) < 0 ||
        read_number(sqlite, "SELECT count(*) FROM sqlite_master", &n_tables, err) < 0)
        return -1;
    bool is_empty = id == 0 && *ret_version == 0 && n_tables == 0;
    if (!is_empty && id != APPLICATION_ID)
        return refuse(sqlite->path, "it is no signpost ledger", err);
    if (*ret_version > LAYOUT_VERSION) {
        snprintf(why, sizeof(why),
                 "it was written by a newer version of signpost (layout %lld, known are up to %d)",
                 (long long)*ret_version, LAYOUT_VERSION);
        return refuse(sqlite->path, why, err);
    }
    return 0;
}

static int look_at(struct sp_sqlite *sqlite, int64_t *ret_version, struct sp_err *err)
{
    if (run_sql(sqlite, "BEGIN", err) < 0)
        return -1;
    int status = check_identity(sqlite, ret_version, err);
    sqlite3_exec(sqlite->db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

/* Several processes may come here at once: the version is read again under the write lock. */
static int migrate(struct sp_sqlite *sqlite, struct sp_err *err)
{
    int64_t version;
    char stamp[96];
    if (run_sql(sqlite, "BEGIN IMMEDIATE", err) < 0)
        return -1;
    if (check_identity(sqlite, &version, err) < 0)
        goto done;
    snprintf(stamp, sizeof(stamp), "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
             APPLICATION_ID, LAYOUT_VERSION);
    for (; version < LAYOUT_VERSION; version++)
        if (run_sql(sqlite, migrations[version], err) < 0)
            goto done;
    if (run_sql(sqlite, stamp, err) == 0)
        return 0;
done:
    sqlite3_exec(sqlite->db, "ROLLBACK", NULL, NULL, NULL);
    return -1;
}

/* The switch to WAL needs the file for itself for a moment, and SQLite does not wait for that by
 * itself when two processes try at the same time. */
static int switch_to_wal(struct sp_sqlite *sqlite, struct sp_err *err)
{
    uint64_t deadline_ms = sp_monotonic_ms() + SP_LEDGER_BUSY_MS;
    while (sqlite3_exec(sqlite->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL) == SQLITE_BUSY) {
        if (sp_monotonic_ms() >= deadline_ms)
            return refuse(sqlite->path, "another process holds it", err);
        sqlite3_sleep(10);
    }
    return run_sql(sqlite, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL", err);
}

int sp_sqlite_open(struct sp_sqlite *sqlite, const char *path, struct sp_err *err)
{
    int64_t version;
    *sqlite = (struct sp_sqlite){0};
    /* With a folder in front no name means anything special to SQLite (":memory:", "file:..."). */
    sqlite->path = path[0] == '/' ? sp_strdup(path) : sp_asprintf("./%s", path);
    if (make_folders(sqlite->path, err) < 0 || make_file(sqlite->path, err) < 0)
        goto done;
    if (sqlite3_open_v2(sqlite->path, &sqlite->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK) {
        refuse(sqlite->path, sqlite->db ? sqlite3_errmsg(sqlite->db) : "out of memory", err);
        goto done;
    }
    sqlite3_busy_timeout(sqlite->db, SP_LEDGER_BUSY_MS);
    sqlite3_db_config(sqlite->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(sqlite->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    if (look_at(sqlite, &version, err) < 0 || switch_to_wal(sqlite, err) < 0)
        goto done;
    if (version == LAYOUT_VERSION || migrate(sqlite, err) == 0)
        return 0;
done:
    sp_sqlite_close(sqlite);
    return -1;
}

void sp_sqlite_close(struct sp_sqlite *sqlite)
{
    for (size_t i = 0; i < SP_ARRAY_LEN(sqlite->statements); i++)
        sqlite3_finalize(sqlite->statements[i]);
    sqlite3_close(sqlite->db);
    if (sqlite->claim_fd > 0)
        close(sqlite->claim_fd);
    free(sqlite->path);
    *sqlite = (struct sp_sqlite){0};
}

/* ---- statements ---------------------------------------------------------------------------------
 */

static int fail(struct sp_sqlite *sqlite, struct sp_err *err)
{
    sp_err_set(err, SP_ERR_INTERNAL, "ledger", "the ledger %s: %s", sqlite->path,
               sqlite3_errmsg(sqlite->db));
    return sp_err_fix(
        err, "see that the disk has room and the file is yours; \"--ledger none\" does without");
}

/* Not a prepared statement: SQLite carries out this pragma while it compiles it. */
int sp_sqlite_set_durable(struct sp_sqlite *sqlite, bool is_durable, struct sp_err *err)
{
    const char *sql = is_durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL";
    return sqlite3_exec(sqlite->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : fail(sqlite, err);
}

static int bind_one(sqlite3_stmt *statement, int at, char what, va_list *args)
{
    switch (what) {
    case 't':
        return sqlite3_bind_text(statement, at, va_arg(*args, const char *), -1, SQLITE_TRANSIENT);
    case 'i':
        return sqlite3_bind_int64(statement, at, va_arg(*args, int64_t));
    case 'b':
        return sqlite3_bind_int(statement, at, va_arg(*args, int));
    default:
        return SQLITE_MISUSE;
    }
}

static sqlite3_stmt *bind_all(struct sp_sqlite *sqlite, enum sp_sqlite_query query,
                              struct sp_err *err, const char *format, va_list *args)
{
    sqlite3_stmt **statement = &sqlite->statements[query];
    int code = SQLITE_OK;
    if (!*statement)
        code = sqlite3_prepare_v3(sqlite->db, queries[query], -1, SQLITE_PREPARE_PERSISTENT,
                                  statement, NULL);
    else
        sp_sqlite_done(*statement);
    for (int at = 0; code == SQLITE_OK && format[at]; at++)
        code = bind_one(*statement, at + 1, format[at], args);
    if (code == SQLITE_OK)
        return *statement;
    fail(sqlite, err);
    return NULL;
}

sqlite3_stmt *sp_sqlite_bind(struct sp_sqlite *sqlite, enum sp_sqlite_query query,
                             struct sp_err *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    sqlite3_stmt *statement = bind_all(sqlite, query, err, format, &args);
    va_end(args);
    return statement;
}

int sp_sqlite_run(struct sp_sqlite *sqlite, enum sp_sqlite_query query, struct sp_err *err,
                  const char *format, ...)
{
    va_list args;
    va_start(args, format);
    sqlite3_stmt *statement = bind_all(sqlite, query, err, format, &args);
    va_end(args);
    if (!statement)
        return -1;
    int status = sp_sqlite_step(sqlite, statement, err) < 0 ? -1 : 0;
    sp_sqlite_done(statement);
    return status;
}

int sp_sqlite_step(struct sp_sqlite *sqlite, sqlite3_stmt *statement, struct sp_err *err)
{
    switch (sqlite3_step(statement)) {
    case SQLITE_ROW:
        return 1;
    case SQLITE_DONE:
        return 0;
    default:
        return fail(sqlite, err);
    }
}

void sp_sqlite_done(sqlite3_stmt *statement)
{
    if (!statement)
        return;
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

char *sp_sqlite_text(sqlite3_stmt *statement, int column)
{
    const unsigned char *text = sqlite3_column_text(statement, column);
    return sp_strdup(text ? (const char *)text : "");
}

/* What was read by now is of no use after a failure; the cause becomes the ledger's own. */
int sp_sqlite_damaged(struct sp_sqlite *sqlite, struct sp_err *err)
{
    struct sp_err cause = *err;
    return sp_err_set(err, SP_ERR_INTERNAL, "ledger", "the ledger %s is damaged: %s", sqlite->path,
                      cause.message);
}
