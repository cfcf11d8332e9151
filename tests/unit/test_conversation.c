/*
 * Conversations with a worker that says whatever it likes: what a taken-over plugin process could
 * do. This program is the worker: started under the name signpost-worker, it plays the script in
 * the "plugin" file. "<" takes a frame from the engine, a line of JSON is sent as a frame, "+" one
 * with a body, "~" waits for 20 ms, "." ends it; what follows "*" is played for ever.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/text.h"
#include "broker/catalog.h"
#include "broker/conversation.h"
#include "loopback_server.h"

static char *own_path;

/* ---- the worker ---------------------------------------------------------------------------------
 */

static void read_exactly(void *ret_bytes, size_t len)
{
    for (size_t at = 0; at < len;) {
        ssize_t got = read(SP_WORKER_SOCKET_FD, (char *)ret_bytes + at, len - at);
        if (got <= 0)
            _exit(0);
        at += (size_t)got;
    }
}

static void take_frame(void)
{
    char header[SP_FRAME_HEADER];
    size_t len;
    struct sp_err err = SP_ERR_INIT;
    read_exactly(header, sizeof(header));
    if (sp_frame_peek_len(header, &len, &err) < 0)
        _exit(9);
    char *rest = sp_alloc(len, 1);
    read_exactly(rest, len - sizeof(header));
    free(rest);
}

static void send_line(struct sp_span line)
{
    struct sp_buf out = SP_BUF_INIT(SP_FRAME_META_MAX);
    bool has_body = *line.bytes == '+';
    line.bytes += has_body;
    line.len -= has_body;
    sp_buf_put_u32(&out, SP_FRAME_MAGIC);
    sp_buf_put_u32(&out, (uint32_t)line.len);
    sp_buf_put_u32(&out, has_body);
    sp_buf_append(&out, line.bytes, line.len);
    sp_buf_append(&out, "x", has_body);
    if (write(SP_WORKER_SOCKET_FD, out.data, out.len) < 0)
        _exit(9);
    sp_buf_fini(&out);
}

static void SP_NORETURN be_a_worker(void)
{
    static char script[65536];
    ssize_t len = read(SP_WORKER_PLUGIN_FD, script, sizeof(script));
    struct sp_cursor cursor = sp_cursor_of(script, len < 0 ? 0 : (size_t)len), again;
    struct sp_span line;
    bool is_endless = false;
    while (sp_cursor_line(&cursor, &line) ||
           (is_endless && (cursor = again, sp_cursor_line(&cursor, &line)))) {
        if (sp_span_is(line, "<"))
            take_frame();
        else if (sp_span_is(line, "~"))
            usleep(20000);
        else if (sp_span_is(line, "*"))
            is_endless = true, again = cursor;
        else if (sp_span_is(line, "."))
            _exit(0);
        else
            send_line(line);
    }
    for (;;)
        pause();
}

/* ---- scripts ------------------------------------------------------------------------------------
 */

#define HELLO "{\"type\":\"hello\",\"abi\":1,\"sandbox\":[\"seccomp\"],\"missing\":[]}\n"
#define GET                                                                                        \
    "{\"type\":\"http\",\"origin\":0,\"method\":\"GET\",\"path\":[\"zones\"],\"query\":[],"        \
    "\"headers\":[]}\n"
#define SEND(method, last)                                                                         \
    "{\"type\":\"http\",\"origin\":0,\"method\":\"" method "\",\"path\":[\"zones\",\"" last        \
    "\"],\"query\":[],\"headers\":[]}\n"
#define FAIL(code, message)                                                                        \
    "{\"type\":\"fail\",\"code\":\"" code "\",\"message\":\"" message "\",\"retry_after\":0}\n"
#define FOUND                                                                                      \
    "{\"type\":\"found\",\"zones\":[{\"id\":\"1\",\"name\":\"a.example\",\"note\":null,"           \
    "\"flags\":0,\"name_servers\":[]}]}\n"
#define APPLIED(i) "{\"type\":\"applied\",\"index\":" i "}\n"
#define DONE       "{\"type\":\"done\",\"value\":0}\n"

