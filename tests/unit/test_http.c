#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/text.h"
#include "http/http.h"
#include "loopback_server.h"

struct fixture {
    struct sp_loop *loop;
    struct sp_http *http;
    struct server *server;
    struct sp_buf request; /* the last one the server saw */
    struct connection *silent;
};

struct outcome {
    unsigned n;
    enum sp_http_status status;
    long code;
    char *body, *header, *message;
    size_t n_headers;
    struct sp_transfer **own; /* cancelled from inside the callback */
};

static void flood(struct connection *connection)
{
    static char mebibyte[1u << 20];
    static const char head[] = "HTTP/1.1 200 OK\r\n\r\n";
    connection_send(connection, head, sizeof(head) - 1);
    for (size_t sent = 0; sent <= SP_FRAME_BODY_MAX; sent += sizeof(mebibyte))
        connection_send(connection, mebibyte, sizeof(mebibyte));
    connection_close(connection);
}

static void answer_many_headers(struct connection *connection)
{
    struct sp_buf headers = SP_BUF_INIT(SP_TEXT_MAX);
    for (unsigned i = 0; i <= SP_HTTP_HEADERS_MAX; i++)
        sp_buf_printf(&headers, "X-%u: y\r\n", i);
    connection_answer(connection, 200, sp_buf_str(&headers), "ok");
    sp_buf_fini(&headers);
}

static void on_request(void *arg, struct connection *connection, const char *target,
                       const struct sp_buf *request)
{
    struct fixture *fixture = arg;
    static const char half[] = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf";
    static const char interim[] = "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n";
    sp_buf_clear(&fixture->request);
    sp_buf_append(&fixture->request, request->data, request->len);
    if (strcmp(target, "/half") == 0) {
        connection_send(connection, half, sizeof(half) - 1);
        connection_close(connection);
    } else if (strcmp(target, "/close") == 0) {
        connection_close(connection);
    } else if (strcmp(target, "/reset") == 0) {
        connection_reset(connection);
    } else if (strcmp(target, "/flood") == 0) {
        flood(connection);
    } else if (strcmp(target, "/headers") == 0) {
        answer_many_headers(connection);
    } else if (strcmp(target, "/redirect") == 0) {
        connection_answer(connection, 302, "Location: /ok\r\n", "moved");
    } else if (strcmp(target, "/interim") == 0) {
        connection_send(connection, interim, sizeof(interim) - 1);
        connection_answer(connection, 200, "X-Late:  2 \r\n", "ok");
    } else if (strcmp(target, "/second-close") == 0) {
        if (server_requests(fixture->server) > 1)
            connection_close(connection);
        else
            connection_answer(connection, 200, "", "first");
    } else if (strcmp(target, "/silent") != 0) {
        connection_answer(connection, 200, "X-Mixed-Case: Value\r\n", "hello");
    }
}

static void on_response(void *arg, struct sp_http_response *response)
{
    struct outcome *outcome = arg;
    outcome->n++;
    outcome->status = response->status;
    outcome->code = response->code;
    outcome->n_headers = response->headers.n;
    outcome->header = sp_strdup(sp_http_headers_find(&response->headers, "x-mixed-case"));
    outcome->message = sp_strdup(response->message);
    outcome->body = sp_strdup(sp_buf_str(&response->body));
    if (outcome->own)
        sp_transfer_cancel(outcome->own);
}

static void free_outcome(struct outcome *outcome)
{
    free(outcome->body);
    free(outcome->header);
    free(outcome->message);
}

static int set_up(void **state)
{
    struct fixture *fixture = sp_new(struct fixture);
    fixture->loop = sp_loop_new();
    fixture->http = sp_http_new(fixture->loop);
    fixture->server = server_new(fixture->loop, on_request, fixture);
    sp_buf_init(&fixture->request, SP_OUTPUT_MAX);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    sp_http_free(fixture->http);
    server_free(fixture->server);
    sp_loop_free(fixture->loop);
    sp_buf_fini(&fixture->request);
    free(fixture);
    return 0;
}

static struct outcome exchange(struct fixture *fixture, const char *path,
                               struct sp_http_request request)
{
    struct outcome outcome = {.n = 0};
    char *url = server_url(fixture->server, path);
    if (!request.method)
        request.method = "GET";
    request.url = url;
    sp_http_send(fixture->http, &request, on_response, &outcome);
    assert_int_equal(outcome.n, 0); /* never from inside */
    sp_loop_run(fixture->loop);
    assert_int_equal(outcome.n, 1);
    free(url);
    return outcome;
}

