#include "base/limits.h"
#include "plugin/description.h"

json_t *sp_strings_to_json(const sp_strings *strings)
{
    json_t *array = json_array();
    SP_ARRAY_FOREACH (strings, text) {
        json_array_append_new(array, sp_json_text_or_null(*text));
    }
    return array;
}

json_t *sp_pairs_to_json(const sp_pairs *pairs)
{
    json_t *array = json_array();
    SP_ARRAY_FOREACH (pairs, pair) {
        json_array_append_new(array, json_pack("[o, o]", sp_json_text_or_null(pair->name),
                                               sp_json_text_or_null(pair->value)));
    }
    return array;
}

static json_t *origins_to_json(const struct sp_description *description)
{
    json_t *array = json_array();
    SP_ARRAY_FOREACH (&description->origins, origin) {
        json_array_append_new(array, json_pack("{s:o, s:o}", "url",
                                               sp_json_text_or_null(origin->url), "endpoint_env",
                                               sp_json_text_or_null(origin->endpoint_env)));
    }
    return array;
}

static json_t *functions_to_json(uint32_t functions)
{
    json_t *array = json_array();
    for (uint32_t bit = SIGNPOST_IN_FIND_ZONES; bit <= SIGNPOST_IN_SYNC_STATUS; bit <<= 1) {
        if (functions & bit)
            json_array_append_new(array, json_string(sp_function_name(bit)));
    }
    return array;
}

static json_t *operations_to_json(const struct sp_description *description)
{
    json_t *array = json_array();
    SP_ARRAY_FOREACH (&description->operations, operation) {
        char *path = sp_operation_join_path(&operation->path);
        json_array_append_new(array,
                              json_pack("{s:o, s:o, s:o, s:b, s:b, s:I, s:I}", "method",
                                        sp_json_text_or_null(operation->method), "path",
                                        sp_json_text_or_null(path), "functions",
                                        functions_to_json(operation->functions), "mutates",
                                        !!(operation->flags & SIGNPOST_MUTATES), "repeatable",
                                        !!(operation->flags & SIGNPOST_REPEATABLE), "origin",
                                        (json_int_t)operation->origin, "requests_per_minute",
                                        (json_int_t)operation->requests_per_minute));
        free(path);
    }
    return array;
}

static json_t *auths_to_json(const struct sp_description *description)
{
    json_t *array = json_array();
    SP_ARRAY_FOREACH (&description->auths, auth) {
        json_t *secrets = json_array();
        SP_ARRAY_FOREACH (&auth->secrets, secret) {
            json_array_append_new(secrets, json_pack("{s:o, s:o, s:o, s:b}", "name",
                                                     sp_json_text_or_null(secret->name), "label",
                                                     sp_json_text_or_null(secret->label), "env",
                                                     sp_strings_to_json(&secret->env), "optional",
                                                     secret->is_optional));
        }
        json_array_append_new(array, json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "scheme",
                                               sp_auth_scheme_name(auth->scheme), "secrets",
                                               secrets, "headers", sp_pairs_to_json(&auth->headers),
                                               "help", sp_json_text_or_null(auth->help), "service",
                                               sp_json_text_or_null(auth->service), "region",
                                               sp_json_text_or_null(auth->region)));
    }
    return array;
}

json_t *sp_description_to_json(const struct sp_description *description)
{
    const struct sp_convention *convention = &description->convention;
    json_t *json = json_pack(
        "{s:o, s:o, s:o, s:o, s:s, s:s, s:o, s:b}", "name", sp_json_text_or_null(description->name),
        "label", sp_json_text_or_null(description->label), "version",
        sp_json_text_or_null(description->version), "url", sp_json_text_or_null(description->url),
        "host", sp_host_style_name(convention->host), "target",
        convention->target == SP_TARGET_DOT ? "dot" : "plain", "apex",
        sp_json_text_or_null(convention->apex), "octal_read", convention->octal_read);
    json_t *rest = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:b, s:b}", "origins",
        origins_to_json(description), "operations", operations_to_json(description), "auths",
        auths_to_json(description), "name_servers", sp_strings_to_json(&description->name_servers),
        "record_types", sp_strings_to_json(&description->record_types), "ttl_min",
        (json_int_t)description->ttl_min, "ttl_max", (json_int_t)description->ttl_max,
        "ttl_default", (json_int_t)description->ttl_default, "requests_per_minute",
        (json_int_t)description->requests_per_minute, "requests_window_s",
        (json_int_t)description->requests_window_s, "batch_max", (json_int_t)description->batch_max,
        "batch_characters_max", (json_int_t)description->batch_characters_max, "is_atomic",
        description->is_atomic, "has_functions", description->has_functions, "has_sync_status",
        description->has_sync_status);
    json_object_update(json, rest);
    json_decref(rest);
    return json;
}

/* Reading. The first failed getter keeps its error; the rest reads as empty. */

static char *read_text(const struct sp_json_reader *object, const char *key)
{
    struct sp_json_reader member = sp_json_member(object, key);
    return sp_strdup(sp_json_string(&member, SP_PLUGIN_STRING_MAX));
}

