#include "plugin/description.h"

#include <stdarg.h>

#include "base/cursor.h"
#include "base/limits.h"
#include "base/text.h"

/* What ABI 1 had on its first day; later members may be missing, these may not. */
#define PLUGIN_SIZE_V1    (offsetof(struct signpost_plugin, sync_status) + sizeof(void *))
#define ORIGIN_SIZE_V1    (offsetof(struct signpost_origin, endpoint_env) + sizeof(void *))
#define OPERATION_SIZE_V1 (offsetof(struct signpost_operation, origin) + sizeof(size_t))
#define AUTH_SIZE_V1      (offsetof(struct signpost_auth, help) + sizeof(void *))
#define SECRET_SIZE_V1    (offsetof(struct signpost_secret, n_env) + sizeof(size_t))

/* No struct of the ABI will ever be larger; a larger number was never a size. */
#define STRUCT_SIZE_MAX 65536

void sp_strings_free(sp_strings *strings)
{
    SP_ARRAY_FOREACH (strings, text) {
        free(*text);
    }
    sp_array_free(strings);
}

void sp_strings_add(sp_strings *strings, const char *text)
{
    *sp_array_push(strings) = sp_strdup(text);
}

void sp_pairs_free(sp_pairs *pairs)
{
    SP_ARRAY_FOREACH (pairs, pair) {
        free(pair->name);
        free(pair->value);
    }
    sp_array_free(pairs);
}

void sp_pairs_add(sp_pairs *pairs, const char *name, const char *value)
{
    *sp_array_push(pairs) = (struct sp_pair){sp_strdup(name), sp_strdup(value)};
}

static void auth_fini(struct sp_auth *auth)
{
    SP_ARRAY_FOREACH (&auth->secrets, secret) {
        free(secret->name);
        free(secret->label);
        sp_strings_free(&secret->env);
    }
    sp_array_free(&auth->secrets);
    sp_pairs_free(&auth->headers);
    free(auth->help);
    free(auth->service);
    free(auth->region);
}

void sp_description_fini(struct sp_description *description)
{
    free(description->name);
    free(description->label);
    free(description->version);
    free(description->url);
    SP_ARRAY_FOREACH (&description->origins, origin) {
        free(origin->url);
        free(origin->endpoint_env);
    }
    sp_array_free(&description->origins);
    SP_ARRAY_FOREACH (&description->operations, operation) {
        free(operation->method);
        sp_strings_free(&operation->path);
    }
    sp_array_free(&description->operations);
    SP_ARRAY_FOREACH (&description->auths, auth) {
        auth_fini(auth);
    }
    sp_array_free(&description->auths);
    sp_strings_free(&description->name_servers);
    sp_strings_free(&description->record_types);
    *description = (struct sp_description){.name = NULL};
}

int sp_operation_split_path(const char *text, sp_strings *ret_path)
{
    struct sp_cursor cursor = sp_cursor_of(text, strlen(text));
    if (sp_cursor_u8(&cursor) != '/')
        return -1;
    if (sp_cursor_is_end(&cursor))
        return 0;
    for (;;) {
        struct sp_span segment = sp_cursor_until(&cursor, "/");
        *sp_array_push(ret_path) = sp_span_dup(segment);
        if (sp_cursor_is_end(&cursor))
            return 0;
        sp_cursor_skip(&cursor, 1);
    }
}

char *sp_operation_join_path(const sp_strings *path)
{
    struct sp_buf text = SP_BUF_INIT((SP_PLUGIN_STRING_MAX + 1) * (SP_PLUGIN_LIST_MAX + 1));
    SP_ARRAY_FOREACH (path, segment) {
        sp_buf_putc(&text, '/');
        sp_buf_puts(&text, *segment);
    }
    if (path->n == 0)
        sp_buf_putc(&text, '/');
    return sp_buf_steal(&text);
}

bool sp_segment_is_variable(const char *segment)
{
    size_t len = strlen(segment);
    return len > 2 && segment[0] == '{' && segment[len - 1] == '}';
}

