#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "plugin/description.h"

/* ---- a plugin that is in order; the tests break one thing at a time ---- */

static int find_zones(struct signpost_call *call SP_UNUSED,
                      const struct signpost_wanted *const *wanted SP_UNUSED, size_t n SP_UNUSED)
{
    return SIGNPOST_OK;
}
static int list_records(struct signpost_call *call SP_UNUSED,
                        const struct signpost_zone *zone SP_UNUSED,
                        const char *const *hosts SP_UNUSED, size_t n SP_UNUSED)
{
    return SIGNPOST_OK;
}
static int apply_changes(struct signpost_call *call SP_UNUSED,
                         const struct signpost_zone *zone SP_UNUSED,
                         const struct signpost_change *const *changes SP_UNUSED, size_t n SP_UNUSED)
{
    return SIGNPOST_OK;
}
static int sync_status(struct signpost_call *call SP_UNUSED,
                       const struct signpost_zone *zone SP_UNUSED)
{
    return 1;
}

/* Everything of it that can be written to. */
struct sample {
    struct signpost_plugin plugin;
    struct signpost_origin origins[2];
    struct signpost_operation operations[2];
    struct signpost_auth auths[1];
    struct signpost_secret secrets[3];
    struct signpost_pair headers[1];
    const char *env[2], *name_servers[2], *record_types[2];
};

static void fill(struct sample *sample)
{
    *sample = (struct sample){
        .origins = {{.url = "https://api.example.net/v4", .endpoint_env = "X_URL"}, {.url = NULL}},
        .operations = {{"GET", "/zones/{id}/records", SIGNPOST_IN_LIST_RECORDS, 0, 0, 60},
                       {"POST", "/", SIGNPOST_IN_APPLY_CHANGES, SIGNPOST_MUTATES, 1, 0}},
        .auths = {{.scheme = "header", .n_secrets = 1, .n_headers = 1, .help = "Ask."}},
        .secrets = {{.name = "api_key", .label = "API key", .n_env = 2}},
        .headers = {{"X-API-Key", "v={api_key}"}},
        .env = {"X_KEY", "OTHER_KEY"},
        .name_servers = {"DomainControl.com", ".ns.example."},
        .record_types = {"CNAME", "TXT"},
    };
    sample->auths[0].secrets = sample->secrets;
    sample->auths[0].headers = sample->headers;
    sample->secrets[0].env = sample->env;
    sample->plugin = (struct signpost_plugin){
        .magic = SIGNPOST_MAGIC,
        .abi = SIGNPOST_ABI,
        .size = sizeof(struct signpost_plugin),
        .origin_size = sizeof(struct signpost_origin),
        .operation_size = sizeof(struct signpost_operation),
        .auth_size = sizeof(struct signpost_auth),
        .secret_size = sizeof(struct signpost_secret),
        .name = "sample-1",
        .label = "Sample",
        .version = "1.2",
        .url = "https://example.net/docs",
        .host_style = SIGNPOST_HOST_RELATIVE,
        .target_style = SIGNPOST_TARGET_DOT,
        .apex = "@",
        .octal_read = 1,
        .origins = sample->origins,
        .n_origins = 2,
        .operations = sample->operations,
        .n_operations = 2,
        .auths = sample->auths,
        .n_auths = 1,
        .name_servers = sample->name_servers,
        .n_name_servers = 2,
        .record_types = sample->record_types,
        .n_record_types = 2,
        .ttl_min = 60,
        .ttl_max = 86400,
        .ttl_default = 300,
        .requests_per_minute = 1200,
        .batch_max = 0,
        .is_atomic = 1,
        .find_zones = find_zones,
        .list_records = list_records,
        .apply_changes = apply_changes,
        .sync_status = sync_status,
        .batch_characters_max = 32000,
        .requests_window_s = 300,
    };
}

static void read_sample(const struct sample *sample, struct sp_description *ret)
{
    struct sp_err err = SP_ERR_INIT;
    if (sp_description_read(&sample->plugin, ret, &err))
        fail_msg("%s", err.message);
}

static void assert_refused(const struct sample *sample, const char *code, const char *words)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_description description;
    if (sp_description_read(&sample->plugin, &description, &err) == 0)
        fail_msg("accepted, instead of \"%s\"", words);
    assert_int_equal(err.kind, SP_ERR_PLUGIN);
    if (strcmp(err.code, code) != 0 || !strstr(err.message, words))
        fail_msg("%s \"%s\" lacks \"%s\"", err.code, err.message, words);
    assert_null(description.name);
}

