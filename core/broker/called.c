#include "broker/called.h"

#include "base/limits.h"

void sp_called_init(struct sp_called *called, uint32_t function, size_t n_changes)
{
    *called = (struct sp_called){
        .function = function,
        .n_changes = n_changes,
        .is_applied = sp_alloc(n_changes, sizeof(bool)),
    };
}

void sp_called_fini(struct sp_called *called)
{
    SP_ARRAY_FOREACH (&called->zones, zone) {
        sp_wire_zone_fini(zone);
    }
    sp_array_free(&called->zones);
    SP_ARRAY_FOREACH (&called->records, record) {
        sp_wire_record_fini(record);
    }
    sp_array_free(&called->records);
    sp_array_free(&called->zone_of);
    free(called->is_applied);
    *called = (struct sp_called){.value = 0};
}

static int refuse(struct sp_err *err, const char *why)
{
    return sp_err_set(err, SP_ERR_PLUGIN, "bad-frame", "%s", why);
}

static int keep_zone(struct sp_called *called, json_t *item, struct sp_err *err)
{
    struct sp_wire_zone zone;
    if (sp_wire_zone_from_json(item, &zone, err) < 0)
        return -1;
    *sp_array_push(&called->zones) = zone;
    return 0;
}

static int keep_record(struct sp_called *called, json_t *item, struct sp_err *err)
{
    struct sp_wire_record record;
    if (sp_wire_record_from_json(item, &record, err) < 0)
        return -1;
    *sp_array_push(&called->records) = record;
    if (called->function == SIGNPOST_IN_FIND_ZONES)
        *sp_array_push(&called->zone_of) = called->zones.n - 1;
    return 0;
}

/* Records are asked for, or told with the zone that they were found in. */
static bool may_have_records(const struct sp_called *called)
{
    return called->function == SIGNPOST_IN_LIST_RECORDS ||
           (called->zones.n &&
            called->zones.items[called->zones.n - 1].flags & SIGNPOST_ZONE_LISTED);
}

int sp_called_take_found(struct sp_called *called, const struct sp_frame *frame, struct sp_err *err)
{
    json_t *zones = json_object_get(frame->meta, "zones");
    json_t *records = json_object_get(frame->meta, "records"), *items = zones ? zones : records;
    size_t n = json_array_size(items);
    bool is_asked_for =
        zones ? called->function == SIGNPOST_IN_FIND_ZONES && !records : may_have_records(called);
    if (!json_is_array(items) || !is_asked_for)
        return refuse(err, "it reported what was not asked for");
    if (n == 0)
        return refuse(err, "it reported nothing");
    called->n_found += n;
    called->found_bytes += frame->meta_len;
    if (called->n_found > SP_PLUGIN_FOUND_MAX)
        return refuse(err, "it reported more zones or records than one call may");
    if (called->found_bytes > SP_PLUGIN_FOUND_BYTES_MAX)
        return refuse(err, "it reported more bytes than one call may");
    for (size_t i = 0; i < n; i++)
        if ((zones ? keep_zone : keep_record)(called, json_array_get(items, i), err) < 0)
            return -1;
    return 0;
}

int sp_called_take_applied(struct sp_called *called, json_t *meta, struct sp_err *err)
{
    json_t *index = json_object_get(meta, "index");
    json_int_t i = json_integer_value(index);
    if (!json_is_integer(index) || i < 0 || (size_t)i >= called->n_changes)
        return refuse(err, "it reported a change that it was not given");
    if (called->is_applied[i])
        return refuse(err, "it reported the same change twice");
    called->is_applied[i] = true;
    return 0;
}

void sp_called_distrust(struct sp_called *called)
{
    for (size_t i = 0; i < called->n_changes; i++)
        called->is_applied[i] = false;
}

void sp_called_succeed(struct sp_called *called, int value)
{
    called->value = value;
    called->is_unknown = false;
    for (size_t i = 0; i < called->n_changes; i++)
        called->is_applied[i] = true;
}
