/* The rules of a description: what the header asks of a plugin's author, one function a struct. */
#include "plugin/description.h"

#include <stdarg.h>

#include "base/limits.h"
#include "base/text.h"
#include "names/server_pattern.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGIT "0123456789"

#define TTL_MAX 0x7fffffffu /* RFC 2181, section 8 */
#define ALL_FUNCTIONS                                                                              \
    (SIGNPOST_IN_FIND_ZONES | SIGNPOST_IN_LIST_RECORDS | SIGNPOST_IN_APPLY_CHANGES |               \
     SIGNPOST_IN_SYNC_STATUS)
#define ALL_FLAGS (SIGNPOST_MUTATES | SIGNPOST_REPEATABLE)

static int bad(struct sp_err *err, const char *format, ...) SP_PRINTF(2, 3);
static int bad(struct sp_err *err, const char *format, ...)
{
    char message[768];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    return sp_err_set(err, SP_ERR_PLUGIN, "bad-description", "%s", message);
}

/* TEXT starts with a character of FIRST, goes on with those of REST, and has at most MAX. */
static bool is_word(const char *text, const char *first, const char *rest, size_t max)
{
    size_t len = strlen(text);
    return len > 0 && len <= max && strchr(first, text[0]) && strspn(text, rest) == len;
}

static bool is_variable(const char *text)
{
    return is_word(text, UPPER, UPPER DIGIT "_", 128);
}

/* UTF-8 for people, without control characters. */
static bool is_readable(const char *text)
{
    json_t *utf8 = json_string(text);
    bool is_ok = utf8 != NULL && strlen(text) <= SP_PLUGIN_STRING_MAX;
    json_decref(utf8);
    for (const char *c = text; *c && is_ok; c++)
        is_ok = (unsigned char)*c >= ' ' && *c != 0x7f;
    return is_ok;
}

static bool is_graphic(const char *text)
{
    for (const char *c = text; *c; c++) {
        if (*c <= ' ' || *c >= 0x7f)
            return false;
    }
    return true;
}

static int check_identity(const struct sp_description *description, struct sp_err *err)
{
    if (!is_word(description->name, LOWER, LOWER DIGIT "-", SP_LABEL_MAX))
        return bad(err, "name \"%.64s\" is not [a-z][a-z0-9-]* of at most %d characters",
                   description->name, SP_LABEL_MAX);
    if (!description->label[0] || !is_readable(description->label))
        return bad(err, "label is empty or not readable text");
    if (!is_readable(description->version) || !is_readable(description->url))
        return bad(err, "version or url is not readable text");
    if (!is_graphic(description->convention.apex))
        return bad(err, "apex is not printable ASCII");
    return 0;
}

static int check_origin(const struct sp_origin *origin, size_t i, struct sp_err *err)
{
    const char *url = origin->url;
    if (url && strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0)
        return bad(err, "origins[%zu].url \"%.200s\" does not start with https://", i, url);
    if (url && (!is_graphic(url) || strpbrk(url, "?#@\\")))
        return bad(err, "origins[%zu].url \"%.200s\" holds a user, a query or a stray character", i,
                   url);
    if (origin->endpoint_env && !is_variable(origin->endpoint_env))
        return bad(err, "origins[%zu].endpoint_env \"%.64s\" is not [A-Z][A-Z0-9_]*", i,
                   origin->endpoint_env);
    return 0;
}

static bool is_segment_ok(const char *segment)
{
    size_t len = strlen(segment);
    if (len == 0 || len > SP_PLUGIN_STRING_MAX || strcmp(segment, ".") == 0 ||
        strcmp(segment, "..") == 0)
        return false;
    if (sp_segment_is_variable(segment))
        return strspn(segment + 1, LOWER DIGIT "_-") == len - 2;
    return is_graphic(segment) && !strpbrk(segment, "{}?#%\\/");
}