static const struct {
    uint32_t bit;
    const char *name;
} functions[] = {
    {SIGNPOST_IN_FIND_ZONES, "find_zones"},
    {SIGNPOST_IN_LIST_RECORDS, "list_records"},
    {SIGNPOST_IN_APPLY_CHANGES, "apply_changes"},
    {SIGNPOST_IN_SYNC_STATUS, "sync_status"},
};

const char *sp_function_name(uint32_t function)
{
    for (size_t i = 0; i < SP_ARRAY_LEN(functions); i++) {
        if (functions[i].bit == function)
            return functions[i].name;
    }
    return "";
}

uint32_t sp_function_parse(const char *word)
{
    for (size_t i = 0; i < SP_ARRAY_LEN(functions); i++) {
        if (strcmp(functions[i].name, word) == 0)
            return functions[i].bit;
    }
    return 0;
}

const char *sp_auth_scheme_name(enum sp_auth_scheme scheme)
{
    switch (scheme) {
    case SP_AUTH_BEARER:
        return "bearer";
    case SP_AUTH_HEADER:
        return "header";
    case SP_AUTH_AWS_SIGV4:
        return "aws-sigv4";
    }
    return "";
}

int sp_auth_scheme_parse(const char *word, enum sp_auth_scheme *ret_scheme)
{
    for (enum sp_auth_scheme scheme = SP_AUTH_BEARER; scheme <= SP_AUTH_AWS_SIGV4; scheme++) {
        if (strcmp(word, sp_auth_scheme_name(scheme)) == 0) {
            *ret_scheme = scheme;
            return 0;
        }
    }
    return -1;
}

/* Reading a raw struct: the first thing that is wrong stays in ERR, the rest reads as empty. */
struct reading {
    const struct signpost_plugin *plugin;
    struct sp_err *err;
};

static void bad(struct reading *reading, const char *format, ...) SP_PRINTF(2, 3);
static void bad(struct reading *reading, const char *format, ...)
{
    char message[512];
    va_list args;
    if (sp_err_is_set(reading->err))
        return;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    sp_err_set(reading->err, SP_ERR_PLUGIN, "bad-description", "%s", message);
}

static char *read_text_or_null(struct reading *reading, const char *raw_text, const char *member)
{
    if (!raw_text)
        return NULL;
    size_t len = strnlen(raw_text, SP_PLUGIN_STRING_MAX + 1);
    if (len > SP_PLUGIN_STRING_MAX) {
        bad(reading, "%s is longer than %d bytes", member, SP_PLUGIN_STRING_MAX);
        return sp_strdup("");
    }
    return sp_strndup(raw_text, len);
}

static char *read_text(struct reading *reading, const char *raw_text, const char *member)
{
    char *text = read_text_or_null(reading, raw_text, member);
    return text ? text : sp_strdup("");
}

static bool is_list_ok(struct reading *reading, const void *raw_items, size_t n, const char *member)
{
    if (n > SP_PLUGIN_LIST_MAX)
        bad(reading, "%s has %zu items, more than the %d allowed", member, n, SP_PLUGIN_LIST_MAX);
    else if (n && !raw_items)
        bad(reading, "%s is NULL, but n_%s is %zu", member, member, n);
    return n && !sp_err_is_set(reading->err);
}

static void read_strings(struct reading *reading, const char *const *raw_texts, size_t n,
                         const char *member, sp_strings *ret)
{
    if (!is_list_ok(reading, (const void *)raw_texts, n, member))
        return;
    for (size_t i = 0; i < n; i++)
        *sp_array_push(ret) = read_text(reading, raw_texts[i], member);
}

static bool is_zero(const unsigned char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i])
            return false;
    }
    return true;
}

/*
 * Copies as much of a plugin's struct as it has and this engine knows into RET_COPY, which is
 * zeroed first. What the plugin has beyond that must be zero: it may be a restriction that would be
 * overlooked.
 */
