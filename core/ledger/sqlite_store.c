#include "ledger/sqlite.h"

#include "base/limits.h"
#include "ledger/sqlite_history.h"
#include "ledger/sqlite_outbox.h"
#include "ledger/store.h"

struct store {
    struct sp_ledger ledger; /* first: a store is a ledger */
    struct sp_sqlite sqlite;
};

static struct sp_sqlite *sqlite_of(struct sp_ledger *ledger)
{
    return &((struct store *)ledger)->sqlite;
}

/* ---- transactions -------------------------------------------------------------------------------
 */

static int begin(struct sp_sqlite *sqlite, struct sp_err *err)
{
    return sqlite->is_grouped ? 0 : sp_sqlite_run(sqlite, SP_SQL_BEGIN, err, "");
}

static void take_back(struct sp_sqlite *sqlite)
{
    struct sp_err ignored;
    sp_sqlite_run(sqlite, SP_SQL_ROLLBACK, &ignored, "");
}

/* Ends the transaction: commits when STATUS is 0, else takes everything back. Returns what became
 * of it. */
static int end(struct sp_sqlite *sqlite, int status, struct sp_err *err)
{
    sqlite->has_failed |= status < 0;
    if (sqlite->is_grouped)
        return status;
    if (status == 0)
        status = sp_sqlite_run(sqlite, SP_SQL_COMMIT, err, "");
    if (status < 0)
        take_back(sqlite);
    return status;
}

static int store_begin(struct sp_ledger *ledger, struct sp_err *err)
{
    struct sp_sqlite *sqlite = sqlite_of(ledger);
    if (begin(sqlite, err) < 0)
        return -1;
    sqlite->is_grouped = true;
    sqlite->has_failed = false;
    return 0;
}

static int store_end(struct sp_ledger *ledger, struct sp_err *err)
{
    struct sp_sqlite *sqlite = sqlite_of(ledger);
    sqlite->is_grouped = false;
    if (!sqlite->has_failed)
        return end(sqlite, 0, err);
    take_back(sqlite);
    return sp_err_set(err, SP_ERR_INTERNAL, "ledger", "the ledger %s: nothing was written",
                      sqlite->path);
}

static void store_close(struct sp_ledger *ledger)
{
    sp_sqlite_close(sqlite_of(ledger));
    free(ledger);
}

/* ---- record sets --------------------------------------------------------------------------------
 */

static int read_name(sqlite3_stmt *row, int column, struct sp_name *ret_name, struct sp_err *err)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    return sp_name_parse(ret_name, text ? text : "", err);
}

static int read_record(sqlite3_stmt *row, struct sp_record *record, struct sp_err *err)
{
    const char *type = (const char *)sqlite3_column_text(row, 0);
    const char *leg = (const char *)sqlite3_column_text(row, 3);
    const char *key = (const char *)sqlite3_column_text(row, 5);
    if (!type || !leg || strlen(type) >= sizeof(record->type))
        return sp_err_set(err, SP_ERR_INTERNAL, "ledger", "a record without a type or a leg");
    if (sp_key_digest_parse(&record->key, key ? key : "") < 0)
        return sp_err_set(err, SP_ERR_INTERNAL, "ledger", "a record whose key is no digest");
    memcpy(record->type, type, strlen(type) + 1);
    record->leg = strcmp(leg, sp_leg_name(SP_LEG_DKIM)) == 0 ? SP_LEG_DKIM : SP_LEG_RETURN_PATH;
    record->ttl = (uint32_t)sqlite3_column_int64(row, 4);
    if (read_name(row, 1, &record->host, err) < 0)
        return -1;
    return read_name(row, 2, &record->target, err);
}

static int read_set(struct sp_sqlite *sqlite, struct sp_record_set *set, struct sp_err *err)
{
    int status = 1;
    sqlite3_stmt *rows =
        sp_sqlite_bind(sqlite, SP_SQL_LIST_RECORDS, err, "t", SP_NAME_STR(&set->domain));
    if (!rows)
        return -1;
    while (status > 0 && (status = sp_sqlite_step(sqlite, rows, err)) > 0)
        if (read_record(rows, sp_array_push(&set->records), err) < 0)
            status = sp_sqlite_damaged(sqlite, err);
    sp_sqlite_done(rows);
    return status;
}

static int put_records(struct sp_sqlite *sqlite, const struct sp_record_set *set,
                       const char *domain, struct sp_err *err)
{
    SP_ARRAY_FOREACH (&set->records, record) {
        char key[SP_KEY_DIGEST_SIZE];
        sp_key_digest_print(&record->key, key);
        if (sp_sqlite_run(sqlite, SP_SQL_PUT_RECORD, err, "tttttit", domain, record->type,
                          SP_NAME_STR(&record->host), SP_NAME_STR(&record->target),
                          sp_leg_name(record->leg), (int64_t)record->ttl, key) < 0)
            return -1;
    }
    return 0;
}