static void add_operation(struct sp_description *description, const char *method, const char *path,
                          uint32_t functions, uint32_t flags)
{
    struct sp_operation *operation = sp_array_push(&description->operations);
    operation->method = sp_strdup(method);
    assert_int_equal(sp_operation_split_path(path, &operation->path), 0);
    operation->functions = functions;
    operation->flags = flags;
}

static struct sp_description describe(const char *name, const char *variable, const char *suffix)
{
    struct sp_description description = {
        .name = sp_strdup(name),
        .label = sp_strdup("Fake DNS"),
        .version = sp_strdup("1"),
        .url = sp_strdup(""),
        .batch_max = 10,
        .has_functions = true,
    };
    sp_array_push(&description.origins)->url = sp_strdup("https://api.example.net");
    add_operation(&description, "GET", "/zones", SIGNPOST_IN_FIND_ZONES, 0);
    add_operation(&description, "GET", "/zones/{id}", SIGNPOST_IN_FIND_ZONES, 0);
    add_operation(&description, "POST", "/zones/{id}", SIGNPOST_IN_APPLY_CHANGES,
                  SIGNPOST_MUTATES | SIGNPOST_REPEATABLE);
    add_operation(&description, "PATCH", "/zones/{id}", SIGNPOST_IN_APPLY_CHANGES,
                  SIGNPOST_MUTATES);
    struct sp_auth *auth = sp_array_push(&description.auths);
    auth->help = sp_strdup("");
    struct sp_secret_field *field = sp_array_push(&auth->secrets);
    field->name = sp_strdup("token");
    field->label = sp_strdup("token");
    sp_strings_add(&field->env, variable);
    sp_strings_add(&description.name_servers, suffix);
    sp_strings_add(&description.record_types, "CNAME");
    return description;
}

/* HELLO, load, the description, and what follows the first call; a path, owned. */
static void write_script(const char *path, const struct sp_description *description,
                         const char *rest)
{
    json_t *json = json_pack("{s:s, s:o}", "type", "description", "description",
                             sp_description_to_json(description));
    char *text = json_dumps(json, JSON_COMPACT);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, HELLO "<\n%s\n%s", text, rest);
    fclose(file);
    free(text);
    json_decref(json);
}

/* ---- one call -----------------------------------------------------------------------------------
 */

#define SLOW_MS 1200 /* the answer to /zones/slow */

struct fixture {
    struct sp_loop *loop;
    struct sp_http *http;
    struct server *server;
    struct sp_description description;
    struct sp_outlet outlet;
    struct sp_conversation *conversation;
    const struct sp_wire_call *call;
    char *dir, *path;
    unsigned call_ms; /* 0: as by default */
    struct sp_timer *slow;
    /* what came of it */
    unsigned n_greeted, n_called;
    struct sp_err err;
    bool is_unknown, is_applied[2];
};

static void answer_late(void *arg)
{
    connection_answer(arg, 200, "", "[]");
}

static void on_request(void *arg, struct connection *connection, const char *target,
                       const struct sp_buf *request)
{
    struct fixture *fixture = arg;
    (void)request;
    if (strcmp(target, "/zones/lost") == 0)
        connection_close(connection);
    else if (strcmp(target, "/zones/slow") == 0)
        fixture->slow = sp_timer_start(fixture->loop, SLOW_MS, answer_late, connection);
    else if (strcmp(target, "/zones/silent") != 0)
        connection_answer(connection, 200, "", "[]");
}

static char *fake_getenv(const char *name)
{
    static char value[] = "secret-token";
    return strcmp(name, "FAKE_TOKEN") == 0 ? value : NULL;
}

static int set_up(void **state)
{
    struct fixture *fixture = sp_new(struct fixture);
    char dir[] = "/tmp/signpost-test-XXXXXX";
    assert_non_null(mkdtemp(dir));
    fixture->dir = sp_strdup(dir);
    fixture->path = sp_asprintf("%s/fake.so", dir);
    fixture->loop = sp_loop_new();
    fixture->http = sp_http_new(fixture->loop);
    fixture->server = server_new(fixture->loop, on_request, fixture);
    fixture->description = describe("fake", "FAKE_TOKEN", "fake.example");
    fixture->outlet.loop = fixture->loop;
    fixture->outlet.http = fixture->http;
    fixture->outlet.description = &fixture->description;
    fixture->outlet.credentials =
        sp_credentials_load(&fixture->description, NULL, fake_getenv, &fixture->err);
    *sp_array_push(&fixture->outlet.bases) = server_url(fixture->server, "");
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    struct sp_credentials *credentials = NULL;
    memcpy(&credentials, &fixture->outlet.credentials, sizeof(credentials));
    sp_credentials_free(credentials);
    sp_strings_free(&fixture->outlet.bases);
    sp_description_fini(&fixture->description);
    server_free(fixture->server);
    sp_http_free(fixture->http);
    sp_loop_free(fixture->loop);
    unlink(fixture->path);
    assert_int_equal(rmdir(fixture->dir), 0);
    free(fixture->path);
    free(fixture->dir);
    free(fixture);
    return 0;
}

