#include "http/sigv4.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <time.h>

#include "base/cursor.h"
#include "base/limits.h"
#include "base/text.h"

#define HASH_LEN 32 /* of SHA-256 */

/* The parts of a URL, borrowed from it. */
struct parts {
    struct sp_span host, path, query;
};

struct pair {
    char *name, *value; /* owned */
};
typedef SP_ARRAY(struct pair) pair_list;

static void free_pairs(pair_list *pairs)
{
    SP_ARRAY_FOREACH (pairs, pair) {
        OPENSSL_cleanse(pair->value, strlen(pair->value)); /* the session token is among them */
        free(pair->name);
        free(pair->value);
    }
    sp_array_free(pairs);
}

static int compare_pairs(const void *a, const void *b)
{
    const struct pair *left = a, *right = b;
    int order = strcmp(left->name, right->name);
    return order ? order : strcmp(left->value, right->value);
}

static int split_url(const char *url, struct parts *ret)
{
    const char *start = strstr(url, "://");
    if (!start)
        return -1;
    struct sp_cursor cursor = sp_cursor_of(start + 3, strlen(start + 3));
    ret->host = sp_cursor_until(&cursor, "/?#");
    ret->path = sp_cursor_until(&cursor, "?#");
    ret->query = sp_span_of("");
    if (sp_cursor_peek(&cursor) == '?') {
        sp_cursor_skip(&cursor, 1);
        ret->query = sp_cursor_until(&cursor, "#");
    }
    return ret->host.len ? 0 : -1;
}

/* ---- the canonical request ---------------------------------------------------------------------
 */

/* RFC 3986, section 2.3; SAFE holds what stays besides the unreserved characters. */
static void put_encoded(struct sp_buf *out, const char *bytes, size_t len, const char *safe)
{
    for (size_t i = 0; i < len; i++) {
        char c = bytes[i];
        if (sp_ascii_is_alnum(c) || (c && (strchr("-._~", c) || strchr(safe, c))))
            sp_buf_putc(out, c);
        else
            sp_buf_printf(out, "%%%02X", (uint8_t)c);
    }
}