static int put_course(struct sp_sqlite *sqlite, const struct sp_record_set *set, const char *domain,
                      struct sp_err *err)
{
    const struct sp_course *course = &set->course;
    if (!course->window_s && !course->finish_text && !course->finish_url)
        return 0;
    return sp_sqlite_run(sqlite, SP_SQL_PUT_COURSE, err, "titt", domain, course->window_s,
                         course->finish_text ? course->finish_text : "",
                         course->finish_url ? course->finish_url : "");
}

/* What was only looked at gives way in any case. */
static int drop_set(struct sp_sqlite *sqlite, const char *domain, bool is_merge, struct sp_err *err)
{
    if (sp_sqlite_run(sqlite, SP_SQL_DROP_COURSE, err, "tb", domain, (int)!is_merge) < 0)
        return -1;
    return sp_sqlite_run(sqlite, SP_SQL_DROP_RECORDS, err, "tb", domain, (int)!is_merge);
}

static int put_set(struct sp_sqlite *sqlite, const struct sp_record_set *set, const char *provider,
                   const char *zone, bool is_merge, struct sp_err *err)
{
    const char *domain = SP_NAME_STR(&set->domain);
    struct sp_record_set known = {.domain = set->domain};
    int status = read_set(sqlite, &known, err);
    bool is_another = status == 0 && !sp_record_set_covers(&known, set);
    sp_record_set_fini(&known);
    if (status < 0)
        return sp_sqlite_damaged(sqlite, err);
    if (is_another)
        status = sp_sqlite_run(sqlite, SP_SQL_FORGET_CONNECTED, err, "t", domain);
    if (status == 0)
        status = drop_set(sqlite, domain, is_merge, err);
    if (status == 0)
        status = sp_sqlite_run(sqlite, SP_SQL_PUT_DOMAIN, err, "ttt", domain, provider, zone);
    if (status == 0)
        status = put_course(sqlite, set, domain, err);
    return status == 0 ? put_records(sqlite, set, domain, err) : status;
}

static int store_put_set(struct sp_ledger *ledger, const struct sp_record_set *set,
                         const char *provider, const char *zone, bool is_merge, struct sp_err *err)
{
    struct sp_sqlite *sqlite = sqlite_of(ledger);
    if (begin(sqlite, err) < 0)
        return -1;
    return end(sqlite, put_set(sqlite, set, provider, zone, is_merge, err), err);
}

static int store_mark_published(struct sp_ledger *ledger, const struct sp_name *domain,
                                int64_t at_s, bool is_restart, struct sp_err *err)
{
    return sp_sqlite_run(sqlite_of(ledger), SP_SQL_MARK_PUBLISHED, err, "tib", SP_NAME_STR(domain),
                         at_s, (int)is_restart);
}

static int store_mark_served(struct sp_ledger *ledger, const struct sp_name *domain,
                             const char *servers, struct sp_err *err)
{
    return sp_sqlite_run(sqlite_of(ledger), SP_SQL_MARK_SERVED, err, "tt", SP_NAME_STR(domain),
                         servers);
}

static int drop_record(struct sp_sqlite *sqlite, const char *domain, const char *host,
                       struct sp_err *err)
{
    if (sp_sqlite_run(sqlite, SP_SQL_DROP_SIGHTINGS, err, "tt", domain, host) < 0)
        return -1;
    return sp_sqlite_run(sqlite, SP_SQL_DROP_RECORD, err, "tt", domain, host);
}

static int store_withdraw(struct sp_ledger *ledger, const struct sp_name *domain,
                          const struct sp_name *hosts, size_t n, struct sp_err *err)
{
    struct sp_sqlite *sqlite = sqlite_of(ledger);
    const char *text = SP_NAME_STR(domain);
    int status = begin(sqlite, err);
    if (status < 0)
        return -1;
    for (size_t i = 0; i < n && status == 0; i++)
        status = drop_record(sqlite, text, SP_NAME_STR(&hosts[i]), err);
    if (status == 0)
        status = sp_sqlite_run(sqlite, SP_SQL_WITHDRAW_EMPTY, err, "t", text);
    return end(sqlite, status, err);
}

/* ---- changes ------------------------------------------------------------------------------------
 */

