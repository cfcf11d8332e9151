/*
 * Whole verifications, seen from outside: what is asked of whom, what is said, and when.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dkim_keys.h"
#include "dns_world.h"
#include "verify/observe.h"

#define RP     "sk48601.example.com"
#define DKIM_A "sk48601a._domainkey.example.com"
#define DKIM_B "sk48601b._domainkey.example.com"
#define KEY    "v=DKIM1; k=ed25519; p=" ED25519

static void add_fact(struct world *world, const char *server, const char *owner, uint16_t type,
                     const char *data)
{
    *sp_array_push(&world->facts) = (struct fact){server, owner, type, data};
}

static void remove_facts(struct world *world, const char *server, const char *owner, uint16_t type)
{
    for (size_t i = world->facts.n; i-- > 0;) {
        const struct fact *fact = &world->facts.items[i];
        if ((!server || strcmp(fact->server, server) == 0) && strcmp(fact->owner, owner) == 0 &&
            fact->type == type)
            world->facts.items[i] = world->facts.items[--world->facts.n];
    }
}

static void publish_at(struct world *world, const char *server)
{
    add_fact(world, server, RP, SP_DNS_CNAME, "u1.mailer.example");
    add_fact(world, server, DKIM_A, SP_DNS_CNAME, "a.dkim.mailer.example");
    add_fact(world, server, DKIM_B, SP_DNS_CNAME, "b.dkim.mailer.example");
}

static void publish_keys(struct world *world)
{
    add_fact(world, RESOLVER, "u1.mailer.example", SP_DNS_MX, "mx.mailer.example");
    add_fact(world, RESOLVER, "u1.mailer.example", SP_DNS_TXT, "v=spf1 mx -all");
    add_fact(world, RESOLVER, "a.dkim.mailer.example", SP_DNS_TXT, KEY);
    add_fact(world, RESOLVER, "b.dkim.mailer.example", SP_DNS_TXT, KEY);
}

struct scene {
    struct world world;
    struct sp_loop *loop;
    struct sp_dns_client *client;
    struct sp_delegations *delegations;
    struct sp_verification *verification;
    struct sp_evidence *evidence;
    struct sp_record_set set;
    struct sp_verification_config config;
    unsigned n_queries, n_calls, n_final;
    enum sp_status status;
    enum sp_state states[3];
    enum sp_code codes[3];
    bool is_key_live;
    char message[512];
    bool must_free_inside;
    uint64_t started_ms, elapsed_ms;
    void (*change)(struct scene *scene); /* called after CHANGE_MS */
    unsigned change_ms;
    struct sp_timer *change_timer;
};

static void scene_init(struct scene *scene)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_address resolver;
    memset(scene, 0, sizeof(*scene));
    scene->loop = sp_loop_new();
    scene->evidence = sp_evidence_new("0");
    scene->config.evidence = scene->evidence;
    scene->world.transport.ops = &ops;
    scene->world.loop = scene->loop;
    assert_int_equal(sp_address_parse(&resolver, RESOLVER, 53, &err), 0);
    scene->client = sp_dns_client_new(scene->loop, &scene->world.transport,
                                      &(struct sp_dns_config){.resolvers = &resolver,
                                                              .n_resolvers = 1,
                                                              .authoritative_port = 53,
                                                              .book = scene->evidence->book},
                                      &err);
    assert_non_null(scene->client);
    scene->delegations = sp_delegations_new(scene->loop, scene->client);
    scene->set.domain = name_of("example.com");
    struct sp_name hosts[] = {name_of(RP), name_of(DKIM_A), name_of(DKIM_B)};
    struct sp_name targets[] = {name_of("u1.mailer.example"), name_of("a.dkim.mailer.example"),
                                name_of("b.dkim.mailer.example")};
    for (size_t i = 0; i < 3; i++)
        sp_record_set_add(&scene->set, &hosts[i], &targets[i]);
    scene->config.client = scene->client;
    scene->config.delegations = scene->delegations;
    static const char *const everywhere[] = {RESOLVER, "127.0.0.1", "127.0.0.2"};
    for (size_t i = 0; i < SP_ARRAY_LEN(everywhere); i++) {
        add_fact(&scene->world, everywhere[i], "example.com", SP_DNS_NS, "ns1.example.com");
        add_fact(&scene->world, everywhere[i], "example.com", SP_DNS_NS, "ns2.example.com");
        add_fact(&scene->world, everywhere[i], "ns1.example.com", SP_DNS_A, "127.0.0.1");
        add_fact(&scene->world, everywhere[i], "ns2.example.com", SP_DNS_A, "127.0.0.2");
    }
}

static void live_scene_init(struct scene *scene)
{
    scene_init(scene);
    publish_at(&scene->world, "127.0.0.1");
    publish_at(&scene->world, "127.0.0.2");
}

/* ---- what was seen is enough to reach the verdict again ---- */

struct rerun {
    struct sp_verification *verification;
    const struct sp_evidence_case *item;
    struct sp_buf differences;
    bool is_over;
};

static void on_again(void *arg, const struct sp_observation *observation,
                     const struct sp_verdict *verdict, bool is_final)
{
    struct rerun *rerun = arg;
    (void)observation;
    sp_evidence_compare(rerun->item, verdict, &rerun->differences);
    rerun->is_over = is_final;
}

