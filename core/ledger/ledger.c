#include "ledger/ledger.h"

#include "ledger/store.h"

/* ---- the store that keeps nothing ---------------------------------------------------------------
 */

static void none_close(struct sp_ledger *ledger)
{
    free(ledger);
}

static int none_group(SP_UNUSED struct sp_ledger *ledger, SP_UNUSED struct sp_err *err)
{
    return 0;
}

static int none_put_set(SP_UNUSED struct sp_ledger *ledger,
                        SP_UNUSED const struct sp_record_set *set, SP_UNUSED const char *provider,
                        SP_UNUSED const char *zone, SP_UNUSED bool is_merge,
                        SP_UNUSED struct sp_err *err)
{
    return 0;
}

static int none_mark_published(SP_UNUSED struct sp_ledger *ledger,
                               SP_UNUSED const struct sp_name *domain, SP_UNUSED int64_t at_s,
                               SP_UNUSED bool is_restart, SP_UNUSED struct sp_err *err)
{
    return 0;
}

static int none_mark_served(SP_UNUSED struct sp_ledger *ledger,
                            SP_UNUSED const struct sp_name *domain, SP_UNUSED const char *servers,
                            SP_UNUSED struct sp_err *err)
{
    return 0;
}

static int none_withdraw(SP_UNUSED struct sp_ledger *ledger, SP_UNUSED const struct sp_name *domain,
                         SP_UNUSED const struct sp_name *hosts, SP_UNUSED size_t n,
                         SP_UNUSED struct sp_err *err)
{
    return 0;
}

static int none_intend(SP_UNUSED struct sp_ledger *ledger, struct sp_ledger_change *changes,
                       size_t n, SP_UNUSED struct sp_err *err)
{
    for (size_t i = 0; i < n; i++)
        changes[i].intended_at_s = sp_wall_s();
    return 0;
}

static int none_resolve(SP_UNUSED struct sp_ledger *ledger,
                        SP_UNUSED const struct sp_ledger_change *changes, SP_UNUSED size_t n,
                        SP_UNUSED struct sp_err *err)
{
    return 0;
}

static int none_list_changes(SP_UNUSED struct sp_ledger *ledger,
                             SP_UNUSED const struct sp_name *domain, SP_UNUSED bool only_unresolved,
                             sp_ledger_changes *ret_changes, SP_UNUSED struct sp_err *err)
{
    *ret_changes = (sp_ledger_changes){0};
    return 0;
}

static int none_list_sharers(SP_UNUSED struct sp_ledger *ledger,
                             SP_UNUSED const struct sp_name *domain,
                             SP_UNUSED const struct sp_record *record,
                             sp_ledger_domains *ret_domains, SP_UNUSED struct sp_err *err)
{
    *ret_domains = (sp_ledger_domains){0};
    return 0;
}

static int none_add_check(SP_UNUSED struct sp_ledger *ledger,
                          SP_UNUSED const struct sp_name *domain,
                          SP_UNUSED const struct sp_ledger_check *check,
                          SP_UNUSED struct sp_err *err)
{
    return 0;
}

static int none_each(SP_UNUSED struct sp_ledger *ledger, SP_UNUSED const struct sp_name *domain,
                     SP_UNUSED sp_ledger_entry_fn fn, SP_UNUSED void *arg,
                     SP_UNUSED struct sp_err *err)
{
    return 0;
}

static const struct sp_ledger_ops none_ops = {
    .is_kept = false,
    .close = none_close,
    .begin = none_group,
    .end = none_group,
    .put_set = none_put_set,
    .mark_published = none_mark_published,
    .mark_served = none_mark_served,
    .withdraw = none_withdraw,
    .intend = none_intend,
    .resolve = none_resolve,
    .list_changes = none_list_changes,
    .list_sharers = none_list_sharers,
    .add_check = none_add_check,
    .each = none_each,
};

/* ---- the interface ------------------------------------------------------------------------------
 */

struct sp_ledger *sp_ledger_open(const char *path, struct sp_err *err)
{
    if (strcmp(path, "none") == 0) {
        struct sp_ledger *none = sp_new(struct sp_ledger);
        none->ops = &none_ops;
        return none;
    }
    if (path[0] == '\0' || strstr(path, "://")) {
        sp_err_set(err, SP_ERR_USAGE, "ledger", "\"%s\" is no place for a ledger", path);
        sp_err_fix(err, "name a file, or \"none\" to keep nothing");
        return NULL;
    }
    return sp_ledger_sqlite_open(path, err);
}

void sp_ledger_close(struct sp_ledger *ledger)
{
    if (ledger)
        ledger->ops->close(ledger);
}

int sp_ledger_begin(struct sp_ledger *ledger, struct sp_err *err)
{
    return ledger->ops->begin(ledger, err);
}

