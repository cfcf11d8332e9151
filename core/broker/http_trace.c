#include "broker/http_trace.h"

#include "base/json.h"
#include "base/limits.h"

static json_t *redacted(const struct sp_http_attempt *attempt, const char *text)
{
    struct sp_buf clean = SP_BUF_INIT(4 * SP_HTTP_URL_MAX);
    sp_buf_puts(&clean, text);
    sp_credentials_redact(attempt->credentials, &clean);
    json_t *json = sp_json_text(sp_buf_str(&clean), clean.len);
    sp_buf_fini(&clean);
    return json;
}

static json_t *line_of(const struct sp_http_attempt *attempt)
{
    json_t *line = json_object();
    json_object_set_new(line, "provider", redacted(attempt, attempt->provider));
    json_object_set_new(line, "method", redacted(attempt, attempt->method));
    json_object_set_new(line, "url", redacted(attempt, attempt->url));
    json_object_set_new(line, "attempt", json_integer(attempt->number));
    return line;
}

void sp_http_trace_sent(struct sp_trace *trace, const struct sp_http_attempt *attempt,
                        size_t body_len)
{
    json_t *line = line_of(attempt);
    json_object_set_new(line, "bytes", json_integer((json_int_t)body_len));
    sp_trace_put(trace, "http-request", line);
}

void sp_http_trace_heard(struct sp_trace *trace, const struct sp_http_attempt *attempt,
                         const struct sp_http_response *response, uint64_t took_ms)
{
    static const char *const results[] = {[SP_HTTP_OK] = "answer",
                                          [SP_HTTP_NOT_SENT] = "not-sent",
                                          [SP_HTTP_LOST] = "lost",
                                          [SP_HTTP_TOO_LARGE] = "too-large"};
    json_t *line = line_of(attempt);
    json_object_set_new(line, "took_ms", json_integer((json_int_t)took_ms));
    json_object_set_new(line, "result", json_string(results[response->status]));
    if (response->status == SP_HTTP_OK) {
        json_object_set_new(line, "status", json_integer(response->code));
        json_object_set_new(line, "bytes", json_integer((json_int_t)response->body.len));
    } else {
        json_object_set_new(line, "message", redacted(attempt, response->message));
    }
    sp_trace_put(trace, "http-answer", line);
}
