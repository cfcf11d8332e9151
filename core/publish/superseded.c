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

static void add_change(sp_superseded_list *list, const struct sp_ledger_change *change)
{
    struct sp_name host, target = {0};
    struct sp_err ignored = SP_ERR_INIT;
    const char *type = json_string_value(json_object_get(change->before, "type"));
    const char *value = json_string_value(json_object_get(change->before, "value"));
    json_int_t ttl = json_integer_value(json_object_get(change->before, "ttl"));
    if (!type || !value || !change->outcome || strcmp(change->outcome, "applied") != 0 ||
        sp_name_parse(&host, change->host, &ignored) < 0)
        return;
    if (strcmp(type, "CNAME") == 0 && sp_name_parse(&target, value, &ignored) < 0)
        return;
    sp_superseded_add(list, &host, &target, ttl > 0 && ttl < UINT32_MAX ? (uint32_t)ttl : 0,
                      change->resolved_at_s);
}

int sp_superseded_read(struct sp_ledger *ledger, const struct sp_name *domain,
                       sp_superseded_list *list, struct sp_err *err)
{
    sp_ledger_changes changes = {0};
    if (sp_ledger_list_changes(ledger, domain, false, &changes, err) < 0)
        return -1;
    SP_ARRAY_FOREACH (&changes, change) {
        add_change(list, change);
        sp_ledger_change_fini(change);
    }
    sp_array_free(&changes);
    return 0;
}