static bool copy_struct(struct reading *reading, const void *raw, size_t raw_size, void *ret_copy,
                        size_t size, size_t size_v1, const char *member)
{
    memset(ret_copy, 0, size);
    if (raw_size < size_v1 || raw_size > STRUCT_SIZE_MAX) {
        if (!sp_err_is_set(reading->err))
            sp_err_set(reading->err, SP_ERR_PLUGIN, "abi-mismatch",
                       "%s says that it has %zu bytes; ABI %u needs at least %zu", member, raw_size,
                       SIGNPOST_ABI, size_v1);
        return false;
    }
    memcpy(ret_copy, raw, raw_size < size ? raw_size : size);
    if (raw_size > size && !is_zero((const unsigned char *)raw + size, raw_size - size)) {
        if (!sp_err_is_set(reading->err)) {
            sp_err_set(reading->err, SP_ERR_PLUGIN, "abi-mismatch",
                       "%s uses members that this signpost does not know", member);
            sp_err_fix(reading->err, "Install a newer signpost.");
        }
        return false;
    }
    return true;
}

static const void *item_at(const void *items, size_t i, size_t stride)
{
    return (const char *)items + i * stride;
}

static void read_origins(struct reading *reading, struct sp_description *ret)
{
    const struct signpost_plugin *plugin = reading->plugin;
    struct signpost_origin raw;
    if (!is_list_ok(reading, plugin->origins, plugin->n_origins, "origins"))
        return;
    for (size_t i = 0; i < plugin->n_origins; i++) {
        if (!copy_struct(reading, item_at(plugin->origins, i, plugin->origin_size),
                         plugin->origin_size, &raw, sizeof(raw), ORIGIN_SIZE_V1, "an origin"))
            return;
        *sp_array_push(&ret->origins) = (struct sp_origin){
            .url = read_text_or_null(reading, raw.url, "an origin's url"),
            .endpoint_env =
                read_text_or_null(reading, raw.endpoint_env, "an origin's endpoint_env"),
        };
    }
}

static void read_operations(struct reading *reading, struct sp_description *ret)
{
    const struct signpost_plugin *plugin = reading->plugin;
    struct signpost_operation raw;
    if (!is_list_ok(reading, plugin->operations, plugin->n_operations, "operations"))
        return;
    for (size_t i = 0; i < plugin->n_operations; i++) {
        if (!copy_struct(reading, item_at(plugin->operations, i, plugin->operation_size),
                         plugin->operation_size, &raw, sizeof(raw), OPERATION_SIZE_V1,
                         "an operation"))
            return;
        struct sp_operation *operation = sp_array_push(&ret->operations);
        operation->method = read_text(reading, raw.method, "an operation's method");
        char *path = read_text(reading, raw.path, "an operation's path");
        if (sp_operation_split_path(path, &operation->path))
            bad(reading, "operations[%zu].path does not start with a slash", i);
        free(path);
        operation->functions = raw.functions;
        operation->flags = raw.flags;
        operation->origin = raw.origin < UINT32_MAX ? (uint32_t)raw.origin : UINT32_MAX;
        if (raw.requests_per_minute > UINT32_MAX)
            bad(reading, "operations[%zu].requests_per_minute is no number of requests", i);
        operation->requests_per_minute = (uint32_t)raw.requests_per_minute;
    }
}

static void read_secrets(struct reading *reading, const struct signpost_auth *raw_auth,
                         struct sp_auth *ret)
{
    size_t stride = reading->plugin->secret_size;
    struct signpost_secret raw;
    if (!is_list_ok(reading, raw_auth->secrets, raw_auth->n_secrets, "secrets"))
        return;
    for (size_t i = 0; i < raw_auth->n_secrets; i++) {
        if (!copy_struct(reading, item_at(raw_auth->secrets, i, stride), stride, &raw, sizeof(raw),
                         SECRET_SIZE_V1, "a secret"))
            return;
        struct sp_secret_field *secret = sp_array_push(&ret->secrets);
        secret->name = read_text(reading, raw.name, "a secret's name");
        secret->label = read_text(reading, raw.label, "a secret's label");
        read_strings(reading, raw.env, raw.n_env, "env", &secret->env);
        if (raw.flags & ~(size_t)SIGNPOST_OPTIONAL)
            bad(reading, "a secret's flags are 0x%zx, which has bits unknown here", raw.flags);
        secret->is_optional = raw.flags & SIGNPOST_OPTIONAL;
    }
}

