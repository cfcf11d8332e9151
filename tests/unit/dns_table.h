/*
 * For the delegation tests: a DNS transport that answers from a table, and a client and delegations
 * on it. Servers are told apart by address: the resolver is 127.0.0.53, name servers are others of
 * 127.0.0.0/8, to which there is a route. Everything asked is noted.
 */
#ifndef TEST_DNS_TABLE_H
#define TEST_DNS_TABLE_H

#include "dns/delegation.h"
#include "dns_answer.h"

/* Beside the rcodes. A resolver's silence is cut short for the sake of the tests' time; HANGING is
 * not. */
enum { SILENT = 100, CLOSED, HANGING };

#define RESOLVER "127.0.0.53"
/* A resolver as on the internet: with it name servers are asked at port 53. */
#define PUBLIC  "192.0.2.53"
#define RECORDS 4

/* What SERVER answers to NAME and TYPE. */
struct rule {
    const char *server, *name;
    uint16_t type;
    unsigned flags, rcode;
    struct {
        enum sp_dns_section section;
        uint16_t type;
        const char *owner, *data;
    } records[RECORDS];
};

#define ANSWER(t, o, d)                                                                            \
    {                                                                                              \
        SP_DNS_ANSWER, SP_DNS_##t, o, d                                                            \
    }
#define AUTHORITY(t, o, d)                                                                         \
    {                                                                                              \
        SP_DNS_AUTHORITY, SP_DNS_##t, o, d                                                         \
    }
#define ADDITIONAL(t, o, d)                                                                        \
    {                                                                                              \
        SP_DNS_ADDITIONAL, SP_DNS_##t, o, d                                                        \
    }

struct fake;

struct sp_exchange {
    struct fake *fake;
    sp_transport_fn fn;
    void *arg;
    bool is_cancelled, is_hanging;
    enum sp_transport_status status;
    struct sp_buf bytes;
    struct sp_timer *timer;
};

struct asked {
    char server[SP_ADDRESS_TEXT_SIZE];
    char name[SP_NAME_TEXT_SIZE];
    uint16_t type;
    bool is_recursive;
};

struct fake {
    struct sp_transport transport;
    struct sp_loop *loop;
    const struct rule *rules;
    size_t n_rules;
    SP_ARRAY(struct asked) asked;
    bool is_public;
};

static inline void finish(void *arg)
{
    struct sp_exchange *exchange = arg;
    if (!exchange->is_cancelled)
        exchange->fn(exchange->arg, exchange->status, (const uint8_t *)sp_buf_str(&exchange->bytes),
                     exchange->bytes.len);
    sp_buf_fini(&exchange->bytes);
    free(exchange);
}

static inline void on_time(void *arg)
{
    struct sp_exchange *exchange = arg;
    exchange->timer = NULL;
    finish(exchange);
}

/* Address look-ups that no rule speaks of find nothing; anything else is refused. */
static inline void build(struct fake *fake, const struct asked *asked,
                         const struct sp_dns_message *query, struct sp_exchange *exchange)
{
    for (size_t i = 0; i < fake->n_rules; i++) {
        const struct rule *rule = &fake->rules[i];
        if (strcmp(rule->server, asked->server) != 0 || strcmp(rule->name, asked->name) != 0 ||
            rule->type != asked->type)
            continue;
        if (rule->rcode >= SILENT) {
            exchange->status = rule->rcode == CLOSED ? SP_TRANSPORT_REFUSED : SP_TRANSPORT_TIMEOUT;
            exchange->is_hanging = rule->rcode == HANGING;
            return;
        }
        start_answer(&exchange->bytes, query->id, QR | rule->flags, rule->rcode, &query->question,
                     query->question_type);
        for (size_t at = 0; at < RECORDS && rule->records[at].owner; at++)
            add_record(&exchange->bytes, rule->records[at].section, rule->records[at].owner,
                       rule->records[at].type, rule->records[at].data);
        return;
    }
    bool is_address = asked->type == SP_DNS_A || asked->type == SP_DNS_AAAA;
    start_answer(&exchange->bytes, query->id, QR, is_address ? SP_DNS_NOERROR : SP_DNS_REFUSED,
                 &query->question, query->question_type);
}

