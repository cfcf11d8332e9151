#include "http/url.h"

#include <arpa/inet.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"
#include "http/curl.h"

static bool has_control(const char *text)
{
    for (; *text; text++)
        if ((uint8_t)*text < 0x20 || *text == 0x7f)
            return true;
    return false;
}

/* HOST as curl normalises it: lower case, numeric IPv4 forms as dotted quads, IPv6 in brackets. */
static bool is_loopback(const char *host)
{
    struct in_addr v4;
    if (sp_ascii_equal(host, "localhost") || strcmp(host, "[::1]") == 0)
        return true;
    return inet_pton(AF_INET, host, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127;
}

/* A URL as curl has read it. */
struct reading {
    const struct sp_curl *curl; /* NULL: it cannot be loaded, and ERR says why */
    CURLU *url;
    CURLUcode code; /* whether TEXT is a URL to it */
};

static struct reading read_url(const char *text, unsigned flags, struct sp_err *err)
{
    struct reading reading = {.curl = sp_curl_load(err), .code = CURLUE_BAD_HANDLE};
    if (!reading.curl)
        return reading;
    reading.url = reading.curl->url();
    if (!reading.url)
        abort();
    reading.code = reading.curl->url_set(reading.url, CURLUPART_URL, text, flags);
    return reading;
}

static void free_reading(struct reading *reading)
{
    if (reading->curl)
        reading->curl->url_cleanup(reading->url);
}

/* An owned copy of one part, "" when the URL has none. */
static char *part_of(const struct reading *reading, CURLUPart part, unsigned flags)
{
    char *text = NULL;
    if (!reading->curl || reading->curl->url_get(reading->url, part, &text, flags) != CURLUE_OK)
        return sp_strdup("");
    char *copy = sp_strdup(text);
    reading->curl->free(text);
    return copy;
}

char *sp_url_origin(const char *url)
{
    struct sp_err err = SP_ERR_INIT;
    struct reading reading = read_url(url, 0, &err);
    char *scheme = part_of(&reading, CURLUPART_SCHEME, 0);
    char *host = part_of(&reading, CURLUPART_HOST, 0);
    char *port = part_of(&reading, CURLUPART_PORT, CURLU_NO_DEFAULT_PORT);
    char *origin =
        *host ? sp_asprintf("%s://%s%s%s", scheme, host, *port ? ":" : "", port) : sp_strdup("");
    free(scheme);
    free(host);
    free(port);
    free_reading(&reading);
    return origin;
}

bool sp_url_is_loopback(const char *url)
{
    struct sp_err err = SP_ERR_INIT;
    struct reading reading = read_url(url, 0, &err);
    char *host = part_of(&reading, CURLUPART_HOST, 0);
    bool is_there = is_loopback(host);
    free(host);
    free_reading(&reading);
    return is_there;
}

/* What kind of URL it is to be, for the messages. */
struct purpose {
    const char *code, *what, *shape;
    bool is_cited;     /* else there may be a secret in it */
    bool may_be_plain; /* http:// to a loopback address */
};
static const struct purpose for_base = {"bad-endpoint", "API base URL",
                                        "https://HOST[:PORT][/PATH], or http:// to a loopback "
                                        "address",
                                        true, true};
static const struct purpose for_target = {"bad-webhook", "URL of a webhook",
                                          "https://HOST[:PORT]/PATH[?QUERY], or http:// to a "
                                          "loopback address",
                                          false, true};
static const struct purpose for_resolver = {"bad-resolver", "DNS-over-HTTPS resolver",
                                            "https://HOST[:PORT]/dns-query, or as an address for "
                                            "DNS: 192.0.2.1, 192.0.2.1:5300 or [2001:db8::1]:5300",
                                            true, false};

static int refuse(struct sp_err *err, const struct purpose *purpose, const char *text,
                  const char *why)
{
    bool may_be_shown =
        purpose->is_cited && !strchr(text, '@'); /* a password may stand before it */
    char *shown = may_be_shown ? sp_escaped(text) : sp_strdup("what was given");
    sp_err_set(err, SP_ERR_USAGE, purpose->code, "%.300s is not a usable %s: %s", shown,
               purpose->what, why);
    sp_err_fix(err, "give it as %s", purpose->shape);
    free(shown);
    return -1;
}

/* What libcurl finds wrong, in words that say what to change. */
static const char *read_fault(const struct reading *reading)
{
    switch (reading->code) {
    case CURLUE_USER_NOT_ALLOWED:
        return "a user name or password may not stand in it";
    case CURLUE_NO_HOST:
        return "it names no host";
    case CURLUE_BAD_PORT_NUMBER:
        return "its port is no number up to 65535";
    case CURLUE_BAD_SCHEME:
    case CURLUE_UNSUPPORTED_SCHEME:
        return "it does not begin with https://";
    default:
        return reading->curl->url_strerror(reading->code);
    }
}

/* What is wrong with the parts of URL, or NULL. */
static const char *find_fault(const struct purpose *purpose, const char *scheme, const char *host)
{
    bool is_plain = purpose->may_be_plain && strcmp(scheme, "http") == 0;
    if (strcmp(scheme, "https") != 0 && !is_plain)
        return "only https is spoken";
    if (!*host)
        return "it names no host";
    if (strcmp(scheme, "http") == 0 && !is_loopback(host))
        return "plain http can be read by everybody on the way";
    return NULL;
}

/* TEXT as curl normalises it, once it is fit for PURPOSE. */
static int check(const char *text, const struct purpose *purpose, char **ret_url,
                 struct sp_err *err)
{
    int ret = -1;
    char *scheme = NULL, *host = NULL;
    struct reading reading = read_url(text, CURLU_DISALLOW_USER, err);
    if (!reading.curl)
        return -1;
    if (reading.code != CURLUE_OK) {
        refuse(err, purpose, text, read_fault(&reading));
        goto done;
    }
    scheme = part_of(&reading, CURLUPART_SCHEME, 0);
    host = part_of(&reading, CURLUPART_HOST, 0);
    for (char *c = host; *c; c++)
        *c = sp_ascii_lower(*c);
    const char *fault = find_fault(purpose, scheme, host);
    if (fault) {
        refuse(err, purpose, text, fault);
        goto done;
    }
    reading.curl->url_set(reading.url, CURLUPART_HOST, host, 0);
    *ret_url = part_of(&reading, CURLUPART_URL, CURLU_NO_DEFAULT_PORT);
    ret = 0;
done:
    free_reading(&reading);
    free(scheme);
    free(host);
    return ret;
}

static int check_base(const char *text, const struct purpose *purpose, char **ret_url,
                      struct sp_err *err)
{
    if (has_control(text) || strpbrk(text, "?#\\ "))
        return refuse(err, purpose, text,
                      "it has a query, a fragment, a blank or a control character");
    if (check(text, purpose, ret_url, err) < 0)
        return -1;
    size_t len = strlen(*ret_url);
    while (len && (*ret_url)[len - 1] == '/')
        (*ret_url)[--len] = '\0';
    return 0;
}

int sp_url_check_base(const char *text, char **ret_url, struct sp_err *err)
{
    return check_base(text, &for_base, ret_url, err);
}

int sp_url_check_resolver(const char *text, char **ret_url, struct sp_err *err)
{
    return check_base(text, &for_resolver, ret_url, err);
}

int sp_url_check_target(const char *text, char **ret_url, struct sp_err *err)
{
    if (has_control(text) || strpbrk(text, "#\\ "))
        return refuse(err, &for_target, text, "it has a fragment, a blank or a control character");
    return check(text, &for_target, ret_url, err);
}

/* RFC 3986, section 2.3: everything but the unreserved characters is percent-encoded. */
static void put_encoded(struct sp_buf *out, const char *text)
{
    for (; *text; text++) {
        if (sp_ascii_is_alnum(*text) || strchr("-._~", *text))
            sp_buf_putc(out, *text);
        else
            sp_buf_printf(out, "%%%02X", (uint8_t)*text);
    }
}

static int check_segment(const char *segment, struct sp_err *err)
{
    if (!*segment)
        return sp_err_set(err, SP_ERR_PLUGIN, "bad-request", "an empty path segment");
    if (strcmp(segment, ".") == 0 || strcmp(segment, "..") == 0)
        return sp_err_set(err, SP_ERR_PLUGIN, "bad-request", "the path segment \"%s\"", segment);
    if (strpbrk(segment, "/\\") || has_control(segment))
        return sp_err_set(err, SP_ERR_PLUGIN, "bad-request",
                          "a separator or a control character in a path segment");
    return 0;
}

static bool has_path(const char *base)
{
    const char *authority = strstr(base, "://");
    return authority && strchr(authority + 3, '/');
}

/* curl must read TEXT as exactly the URL that was meant: nothing folded, guessed or re-encoded. */
static int check_round_trip(const char *text, struct sp_err *err)
{
    struct reading reading = read_url(text, CURLU_DISALLOW_USER, err);
    if (!reading.curl)
        return -1;
    char *again = part_of(&reading, CURLUPART_URL, CURLU_NO_DEFAULT_PORT);
    bool is_same = reading.code == CURLUE_OK && strcmp(again, text) == 0;
    free(again);
    free_reading(&reading);
    if (!is_same)
        return sp_err_set(err, SP_ERR_PLUGIN, "bad-request", "a URL that is read in two ways");
    return 0;
}

char *sp_url_build(const char *base, const char *const *segments, size_t n_segments,
                   const struct sp_url_query *query, size_t n_query, struct sp_err *err)
{
    char *url = NULL;
    struct sp_buf out = SP_BUF_INIT(SP_HTTP_URL_MAX);
    sp_buf_puts(&out, base);
    for (size_t i = 0; i < n_segments; i++) {
        if (check_segment(segments[i], err) < 0)
            goto done;
        sp_buf_putc(&out, '/');
        put_encoded(&out, segments[i]);
    }
    if (n_segments == 0 && !has_path(base))
        sp_buf_putc(&out, '/');
    for (size_t i = 0; i < n_query; i++) {
        sp_buf_putc(&out, i ? '&' : '?');
        put_encoded(&out, query[i].name);
        sp_buf_putc(&out, '=');
        put_encoded(&out, query[i].value);
    }
    if (!sp_buf_is_ok(&out)) {
        sp_err_set(err, SP_ERR_PLUGIN, "bad-request", "a URL of more than %d bytes",
                   SP_HTTP_URL_MAX);
        goto done;
    }
    if (check_round_trip(sp_buf_str(&out), err) == 0)
        url = sp_buf_steal(&out);
done:
    sp_buf_fini(&out);
    return url;
}
