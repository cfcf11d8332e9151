#include "broker/job.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/text.h"

void sp_listed_copy(struct sp_listed *ret, const struct sp_listed *from)
{
    *ret = *from;
    ret->value = sp_strdup(from->value);
    ret->id = sp_strdup(from->id);
    ret->note = sp_strdup(from->note);
}

void sp_listed_fini(struct sp_listed *listed)
{
    free(listed->value);
    free(listed->id);
    free(listed->note);
    *listed = (struct sp_listed){.value = NULL};
}

static void free_listed(sp_listed_list *records)
{
    SP_ARRAY_FOREACH (records, record) {
        sp_listed_fini(record);
    }
    sp_array_free(records);
}

void sp_zone_fini(struct sp_zone *zone)
{
    free(zone->id);
    free(zone->note);
    sp_array_free(&zone->name_servers);
    free_listed(&zone->records);
}

void sp_job_free(struct sp_job *job)
{
    sp_wire_call_fini(&job->call);
    free(job->order);
    SP_ARRAY_FOREACH (&job->zones, zone) {
        sp_zone_fini(zone);
    }
    sp_array_free(&job->zones);
    free_listed(&job->records);
    free(job);
}

/* ---- from names to texts ------------------------------------------------------------------------
 */

static char *zone_text(const struct sp_description *description, const struct sp_name *name)
{
    struct sp_buf text = SP_BUF_INIT(SP_NAME_TEXT_SIZE);
    sp_convention_write_zone(&description->convention, name, &text);
    return sp_buf_steal(&text);
}

/* The host in the provider's convention; NULL, with the job's error set, when it is not in the
 * zone. */
static char *host_text(struct sp_job *job, const struct sp_name *host)
{
    struct sp_buf text = SP_BUF_INIT(SP_NAME_TEXT_SIZE);
    if (sp_convention_write_host(&job->description->convention, host, &job->zone, &text,
                                 &job->err) < 0) {
        sp_buf_fini(&text);
        return NULL;
    }
    return sp_buf_steal(&text);
}

static char *target_text(const struct sp_description *description, const struct sp_name *target)
{
    struct sp_buf text = SP_BUF_INIT(SP_NAME_TEXT_SIZE);
    sp_convention_write_target(&description->convention, target, &text);
    return sp_buf_steal(&text);
}

static void write_zone(struct sp_job *job, const struct sp_zone *zone)
{
    struct sp_wire_zone *wire = &job->call.zone;
    job->zone = zone->name;
    wire->id = sp_strdup(zone->id);
    wire->name = zone_text(job->description, &zone->name);
    wire->note = sp_strdup(zone->note);
    wire->flags = (zone->is_read_only ? SIGNPOST_ZONE_READ_ONLY : 0) |
                  (zone->is_not_active ? SIGNPOST_ZONE_NOT_ACTIVE : 0);
    for (size_t i = 0; i < zone->name_servers.n && i < SP_PLUGIN_LIST_MAX; i++)
        *sp_array_push(&wire->name_servers) =
            zone_text(job->description, &zone->name_servers.items[i]);
}

static struct sp_job *job_new(const struct sp_description *description, uint32_t function, size_t n)
{
    struct sp_job *job = sp_new(struct sp_job);
    job->description = description;
    job->call.function = function;
    job->n = n;
    return job;
}

static int by_name(const void *a, const void *b)
{
    return sp_name_order(a, b);
}

/* Of one host the one that has a guess comes first. */
static int by_wanted_host(const void *a, const void *b)
{
    const struct sp_wanted_zone *left = a, *right = b;
    int order = sp_name_order(&left->host, &right->host);
    return order ? order : sp_name_order(&right->guess, &left->guess);
}

/* An owned copy of N > 0 items in order. */
static void *sorted(const void *items, size_t n, size_t size,
                    int (*compare)(const void *a, const void *b))
{
    void *copy = memcpy(sp_alloc(n, size), items, n * size);
    qsort(copy, n, size, compare);
    return copy;
}

struct sp_job *sp_job_find_zones(const struct sp_description *description,
                                 const struct sp_wanted_zone *wanted, size_t n)
{
    struct sp_job *job = job_new(description, SIGNPOST_IN_FIND_ZONES, n);
    struct sp_wanted_zone *list = sorted(wanted, n, sizeof(*wanted), by_wanted_host);
    for (size_t i = 0; i < n; i++) {
        if (i && sp_name_equal(&list[i - 1].host, &list[i].host))
            continue;
        struct sp_wire_wanted *wire = sp_array_push(&job->call.wanted);
        wire->name = zone_text(description, &list[i].host);
        wire->guess =
            sp_name_is_set(&list[i].guess) ? zone_text(description, &list[i].guess) : NULL;
    }
    job->n = job->call.wanted.n;
    free(list);
    return job;
}

