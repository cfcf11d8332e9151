#include "publish/superseded.h"

#include "base/limits.h"

void sp_superseded_add(sp_superseded_list *list, const struct sp_name *host,
                       const struct sp_name *target, uint32_t ttl, int64_t since_s)
{
    int64_t until_s = since_s + ttl + SP_SECONDARY_LAG_S;
    if (until_s > sp_wall_s())
        *sp_array_push(list) =
            (struct sp_superseded){.host = *host, .target = *target, .until_s = until_s};
}

static uint32_t ttl_before(const struct sp_ledger_change *change)
{
    json_int_t ttl = json_integer_value(json_object_get(change->before, "ttl"));
    return ttl > 0 && ttl < UINT32_MAX ? (uint32_t)ttl : 0;
}

static void add_replaced(sp_superseded_list *list, const struct sp_ledger_change *change,
                         const struct sp_name *host)
{
    struct sp_name target = {0};
    struct sp_err ignored = SP_ERR_INIT;
    const char *type = json_string_value(json_object_get(change->before, "type"));
    const char *value = json_string_value(json_object_get(change->before, "value"));
    if (!type || !value ||
        (strcmp(type, "CNAME") == 0 && sp_name_parse(&target, value, &ignored) < 0))
        return;
    sp_superseded_add(list, host, &target, ttl_before(change), change->resolved_at_s);
}

/* One entry a host: its last. */
static struct sp_written *entry_of(sp_written_list *written, const struct sp_name *host)
{
    SP_ARRAY_FOREACH (written, entry) {
        if (sp_name_equal(&entry->host, host))
            return entry;
    }
    return sp_array_push(written);
}

/* A record that took the place of others than a CNAME: a question for the CNAME had no answer. */
static void add_written(sp_written_list *written, const struct sp_ledger_change *change,
                        const struct sp_name *host)
{
    const char *before = json_string_value(json_object_get(change->before, "type"));
    const char *after = json_string_value(json_object_get(change->after, "type"));
    if (!after || strcmp(after, "CNAME") != 0)
        return;
    bool was_absent = !before || strcmp(before, "CNAME") != 0;
    *entry_of(written, host) = (struct sp_written){
        .host = *host,
        .at_s = change->resolved_at_s,
        .was_absent = was_absent,
        .old_ttl_s = was_absent ? 0 : ttl_before(change),
    };
}

int sp_superseded_read(struct sp_ledger *ledger, const struct sp_name *domain,
                       sp_superseded_list *list, sp_written_list *written, struct sp_err *err)
{
    sp_ledger_changes changes = {0};
    if (sp_ledger_list_changes(ledger, domain, false, &changes, err) < 0)
        return -1;
    SP_ARRAY_FOREACH (&changes, change) {
        struct sp_name host;
        struct sp_err ignored = SP_ERR_INIT;
        if (change->outcome && strcmp(change->outcome, "applied") == 0 &&
            sp_name_parse(&host, change->host, &ignored) == 0) {
            add_replaced(list, change, &host);
            add_written(written, change, &host);
        }
        sp_ledger_change_fini(change);
    }
    sp_array_free(&changes);
    return 0;
}
