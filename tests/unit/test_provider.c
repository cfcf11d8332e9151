/*
 * Providers with the real worker program, the plugins of tests/plugin and a server on loopback:
 * names in, names out, errors with their kinds, hostile plugins with their sentences.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "broker/provider.h"
#include "loopback_server.h"

static const char worker_path[] = SP_TEST_BUILD_ROOT "/signpost-worker";
static const char installed_dir[] = SP_TEST_BUILD_ROOT "/plugins";
static const char *const extra_dirs[] = {SP_TEST_BUILD_ROOT "/tests/plugin"};

struct fixture {
    struct sp_loop *loop;
    struct sp_http *http;
    struct server *server;
    struct sp_catalog catalog;
    bool is_loaded;
    struct sp_buf log; /* every request the server saw */
    char *endpoint;
    /* what the last job brought */
    unsigned n_done;
    struct sp_err err;
    size_t n_zones, n_records;
    char names[256];
    bool is_unknown;
};

/* ---- the server ---------------------------------------------------------------------------------
 */

static void on_request(void *arg, struct connection *connection, const char *target,
                       const struct sp_buf *request)
{
    struct fixture *fixture = arg;
    static const char text[] = "Content-Type: text/plain\r\nSet-Cookie: a=b\r\n";
    bool is_post = sp_ascii_starts(sp_buf_str(request), "POST");
    sp_buf_append(&fixture->log, request->data, request->len);
    sp_buf_putc(&fixture->log, '\n');
    if (sp_ascii_starts(target, "/v1/zones/lost") && is_post)
        connection_close(connection);
    else if (sp_ascii_starts(target, "/v1/zones/taken") && is_post)
        connection_answer(connection, 409, text, "taken");
    else if (sp_ascii_starts(target, "/v1/zones/denied"))
        connection_answer(connection, 401, text, "no: secret-token is \x1b[31m wrong");
    else if (sp_ascii_starts(target, "/v1/zones/busy") && server_requests(fixture->server) == 1)
        connection_answer(connection, 503, "Retry-After: 0\r\n", "busy");
    else if (is_post)
        connection_answer(connection, 201, text, "made");
    else if (strcmp(target, "/v1/zones") == 0)
        connection_answer(connection, 200, text,
                          "example.com.\nEXAMPLE.net\nb\xc3\xbc"
                          "cher.example");
    else
        connection_answer(connection, 200, text, "u1.Mailer.example.");
}

/* ---- the fixture --------------------------------------------------------------------------------
 */

static void on_loaded(void *arg)
{
    struct fixture *fixture = arg;
    fixture->is_loaded = true;
}

static int set_up(void **state)
{
    struct fixture *fixture = sp_new(struct fixture);
    struct sp_err err = SP_ERR_INIT;
    const struct sp_catalog_config config = {worker_path, installed_dir, extra_dirs, 1};
    setenv("SIGNPOST_SANDBOX", "best-effort", 1);
    setenv("GOOD_TOKEN", "secret-token", 1);
    fixture->loop = sp_loop_new();
    assert_int_equal(
        sp_catalog_load(&fixture->catalog, fixture->loop, &config, on_loaded, fixture, &err), 0);
    assert_false(fixture->is_loaded);
    sp_loop_run(fixture->loop);
    assert_true(fixture->is_loaded);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    sp_catalog_fini(&fixture->catalog);
    sp_loop_free(fixture->loop);
    free(fixture);
    return 0;
}

static int start_server(void **state)
{
    struct fixture *fixture = *state;
    fixture->http = sp_http_new(fixture->loop);
    fixture->server = server_new(fixture->loop, on_request, fixture);
    fixture->endpoint = server_url(fixture->server, "/v1/");
    fixture->n_done = 0;
    sp_buf_init(&fixture->log, 1 << 20);
    return 0;
}

static int stop_server(void **state)
{
    struct fixture *fixture = *state;
    server_free(fixture->server);
    sp_http_free(fixture->http);
    sp_buf_fini(&fixture->log);
    free(fixture->endpoint);
    return 0;
}