struct sp_job *sp_job_list_records(const struct sp_description *description,
                                   const struct sp_zone *zone, const struct sp_name *hosts,
                                   size_t n)
{
    struct sp_job *job = job_new(description, SIGNPOST_IN_LIST_RECORDS, n);
    struct sp_name *list = sorted(hosts, n, sizeof(*hosts), by_name);
    write_zone(job, zone);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || !sp_name_equal(&list[i - 1], &list[i]))
            *sp_array_push(&job->call.hosts) = host_text(job, &list[i]);
    job->n = job->call.hosts.n;
    free(list);
    return job;
}

static struct sp_wire_record write_before(struct sp_job *job, const struct sp_listed *listed)
{
    return (struct sp_wire_record){
        .type = sp_strdup(listed->type),
        .host = host_text(job, &listed->host),
        .value = sp_strdup(listed->value ? listed->value : ""),
        .id = sp_strdup(listed->id),
        .note = sp_strdup(listed->note),
        .ttl = listed->ttl,
        .flags = (listed->is_foreign ? SIGNPOST_RECORD_FOREIGN : 0) |
                 (listed->is_disabled ? SIGNPOST_RECORD_DISABLED : 0),
    };
}

static struct sp_wire_record write_after(struct sp_job *job, const struct sp_change *change)
{
    return (struct sp_wire_record){
        .type = sp_strdup(change->type),
        .host = host_text(job, &change->host),
        .value = target_text(job->description, &change->target),
        .ttl = change->ttl ? change->ttl : job->description->ttl_default,
    };
}

/* The record of a creation that puts back what was there, as it was listed but for its handle. */
static struct sp_wire_record write_again(struct sp_job *job, const struct sp_listed *listed)
{
    struct sp_wire_record record = write_before(job, listed);
    free(record.id);
    record.id = NULL;
    return record;
}

static void write_change(struct sp_job *job, const struct sp_change *change)
{
    struct sp_wire_change *wire = sp_array_push(&job->call.changes);
    wire->action = change->action == SP_ACTION_CREATE   ? SIGNPOST_CREATE
                   : change->action == SP_ACTION_UPDATE ? SIGNPOST_UPDATE
                                                        : SIGNPOST_DELETE;
    wire->has_before = wire->action != SIGNPOST_CREATE;
    wire->has_after = wire->action != SIGNPOST_DELETE;
    if (wire->has_before)
        wire->before = write_before(job, change->before);
    if (wire->has_after)
        wire->after = !wire->has_before && change->before ? write_again(job, change->before)
                                                          : write_after(job, change);
}

/* A change and where the asker has it. */
struct ordered_change {
    const struct sp_change *change;
    size_t index;
};

static const char *type_of(const struct sp_change *change)
{
    return change->before ? change->before->type : change->type;
}

/* Deletions first, and neighbours as the plugin's header promises. */
static int by_turn(const void *a, const void *b)
{
    const struct ordered_change *left = a, *right = b;
    int order =
        (left->change->action != SP_ACTION_DELETE) - (right->change->action != SP_ACTION_DELETE);
    if (order == 0)
        order = sp_name_order(&left->change->host, &right->change->host);
    if (order == 0)
        order = strcmp(type_of(left->change), type_of(right->change));
    return order ? order : (left->index > right->index) - (left->index < right->index);
}

struct sp_job *sp_job_apply(const struct sp_description *description, const struct sp_zone *zone,
                            struct sp_change *changes, size_t n)
{
    struct sp_job *job = job_new(description, SIGNPOST_IN_APPLY_CHANGES, n);
    struct ordered_change *list = sp_alloc(n, sizeof(*list));
    job->changes = changes;
    job->order = sp_alloc(n, sizeof(*job->order));
    write_zone(job, zone);
    for (size_t i = 0; i < n; i++)
        list[i] = (struct ordered_change){&changes[i], i};
    qsort(list, n, sizeof(*list), by_turn);
    for (size_t i = 0; i < n; i++) {
        job->order[i] = list[i].index;
        changes[list[i].index].is_applied = false;
        write_change(job, &changes[list[i].index]);
    }
    free(list);
    return job;
}

/* ---- calls --------------------------------------------------------------------------------------
 */

static size_t text_len(const char *text)
{
    return text ? strlen(text) + 16 : 16;
}

static size_t record_len(const struct sp_wire_record *record)
{
    return text_len(record->type) + text_len(record->host) + text_len(record->value) +
           text_len(record->id) + text_len(record->note) + 64;
}

static size_t item_len(const struct sp_job *job, size_t i)
{
    const struct sp_wire_call *call = &job->call;
    switch (call->function) {
    case SIGNPOST_IN_FIND_ZONES:
        return text_len(call->wanted.items[i].name) + text_len(call->wanted.items[i].guess);
    case SIGNPOST_IN_LIST_RECORDS:
        return text_len(call->hosts.items[i]);
    default:
        return record_len(&call->changes.items[i].before) +
               record_len(&call->changes.items[i].after);
    }
}

