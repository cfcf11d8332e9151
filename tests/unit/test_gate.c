#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "broker/gate.h"

/* ---- a description ------------------------------------------------------------------------------
 */

static void add_operation(struct sp_description *description, const char *method, const char *path,
                          uint32_t functions, uint32_t flags, uint32_t origin)
{
    struct sp_operation *operation = sp_array_push(&description->operations);
    operation->method = sp_strdup(method);
    assert_int_equal(sp_operation_split_path(path, &operation->path), 0);
    operation->functions = functions;
    operation->flags = flags;
    operation->origin = origin;
}

static int set_up(void **state)
{
    struct sp_description *description = sp_new(struct sp_description);
    description->name = sp_strdup("evil");
    description->label = sp_strdup("Evil");
    sp_array_push(&description->origins)->url = sp_strdup("https://api.example.net");
    add_operation(description, "GET", "/zones", SIGNPOST_IN_FIND_ZONES, 0, 0);
    add_operation(description, "GET", "/zones/{id}", SIGNPOST_IN_LIST_RECORDS, 0, 0);
    add_operation(description, "PATCH", "/zones/{id}/records", SIGNPOST_IN_APPLY_CHANGES,
                  SIGNPOST_MUTATES, 0);
    add_operation(description, "DELETE", "/zones/{id}/records", SIGNPOST_IN_APPLY_CHANGES, 0, 0);
    add_operation(description, "POST", "/search", SIGNPOST_IN_APPLY_CHANGES, 0, 0);
    *state = description;
    return 0;
}

static int tear_down(void **state)
{
    sp_description_fini(*state);
    free(*state);
    return 0;
}

static bool owns_header(const void *arg, const char *name)
{
    (void)arg;
    return strcmp(name, "X-API-Key") == 0;
}

/* ---- requests -----------------------------------------------------------------------------------
 */

#define PATH(...)                                                                                  \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

struct row {
    uint32_t function;
    bool is_dry_run;
    uint32_t origin;
    const char *method, *path[5];
    const char *header, *value; /* or NULL */
    const char *want;           /* what follows "... while FINDING ZONES: "; NULL: allowed */
};

#define FIND  SIGNPOST_IN_FIND_ZONES
#define LIST  SIGNPOST_IN_LIST_RECORDS
#define APPLY SIGNPOST_IN_APPLY_CHANGES