/* ---- reading ---- */

static void test_members(void **state SP_UNUSED)
{
    struct sample sample;
    struct sp_description description;
    fill(&sample);
    read_sample(&sample, &description);
    assert_string_equal(description.name, "sample-1");
    assert_int_equal(description.convention.host, SP_HOST_RELATIVE);
    assert_int_equal(description.convention.target, SP_TARGET_DOT);
    assert_string_equal(description.convention.apex, "@");
    assert_true(description.convention.octal_read);
    assert_int_equal(description.origins.n, 2);
    assert_null(description.origins.items[1].url);
    const struct sp_operation *operation = &description.operations.items[0];
    assert_int_equal(operation->path.n, 3);
    assert_int_equal(operation->requests_per_minute, 60);
    assert_int_equal(description.operations.items[1].requests_per_minute, 0);
    assert_string_equal(operation->path.items[1], "{id}");
    assert_true(sp_segment_is_variable(operation->path.items[1]));
    assert_false(sp_segment_is_variable(operation->path.items[0]));
    assert_int_equal(description.operations.items[1].path.n, 0);
    assert_int_equal(description.operations.items[1].origin, 1);
    assert_int_equal(description.auths.items[0].scheme, SP_AUTH_HEADER);
    assert_string_equal(description.auths.items[0].secrets.items[0].env.items[1], "OTHER_KEY");
    assert_string_equal(description.name_servers.items[0], "domaincontrol.com");
    assert_string_equal(description.name_servers.items[1], "ns.example");
    assert_int_equal(description.batch_max, 1);
    assert_int_equal(description.batch_characters_max, 32000);
    assert_int_equal(description.requests_per_minute, 1200);
    assert_int_equal(description.requests_window_s, 300);
    assert_true(description.is_atomic && description.has_functions && description.has_sync_status);
    sp_description_fini(&description);
}

static void test_plugin_without_functions(void **state SP_UNUSED)
{
    static const char *const types[] = {"CNAME"};
    const struct signpost_plugin plugin = {
        .magic = SIGNPOST_MAGIC,
        .abi = SIGNPOST_ABI,
        .size = sizeof(plugin),
        .name = "by-hand",
        .label = "By hand",
        .host_style = SIGNPOST_HOST_FQDN,
        .target_style = SIGNPOST_TARGET_PLAIN,
        .record_types = types,
        .n_record_types = 1,
    };
    struct sp_description description;
    struct sp_err err = SP_ERR_INIT;
    assert_int_equal(sp_description_read(&plugin, &description, &err), 0);
    assert_false(description.has_functions);
    assert_string_equal(description.version, "");
    sp_description_fini(&description);
}

static void test_stamps(void **state SP_UNUSED)
{
    struct sample sample;
    struct sp_err err = SP_ERR_INIT;
    struct sp_description description;
    fill(&sample);
    sample.plugin.magic = 0x7f454c46;
    assert_refused(&sample, "abi-mismatch", "starts with 0x7f454c46, not with 0x53504c31");
    fill(&sample);
    sample.plugin.abi = 9;
    assert_refused(&sample, "abi-mismatch", "the plugin has ABI 9; this signpost needs ABI 1");
    fill(&sample);
    sample.plugin.size = 16;
    assert_refused(&sample, "abi-mismatch", "says that it has 16 bytes; ABI 1 needs at least 240");
    sample.plugin.size = SIZE_MAX;
    assert_refused(&sample, "abi-mismatch", "ABI 1 needs");
    fill(&sample);
    sample.plugin.operation_size = 8;
    assert_refused(&sample, "abi-mismatch", "an operation says that it has 8 bytes");
    assert_int_equal(sp_description_read(NULL, &description, &err), -1);
    assert_string_equal(err.code, "abi-mismatch");
}