static struct sp_provider *open_provider(struct fixture *fixture, const char *name, bool is_dry_run)
{
    struct sp_err err = SP_ERR_INIT;
    const struct sp_provider_config config = {
        .plugin = sp_catalog_find(&fixture->catalog, name, &err),
        .worker_path = worker_path,
        .endpoint = fixture->endpoint,
        .is_dry_run = is_dry_run,
    };
    if (!config.plugin)
        fail_msg("%s: %s", name, err.message);
    struct sp_provider *provider = sp_provider_new(fixture->loop, fixture->http, &config, &err);
    if (!provider)
        fail_msg("%s: %s", name, err.message);
    return provider;
}

static struct sp_name name_of(const char *text)
{
    struct sp_name name;
    struct sp_err err = SP_ERR_INIT;
    assert_int_equal(sp_name_parse(&name, text, &err), 0);
    return name;
}

static void add_name(struct fixture *fixture, const struct sp_name *name)
{
    size_t len = strlen(fixture->names);
    snprintf(fixture->names + len, sizeof(fixture->names) - len, "%s ", SP_NAME_STR(name));
}

static void on_zones(void *arg, const struct sp_zone *zones, size_t n, const struct sp_err *err)
{
    struct fixture *fixture = arg;
    fixture->n_done++;
    fixture->n_zones = n;
    fixture->err = *err;
    fixture->names[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        add_name(fixture, &zones[i].name);
        assert_int_equal(zones[i].name_servers.n, 2);
    }
}

static void on_listed(void *arg, const struct sp_listed *records, size_t n,
                      const struct sp_err *err)
{
    struct fixture *fixture = arg;
    fixture->n_done++;
    fixture->n_records = n;
    fixture->err = *err;
    fixture->names[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        add_name(fixture, &records[i].host);
        add_name(fixture, &records[i].target);
        assert_string_equal(records[i].type, "CNAME");
        assert_string_equal(records[i].id, "r1");
        assert_int_equal(records[i].ttl, 300);
    }
}

static void on_applied(void *arg, bool is_unknown, const struct sp_err *err)
{
    struct fixture *fixture = arg;
    fixture->n_done++;
    fixture->is_unknown = is_unknown;
    fixture->err = *err;
}

static void find(struct fixture *fixture, struct sp_provider *provider)
{
    const struct sp_wanted_zone wanted = {.host = name_of("sk1.example.com")};
    unsigned n_before = fixture->n_done;
    sp_provider_find_zones(provider, &wanted, 1, on_zones, fixture);
    assert_int_equal(fixture->n_done, n_before);
    sp_loop_run(fixture->loop);
    assert_int_equal(fixture->n_done, n_before + 1);
}

static void list(struct fixture *fixture, struct sp_provider *provider, char *id)
{
    const struct sp_zone zone = {.name = name_of("example.com"), .id = id};
    const struct sp_name hosts[] = {name_of("sk1.example.com"), name_of("example.com")};
    sp_provider_list_records(provider, &zone, hosts, 2, on_listed, fixture);
    sp_loop_run(fixture->loop);
}

/* Two creations and a deletion in the zone ID. */
static void apply(struct fixture *fixture, struct sp_provider *provider, char *id,
                  struct sp_change changes[3])
{
    static char value[] = "old.example.";
    static struct sp_listed old = {.type = "CNAME", .value = value};
    const struct sp_zone zone = {.name = name_of("example.com"), .id = id};
    old.host = name_of("old.example.com");
    changes[0] = (struct sp_change){.action = SP_ACTION_CREATE,
                                    .host = name_of("sk1.example.com"),
                                    .target = name_of("u1.mailer.example"),
                                    .type = "CNAME"};
    changes[1] = changes[0];
    changes[1].host = name_of("a._domainkey.example.com");
    changes[2] = (struct sp_change){.action = SP_ACTION_DELETE, .before = &old, .type = "CNAME"};
    sp_provider_apply(provider, &zone, changes, 3, on_applied, fixture);
    sp_loop_run(fixture->loop);
}

static bool log_has(const struct fixture *fixture, const char *text)
{
    return strstr(sp_buf_str(&fixture->log), text) != NULL;
}

/* ---- the catalog --------------------------------------------------------------------------------
 */