static void check_evidence(const struct sp_evidence *evidence)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_loop *loop = sp_loop_new();
    struct rerun rerun = {.item = evidence->cases.items[0], .differences = SP_BUF_INIT(4096)};
    unsigned n_queries = 0;
    const struct sp_dns_config config = {.resolvers = evidence->book->resolvers,
                                         .n_resolvers = evidence->book->n_resolvers,
                                         .authoritative_port = evidence->book->authoritative_port,
                                         .book = evidence->book,
                                         .replay_ms = rerun.item->at_ms};
    struct sp_dns_client *client = sp_dns_client_new(loop, NULL, &config, &err);
    struct sp_delegations *delegations = sp_delegations_new(loop, client);
    const struct sp_verification_config look = {.client = client,
                                                .delegations = delegations,
                                                .context = rerun.item->context,
                                                .at_s = (int64_t)(rerun.item->at_ms / 1000)};
    rerun.verification =
        sp_verification_start(loop, &look, &rerun.item->set, &n_queries, on_again, &rerun);
    while (!rerun.is_over)
        uv_run(sp_loop_uv(loop), UV_RUN_ONCE);
    assert_string_equal(sp_buf_str(&rerun.differences), "");
    assert_int_equal(sp_dns_client_n_absent(client), 0);
    assert_int_equal(n_queries, 0);
    sp_verification_free(&rerun.verification);
    sp_delegations_free(delegations);
    sp_dns_client_free(client);
    sp_loop_free(loop);
    sp_buf_fini(&rerun.differences);
}

static void scene_fini(struct scene *scene)
{
    sp_timer_stop(&scene->change_timer);
    sp_verification_free(&scene->verification);
    sp_delegations_free(scene->delegations);
    sp_dns_client_free(scene->client);
    if (scene->n_final)
        check_evidence(scene->evidence);
    sp_evidence_free(scene->evidence);
    sp_loop_free(scene->loop);
    sp_record_set_fini(&scene->set);
    sp_array_free(&scene->world.facts);
    sp_array_free(&scene->world.asked);
}

static void on_verdict(void *arg, const struct sp_observation *observation,
                       const struct sp_verdict *verdict, bool is_final)
{
    struct scene *scene = arg;
    assert_int_equal(observation->records.n, 3);
    scene->n_calls++;
    scene->n_final += is_final;
    scene->status = verdict->status;
    scene->is_key_live = verdict->is_key_live;
    scene->elapsed_ms = sp_monotonic_ms() - scene->started_ms;
    snprintf(scene->message, sizeof(scene->message), "%s", verdict->message);
    for (size_t i = 0; i < 3; i++) {
        scene->states[i] = verdict->records.items[i].state;
        scene->codes[i] = verdict->records.items[i].diagnosis.code;
    }
    if (scene->must_free_inside)
        sp_verification_free(&scene->verification);
}

static void on_change(void *arg)
{
    struct scene *scene = arg;
    scene->change_timer = NULL;
    scene->change(scene);
}

static void run(struct scene *scene)
{
    scene->started_ms = sp_monotonic_ms();
    scene->verification = sp_verification_start(scene->loop, &scene->config, &scene->set,
                                                &scene->n_queries, on_verdict, scene);
    assert_int_equal(scene->n_calls, 0);
    if (scene->change)
        scene->change_timer = sp_timer_start(scene->loop, scene->change_ms, on_change, scene);
    sp_loop_run(scene->loop);
    assert_int_equal(scene->n_final, 1);
}

static void assert_codes(const struct scene *scene, enum sp_code code)
{
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(sp_code_name(scene->codes[i]), sp_code_name(code));
}

static void assert_codes_of(const struct scene *scene, enum sp_code rp, enum sp_code a,
                            enum sp_code b)
{
    assert_string_equal(sp_code_name(scene->codes[0]), sp_code_name(rp));
    assert_string_equal(sp_code_name(scene->codes[1]), sp_code_name(a));
    assert_string_equal(sp_code_name(scene->codes[2]), sp_code_name(b));
}

/* ---- one look ---- */

static void test_all_live(void **state)
{
    struct scene scene;
    (void)state;
    live_scene_init(&scene);
    publish_keys(&scene.world);
    run(&scene);
    assert_int_equal(scene.status, SP_STATUS_CONNECTED);
    assert_string_equal(scene.message, "all 3 records are live at 2 of 2 name servers");
    assert_true(scene.is_key_live);
    assert_int_equal(scene.n_calls, 1);
    assert_in_range(scene.n_queries, 9, 28);
    assert_int_equal(scene.n_queries, scene.world.asked.n);
    /* No cache is asked for a host, no name server for a target. */
    assert_int_equal(count_asked(&scene.world, RESOLVER, RP, 0), 0);
    assert_int_equal(count_asked(&scene.world, RESOLVER, DKIM_A, 0), 0);
    assert_int_equal(count_asked(&scene.world, NULL, RP, SP_DNS_CNAME), 2);
    scene_fini(&scene);
}

static void test_missing_plants_nothing(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene);
    run(&scene);
    assert_int_equal(scene.status, SP_STATUS_PENDING);
    assert_codes(&scene, SP_CODE_MISSING);
    SP_ARRAY_FOREACH (&scene.world.asked, asked)
        if (strcmp(asked->server, RESOLVER) == 0)
            assert_null(strstr(asked->name, "sk48601"));
    scene_fini(&scene);
}

/* A resolver might ask the server that has not answered, and keep what it says. */
static void test_resolvers_come_after_every_server(void **state)
{
    struct scene scene;
    size_t n_behind = 0;
    (void)state;
    live_scene_init(&scene);
    publish_keys(&scene.world);
    scene.world.moods[1] = SILENT;
    run(&scene);
    SP_ARRAY_FOREACH (&scene.world.asked, asked) {
        if (strcmp(asked->server, RESOLVER) == 0 && asked->type == SP_DNS_TXT)
            n_behind++;
        if (strcmp(asked->server, "127.0.0.2") == 0 && asked->type == SP_DNS_CNAME)
            assert_int_equal(n_behind, 0);
    }
    assert_int_equal(n_behind, 3);
    scene_fini(&scene);
}

static void test_partly_live(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene);
    publish_at(&scene.world, "127.0.0.1");
    run(&scene);
    assert_int_equal(scene.status, SP_STATUS_PENDING);
    assert_codes(&scene, SP_CODE_PARTIAL_PROPAGATION);
    scene_fini(&scene);
}

static void publish_wrong(struct world *world, const char *host, uint16_t type, const char *data)
{
    add_fact(world, "127.0.0.1", host, type, data);
    add_fact(world, "127.0.0.2", host, type, data);
}

