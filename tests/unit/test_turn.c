/*
 * What the engine does around a call, with the real worker program, the plugin tests/plugin/aws and
 * a server that says no at first: calls again, waits, renewed credentials, a clock that is off.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/text.h"
#include "broker/provider.h"
#include "loopback_server.h"

static const char worker_path[] = SP_TEST_BUILD_ROOT "/signpost-worker";
static const char installed_dir[] = SP_TEST_BUILD_ROOT "/tests/plugin/aws";

struct fixture {
    struct sp_loop *loop;
    struct sp_http *http;
    struct server *server;
    struct sp_catalog catalog;
    struct sp_provider *provider;
    /* what the server says, request by request; then 200 */
    const char *answers[8];
    size_t n_answers;
    unsigned n_accepted;     /* POST requests answered 200 */
    int64_t server_ahead_s;  /* its clock; it refuses signatures that are off */
    char authorization[512]; /* of the last request */
    /* what the job brought */
    unsigned n_done;
    struct sp_err err;
    bool is_unknown;
    /* waits told */
    unsigned n_waits;
    uint64_t wait_ms;
    enum sp_wait why;
    bool is_impatient;
};

/* ---- the server ---------------------------------------------------------------------------------
 */

static int64_t stamp_of(const char *text)
{
    struct tm utc = {.tm_year = 0};
    const char *at = strstr(text, "X-Amz-Date: ");
    assert_non_null(at);
    assert_non_null(strptime(at + strlen("X-Amz-Date: "), "%Y%m%dT%H%M%SZ", &utc));
    return timegm(&utc);
}

static void refuse_time(struct connection *connection, int64_t now_s)
{
    char head[128];
    struct tm utc;
    time_t now = now_s;
    gmtime_r(&now, &utc);
    strftime(head, sizeof(head), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &utc);
    connection_answer(connection, 403, head, "<Error><Code>SignatureDoesNotMatch</Code></Error>");
}

static void on_request(void *arg, struct connection *connection, const char *target SP_UNUSED,
                       const struct sp_buf *request)
{
    struct fixture *fixture = arg;
    const char *text = sp_buf_str(request), *line = strstr(text, "Authorization: ");
    size_t i = server_requests(fixture->server) - 1;
    assert_non_null(line);
    snprintf(fixture->authorization, sizeof(fixture->authorization), "%.*s",
             (int)strcspn(line, "\r"), line);
    int64_t off_s = stamp_of(text) - sp_wall_s() - fixture->server_ahead_s;
    if (off_s < -SP_CLOCK_SKEW_S || off_s > SP_CLOCK_SKEW_S) {
        refuse_time(connection, sp_wall_s() + fixture->server_ahead_s);
        return;
    }
    const char *answer = i < fixture->n_answers ? fixture->answers[i] : "";
    if (*answer) {
        bool is_late = strcmp(answer, "Retry-After") == 0;
        connection_answer(connection, is_late ? 429 : 400, is_late ? "Retry-After: 50\r\n" : "",
                          answer);
        return;
    }
    fixture->n_accepted += sp_ascii_starts(text, "POST");
    connection_answer(connection, 200, "", "yes");
}

static void answer(struct fixture *fixture, const char *first, const char *second,
                   const char *third)
{
    fixture->answers[0] = first;
    fixture->answers[1] = second;
    fixture->answers[2] = third;
    fixture->n_answers = 3;
}

/* ---- the fixture --------------------------------------------------------------------------------
 */

static void on_loaded(void *arg SP_UNUSED)
{
}

static void hurry(void *arg)
{
    struct fixture *fixture = arg;
    sp_provider_hurry(fixture->provider);
}

static void on_wait(void *arg, uint64_t wait_ms, enum sp_wait why)
{
    struct fixture *fixture = arg;
    fixture->n_waits++;
    fixture->wait_ms = wait_ms;
    fixture->why = why;
    if (fixture->is_impatient)
        sp_loop_defer(fixture->loop, hurry, fixture);
}

static void open_provider(struct fixture *fixture)
{
    struct sp_err err = SP_ERR_INIT;
    char *endpoint = server_url(fixture->server, "");
    const struct sp_provider_config config = {
        .plugin = sp_catalog_find(&fixture->catalog, "moody", &err),
        .worker_path = worker_path,
        .endpoint = endpoint,
    };
    if (!config.plugin)
        fail_msg("%s", err.message);
    fixture->provider = sp_provider_new(fixture->loop, fixture->http, &config, &err);
    if (!fixture->provider)
        fail_msg("%s", err.message);
    sp_provider_tell_waits(fixture->provider, on_wait, fixture);
    free(endpoint);
}