int sp_ledger_end(struct sp_ledger *ledger, struct sp_err *err)
{
    return ledger->ops->end(ledger, err);
}

int sp_ledger_put_set(struct sp_ledger *ledger, const struct sp_record_set *set,
                      const char *provider, const char *zone, bool is_merge, struct sp_err *err)
{
    return ledger->ops->put_set(ledger, set, provider, zone, is_merge, err);
}

int sp_ledger_mark_published(struct sp_ledger *ledger, const struct sp_name *domain, int64_t at_s,
                             bool is_restart, struct sp_err *err)
{
    return ledger->ops->mark_published(ledger, domain, at_s, is_restart, err);
}

int sp_ledger_mark_served(struct sp_ledger *ledger, const struct sp_name *domain,
                          const char *servers, struct sp_err *err)
{
    return ledger->ops->mark_served(ledger, domain, servers, err);
}

int sp_ledger_withdraw(struct sp_ledger *ledger, const struct sp_name *domain,
                       const struct sp_name *hosts, size_t n, struct sp_err *err)
{
    return ledger->ops->withdraw(ledger, domain, hosts, n, err);
}

int sp_ledger_intend(struct sp_ledger *ledger, struct sp_ledger_change *changes, size_t n,
                     struct sp_err *err)
{
    return ledger->ops->intend(ledger, changes, n, err);
}

int sp_ledger_resolve(struct sp_ledger *ledger, const struct sp_ledger_change *changes, size_t n,
                      struct sp_err *err)
{
    return ledger->ops->resolve(ledger, changes, n, err);
}

int sp_ledger_list_changes(struct sp_ledger *ledger, const struct sp_name *domain,
                           bool only_unresolved, sp_ledger_changes *ret_changes, struct sp_err *err)
{
    return ledger->ops->list_changes(ledger, domain, only_unresolved, ret_changes, err);
}

int sp_ledger_list_sharers(struct sp_ledger *ledger, const struct sp_name *domain,
                           const struct sp_record *record, sp_ledger_domains *ret_domains,
                           struct sp_err *err)
{
    return ledger->ops->list_sharers(ledger, domain, record, ret_domains, err);
}

int sp_ledger_add_check(struct sp_ledger *ledger, const struct sp_name *domain,
                        const struct sp_ledger_check *check, struct sp_err *err)
{
    return ledger->ops->add_check(ledger, domain, check, err);
}

int sp_ledger_each(struct sp_ledger *ledger, sp_ledger_entry_fn fn, void *arg, struct sp_err *err)
{
    return ledger->ops->each(ledger, NULL, fn, arg, err);
}

static void add_entry(void *arg, struct sp_ledger_entry *entry)
{
    sp_ledger_entries *entries = arg;
    *sp_array_push(entries) = *entry;
}

static int list(struct sp_ledger *ledger, const struct sp_name *domain,
                sp_ledger_entries *ret_entries, struct sp_err *err)
{
    *ret_entries = (sp_ledger_entries){0};
    if (ledger->ops->each(ledger, domain, add_entry, ret_entries, err) == 0)
        return 0;
    SP_ARRAY_FOREACH (ret_entries, entry)
        sp_ledger_entry_fini(entry);
    sp_array_free(ret_entries);
    return -1;
}

int sp_ledger_get(struct sp_ledger *ledger, const struct sp_name *domain,
                  struct sp_ledger_entry *ret_entry, bool *ret_found, struct sp_err *err)
{
    sp_ledger_entries entries;
    *ret_entry = (struct sp_ledger_entry){0};
    *ret_found = false;
    if (list(ledger, domain, &entries, err) < 0)
        return -1;
    if (entries.n) {
        *ret_entry = entries.items[0]; /* a domain is there once: nothing else to free */
        *ret_found = true;
    }
    sp_array_free(&entries);
    return 0;
}

int sp_ledger_list(struct sp_ledger *ledger, sp_ledger_entries *ret_entries, struct sp_err *err)
{
    return list(ledger, NULL, ret_entries, err);
}

bool sp_ledger_is_kept(const struct sp_ledger *ledger)
{
    return ledger->ops->is_kept;
}

/* ---- what it hands out --------------------------------------------------------------------------
 */

void sp_ledger_change_fini(struct sp_ledger_change *change)
{
    free(change->domain);
    free(change->zone);
    free(change->zone_id);
    free(change->provider);
    free(change->action);
    free(change->type);
    free(change->host);
    json_decref(change->before);
    json_decref(change->after);
    free(change->outcome);
    *change = (struct sp_ledger_change){0};
}

void sp_ledger_entry_fini(struct sp_ledger_entry *entry)
{
    sp_record_set_fini(&entry->set);
    free(entry->provider);
    free(entry->zone);
    free(entry->zone_servers);
    free(entry->last.status);
    free(entry->last.message);
    *entry = (struct sp_ledger_entry){0};
}