static void on_called(void *arg, struct sp_called *called, const struct sp_err *err)
{
    struct fixture *fixture = arg;
    fixture->n_called++;
    fixture->err = *err;
    fixture->is_unknown = called->is_unknown;
    for (size_t i = 0; i < called->n_changes; i++)
        fixture->is_applied[i] = called->is_applied[i];
    sp_conversation_free(fixture->conversation);
    fixture->conversation = NULL;
}

static void on_greeted(void *arg, struct sp_greeting *greeting, const struct sp_err *err)
{
    struct fixture *fixture = arg;
    fixture->n_greeted++;
    fixture->err = *err;
    if (greeting) {
        assert_string_equal(greeting->sandbox.items[0], "seccomp");
        if (fixture->call_ms)
            sp_conversation_limit(fixture->conversation, fixture->call_ms);
        sp_conversation_call(fixture->conversation, &fixture->outlet, fixture->call, on_called,
                             fixture);
    } else {
        sp_conversation_free(fixture->conversation);
        fixture->conversation = NULL;
    }
}

static void converse(struct fixture *fixture, uint32_t function)
{
    static char name[] = "example.com", type[] = "CNAME", value[] = "x.example";
    struct sp_wire_call call = {.function = function, .zone = {.name = name}};
    struct sp_wire_change changes[2] = {{.action = SIGNPOST_CREATE, .has_after = true}};
    changes[0].after = (struct sp_wire_record){.type = type, .host = name, .value = value};
    changes[1] = changes[0];
    if (function == SIGNPOST_IN_APPLY_CHANGES) {
        call.changes.items = changes;
        call.changes.n = 2;
    }
    const struct sp_worker_config config = {own_path, fixture->path, "the plugin fake"};
    fixture->call = &call;
    fixture->n_greeted = fixture->n_called = 0;
    fixture->is_unknown = fixture->is_applied[0] = fixture->is_applied[1] = false;
    fixture->conversation =
        sp_conversation_new(fixture->loop, &config, on_greeted, fixture, &fixture->err);
    assert_non_null(fixture->conversation);
    sp_loop_run(fixture->loop);
    assert_null(fixture->conversation);
}

/* ---- tests --------------------------------------------------------------------------------------
 */

#define BROKE "the plugin fake broke the protocol while finding zones: "