static void test_wrong_states(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene);
    publish_wrong(&scene.world, RP, SP_DNS_CNAME, "old.mailer.example");
    publish_wrong(&scene.world, DKIM_A, SP_DNS_CNAME, "a.dkim.mailer.example.example.com");
    publish_wrong(&scene.world, DKIM_B ".example.com", SP_DNS_CNAME, "b.dkim.mailer.example");
    run(&scene);
    assert_int_equal(scene.status, SP_STATUS_ERROR);
    assert_int_equal(scene.codes[0], SP_CODE_WRONG_TARGET);
    assert_int_equal(scene.codes[1], SP_CODE_TARGET_SUFFIX_APPENDED);
    assert_int_equal(scene.codes[2], SP_CODE_DOUBLED_SUFFIX);
    scene_fini(&scene);
}

static void test_conflict(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene);
    publish_wrong(&scene.world, RP, SP_DNS_TXT, "v=spf1 -all");
    publish_wrong(&scene.world, RP, SP_DNS_A, "192.0.2.1");
    publish_wrong(&scene.world, DKIM_A, SP_DNS_CNAME, "a.dkim.mailer.example");
    publish_wrong(&scene.world, DKIM_B, SP_DNS_CNAME, "b.dkim.mailer.example");
    run(&scene);
    assert_int_equal(scene.status, SP_STATUS_ERROR);
    assert_int_equal(scene.codes[0], SP_CODE_CONFLICTING_RECORDS);
    assert_int_equal(scene.states[0], SP_STATE_WRONG);
    assert_non_null(strstr(scene.message, "TXT and A records"));
    /* One server is probed, the other's like answer is taken for the same. */
    assert_int_equal(count_asked(&scene.world, NULL, RP, SP_DNS_TXT), 1);
    scene_fini(&scene);
}

static void test_two_cnames_are_wrong(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene);
    publish_at(&scene.world, "127.0.0.1");
    publish_at(&scene.world, "127.0.0.2");
    publish_wrong(&scene.world, RP, SP_DNS_CNAME, "second.mailer.example");
    run(&scene);
    assert_int_equal(scene.codes[0], SP_CODE_WRONG_TARGET);
    scene_fini(&scene);
}

static void check_mood(enum mood first, enum mood second, enum sp_status status, enum sp_code code)
{
    struct scene scene;
    scene_init(&scene);
    publish_at(&scene.world, "127.0.0.1");
    publish_at(&scene.world, "127.0.0.2");
    publish_keys(&scene.world);
    scene.world.moods[0] = first;
    scene.world.moods[1] = second;
    run(&scene);
    assert_string_equal(sp_status_name(scene.status), sp_status_name(status));
    assert_codes(&scene, code);
    scene_fini(&scene);
}

static void test_moods(void **state)
{
    (void)state;
    check_mood(FINE, SILENT, SP_STATUS_CONNECTED, SP_CODE_SERVER_UNREACHABLE);
    check_mood(CLOSED, FINE, SP_STATUS_CONNECTED, SP_CODE_SERVER_UNREACHABLE);
    check_mood(REFUSING, FINE, SP_STATUS_CONNECTED, SP_CODE_LAME_SERVER);
    check_mood(FINE, FORGETFUL, SP_STATUS_CONNECTED, SP_CODE_LAME_SERVER);
    check_mood(SILENT, CLOSED, SP_STATUS_PENDING, SP_CODE_SERVER_UNREACHABLE);
    check_mood(REFUSING, FORGETFUL, SP_STATUS_ERROR, SP_CODE_NOT_DELEGATED);
    check_mood(BUSY, FINE, SP_STATUS_CONNECTED, SP_CODE_NONE);
    check_mood(FAILING, FINE, SP_STATUS_CONNECTED, SP_CODE_SERVER_UNREACHABLE);
    check_mood(FAILING, FAILING, SP_STATUS_PENDING, SP_CODE_SERVER_UNREACHABLE);
    check_mood(FAILING, REFUSING, SP_STATUS_PENDING, SP_CODE_SERVER_UNREACHABLE);
}

/* What a wildcard makes at every name stands in no CNAME's way. */
static struct sp_exchange *wildcard_send(struct sp_transport *transport,
                                         const struct sp_address *server, const uint8_t *bytes,
                                         size_t len, bool is_tcp, unsigned timeout_ms,
                                         sp_transport_fn fn, void *arg)
{
    static char names[64][SP_NAME_TEXT_SIZE];
    static size_t n_names;
    struct world *world = (struct world *)transport;
    struct sp_dns_message query;
    assert_int_equal(sp_dns_message_parse(bytes, len, &query), 0);
    struct sp_name parent = sp_name_strip(&query.question, 1);
    char *name = names[n_names++ % SP_ARRAY_LEN(names)];
    sp_name_format(&query.question, name);
    if (strcmp(SP_NAME_STR(&parent), "example.com") == 0 && strncmp(name, "ns", 2) != 0) {
        add_fact(world, "127.0.0.1", name, SP_DNS_A, "192.0.2.1");
        add_fact(world, "127.0.0.2", name, SP_DNS_A, "192.0.2.1");
    }
    sp_dns_message_fini(&query);
    return world_send(transport, server, bytes, len, is_tcp, timeout_ms, fn, arg);
}

static void test_wildcard_is_no_conflict(void **state)
{
    static const struct sp_transport_ops wildcard_ops = {
        .send = wildcard_send, .cancel = exchange_free, .free = world_free};
    struct scene scene;
    (void)state;
    scene_init(&scene);
    scene.world.transport.ops = &wildcard_ops;
    run(&scene);
    assert_int_equal(scene.status, SP_STATUS_PENDING);
    assert_codes(&scene, SP_CODE_MISSING);
    scene_fini(&scene);
}