static bool request_has(const struct fixture *fixture, const char *text)
{
    return strstr(sp_buf_str(&fixture->request), text) != NULL;
}

static void test_answer(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome = exchange(fixture, "/ok", (struct sp_http_request){.method = "GET"});
    assert_int_equal(outcome.status, SP_HTTP_OK);
    assert_int_equal(outcome.code, 200);
    assert_string_equal(outcome.body, "hello");
    assert_string_equal(outcome.header, "Value");
    assert_true(request_has(fixture, "GET /ok HTTP/1.1\r\n"));
    assert_true(request_has(fixture, "User-Agent: signpost/"));
    assert_false(request_has(fixture, "Accept-Encoding"));
    free_outcome(&outcome);
}

static void test_bodies(void **state)
{
    static const struct {
        const char *method, *body;
        bool is_repeatable;
        const char *want;
    } rows[] = {
        {"POST", "{\"a\":1}", false, "{\"a\":1}"}, {"POST", "{\"a\":1}", true, "{\"a\":1}"},
        {"PATCH", "x", false, "\r\n\r\nx"},        {"PUT", "y", true, "\r\n\r\ny"},
        {"DELETE", "z", false, "\r\n\r\nz"},       {"POST", "", false, "Content-Length: 0\r\n"},
        {"DELETE", "", false, "DELETE /ok "},      {"DELETE", "", true, "DELETE /ok "},
    };
    struct fixture *fixture = *state;
    sp_http_headers headers = {.n = 0};
    sp_http_headers_add(&headers, "X-Key", "secret");
    sp_http_headers_add(&headers, "X-Empty", "");
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct outcome outcome =
            exchange(fixture, "/ok",
                     (struct sp_http_request){.method = rows[i].method,
                                              .body = rows[i].body,
                                              .body_len = strlen(rows[i].body),
                                              .is_repeatable = rows[i].is_repeatable,
                                              .headers = &headers});
        assert_int_equal(outcome.code, 200);
        assert_true(sp_ascii_starts(sp_buf_str(&fixture->request), rows[i].method));
        assert_true(request_has(fixture, rows[i].want));
        assert_true(request_has(fixture, "X-Key: secret\r\n"));
        assert_true(request_has(fixture, "X-Empty:\r\n"));
        assert_false(request_has(fixture, "Expect:"));
        assert_false(request_has(fixture, "urlencoded"));
        free_outcome(&outcome);
    }
    sp_http_headers_free(&headers);
}

static void test_connections_are_reused(void **state)
{
    struct fixture *fixture = *state;
    for (unsigned i = 0; i < 5; i++) {
        struct outcome outcome = exchange(fixture, "/ok", (struct sp_http_request){.body = NULL});
        assert_int_equal(outcome.status, SP_HTTP_OK);
        free_outcome(&outcome);
    }
    assert_int_equal(server_requests(fixture->server), 5);
    assert_int_equal(server_connections(fixture->server), 1);
}

static void test_failures(void **state)
{
    static const struct {
        const char *path;
        unsigned timeout_ms;
        enum sp_http_status status;
        const char *message;
    } rows[] = {
        {"/half", 0, SP_HTTP_LOST, " gave no whole answer: the server closed the connection"},
        {"/close", 0, SP_HTTP_LOST, " gave no whole answer: the server closed the connection"},
        {"/reset", 0, SP_HTTP_LOST, " gave no whole answer: "},
        {"/silent", 100, SP_HTTP_LOST, " gave no whole answer: no answer within 0.1 s"},
        {"/flood", 0, SP_HTTP_TOO_LARGE, " sent an answer that is larger than allowed"},
        {"/headers", 0, SP_HTTP_TOO_LARGE, " sent an answer that is larger than allowed"},
    };
    struct fixture *fixture = *state;
    char *origin = server_url(fixture->server, "");
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct outcome outcome = exchange(
            fixture, rows[i].path, (struct sp_http_request){.timeout_ms = rows[i].timeout_ms});
        if (outcome.status != rows[i].status)
            fail_msg("%s: %d, %s", rows[i].path, outcome.status, outcome.message);
        assert_true(sp_ascii_starts(outcome.message, origin));
        assert_true(sp_ascii_starts(outcome.message + strlen(origin), rows[i].message));
        assert_int_equal(outcome.n_headers, 0);
        assert_string_equal(outcome.body, "");
        free_outcome(&outcome);
    }
    free(origin);
}

