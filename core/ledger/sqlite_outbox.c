#include "ledger/sqlite_outbox.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "ledger/outbox.h"
#include "ledger/store.h"

void sp_ledger_briefs_free(sp_ledger_briefs *briefs)
{
    SP_ARRAY_FOREACH (briefs, brief)
        free(brief->status);
    sp_array_free(briefs);
}

void sp_ledger_events_free(sp_ledger_events *events)
{
    SP_ARRAY_FOREACH (events, event) {
        free(event->id);
        free(event->domain);
        free(event->body);
    }
    sp_array_free(events);
}

/* ---- the one that watches -----------------------------------------------------------------------
 */

static int refuse_second(int fd, const char *path, struct sp_err *err)
{
    char owner[32] = "";
    ssize_t len = read(fd, owner, sizeof(owner) - 1);
    owner[len > 0 ? strspn(owner, "0123456789") : 0] = '\0';
    sp_err_set(err, SP_ERR_REFUSED, "already-watched",
               "the ledger %s is being watched already%s%s%s", path, *owner ? ", by process " : "",
               owner, *owner ? "" : ", by another process");
    return sp_err_fix(err, "end that one first, or name another ledger with --ledger");
}

/* A file beside the ledger is locked: a lock on the ledger itself would be SQLite's. The kernel
 * takes the lock back however the process ends; the file stays. */
static int claim(const char *path, int *ret_fd, struct sp_err *err)
{
    char *lock = sp_asprintf("%s-watch", path);
    int status = -1, fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        sp_err_set(err, SP_ERR_INTERNAL, "ledger", "cannot open %s: %s", lock, strerror(errno));
        sp_err_fix(err, "the folder of the ledger has to be writable");
    } else if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        refuse_second(fd, path, err);
        close(fd);
    } else {
        /* Only for the message to a second one: a full disk does not matter. */
        if (ftruncate(fd, 0) == 0)
            dprintf(fd, "%ld\n", (long)getpid());
        *ret_fd = fd;
        status = 0;
    }
    free(lock);
    return status;
}

int sp_ledger_claim(struct sp_ledger *ledger, struct sp_err *err)
{
    struct sp_sqlite *sqlite = sp_ledger_sqlite(ledger);
    return !sqlite || sqlite->claim_fd > 0 ? 0 : claim(sqlite->path, &sqlite->claim_fd, err);
}

/* ---- what there is ------------------------------------------------------------------------------
 */

int sp_ledger_version(struct sp_ledger *ledger, int64_t *ret_version, struct sp_err *err)
{
    struct sp_sqlite *sqlite = sp_ledger_sqlite(ledger);
    *ret_version = 0;
    sqlite3_stmt *row = sqlite ? sp_sqlite_bind(sqlite, SP_SQL_DATA_VERSION, err, "") : NULL;
    if (!row)
        return sqlite ? -1 : 0;
    int status = sp_sqlite_step(sqlite, row, err);
    if (status > 0)
        *ret_version = sqlite3_column_int64(row, 0);
    sp_sqlite_done(row);
    return status < 0 ? -1 : 0;
}

static int read_brief(sqlite3_stmt *row, struct sp_ledger_brief *brief, struct sp_err *err)
{
    const char *domain = (const char *)sqlite3_column_text(row, 0);
    brief->published_at_s = sqlite3_column_int64(row, 1);
    brief->window_s = sqlite3_column_int64(row, 2);
    brief->caches_until_s = sqlite3_column_int64(row, 3);
    if (sqlite3_column_type(row, 4) != SQLITE_NULL)
        brief->status = sp_sqlite_text(row, 4);
    brief->checked_at_s = sqlite3_column_int64(row, 5);
    brief->since_s = sqlite3_column_int64(row, 6);
    return sp_name_parse(&brief->domain, domain ? domain : "", err);
}

int sp_ledger_list_briefs(struct sp_ledger *ledger, sp_ledger_briefs *ret_briefs,
                          struct sp_err *err)
{
    struct sp_sqlite *sqlite = sp_ledger_sqlite(ledger);
    int status = 1;
    *ret_briefs = (sp_ledger_briefs){0};
    sqlite3_stmt *rows = sqlite ? sp_sqlite_bind(sqlite, SP_SQL_LIST_BRIEFS, err, "") : NULL;
    if (!rows)
        return sqlite ? -1 : 0;
    while (status > 0 && (status = sp_sqlite_step(sqlite, rows, err)) > 0)
        if (read_brief(rows, sp_array_push(ret_briefs), err) < 0)
            status = sp_sqlite_damaged(sqlite, err);
    sp_sqlite_done(rows);
    if (status < 0)
        sp_ledger_briefs_free(ret_briefs);
    return status;
}