static void test_no_such_domain(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene);
    remove_facts(&scene.world, RESOLVER, "example.com", SP_DNS_NS);
    run(&scene);
    assert_int_equal(scene.status, SP_STATUS_ERROR);
    assert_codes(&scene, SP_CODE_DOMAIN_NOT_FOUND);
    scene_fini(&scene);
}

static void test_silent_resolver(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene);
    scene.world.moods[2] = SILENT;
    run(&scene);
    assert_int_equal(scene.status, SP_STATUS_PENDING);
    assert_codes(&scene, SP_CODE_SERVER_UNREACHABLE);
    assert_non_null(strstr(scene.message, RESOLVER));
    scene_fini(&scene);
}

/* A host that only a wildcard answers for, with a CNAME to what the sender's own website has. */
static struct sp_exchange *alias_send(struct sp_transport *transport,
                                      const struct sp_address *server, const uint8_t *bytes,
                                      size_t len, bool is_tcp, unsigned timeout_ms,
                                      sp_transport_fn fn, void *arg)
{
    static char names[64][SP_NAME_TEXT_SIZE];
    static size_t n_names;
    struct world *world = (struct world *)transport;
    struct sp_dns_message query;
    assert_int_equal(sp_dns_message_parse(bytes, len, &query), 0);
    char *name = names[n_names++ % SP_ARRAY_LEN(names)];
    sp_name_format(&query.question, name);
    bool is_covered = is_within(name, "example.com") && strcmp(name, "example.com") != 0 &&
                      strncmp(name, "ns", 2) != 0 && strcmp(name, DKIM_B) != 0;
    for (size_t i = 0; is_covered && i < 2; i++) {
        const char *at = i ? "127.0.0.2" : "127.0.0.1";
        remove_facts(world, at, name, SP_DNS_CNAME);
        add_fact(world, at, name, SP_DNS_CNAME, "u1.mailer.example");
    }
    sp_dns_message_fini(&query);
    return world_send(transport, server, bytes, len, is_tcp, timeout_ms, fn, arg);
}

/* Right for the return path, wrong for selector a; selector b has a record of its own. */
static void test_wildcard_alias(void **state)
{
    static const struct sp_transport_ops alias_ops = {
        .send = alias_send, .cancel = exchange_free, .free = world_free};
    struct scene scene;
    (void)state;
    scene_init(&scene);
    publish_wrong(&scene.world, DKIM_B, SP_DNS_CNAME, "b.dkim.mailer.example");
    scene.world.transport.ops = &alias_ops;
    run(&scene);
    assert_int_equal(scene.status, SP_STATUS_ERROR);
    assert_int_equal(scene.codes[0], SP_CODE_WILDCARD_ONLY);
    assert_int_equal(scene.states[0], SP_STATE_LIVE);
    assert_int_equal(scene.codes[1], SP_CODE_WILDCARD_ONLY);
    assert_int_equal(scene.states[1], SP_STATE_WRONG);
    assert_int_equal(scene.codes[2], SP_CODE_NONE);
    scene_fini(&scene);
}

static void check_addresses(const char *host_address, const char *target_address, const char *said)
{
    struct scene scene;
    live_scene_init(&scene);
    publish_keys(&scene.world);
    remove_facts(&scene.world, NULL, RP, SP_DNS_CNAME);
    publish_wrong(&scene.world, RP, SP_DNS_A, host_address);
    publish_wrong(&scene.world, RP, SP_DNS_AAAA, "2001:db8::1");
    if (target_address) {
        add_fact(&scene.world, RESOLVER, "u1.mailer.example", SP_DNS_A, "192.0.2.7");
        add_fact(&scene.world, RESOLVER, "u1.mailer.example", SP_DNS_A, target_address);
        add_fact(&scene.world, RESOLVER, "u1.mailer.example", SP_DNS_AAAA, "2001:db8::1");
    }
    run(&scene);
    assert_int_equal(scene.status, SP_STATUS_ERROR);
    assert_int_equal(scene.codes[0], SP_CODE_PROXIED_OR_FLATTENED);
    assert_int_equal(scene.states[0], SP_STATE_WRONG);
    assert_non_null(strstr(scene.message, said));
    scene_fini(&scene);
}

static void test_addresses(void **state)
{
    (void)state;
    check_addresses("192.0.2.9", "192.0.2.9",
                    "those of u1.mailer.example, so the CNAME is flattened");
    check_addresses("192.0.2.9", "192.0.2.8", "not those of u1.mailer.example");
    check_addresses("192.0.2.9", NULL, "proxied or flattened");
}

static void test_old_key(void **state)
{
    struct scene scene;
    (void)state;
    live_scene_init(&scene);
    remove_facts(&scene.world, NULL, DKIM_A, SP_DNS_CNAME);
    publish_wrong(&scene.world, DKIM_A, SP_DNS_TXT, "v=DKIM1; p=");
    run(&scene);
    assert_int_equal(scene.codes[1], SP_CODE_CONFLICTING_RECORDS);
    assert_non_null(strstr(scene.message, "an old DKIM key"));
    scene_fini(&scene);
}

/* The versions are asked for once, at every server that answers, and not where all agree. */
static void test_versions(void **state)
{
    struct scene scene;
    (void)state;
    live_scene_init(&scene);
    remove_facts(&scene.world, "127.0.0.2", RP, SP_DNS_CNAME);
    remove_facts(&scene.world, "127.0.0.2", DKIM_A, SP_DNS_CNAME);
    add_fact(&scene.world, "127.0.0.1", "example.com", SP_DNS_SOA, "ns1.example.com");
    run(&scene);
    assert_codes_of(&scene, SP_CODE_PARTIAL_PROPAGATION, SP_CODE_PARTIAL_PROPAGATION, SP_CODE_NONE);
    assert_non_null(strstr(scene.message, "is missing at ns2.example.com (serial 1), while it is "
                                          "live at ns1.example.com (serial 1)"));
    assert_int_equal(count_asked(&scene.world, NULL, "example.com", SP_DNS_SOA), 1);
    scene_fini(&scene);
}

/* ---- behind ---- */

