#include "broker/exchange.h"

#include "base/limits.h"
#include "base/text.h"
#include "broker/gate.h"
#include "broker/http_trace.h"
#include "http/date.h"
#include "http/url.h"

struct sp_exchange {
    struct sp_outlet *outlet;
    const struct sp_operation *operation;
    struct sp_wire_request request;
    char *url;
    struct sp_retry retry;
    struct sp_transfer *transfer; /* an attempt under way, */
    struct sp_timer *timer;       /* or the wait before the next */
    uint64_t started_ms;          /* of the first attempt */
    uint64_t sent_ms;             /* of the last one */
    bool is_lost;
    bool has_set_clock; /* signed again with the server's time: once is enough */
    sp_exchanged_fn fn;
    void *arg;
};

void sp_outlet_start(struct sp_outlet *outlet)
{
    const struct sp_description *description = outlet->description;
    uint32_t window_s = description->requests_window_s;
    sp_pace_init(&outlet->pace, description->requests_per_minute, window_s);
    outlet->operation_paces = sp_alloc(description->operations.n, sizeof(struct sp_pace));
    for (size_t i = 0; i < description->operations.n; i++)
        sp_pace_init(&outlet->operation_paces[i],
                     description->operations.items[i].requests_per_minute, window_s);
}

void sp_outlet_fini(struct sp_outlet *outlet)
{
    sp_strings_free(&outlet->bases);
    sp_pace_fini(&outlet->pace);
    for (size_t i = 0; outlet->operation_paces && i < outlet->description->operations.n; i++)
        sp_pace_fini(&outlet->operation_paces[i]);
    free(outlet->operation_paces);
    outlet->operation_paces = NULL;
}

/* The operation is one of the description's. */
static struct sp_pace *pace_of(struct sp_outlet *outlet, const struct sp_operation *operation)
{
    if (!operation->requests_per_minute || !outlet->operation_paces)
        return &outlet->pace;
    return &outlet->operation_paces[operation - outlet->description->operations.items];
}

void sp_exchange_free(struct sp_exchange *exchange)
{
    if (!exchange)
        return;
    sp_transfer_cancel(&exchange->transfer);
    sp_timer_stop(&exchange->timer);
    sp_wire_request_fini(&exchange->request);
    free(exchange->url);
    free(exchange);
}

/* ---- the answer, as far as a plugin may see it --------------------------------------------------
 */