static int hex_digit(int c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* TEXT, encoded in whatever way, in the one way the server encodes it before it compares. */
static char *recode(struct sp_span text)
{
    struct sp_buf plain = SP_BUF_INIT(SP_HTTP_URL_MAX), out = SP_BUF_INIT(3 * SP_HTTP_URL_MAX);
    for (size_t i = 0; i < text.len; i++) {
        int high = -1, low = -1;
        if (text.bytes[i] == '%' && text.len - i > 2) {
            high = hex_digit(text.bytes[i + 1]);
            low = hex_digit(text.bytes[i + 2]);
        }
        bool is_escape = high >= 0 && low >= 0;
        sp_buf_putc(&plain, is_escape ? (char)(high << 4 | low) : text.bytes[i]);
        i += is_escape ? 2 : 0;
    }
    put_encoded(&out, sp_buf_str(&plain), plain.len, "");
    sp_buf_fini(&plain);
    return sp_buf_steal(&out);
}

/* Sorted by encoded name, then by value; a name without a value has the empty one. */
static void put_query(struct sp_buf *out, struct sp_span query)
{
    pair_list list = {.n = 0};
    struct sp_cursor cursor = sp_cursor_of(query.bytes, query.len);
    while (!sp_cursor_is_end(&cursor)) {
        struct sp_span text = sp_cursor_until(&cursor, "&");
        if (!sp_cursor_is_end(&cursor))
            sp_cursor_skip(&cursor, 1);
        struct sp_cursor inner = sp_cursor_of(text.bytes, text.len);
        struct sp_span name = sp_cursor_until(&inner, "=");
        if (!sp_cursor_is_end(&inner))
            sp_cursor_skip(&inner, 1);
        struct sp_span value = sp_cursor_take(&inner, sp_cursor_left(&inner));
        *sp_array_push(&list) = (struct pair){recode(name), recode(value)};
    }
    if (list.n)
        qsort(list.items, list.n, sizeof(list.items[0]), compare_pairs);
    SP_ARRAY_FOREACH (&list, pair) {
        sp_buf_printf(out, "%s%s=", pair == list.items ? "" : "&", pair->name);
        sp_buf_puts(out, pair->value);
    }
    free_pairs(&list);
}

/* Proxies and HTTP clients may change these. */
static bool is_left_out(const char *name)
{
    static const char *const names[] = {"expect", "transfer-encoding", "user-agent",
                                        "x-amzn-trace-id"};
    for (size_t i = 0; i < SP_ARRAY_LEN(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* Without blanks at the ends, runs of them inside as one. */
static char *trim_all(const char *text)
{
    struct sp_buf out = SP_BUF_INIT(strlen(text));
    struct sp_cursor cursor = sp_cursor_of(text, strlen(text));
    out.is_secret = true;
    for (;;) {
        sp_cursor_while(&cursor, " \t");
        struct sp_span word = sp_cursor_until(&cursor, " \t");
        if (!word.len)
            break;
        sp_buf_puts(&out, out.len ? " " : "");
        sp_buf_append(&out, word.bytes, word.len);
    }
    char *trimmed = sp_strdup(sp_buf_str(&out));
    sp_buf_fini(&out);
    return trimmed;
}

/* Appends to the value of NAME, or adds it: a repeated header is one, its values in order. */
static void merge_header(pair_list *list, const char *name, const char *value)
{
    char *lower = sp_strdup(name), *trimmed = trim_all(value);
    for (char *c = lower; *c; c++)
        *c = sp_ascii_lower(*c);
    if (is_left_out(lower)) {
        free(lower);
        free(trimmed);
        return;
    }
    SP_ARRAY_FOREACH (list, pair) {
        if (strcmp(pair->name, lower) != 0)
            continue;
        char *joined = sp_asprintf("%s,%s", pair->value, trimmed);
        free(pair->value);
        pair->value = joined;
        free(lower);
        free(trimmed);
        return;
    }
    *sp_array_push(list) = (struct pair){lower, trimmed};
}

/* Every header to be signed, sorted by name alone. */
static pair_list collect_headers(const struct sp_sigv4_key *key,
                                 const struct sp_sigv4_request *request, struct sp_span host,
                                 const char *stamp)
{
    pair_list list = {.n = 0};
    char *host_text = sp_span_dup(host);
    for (char *c = host_text; *c; c++)
        *c = sp_ascii_lower(*c);
    SP_ARRAY_FOREACH (request->headers, header) {
        merge_header(&list, header->name, header->value);
    }
    merge_header(&list, "host", host_text);
    merge_header(&list, "x-amz-date", stamp);
    if (key->session_token)
        merge_header(&list, "x-amz-security-token", key->session_token);
    qsort(list.items, list.n, sizeof(list.items[0]), compare_pairs);
    free(host_text);
    return list;
}

static void put_hash(struct sp_buf *out, const void *bytes, size_t len)
{
    unsigned char hash[HASH_LEN];
    if (!EVP_Digest(bytes ? bytes : "", len, hash, NULL, EVP_sha256(), NULL))
        abort();
    for (size_t i = 0; i < sizeof(hash); i++)
        sp_buf_printf(out, "%02x", hash[i]);
}

static void put_signed_names(struct sp_buf *out, const pair_list *headers)
{
    SP_ARRAY_FOREACH (headers, header) {
        sp_buf_printf(out, "%s%s", header == headers->items ? "" : ";", header->name);
    }
}

static void put_canonical(struct sp_buf *out, const struct sp_sigv4_request *request,
                          const struct parts *parts, const pair_list *headers)
{
    sp_buf_printf(out, "%s\n", request->method);
    /* Encoded once more, as every service but S3 does. */
    put_encoded(out, parts->path.len ? parts->path.bytes : "/",
                parts->path.len ? parts->path.len : 1, "/");
    sp_buf_putc(out, '\n');
    put_query(out, parts->query);
    sp_buf_putc(out, '\n');
    SP_ARRAY_FOREACH (headers, header) {
        sp_buf_printf(out, "%s:", header->name);
        sp_buf_puts(out, header->value);
        sp_buf_putc(out, '\n');
    }
    sp_buf_putc(out, '\n');
    put_signed_names(out, headers);
    sp_buf_putc(out, '\n');
    put_hash(out, request->body, request->body_len);
}

/* ---- the signature -----------------------------------------------------------------------------
 */

static void mac(const void *key, size_t key_len, const char *text, unsigned char ret[HASH_LEN])
{
    if (!HMAC(EVP_sha256(), key, (int)key_len, (const unsigned char *)text, strlen(text), ret,
              NULL))
        abort();
}

/* The hexadecimal signature of TO_SIGN with the key derived for one day, region and service. */
static void put_signature(struct sp_buf *out, const struct sp_sigv4_key *key, const char *day,
                          const char *to_sign)
{
    struct sp_buf start = SP_BUF_INIT(SP_SECRET_MAX + 4);
    unsigned char a[HASH_LEN], b[HASH_LEN];
    start.is_secret = true;
    sp_buf_puts(&start, "AWS4");
    sp_buf_append(&start, sp_secret_peek(key->secret_access_key),
                  sp_secret_len(key->secret_access_key));
    mac(sp_buf_str(&start), start.len, day, a);
    mac(a, sizeof(a), key->region, b);
    mac(b, sizeof(b), key->service, a);
    mac(a, sizeof(a), "aws4_request", b);
    mac(b, sizeof(b), to_sign, a);
    for (size_t i = 0; i < sizeof(a); i++)
        sp_buf_printf(out, "%02x", a[i]);
    OPENSSL_cleanse(a, sizeof(a));
    OPENSSL_cleanse(b, sizeof(b));
    sp_buf_fini(&start);
}

static void put_authorization(struct sp_buf *out, const struct sp_sigv4_key *key, const char *stamp,
                              const pair_list *headers, const struct sp_buf *canonical)
{
    char day[9];
    struct sp_buf to_sign = SP_BUF_INIT(SP_TEXT_MAX);
    snprintf(day, sizeof(day), "%.8s", stamp);
    char *scope = sp_asprintf("%s/%s/%s/aws4_request", day, key->region, key->service);
    sp_buf_printf(&to_sign, "AWS4-HMAC-SHA256\n%s\n%s\n", stamp, scope);
    put_hash(&to_sign, sp_buf_str(canonical), canonical->len);
    sp_buf_printf(out, "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=", key->access_key_id,
                  scope);
    put_signed_names(out, headers);
    sp_buf_puts(out, ", Signature=");
    put_signature(out, key, day, sp_buf_str(&to_sign));
    sp_buf_fini(&to_sign);
    free(scope);
}

int sp_sigv4_sign(const struct sp_sigv4_key *key, const struct sp_sigv4_request *request,
                  int64_t now_s, sp_http_headers *ret_headers)
{
    struct parts parts;
    struct tm utc;
    char stamp[17];
    time_t now = now_s;
    if (split_url(request->url, &parts) < 0 || !gmtime_r(&now, &utc) ||
        strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &utc) != sizeof(stamp) - 1)
        return -1;
    pair_list headers = collect_headers(key, request, parts.host, stamp);
    struct sp_buf canonical = SP_BUF_INIT(SP_HTTP_REQUEST_MAX);
    struct sp_buf authorization = SP_BUF_INIT(SP_SECRET_MAX + SP_HTTP_HEADER_MAX);
    canonical.is_secret = true;
    put_canonical(&canonical, request, &parts, &headers);
    put_authorization(&authorization, key, stamp, &headers, &canonical);
    bool is_ok = sp_buf_is_ok(&canonical) && sp_buf_is_ok(&authorization);
    if (is_ok) {
        sp_http_headers_add(ret_headers, "X-Amz-Date", stamp);
        if (key->session_token)
            sp_http_headers_add(ret_headers, "X-Amz-Security-Token", key->session_token);
        sp_http_headers_add(ret_headers, "Authorization", sp_buf_str(&authorization));
    }
    sp_buf_fini(&authorization);
    sp_buf_fini(&canonical);
    free_pairs(&headers);
    return is_ok ? 0 : -1;
}