static const struct row rows[] = {
    {FIND, false, 0, "GET", PATH("zones"), NULL, NULL, NULL},
    {FIND, true, 0, "GET", PATH("zones"), "Accept", "application/json", NULL},
    {LIST, false, 0, "GET", PATH("zones", "example.com."), NULL, NULL, NULL},
    {LIST, false, 0, "GET", PATH("zones", "%2e%2e"), NULL, NULL, NULL}, /* sent as %252e%252e */
    {APPLY, false, 0, "PATCH", PATH("zones", "x", "records"), "If-Match", "a\tb", NULL},
    {APPLY, false, 0, "POST", PATH("search"), NULL, NULL, NULL},

    {FIND, false, 1, "GET", PATH("zones"), NULL, NULL, "it names origin 1, and 1 is declared"},
    {FIND, false, 4294967295u, "GET", PATH("zones"), NULL, NULL,
     "it names origin 4294967295, and 1 is declared"},
    {FIND, false, 0, "GET", PATH("account"), NULL, NULL,
     "GET /account is not among its declared operations"},
    {FIND, false, 0, "POST", PATH("zones"), NULL, NULL,
     "POST /zones is not among its declared operations"},
    {FIND, false, 0, "get", PATH("zones"), NULL, NULL,
     "get /zones is not among its declared operations"},
    {FIND, false, 0, "GET\r\nX: y", PATH("zones"), NULL, NULL,
     "GET\\x0d\\x0aX: y /zones is not among its declared operations"},
    {LIST, false, 0, "GET", PATH("zones", "a", "b"), NULL, NULL,
     "GET /zones/a/b is not among its declared operations"},
    {LIST, false, 0, "GET", {NULL}, NULL, NULL, "GET / is not among its declared operations"},
    {FIND, false, 0, "GET", PATH("zones", "example.com"), NULL, NULL,
     "GET /zones/example.com is declared, but not for finding zones"},
    {LIST, false, 0, "PATCH", PATH("zones", "x", "records"), NULL, NULL,
     "PATCH /zones/x/records is declared, but not for listing records"},
    {APPLY, true, 0, "PATCH", PATH("zones", "x", "records"), NULL, NULL,
     "PATCH /zones/x/records would change something, and this is a dry run"},
    {APPLY, true, 0, "DELETE", PATH("zones", "x", "records"), NULL, NULL,
     "DELETE /zones/x/records would change something, and this is a dry run"},
    {APPLY, true, 0, "POST", PATH("search"), NULL, NULL,
     "POST /search would change something, and this is a dry run"},

    {LIST, false, 0, "GET", PATH("zones", ""), NULL, NULL, "segment 2 of its path is empty"},
    {LIST, false, 0, "GET", PATH("zones", "."), NULL, NULL, "segment 2 of its path is \".\""},
    {LIST, false, 0, "GET", PATH("zones", ".."), NULL, NULL, "segment 2 of its path is \"..\""},
    {LIST, false, 0, "GET", PATH("zones", "a/../b"), NULL, NULL,
     "segment 2 of its path holds a separator: \"a/../b\""},
    {LIST, false, 0, "GET", PATH("zones", "..\\b"), NULL, NULL,
     "segment 2 of its path holds a separator: \"..\\b\""},
    {LIST, false, 0, "GET", PATH("zones", "a\nb"), NULL, NULL,
     "segment 2 of its path holds a control character: \"a\\x0ab\""},

    {FIND, false, 0, "GET", PATH("zones"), "", "x", "\"\" is not a header name"},
    {FIND, false, 0, "GET", PATH("zones"), "X Y", "x", "\"X Y\" is not a header name"},
    {FIND, false, 0, "GET", PATH("zones"), "X:", "x", "\"X:\" is not a header name"},
    {FIND, false, 0, "GET", PATH("zones"), "X\r\nY", "x", "\"X\\x0d\\x0aY\" is not a header name"},
    {FIND, false, 0, "GET", PATH("zones"), "X-Test", "a\r\nCookie: b",
     "the value of its header X-Test holds a control character"},
    {FIND, false, 0, "GET", PATH("zones"), "X-Test", "a\nb",
     "the value of its header X-Test holds a control character"},
    {FIND, false, 0, "GET", PATH("zones"), "X-API-Key", "x",
     "the header X-API-Key belongs to the credential"},
#define NEVER(name)                                                                                \
    {                                                                                              \
        FIND, false, 0, "GET", PATH("zones"), name, "x", "the header " name " is never a plugin's" \
    }
    NEVER("Host"),
    NEVER("hOST"),
    NEVER("Authorization"),
    NEVER("Cookie"),
    NEVER("Proxy-Authorization"),
    NEVER("proxy-connection"),
    NEVER("Content-Length"),
    NEVER("X-HTTP-Method-Override"),
    NEVER("x-method-override"),
    NEVER("Transfer-Encoding"),
    NEVER("Connection"),
    NEVER("Expect"),
    NEVER("TE"),
    NEVER("Trailer"),
    NEVER("Upgrade"),
};

static struct sp_wire_request make_request(const struct row *row)
{
    struct sp_wire_request request = {.origin = row->origin, .method = sp_strdup(row->method)};
    for (size_t i = 0; row->path[i]; i++)
        sp_strings_add(&request.path, row->path[i]);
    if (row->header)
        sp_pairs_add(&request.headers, row->header, row->value);
    return request;
}

static struct sp_gate make_gate(const struct sp_description *description, const struct row *row)
{
    return (struct sp_gate){.description = description,
                            .function = row->function,
                            .is_dry_run = row->is_dry_run,
                            .owns_header = owns_header};
}

static void expect_refusal(const struct sp_gate *gate, const struct sp_wire_request *request,
                           const char *want)
{
    struct sp_err err = SP_ERR_INIT;
    char *sentence = sp_asprintf("a request of the plugin evil was refused while %s: %s",
                                 sp_function_task(gate->function), want);
    if (sp_gate_check(gate, request, &err))
        fail_msg("was allowed: %s", want);
    assert_int_equal(err.kind, SP_ERR_PLUGIN);
    assert_string_equal(err.code, "request-refused");
    assert_string_equal(err.message, sentence);
    free(sentence);
}