static int set_up(void **state)
{
    struct fixture *fixture = sp_new(struct fixture);
    const struct sp_catalog_config config = {worker_path, installed_dir, NULL, 0};
    struct sp_err err = SP_ERR_INIT;
    setenv("SIGNPOST_SANDBOX", "best-effort", 1);
    setenv("AWS_ACCESS_KEY_ID", "AKID", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "secret-key", 1);
    fixture->loop = sp_loop_new();
    assert_int_equal(
        sp_catalog_load(&fixture->catalog, fixture->loop, &config, on_loaded, fixture, &err), 0);
    sp_loop_run(fixture->loop);
    fixture->http = sp_http_new(fixture->loop);
    fixture->server = server_new(fixture->loop, on_request, fixture);
    open_provider(fixture);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    sp_provider_free(fixture->provider);
    server_free(fixture->server);
    sp_http_free(fixture->http);
    sp_catalog_fini(&fixture->catalog);
    sp_loop_free(fixture->loop);
    free(fixture);
    return 0;
}

static struct sp_name name_of(const char *text)
{
    struct sp_name name;
    struct sp_err err = SP_ERR_INIT;
    assert_int_equal(sp_name_parse(&name, text, &err), 0);
    return name;
}

static void on_zones(void *arg, const struct sp_zone *zones SP_UNUSED, size_t n,
                     const struct sp_err *err)
{
    struct fixture *fixture = arg;
    fixture->n_done++;
    fixture->err = *err;
    assert_int_equal(n, sp_err_is_set(err) ? 0 : 1);
}

static void on_applied(void *arg, bool is_unknown, const struct sp_err *err)
{
    struct fixture *fixture = arg;
    fixture->n_done++;
    fixture->is_unknown = is_unknown;
    fixture->err = *err;
}

static void find(struct fixture *fixture)
{
    const struct sp_wanted_zone wanted = {.host = name_of("sk1.example.com")};
    fixture->n_done = 0;
    sp_provider_find_zones(fixture->provider, &wanted, 1, on_zones, fixture);
    sp_loop_run(fixture->loop);
    assert_int_equal(fixture->n_done, 1);
}

static void apply(struct fixture *fixture, const char *id, struct sp_change changes[2])
{
    char *owned_id = sp_strdup(id);
    const struct sp_zone zone = {.name = name_of("example.com"), .id = owned_id};
    changes[0] = (struct sp_change){.action = SP_ACTION_CREATE,
                                    .host = name_of("sk1.example.com"),
                                    .target = name_of("u1.mailer.example"),
                                    .type = "CNAME"};
    changes[1] = changes[0];
    changes[1].host = name_of("sk2.example.com");
    fixture->n_done = 0;
    sp_provider_apply(fixture->provider, &zone, changes, 2, on_applied, fixture);
    sp_loop_run(fixture->loop);
    assert_int_equal(fixture->n_done, 1);
    free(owned_id);
}

/* ---- called again -------------------------------------------------------------------------------
 */

static void test_throttled_twice(void **state)
{
    struct fixture *fixture = *state;
    answer(fixture, "Throttling", "Throttling", "");
    find(fixture);
    assert_string_equal(fixture->err.message, "");
    assert_int_equal(sp_provider_http_calls(fixture->provider), 3);
}

static void test_named_time(void **state)
{
    struct fixture *fixture = *state;
    uint64_t started_ms = sp_monotonic_ms();
    answer(fixture, "Throttling 1", "", "");
    find(fixture);
    assert_string_equal(fixture->err.message, "");
    assert_true(sp_monotonic_ms() - started_ms >= 1000);
    assert_int_equal(fixture->n_waits, 1);
    assert_int_equal(fixture->wait_ms, 1000);
    assert_int_equal(fixture->why, SP_WAIT_ASKED);
}

static void test_write_refused_for_now(void **state)
{
    struct fixture *fixture = *state;
    struct sp_change changes[2];
    answer(fixture, "Throttling", "", "");
    apply(fixture, "z", changes);
    assert_string_equal(fixture->err.message, "");
    assert_true(changes[0].is_applied && changes[1].is_applied);
    assert_false(fixture->is_unknown);
    assert_int_equal(fixture->n_accepted, 2);
}

/* What was told as done is not done again. */
static void test_write_half_done(void **state)
{
    struct fixture *fixture = *state;
    struct sp_change changes[2];
    answer(fixture, "", "Throttling", "");
    apply(fixture, "z", changes);
    assert_string_equal(fixture->err.code, "rate-limited");
    assert_true(changes[0].is_applied);
    assert_false(changes[1].is_applied);
    assert_int_equal(fixture->n_accepted, 1);
    assert_int_equal(server_requests(fixture->server), 2);
}