static void test_catalog(void **state)
{
    const struct fixture *fixture = *state;
    static const struct {
        const char *name, *code, *part; /* code NULL: usable */
    } rows[] = {
        {"good", NULL, NULL},
        {"powerdns", NULL, NULL},
        {"manual", NULL, NULL},
        {"evil-crash-call", NULL, NULL},
        {"evil-missing-symbol", "plugin-load",
         "the plugin evil-missing-symbol cannot be used: the plugin "},
        {"evil-wrong-abi", "abi-mismatch", "the plugin evil-wrong-abi cannot be used: "},
        {"evil-crash-constructor", "plugin-crashed", "while being loaded"},
        {"nonexistent", "plugin-not-found", "there is no plugin \"nonexistent\""},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_err err = SP_ERR_INIT;
        const struct sp_plugin *plugin = sp_catalog_find(&fixture->catalog, rows[i].name, &err);
        if (!rows[i].code && !plugin)
            fail_msg("%s: %s", rows[i].name, err.message);
        if (!rows[i].code)
            continue;
        assert_null(plugin);
        assert_int_equal(err.kind, SP_ERR_PLUGIN);
        assert_string_equal(err.code, rows[i].code);
        if (!strstr(err.message, rows[i].part))
            fail_msg("%s: %s", rows[i].name, err.message);
    }
}

static void test_recognise(void **state)
{
    const struct fixture *fixture = *state;
    const struct sp_name ours = name_of("ns1.good.example"), theirs = name_of("ns.bad.example"),
                         near_miss = name_of("ns1.notgood.example");
    const struct sp_name *both[] = {&ours, &theirs}, *one[] = {&ours, &ours},
                         *miss[] = {&near_miss};
    size_t by = 9;
    assert_null(sp_catalog_recognise(&fixture->catalog, both, 2, &by));
    assert_null(sp_catalog_recognise(&fixture->catalog, miss, 1, &by));
    assert_null(sp_catalog_recognise(&fixture->catalog, one, 0, &by));
    const struct sp_plugin *plugin = sp_catalog_recognise(&fixture->catalog, one, 2, &by);
    assert_non_null(plugin);
    assert_string_equal(plugin->description.name, "good");
    assert_int_equal(by, 0);
}

/* The installation's directory given again as a third party's: every name is taken. */
static void test_reserved(void **state)
{
    struct fixture *fixture = *state;
    const char *const dirs[] = {installed_dir};
    const struct sp_catalog_config config = {worker_path, installed_dir, dirs, 1};
    struct sp_catalog catalog;
    struct sp_err err = SP_ERR_INIT;
    size_t n_usable = 0;
    assert_int_equal(sp_catalog_load(&catalog, fixture->loop, &config, on_loaded, fixture, &err),
                     0);
    sp_loop_run(fixture->loop);
    SP_ARRAY_FOREACH (&catalog.plugins, plugin) {
        n_usable += (*plugin)->is_usable;
        if ((*plugin)->is_usable)
            assert_true((*plugin)->is_installed);
        else
            assert_string_equal((*plugin)->err.code, "plugin-reserved");
    }
    assert_int_equal(n_usable * 2, catalog.plugins.n);
    assert_non_null(sp_catalog_find(&catalog, "powerdns", &err));
    sp_catalog_fini(&catalog);
}

static void test_catalog_errors_at_once(void **state)
{
    struct fixture *fixture = *state;
    const char *const dirs[] = {"/nonexistent"};
    const struct sp_catalog_config config = {worker_path, installed_dir, dirs, 1};
    struct sp_catalog catalog;
    struct sp_err err = SP_ERR_INIT;
    assert_int_equal(sp_catalog_load(&catalog, fixture->loop, &config, on_loaded, fixture, &err),
                     -1);
    assert_int_equal(err.kind, SP_ERR_USAGE);
    assert_string_equal(err.code, "plugin-dir");
    /* Given up while workers are under way. */
    const struct sp_catalog_config whole = {worker_path, installed_dir, extra_dirs, 1};
    assert_int_equal(sp_catalog_load(&catalog, fixture->loop, &whole, on_loaded, fixture, &err), 0);
    uv_run(sp_loop_uv(fixture->loop), UV_RUN_ONCE);
    fixture->is_loaded = false;
    sp_catalog_fini(&catalog);
    sp_loop_run(fixture->loop);
    assert_false(fixture->is_loaded);
}