static void test_calls(void **state)
{
    static const struct {
        const char *script, *code, *message;
        enum sp_err_kind kind;
    } rows[] = {
        {DONE, "", "", SP_ERR_NONE},
        {GET "<\n" DONE, "", "", SP_ERR_NONE},
        {"{\"type\":\"done\",\"value\":2}\n", "plugin-bad-frame",
         BROKE "it returned a value that does not exist", SP_ERR_PLUGIN},
        {"{\"type\":\"done\"}\n", "plugin-bad-frame",
         BROKE "it returned a value that does not exist", SP_ERR_PLUGIN},
        {"{\"type\":\"found\",\"records\":[]}\n", "plugin-bad-frame",
         BROKE "it reported what was not asked for", SP_ERR_PLUGIN},
        {"{\"type\":\"found\",\"zones\":[{}]}\n", "plugin-bad-frame", BROKE "zone.name: is missing",
         SP_ERR_PLUGIN},
        {FOUND FOUND DONE, "", "", SP_ERR_NONE},
        {FOUND "{\"type\":\"found\",\"zones\":[]}\n", "plugin-bad-frame",
         BROKE "it reported nothing", SP_ERR_PLUGIN},
        {"+" FOUND, "plugin-bad-frame", BROKE "it sent a body where none belongs", SP_ERR_PLUGIN},
        {"*\n" FOUND, "plugin-bad-frame",
         BROKE "it reported more zones or records than one call may", SP_ERR_PLUGIN},
        {APPLIED("0"), "plugin-bad-frame", BROKE "it reported a change that it was not given",
         SP_ERR_PLUGIN},
        {HELLO, "plugin-bad-frame", BROKE "it sent a frame that has no place in a call",
         SP_ERR_PLUGIN},
        {"[]\n", "plugin-bad-frame", BROKE "the JSON part of a frame is not an object",
         SP_ERR_PLUGIN},
        {SEND("GET", "silent") GET, "plugin-bad-frame",
         BROKE "it sent a second request before the answer to the first", SP_ERR_PLUGIN},
        {SEND("GET", "silent") DONE, "plugin-bad-frame",
         BROKE "it went on while its request was under way", SP_ERR_PLUGIN},
        {"{\"type\":\"http\",\"origin\":0}\n", "plugin-bad-frame", BROKE "http.method: is missing",
         SP_ERR_PLUGIN},
        {FAIL("transient", ""), "provider-unavailable", "Fake DNS: the API does not work right now",
         SP_ERR_PROVIDER},
        {FAIL("forbidden-by-plan", "no API for you"), "forbidden-by-plan",
         "Fake DNS: no API for you", SP_ERR_CREDENTIALS},
        {FAIL("plugin-misuse", "it cannot count"), "plugin-misuse",
         "the plugin fake failed: it cannot count", SP_ERR_PLUGIN},
        {FAIL("Bad Code", "a\\u001b[31mb"), "plugin-failed", "the plugin fake failed: a\\x1b[31mb",
         SP_ERR_PLUGIN},
        {".\n", "plugin-crashed",
         "the plugin fake ended its process (exit status 0) while finding zones", SP_ERR_PLUGIN},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        char *rest = sp_asprintf("<\n%s", rows[i].script);
        write_script(fixture->path, &fixture->description, rest);
        free(rest);
        converse(fixture, SIGNPOST_IN_FIND_ZONES);
        assert_int_equal(fixture->n_greeted, 1);
        assert_int_equal(fixture->n_called, 1);
        assert_string_equal(fixture->err.message, rows[i].message);
        assert_string_equal(fixture->err.code, rows[i].code);
        assert_int_equal(fixture->err.kind, rows[i].kind);
    }
}

/* Frames that keep coming do not lengthen a call, and the provider's time is not the plugin's. */
static void test_own_time(void **state)
{
    static const struct {
        const char *script, *message;
        unsigned call_ms;
    } rows[] = {
        {"*\n~\n" FOUND,
         "the plugin fake did not finish finding zones within 0.2 s of its own and was stopped",
         200},
        {"*\n~\n" GET "<\n",
         "the plugin fake did not finish finding zones within 0.2 s of its own and was stopped",
         200},
        {SEND("GET", "slow") "<\n" DONE, "", SLOW_MS - 200},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        char *rest = sp_asprintf("<\n%s", rows[i].script);
        write_script(fixture->path, &fixture->description, rest);
        free(rest);
        fixture->call_ms = rows[i].call_ms;
        converse(fixture, SIGNPOST_IN_FIND_ZONES);
        assert_string_equal(fixture->err.message, rows[i].message);
        assert_string_equal(fixture->err.code, rows[i].message[0] ? "plugin-timeout" : "");
    }
}

