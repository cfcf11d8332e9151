#include "worker/host.h"

#include <stdarg.h>

#include "base/limits.h"

/* What ABI 1 had on its first day. */
#define REQUEST_SIZE_V1  (offsetof(struct signpost_request, origin) + sizeof(size_t))
#define RESPONSE_SIZE_V1 (offsetof(struct signpost_response, n_headers) + sizeof(size_t))
#define ZONE_SIZE_V1     (offsetof(struct signpost_zone, n_name_servers) + sizeof(size_t))
#define RECORD_SIZE_V1   (offsetof(struct signpost_record, note) + sizeof(void *))

/* Reports travel together until about this many bytes are waiting. */
#define FOUND_BYTES_SENT 65536

static struct sp_host *host_of(struct signpost_call *call)
{
    return (struct sp_host *)(void *)call;
}

static void misuse(struct sp_host *host, const char *format, ...) SP_PRINTF(2, 3);
static void misuse(struct sp_host *host, const char *format, ...)
{
    char message[512];
    va_list args;
    if (sp_err_is_set(&host->misuse))
        return;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    sp_err_set(&host->misuse, SP_ERR_PLUGIN, "plugin-misuse", "the plugin's %s: %s",
               sp_function_name(host->function), message);
}

static bool is_spoilt(const struct sp_host *host)
{
    return sp_err_is_set(&host->misuse) || sp_err_is_set(&host->broken);
}

/* RAW's own size stamp against what is known here. Bytes beyond that must be zero: they may hold a
 * restriction that would be overlooked. */
static bool is_size_ok(struct sp_host *host, const void *raw, size_t raw_size, size_t size_v1,
                       size_t size, const char *what)
{
    const unsigned char *bytes = raw;
    if (raw_size < size_v1 || raw_size > SP_TEXT_MAX) {
        misuse(host,
               "the size stamp of a %s is %zu, less than the %zu of ABI %u (or far too large)",
               what, raw_size, size_v1, SIGNPOST_ABI);
        return false;
    }
    for (size_t i = size; i < raw_size; i++) {
        if (bytes[i]) {
            misuse(host, "a %s uses members that this signpost does not know", what);
            return false;
        }
    }
    return true;
}

/* Texts must fit the wire even when bytes that are not UTF-8 are replaced by three each. */
static bool is_text_ok(struct sp_host *host, const char *raw_text, size_t max, const char *what)
{
    size_t len = strnlen(raw_text, max + 1);
    json_t *utf8 = len <= max ? json_stringn(raw_text, len) : NULL;
    bool is_ok = len <= max && (utf8 || len <= max / 3);
    json_decref(utf8);
    if (!is_ok)
        misuse(host, "%s is longer than %zu bytes", what, max);
    return is_ok;
}

static bool is_needed_text_ok(struct sp_host *host, const char *raw_text, size_t max,
                              const char *what)
{
    if (!raw_text)
        misuse(host, "%s is NULL", what);
    return raw_text && is_text_ok(host, raw_text, max, what);
}

static bool is_optional_text_ok(struct sp_host *host, const char *raw_text, const char *what)
{
    return !raw_text || is_text_ok(host, raw_text, SP_TEXT_MAX, what);
}

static bool is_list_ok(struct sp_host *host, const void *raw_items, size_t n, size_t max,
                       const char *what)
{
    if (n > max)
        misuse(host, "there are %zu %s, more than the %zu allowed", n, what, max);
    else if (n && !raw_items)
        misuse(host, "the %zu %s are NULL", n, what);
    return n <= max && (n == 0 || raw_items);
}

void *sp_host_alloc(struct sp_host *host, size_t len)
{
    void *memory = sp_alloc(len, 1);
    *sp_array_push(&host->arena) = memory;
    return memory;
}

/* Lets the call, instead of its present owner, free MEMORY. */
static char *keep(struct sp_host *host, char *memory)
{
    *sp_array_push(&host->arena) = memory;
    return memory;
}

static int send_frame(struct sp_host *host, json_t *meta, const void *body, size_t body_len)
{
    return sp_channel_send(host->channel, meta, body, body_len, &host->broken);
}

/* ---- http ---- */