/* ---- a provider that works ----------------------------------------------------------------------
 */

static void test_names_both_ways(void **state)
{
    struct fixture *fixture = *state;
    static char id[] = "z 1";
    struct sp_change changes[3];
    struct sp_provider *provider = open_provider(fixture, "good", false);
    assert_non_null(sp_provider_foreign_endpoint(provider));

    find(fixture, provider);
    assert_string_equal(fixture->err.message, "");
    assert_string_equal(fixture->names, "example.com example.net xn--bcher-kva.example ");
    assert_true(log_has(fixture, "GET /v1/zones HTTP/1.1\r\n"));
    assert_true(log_has(fixture, "Authorization: Bearer secret-token\r\n"));

    list(fixture, provider, id);
    assert_string_equal(fixture->names, "example.com u1.mailer.example "
                                        "sk1.example.com u1.mailer.example ");
    assert_true(log_has(fixture, "GET /v1/zones/z%201/records HTTP/1.1\r\n"));

    apply(fixture, provider, id, changes);
    assert_string_equal(fixture->err.message, "");
    assert_false(fixture->is_unknown);
    for (size_t i = 0; i < 3; i++)
        assert_true(changes[i].is_applied);
    const char *deletion = strstr(sp_buf_str(&fixture->log), "3 old.example.com. old.example.");
    const char *creation =
        strstr(sp_buf_str(&fixture->log), "1 sk1.example.com. u1.mailer.example.");
    assert_true(deletion && creation && deletion < creation);
    assert_true(log_has(fixture, "POST /v1/zones/z%201/records?dry%20run=no%20%26%20never "));
    assert_int_equal(sp_provider_http_calls(provider), 5);
    assert_int_equal(server_requests(fixture->server), 5);
    assert_int_equal(server_connections(fixture->server), 1);
    sp_provider_free(provider);
}

/* A record that is put back is sent as it was listed, whatever its type, as a creation. */
static void test_put_back(void **state)
{
    struct fixture *fixture = *state;
    static char id[] = "z1", value[] = "as it was", handle[] = "r77";
    struct sp_listed old = {.type = "TXT", .value = value, .id = handle, .ttl = 77};
    const struct sp_zone zone = {.name = name_of("example.com"), .id = id};
    struct sp_provider *provider = open_provider(fixture, "good", false);
    old.host = name_of("sk1.example.com");
    struct sp_change change = {
        .action = SP_ACTION_CREATE, .before = &old, .host = old.host, .type = "TXT"};
    sp_provider_apply(provider, &zone, &change, 1, on_applied, fixture);
    sp_loop_run(fixture->loop);
    assert_string_equal(fixture->err.message, "");
    assert_true(change.is_applied);
    assert_true(log_has(fixture, "1 sk1.example.com. as it was"));
    assert_false(log_has(fixture, "r77"));
    sp_provider_free(provider);
}

static void test_dry_run(void **state)
{
    struct fixture *fixture = *state;
    static char id[] = "z1";
    struct sp_change changes[3];
    struct sp_provider *provider = open_provider(fixture, "good", true);
    apply(fixture, provider, id, changes);
    assert_int_equal(fixture->err.kind, SP_ERR_PLUGIN);
    assert_string_equal(fixture->err.code, "request-refused");
    assert_non_null(strstr(fixture->err.message, "this is a dry run"));
    assert_false(fixture->is_unknown);
    assert_int_equal(server_requests(fixture->server), 0);
    find(fixture, provider); /* a fresh worker */
    assert_int_equal(fixture->n_zones, 3);
    sp_provider_free(provider);
}

static void test_retry(void **state)
{
    struct fixture *fixture = *state;
    static char id[] = "busy";
    struct sp_provider *provider = open_provider(fixture, "good", false);
    list(fixture, provider, id);
    assert_int_equal(fixture->n_records, 2);
    assert_int_equal(sp_provider_http_calls(provider), 2);
    sp_provider_free(provider);
}

/* ---- errors -------------------------------------------------------------------------------------
 */