static void test_keys_behind(void **state)
{
    struct scene scene;
    (void)state;
    live_scene_init(&scene);
    publish_keys(&scene.world);
    remove_facts(&scene.world, RESOLVER, "a.dkim.mailer.example", SP_DNS_TXT);
    add_fact(&scene.world, RESOLVER, "a.dkim.mailer.example", SP_DNS_TXT, "v=DKIM1; p=");
    remove_facts(&scene.world, RESOLVER, "b.dkim.mailer.example", SP_DNS_TXT);
    run(&scene);
    assert_int_equal(scene.status, SP_STATUS_ERROR);
    assert_int_equal(scene.codes[0], SP_CODE_NONE);
    assert_int_equal(scene.codes[1], SP_CODE_DKIM_KEY_REVOKED);
    assert_int_equal(scene.codes[2], SP_CODE_TARGET_MISSING);
    assert_false(scene.is_key_live);
    scene_fini(&scene);
}

static void test_key_at_the_end_of_a_chain(void **state)
{
    struct scene scene;
    (void)state;
    live_scene_init(&scene);
    publish_keys(&scene.world);
    remove_facts(&scene.world, RESOLVER, "a.dkim.mailer.example", SP_DNS_TXT);
    add_fact(&scene.world, RESOLVER, "a.dkim.mailer.example", SP_DNS_CNAME, "k1.mailer.example");
    add_fact(&scene.world, RESOLVER, "k1.mailer.example", SP_DNS_CNAME, "k2.mailer.example");
    add_fact(&scene.world, RESOLVER, "k2.mailer.example", SP_DNS_TXT, "not a key");
    add_fact(&scene.world, RESOLVER, "k2.mailer.example", SP_DNS_TXT, KEY);
    run(&scene);
    assert_int_equal(scene.status, SP_STATUS_CONNECTED);
    assert_codes(&scene, SP_CODE_NONE);
    scene_fini(&scene);
}

/* Which of two keys counts is undefined. */
static void test_two_keys(void **state)
{
    struct scene scene;
    (void)state;
    live_scene_init(&scene);
    publish_keys(&scene.world);
    add_fact(&scene.world, RESOLVER, "a.dkim.mailer.example", SP_DNS_TXT, "v=DKIM1; p=");
    run(&scene);
    assert_int_equal(scene.status, SP_STATUS_CONNECTED);
    assert_codes_of(&scene, SP_CODE_NONE, SP_CODE_DKIM_KEY_MALFORMED, SP_CODE_NONE);
    scene_fini(&scene);
}

static void check_return_path(const char *mx, const char *text, enum sp_code code)
{
    struct scene scene;
    live_scene_init(&scene);
    publish_keys(&scene.world);
    remove_facts(&scene.world, RESOLVER, "u1.mailer.example", SP_DNS_MX);
    remove_facts(&scene.world, RESOLVER, "u1.mailer.example", SP_DNS_TXT);
    add_fact(&scene.world, RESOLVER, "u1.mailer.example", SP_DNS_A, "192.0.2.1");
    if (mx)
        add_fact(&scene.world, RESOLVER, "u1.mailer.example", SP_DNS_MX, mx);
    if (text)
        add_fact(&scene.world, RESOLVER, "u1.mailer.example", SP_DNS_TXT, text);
    run(&scene);
    assert_int_equal(scene.status, SP_STATUS_CONNECTED);
    assert_codes_of(&scene, code, SP_CODE_NONE, SP_CODE_NONE);
    scene_fini(&scene);
}

static void test_return_path(void **state)
{
    (void)state;
    check_return_path("mx.mailer.example", "v=spf1", SP_CODE_NONE);
    check_return_path("mx.mailer.example", "V=spf1 -all", SP_CODE_NONE);
    check_return_path(NULL, "v=spf1 -all", SP_CODE_RETURN_PATH_MX_MISSING);
    check_return_path(".", "v=spf1 -all", SP_CODE_RETURN_PATH_MX_MISSING);
    check_return_path("mx.mailer.example", NULL, SP_CODE_RETURN_PATH_SPF_MISSING);
    check_return_path("mx.mailer.example", "v=spf12 -all", SP_CODE_RETURN_PATH_SPF_MISSING);
    check_return_path(NULL, NULL, SP_CODE_RETURN_PATH_MX_MISSING);
}

static void check_loop(const char *servfail_at)
{
    struct scene scene;
    live_scene_init(&scene);
    publish_keys(&scene.world);
    remove_facts(&scene.world, RESOLVER, "u1.mailer.example", SP_DNS_MX);
    add_fact(&scene.world, RESOLVER, "u1.mailer.example", SP_DNS_CNAME, "u2.mailer.example");
    add_fact(&scene.world, RESOLVER, "u2.mailer.example", SP_DNS_CNAME, "u1.mailer.example");
    scene.world.loop_at = servfail_at;
    run(&scene);
    assert_int_equal(scene.status, SP_STATUS_ERROR);
    assert_int_equal(scene.codes[0], SP_CODE_CNAME_LOOP);
    scene_fini(&scene);
}

static void test_loop(void **state)
{
    (void)state;
    check_loop(NULL);
    check_loop("u1.mailer.example");
}

static void test_chain_without_end(void **state)
{
    static const char *const names[] = {
        "u1.mailer.example", "h2.example", "h3.example", "h4.example", "h5.example",
        "h6.example",        "h7.example", "h8.example", "h9.example", "h10.example"};
    struct scene scene;
    (void)state;
    live_scene_init(&scene);
    publish_keys(&scene.world);
    for (size_t i = 0; i + 1 < SP_ARRAY_LEN(names); i++)
        add_fact(&scene.world, RESOLVER, names[i], SP_DNS_CNAME, names[i + 1]);
    run(&scene);
    assert_int_equal(scene.codes[0], SP_CODE_CNAME_LOOP);
    scene_fini(&scene);
}