static bool copy_strings(struct sp_host *host, const char *const *raw_texts, size_t n,
                         const char *what, sp_strings *ret)
{
    if (!is_list_ok(host, (const void *)raw_texts, n, SP_PLUGIN_LIST_MAX, what))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!is_needed_text_ok(host, raw_texts[i], SP_TEXT_MAX, what))
            return false;
        sp_strings_add(ret, raw_texts[i]);
    }
    return true;
}

static bool copy_pairs(struct sp_host *host, const struct signpost_pair *raw_pairs, size_t n,
                       const char *what, sp_pairs *ret)
{
    if (!is_list_ok(host, raw_pairs, n, SP_HTTP_HEADERS_MAX, what))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!is_needed_text_ok(host, raw_pairs[i].name, SP_TEXT_MAX, what) ||
            !is_needed_text_ok(host, raw_pairs[i].value, SP_HTTP_HEADER_MAX, what))
            return false;
        sp_pairs_add(ret, raw_pairs[i].name, raw_pairs[i].value);
    }
    return true;
}

static bool copy_request(struct sp_host *host, const struct signpost_request *raw,
                         struct sp_wire_request *ret)
{
    if (!raw || !is_size_ok(host, raw, raw->size, REQUEST_SIZE_V1, sizeof(*raw), "request"))
        return false;
    if (!is_needed_text_ok(host, raw->method, SP_TEXT_MAX, "a request's method") ||
        !copy_strings(host, raw->path, raw->n_path, "path segments", &ret->path) ||
        !copy_pairs(host, raw->query, raw->n_query, "query pairs", &ret->query) ||
        !copy_pairs(host, raw->headers, raw->n_headers, "headers", &ret->headers) ||
        !is_list_ok(host, raw->body, raw->body_len, SP_HTTP_REQUEST_MAX, "bytes of body"))
        return false;
    ret->method = sp_strdup(raw->method);
    ret->origin = raw->origin < UINT32_MAX ? (uint32_t)raw->origin : UINT32_MAX;
    return true;
}

static const struct signpost_pair *keep_headers(struct sp_host *host, sp_pairs *headers)
{
    struct signpost_pair *kept = sp_host_alloc(host, headers->n * sizeof(*kept));
    for (size_t i = 0; i < headers->n; i++) {
        struct sp_pair *header = &headers->items[i];
        kept[i] = (struct signpost_pair){keep(host, header->name), keep(host, header->value)};
        header->name = header->value = NULL;
    }
    return kept;
}

/* The engine's answer as the plugin sees it; what it points to lives until the call is over. */
static int take_answer(struct sp_host *host, struct sp_frame *frame, struct signpost_response *ret)
{
    struct sp_wire_answer answer;
    if (sp_wire_answer_from_json(frame->meta, &answer, &host->broken))
        return SIGNPOST_AMBIGUOUS;
    int code = answer.code;
    if (code == SIGNPOST_OK) {
        struct signpost_response whole = {
            .size = ret->size,
            .status = answer.status,
            .body = frame->body ? keep(host, frame->body) : "",
            .body_len = frame->body_len,
            .headers = keep_headers(host, &answer.headers),
            .n_headers = answer.headers.n,
        };
        frame->body = NULL;
        memcpy(ret, &whole, ret->size < sizeof(whole) ? ret->size : sizeof(whole));
    }
    sp_wire_answer_fini(&answer);
    return code;
}

static int await_answer(struct sp_host *host, struct signpost_response *ret)
{
    struct sp_frame frame;
    int result = sp_channel_receive(host->channel, &frame, &host->broken);
    if (result < 0)
        return SIGNPOST_AMBIGUOUS;
    if (result == 0) {
        sp_err_set(&host->broken, SP_ERR_PLUGIN, "engine-gone", "the engine has gone away");
        return SIGNPOST_AMBIGUOUS;
    }
    int code = take_answer(host, &frame, ret);
    sp_frame_fini(&frame);
    return code;
}