/* NULL stays NULL. */
static char *image_text(const json_t *image)
{
    return image ? json_dumps(image, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
}

static int intend_one(struct sp_sqlite *sqlite, struct sp_ledger_change *change, struct sp_err *err)
{
    char *before = image_text(change->before), *after = image_text(change->after);
    change->intended_at_s = sp_wall_s();
    int status = sp_sqlite_run(sqlite, SP_SQL_INTEND, err, "ttttttttti", change->domain,
                               change->zone, change->zone_id, change->provider, change->action,
                               change->type, change->host, before, after, change->intended_at_s);
    if (status == 0)
        change->id = sqlite3_last_insert_rowid(sqlite->db);
    free(before);
    free(after);
    return status;
}

static int store_intend(struct sp_ledger *ledger, struct sp_ledger_change *changes, size_t n,
                        struct sp_err *err)
{
    struct sp_sqlite *sqlite = sqlite_of(ledger);
    struct sp_err ignored;
    int status = sp_sqlite_set_durable(sqlite, true, err);
    if (status == 0)
        status = begin(sqlite, err);
    if (status < 0)
        return -1;
    for (size_t i = 0; i < n && status == 0; i++)
        status = intend_one(sqlite, &changes[i], err);
    status = end(sqlite, status, err);
    sp_sqlite_set_durable(sqlite, false, &ignored);
    return status;
}

static int resolve_one(struct sp_sqlite *sqlite, const struct sp_ledger_change *change,
                       struct sp_err *err)
{
    if (sp_sqlite_run(sqlite, SP_SQL_RESOLVE, err, "iti", change->id, change->outcome,
                      sp_wall_s()) < 0)
        return -1;
    return sp_sqlite_run(sqlite, SP_SQL_DROP_REWRITTEN, err, "i", change->id);
}

static int store_resolve(struct sp_ledger *ledger, const struct sp_ledger_change *changes, size_t n,
                         struct sp_err *err)
{
    struct sp_sqlite *sqlite = sqlite_of(ledger);
    int status = begin(sqlite, err);
    if (status < 0)
        return -1;
    for (size_t i = 0; i < n && status == 0; i++)
        if (changes[i].outcome)
            status = resolve_one(sqlite, &changes[i], err);
    return end(sqlite, status, err);
}

static json_t *read_image(sqlite3_stmt *row, int column, struct sp_err *err)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    return text ? sp_json_parse(text, strlen(text), "an image in the ledger", err) : NULL;
}

static void read_change(sqlite3_stmt *row, struct sp_ledger_change *change, struct sp_err *err)
{
    change->id = sqlite3_column_int64(row, 0);
    change->domain = sp_sqlite_text(row, 1);
    change->zone = sp_sqlite_text(row, 2);
    change->zone_id = sp_sqlite_text(row, 3);
    change->provider = sp_sqlite_text(row, 4);
    change->action = sp_sqlite_text(row, 5);
    change->type = sp_sqlite_text(row, 6);
    change->host = sp_sqlite_text(row, 7);
    change->before = read_image(row, 8, err);
    change->after = read_image(row, 9, err);
    if (sqlite3_column_type(row, 10) != SQLITE_NULL)
        change->outcome = sp_sqlite_text(row, 10);
    change->intended_at_s = sqlite3_column_int64(row, 11);
    change->resolved_at_s = sqlite3_column_int64(row, 12);
}

static int store_list_changes(struct sp_ledger *ledger, const struct sp_name *domain,
                              bool only_unresolved, sp_ledger_changes *ret_changes,
                              struct sp_err *err)
{
    struct sp_sqlite *sqlite = sqlite_of(ledger);
    struct sp_err bad = SP_ERR_INIT;
    int status = -1;
    *ret_changes = (sp_ledger_changes){0};
    sqlite3_stmt *rows = sp_sqlite_bind(sqlite, SP_SQL_LIST_CHANGES, err, "tb", SP_NAME_STR(domain),
                                        (int)only_unresolved);
    if (!rows)
        return -1;
    while ((status = sp_sqlite_step(sqlite, rows, err)) > 0 && !sp_err_is_set(&bad))
        read_change(rows, sp_array_push(ret_changes), &bad);
    sp_sqlite_done(rows);
    if (sp_err_is_set(&bad)) {
        *err = bad;
        status = sp_sqlite_damaged(sqlite, err);
    }
    if (status < 0) {
        SP_ARRAY_FOREACH (ret_changes, change)
            sp_ledger_change_fini(change);
        sp_array_free(ret_changes);
    }
    return status;
}

/* ---- checks and entries -------------------------------------------------------------------------
 */

static int store_add_check(struct sp_ledger *ledger, const struct sp_name *domain,
                           const struct sp_ledger_check *check, struct sp_err *err)
{
    struct sp_sqlite *sqlite = sqlite_of(ledger);
    const char *text = SP_NAME_STR(domain);
    int status = begin(sqlite, err);
    if (status < 0)
        return -1;
    status = sp_sqlite_note_change(sqlite, text, check, err);
    if (status == 0)
        status = sp_sqlite_add_check(sqlite, text, check, err);
    return end(sqlite, status, err);
}