/* A plugin made with a later header: longer structs, with other strides. */
static void test_newer_plugin(void **state SP_UNUSED)
{
    struct newer_origin {
        struct signpost_origin v1;
        const char *region;
    } origins[2] = {{.v1 = {.url = "https://a.example"}}, {.v1 = {.url = "https://b.example"}}};
    struct newer_plugin {
        struct signpost_plugin v1;
        uint64_t restriction;
    } plugin;
    struct sample sample;
    struct sp_description description;
    struct sp_err err = SP_ERR_INIT;
    fill(&sample);
    plugin = (struct newer_plugin){.v1 = sample.plugin};
    plugin.v1.size = sizeof(plugin);
    plugin.v1.origins = &origins[0].v1;
    plugin.v1.origin_size = sizeof(origins[0]);
    assert_int_equal(sp_description_read(&plugin.v1, &description, &err), 0);
    assert_string_equal(description.origins.items[1].url, "https://b.example");
    sp_description_fini(&description);

    /* What this engine does not know, it must not overlook. */
    plugin.restriction = 1;
    assert_int_equal(sp_description_read(&plugin.v1, &description, &err), -1);
    assert_string_equal(err.code, "abi-mismatch");
    assert_non_null(strstr(err.message, "the description uses members"));
    assert_non_null(strstr(err.fix, "newer signpost"));
    plugin.restriction = 0;
    origins[1].region = "eu";
    sp_err_clear(&err);
    assert_int_equal(sp_description_read(&plugin.v1, &description, &err), -1);
    assert_non_null(strstr(err.message, "an origin uses members"));
}

/* A plugin made with the first header: shorter structs, side by side at their own strides. */
static void test_older_plugin(void **state SP_UNUSED)
{
    struct older_secret {
        const char *name, *label;
        const char *const *env;
        size_t n_env;
    };
    struct older_auth {
        const char *scheme;
        const struct older_secret *secrets;
        size_t n_secrets;
        const struct signpost_pair *headers;
        size_t n_headers;
        const char *help;
    };
    struct older_operation {
        const char *method, *path;
        uint32_t functions, flags;
        size_t origin;
    };
    struct sample sample;
    struct sp_description description;
    struct sp_err err = SP_ERR_INIT;
    fill(&sample);
    const struct older_operation operations[] = {{"GET", "/a", SIGNPOST_IN_LIST_RECORDS, 0, 0},
                                                 {"GET", "/b", SIGNPOST_IN_LIST_RECORDS, 0, 1}};
    sample.plugin.operations = (const struct signpost_operation *)(const void *)operations;
    sample.plugin.operation_size = sizeof(operations[0]);
    assert_true(sizeof(operations[0]) < sizeof(struct signpost_operation));
    const struct older_secret secrets[] = {{"user", "User", sample.env, 1},
                                           {"api_key", "API key", sample.env + 1, 1}};
    const struct signpost_pair headers[] = {{"X-Key", "{user}:{api_key}"}};
    const struct older_auth auths[] = {{"header", secrets, 2, headers, 1, "First."},
                                       {"bearer", secrets + 1, 1, NULL, 0, "Second."}};
    sample.plugin.auths = (const struct signpost_auth *)(const void *)auths;
    sample.plugin.n_auths = 2;
    sample.plugin.auth_size = sizeof(auths[0]);
    sample.plugin.secret_size = sizeof(secrets[0]);
    assert_true(sizeof(secrets[0]) < sizeof(struct signpost_secret));
    assert_true(sizeof(auths[0]) < sizeof(struct signpost_auth));
    assert_int_equal(sp_description_read(&sample.plugin, &description, &err), 0);
    assert_int_equal(description.operations.items[0].requests_per_minute, 0);
    assert_string_equal(description.operations.items[1].path.items[0], "b");
    assert_int_equal(description.operations.items[1].origin, 1);
    assert_int_equal(description.auths.n, 2);
    assert_string_equal(description.auths.items[0].secrets.items[1].name, "api_key");
    assert_false(description.auths.items[0].secrets.items[1].is_optional);
    assert_string_equal(description.auths.items[1].help, "Second.");
    assert_null(description.auths.items[1].service);
    assert_null(description.auths.items[1].region);
    sp_description_fini(&description);
}

/* ---- AWS ---- */

static void make_sigv4(struct sample *sample)
{
    sample->secrets[0] = (struct signpost_secret){"access_key_id", "Key", sample->env, 1, 0};
    sample->secrets[1] = (struct signpost_secret){"secret_access_key", "Secret", sample->env, 1, 0};
    sample->secrets[2] =
        (struct signpost_secret){"session_token", "Token", sample->env, 1, SIGNPOST_OPTIONAL};
    sample->auths[0].scheme = "aws-sigv4";
    sample->auths[0].n_secrets = 3;
    sample->auths[0].n_headers = 0;
    sample->auths[0].service = "route53";
    sample->auths[0].region = "us-east-1";
}