static int serve_http(struct signpost_call *call, const struct signpost_request *raw_request,
                      struct signpost_response *response)
{
    struct sp_host *host = host_of(call);
    struct sp_wire_request request = {.method = NULL};
    int code = SIGNPOST_UNSUPPORTED;
    if (is_spoilt(host))
        goto done;
    if (++host->n_requests > SP_PLUGIN_REQUESTS_MAX) {
        misuse(host, "it sends more than %d requests", SP_PLUGIN_REQUESTS_MAX);
        goto done;
    }
    if (!response ||
        !is_size_ok(host, response, response->size, RESPONSE_SIZE_V1, response->size, "response"))
        goto done;
    if (!copy_request(host, raw_request, &request) || sp_host_flush(host))
        goto done;
    if (send_frame(host, sp_wire_request_to_json(&request), raw_request->body,
                   raw_request->body_len) == 0)
        code = await_answer(host, response);
done:
    sp_wire_request_fini(&request);
    return code;
}

/* ---- reports ---- */

int sp_host_flush(struct sp_host *host)
{
    if (sp_err_is_set(&host->broken))
        return -1;
    if (!host->found)
        return 0;
    json_t *frame = json_pack("{s:s, s:o}", "type", "found", host->found_member, host->found);
    host->found = NULL;
    host->found_bytes = 0;
    return send_frame(host, frame, NULL, 0);
}

/* A frame holds zones or records: those that follow a zone are its own. */
static void report(struct sp_host *host, const char *member, json_t *item)
{
    if (host->found && host->found_member != member)
        sp_host_flush(host);
    if (!host->found)
        host->found = json_array();
    host->found_member = member;
    host->found_bytes += json_dumpb(item, NULL, 0, JSON_COMPACT);
    json_array_append_new(host->found, item);
    if (++host->n_found > SP_PLUGIN_FOUND_MAX)
        misuse(host, "it reports more than %d items", SP_PLUGIN_FOUND_MAX);
    else if (host->found_bytes > FOUND_BYTES_SENT)
        sp_host_flush(host);
}

static const char of_zones[] = "zones", of_records[] = "records";

static bool may_report(struct sp_host *host, const void *raw, uint32_t function, const char *what)
{
    if (!raw)
        misuse(host, "it reports a NULL");
    if (host->function != function)
        misuse(host, "it calls %s, which is for %s", what, sp_function_name(function));
    return !is_spoilt(host);
}

static bool may_report_record(struct sp_host *host, const struct signpost_record *raw)
{
    if (host->function != SIGNPOST_IN_FIND_ZONES)
        return may_report(host, raw, SIGNPOST_IN_LIST_RECORDS, "signpost_found_record()");
    if (raw && !sp_name_is_set(&host->names.zone))
        misuse(host, "it reports a record, but not a zone with SIGNPOST_ZONE_LISTED before it");
    return may_report(host, raw, SIGNPOST_IN_FIND_ZONES, "signpost_found_record()");
}

static void serve_found_zone(struct signpost_call *call, const struct signpost_zone *raw)
{
    struct sp_host *host = host_of(call);
    struct sp_wire_zone zone = {.id = NULL};
    if (!may_report(host, raw, SIGNPOST_IN_FIND_ZONES, "signpost_found_zone()") ||
        !is_size_ok(host, raw, raw->size, ZONE_SIZE_V1, sizeof(*raw), "zone") ||
        !is_needed_text_ok(host, raw->name, SP_TEXT_MAX, "a zone's name") ||
        !is_optional_text_ok(host, raw->id, "a zone's id") ||
        !is_optional_text_ok(host, raw->note, "a zone's note") ||
        !copy_strings(host, raw->name_servers, raw->n_name_servers, "name servers",
                      &zone.name_servers))
        goto done;
    if (raw->flags & ~SP_WIRE_ZONE_FLAGS) {
        misuse(host, "a zone has flags unknown here: 0x%x", raw->flags);
        goto done;
    }
    zone.id = sp_strdup(raw->id);
    zone.name = sp_strdup(raw->name);
    zone.note = sp_strdup(raw->note);
    zone.flags = raw->flags;
    sp_call_names_enter(&host->names, zone.flags & SIGNPOST_ZONE_LISTED ? zone.name : NULL);
    report(host, of_zones, sp_wire_zone_to_json(&zone));
done:
    sp_wire_zone_fini(&zone);
}

