#include "ledger/sqlite_history.h"

#include "base/limits.h"
#include "ledger/history.h"
#include "ledger/store.h"

static void spans_free(sp_ledger_spans *spans)
{
    SP_ARRAY_FOREACH (spans, span) {
        free(span->check.status);
        free(span->check.message);
    }
    sp_array_free(spans);
}

void sp_ledger_sightings_free(sp_ledger_sightings *sightings)
{
    SP_ARRAY_FOREACH (sightings, sighting) {
        free(sighting->host);
        free(sighting->target);
        free(sighting->server);
        free(sighting->address);
    }
    sp_array_free(sightings);
}

/* ---- remembering --------------------------------------------------------------------------------
 */

/* Goes on with the last span when CHECK says the same, else begins one. */
static int add_span(struct sp_sqlite *sqlite, const char *domain,
                    const struct sp_ledger_check *check, struct sp_err *err)
{
    if (sp_sqlite_run(sqlite, SP_SQL_LENGTHEN_SPAN, err, "tittbb", domain, check->at_s,
                      check->status, check->message, (int)check->is_records_live,
                      (int)check->is_key_live) < 0)
        return -1;
    if (sqlite3_changes(sqlite->db))
        return 0;
    if (sp_sqlite_run(sqlite, SP_SQL_ADD_CHECK, err, "tittbb", domain, check->at_s, check->status,
                      check->message, (int)check->is_records_live, (int)check->is_key_live) < 0)
        return -1;
    return sp_sqlite_run(sqlite, SP_SQL_FORGET_SPANS, err, "ti", domain,
                         (int64_t)SP_LEDGER_SPANS_MAX);
}

static int add_sightings(struct sp_sqlite *sqlite, const char *domain,
                         const struct sp_ledger_check *check, struct sp_err *err)
{
    bool has_new = false;
    for (size_t i = 0; i < check->n_sightings; i++) {
        const struct sp_ledger_sighting *sighting = &check->sightings[i];
        if (sp_sqlite_run(sqlite, SP_SQL_ADD_SIGHTING, err, "ttttti", domain, sighting->host,
                          sighting->target, sighting->server, sighting->address, check->at_s) < 0)
            return -1;
        has_new |= sqlite3_changes(sqlite->db) > 0;
    }
    return has_new ? sp_sqlite_run(sqlite, SP_SQL_FORGET_SIGHTINGS, err, "ti", domain,
                                   (int64_t)SP_LEDGER_SIGHTINGS_MAX)
                   : 0;
}

int sp_sqlite_add_check(struct sp_sqlite *sqlite, const char *domain,
                        const struct sp_ledger_check *check, struct sp_err *err)
{
    if (add_span(sqlite, domain, check, err) < 0 || add_sightings(sqlite, domain, check, err) < 0)
        return -1;
    if (check->caches_until_s &&
        sp_sqlite_run(sqlite, SP_SQL_MARK_CACHES, err, "ti", domain, check->caches_until_s) < 0)
        return -1;
    return strcmp(check->status, "connected") == 0
               ? sp_sqlite_run(sqlite, SP_SQL_MARK_CONNECTED, err, "ti", domain, check->at_s)
               : 0;
}

/* ---- telling ------------------------------------------------------------------------------------
 */

static int list_spans(struct sp_ledger *ledger, const struct sp_name *domain,
                      sp_ledger_spans *ret_spans, struct sp_err *err)
{
    struct sp_sqlite *sqlite = sp_ledger_sqlite(ledger);
    int status;
    *ret_spans = (sp_ledger_spans){0};
    sqlite3_stmt *row =
        sqlite ? sp_sqlite_bind(sqlite, SP_SQL_LIST_SPANS, err, "t", SP_NAME_STR(domain)) : NULL;
    if (!row)
        return sqlite ? -1 : 0;
    while ((status = sp_sqlite_step(sqlite, row, err)) > 0)
        *sp_array_push(ret_spans) = (struct sp_ledger_span){
            .check = {.at_s = sqlite3_column_int64(row, 0),
                      .status = sp_sqlite_text(row, 1),
                      .message = sp_sqlite_text(row, 2),
                      .is_records_live = sqlite3_column_int(row, 3),
                      .is_key_live = sqlite3_column_int(row, 4)},
            .first_at_s = sqlite3_column_int64(row, 5),
            .n_looks = sqlite3_column_int64(row, 6),
        };
    sp_sqlite_done(row);
    if (status < 0)
        spans_free(ret_spans);
    return status;
}

static int list_sightings(struct sp_ledger *ledger, const struct sp_name *domain,
                          sp_ledger_sightings *ret_sightings, struct sp_err *err)
{
    struct sp_sqlite *sqlite = sp_ledger_sqlite(ledger);
    int status;
    *ret_sightings = (sp_ledger_sightings){0};
    sqlite3_stmt *row =
        sqlite ? sp_sqlite_bind(sqlite, SP_SQL_LIST_SIGHTINGS, err, "t", SP_NAME_STR(domain))
               : NULL;
    if (!row)
        return sqlite ? -1 : 0;
    while ((status = sp_sqlite_step(sqlite, row, err)) > 0)
        *sp_array_push(ret_sightings) = (struct sp_ledger_sighting){
            .host = sp_sqlite_text(row, 0),
            .target = sp_sqlite_text(row, 1),
            .server = sp_sqlite_text(row, 2),
            .address = sp_sqlite_text(row, 3),
            .at_s = sqlite3_column_int64(row, 4),
        };
    sp_sqlite_done(row);
    if (status < 0)
        sp_ledger_sightings_free(ret_sightings);
    return status;
}

int sp_ledger_read_history(struct sp_ledger *ledger, const struct sp_name *domain,
                           struct sp_ledger_history *ret_history, struct sp_err *err)
{
    *ret_history = (struct sp_ledger_history){0};
    if (list_spans(ledger, domain, &ret_history->spans, err) == 0 &&
        list_sightings(ledger, domain, &ret_history->sightings, err) == 0)
        return 0;
    sp_ledger_history_fini(ret_history);
    return -1;
}

void sp_ledger_history_fini(struct sp_ledger_history *history)
{
    spans_free(&history->spans);
    sp_ledger_sightings_free(&history->sightings);
}