static void test_sigv4(void **state SP_UNUSED)
{
    struct sample sample;
    struct sp_description description, again;
    struct sp_err err = SP_ERR_INIT;
    fill(&sample);
    make_sigv4(&sample);
    read_sample(&sample, &description);
    json_t *json = sp_description_to_json(&description);
    sp_description_fini(&description);
    assert_int_equal(sp_description_from_json(json, &again, &err), 0);
    json_decref(json);
    const struct sp_auth *auth = &again.auths.items[0];
    assert_int_equal(auth->scheme, SP_AUTH_AWS_SIGV4);
    assert_string_equal(auth->service, "route53");
    assert_string_equal(auth->region, "us-east-1");
    assert_false(auth->secrets.items[1].is_optional);
    assert_true(auth->secrets.items[2].is_optional);
    sp_description_fini(&again);

    sample.auths[0].n_secrets = 2; /* no temporary credentials there */
    read_sample(&sample, &description);
    sp_description_fini(&description);
}

/* ---- rules ---- */

#define BREAK(what) static void what(struct sample *s)

BREAK(name_upper)
{
    s->plugin.name = "Sample";
}
BREAK(name_null)
{
    s->plugin.name = NULL;
}
BREAK(name_slash)
{
    s->plugin.name = "../x";
}
BREAK(label_null)
{
    s->plugin.label = NULL;
}
BREAK(label_control)
{
    s->plugin.label = "a\033[2Jb";
}
BREAK(label_latin1)
{
    s->plugin.label = "M\xfcller";
}
BREAK(label_long)
{
    static char text[SP_PLUGIN_STRING_MAX + 2];
    memset(text, 'x', sizeof(text) - 1);
    s->plugin.label = text;
}
BREAK(host_zero)
{
    s->plugin.host_style = 0;
}
BREAK(host_unknown)
{
    s->plugin.host_style = 4;
}
BREAK(target_zero)
{
    s->plugin.target_style = 0;
}
BREAK(apex_null)
{
    s->plugin.apex = NULL;
}
BREAK(apex_long)
{
    s->plugin.apex = "0123456789abcdef";
}
BREAK(origin_scheme)
{
    s->origins[0].url = "ftp://example.net";
}
BREAK(origin_user)
{
    s->origins[0].url = "https://api.example.net@evil.example";
}
BREAK(origin_query)
{
    s->origins[0].url = "https://api.example.net/?a=b";
}
BREAK(origin_blank)
{
    s->origins[0].url = "https://api.example.net/ x";
}
BREAK(origin_env)
{
    s->origins[0].endpoint_env = "x-url";
}
BREAK(origins_null)
{
    s->plugin.origins = NULL;
}
BREAK(origins_many)
{
    s->plugin.n_origins = 65;
}
BREAK(method_lower)
{
    s->operations[0].method = "get";
}
BREAK(method_null)
{
    s->operations[0].method = NULL;
}
BREAK(path_null)
{
    s->operations[0].path = NULL;
}
BREAK(path_relative)
{
    s->operations[0].path = "zones";
}
BREAK(path_empty_segment)
{
    s->operations[0].path = "/zones//records";
}
BREAK(path_final_slash)
{
    s->operations[0].path = "/zones/";
}
BREAK(path_dots)
{
    s->operations[0].path = "/zones/../account";
}
BREAK(path_encoded)
{
    s->operations[0].path = "/zones%2f";
}
BREAK(path_query)
{
    s->operations[0].path = "/zones?all";
}
BREAK(path_braces)
{
    s->operations[0].path = "/zones/x{id}";
}
BREAK(path_no_name)
{
    s->operations[0].path = "/zones/{}";
}
BREAK(functions_none)
{
    s->operations[0].functions = 0;
}
BREAK(functions_unknown)
{
    s->operations[0].functions = 16;
}
BREAK(flags_unknown)
{
    s->operations[0].flags = 4;
}
BREAK(origin_index)
{
    s->operations[1].origin = 2;
}
BREAK(origin_index_huge)
{
    s->operations[1].origin = SIZE_MAX;
}
BREAK(scheme_unknown)
{
    s->auths[0].scheme = "oauth2";
}
BREAK(scheme_null)
{
    s->auths[0].scheme = NULL;
}
BREAK(bearer_headers)
{
    s->auths[0].scheme = "bearer";
}
BREAK(header_none)
{
    s->auths[0].n_headers = 0;
}
BREAK(secret_none)
{
    s->auths[0].n_secrets = 0;
}
BREAK(secret_name)
{
    s->secrets[0].name = "API key";
}
BREAK(secret_no_env)
{
    s->secrets[0].n_env = 0;
}
BREAK(secret_env)
{
    s->env[1] = "PATH=x";
}
BREAK(header_name)
{
    s->headers[0].name = "X API";
}
BREAK(template_unknown)
{
    s->headers[0].value = "{other}";
}
BREAK(template_none)
{
    s->headers[0].value = "constant";
}
BREAK(template_open)
{
    s->headers[0].value = "{api_key";
}
BREAK(template_close)
{
    s->headers[0].value = "api_key}";
}
BREAK(header_crlf)
{
    s->headers[0].value = "{api_key}\r\nX: y";
}
BREAK(server_empty)
{
    s->name_servers[0] = "...";
}
BREAK(server_bad)
{
    s->name_servers[0] = "a..b";
}
BREAK(server_null)
{
    s->name_servers[1] = NULL;
}
BREAK(types_without_cname)
{
    s->record_types[0] = "A";
}
BREAK(type_bad)
{
    s->record_types[1] = "txt";
}
BREAK(ttl_order)
{
    s->plugin.ttl_min = 90000;
}
BREAK(ttl_default_low)
{
    s->plugin.ttl_default = 30;
}
BREAK(ttl_default_high)
{
    s->plugin.ttl_default = 86401;
}
BREAK(ttl_max_high)
{
    s->plugin.ttl_max = 0x80000000u;
}
BREAK(batch_huge)
{
    s->plugin.batch_max = UINT32_MAX;
}
BREAK(characters_huge)
{
    s->plugin.batch_characters_max = (size_t)UINT32_MAX + 1;
}
BREAK(window_long)
{
    s->plugin.requests_window_s = 86401;
}
BREAK(window_huge)
{
    s->plugin.requests_window_s = (size_t)UINT32_MAX + 1;
}
BREAK(two_functions)
{
    s->plugin.apply_changes = NULL;
}
BREAK(no_functions)
{
    s->plugin.find_zones = NULL;
    s->plugin.list_records = NULL;
    s->plugin.apply_changes = NULL;
}
BREAK(no_operations)
{
    s->plugin.n_operations = 0;
}