static char *read_text_or_null(const struct sp_json_reader *object, const char *key)
{
    struct sp_json_reader member = sp_json_optional(object, key);
    const char *text = sp_json_string(&member, SP_PLUGIN_STRING_MAX);
    return sp_json_is_present(&member) ? sp_strdup(text) : NULL;
}

static uint32_t read_u32(const struct sp_json_reader *object, const char *key)
{
    struct sp_json_reader member = sp_json_member(object, key);
    return (uint32_t)sp_json_integer(&member, 0, UINT32_MAX);
}

static bool read_bool(const struct sp_json_reader *object, const char *key)
{
    struct sp_json_reader member = sp_json_member(object, key);
    return sp_json_bool(&member);
}

static void read_strings(const struct sp_json_reader *object, const char *key, sp_strings *ret)
{
    struct sp_json_reader array = sp_json_member(object, key);
    size_t n = sp_json_length(&array, SP_PLUGIN_LIST_MAX);
    for (size_t i = 0; i < n; i++) {
        struct sp_json_reader item = sp_json_item(&array, i);
        sp_strings_add(ret, sp_json_string(&item, SP_PLUGIN_STRING_MAX));
    }
}

static void read_pairs(const struct sp_json_reader *object, const char *key, sp_pairs *ret)
{
    struct sp_json_reader array = sp_json_member(object, key);
    size_t n = sp_json_length(&array, SP_PLUGIN_LIST_MAX);
    for (size_t i = 0; i < n; i++) {
        struct sp_json_reader pair = sp_json_item(&array, i);
        if (sp_json_length(&pair, 2) != 2)
            sp_json_fail(&pair, "expected [name, value]");
        struct sp_json_reader name = sp_json_item(&pair, 0), value = sp_json_item(&pair, 1);
        sp_pairs_add(ret, sp_json_string(&name, SP_PLUGIN_STRING_MAX),
                     sp_json_string(&value, SP_PLUGIN_STRING_MAX));
    }
}

static void read_convention(const struct sp_json_reader *top, struct sp_convention *ret)
{
    struct sp_json_reader host = sp_json_member(top, "host");
    if (sp_host_style_parse(sp_json_string(&host, SP_PLUGIN_STRING_MAX), &ret->host))
        sp_json_fail(&host, "expected \"fqdn\", \"fqdn-dot\" or \"relative\"");
    struct sp_json_reader target = sp_json_member(top, "target");
    const char *word = sp_json_string(&target, SP_PLUGIN_STRING_MAX);
    if (strcmp(word, "dot") != 0 && strcmp(word, "plain") != 0)
        sp_json_fail(&target, "expected \"plain\" or \"dot\"");
    ret->target = strcmp(word, "dot") == 0 ? SP_TARGET_DOT : SP_TARGET_PLAIN;
    struct sp_json_reader apex = sp_json_member(top, "apex");
    const char *token = sp_json_string(&apex, sizeof(ret->apex) - 1);
    memcpy(ret->apex, token, strlen(token) + 1);
    ret->octal_read = read_bool(top, "octal_read");
}

static void read_origins(const struct sp_json_reader *top, struct sp_description *ret)
{
    static const char *const keys[] = {"url", "endpoint_env", NULL};
    struct sp_json_reader array = sp_json_member(top, "origins");
    size_t n = sp_json_length(&array, SP_PLUGIN_LIST_MAX);
    for (size_t i = 0; i < n; i++) {
        struct sp_json_reader item = sp_json_item(&array, i);
        struct sp_origin *origin = sp_array_push(&ret->origins);
        sp_json_only(&item, keys);
        origin->url = read_text_or_null(&item, "url");
        origin->endpoint_env = read_text_or_null(&item, "endpoint_env");
    }
}

static uint32_t read_functions(const struct sp_json_reader *operation)
{
    struct sp_json_reader array = sp_json_member(operation, "functions");
    size_t n = sp_json_length(&array, SP_PLUGIN_LIST_MAX);
    uint32_t functions = 0;
    for (size_t i = 0; i < n; i++) {
        struct sp_json_reader word = sp_json_item(&array, i);
        uint32_t bit = sp_function_parse(sp_json_string(&word, SP_PLUGIN_STRING_MAX));
        if (!bit)
            sp_json_fail(&word, "expected the name of a function");
        functions |= bit;
    }
    return functions;
}

static void read_path(const struct sp_json_reader *operation, sp_strings *ret_path)
{
    struct sp_json_reader path = sp_json_member(operation, "path");
    const char *text = sp_json_string(&path, SP_PLUGIN_STRING_MAX);
    if (sp_operation_split_path(text, ret_path))
        sp_json_fail(&path, "does not start with a slash");
}