static inline struct sp_exchange *fake_send(struct sp_transport *transport,
                                            const struct sp_address *server, const uint8_t *bytes,
                                            size_t len, bool is_tcp, unsigned timeout_ms,
                                            sp_transport_fn fn, void *arg)
{
    struct fake *fake = (struct fake *)transport;
    struct sp_exchange *exchange = sp_new(struct sp_exchange);
    struct asked *asked = sp_array_push(&fake->asked);
    struct sp_dns_message query;
    (void)is_tcp;
    assert_int_equal(sp_dns_message_parse(bytes, len, &query), 0);
    sp_address_format(server, asked->server);
    sp_name_format(&query.question, asked->name);
    asked->type = query.question_type;
    asked->is_recursive = bytes[2] & 1;
    assert_int_equal(asked->is_recursive,
                     strcmp(asked->server, fake->is_public ? PUBLIC : RESOLVER) == 0);
    assert_int_equal(server->port, asked->is_recursive || fake->is_public ? 53 : 5300);
    exchange->fake = fake;
    exchange->fn = fn;
    exchange->arg = arg;
    sp_buf_init(&exchange->bytes, SP_DNS_MESSAGE_MAX);
    build(fake, asked, &query, exchange);
    echo_letters(&exchange->bytes, bytes);
    bool is_waited_for =
        exchange->status == SP_TRANSPORT_TIMEOUT && (!asked->is_recursive || exchange->is_hanging);
    exchange->timer = sp_timer_start(fake->loop, is_waited_for ? timeout_ms : 0, on_time, exchange);
    sp_dns_message_fini(&query);
    return exchange;
}

static inline void fake_cancel(struct sp_exchange *exchange)
{
    exchange->is_cancelled = true;
    if (exchange->timer) {
        sp_timer_stop(&exchange->timer);
        sp_loop_defer(exchange->fake->loop, finish, exchange);
    }
}

static inline void fake_free(struct sp_transport *transport)
{
    (void)transport; /* in the fixture */
}

struct fixture {
    struct fake fake;
    struct sp_dns_client *client;
    struct sp_delegations *delegations;
    unsigned counter;
};

static inline void setup_world(struct fixture *fixture, const struct rule *rules, size_t n_rules,
                               bool is_public)
{
    static const struct sp_transport_ops ops = {fake_send, fake_cancel, fake_free};
    struct sp_address resolver;
    struct sp_err err = SP_ERR_INIT;
    *fixture = (struct fixture){.fake = {{&ops}, sp_loop_new(), rules, n_rules, {0}, is_public}};
    assert_int_equal(sp_address_parse(&resolver, is_public ? PUBLIC : RESOLVER, 53, &err), 0);
    struct sp_dns_config config = {&resolver, 1, is_public ? 53 : 5300};
    fixture->client =
        sp_dns_client_new(fixture->fake.loop, &fixture->fake.transport, &config, &err);
    fixture->delegations = sp_delegations_new(fixture->fake.loop, fixture->client);
}

static inline void setup(struct fixture *fixture, const struct rule *rules, size_t n_rules)
{
    setup_world(fixture, rules, n_rules, false);
}

static inline void teardown(struct fixture *fixture)
{
    sp_delegations_free(fixture->delegations);
    sp_dns_client_free(fixture->client);
    sp_loop_free(fixture->fake.loop);
    sp_array_free(&fixture->fake.asked);
}

static inline void on_found(void *arg, const struct sp_delegation *delegation)
{
    const struct sp_delegation **found = arg;
    assert_null(*found);
    *found = delegation;
}

static inline const struct sp_delegation *find(struct fixture *fixture, const char *domain_text,
                                               const char *host_text)
{
    const struct sp_delegation *found = NULL;
    struct sp_name domain = name_of(domain_text), host = name_of(host_text);
    sp_delegations_find(fixture->delegations, &domain, &host, &fixture->counter, on_found, &found);
    assert_null(found);
    sp_loop_run(fixture->fake.loop);
    assert_non_null(found);
    return found;
}

static inline size_t count(const struct fixture *fixture, const char *server, const char *name,
                           uint16_t type)
{
    size_t n = 0;
    for (size_t i = 0; i < fixture->fake.asked.n; i++) {
        const struct asked *asked = &fixture->fake.asked.items[i];
        n += (!server || strcmp(asked->server, server) == 0) && strcmp(asked->name, name) == 0 &&
             asked->type == type;
    }
    return n;
}

/* The promise of delegation.h: caches hear of suffixes of the sender domain and of name servers
 * alone. */
static inline void check_resolver_questions(const struct fixture *fixture, const char *domain_text)
{
    struct sp_name domain = name_of(domain_text);
    for (size_t i = 0; i < fixture->fake.asked.n; i++) {
        const struct asked *asked = &fixture->fake.asked.items[i];
        struct sp_name name = name_of(asked->name);
        if (strcmp(asked->server, RESOLVER) != 0)
            assert_int_equal(asked->type, SP_DNS_NS);
        else if (asked->type == SP_DNS_NS || asked->type == SP_DNS_SOA)
            assert_true(sp_name_is_within(&domain, &name));
        else
            assert_true(strncmp(asked->name, "ns", 2) == 0);
    }
}

#define A_OF(name, address)                                                                        \
    {                                                                                              \
        RESOLVER, name, SP_DNS_A, RA, 0,                                                           \
        {                                                                                          \
            ANSWER(A, name, address)                                                               \
        }                                                                                          \
    }

#endif