static void read_scheme(struct reading *reading, const char *raw_scheme, struct sp_auth *ret)
{
    char *scheme = read_text(reading, raw_scheme, "a scheme");
    if (sp_auth_scheme_parse(scheme, &ret->scheme))
        bad(reading, "the auth scheme \"%.64s\" is unknown here; known are %s", scheme,
            SP_AUTH_SCHEMES_TEXT);
    free(scheme);
}

static void read_auths(struct reading *reading, struct sp_description *ret)
{
    const struct signpost_plugin *plugin = reading->plugin;
    struct signpost_auth raw;
    if (!is_list_ok(reading, plugin->auths, plugin->n_auths, "auths"))
        return;
    for (size_t i = 0; i < plugin->n_auths; i++) {
        if (!copy_struct(reading, item_at(plugin->auths, i, plugin->auth_size), plugin->auth_size,
                         &raw, sizeof(raw), AUTH_SIZE_V1, "a way to authenticate"))
            return;
        struct sp_auth *auth = sp_array_push(&ret->auths);
        read_scheme(reading, raw.scheme, auth);
        read_secrets(reading, &raw, auth);
        if (is_list_ok(reading, raw.headers, raw.n_headers, "headers")) {
            for (size_t k = 0; k < raw.n_headers; k++)
                *sp_array_push(&auth->headers) = (struct sp_pair){
                    .name = read_text(reading, raw.headers[k].name, "a header's name"),
                    .value = read_text(reading, raw.headers[k].value, "a header's value"),
                };
        }
        auth->help = read_text(reading, raw.help, "an auth's help");
        auth->service = read_text_or_null(reading, raw.service, "an auth's service");
        auth->region = read_text_or_null(reading, raw.region, "an auth's region");
    }
}

static void read_convention(struct reading *reading, struct sp_convention *ret)
{
    static const enum sp_host_style hosts[] = {
        [SIGNPOST_HOST_FQDN] = SP_HOST_FQDN,
        [SIGNPOST_HOST_FQDN_DOT] = SP_HOST_FQDN_DOT,
        [SIGNPOST_HOST_RELATIVE] = SP_HOST_RELATIVE,
    };
    const struct signpost_plugin *plugin = reading->plugin;
    if (plugin->host_style < SIGNPOST_HOST_FQDN || plugin->host_style > SIGNPOST_HOST_RELATIVE)
        bad(reading, "host_style is %u, which is none of SIGNPOST_HOST_...", plugin->host_style);
    else
        ret->host = hosts[plugin->host_style];
    if (plugin->target_style != SIGNPOST_TARGET_PLAIN &&
        plugin->target_style != SIGNPOST_TARGET_DOT)
        bad(reading, "target_style is %u, which is none of SIGNPOST_TARGET_...",
            plugin->target_style);
    ret->target = plugin->target_style == SIGNPOST_TARGET_DOT ? SP_TARGET_DOT : SP_TARGET_PLAIN;
    if (plugin->host_style == SIGNPOST_HOST_RELATIVE && !plugin->apex)
        bad(reading, "apex is NULL; relative hosts need \"@\" or \"\"");
    if (plugin->apex && strnlen(plugin->apex, sizeof(ret->apex)) == sizeof(ret->apex))
        bad(reading, "apex is longer than %zu bytes", sizeof(ret->apex) - 1);
    else
        sp_copy_text(ret->apex, sizeof(ret->apex), plugin->apex ? plugin->apex : "");
    ret->octal_read = plugin->octal_read != 0;
}