static int store_list_sharers(struct sp_ledger *ledger, const struct sp_name *domain,
                              const struct sp_record *record, sp_ledger_domains *ret_domains,
                              struct sp_err *err)
{
    struct sp_sqlite *sqlite = sqlite_of(ledger);
    int status = 1;
    *ret_domains = (sp_ledger_domains){0};
    sqlite3_stmt *rows =
        sp_sqlite_bind(sqlite, SP_SQL_LIST_SHARERS, err, "ttt", SP_NAME_STR(domain),
                       SP_NAME_STR(&record->host), SP_NAME_STR(&record->target));
    if (!rows)
        return -1;
    while (status > 0 && (status = sp_sqlite_step(sqlite, rows, err)) > 0)
        if (read_name(rows, 0, sp_array_push(ret_domains), err) < 0)
            status = sp_sqlite_damaged(sqlite, err);
    sp_sqlite_done(rows);
    if (status < 0)
        sp_array_free(ret_domains);
    return status;
}

static char *text_or_null(sqlite3_stmt *row, int column)
{
    return sqlite3_column_bytes(row, column) ? sp_sqlite_text(row, column) : NULL;
}

static int read_entry(struct sp_sqlite *sqlite, sqlite3_stmt *row, struct sp_ledger_entry *entry,
                      struct sp_err *err)
{
    entry->provider = sp_sqlite_text(row, 1);
    entry->zone = sp_sqlite_text(row, 2);
    entry->published_at_s = sqlite3_column_int64(row, 3);
    entry->connected_at_s = sqlite3_column_int64(row, 4);
    entry->is_withdrawn = sqlite3_column_int(row, 5);
    if (sqlite3_column_type(row, 7) != SQLITE_NULL) {
        entry->last.at_s = sqlite3_column_int64(row, 6);
        entry->last.status = sp_sqlite_text(row, 7);
        entry->last.message = sp_sqlite_text(row, 8);
        entry->last.is_records_live = sqlite3_column_int(row, 9);
        entry->last.is_key_live = sqlite3_column_int(row, 10);
    }
    entry->set.course = (struct sp_course){
        .window_s = sqlite3_column_int64(row, 11),
        .finish_text = text_or_null(row, 12),
        .finish_url = text_or_null(row, 13),
    };
    entry->caches_until_s = sqlite3_column_int64(row, 14);
    entry->zone_servers = sp_sqlite_text(row, 15);
    if (read_name(row, 0, &entry->set.domain, err) < 0)
        return sp_sqlite_damaged(sqlite, err);
    return read_set(sqlite, &entry->set, err);
}

static int store_each(struct sp_ledger *ledger, const struct sp_name *domain, sp_ledger_entry_fn fn,
                      void *arg, struct sp_err *err)
{
    struct sp_sqlite *sqlite = sqlite_of(ledger);
    int status = 1;
    sqlite3_stmt *rows =
        sp_sqlite_bind(sqlite, SP_SQL_LIST_DOMAINS, err, "t", domain ? SP_NAME_STR(domain) : NULL);
    if (!rows)
        return -1;
    while (status > 0 && (status = sp_sqlite_step(sqlite, rows, err)) > 0) {
        struct sp_ledger_entry entry = {0};
        status = read_entry(sqlite, rows, &entry, err) < 0 ? -1 : 1;
        if (status < 0)
            sp_ledger_entry_fini(&entry);
        else
            fn(arg, &entry);
    }
    sp_sqlite_done(rows);
    return status;
}

static const struct sp_ledger_ops sqlite_ops = {
    .is_kept = true,
    .close = store_close,
    .begin = store_begin,
    .end = store_end,
    .put_set = store_put_set,
    .mark_published = store_mark_published,
    .mark_served = store_mark_served,
    .withdraw = store_withdraw,
    .intend = store_intend,
    .resolve = store_resolve,
    .list_changes = store_list_changes,
    .list_sharers = store_list_sharers,
    .add_check = store_add_check,
    .each = store_each,
};

struct sp_sqlite *sp_ledger_sqlite(struct sp_ledger *ledger)
{
    return ledger->ops == &sqlite_ops ? sqlite_of(ledger) : NULL;
}

struct sp_ledger *sp_ledger_sqlite_open(const char *path, struct sp_err *err)
{
    struct store *store = sp_new(struct store);
    store->ledger.ops = &sqlite_ops;
    if (sp_sqlite_open(&store->sqlite, path, err) == 0)
        return &store->ledger;
    free(store);
    return NULL;
}