static void test_refused_connection(void **state)
{
    struct fixture *fixture = *state;
    char *origin = server_url(fixture->server, "");
    char *url = server_url(fixture->server, "/path?key=secret");
    char *want = sp_asprintf("cannot connect to %s: connection refused", origin);
    struct outcome outcome = {.n = 0};
    server_free(fixture->server);
    sp_loop_run(fixture->loop);
    sp_http_send(fixture->http, &(struct sp_http_request){.method = "POST", .url = url},
                 on_response, &outcome);
    sp_loop_run(fixture->loop);
    assert_int_equal(outcome.status, SP_HTTP_NOT_SENT);
    assert_string_equal(outcome.message, want);
    free_outcome(&outcome);
    free(origin);
    free(url);
    free(want);
    fixture->server = server_new(fixture->loop, on_request, fixture);
}

static void test_redirects_are_answers(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome = exchange(fixture, "/redirect", (struct sp_http_request){.body = NULL});
    assert_int_equal(outcome.code, 302);
    assert_int_equal(server_requests(fixture->server), 1);
    free_outcome(&outcome);
}

static void test_interim_headers_are_dropped(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome = exchange(fixture, "/interim", (struct sp_http_request){.body = NULL});
    assert_int_equal(outcome.code, 200);
    assert_int_equal(outcome.n_headers, 2); /* Content-Length and X-Late */
    free_outcome(&outcome);
}

/* A reused connection that dies under a request: curl sends again by itself only what may be sent
 * twice. */
static void test_dead_connection(void **state)
{
    static const struct {
        const char *body;
        bool is_repeatable;
        unsigned n_requests;
    } rows[] = {{"once", false, 2}, {"twice", true, 3}};
    struct fixture *fixture = *state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        server_free(fixture->server);
        fixture->server = server_new(fixture->loop, on_request, fixture);
        struct outcome first =
            exchange(fixture, "/second-close", (struct sp_http_request){.body = NULL});
        assert_int_equal(first.status, SP_HTTP_OK);
        struct outcome second =
            exchange(fixture, "/second-close",
                     (struct sp_http_request){.method = "POST",
                                              .body = rows[i].body,
                                              .body_len = strlen(rows[i].body),
                                              .is_repeatable = rows[i].is_repeatable});
        assert_int_equal(second.status, SP_HTTP_LOST);
        assert_int_equal(server_requests(fixture->server), rows[i].n_requests);
        free_outcome(&first);
        free_outcome(&second);
    }
}

static void test_only_http(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome = {.n = 0};
    sp_http_send(fixture->http,
                 &(struct sp_http_request){.method = "GET", .url = "file:///etc/passwd"},
                 on_response, &outcome);
    sp_loop_run(fixture->loop);
    assert_int_equal(outcome.status, SP_HTTP_NOT_SENT);
    assert_string_equal(outcome.body, "");
    free_outcome(&outcome);
}

static void test_environment_proxy_is_not_for_http(void **state)
{
    struct fixture *fixture = *state;
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    struct outcome outcome = exchange(fixture, "/ok", (struct sp_http_request){.body = NULL});
    assert_int_equal(outcome.status, SP_HTTP_OK);
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
    free_outcome(&outcome);
}

static void test_cancel(void **state)
{
    struct fixture *fixture = *state;
    char *url = server_url(fixture->server, "/ok");
    struct sp_http_request request = {.method = "GET", .url = url};
    struct outcome cancelled = {.n = 0}, other = {.n = 0}, inside = {.n = 0};
    struct sp_transfer *transfer = sp_http_send(fixture->http, &request, on_response, &cancelled);
    sp_http_send(fixture->http, &request, on_response, &other);
    struct sp_transfer *own = sp_http_send(fixture->http, &request, on_response, &inside);
    inside.own = &own;
    sp_transfer_cancel(&transfer);
    assert_null(transfer);
    sp_transfer_cancel(&transfer);
    sp_loop_run(fixture->loop);
    assert_int_equal(cancelled.n, 0);
    assert_int_equal(other.n, 1);
    assert_int_equal(inside.n, 1);
    assert_null(own);
    free_outcome(&other);
    free_outcome(&inside);
    free(url);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_answer),
        TEST(test_bodies),
        TEST(test_connections_are_reused),
        TEST(test_failures),
        TEST(test_refused_connection),
        TEST(test_redirects_are_answers),
        TEST(test_interim_headers_are_dropped),
        TEST(test_dead_connection),
        TEST(test_only_http),
        TEST(test_environment_proxy_is_not_for_http),
        TEST(test_cancel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
