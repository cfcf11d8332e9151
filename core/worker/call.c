#include "worker/call.h"

#include "worker/host.h"

/* Raw structs for the plugin, borrowing the texts of the wire's; all of it lives in the call's
 * arena. */

static const struct signpost_zone *raw_zone(struct sp_host *host, const struct sp_wire_zone *zone)
{
    struct signpost_zone *raw = sp_host_alloc(host, sizeof(*raw));
    *raw = (struct signpost_zone){
        .size = sizeof(*raw),
        .id = zone->id,
        .name = zone->name,
        .flags = zone->flags,
        .note = zone->note,
        .name_servers = (const char *const *)zone->name_servers.items,
        .n_name_servers = zone->name_servers.n,
    };
    return raw;
}

static const struct signpost_record *raw_record(struct sp_host *host,
                                                const struct sp_wire_record *record)
{
    struct signpost_record *raw = sp_host_alloc(host, sizeof(*raw));
    *raw = (struct signpost_record){
        .size = sizeof(*raw),
        .type = record->type,
        .host = record->host,
        .value = record->value,
        .ttl = record->ttl,
        .flags = record->flags,
        .id = record->id,
        .note = record->note,
    };
    return raw;
}

static const struct signpost_wanted *const *raw_wanted(struct sp_host *host,
                                                       const struct sp_wire_call *wire)
{
    const struct signpost_wanted **list = sp_host_alloc(host, wire->wanted.n * sizeof(*list));
    struct signpost_wanted *raw = sp_host_alloc(host, wire->wanted.n * sizeof(*raw));
    for (size_t i = 0; i < wire->wanted.n; i++) {
        const struct sp_wire_wanted *wanted = &wire->wanted.items[i];
        raw[i] = (struct signpost_wanted){sizeof(*raw), wanted->name, wanted->guess};
        list[i] = &raw[i];
    }
    return list;
}

static const struct signpost_change *const *raw_changes(struct sp_host *host,
                                                        const struct sp_wire_call *wire)
{
    const struct signpost_change **list = sp_host_alloc(host, wire->changes.n * sizeof(*list));
    struct signpost_change *raw = sp_host_alloc(host, wire->changes.n * sizeof(*raw));
    for (size_t i = 0; i < wire->changes.n; i++) {
        const struct sp_wire_change *change = &wire->changes.items[i];
        raw[i] = (struct signpost_change){
            .size = sizeof(*raw),
            .action = change->action,
            .before = change->has_before ? raw_record(host, &change->before) : NULL,
            .after = change->has_after ? raw_record(host, &change->after) : NULL,
        };
        list[i] = &raw[i];
    }
    return list;
}

static int invoke(struct sp_host *host, const struct signpost_plugin *plugin,
                  const struct sp_wire_call *wire)
{
    switch (wire->function) {
    case SIGNPOST_IN_FIND_ZONES:
        return plugin->find_zones(&host->base, raw_wanted(host, wire), wire->wanted.n);
    case SIGNPOST_IN_LIST_RECORDS:
        return plugin->list_records(&host->base, raw_zone(host, &wire->zone),
                                    (const char *const *)wire->hosts.items, wire->hosts.n);
    case SIGNPOST_IN_APPLY_CHANGES:
        return plugin->apply_changes(&host->base, raw_zone(host, &wire->zone),
                                     raw_changes(host, wire), wire->changes.n);
    default:
        return plugin->sync_status(&host->base, raw_zone(host, &wire->zone));
    }
}

static bool has_function(const struct sp_loaded *loaded, uint32_t function)
{
    return function == SIGNPOST_IN_SYNC_STATUS ? loaded->description.has_sync_status
                                               : loaded->description.has_functions;
}

/* The last frame of a call whose plugin returned VALUE. */
static json_t *conclude(struct sp_host *host, int value)
{
    int max = host->function == SIGNPOST_IN_SYNC_STATUS ? 1 : SIGNPOST_OK;
    if (value > max && !sp_err_is_set(&host->misuse))
        sp_err_set(&host->misuse, SP_ERR_PLUGIN, "plugin-misuse",
                   "the plugin's %s returned %d, which is not in the header",
                   sp_function_name(host->function), value);
    if (sp_err_is_set(&host->misuse)) {
        const struct sp_wire_fail fail = {.code = host->misuse.code,
                                          .message = host->misuse.message};
        return sp_wire_fail_to_json(&fail);
    }
    if (value >= SIGNPOST_OK)
        return json_pack("{s:s, s:i}", "type", "done", "value", value);
    char none[] = "", *code = sp_strdup(sp_wire_code_name(value));
    const struct sp_wire_fail fail = {
        .code = code,
        .message = host->message && host->code == value ? host->message : none,
        .retry_after_s = host->retry_after_s,
    };
    json_t *json = sp_wire_fail_to_json(&fail);
    free(code);
    return json;
}

int sp_call_run(struct sp_channel *channel, const struct sp_loaded *loaded,
                const struct sp_wire_call *wire, struct sp_err *err)
{
    struct sp_host host;
    int result = -1;
    sp_host_init(&host, channel, &loaded->description.convention, wire);
    int value = SIGNPOST_UNSUPPORTED;
    if (has_function(loaded, wire->function))
        value = invoke(&host, loaded->raw_plugin, wire);
    if (sp_host_flush(&host) == 0)
        result = sp_channel_send(channel, conclude(&host, value), NULL, 0, &host.broken);
    if (result)
        *err = host.broken;
    sp_host_fini(&host);
    return result;
}