static void test_rejected(void **state)
{
    struct fixture *fixture = *state;
    static char id[] = "denied";
    struct sp_provider *provider = open_provider(fixture, "good", false);
    list(fixture, provider, id);
    assert_int_equal(fixture->err.kind, SP_ERR_CREDENTIALS);
    assert_string_equal(fixture->err.code, "credentials-rejected");
    assert_string_equal(fixture->err.message, "Good DNS: no: [secret] is \\x1b[31m wrong");
    assert_string_equal(fixture->err.fix, "check the value of GOOD_TOKEN, which was refused. "
                                          "Made under Account.");
    find(fixture, provider); /* the same worker goes on */
    assert_int_equal(fixture->n_zones, 3);
    sp_provider_free(provider);
}

static void test_conflict(void **state)
{
    struct fixture *fixture = *state;
    static char id[] = "taken";
    struct sp_change changes[3];
    struct sp_provider *provider = open_provider(fixture, "good", false);
    apply(fixture, provider, id, changes);
    assert_int_equal(fixture->err.kind, SP_ERR_REFUSED);
    assert_string_equal(fixture->err.code, "conflict");
    assert_false(fixture->is_unknown);
    assert_false(changes[0].is_applied || changes[1].is_applied || changes[2].is_applied);
    sp_provider_free(provider);
}

static void test_ambiguous(void **state)
{
    struct fixture *fixture = *state;
    static char id[] = "lost";
    struct sp_change changes[3];
    struct sp_provider *provider = open_provider(fixture, "good", false);
    apply(fixture, provider, id, changes);
    assert_int_equal(fixture->err.kind, SP_ERR_PROVIDER);
    assert_string_equal(fixture->err.code, "ambiguous");
    assert_non_null(strstr(fixture->err.message, "gave no whole answer"));
    assert_true(fixture->is_unknown);
    assert_int_equal(server_requests(fixture->server), 1);
    sp_provider_free(provider);
}

static void test_refused_connection(void **state)
{
    struct fixture *fixture = *state;
    free(fixture->endpoint);
    fixture->endpoint = sp_strdup("http://127.0.0.1:1");
    struct sp_provider *provider = open_provider(fixture, "good", false);
    find(fixture, provider);
    assert_int_equal(fixture->err.kind, SP_ERR_PROVIDER);
    assert_string_equal(fixture->err.code, "provider-unavailable");
    assert_string_equal(fixture->err.message,
                        "Good DNS: cannot connect to http://127.0.0.1:1: connection refused");
    assert_string_equal(fixture->err.fix,
                        "check that the endpoint URL http://127.0.0.1:1 is right, that the server "
                        "runs and that it lets your address in; then run the same command again");
    /* A write that was never sent is not ambiguous. */
    static char id[] = "z1";
    struct sp_change changes[3];
    apply(fixture, provider, id, changes);
    assert_string_equal(fixture->err.code, "provider-unavailable");
    assert_false(fixture->is_unknown);
    assert_int_equal(sp_provider_http_calls(provider), 0);
    sp_provider_free(provider);
}

static void test_host_outside_zone(void **state)
{
    struct fixture *fixture = *state;
    const struct sp_zone zone = {.name = name_of("example.net")};
    const struct sp_name host = name_of("sk1.example.com");
    struct sp_provider *provider = open_provider(fixture, "good", false);
    sp_provider_list_records(provider, &zone, &host, 1, on_listed, fixture);
    sp_loop_run(fixture->loop);
    assert_string_equal(fixture->err.code, "host-outside-zone");
    sp_provider_free(provider);
}

static void test_setting_up(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *name, *endpoint, *variable, *value, *code;
        enum sp_err_kind kind;
    } rows[] = {
        {"powerdns", NULL, "PDNS_API_KEY", "x", "no-endpoint", SP_ERR_USAGE},
        {"powerdns", "http://192.0.2.1:8081", "PDNS_API_KEY", "x", "bad-endpoint", SP_ERR_USAGE},
        {"powerdns", NULL, "PDNS_API_URL", "nonsense", "bad-endpoint", SP_ERR_USAGE},
        {"powerdns", NULL, "SIGNPOST_POWERDNS_ENDPOINT", "ftp://x", "bad-endpoint", SP_ERR_USAGE},
        {"powerdns", "http://127.0.0.1:1", "PDNS_OTHER", "x", "credentials-missing",
         SP_ERR_CREDENTIALS},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_err err = SP_ERR_INIT;
        const struct sp_provider_config config = {
            .plugin = sp_catalog_find(&fixture->catalog, rows[i].name, &err),
            .worker_path = worker_path,
            .endpoint = rows[i].endpoint,
        };
        setenv(rows[i].variable, rows[i].value, 1);
        assert_null(sp_provider_new(fixture->loop, fixture->http, &config, &err));
        unsetenv(rows[i].variable);
        assert_int_equal(err.kind, rows[i].kind);
        assert_string_equal(err.code, rows[i].code);
    }
}