static void test_resolver_cannot_tell(void **state)
{
    struct scene scene;
    (void)state;
    live_scene_init(&scene);
    publish_keys(&scene.world);
    scene.world.loop_at = "u1.mailer.example";
    run(&scene);
    assert_int_equal(scene.status, SP_STATUS_PENDING);
    assert_int_equal(scene.codes[0], SP_CODE_SERVER_UNREACHABLE);
    assert_non_null(strstr(scene.message, "SERVFAIL"));
    scene_fini(&scene);
}

static void test_until_records(void **state)
{
    struct scene scene;
    (void)state;
    live_scene_init(&scene);
    scene.config.context.until = SP_UNTIL_RECORDS;
    run(&scene);
    assert_int_equal(scene.status, SP_STATUS_CONNECTED);
    assert_codes(&scene, SP_CODE_TARGET_MISSING);
    assert_false(scene.is_key_live);
    scene_fini(&scene);
}

/* ---- waiting ---- */

static void change_publish_second(struct scene *scene)
{
    assert_true(scene->n_calls >= 1);
    assert_int_equal(scene->status, SP_STATUS_PENDING);
    publish_at(&scene->world, "127.0.0.2");
}

static uint64_t last_asked_ms(const struct world *world, const char *server, const char *name)
{
    uint64_t last_ms = 0;
    SP_ARRAY_FOREACH (&world->asked, asked)
        if (strcmp(asked->server, server) == 0 && strcmp(asked->name, name) == 0)
            last_ms = asked->at_ms;
    return last_ms;
}

static void test_waits_for_the_second_server(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene);
    publish_at(&scene.world, "127.0.0.1");
    publish_keys(&scene.world);
    scene.config.wait_ms = 20000;
    scene.change = change_publish_second;
    scene.change_ms = 450;
    run(&scene);
    assert_int_equal(scene.status, SP_STATUS_CONNECTED);
    assert_in_range(scene.elapsed_ms, 440, 10000);
    /* Ten times a second at most; only one name was polled, and a live server is not asked again.
     */
    assert_in_range(count_asked(&scene.world, "127.0.0.2", RP, SP_DNS_CNAME), 2, 8);
    assert_int_equal(count_asked(&scene.world, "127.0.0.2", DKIM_A, SP_DNS_CNAME), 2);
    assert_int_equal(count_asked(&scene.world, "127.0.0.1", RP, SP_DNS_CNAME), 1);
    /* The others followed its change at once, not at the next tick. */
    assert_true(last_asked_ms(&scene.world, "127.0.0.2", DKIM_B) <
                last_asked_ms(&scene.world, "127.0.0.2", RP) + SP_POLL_FIRST_MS);
    scene_fini(&scene);
}

static void publish_at_second(void *arg)
{
    struct scene *scene = arg;
    scene->change_timer = NULL;
    publish_at(&scene->world, "127.0.0.2");
}

static void change_swap(struct scene *scene)
{
    remove_facts(&scene->world, "127.0.0.1", RP, SP_DNS_CNAME);
    scene->change_timer = sp_timer_start(scene->loop, 2300, publish_at_second, scene);
}

static void change_silence_and_publish(struct scene *scene)
{
    scene->world.moods[0] = SILENT;
    scene->change_timer = sp_timer_start(scene->loop, 2300, publish_at_second, scene);
}

/* What was live long ago is asked for again before all of it counts as connected. */
static void test_old_answers_are_confirmed(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene);
    publish_at(&scene.world, "127.0.0.1");
    publish_keys(&scene.world);
    scene.config.wait_ms = 4000;
    scene.change = change_swap;
    scene.change_ms = 150;
    run(&scene);
    assert_int_equal(scene.status, SP_STATUS_PENDING);
    assert_int_equal(scene.codes[0], SP_CODE_PARTIAL_PROPAGATION);
    assert_int_equal(scene.codes[1], SP_CODE_NONE);
    scene_fini(&scene);
}

/* A server that has gone silent since is a warning, and costs one question a record. */
static void test_confirming_ends(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene);
    publish_at(&scene.world, "127.0.0.1");
    publish_keys(&scene.world);
    scene.config.wait_ms = 20000;
    scene.change = change_silence_and_publish;
    scene.change_ms = 150;
    run(&scene);
    assert_int_equal(scene.status, SP_STATUS_CONNECTED);
    assert_codes(&scene, SP_CODE_SERVER_UNREACHABLE);
    assert_in_range(scene.elapsed_ms, 2400, 6000);
    /* One answer, and one question in three tries. */
    assert_int_equal(count_asked(&scene.world, "127.0.0.1", DKIM_A, SP_DNS_CNAME), 4);
    scene_fini(&scene);
}

static void change_hang(struct scene *scene)
{
    publish_keys(&scene->world);
    scene->world.moods[0] = scene->world.moods[1] = HANGING;
}

/* What could not be confirmed before the end is not live, whatever an earlier answer said. */
static void test_unconfirmed_is_not_live(void **state)
{
    struct scene scene;
    (void)state;
    live_scene_init(&scene);
    scene.config.wait_ms = 4000;
    scene.change = change_hang;
    scene.change_ms = 2200;
    run(&scene);
    assert_int_equal(scene.status, SP_STATUS_PENDING);
    assert_codes(&scene, SP_CODE_SERVER_UNREACHABLE);
    scene_fini(&scene);
}

static void test_wait_ends(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene);
    scene.config.wait_ms = 300;
    run(&scene);
    assert_int_equal(scene.status, SP_STATUS_PENDING);
    assert_codes(&scene, SP_CODE_MISSING);
    assert_in_range(scene.elapsed_ms, 290, 10000);
    assert_int_equal(scene.n_calls, 2);
    scene_fini(&scene);
}

static void change_doubled(struct scene *scene)
{
    publish_wrong(&scene->world, RP ".example.com", SP_DNS_CNAME, "u1.mailer.example");
}

