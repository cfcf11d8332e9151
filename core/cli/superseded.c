#include "cli/superseded.h"

#include "base/limits.h"

static void add_change(const struct sp_ledger_change *change, sp_superseded_list *list)
{
    struct sp_superseded old = {0};
    struct sp_err ignored = SP_ERR_INIT;
    const char *type = json_string_value(json_object_get(change->before, "type"));
    const char *value = json_string_value(json_object_get(change->before, "value"));
    json_int_t ttl = json_integer_value(json_object_get(change->before, "ttl"));
    if (!type || strcmp(type, "CNAME") != 0 || !value || !change->outcome ||
        strcmp(change->outcome, "applied") != 0)
        return;
    if (sp_name_parse(&old.host, change->host, &ignored) < 0 ||
        sp_name_parse(&old.target, value, &ignored) < 0)
        return;
    old.until_s =
        change->resolved_at_s + SP_SECONDARY_LAG_S + (ttl > 0 && ttl < UINT32_MAX ? ttl : 0);
    *sp_array_push(list) = old;
}

int sp_superseded_read(struct sp_ledger *ledger, const struct sp_name *domain,
                       sp_superseded_list *ret_list, struct sp_err *err)
{
    sp_ledger_changes changes = {0};
    if (sp_ledger_list_changes(ledger, domain, false, &changes, err) < 0)
        return -1;
    SP_ARRAY_FOREACH (&changes, change) {
        add_change(change, ret_list);
        sp_ledger_change_fini(change);
    }
    sp_array_free(&changes);
    return 0;
}