/* What was sent and not heard of again is unknown, whatever the plugin says of it. */
static void test_unknown(void **state)
{
    static const struct {
        const char *script, *code;
        bool is_unknown, is_first, is_second;
    } rows[] = {
        {SEND("PATCH", "z") "<\n" DONE, "", false, true, true},
        {SEND("PATCH", "z") "<\n" APPLIED("0") FAIL("conflict", "x"), "conflict", false, true,
         false},
        {SEND("PATCH", "lost") "<\n" FAIL("transient", "x"), "provider-unavailable", true, false,
         false},
        {SEND("POST", "lost") "<\n" FAIL("transient", "x"), "provider-unavailable", true, false,
         false},
        {SEND("PATCH", "z") "<\n" FAIL("bad-reply", "x"), "bad-reply", true, false, false},
        {SEND("PATCH", "z") "<\n" APPLIED("1") ".\n", "plugin-crashed", true, false, true},
        {SEND("PATCH", "silent") ".\n", "plugin-crashed", true, false, false},
        {SEND("PATCH", "z") "<\n" APPLIED("1") APPLIED("1"), "plugin-bad-frame", true, false,
         false},
        {APPLIED("0") APPLIED("0"), "plugin-bad-frame", false, false, false},
        {SEND("DELETE", "z"), "request-refused", false, false, false},
        {SEND("PATCH", "z") "<\n" SEND("DELETE", "z"), "request-refused", true, false, false},
        {FAIL("bad-reply", "x"), "bad-reply", false, false, false},
        {".\n", "plugin-crashed", false, false, false},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        char *rest = sp_asprintf("<\n%s", rows[i].script);
        write_script(fixture->path, &fixture->description, rest);
        free(rest);
        converse(fixture, SIGNPOST_IN_APPLY_CHANGES);
        if (strcmp(fixture->err.code, rows[i].code) != 0)
            fail_msg("row %zu: %s", i, fixture->err.message);
        if (fixture->is_unknown != rows[i].is_unknown ||
            fixture->is_applied[0] != rows[i].is_first ||
            fixture->is_applied[1] != rows[i].is_second)
            fail_msg("row %zu: unknown %d, applied %d %d", i, fixture->is_unknown,
                     fixture->is_applied[0], fixture->is_applied[1]);
    }
}

static void test_greetings(void **state)
{
    static const struct {
        const char *script, *code, *part;
    } rows[] = {
        {DONE, "plugin-bad-frame", "while being loaded: it spoke out of turn"},
        {"{\"type\":\"hello\",\"abi\":2,\"sandbox\":[],\"missing\":[]}\n", "plugin-bad-frame",
         "hello.abi: expected a whole number from 1 to 1"},
        {"{\"type\":\"hello\",\"abi\":1,\"sandbox\":[],\"missing\":[],\"x\":1}\n",
         "plugin-bad-frame", "unknown member \"x\""},
        {HELLO HELLO, "plugin-bad-frame", "it spoke out of turn"},
        {HELLO "{\"type\":\"description\",\"description\":{}}\n", "bad-description",
         "the plugin fake cannot be used: "},
        {HELLO "{\"type\":\"description\"}\n", "bad-description",
         "the plugin fake cannot be used: "},
        {FAIL("sandbox", "no Landlock here"), "sandbox",
         "the plugin fake cannot be used: no Landlock here"},
        {HELLO FAIL("plugin-load", "no symbol"), "plugin-load",
         "the plugin fake cannot be used: no symbol"},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        FILE *file = fopen(fixture->path, "w");
        assert_non_null(file);
        fputs(rows[i].script, file);
        fclose(file);
        converse(fixture, SIGNPOST_IN_FIND_ZONES);
        assert_int_equal(fixture->n_greeted, 1);
        assert_int_equal(fixture->n_called, 0);
        assert_int_equal(fixture->err.kind, SP_ERR_PLUGIN);
        if (strcmp(fixture->err.code, rows[i].code) != 0 ||
            !strstr(fixture->err.message, rows[i].part))
            fail_msg("row %zu: %s: %s", i, fixture->err.code, fixture->err.message);
    }
}

static void on_loaded(void *arg)
{
    bool *is_loaded = arg;
    *is_loaded = true;
}