/* What went wrong during the wait is found by the last look. */
static void test_last_look_probes_again(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene);
    scene.config.wait_ms = 400;
    scene.change = change_doubled;
    scene.change_ms = 200;
    run(&scene);
    assert_int_equal(scene.status, SP_STATUS_ERROR);
    assert_int_equal(scene.codes[0], SP_CODE_DOUBLED_SUFFIX);
    assert_int_equal(scene.codes[1], SP_CODE_MISSING);
    scene_fini(&scene);
}

/* What goes wrong during the wait ends it: it will not come right by itself. */
static void test_waiting_probes_again(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene);
    scene.config.wait_ms = 60000;
    scene.change = change_doubled;
    scene.change_ms = 200;
    run(&scene);
    assert_int_equal(scene.status, SP_STATUS_ERROR);
    assert_int_equal(scene.codes[0], SP_CODE_DOUBLED_SUFFIX);
    assert_int_equal(scene.codes[1], SP_CODE_MISSING);
    assert_in_range(scene.elapsed_ms, SP_LOOK_PROBE_MS - 100, 20000);
    /* One server is probed, at the first look and once more; for other names it is the other one.
     */
    assert_int_equal(count_asked(&scene.world, NULL, RP ".example.com", 0), 2);
    assert_int_equal(count_asked(&scene.world, "127.0.0.2", RP ".example.com", 0), 2);
    scene_fini(&scene);
}

static void change_conflict(struct scene *scene)
{
    publish_wrong(&scene->world, RP, SP_DNS_TXT, "v=spf1 -all");
}

/* A miss that changes is probed at once: here NXDOMAIN becomes NODATA. */
static void test_waiting_sees_a_conflict(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene);
    scene.config.wait_ms = 60000;
    scene.change = change_conflict;
    scene.change_ms = 200;
    run(&scene);
    assert_int_equal(scene.status, SP_STATUS_ERROR);
    assert_int_equal(scene.codes[0], SP_CODE_CONFLICTING_RECORDS);
    assert_in_range(scene.elapsed_ms, 190, 20000);
    assert_int_equal(count_asked(&scene.world, NULL, RP, SP_DNS_TXT), 1);
    scene_fini(&scene);
}

/* The most questions that SERVER got within any second that begins SKIP_MS after the first. */
static size_t most_in_a_second(const struct world *world, const char *server, uint64_t skip_ms)
{
    size_t most = 0;
    uint64_t begin_ms = world->asked.items[0].at_ms + skip_ms;
    SP_ARRAY_FOREACH (&world->asked, first) {
        size_t n = 0;
        SP_ARRAY_FOREACH (&world->asked, asked)
            n += asked->at_ms >= first->at_ms && asked->at_ms - first->at_ms < 1000 &&
                 strcmp(asked->server, server) == 0;
        if (first->at_ms >= begin_ms && n > most)
            most = n;
    }
    return most;
}

static void remove_second(struct world *world)
{
    static const char *const everywhere[] = {RESOLVER, "127.0.0.1", "127.0.0.2"};
    remove_facts(world, NULL, "example.com", SP_DNS_NS);
    for (size_t i = 0; i < SP_ARRAY_LEN(everywhere); i++)
        add_fact(world, everywhere[i], "example.com", SP_DNS_NS, "ns1.example.com");
}

/* Each miss is NODATA here, which takes the most questions to explain; the last look asks them all
 * once more. */
static void check_probing(bool has_two_servers)
{
    struct scene scene;
    scene_init(&scene);
    if (!has_two_servers)
        remove_second(&scene.world);
    publish_wrong(&scene.world, RP, 99, "");
    publish_wrong(&scene.world, DKIM_A, 99, "");
    publish_wrong(&scene.world, DKIM_B, 99, "");
    scene.config.wait_ms = 5500;
    run(&scene);
    assert_int_equal(scene.status, SP_STATUS_PENDING);
    assert_codes(&scene, SP_CODE_MISSING);
    assert_in_range(count_asked(&scene.world, NULL, RP, SP_DNS_TXT), 3, 4);
    assert_in_range(count_asked(&scene.world, NULL, DKIM_A, SP_DNS_TXT), 3, 4);
    assert_in_range(most_in_a_second(&scene.world, "127.0.0.1", 0), 4, 10);
    assert_true(most_in_a_second(&scene.world, "127.0.0.2", 0) <= 10);
    scene_fini(&scene);
}

static void test_probing_is_polite(void **state)
{
    (void)state;
    check_probing(true);
    check_probing(false);
}

static void test_error_ends_the_wait(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene);
    publish_wrong(&scene.world, RP, SP_DNS_CNAME, "old.mailer.example");
    scene.config.wait_ms = 20000;
    run(&scene);
    assert_int_equal(scene.status, SP_STATUS_ERROR);
    assert_in_range(scene.elapsed_ms, 0, 10000);
    scene_fini(&scene);
}

static void change_replace(struct scene *scene)
{
    assert_int_equal(scene->status, SP_STATUS_PENDING);
    remove_facts(&scene->world, NULL, RP, SP_DNS_CNAME);
    publish_wrong(&scene->world, RP, SP_DNS_CNAME, "u1.mailer.example");
}

static void test_replaced_target_is_waited_out(void **state)
{
    struct scene scene;
    (void)state;
    live_scene_init(&scene);
    publish_keys(&scene.world);
    remove_facts(&scene.world, NULL, RP, SP_DNS_CNAME);
    publish_wrong(&scene.world, RP, SP_DNS_CNAME, "old.mailer.example");
    struct sp_superseded old = {
        .host = name_of(RP), .target = name_of("old.mailer.example"), .until_s = sp_wall_s() + 60};
    scene.config.context.superseded = &old;
    scene.config.context.n_superseded = 1;
    scene.config.wait_ms = 20000;
    scene.change = change_replace;
    scene.change_ms = 250;
    run(&scene);
    assert_int_equal(scene.status, SP_STATUS_CONNECTED);
    assert_in_range(scene.elapsed_ms, 240, 10000);
    scene_fini(&scene);
}