/* ---- strangers ----------------------------------------------------------------------------------
 */

static void test_hostile(void **state)
{
    static const struct {
        const char *name, *code, *part;
    } rows[] = {
        {"evil-crash-call", "plugin-crashed", "the plugin evil-crash-call "},
        {"evil-foreign-origin", "request-refused",
         "a request of the plugin evil-foreign-origin was refused while finding zones: it names "
         "origin 1, and 1 is declared"},
        {"evil-dot-dot", "request-refused",
         "a request of the plugin evil-dot-dot was refused while finding zones: segment 2 of its "
         "path is \"..\""},
        {"evil-crlf-header", "request-refused",
         "a request of the plugin evil-crlf-header was refused while finding zones: the value of "
         "its header Accept holds a control character"},
        {"evil-huge-frame", "plugin-bad-frame",
         "the plugin evil-huge-frame broke the protocol while finding zones: a frame announces "
         "4294967295 bytes of JSON, more than the 1048576 allowed"},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        char *variable = sp_asprintf("%s_TOKEN", rows[i].name);
        for (char *c = variable; *c; c++)
            *c = *c == '-' ? '_' : (char)(*c >= 'a' && *c <= 'z' ? *c - 32 : *c);
        setenv(variable, "secret-token", 1);
        struct sp_provider *provider = open_provider(fixture, rows[i].name, false);
        struct sp_provider *other = open_provider(fixture, "good", false);
        find(fixture, provider);
        assert_int_equal(fixture->err.kind, SP_ERR_PLUGIN);
        if (!strstr(fixture->err.message, rows[i].part))
            fail_msg("%s: %s", rows[i].name, fixture->err.message);
        assert_string_equal(fixture->err.code, rows[i].code);
        assert_int_equal(sp_provider_http_calls(provider), 0);
        find(fixture, other);
        assert_int_equal(fixture->n_zones, 3);
        sp_provider_free(provider);
        sp_provider_free(other);
        unsetenv(variable);
        free(variable);
    }
}

/* Freed at any moment: no callback comes, nothing is left behind. */
static void test_free_under_way(void **state)
{
    struct fixture *fixture = *state;
    const struct sp_wanted_zone wanted = {.host = name_of("sk1.example.com")};
    for (int n_turns = 0; n_turns < 12; n_turns++) {
        struct sp_provider *provider = open_provider(fixture, "good", false);
        for (int i = 0; i < 3; i++)
            sp_provider_find_zones(provider, &wanted, 1, on_zones, fixture);
        for (int i = 0; i < n_turns; i++)
            uv_run(sp_loop_uv(fixture->loop), UV_RUN_ONCE);
        unsigned n_done = fixture->n_done;
        sp_provider_free(provider);
        sp_loop_run(fixture->loop);
        assert_int_equal(fixture->n_done, n_done);
    }
}

#define TEST(name)      cmocka_unit_test(name)
#define WITH_HTTP(name) cmocka_unit_test_setup_teardown(name, start_server, stop_server)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_catalog),
        TEST(test_recognise),
        TEST(test_reserved),
        TEST(test_catalog_errors_at_once),
        WITH_HTTP(test_names_both_ways),
        WITH_HTTP(test_put_back),
        WITH_HTTP(test_dry_run),
        WITH_HTTP(test_retry),
        WITH_HTTP(test_rejected),
        WITH_HTTP(test_conflict),
        WITH_HTTP(test_ambiguous),
        WITH_HTTP(test_refused_connection),
        WITH_HTTP(test_host_outside_zone),
        WITH_HTTP(test_setting_up),
        WITH_HTTP(test_hostile),
        WITH_HTTP(test_free_under_way),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