/* ---- changes to be told -------------------------------------------------------------------------
 */

int sp_ledger_open_outbox(struct sp_ledger *ledger, bool is_open, struct sp_err *err)
{
    struct sp_sqlite *sqlite = sp_ledger_sqlite(ledger);
    if (!sqlite)
        return 0;
    if (sp_sqlite_run(sqlite, SP_SQL_OPEN_OUTBOX, err, "b", (int)is_open) < 0)
        return -1;
    return sp_sqlite_run(sqlite, SP_SQL_FORGET_EVENTS, err, "i",
                         sp_wall_s() - SP_WEBHOOK_REMEMBERED_S);
}

/* What is to be told of the change; owned. */
static char *body_of(const char *id, const char *domain, const char *from,
                     const struct sp_ledger_check *check)
{
    char at[32];
    time_t at_s = (time_t)check->at_s;
    struct tm tm;
    json_t *json = json_object();
    strftime(at, sizeof(at), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&at_s, &tm));
    json_object_set_new(json, "id", json_string(id));
    json_object_set_new(json, "at", json_string(at));
    json_object_set_new(json, "domain", json_string(domain));
    json_object_set_new(json, "from", sp_json_text_or_null(from));
    json_object_set_new(json, "to", json_string(check->status));
    json_object_set_new(json, "message", sp_json_text(check->message, strlen(check->message)));
    char *body = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    return body;
}

static int add_event(struct sp_sqlite *sqlite, const char *domain, const char *from,
                     const struct sp_ledger_check *check, struct sp_err *err)
{
    uint64_t number[2];
    char id[40];
    sp_random(number, sizeof(number));
    snprintf(id, sizeof(id), "msg_%016llx%016llx", (unsigned long long)number[0],
             (unsigned long long)number[1]);
    char *body = body_of(id, domain, from, check);
    int status =
        sp_sqlite_run(sqlite, SP_SQL_ADD_EVENT, err, "ttit", id, domain, check->at_s, body);
    free(body);
    return status;
}

int sp_sqlite_note_change(struct sp_sqlite *sqlite, const char *domain,
                          const struct sp_ledger_check *check, struct sp_err *err)
{
    sqlite3_stmt *row = sp_sqlite_bind(sqlite, SP_SQL_OLD_STATUS, err, "t", domain);
    if (!row)
        return -1;
    int status = sp_sqlite_step(sqlite, row, err);
    bool is_told = status > 0;
    char *from =
        is_told && sqlite3_column_type(row, 0) != SQLITE_NULL ? sp_sqlite_text(row, 0) : NULL;
    sp_sqlite_done(row);
    if (is_told && (!from || strcmp(from, check->status) != 0))
        status = add_event(sqlite, domain, from, check, err);
    free(from);
    return status < 0 ? -1 : 0;
}

int sp_ledger_list_events(struct sp_ledger *ledger, int64_t now_s, sp_ledger_events *ret_events,
                          struct sp_err *err)
{
    struct sp_sqlite *sqlite = sp_ledger_sqlite(ledger);
    int status = 1;
    *ret_events = (sp_ledger_events){0};
    sqlite3_stmt *rows =
        sqlite ? sp_sqlite_bind(sqlite, SP_SQL_LIST_EVENTS, err, "i", now_s) : NULL;
    if (!rows)
        return sqlite ? -1 : 0;
    while ((status = sp_sqlite_step(sqlite, rows, err)) > 0)
        *sp_array_push(ret_events) = (struct sp_ledger_event){
            .id = sp_sqlite_text(rows, 0),
            .domain = sp_sqlite_text(rows, 1),
            .body = sp_sqlite_text(rows, 2),
            .at_s = sqlite3_column_int64(rows, 3),
            .attempts = (unsigned)sqlite3_column_int64(rows, 4),
        };
    sp_sqlite_done(rows);
    if (status < 0)
        sp_ledger_events_free(ret_events);
    return status;
}

int sp_ledger_settle_event(struct sp_ledger *ledger, const char *id, bool is_over,
                           int64_t next_at_s, struct sp_err *err)
{
    struct sp_sqlite *sqlite = sp_ledger_sqlite(ledger);
    return sqlite ? sp_sqlite_run(sqlite, SP_SQL_SETTLE_EVENT, err, "tii", id,
                                  is_over ? sp_wall_s() : (int64_t)0, next_at_s)
                  : 0;
}