static int check_operation(const struct sp_description *description, size_t i, struct sp_err *err)
{
    const struct sp_operation *operation = &description->operations.items[i];
    if (!is_word(operation->method, UPPER, UPPER, 16))
        return bad(err, "operations[%zu].method \"%.64s\" is not a method in capitals", i,
                   operation->method);
    if (operation->path.n > SP_PLUGIN_LIST_MAX)
        return bad(err, "operations[%zu].path has more than %d segments", i, SP_PLUGIN_LIST_MAX);
    SP_ARRAY_FOREACH (&operation->path, segment) {
        if (!is_segment_ok(*segment))
            return bad(err, "operations[%zu].path has the segment \"%.64s\", which is not allowed",
                       i, *segment);
    }
    if (!operation->functions || (operation->functions & ~ALL_FUNCTIONS))
        return bad(err, "operations[%zu].functions is 0x%x, not one or more of SIGNPOST_IN_...", i,
                   operation->functions);
    if (operation->flags & ~ALL_FLAGS)
        return bad(err, "operations[%zu].flags is 0x%x, which has bits unknown here", i,
                   operation->flags);
    if (operation->origin >= description->origins.n)
        return bad(err, "operations[%zu].origin is %u, but there are %zu origins", i,
                   operation->origin, description->origins.n);
    return 0;
}

static int check_secret(const struct sp_secret_field *secret, size_t i, struct sp_err *err)
{
    if (!is_word(secret->name, LOWER, LOWER DIGIT "_", SP_LABEL_MAX))
        return bad(err, "auths[%zu] has a secret named \"%.64s\", which is not [a-z][a-z0-9_]*", i,
                   secret->name);
    if (!secret->label[0] || !is_readable(secret->label))
        return bad(err, "auths[%zu]: the label of %s is empty or not readable text", i,
                   secret->name);
    if (secret->env.n == 0)
        return bad(err, "auths[%zu]: %s has no variable to come from", i, secret->name);
    SP_ARRAY_FOREACH (&secret->env, variable) {
        if (!is_variable(*variable))
            return bad(err, "auths[%zu]: the variable \"%.64s\" is not [A-Z][A-Z0-9_]*", i,
                       *variable);
    }
    return 0;
}

static bool is_secret_of(const struct sp_auth *auth, struct sp_span name)
{
    SP_ARRAY_FOREACH (&auth->secrets, secret) {
        if (sp_span_is(name, secret->name))
            return true;
    }
    return false;
}

/* Every {name} of a header's value is one of the secrets, and there is at least one. */
static bool is_template_ok(const struct sp_auth *auth, const char *value)
{
    struct sp_cursor cursor = sp_cursor_of(value, strlen(value));
    size_t n = 0;
    for (;;) {
        sp_cursor_until(&cursor, "{}");
        if (sp_cursor_is_end(&cursor))
            return n > 0;
        if (sp_cursor_u8(&cursor) != '{' || !is_secret_of(auth, sp_cursor_until(&cursor, "{}")) ||
            sp_cursor_u8(&cursor) != '}')
            return false;
        n++;
    }
}

static int check_header(const struct sp_auth *auth, const struct sp_pair *header, size_t i,
                        struct sp_err *err)
{
    if (!is_word(header->name, LOWER UPPER, LOWER UPPER DIGIT "-_", SP_LABEL_MAX))
        return bad(err, "auths[%zu] has a header named \"%.64s\"", i, header->name);
    if (!is_readable(header->value) || !is_template_ok(auth, header->value))
        return bad(err, "auths[%zu]: the value of %s does not hold {secret} for one of its secrets",
                   i, header->name);
    return 0;
}

/* The session token is the one secret without which signing is possible. */
static bool are_sigv4_secrets_ok(const struct sp_auth *auth)
{
    static const char *const names[] = {SP_AWS_ACCESS_KEY_ID, SP_AWS_SECRET_ACCESS_KEY,
                                        SP_AWS_SESSION_TOKEN};
    if (auth->secrets.n < 2 || auth->secrets.n > SP_ARRAY_LEN(names))
        return false;
    for (size_t i = 0; i < auth->secrets.n; i++) {
        const struct sp_secret_field *secret = &auth->secrets.items[i];
        if (strcmp(secret->name, names[i]) != 0 || secret->is_optional != (i == 2))
            return false;
    }
    return true;
}

/* Both stand in the signature's scope, which is divided by slashes. */
static bool is_scope_word(const char *text)
{
    return text && is_word(text, LOWER, LOWER DIGIT "-", SP_LABEL_MAX);
}

static bool has_required_secret(const struct sp_auth *auth)
{
    SP_ARRAY_FOREACH (&auth->secrets, secret) {
        if (!secret->is_optional)
            return true;
    }
    return false;
}