/* What a third-party plugin may not claim beside the installed plugin "fake". */
static void test_claims(void **state)
{
    static const struct {
        const char *name, *variable, *suffix, *part; /* NULL: usable */
    } rows[] = {
        {"other", "OTHER_TOKEN", "other.example", NULL},
        {"other", "OTHER_TOKEN", "notfake.example", NULL},
        {"two-words", "TWO_WORDS_TOKEN", "other.example", NULL},
        {"fake", "FAKE_OTHER", "other.example", "its name belongs to the installed plugin fake"},
        {"auto", "AUTO_TOKEN", "other.example", "its name belongs to signpost itself"},
        {"other", "FAKE_TOKEN", "other.example", "its variables must start with its own name"},
        {"aws", "AWS_TOKEN", "other.example", "its name belongs to signpost itself"},
        {"other", "OTHER_TOKEN", "fake.example", "belongs to the installed plugin fake"},
        {"other", "OTHER_TOKEN", "ns.fake.example", "belongs to the installed plugin fake"},
        {"other", "OTHER_TOKEN", "example", "belongs to the installed plugin fake"},
    };
    struct fixture *fixture = *state;
    char *dir = sp_asprintf("%s/extra", fixture->dir), *path = sp_asprintf("%s/stranger.so", dir);
    const char *const dirs[] = {dir};
    const struct sp_catalog_config config = {own_path, fixture->dir, dirs, 1};
    assert_int_equal(mkdir(dir, 0700), 0);
    write_script(fixture->path, &fixture->description, "");
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_catalog catalog;
        bool is_loaded = false;
        struct sp_description stranger = describe(rows[i].name, rows[i].variable, rows[i].suffix);
        write_script(path, &stranger, "");
        sp_description_fini(&stranger);
        assert_int_equal(
            sp_catalog_load(&catalog, fixture->loop, &config, on_loaded, &is_loaded, &fixture->err),
            0);
        sp_loop_run(fixture->loop);
        assert_true(is_loaded);
        assert_int_equal(catalog.plugins.n, 2);
        SP_ARRAY_FOREACH (&catalog.plugins, item) {
            const struct sp_plugin *plugin = *item;
            bool is_wanted = plugin->is_installed || !rows[i].part;
            if (plugin->is_usable != is_wanted)
                fail_msg("row %zu: %s", i, plugin->err.message);
            if (!is_wanted && !strstr(plugin->err.message, rows[i].part))
                fail_msg("row %zu: %s", i, plugin->err.message);
        }
        sp_catalog_fini(&catalog);
    }
    unlink(path);
    rmdir(dir);
    free(path);
    free(dir);
}

/* An installed plugin that is damaged keeps its name. */
static void test_claims_beside_a_damaged_plugin(void **state)
{
    static const struct {
        const char *name, *variable;
        bool is_usable;
    } rows[] = {
        {"fake", "FAKE_TOKEN", false},
        {"powerdns", "POWERDNS_TOKEN", false},
        {"other", "OTHER_TOKEN", true},
    };
    struct fixture *fixture = *state;
    char *dir = sp_asprintf("%s/extra", fixture->dir), *path = sp_asprintf("%s/stranger.so", dir);
    const char *const dirs[] = {dir};
    const struct sp_catalog_config config = {own_path, fixture->dir, dirs, 1};
    FILE *file = fopen(fixture->path, "w");
    assert_int_equal(mkdir(dir, 0700), 0);
    assert_non_null(file);
    fputs(".\n", file);
    fclose(file);
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_catalog catalog;
        bool is_loaded = false;
        struct sp_description stranger = describe(rows[i].name, rows[i].variable, "x.example");
        write_script(path, &stranger, "");
        sp_description_fini(&stranger);
        assert_int_equal(
            sp_catalog_load(&catalog, fixture->loop, &config, on_loaded, &is_loaded, &fixture->err),
            0);
        sp_loop_run(fixture->loop);
        assert_int_equal(catalog.plugins.n, 2);
        SP_ARRAY_FOREACH (&catalog.plugins, item) {
            const struct sp_plugin *plugin = *item;
            if (plugin->is_usable != (!plugin->is_installed && rows[i].is_usable))
                fail_msg("row %zu: %s", i, plugin->err.message);
            if (!plugin->is_usable)
                assert_string_equal(plugin->err.code,
                                    plugin->is_installed ? "plugin-crashed" : "plugin-reserved");
        }
        sp_catalog_fini(&catalog);
    }
    unlink(path);
    rmdir(dir);
    free(path);
    free(dir);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(int argc, char **argv)
{
    (void)argc;
    if (strcmp(argv[0], "signpost-worker") == 0)
        be_a_worker();
    own_path = realpath(argv[0], NULL);
    if (!own_path)
        return 1;
    const struct CMUnitTest tests[] = {
        TEST(test_calls),     TEST(test_own_time), TEST(test_unknown),
        TEST(test_greetings), TEST(test_claims),   TEST(test_claims_beside_a_damaged_plugin),
    };
    int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(own_path);
    return n_failed;
}