static void change_keys(struct scene *scene)
{
    assert_int_equal(scene->status, SP_STATUS_PENDING);
    publish_keys(&scene->world);
}

static void test_waits_for_the_key(void **state)
{
    struct scene scene;
    (void)state;
    live_scene_init(&scene);
    scene.config.wait_ms = 20000;
    scene.change = change_keys;
    scene.change_ms = 200;
    run(&scene);
    assert_int_equal(scene.status, SP_STATUS_CONNECTED);
    assert_in_range(scene.elapsed_ms, 900, 10000);
    /* The records are not asked for again. */
    assert_int_equal(count_asked(&scene.world, "127.0.0.1", RP, SP_DNS_CNAME), 1);
    assert_in_range(count_asked(&scene.world, RESOLVER, "u1.mailer.example", SP_DNS_TXT), 2, 3);
    scene_fini(&scene);
}

static void change_resolver(struct scene *scene)
{
    assert_int_equal(scene->status, SP_STATUS_PENDING);
    scene->world.moods[2] = FINE;
}

static void test_looks_for_the_zone_again(void **state)
{
    struct scene scene;
    (void)state;
    live_scene_init(&scene);
    publish_keys(&scene.world);
    scene.world.moods[2] = SILENT;
    scene.config.wait_ms = 20000;
    scene.change = change_resolver;
    scene.change_ms = 500;
    run(&scene);
    assert_int_equal(scene.status, SP_STATUS_CONNECTED);
    assert_in_range(scene.elapsed_ms, 1500, 15000);
    scene_fini(&scene);
}

static void test_silent_server_is_asked_seldom(void **state)
{
    struct scene scene;
    (void)state;
    scene_init(&scene);
    scene.world.moods[1] = SILENT;
    scene.config.wait_ms = 1500;
    run(&scene);
    assert_codes(&scene, SP_CODE_MISSING);
    /* Three tries a question: two by UDP, one by TCP. */
    assert_int_equal(count_asked(&scene.world, "127.0.0.2", RP, SP_DNS_CNAME), 3);
    assert_true(count_asked(&scene.world, "127.0.0.1", RP, SP_DNS_CNAME) >= 4);
    scene_fini(&scene);
}

/* ---- life-times ---- */

static void test_freed_inside(void **state)
{
    (void)state;
    for (unsigned wait_ms = 0; wait_ms <= 1000; wait_ms += 1000) {
        struct scene scene;
        live_scene_init(&scene);
        publish_keys(&scene.world);
        scene.must_free_inside = true;
        scene.config.wait_ms = wait_ms;
        run(&scene);
        assert_null(scene.verification);
        scene_fini(&scene);
    }
}

static void change_free(struct scene *scene)
{
    sp_verification_free(&scene->verification);
}

/* At any point of its life: after each of the first turns of the loop, and at odd times. */
static void test_freed_at_any_time(void **state)
{
    (void)state;
    for (unsigned turns = 0; turns < 120; turns++) {
        struct scene scene;
        scene_init(&scene);
        scene.config.wait_ms = turns % 2 ? 5000 : 0;
        scene.world.moods[turns % 3] = turns % 5 == 0 ? SILENT : turns % 7 == 0 ? BUSY : FINE;
        if (turns % 4)
            publish_at(&scene.world, "127.0.0.1");
        if (turns % 8)
            publish_at(&scene.world, "127.0.0.2");
        scene.verification = sp_verification_start(scene.loop, &scene.config, &scene.set,
                                                   &scene.n_queries, on_verdict, &scene);
        for (unsigned i = 0; i < turns / 2; i++)
            uv_run(sp_loop_uv(scene.loop), turns % 10 || i > 8 ? UV_RUN_NOWAIT : UV_RUN_ONCE);
        change_free(&scene);
        unsigned n_calls = scene.n_calls;
        sp_loop_run(scene.loop);
        assert_int_equal(scene.n_calls, n_calls);
        scene_fini(&scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_live),
        cmocka_unit_test(test_missing_plants_nothing),
        cmocka_unit_test(test_resolvers_come_after_every_server),
        cmocka_unit_test(test_partly_live),
        cmocka_unit_test(test_wrong_states),
        cmocka_unit_test(test_conflict),
        cmocka_unit_test(test_two_cnames_are_wrong),
        cmocka_unit_test(test_moods),
        cmocka_unit_test(test_wildcard_is_no_conflict),
        cmocka_unit_test(test_wildcard_alias),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_old_key),
        cmocka_unit_test(test_versions),
        cmocka_unit_test(test_no_such_domain),
        cmocka_unit_test(test_silent_resolver),
        cmocka_unit_test(test_keys_behind),
        cmocka_unit_test(test_key_at_the_end_of_a_chain),
        cmocka_unit_test(test_two_keys),
        cmocka_unit_test(test_return_path),
        cmocka_unit_test(test_loop),
        cmocka_unit_test(test_chain_without_end),
        cmocka_unit_test(test_resolver_cannot_tell),
        cmocka_unit_test(test_until_records),
        cmocka_unit_test(test_waits_for_the_second_server),
        cmocka_unit_test(test_old_answers_are_confirmed),
        cmocka_unit_test(test_confirming_ends),
        cmocka_unit_test(test_unconfirmed_is_not_live),
        cmocka_unit_test(test_wait_ends),
        cmocka_unit_test(test_last_look_probes_again),
        cmocka_unit_test(test_waiting_probes_again),
        cmocka_unit_test(test_waiting_sees_a_conflict),
        cmocka_unit_test(test_probing_is_polite),
        cmocka_unit_test(test_error_ends_the_wait),
        cmocka_unit_test(test_replaced_target_is_waited_out),
        cmocka_unit_test(test_waits_for_the_key),
        cmocka_unit_test(test_looks_for_the_zone_again),
        cmocka_unit_test(test_silent_server_is_asked_seldom),
        cmocka_unit_test(test_freed_inside),
        cmocka_unit_test(test_freed_at_any_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
