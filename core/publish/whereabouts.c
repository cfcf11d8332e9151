#include "publish/whereabouts.h"

static struct sp_whereabout *find(const struct sp_whereabouts *whereabouts,
                                  const struct sp_name *host)
{
    SP_ARRAY_FOREACH (&whereabouts->items, item) {
        if (sp_name_is_set(&item->host) && sp_name_equal(&item->host, host))
            return item;
    }
    return NULL;
}

static void put(struct sp_whereabouts *whereabouts, const struct sp_name *host,
                const struct sp_name *zone, const char *provider)
{
    struct sp_whereabout *item = find(whereabouts, host);
    if (!item)
        item = sp_array_push(&whereabouts->items);
    free(item->provider);
    *item = (struct sp_whereabout){.host = *host, .zone = *zone, .provider = sp_strdup(provider)};
}

/* In the order of time: the last word counts. */
static void take_change(struct sp_whereabouts *whereabouts, const struct sp_ledger_change *change)
{
    struct sp_err ignored = SP_ERR_INIT;
    struct sp_name host, zone;
    bool is_done = change->outcome && strcmp(change->outcome, "applied") == 0;
    if (is_done && strcmp(change->action, "delete") != 0 &&
        sp_name_parse(&host, change->host, &ignored) == 0 &&
        sp_name_parse(&zone, change->zone, &ignored) == 0)
        put(whereabouts, &host, &zone, change->provider);
}

int sp_whereabouts_read(struct sp_ledger *ledger, const struct sp_ledger_entry *entry,
                        struct sp_whereabouts *ret_whereabouts, struct sp_err *err)
{
    struct sp_err ignored = SP_ERR_INIT;
    struct sp_name none = {0}, zone;
    sp_ledger_changes changes = {0};
    *ret_whereabouts = (struct sp_whereabouts){0};
    if (sp_name_parse(&zone, entry->zone, &ignored) == 0)
        put(ret_whereabouts, &none, &zone, entry->provider);
    int status = sp_ledger_list_changes(ledger, &entry->set.domain, false, &changes, err);
    SP_ARRAY_FOREACH (&changes, change) {
        take_change(ret_whereabouts, change);
        sp_ledger_change_fini(change);
    }
    sp_array_free(&changes);
    return status;
}

void sp_whereabouts_fini(struct sp_whereabouts *whereabouts)
{
    SP_ARRAY_FOREACH (&whereabouts->items, item)
        free(item->provider);
    sp_array_free(&whereabouts->items);
}

static bool is_right_below(const struct sp_name *host, const struct sp_name *zone)
{
    struct sp_name above = sp_name_strip(host, 1);
    return sp_name_equal(&above, zone);
}

void sp_whereabouts_tell_zones(const struct sp_whereabouts *whereabouts, struct sp_result *result)
{
    SP_ARRAY_FOREACH (&result->records, record) {
        const struct sp_whereabout *written = find(whereabouts, &record->record.host);
        SP_ARRAY_FOREACH (&whereabouts->items, item) {
            bool is_meant = sp_name_is_set(&item->host)
                                ? item == written
                                : !written && is_right_below(&record->record.host, &item->zone);
            if (is_meant)
                record->zone = item->zone;
        }
    }
}

/* By what was written for the record itself, then by anything in the same zone. */
static const char *provider_of(const struct sp_whereabouts *whereabouts,
                               const struct sp_result_record *record)
{
    const struct sp_whereabout *written = find(whereabouts, &record->record.host);
    if (written && sp_name_equal(&written->zone, &record->zone))
        return written->provider;
    SP_ARRAY_FOREACH (&whereabouts->items, item) {
        if (sp_name_equal(&item->zone, &record->zone))
            return item->provider;
    }
    return NULL;
}

void sp_whereabouts_tell_providers(const struct sp_whereabouts *whereabouts,
                                   struct sp_result *result)
{
    SP_ARRAY_FOREACH (&result->records, record) {
        const char *provider = provider_of(whereabouts, record);
        if (provider && *provider && sp_name_is_set(&record->zone) && !record->provider)
            record->provider = sp_strdup(provider);
    }
}