/* "Ns1.Example.COM." as recognition compares it: "ns1.example.com". */
static void normalise_suffix(char *text)
{
    size_t start = strspn(text, "."), len = strlen(text);
    while (len > start && text[len - 1] == '.')
        len--;
    for (size_t i = start; i < len; i++)
        text[i - start] = sp_ascii_lower(text[i]);
    text[len - start] = '\0';
}

static void read_functions(struct reading *reading, struct sp_description *ret)
{
    const struct signpost_plugin *plugin = reading->plugin;
    int n = !!plugin->find_zones + !!plugin->list_records + !!plugin->apply_changes;
    if (n != 0 && n != 3)
        bad(reading, "find_zones, list_records and apply_changes go together: all three or none");
    ret->has_functions = n == 3;
    ret->has_sync_status = plugin->sync_status != NULL;
}

static void read_members(struct reading *reading, struct sp_description *ret)
{
    const struct signpost_plugin *plugin = reading->plugin;
    ret->name = read_text(reading, plugin->name, "name");
    ret->label = read_text(reading, plugin->label, "label");
    ret->version = read_text(reading, plugin->version, "version");
    ret->url = read_text(reading, plugin->url, "url");
    read_convention(reading, &ret->convention);
    read_origins(reading, ret);
    read_operations(reading, ret);
    read_auths(reading, ret);
    read_strings(reading, plugin->name_servers, plugin->n_name_servers, "name_servers",
                 &ret->name_servers);
    SP_ARRAY_FOREACH (&ret->name_servers, suffix) {
        normalise_suffix(*suffix);
    }
    read_strings(reading, plugin->record_types, plugin->n_record_types, "record_types",
                 &ret->record_types);
    ret->ttl_min = plugin->ttl_min;
    ret->ttl_max = plugin->ttl_max;
    ret->ttl_default = plugin->ttl_default;
    ret->requests_per_minute = plugin->requests_per_minute;
    if (plugin->requests_window_s > UINT32_MAX)
        bad(reading, "requests_window_s is no number of seconds");
    ret->requests_window_s = (uint32_t)plugin->requests_window_s;
    ret->batch_max = plugin->batch_max ? plugin->batch_max : 1;
    if (plugin->batch_characters_max > UINT32_MAX)
        bad(reading, "batch_characters_max is no number of characters");
    ret->batch_characters_max = (uint32_t)plugin->batch_characters_max;
    ret->is_atomic = plugin->is_atomic != 0;
    read_functions(reading, ret);
}

static int check_stamps(const struct signpost_plugin *raw_plugin, struct sp_err *err)
{
    if (!raw_plugin)
        return sp_err_set(err, SP_ERR_PLUGIN, "abi-mismatch",
                          "signpost_plugin_v1() returned no description");
    if (raw_plugin->magic != SIGNPOST_MAGIC)
        return sp_err_set(err, SP_ERR_PLUGIN, "abi-mismatch",
                          "the description starts with 0x%08x, not with 0x%08x: it was not made by "
                          "SIGNPOST_PLUGIN()",
                          raw_plugin->magic, SIGNPOST_MAGIC);
    if (raw_plugin->abi != SIGNPOST_ABI)
        return sp_err_set(err, SP_ERR_PLUGIN, "abi-mismatch",
                          "the plugin has ABI %u; this signpost needs ABI %u", raw_plugin->abi,
                          SIGNPOST_ABI);
    return 0;
}

int sp_description_read(const struct signpost_plugin *raw_plugin, struct sp_description *ret,
                        struct sp_err *err)
{
    struct signpost_plugin copy;
    struct reading reading = {.plugin = &copy, .err = err};
    *ret = (struct sp_description){.name = NULL};
    if (check_stamps(raw_plugin, err))
        return -1;
    if (!copy_struct(&reading, raw_plugin, raw_plugin->size, &copy, sizeof(copy), PLUGIN_SIZE_V1,
                     "the description"))
        return -1;
    read_members(&reading, ret);
    if (sp_err_is_set(err) || sp_description_check(ret, err)) {
        sp_description_fini(ret);
        return -1;
    }
    return 0;
}
