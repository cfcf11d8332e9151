#include "base/limits.h"
#include "base/text.h"
#include "broker/aws_region.h"
#include "broker/credentials_kept.h"
#include "http/sigv4.h"

static bool is_signature_header(const char *name)
{
    static const char *const names[] = {"Authorization", "X-Amz-Date", "X-Amz-Security-Token",
                                        "X-Amz-Content-Sha256"};
    for (size_t i = 0; i < SP_ARRAY_LEN(names); i++)
        if (sp_ascii_equal(name, names[i]))
            return true;
    return false;
}

bool sp_credentials_own_header(const struct sp_credentials *credentials, const char *name)
{
    const struct sp_auth *auth = credentials->auth;
    if (!auth)
        return false;
    if (auth->scheme == SP_AUTH_BEARER)
        return sp_ascii_equal(name, "Authorization");
    if (auth->scheme == SP_AUTH_AWS_SIGV4)
        return is_signature_header(name);
    for (size_t i = 0; i < auth->headers.n; i++)
        if (sp_ascii_equal(name, auth->headers.items[i].name))
            return true;
    return false;
}

bool sp_credentials_state_time(const struct sp_credentials *credentials)
{
    return credentials->auth && credentials->auth->scheme == SP_AUTH_AWS_SIGV4;
}

static const struct sp_secret *find_secret(const struct sp_credentials *credentials,
                                           struct sp_span name)
{
    SP_ARRAY_FOREACH (&credentials->values, value) {
        if (sp_span_is(name, value->name))
            return value->secret;
    }
    return NULL;
}

/* TEMPLATE with every {name} replaced by that secret; the description's check knows the names.
 * False when one of them, an optional one, is not there. */
static bool expand(const struct sp_credentials *credentials, const char *template,
                   struct sp_buf *out)
{
    struct sp_cursor cursor = sp_cursor_of(template, strlen(template));
    while (!sp_cursor_is_end(&cursor)) {
        struct sp_span text = sp_cursor_until(&cursor, "{");
        sp_buf_append(out, text.bytes, text.len);
        if (sp_cursor_is_end(&cursor))
            break;
        sp_cursor_skip(&cursor, 1);
        const struct sp_secret *secret = find_secret(credentials, sp_cursor_until(&cursor, "}"));
        if (!secret)
            return false;
        sp_buf_append(out, sp_secret_peek(secret), sp_secret_len(secret));
        if (!sp_cursor_is_end(&cursor))
            sp_cursor_skip(&cursor, 1);
    }
    return true;
}

static void apply_bearer(const struct sp_credentials *credentials, struct sp_buf *text,
                         sp_http_headers *headers)
{
    const struct sp_secret *secret = credentials->values.items[0].secret;
    sp_buf_puts(text, "Bearer ");
    sp_buf_append(text, sp_secret_peek(secret), sp_secret_len(secret));
    sp_http_headers_add(headers, "Authorization", sp_buf_str(text));
}

static void apply_headers(const struct sp_credentials *credentials, struct sp_buf *text,
                          sp_http_headers *headers)
{
    SP_ARRAY_FOREACH (&credentials->auth->headers, header) {
        sp_buf_clear(text);
        if (expand(credentials, header->value, text))
            sp_http_headers_add(headers, header->name, sp_buf_str(text));
    }
}

static const char *region_of(const struct sp_credentials *credentials, const char *url)
{
    const char *partition = sp_aws_region_of(url);
    if (credentials->region)
        return credentials->region;
    return partition ? partition : credentials->auth->region;
}

static void apply_sigv4(const struct sp_credentials *credentials,
                        const struct sp_http_request *request, int64_t now_s,
                        sp_http_headers *headers)
{
    const struct sp_secret *id = find_secret(credentials, sp_span_of(SP_AWS_ACCESS_KEY_ID));
    const struct sp_secret *token = find_secret(credentials, sp_span_of(SP_AWS_SESSION_TOKEN));
    const struct sp_sigv4_key key = {
        .access_key_id = sp_secret_peek(id),
        .secret_access_key = find_secret(credentials, sp_span_of(SP_AWS_SECRET_ACCESS_KEY)),
        .session_token = token ? sp_secret_peek(token) : NULL,
        .region = region_of(credentials, request->url),
        .service = credentials->auth->service,
    };
    const struct sp_sigv4_request signed_request = {
        .method = request->method,
        .url = request->url,
        .headers = headers,
        .body = request->body,
        .body_len = request->body_len,
    };
    /* What cannot be signed is sent without: the server says no, and nothing is given away. */
    (void)sp_sigv4_sign(&key, &signed_request, now_s, headers);
}

void sp_credentials_apply(const struct sp_credentials *credentials,
                          const struct sp_http_request *request, int64_t now_s,
                          sp_http_headers *headers)
{
    struct sp_buf text = SP_BUF_INIT((size_t)SP_SECRET_MAX * SP_PLUGIN_LIST_MAX);
    text.is_secret = true;
    if (!credentials->auth || credentials->values.n == 0)
        return;
    switch (credentials->auth->scheme) {
    case SP_AUTH_BEARER:
        apply_bearer(credentials, &text, headers);
        break;
    case SP_AUTH_HEADER:
        apply_headers(credentials, &text, headers);
        break;
    case SP_AUTH_AWS_SIGV4:
        apply_sigv4(credentials, request, now_s, headers);
        break;
    }
    sp_buf_fini(&text);
}

size_t sp_credentials_redact(const struct sp_credentials *credentials, struct sp_buf *text)
{
    size_t n = 0;
    for (size_t i = 0; i < credentials->values.n; i++)
        if (credentials->values.items[i].secret)
            n += sp_secret_redact(credentials->values.items[i].secret, text);
    return n;
}
