/*
 * The soak behind the rule "one loop": transfers against a server that answers, delays, drops,
 * resets and stays silent, cancelled at random moments, the client freed with transfers under way.
 * Meant for ASan; by itself it checks that no callback comes after a cancellation, none is lost,
 * and no descriptor stays open.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/limits.h"
#include "http/http.h"
#include "loopback_server.h"

#define SOAK_MS     4000
#define N_SLOTS     48
#define ROUND_TICKS 60 /* then the client is freed with whatever is under way */

struct soak;

struct slot {
    struct soak *soak;
    struct sp_transfer *transfer;
    bool is_live; /* sent, and neither cancelled nor called back */
};

struct soak {
    struct sp_loop *loop;
    struct sp_http *http;
    struct server *server;
    struct sp_timer *timer;
    struct slot slots[N_SLOTS];
    uint64_t end_ms;
    unsigned n_ticks;
    unsigned n_sent, n_answered, n_cancelled, n_freed, n_stray;
};

static void on_request(void *arg, struct connection *connection, const char *target,
                       const struct sp_buf *request)
{
    static const char part[] = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\npart";
    (void)arg;
    (void)target;
    (void)request;
    switch (sp_random_below(7)) {
    case 0:
        connection_close(connection);
        break;
    case 1:
        connection_reset(connection);
        break;
    case 2:
        connection_answer_later(connection, 1 + sp_random_below(30), 200);
        break;
    case 3:
        connection_send(connection, part, sizeof(part) - 1);
        break;
    case 4:
        break;
    default:
        connection_answer(connection, 200, sp_random_below(4) ? "" : "Connection: close\r\n", "ok");
        break;
    }
}

static void cancel(struct slot *slot)
{
    struct soak *soak = slot->soak;
    if (!slot->is_live)
        return;
    slot->is_live = false;
    soak->n_cancelled++;
    sp_transfer_cancel(&slot->transfer);
}

static void start(struct slot *slot);

static void on_response(void *arg, struct sp_http_response *response)
{
    struct slot *slot = arg;
    struct soak *soak = slot->soak;
    (void)response;
    if (!slot->is_live)
        soak->n_stray++;
    slot->is_live = false;
    slot->transfer = NULL;
    soak->n_answered++;
    /* What callers do in a callback: start another, cancel another. */
    if (soak->http && sp_random_below(2))
        start(slot);
    cancel(&soak->slots[sp_random_below(N_SLOTS)]);
}

static void start(struct slot *slot)
{
    struct soak *soak = slot->soak;
    /* Some go where nobody listens, some to a name that must be looked up. */
    char *url = sp_random_below(8)
                    ? server_url(soak->server, "/x")
                    : sp_asprintf("http://localhost:%u/",
                                  sp_random_below(2) ? 1 : server_port(soak->server));
    bool has_body = sp_random_below(2);
    sp_http_headers headers = {.n = 0};
    sp_http_headers_add(&headers, "X-Key", "secret");
    struct sp_http_request request = {.method = has_body ? "POST" : "GET",
                                      .url = url,
                                      .body = "body",
                                      .body_len = has_body ? 4 : 0,
                                      .timeout_ms = 5 + sp_random_below(60),
                                      .is_repeatable = sp_random_below(2),
                                      .headers = &headers};
    slot->is_live = true;
    slot->transfer = sp_http_send(soak->http, &request, on_response, slot);
    soak->n_sent++;
    sp_http_headers_free(&headers);
    free(url);
}

static void drop_client(struct soak *soak)
{
    sp_http_free(soak->http);
    soak->http = NULL;
    for (size_t i = 0; i < N_SLOTS; i++) {
        soak->n_freed += soak->slots[i].is_live;
        soak->slots[i].is_live = false;
        soak->slots[i].transfer = NULL;
    }
}

static void on_tick(void *arg)
{
    struct soak *soak = arg;
    soak->timer = NULL;
    if (++soak->n_ticks % ROUND_TICKS == 0) {
        drop_client(soak);
        if (sp_monotonic_ms() >= soak->end_ms)
            return;
        soak->http = sp_http_new(soak->loop);
    }
    for (size_t i = 0; i < N_SLOTS; i++) {
        struct slot *slot = &soak->slots[i];
        if (!slot->is_live && sp_random_below(3) == 0)
            start(slot);
        else if (sp_random_below(6) == 0)
            cancel(slot);
    }
    soak->timer = sp_timer_start(soak->loop, sp_random_below(6), on_tick, soak);
}

static unsigned count_descriptors(void)
{
    unsigned n = 0;
    DIR *dir = opendir("/proc/self/fd");
    assert_non_null(dir);
    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

static void run_soak(struct soak *soak, unsigned soak_ms)
{
    soak->loop = sp_loop_new();
    soak->server = server_new(soak->loop, on_request, soak);
    soak->http = sp_http_new(soak->loop);
    soak->end_ms = sp_monotonic_ms() + soak_ms;
    for (size_t i = 0; i < N_SLOTS; i++)
        soak->slots[i].soak = soak;
    on_tick(soak);
    sp_loop_run(soak->loop);
    server_free(soak->server);
    sp_loop_free(soak->loop);
}

static void test_soak(void **state)
{
    struct soak warm_up = {.n_ticks = 0}, soak = {.n_ticks = 0};
    (void)state;
    run_soak(&warm_up, 1); /* what libraries open once and keep */
    unsigned n_before = count_descriptors();
    run_soak(&soak, SOAK_MS);
    print_message("%u sent: %u called back, %u cancelled, %u freed with the client\n", soak.n_sent,
                  soak.n_answered, soak.n_cancelled, soak.n_freed);
    assert_int_equal(soak.n_stray, 0);
    assert_int_equal(soak.n_answered + soak.n_cancelled + soak.n_freed, soak.n_sent);
    assert_true(soak.n_answered > 100 && soak.n_cancelled > 100 && soak.n_freed > 0);
    /* Detached look-ups may hold a descriptor for a moment longer. */
    for (unsigned i = 0; i < 50 && count_descriptors() > n_before; i++)
        uv_sleep(20);
    assert_true(count_descriptors() <= n_before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_soak)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