/* Names that carry no secret by their meaning; session cookies and the like stay here. */
static bool is_harmless_header(const char *name)
{
    static const char *const names[] = {"content-type", "retry-after", "location",     "link",
                                        "etag",         "date",        "last-modified"};
    for (size_t i = 0; i < SP_ARRAY_LEN(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return sp_ascii_starts(name, "ratelimit") || sp_ascii_starts(name, "x-ratelimit");
}

static void copy_headers(const struct sp_exchange *exchange,
                         const struct sp_http_response *response, sp_pairs *ret_headers)
{
    for (size_t i = 0; i < response->headers.n; i++) {
        const struct sp_http_header *header = &response->headers.items[i];
        if (!is_harmless_header(header->name))
            continue;
        struct sp_buf value = SP_BUF_INIT(SP_HTTP_HEADER_MAX);
        sp_buf_puts(&value, header->value);
        sp_credentials_redact(exchange->outlet->credentials, &value);
        sp_pairs_add(ret_headers, header->name, sp_buf_str(&value));
        sp_buf_fini(&value);
    }
}

/* No usable answer: what the plugin is told. */
static int code_of(const struct sp_exchange *exchange, const struct sp_http_response *response)
{
    if (exchange->is_lost && !sp_operation_is_repeatable(exchange->operation))
        return SIGNPOST_AMBIGUOUS;
    if (response->status == SP_HTTP_TOO_LARGE || response->status == SP_HTTP_OK)
        return SIGNPOST_BAD_REPLY;
    return SIGNPOST_TRANSIENT;
}

/* The last word; the exchange is freed before its owner hears it. */
static void conclude(struct sp_exchange *exchange, struct sp_http_response *response)
{
    struct sp_exchanged exchanged = {.is_lost = exchange->is_lost,
                                     .was_repeated = exchange->retry.tries > 1};
    if (response->status == SP_HTTP_OK && response->code >= 100 && response->code <= 599) {
        sp_credentials_redact(exchange->outlet->credentials, &response->body);
        exchanged.answer.code = SIGNPOST_OK;
        exchanged.answer.status = (int)response->code;
        exchanged.body = sp_buf_str(&response->body);
        exchanged.body_len = response->body.len;
        copy_headers(exchange, response, &exchanged.answer.headers);
    } else {
        exchanged.answer.code = code_of(exchange, response);
        exchanged.answer.message =
            response->status == SP_HTTP_OK
                ? sp_asprintf("HTTP status %ld does not exist", response->code)
                : sp_strdup(response->message);
    }
    sp_exchanged_fn fn = exchange->fn;
    void *arg = exchange->arg;
    sp_exchange_free(exchange);
    fn(arg, &exchanged);
    sp_wire_answer_fini(&exchanged.answer);
}

/* ---- attempts -----------------------------------------------------------------------------------
 */

static void attempt(void *arg);

void sp_outlet_tell_wait(const struct sp_outlet *outlet, uint64_t wait_ms, enum sp_wait why)
{
    if (wait_ms >= 1000 && outlet->on_wait)
        outlet->on_wait(outlet->on_wait_arg, wait_ms, why);
}

/* A signature refused for its time, or for what a wrong time does to it (AWS: "Signature Version 4
 * troubleshooting"; Route 53 says SignatureDoesNotMatch as well). */
static bool names_the_time(const struct sp_http_response *response)
{
    static const char *const codes[] = {"RequestExpired", "SignatureDoesNotMatch",
                                        "InvalidSignatureException", "RequestTimeTooSkewed"};
    if (response->status != SP_HTTP_OK || (response->code != 400 && response->code != 403))
        return false;
    for (size_t i = 0; i < SP_ARRAY_LEN(codes); i++)
        if (strstr(sp_buf_str(&response->body), codes[i]))
            return true;
    return false;
}

/* Takes over the server's time when ours is the reason of the refusal. Nothing was done there. */
static bool set_clock(struct sp_exchange *exchange, const struct sp_http_response *response)
{
    struct sp_outlet *outlet = exchange->outlet;
    const char *date = sp_http_headers_find(&response->headers, "date");
    if (!date || exchange->has_set_clock || !sp_credentials_state_time(outlet->credentials) ||
        !names_the_time(response))
        return false;
    int64_t server_s = sp_http_date_parse(date);
    int64_t off_s = server_s - sp_wall_s() - outlet->clock_skew_s;
    if (server_s < 0 || (off_s >= -SP_CLOCK_SKEW_S && off_s <= SP_CLOCK_SKEW_S))
        return false;
    outlet->clock_skew_s += off_s;
    exchange->has_set_clock = true;
    return true;
}

static struct sp_http_attempt attempt_of(const struct sp_exchange *exchange)
{
    return (struct sp_http_attempt){.provider = exchange->outlet->description->name,
                                    .method = exchange->request.method,
                                    .url = exchange->url,
                                    .number = exchange->retry.tries,
                                    .credentials = exchange->outlet->credentials};
}

static void trace_sent(const struct sp_exchange *exchange)
{
    struct sp_trace *trace = sp_loop_trace(exchange->outlet->loop);
    const struct sp_http_attempt attempt = attempt_of(exchange);
    if (trace)
        sp_http_trace_sent(trace, &attempt, exchange->request.body_len);
}

static void trace_heard(const struct sp_exchange *exchange, const struct sp_http_response *response)
{
    struct sp_trace *trace = sp_loop_trace(exchange->outlet->loop);
    const struct sp_http_attempt attempt = attempt_of(exchange);
    if (trace)
        sp_http_trace_heard(trace, &attempt, response, sp_monotonic_ms() - exchange->sent_ms);
}

static void on_response(void *arg, struct sp_http_response *response)
{
    struct sp_exchange *exchange = arg;
    exchange->transfer = NULL;
    trace_heard(exchange, response);
    if (response->status == SP_HTTP_NOT_SENT)
        exchange->outlet->n_sent--;
    else if (response->status != SP_HTTP_OK)
        exchange->is_lost = true;
    if (set_clock(exchange, response)) {
        exchange->timer = sp_timer_start(exchange->outlet->loop, 0, attempt, exchange);
        return;
    }
    bool is_out_of_time = response->status != SP_HTTP_OK &&
                          sp_monotonic_ms() - exchange->started_ms >= SP_HTTP_TOTAL_MS;
    int64_t delay_ms = is_out_of_time ? -1
                                      : sp_retry_delay_ms(&exchange->retry, response, sp_wall_s(),
                                                          sp_random_below);
    if (delay_ms < 0) {
        conclude(exchange, response);
        return;
    }
    /* Our own back-off is shorter than a second: it was Retry-After. */
    sp_outlet_tell_wait(exchange->outlet, (uint64_t)delay_ms, SP_WAIT_ASKED);
    exchange->timer = sp_timer_start(exchange->outlet->loop, (uint64_t)delay_ms, attempt, exchange);
}

static void attempt(void *arg)
{
    struct sp_exchange *exchange = arg;
    struct sp_outlet *outlet = exchange->outlet;
    exchange->timer = NULL;
    uint64_t wait_ms = sp_pace_take(pace_of(outlet, exchange->operation), sp_monotonic_ms());
    if (wait_ms) {
        sp_outlet_tell_wait(outlet, wait_ms, SP_WAIT_LIMIT);
        exchange->timer = sp_timer_start(outlet->loop, wait_ms, attempt, exchange);
        return;
    }
    sp_http_headers headers = {.n = 0};
    SP_ARRAY_FOREACH (&exchange->request.headers, pair)
        sp_http_headers_add(&headers, pair->name, pair->value);
    const struct sp_http_request request = {
        .method = exchange->request.method,
        .url = exchange->url,
        .headers = &headers,
        .body = exchange->request.body,
        .body_len = exchange->request.body_len,
        .is_repeatable = exchange->retry.is_repeatable,
    };
    sp_credentials_apply(outlet->credentials, &request, sp_wall_s() + outlet->clock_skew_s,
                         &headers);
    exchange->retry.tries++;
    exchange->sent_ms = sp_monotonic_ms();
    trace_sent(exchange);
    outlet->n_sent++;
    exchange->transfer = sp_http_send(outlet->http, &request, on_response, exchange);
    sp_http_headers_free(&headers);
}

void sp_exchange_hurry(struct sp_exchange *exchange)
{
    struct sp_http_response response = {.status = SP_HTTP_NOT_SENT,
                                        .message = "the wait before the next attempt was ended"};
    if (!exchange->timer)
        return;
    sp_timer_stop(&exchange->timer);
    conclude(exchange, &response);
}

/* ---- the beginning ------------------------------------------------------------------------------
 */

static char *build_url(const struct sp_outlet *outlet, const struct sp_wire_request *request,
                       struct sp_err *err)
{
    struct sp_err why = SP_ERR_INIT;
    struct sp_url_query *query = sp_alloc(request->query.n, sizeof(*query));
    for (size_t i = 0; i < request->query.n; i++)
        query[i] =
            (struct sp_url_query){request->query.items[i].name, request->query.items[i].value};
    char *url =
        sp_url_build(outlet->bases.items[request->origin], (const char *const *)request->path.items,
                     request->path.n, query, request->query.n, &why);
    if (!url)
        sp_err_set(err, SP_ERR_PLUGIN, "request-refused",
                   "a request of the plugin %s was refused: %s", outlet->description->name,
                   why.message);
    free(query);
    return url;
}

struct sp_exchange *sp_exchange_new(struct sp_outlet *outlet, const struct sp_operation *operation,
                                    struct sp_wire_request *request, sp_exchanged_fn fn, void *arg,
                                    struct sp_err *err)
{
    char *url = build_url(outlet, request, err);
    if (!url)
        return NULL;
    struct sp_exchange *exchange = sp_new(struct sp_exchange);
    exchange->outlet = outlet;
    exchange->operation = operation;
    exchange->request = *request;
    *request = (struct sp_wire_request){.method = NULL};
    exchange->url = url;
    exchange->retry.is_repeatable = sp_operation_is_repeatable(operation);
    exchange->fn = fn;
    exchange->arg = arg;
    exchange->started_ms = sp_monotonic_ms();
    attempt(exchange);
    return exchange;
}