static void test_table(void **state)
{
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_err err = SP_ERR_INIT;
        struct sp_gate gate = make_gate(*state, &rows[i]);
        struct sp_wire_request request = make_request(&rows[i]);
        if (rows[i].want)
            expect_refusal(&gate, &request, rows[i].want);
        else if (!sp_gate_check(&gate, &request, &err))
            fail_msg("row %zu: %s", i, err.message);
        sp_wire_request_fini(&request);
    }
}

static void test_the_operation_is_the_one(void **state)
{
    const struct sp_description *description = *state;
    const struct row row = {APPLY, false, 0,   "PATCH", PATH("zones", "x", "records"),
                            NULL,  NULL,  NULL};
    struct sp_err err = SP_ERR_INIT;
    struct sp_gate gate = make_gate(description, &row);
    struct sp_wire_request request = make_request(&row);
    assert_ptr_equal(sp_gate_check(&gate, &request, &err), &description->operations.items[2]);
    sp_wire_request_fini(&request);
}

static void test_sizes(void **state)
{
    const struct row row = {LIST, false, 0, "GET", PATH("zones"), NULL, NULL, NULL};
    struct sp_gate gate = make_gate(*state, &row);
    struct sp_wire_request request = make_request(&row);
    static char text[SP_HTTP_HEADER_MAX + 1];
    memset(text, 'a', sizeof(text) - 1);

    request.body_len = SP_HTTP_REQUEST_MAX + 1;
    expect_refusal(&gate, &request, "its body has 8388609 bytes, more than the 8388608 allowed");
    request.body_len = 0;

    sp_pairs_add(&request.query, "", "x");
    expect_refusal(&gate, &request, "pair 1 of its query has no name");
    for (size_t i = 0; i < SP_PLUGIN_LIST_MAX; i++)
        sp_pairs_add(&request.query, "x", "y");
    expect_refusal(&gate, &request, "its query has 65 pairs, more than the 64 allowed");
    sp_pairs_free(&request.query);

    sp_pairs_add(&request.headers, "X-Long", text);
    expect_refusal(&gate, &request, "its header X-Long has more than the 8192 bytes allowed");
    for (size_t i = 0; i < SP_HTTP_HEADERS_MAX; i++)
        sp_pairs_add(&request.headers, "X", "y");
    expect_refusal(&gate, &request, "it has 65 headers, more than the 64 allowed");
    sp_pairs_free(&request.headers);

    text[SP_PLUGIN_STRING_MAX + 1] = '\0';
    sp_strings_add(&request.path, text);
    expect_refusal(&gate, &request,
                   "segment 2 of its path has 1025 bytes, more than the 1024 allowed");
    for (size_t i = 0; i < SP_PLUGIN_LIST_MAX; i++)
        sp_strings_add(&request.path, "x");
    expect_refusal(&gate, &request, "its path has 66 segments, more than the 64 allowed");
    sp_wire_request_fini(&request);
}

static void test_what_an_operation_is(void **state)
{
    static const struct {
        const char *method;
        uint32_t flags;
        bool mutates, is_repeatable;
    } operations[] = {
        {"GET", 0, false, true},
        {"HEAD", 0, false, true},
        {"POST", 0, true, false}, /* whatever the plugin says of it */
        {"POST", SIGNPOST_MUTATES, true, false},
        {"POST", SIGNPOST_MUTATES | SIGNPOST_REPEATABLE, true, true},
        {"PUT", 0, true, false},
        {"PATCH", 0, true, false},
        {"DELETE", SIGNPOST_REPEATABLE, true, true},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(operations); i++) {
        struct sp_operation operation = {.flags = operations[i].flags};
        operation.method = sp_strdup(operations[i].method);
        assert_int_equal(sp_operation_mutates(&operation), operations[i].mutates);
        assert_int_equal(sp_operation_is_repeatable(&operation), operations[i].is_repeatable);
        free(operation.method);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_the_operation_is_the_one),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_what_an_operation_is),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