/* Nor what was done and not told. */
static void test_write_untold(void **state)
{
    struct fixture *fixture = *state;
    struct sp_change changes[2];
    answer(fixture, "", "Throttling", "");
    apply(fixture, "untold", changes);
    assert_string_equal(fixture->err.code, "rate-limited");
    assert_int_equal(fixture->n_accepted, 1);
    assert_int_equal(server_requests(fixture->server), 2);
}

static void test_unwell(void **state)
{
    struct fixture *fixture = *state;
    struct sp_change changes[2];
    answer(fixture, "Unwell", "", "Unwell");
    find(fixture);
    assert_string_equal(fixture->err.message, "");
    assert_int_equal(server_requests(fixture->server), 2);
    apply(fixture, "z", changes); /* a write is for the ledger and the user to decide */
    assert_string_equal(fixture->err.code, "provider-unavailable");
    assert_int_equal(server_requests(fixture->server), 3);
}

static void test_beyond_patience(void **state)
{
    struct fixture *fixture = *state;
    answer(fixture, "Throttling 3600", "", "");
    find(fixture);
    assert_int_equal(fixture->err.kind, SP_ERR_PROVIDER);
    assert_string_equal(fixture->err.code, "rate-limited");
    assert_string_equal(fixture->err.message, "Moody DNS: slow down");
    assert_string_equal(fixture->err.fix, "wait 3600 s and run the same command again");
    assert_int_equal(server_requests(fixture->server), 1);
    assert_int_equal(fixture->n_waits, 0);
}

static void test_hurried(void **state)
{
    struct fixture *fixture = *state;
    struct sp_change changes[2];
    uint64_t started_ms = sp_monotonic_ms();
    fixture->is_impatient = true;
    answer(fixture, "Throttling 50", "", "");
    apply(fixture, "z", changes);
    assert_true(sp_monotonic_ms() - started_ms < 5000);
    assert_string_equal(fixture->err.code, "rate-limited");
    assert_false(fixture->is_unknown || changes[0].is_applied || changes[1].is_applied);
    sp_provider_hurry(fixture->provider); /* with nothing under way: nothing */
}

/* Ten in three seconds, and the next one waits for them to pass, of which people are told. */
static void test_limit_used_up(void **state)
{
    struct fixture *fixture = *state;
    for (unsigned i = 0; i < 10; i++)
        find(fixture);
    assert_int_equal(fixture->n_waits, 0);
    fixture->is_impatient = true;
    find(fixture);
    assert_int_equal(fixture->n_waits, 1);
    assert_int_equal(fixture->why, SP_WAIT_LIMIT);
    assert_in_range(fixture->wait_ms, 1000, 3000 + SP_PACE_SLACK_MS);
    assert_string_equal(fixture->err.code, "provider-unavailable");
    assert_int_equal(server_requests(fixture->server), 10);
}

/* The same while the request itself waits to be sent again. */
static void test_hurried_request(void **state)
{
    struct fixture *fixture = *state;
    struct sp_change changes[2];
    uint64_t started_ms = sp_monotonic_ms();
    fixture->is_impatient = true;
    answer(fixture, "", "Retry-After", "");
    apply(fixture, "z", changes);
    assert_true(sp_monotonic_ms() - started_ms < 5000);
    assert_string_equal(fixture->err.code, "provider-unavailable");
    assert_false(fixture->is_unknown);
    assert_true(changes[0].is_applied);
    assert_false(changes[1].is_applied);
    assert_int_equal(server_requests(fixture->server), 2);
}

/* Freed while a call waits: nothing comes of it. */
static void test_freed_while_waiting(void **state)
{
    struct fixture *fixture = *state;
    const struct sp_wanted_zone wanted = {.host = name_of("sk1.example.com")};
    answer(fixture, "Throttling 50", "", "");
    sp_provider_find_zones(fixture->provider, &wanted, 1, on_zones, fixture);
    while (fixture->n_waits == 0)
        uv_run(sp_loop_uv(fixture->loop), UV_RUN_ONCE);
    sp_provider_free(fixture->provider);
    fixture->provider = NULL;
    sp_loop_run(fixture->loop);
    assert_int_equal(fixture->n_done, 0);
}

/* ---- the clock ----------------------------------------------------------------------------------
 */