static void serve_found_record(struct signpost_call *call, const struct signpost_record *raw)
{
    struct sp_host *host = host_of(call);
    if (!may_report_record(host, raw) ||
        !is_size_ok(host, raw, raw->size, RECORD_SIZE_V1, sizeof(*raw), "record") ||
        !is_needed_text_ok(host, raw->type, SP_TEXT_MAX, "a record's type") ||
        !is_needed_text_ok(host, raw->host, SP_TEXT_MAX, "a record's host") ||
        !is_needed_text_ok(host, raw->value, SP_PLUGIN_VALUE_MAX, "a record's value") ||
        !is_optional_text_ok(host, raw->id, "a record's id") ||
        !is_optional_text_ok(host, raw->note, "a record's note"))
        return;
    if (raw->flags & ~(SIGNPOST_RECORD_FOREIGN | SIGNPOST_RECORD_DISABLED)) {
        misuse(host, "a record has flags unknown here: 0x%x", raw->flags);
        return;
    }
    if (!sp_call_names_may_want(&host->names, raw->host))
        return;
    struct sp_wire_record record = {
        .type = sp_strdup(raw->type),
        .host = sp_strdup(raw->host),
        .value = sp_strdup(raw->value),
        .id = sp_strdup(raw->id),
        .note = sp_strdup(raw->note),
        .ttl = raw->ttl,
        .flags = raw->flags,
    };
    report(host, of_records, sp_wire_record_to_json(&record));
    sp_wire_record_fini(&record);
}

/* Told at once, not kept back: what is done must be known even when the next step crashes. */
static void serve_applied(struct signpost_call *call, size_t i)
{
    struct sp_host *host = host_of(call);
    if (host->function != SIGNPOST_IN_APPLY_CHANGES || i >= host->n_changes)
        misuse(host, "it says that change %zu is applied, of %zu", i, host->n_changes);
    else if (host->is_applied[i])
        misuse(host, "it says twice that change %zu is applied", i);
    if (is_spoilt(host))
        return;
    host->is_applied[i] = true;
    send_frame(host, json_pack("{s:s, s:I}", "type", "applied", "index", (json_int_t)i), NULL, 0);
}

static int serve_fail(struct signpost_call *call, int code, const char *raw_message)
{
    struct sp_host *host = host_of(call);
    if (code >= 0) {
        misuse(host, "it fails with the code %d, which is no failure", code);
        return SIGNPOST_UNSUPPORTED;
    }
    free(host->message);
    /* A third of the maximum, so that a message in no known encoding fits as well. */
    host->message = sp_strndup(raw_message ? raw_message : "", SP_TEXT_MAX / 3);
    host->code = code;
    return code;
}

static void serve_retry_after(struct signpost_call *call, uint32_t seconds)
{
    host_of(call)->retry_after_s = seconds;
}

static void *serve_alloc(struct signpost_call *call, size_t len)
{
    return sp_host_alloc(host_of(call), len);
}

static int serve_name_order(struct signpost_call *call, const char *raw_a, const char *raw_b)
{
    return sp_call_names_order(&host_of(call)->names, raw_a, raw_b);
}

static int serve_name_is_below(struct signpost_call *call, const char *raw_name,
                               const char *raw_zone)
{
    return sp_call_names_is_below(&host_of(call)->names, raw_name, raw_zone);
}

void sp_host_init(struct sp_host *host, struct sp_channel *channel,
                  const struct sp_convention *convention, const struct sp_wire_call *wire)
{
    static const struct signpost_host services = {
        .size = sizeof(services),
        .http = serve_http,
        .found_zone = serve_found_zone,
        .found_record = serve_found_record,
        .applied = serve_applied,
        .fail = serve_fail,
        .retry_after = serve_retry_after,
        .alloc = serve_alloc,
        .name_order = serve_name_order,
        .name_is_below = serve_name_is_below,
    };
    *host = (struct sp_host){
        .base = {.host = &services},
        .channel = channel,
        .function = wire->function,
        .n_changes = wire->changes.n,
        .is_applied = sp_alloc(wire->changes.n, sizeof(bool)),
    };
    sp_call_names_init(&host->names, convention, wire);
}

void sp_host_fini(struct sp_host *host)
{
    SP_ARRAY_FOREACH (&host->arena, memory) {
        free(*memory);
    }
    sp_array_free(&host->arena);
    sp_call_names_fini(&host->names);
    json_decref(host->found);
    free(host->message);
    free(host->is_applied);
    host->is_applied = NULL;
    host->found = NULL;
    host->message = NULL;
}