bool sp_job_next_call(struct sp_job *job, struct sp_wire_call *ret_call)
{
    bool is_apply = job->call.function == SIGNPOST_IN_APPLY_CHANGES;
    size_t len = 0, n = 0, max = SIZE_MAX;
    if (is_apply)
        max = job->description->batch_max ? job->description->batch_max : 1;
    while (job->at + n < job->n && n < max) {
        len += item_len(job, job->at + n);
        if (n && len > SP_CALL_TEXT_MAX)
            break;
        n++;
    }
    job->n_batch = n;
    *ret_call = job->call;
    if (is_apply) {
        ret_call->changes.items += job->at;
        ret_call->changes.n = n;
    } else if (job->call.function == SIGNPOST_IN_LIST_RECORDS) {
        ret_call->hosts.items += job->at;
        ret_call->hosts.n = n;
    } else {
        ret_call->wanted.items += job->at;
        ret_call->wanted.n = n;
    }
    return n > 0;
}

/* ---- from texts to names ------------------------------------------------------------------------
 */

/* A record that lies outside ZONE, or whose host is no name, cannot stand in our way. A target that
 * cannot be read stays unset, so that it equals none. */
static void take_record(const struct sp_convention *convention, const struct sp_name *zone,
                        struct sp_wire_record *wire, sp_listed_list *ret_records)
{
    struct sp_err ignored = SP_ERR_INIT;
    struct sp_listed listed = {.ttl = wire->ttl,
                               .is_foreign = wire->flags & SIGNPOST_RECORD_FOREIGN,
                               .is_disabled = wire->flags & SIGNPOST_RECORD_DISABLED};
    if (sp_convention_read_host(convention, wire->host, zone, &listed.host, &ignored) < 0)
        return;
    sp_copy_text(listed.type, sizeof(listed.type), wire->type);
    for (char *c = listed.type; *c; c++)
        *c = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
    if (strcmp(listed.type, "CNAME") == 0 &&
        sp_convention_read_target(convention, wire->value, zone, &listed.target, &ignored) < 0)
        listed.target = (struct sp_name){.len = 0};
    listed.value = wire->value;
    listed.id = wire->id;
    listed.note = wire->note;
    wire->value = wire->id = wire->note = NULL;
    *sp_array_push(ret_records) = listed;
}

/* A zone whose name cannot be read cannot be one of ours: NULL. */
static struct sp_zone *take_zone(struct sp_job *job, struct sp_wire_zone *wire)
{
    const struct sp_convention *convention = &job->description->convention;
    struct sp_err ignored = SP_ERR_INIT;
    struct sp_zone zone = {.is_read_only = wire->flags & SIGNPOST_ZONE_READ_ONLY,
                           .is_not_active = wire->flags & SIGNPOST_ZONE_NOT_ACTIVE,
                           .is_listed = wire->flags & SIGNPOST_ZONE_LISTED};
    if (sp_convention_read_zone(convention, wire->name, &zone.name, &ignored) < 0)
        return NULL;
    for (size_t i = 0; i < wire->name_servers.n; i++) {
        struct sp_name server;
        if (sp_convention_read_zone(convention, wire->name_servers.items[i], &server, &ignored) ==
            0)
            *sp_array_push(&zone.name_servers) = server;
    }
    zone.id = wire->id;
    zone.note = wire->note;
    wire->id = wire->note = NULL;
    struct sp_zone *taken = sp_array_push(&job->zones);
    *taken = zone;
    return taken;
}

static void take_zones(struct sp_job *job, struct sp_called *called)
{
    size_t k = 0;
    for (size_t i = 0; i < called->zones.n; i++) {
        struct sp_zone *zone = take_zone(job, &called->zones.items[i]);
        for (; k < called->zone_of.n && called->zone_of.items[k] == i; k++)
            if (zone)
                take_record(&job->description->convention, &zone->name, &called->records.items[k],
                            &zone->records);
    }
}

void sp_job_take(struct sp_job *job, struct sp_called *called)
{
    if (job->call.function == SIGNPOST_IN_FIND_ZONES) {
        take_zones(job, called);
    } else {
        SP_ARRAY_FOREACH (&called->records, record)
            take_record(&job->description->convention, &job->zone, record, &job->records);
    }
    for (size_t i = 0; i < called->n_changes; i++)
        job->changes[job->order[job->at + i]].is_applied = called->is_applied[i];
    job->is_unknown |= called->is_unknown;
    job->at += job->n_batch;
}

void sp_job_deliver(struct sp_job *job, const struct sp_err *err)
{
    bool is_ok = !sp_err_is_set(err);
    if (job->on_zones)
        job->on_zones(job->arg, job->zones.items, is_ok ? job->zones.n : 0, err);
    else if (job->on_listed)
        job->on_listed(job->arg, job->records.items, is_ok ? job->records.n : 0, err);
    else
        job->on_applied(job->arg, job->is_unknown, err);
    sp_job_free(job);
}