static int check_scheme(const struct sp_auth *auth, size_t i, struct sp_err *err)
{
    bool is_sigv4 = auth->scheme == SP_AUTH_AWS_SIGV4;
    if (auth->scheme == SP_AUTH_BEARER && (auth->secrets.n != 1 || auth->headers.n != 0))
        return bad(err, "auths[%zu]: bearer takes exactly one secret and no headers", i);
    if (auth->scheme == SP_AUTH_HEADER && (auth->secrets.n == 0 || auth->headers.n == 0))
        return bad(err, "auths[%zu]: header takes secrets and headers", i);
    if (is_sigv4 && (!are_sigv4_secrets_ok(auth) || auth->headers.n != 0))
        return bad(err,
                   "auths[%zu]: aws-sigv4 takes the secrets access_key_id, secret_access_key and, "
                   "optional, session_token, in this order, and no headers",
                   i);
    if (is_sigv4 && (!is_scope_word(auth->service) || !is_scope_word(auth->region)))
        return bad(err, "auths[%zu]: aws-sigv4 takes a service and a region, [a-z][a-z0-9-]* both",
                   i);
    if (!is_sigv4 && (auth->service || auth->region))
        return bad(err, "auths[%zu]: service and region belong to aws-sigv4", i);
    if (!is_sigv4 && !has_required_secret(auth))
        return bad(err, "auths[%zu]: all of its secrets are optional", i);
    return 0;
}

static int check_auth(const struct sp_auth *auth, size_t i, struct sp_err *err)
{
    if (check_scheme(auth, i, err))
        return -1;
    if (!is_readable(auth->help))
        return bad(err, "auths[%zu].help is not readable text", i);
    SP_ARRAY_FOREACH (&auth->secrets, secret) {
        if (check_secret(secret, i, err))
            return -1;
    }
    SP_ARRAY_FOREACH (&auth->headers, header) {
        if (check_header(auth, header, i, err))
            return -1;
    }
    return 0;
}

static int check_name_servers(const struct sp_description *description, struct sp_err *err)
{
    SP_ARRAY_FOREACH (&description->name_servers, suffix) {
        if (!sp_server_pattern_is_valid(*suffix))
            return bad(err, "name_servers holds \"%.64s\", which is no suffix of a host name",
                       *suffix);
    }
    return 0;
}

static int check_record_types(const struct sp_description *description, struct sp_err *err)
{
    bool has_cname = false;
    SP_ARRAY_FOREACH (&description->record_types, type) {
        if (!is_word(*type, UPPER, UPPER DIGIT, 15))
            return bad(err, "record_types holds \"%.64s\", which is no record type", *type);
        has_cname = has_cname || strcmp(*type, "CNAME") == 0;
    }
    if (!has_cname)
        return bad(err, "record_types does not hold CNAME");
    return 0;
}

static int check_numbers(const struct sp_description *description, struct sp_err *err)
{
    uint32_t min = description->ttl_min, fallback = description->ttl_default;
    uint32_t max = description->ttl_max ? description->ttl_max : TTL_MAX;
    if (max > TTL_MAX || min > max || (fallback && (fallback < min || fallback > max)))
        return bad(err, "ttl_min %u, ttl_default %u and ttl_max %u are not in order", min, fallback,
                   description->ttl_max);
    if (description->requests_window_s > SP_PACE_WINDOW_MAX_S)
        return bad(err, "requests_window_s is %u, more than the %d of a day",
                   description->requests_window_s, SP_PACE_WINDOW_MAX_S);
    if (description->batch_max > SP_DOMAINS_MAX)
        return bad(err, "batch_max is %u, more than the %d allowed", description->batch_max,
                   SP_DOMAINS_MAX);
    return 0;
}

static int check_functions(const struct sp_description *description, struct sp_err *err)
{
    size_t n = description->operations.n;
    if (description->has_functions && n == 0)
        return bad(err, "there are functions, but no operations that they could use");
    if (!description->has_functions && (n || description->auths.n || description->has_sync_status))
        return bad(err, "there are operations, credentials or sync_status, but not the functions "
                        "that would use them");
    return 0;
}

int sp_description_check(const struct sp_description *description, struct sp_err *err)
{
    if (check_identity(description, err) || check_functions(description, err) ||
        check_name_servers(description, err) || check_record_types(description, err) ||
        check_numbers(description, err))
        return -1;
    for (size_t i = 0; i < description->origins.n; i++) {
        if (check_origin(&description->origins.items[i], i, err))
            return -1;
    }
    for (size_t i = 0; i < description->operations.n; i++) {
        if (check_operation(description, i, err))
            return -1;
    }
    for (size_t i = 0; i < description->auths.n; i++) {
        if (check_auth(&description->auths.items[i], i, err))
            return -1;
    }
    return 0;
}