static void test_clock(void **state)
{
    static const int64_t ahead_s[] = {7200, -86400};
    struct fixture *fixture = *state;
    for (size_t i = 0; i < SP_ARRAY_LEN(ahead_s); i++) {
        struct sp_change changes[2];
        unsigned n_before = server_requests(fixture->server);
        fixture->server_ahead_s = ahead_s[i];
        find(fixture);
        assert_string_equal(fixture->err.message, "");
        assert_int_equal(server_requests(fixture->server), n_before + 2);
        int64_t skew_s = sp_provider_clock_skew_s(fixture->provider);
        assert_true(skew_s >= ahead_s[i] - 5 && skew_s <= ahead_s[i] + 5);
        apply(fixture, "z", changes); /* from now on it is known */
        assert_string_equal(fixture->err.message, "");
        assert_int_equal(server_requests(fixture->server), n_before + 4);
    }
}

/* The clock is right, and the key is not. */
static void test_wrong_key(void **state)
{
    struct fixture *fixture = *state;
    answer(fixture, "<Code>SignatureDoesNotMatch</Code>", "", "");
    find(fixture);
    assert_string_equal(fixture->err.code, "credentials-rejected");
    assert_int_equal(server_requests(fixture->server), 1);
    assert_int_equal(sp_provider_clock_skew_s(fixture->provider), 0);
}

/* ---- credentials that a program hands out -------------------------------------------------------
 */

static void test_renewal(void **state)
{
    struct fixture *fixture = *state;
    char path[] = "/tmp/signpost-test-XXXXXX";
    int fd = mkstemp(path);
    /* Good for a second less than it takes to be renewed: asked for again before every call. */
    assert_true(
        dprintf(fd,
                "[default]\ncredential_process = sh -c 'echo x >> %s.log; "
                "echo \"{\\\"Version\\\":1,\\\"AccessKeyId\\\":\\\"ASIA$(wc -l < %s.log)\\\","
                "\\\"SecretAccessKey\\\":\\\"s3cret-key\\\",\\\"SessionToken\\\":\\\"t0ken\\\","
                "\\\"Expiration\\\":\\\"$(date -u -d \"+%d sec\" +%%FT%%TZ)\\\"}\"'\n",
                path, path, SP_AWS_RENEW_S - 1) > 0);
    close(fd);
    unsetenv("AWS_ACCESS_KEY_ID");
    unsetenv("AWS_SECRET_ACCESS_KEY");
    unsetenv("AWS_PROFILE");
    setenv("AWS_SHARED_CREDENTIALS_FILE", path, 1);
    sp_provider_free(fixture->provider);
    open_provider(fixture);
    for (int i = 1; i <= 2; i++) {
        char *want = sp_asprintf("Credential=ASIA%d/", i);
        find(fixture);
        assert_string_equal(fixture->err.message, "");
        if (!strstr(fixture->authorization, want))
            fail_msg("%s", fixture->authorization);
        assert_non_null(strstr(fixture->authorization, "x-amz-security-token"));
        free(want);
    }
    char *log = sp_asprintf("%s.log", path);
    unlink(log);
    unlink(path);
    free(log);
    unsetenv("AWS_SHARED_CREDENTIALS_FILE");
}

static void test_renewal_fails(void **state)
{
    struct fixture *fixture = *state;
    char path[] = "/tmp/signpost-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(dprintf(fd, "[default]\ncredential_process = /nonexistent/program\n") > 0);
    close(fd);
    unsetenv("AWS_ACCESS_KEY_ID");
    unsetenv("AWS_SECRET_ACCESS_KEY");
    setenv("AWS_SHARED_CREDENTIALS_FILE", path, 1);
    sp_provider_free(fixture->provider);
    open_provider(fixture);
    for (int i = 0; i < 2; i++) {
        find(fixture);
        assert_int_equal(fixture->err.kind, SP_ERR_CREDENTIALS);
        assert_string_equal(fixture->err.code, "credential-process");
        assert_non_null(strstr(fixture->err.message, "/nonexistent/program does not start: no such "
                                                     "file or directory"));
    }
    assert_int_equal(server_requests(fixture->server), 0);
    unlink(path);
    unsetenv("AWS_SHARED_CREDENTIALS_FILE");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_throttled_twice),
        TEST(test_named_time),
        TEST(test_write_refused_for_now),
        TEST(test_write_half_done),
        TEST(test_write_untold),
        TEST(test_unwell),
        TEST(test_beyond_patience),
        TEST(test_hurried),
        TEST(test_limit_used_up),
        TEST(test_hurried_request),
        TEST(test_freed_while_waiting),
        TEST(test_clock),
        TEST(test_wrong_key),
        TEST(test_renewal),
        TEST(test_renewal_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