BREAK(all_optional)
{
    s->secrets[0].flags = SIGNPOST_OPTIONAL;
}
BREAK(secret_flags)
{
    s->secrets[0].flags = 2;
}
BREAK(service_stray)
{
    s->auths[0].service = "route53";
}
BREAK(sigv4_service)
{
    make_sigv4(s);
    s->auths[0].service = NULL;
}
BREAK(sigv4_region)
{
    make_sigv4(s);
    s->auths[0].region = "us/east";
}
BREAK(sigv4_secret_name)
{
    make_sigv4(s);
    s->secrets[1].name = "secret_key";
}
BREAK(sigv4_required_token)
{
    make_sigv4(s);
    s->secrets[2].flags = 0;
}
BREAK(sigv4_optional_key)
{
    make_sigv4(s);
    s->secrets[0].flags = SIGNPOST_OPTIONAL;
}
BREAK(sigv4_header)
{
    make_sigv4(s);
    s->auths[0].n_headers = 1;
    s->headers[0].value = "{session_token}";
}

static void test_rules(void **state SP_UNUSED)
{
#define ROW(what, words)                                                                           \
    {                                                                                              \
        what, #what, words                                                                         \
    }
    static const struct {
        void (*spoil)(struct sample *sample);
        const char *name, *words;
    } rows[] = {
        ROW(name_upper, "name \"Sample\""),
        ROW(name_null, "name \"\""),
        ROW(name_slash, "name \"../x\""),
        ROW(label_null, "label is empty"),
        ROW(label_control, "label is empty or not readable"),
        ROW(label_latin1, "not readable text"),
        ROW(label_long, "label is longer than 1024 bytes"),
        ROW(host_zero, "host_style is 0"),
        ROW(host_unknown, "host_style is 4"),
        ROW(target_zero, "target_style is 0"),
        ROW(apex_null, "apex is NULL"),
        ROW(apex_long, "apex is longer than 15 bytes"),
        ROW(origin_scheme, "origins[0].url \"ftp://example.net\" does not start with https://"),
        ROW(origin_user, "holds a user, a query or a stray character"),
        ROW(origin_query, "holds a user, a query"),
        ROW(origin_blank, "stray character"),
        ROW(origin_env, "endpoint_env \"x-url\""),
        ROW(origins_null, "origins is NULL, but n_origins is 2"),
        ROW(origins_many, "origins has 65 items, more than the 64 allowed"),
        ROW(method_lower, "operations[0].method \"get\""),
        ROW(method_null, "operations[0].method \"\""),
        ROW(path_null, "operations[0].path does not start with a slash"),
        ROW(path_relative, "does not start with a slash"),
        ROW(path_empty_segment, "has the segment \"\""),
        ROW(path_final_slash, "has the segment \"\""),
        ROW(path_dots, "has the segment \"..\""),
        ROW(path_encoded, "has the segment \"zones%2f\""),
        ROW(path_query, "has the segment \"zones?all\""),
        ROW(path_braces, "has the segment \"x{id}\""),
        ROW(path_no_name, "has the segment \"{}\""),
        ROW(functions_none, "operations[0].functions is 0x0"),
        ROW(functions_unknown, "operations[0].functions is 0x10"),
        ROW(flags_unknown, "operations[0].flags is 0x4"),
        ROW(origin_index, "operations[1].origin is 2, but there are 2 origins"),
        ROW(origin_index_huge, "operations[1].origin is 4294967295"),
        ROW(scheme_unknown, "the auth scheme \"oauth2\" is unknown here"),
        ROW(scheme_null, "the auth scheme \"\""),
        ROW(bearer_headers, "bearer takes exactly one secret and no headers"),
        ROW(header_none, "header takes secrets and headers"),
        ROW(secret_none, "header takes secrets and headers"),
        ROW(all_optional, "all of its secrets are optional"),
        ROW(secret_flags, "a secret's flags are 0x2"),
        ROW(service_stray, "service and region belong to aws-sigv4"),
        ROW(sigv4_service, "aws-sigv4 takes a service and a region"),
        ROW(sigv4_region, "aws-sigv4 takes a service and a region"),
        ROW(sigv4_secret_name, "aws-sigv4 takes the secrets access_key_id"),
        ROW(sigv4_required_token, "aws-sigv4 takes the secrets access_key_id"),
        ROW(sigv4_optional_key, "aws-sigv4 takes the secrets access_key_id"),
        ROW(sigv4_header, "aws-sigv4 takes the secrets access_key_id"),
        ROW(secret_name, "a secret named \"API key\""),
        ROW(secret_no_env, "api_key has no variable to come from"),
        ROW(secret_env, "the variable \"PATH=x\""),
        ROW(header_name, "a header named \"X API\""),
        ROW(template_unknown, "does not hold {secret}"),
        ROW(template_none, "does not hold {secret}"),
        ROW(template_open, "does not hold {secret}"),
        ROW(template_close, "does not hold {secret}"),
        ROW(header_crlf, "the value of X-API-Key"),
        ROW(server_empty, "name_servers holds \"\""),
        ROW(server_bad, "name_servers holds \"a..b\""),
        ROW(server_null, "name_servers holds \"\""),
        ROW(types_without_cname, "record_types does not hold CNAME"),
        ROW(type_bad, "record_types holds \"txt\""),
        ROW(ttl_order, "are not in order"),
        ROW(ttl_default_low, "are not in order"),
        ROW(ttl_default_high, "are not in order"),
        ROW(ttl_max_high, "are not in order"),
        ROW(batch_huge, "batch_max is 4294967295"),
        ROW(characters_huge, "batch_characters_max is no number of characters"),
        ROW(window_long, "requests_window_s is 86401"),
        ROW(window_huge, "requests_window_s is no number of seconds"),
        ROW(two_functions, "all three or none"),
        ROW(no_functions, "but not the functions that would use them"),
        ROW(no_operations, "but no operations that they could use"),
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sample sample;
        print_message("%s\n", rows[i].name);
        fill(&sample);
        rows[i].spoil(&sample);
        assert_refused(&sample, "bad-description", rows[i].words);
    }
}

