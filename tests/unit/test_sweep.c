/*
 * Checks of many domains: each is told of once, whenever and however the run ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "dkim_keys.h"
#include "dns_world.h"
#include "publish/sweep.h"

enum { MANY = SP_SWEEP_AT_ONCE_MAX + 100, ROUNDS = SP_SWEEP_AT_ONCE_MAX + 4, TARGET_TURNS = 60 };
_Static_assert(MANY > ROUNDS, "a fleet has room for MANY");

struct fleet {
    struct world world;
    struct sp_loop *loop;
    struct sp_dns_client *client;
    struct sp_check_config config;
    struct sp_err ledger_err;
    struct sp_sweep *sweep;
    struct sp_set_list sets;
    char domains[MANY][64], hosts[MANY][96];
    unsigned n_told[MANY];
    size_t n, n_decided, n_connected, n_interrupted, n_news, n_over;
};

static void add_fact(struct world *world, const char *server, const char *owner, uint16_t type,
                     const char *data)
{
    *sp_array_push(&world->facts) = (struct fact){server, owner, type, data};
}

static void add_servers(struct world *world, const char *server)
{
    add_fact(world, server, "example.com", SP_DNS_NS, "ns1.example.net");
    add_fact(world, server, "example.com", SP_DNS_NS, "ns2.example.net");
    add_fact(world, server, "ns1.example.net", SP_DNS_A, "127.0.0.1");
    add_fact(world, server, "ns2.example.net", SP_DNS_A, "127.0.0.2");
}

static void publish_all(struct fleet *fleet)
{
    for (size_t i = 0; i < fleet->n; i++) {
        add_fact(&fleet->world, "127.0.0.1", fleet->hosts[i], SP_DNS_CNAME, "k.mailer.example");
        add_fact(&fleet->world, "127.0.0.2", fleet->hosts[i], SP_DNS_CNAME, "k.mailer.example");
    }
}

static void fleet_init(struct fleet *fleet, size_t n)
{
    struct sp_address resolver;
    struct sp_err err = SP_ERR_INIT;
    memset(fleet, 0, sizeof(*fleet));
    fleet->n = n;
    fleet->loop = sp_loop_new();
    fleet->world.transport.ops = &ops;
    fleet->world.loop = fleet->loop;
    assert_int_equal(sp_address_parse(&resolver, RESOLVER, 53, &err), 0);
    fleet->client = sp_dns_client_new(
        fleet->loop, &fleet->world.transport,
        &(struct sp_dns_config){.resolvers = &resolver, .n_resolvers = 1, .authoritative_port = 53},
        &err);
    add_servers(&fleet->world, RESOLVER);
    add_servers(&fleet->world, "127.0.0.1");
    add_servers(&fleet->world, "127.0.0.2");
    add_fact(&fleet->world, RESOLVER, "k.mailer.example", SP_DNS_TXT,
             "v=DKIM1; k=ed25519; p=" ED25519);
    struct sp_name target = name_of("k.mailer.example");
    for (size_t i = 0; i < n; i++) {
        char *domain = fleet->domains[i];
        snprintf(domain, sizeof(fleet->domains[i]), "d%03zu.example.com", i);
        snprintf(fleet->hosts[i], sizeof(fleet->hosts[i]), "s._domainkey.%s", domain);
        struct sp_name host = name_of(fleet->hosts[i]);
        struct sp_record_set set = {.domain = name_of(domain)};
        sp_record_set_add(&set, &host, &target);
        sp_set_list_push(&fleet->sets, &set);
        sp_record_set_fini(&set);
        add_fact(&fleet->world, RESOLVER, domain, SP_DNS_A, "192.0.2.1");
    }
    fleet->config = (struct sp_check_config){
        .loop = fleet->loop,
        .client = fleet->client,
        .ledger = sp_ledger_open("none", &err),
        .ledger_err = &fleet->ledger_err,
    };
}

static void fleet_fini(struct fleet *fleet)
{
    sp_sweep_free(&fleet->sweep);
    sp_dns_client_free(fleet->client);
    sp_ledger_close(fleet->config.ledger);
    sp_set_list_fini(&fleet->sets);
    sp_array_free(&fleet->world.facts);
    sp_array_free(&fleet->world.asked);
    sp_loop_free(fleet->loop);
}

static void on_news(void *arg, SP_UNUSED const struct sp_result *result)
{
    struct fleet *fleet = arg;
    fleet->n_news++;
}

static void on_decided(void *arg, const struct sp_result *result, SP_UNUSED bool has_changed)
{
    struct fleet *fleet = arg;
    const char *domain = SP_NAME_STR(&result->domain);
    size_t i = (size_t)strtoul(domain + 1, NULL, 10);
    assert_true(i < fleet->n);
    assert_int_equal(fleet->n_over, 0);
    fleet->n_told[i]++;
    fleet->n_decided++;
    fleet->n_connected += result->status == SP_STATUS_CONNECTED && !sp_err_is_set(&result->err);
    fleet->n_interrupted += result->err.kind == SP_ERR_CANCELLED;
}

static void on_over(void *arg, const struct sp_err *err)
{
    struct fleet *fleet = arg;
    assert_null(err);
    fleet->n_over++;
    sp_loop_stop(fleet->loop);
}

static void start(struct fleet *fleet)
{
    static const struct sp_sweep_events events = {on_news, on_decided, on_over};
    fleet->sweep = sp_sweep_start(&fleet->config, &fleet->sets, &events, fleet);
    assert_int_equal(fleet->n_decided, 0);
}

static void assert_each_once(const struct fleet *fleet)
{
    for (size_t i = 0; i < fleet->n; i++)
        assert_int_equal(fleet->n_told[i], 1);
    assert_int_equal(fleet->n_over, 1);
}

static void tells_of_each_once(SP_UNUSED void **state)
{
    static struct fleet fleet;
    fleet_init(&fleet, MANY);
    publish_all(&fleet);
    start(&fleet);
    sp_loop_run(fleet.loop);
    assert_each_once(&fleet);
    assert_int_equal(fleet.n_connected, MANY);
    /* Zones are forgotten in between, their servers' addresses and what the target is are not. */
    assert_in_range(count_asked(&fleet.world, RESOLVER, "example.com", SP_DNS_NS), 2, 4);
    assert_int_equal(count_asked(&fleet.world, RESOLVER, "ns1.example.net", SP_DNS_A), 1);
    assert_in_range(count_asked(&fleet.world, RESOLVER, "k.mailer.example", SP_DNS_TXT), 1, 30);
    fleet_fini(&fleet);
}