static void read_operations(const struct sp_json_reader *top, struct sp_description *ret)
{
    static const char *const keys[] = {"method",     "path",   "functions",           "mutates",
                                       "repeatable", "origin", "requests_per_minute", NULL};
    struct sp_json_reader array = sp_json_member(top, "operations");
    size_t n = sp_json_length(&array, SP_PLUGIN_LIST_MAX);
    for (size_t i = 0; i < n; i++) {
        struct sp_json_reader item = sp_json_item(&array, i);
        struct sp_operation *operation = sp_array_push(&ret->operations);
        sp_json_only(&item, keys);
        operation->method = read_text(&item, "method");
        read_path(&item, &operation->path);
        operation->functions = read_functions(&item);
        operation->flags = (read_bool(&item, "mutates") ? SIGNPOST_MUTATES : 0) |
                           (read_bool(&item, "repeatable") ? SIGNPOST_REPEATABLE : 0);
        operation->origin = read_u32(&item, "origin");
        operation->requests_per_minute = read_u32(&item, "requests_per_minute");
    }
}

static void read_secrets(const struct sp_json_reader *auth_json, struct sp_auth *ret)
{
    static const char *const keys[] = {"name", "label", "env", "optional", NULL};
    struct sp_json_reader array = sp_json_member(auth_json, "secrets");
    size_t n = sp_json_length(&array, SP_PLUGIN_LIST_MAX);
    for (size_t i = 0; i < n; i++) {
        struct sp_json_reader item = sp_json_item(&array, i);
        struct sp_secret_field *secret = sp_array_push(&ret->secrets);
        sp_json_only(&item, keys);
        secret->name = read_text(&item, "name");
        secret->label = read_text(&item, "label");
        read_strings(&item, "env", &secret->env);
        secret->is_optional = read_bool(&item, "optional");
    }
}

static void read_auths(const struct sp_json_reader *top, struct sp_description *ret)
{
    static const char *const keys[] = {"scheme",  "secrets", "headers", "help",
                                       "service", "region",  NULL};
    struct sp_json_reader array = sp_json_member(top, "auths");
    size_t n = sp_json_length(&array, SP_PLUGIN_LIST_MAX);
    for (size_t i = 0; i < n; i++) {
        struct sp_json_reader item = sp_json_item(&array, i);
        struct sp_auth *auth = sp_array_push(&ret->auths);
        sp_json_only(&item, keys);
        struct sp_json_reader scheme = sp_json_member(&item, "scheme");
        if (sp_auth_scheme_parse(sp_json_string(&scheme, SP_PLUGIN_STRING_MAX), &auth->scheme))
            sp_json_fail(&scheme, "expected one of %s", SP_AUTH_SCHEMES_TEXT);
        read_secrets(&item, auth);
        read_pairs(&item, "headers", &auth->headers);
        auth->help = read_text(&item, "help");
        auth->service = read_text_or_null(&item, "service");
        auth->region = read_text_or_null(&item, "region");
    }
}

static void read_top(const struct sp_json_reader *top, struct sp_description *ret)
{
    static const char *const keys[] = {"name",
                                       "label",
                                       "version",
                                       "url",
                                       "host",
                                       "target",
                                       "apex",
                                       "octal_read",
                                       "origins",
                                       "operations",
                                       "auths",
                                       "name_servers",
                                       "record_types",
                                       "ttl_min",
                                       "ttl_max",
                                       "ttl_default",
                                       "requests_per_minute",
                                       "requests_window_s",
                                       "batch_max",
                                       "batch_characters_max",
                                       "is_atomic",
                                       "has_functions",
                                       "has_sync_status",
                                       NULL};
    sp_json_only(top, keys);
    ret->name = read_text(top, "name");
    ret->label = read_text(top, "label");
    ret->version = read_text(top, "version");
    ret->url = read_text(top, "url");
    read_convention(top, &ret->convention);
    read_origins(top, ret);
    read_operations(top, ret);
    read_auths(top, ret);
    read_strings(top, "name_servers", &ret->name_servers);
    read_strings(top, "record_types", &ret->record_types);
    ret->ttl_min = read_u32(top, "ttl_min");
    ret->ttl_max = read_u32(top, "ttl_max");
    ret->ttl_default = read_u32(top, "ttl_default");
    ret->requests_per_minute = read_u32(top, "requests_per_minute");
    ret->requests_window_s = read_u32(top, "requests_window_s");
    ret->batch_max = read_u32(top, "batch_max");
    ret->batch_characters_max = read_u32(top, "batch_characters_max");
    ret->is_atomic = read_bool(top, "is_atomic");
    ret->has_functions = read_bool(top, "has_functions");
    ret->has_sync_status = read_bool(top, "has_sync_status");
}

int sp_description_from_json(json_t *json, struct sp_description *ret, struct sp_err *err)
{
    struct sp_err why = SP_ERR_INIT;
    struct sp_json_reader top = sp_json_reader_of(json, "description", &why);
    *ret = (struct sp_description){.name = NULL};
    read_top(&top, ret);
    if (sp_err_is_set(&why))
        sp_err_set(err, SP_ERR_PLUGIN, "bad-description", "%s", why.message);
    else if (sp_description_check(ret, err) == 0)
        return 0;
    sp_description_fini(ret);
    return -1;
}