/* ---- JSON ---- */

static json_t *sample_json(void)
{
    struct sample sample;
    struct sp_description description;
    fill(&sample);
    read_sample(&sample, &description);
    json_t *json = sp_description_to_json(&description);
    sp_description_fini(&description);
    return json;
}

static void test_json_round_trip(void **state SP_UNUSED)
{
    struct sp_description description;
    struct sp_err err = SP_ERR_INIT;
    json_t *json = sample_json();
    if (sp_description_from_json(json, &description, &err))
        fail_msg("%s", err.message);
    json_t *again = sp_description_to_json(&description);
    assert_true(json_equal(json, again));
    assert_string_equal(description.operations.items[0].path.items[2], "records");
    assert_int_equal(description.operations.items[1].flags, SIGNPOST_MUTATES);
    json_decref(again);
    json_decref(json);
    sp_description_fini(&description);
}

/* What a worker that was taken over might send. */
static void test_json_refusals(void **state SP_UNUSED)
{
    static const struct {
        const char *patch, *words;
    } rows[] = {
        {"{\"name\":null}", "description.name: is missing"},
        {"{\"name\":\"x/y\"}", "name \"x/y\""},
        {"{\"host\":\"bare\"}", "description.host"},
        {"{\"target\":\"none\"}", "description.target"},
        {"{\"apex\":\"0123456789abcdef\"}", "description.apex"},
        {"{\"origins\":[{\"url\":\"javascript:\"}]}", "origins[0].url"},
        {"{\"origins\":[{\"url\":\"https://a\",\"token\":\"x\"}]}", "unknown member \"token\""},
        {"{\"operations\":{}}", "description.operations: expected an array"},
        {"{\"operations\":[{\"method\":\"GET\",\"path\":\"x\",\"functions\":[],\"mutates\":false,"
         "\"repeatable\":false,\"origin\":0,\"requests_per_minute\":0}]}",
         "does not start with a slash"},
        {"{\"operations\":[{\"method\":\"GET\",\"path\":\"/\",\"functions\":[\"all\"],\"mutates\":"
         "false,\"repeatable\":false,\"origin\":0,\"requests_per_minute\":0}]}",
         "expected the name of a function"},
        {"{\"operations\":[{\"method\":\"GET\",\"path\":\"/\",\"functions\":[\"find_zones\"],"
         "\"mutates\":1,\"repeatable\":false,\"origin\":0,\"requests_per_minute\":0}]}",
         "expected true or false"},
        {"{\"auths\":[{\"scheme\":\"none\",\"secrets\":[],\"headers\":[],\"help\":\"\"}]}",
         "description.auths[0].scheme"},
        {"{\"ttl_min\":-1}", "description.ttl_min"},
        {"{\"requests_window_s\":86401}", "requests_window_s is 86401"},
        {"{\"is_atomic\":\"yes\"}", "description.is_atomic: expected true or false"},
        {"{\"extra\":1}", "unknown member \"extra\""},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_description description;
        struct sp_err err = SP_ERR_INIT;
        json_t *json = sample_json();
        json_t *patch = json_loads(rows[i].patch, 0, NULL);
        assert_non_null(patch);
        json_object_update(json, patch);
        if (sp_description_from_json(json, &description, &err) == 0)
            fail_msg("accepted: %s", rows[i].patch);
        assert_string_equal(err.code, "bad-description");
        assert_int_equal(err.kind, SP_ERR_PLUGIN);
        if (!strstr(err.message, rows[i].words))
            fail_msg("\"%s\" lacks \"%s\"", err.message, rows[i].words);
        json_decref(patch);
        json_decref(json);
    }
}

static void test_words(void **state SP_UNUSED)
{
    for (uint32_t bit = 1; bit <= SIGNPOST_IN_SYNC_STATUS; bit <<= 1)
        assert_int_equal(sp_function_parse(sp_function_name(bit)), bit);
    assert_string_equal(sp_function_name(3), "");
    assert_int_equal(sp_function_parse("no_such"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members),       cmocka_unit_test(test_plugin_without_functions),
        cmocka_unit_test(test_stamps),        cmocka_unit_test(test_newer_plugin),
        cmocka_unit_test(test_older_plugin),  cmocka_unit_test(test_sigv4),
        cmocka_unit_test(test_rules),         cmocka_unit_test(test_json_round_trip),
        cmocka_unit_test(test_json_refusals), cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
