/*
 * The soak behind the rule of life-times in base/loop.h: thousands of questions to a server that
 * answers, delays, drops, truncates and hangs up, cancelled at random from timers and from inside
 * other questions' callbacks, and clients freed with questions under way. To be run under ASan.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <dirent.h>

#include <cmocka.h>

#include "base/limits.h"
#include "dns/client.h"
#include "dns_responder.h"

/* One round outlasts the time-outs by UDP; the others end amid everything. */
enum { SLOTS = 400, ROUNDS = 10, ROUND_MS = 200, LONG_ROUND_MS = 1800 };

struct soak;

struct slot {
    struct soak *soak;
    struct sp_dns_query *query; /* NULL: nothing under way; a callback then is a defect */
};

struct soak {
    struct sp_loop *loop;
    struct responder responder;
    struct sp_address nobody;
    struct sp_dns_client *client;
    struct slot slots[SLOTS];
    unsigned n_asked, n_answered, n_cancelled, n_freed_inside;
    bool is_over;
};

static size_t count_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    size_t n = 0;
    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

static void on_reply(void *arg, const struct sp_dns_reply *reply);

static void ask(struct soak *soak, struct slot *slot)
{
    static const char *const words[] = {"ok",      "ok",        "slow",    "drop",    "tc",
                                        "tc-slow", "dead",      "wrongid", "garbage", "refused",
                                        "tc-dead", "tc-hangup", "broken"};
    char text[64];
    uint32_t drawn = sp_random_below(SP_ARRAY_LEN(words) + 2);
    bool is_nobody = drawn >= SP_ARRAY_LEN(words);
    snprintf(text, sizeof(text), "%s.n%u.example.com", words[is_nobody ? 0 : drawn],
             sp_random_below(1000));
    struct sp_name name = name_of(text);
    if (sp_random_below(4) == 0)
        slot->query = sp_dns_resolve(soak->client, &name, SP_DNS_CNAME, NULL, on_reply, slot);
    else
        slot->query = sp_dns_ask(soak->client, is_nobody ? &soak->nobody : &soak->responder.address,
                                 &name, SP_DNS_CNAME, NULL, on_reply, slot);
    soak->n_asked++;
}

static void cancel_some(struct soak *soak, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        struct slot *slot = &soak->slots[sp_random_below(SLOTS)];
        soak->n_cancelled += slot->query != NULL;
        sp_dns_query_cancel(&slot->query);
    }
}

static void free_client(struct soak *soak)
{
    for (size_t i = 0; i < SLOTS; i++)
        soak->slots[i].query = NULL;
    sp_dns_client_free(soak->client);
    soak->client = NULL;
}

static void new_client(struct soak *soak)
{
    struct sp_address resolvers[] = {soak->nobody, soak->responder.address};
    struct sp_dns_config config = {resolvers, SP_ARRAY_LEN(resolvers), 53};
    struct sp_err err = SP_ERR_INIT;
    soak->client = sp_dns_client_new(soak->loop, sp_transport_new(soak->loop), &config, &err);
    soak->is_over = false;
}

static void on_reply(void *arg, const struct sp_dns_reply *reply)
{
    struct slot *slot = arg;
    struct soak *soak = slot->soak;
    assert_non_null(slot->query);
    assert_int_equal(reply->message != NULL, reply->status == SP_TRANSPORT_OK);
    slot->query = NULL;
    soak->n_answered++;
    if (soak->is_over && sp_random_below(8) == 0) {
        soak->n_freed_inside++;
        free_client(soak);
    } else if (!soak->is_over) {
        cancel_some(soak, sp_random_below(3));
        ask(soak, slot->query ? &soak->slots[0] : slot);
    }
}

static void fill(struct soak *soak)
{
    for (size_t i = 0; i < SLOTS; i++)
        if (!soak->slots[i].query)
            ask(soak, &soak->slots[i]);
}

static void on_tick(void *arg)
{
    struct soak *soak = arg;
    if (!soak->client || soak->is_over)
        return;
    soak->responder.has_hung_up = false;
    cancel_some(soak, sp_random_below(SLOTS / 4));
    fill(soak);
    sp_timer_start(soak->loop, 1 + sp_random_below(20), on_tick, soak);
}

static void on_over(void *arg)
{
    struct soak *soak = arg;
    soak->is_over = true;
}

/* Whatever was not freed from inside a callback is freed here, with questions under way. */
static void on_end(void *arg)
{
    struct soak *soak = arg;
    if (soak->client)
        free_client(soak);
}

static void survives_cancelling(void **state)
{
    struct soak *soak = sp_new(struct soak);
    (void)state;
    sp_loop_free(sp_loop_new()); /* libuv keeps the signal pipe of its first loop */
    size_t n_before = count_descriptors();
    soak->loop = sp_loop_new();
    responder_init(&soak->responder, soak->loop);
    soak->nobody = address_of_nobody();
    for (size_t i = 0; i < SLOTS; i++)
        soak->slots[i].soak = soak;
    for (int round = 0; round < ROUNDS; round++) {
        new_client(soak);
        fill(soak);
        sp_timer_start(soak->loop, 1, on_tick, soak);
        unsigned round_ms = round ? ROUND_MS : LONG_ROUND_MS;
        sp_timer_start(soak->loop, round_ms, on_over, soak);
        sp_timer_start(soak->loop, round_ms + 50, on_end, soak);
        sp_loop_run(soak->loop);
        assert_null(soak->client);
    }
    assert_true(soak->n_asked > 5000);
    assert_true(soak->n_answered > 1000);
    assert_true(soak->n_cancelled > 1000);
    assert_true(soak->n_freed_inside > 0);
    responder_close_all(&soak->responder);
    sp_loop_free(soak->loop);
    print_message("asked %u, answered %u, cancelled %u\n", soak->n_asked, soak->n_answered,
                  soak->n_cancelled);
    free(soak);
    assert_int_equal(count_descriptors(), n_before);
}

/* A cancelled question keeps neither the loop alive nor its socket open. */
static void lets_the_loop_end(void **state)
{
    struct sp_loop *loop = sp_loop_new();
    struct responder responder;
    struct sp_err err = SP_ERR_INIT;
    struct slot slot = {0};
    (void)state;
    responder_init(&responder, loop);
    struct sp_dns_config config = {&responder.address, 1, 53};
    struct sp_dns_client *client = sp_dns_client_new(loop, sp_transport_new(loop), &config, &err);
    size_t n_before = count_descriptors();
    struct sp_name name = name_of("dead.example.com");
    uint64_t started_ms = sp_monotonic_ms();
    slot.query = sp_dns_ask(client, &responder.address, &name, SP_DNS_CNAME, NULL, on_reply, &slot);
    assert_int_equal(count_descriptors(), n_before + 1);
    sp_dns_query_cancel(&slot.query);
    sp_loop_run(loop);
    assert_in_range(sp_monotonic_ms() - started_ms, 0, SP_DNS_UDP_TIMEOUT_MS / 2);
    assert_int_equal(count_descriptors(), n_before);
    sp_dns_client_free(client);
    responder_close_all(&responder);
    sp_loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(survives_cancelling),
        cmocka_unit_test(lets_the_loop_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