static void looks_again_in_rounds(SP_UNUSED void **state)
{
    static struct fleet fleet;
    fleet_init(&fleet, ROUNDS);
    fleet.config.wait_ms = 60000;
    start(&fleet);
    while (fleet.n_news < ROUNDS)
        uv_run(sp_loop_uv(fleet.loop), UV_RUN_ONCE);
    assert_int_equal(fleet.n_decided, 0);
    publish_all(&fleet);
    sp_loop_run(fleet.loop);
    assert_each_once(&fleet);
    assert_int_equal(fleet.n_connected, ROUNDS);
    fleet_fini(&fleet);
}

static void ends_with_the_wait(SP_UNUSED void **state)
{
    static struct fleet fleet;
    fleet_init(&fleet, ROUNDS);
    fleet.config.wait_ms = 500;
    start(&fleet);
    sp_loop_run(fleet.loop);
    assert_each_once(&fleet);
    assert_int_equal(fleet.n_connected, 0);
    fleet_fini(&fleet);
}

/* WAIT_MS 0 and not, at every stage. */
static void may_end_at_any_time(SP_UNUSED void **state)
{
    static struct fleet fleet;
    for (unsigned turns = 0; turns < TARGET_TURNS; turns++) {
        fleet_init(&fleet, turns % 3 == 0 ? ROUNDS : 40);
        publish_all(&fleet);
        fleet.config.wait_ms = turns % 4 < 2 ? 0 : 5000;
        start(&fleet);
        for (unsigned turn = 0; turn < turns; turn++)
            uv_run(sp_loop_uv(fleet.loop), UV_RUN_NOWAIT);
        if (turns % 2 && !fleet.n_over) {
            sp_sweep_interrupt(fleet.sweep);
            assert_each_once(&fleet);
            assert_int_equal(fleet.n_connected + fleet.n_interrupted, fleet.n);
        }
        fleet_fini(&fleet);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_of_each_once),
        cmocka_unit_test(looks_again_in_rounds),
        cmocka_unit_test(ends_with_the_wait),
        cmocka_unit_test(may_end_at_any_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
