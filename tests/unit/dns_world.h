/*
 * For the verification tests: a transport that answers from a small world of records. Name servers
 * are 127.0.0.1 and 127.0.0.2, the resolver is 127.0.0.53. The world may change while it is
 * watched.
 */
#ifndef TEST_DNS_WORLD_H
#define TEST_DNS_WORLD_H

#include <cmocka.h>

#include "dns/transport.h"
#include "dns_answer.h"

#define RESOLVER "127.0.0.53"

enum mood {
    FINE,
    SILENT,
    HANGING, /* silent, and the silence is not cut short */
    CLOSED,
    REFUSING,
    FORGETFUL, /* no authority */
    BUSY,      /* SERVFAIL at the first question for a name, an answer at the second */
    FAILING,   /* SERVFAIL */
};

struct fact {
    const char *server, *owner;
    uint16_t type;
    const char *data;
};

struct asked {
    char server[SP_ADDRESS_TEXT_SIZE];
    char name[SP_NAME_TEXT_SIZE];
    uint16_t type;
    uint64_t at_ms;
};

struct world {
    struct sp_transport transport;
    struct sp_loop *loop;
    SP_ARRAY(struct fact) facts;
    enum mood moods[3];  /* of 127.0.0.1, 127.0.0.2 and the resolver */
    const char *loop_at; /* the resolver answers SERVFAIL for this name's TXT */
    SP_ARRAY(struct asked) asked;
    SP_ARRAY(struct sp_exchange *) open;
};

struct sp_exchange {
    struct world *world;
    struct sp_timer *timer;
    enum sp_transport_status status;
    bool is_hanging;
    struct sp_buf bytes;
    sp_transport_fn fn;
    void *arg;
};

static inline void exchange_free(struct sp_exchange *exchange)
{
    struct world *world = exchange->world;
    for (size_t i = 0; i < world->open.n; i++)
        if (world->open.items[i] == exchange)
            world->open.items[i] = world->open.items[--world->open.n];
    sp_timer_stop(&exchange->timer);
    sp_buf_fini(&exchange->bytes);
    free(exchange);
}

static inline void on_time(void *arg)
{
    struct sp_exchange *exchange = arg;
    sp_transport_fn fn = exchange->fn;
    void *fn_arg = exchange->arg;
    enum sp_transport_status status = exchange->status;
    struct sp_buf bytes = exchange->bytes;
    memset(&exchange->bytes, 0, sizeof(exchange->bytes));
    exchange->timer = NULL;
    exchange_free(exchange);
    fn(fn_arg, status, (const uint8_t *)sp_buf_str(&bytes), bytes.len);
    sp_buf_fini(&bytes);
}

static inline bool is_within(const char *name, const char *zone)
{
    struct sp_name a = name_of(name), b = name_of(zone);
    return sp_name_is_within(&a, &b);
}

/* Puts what SERVER holds of NAME into the answer, CNAMEs followed as a resolver does. */
static inline bool add_facts(struct world *world, struct sp_buf *out, const char *server,
                             const char *name, uint16_t type)
{
    bool is_resolver = strcmp(server, RESOLVER) == 0, has_name = false;
    const char *next = NULL;
    for (size_t hop = 0; name && hop < 12; hop++, name = next) {
        has_name = false;
        next = NULL;
        SP_ARRAY_FOREACH (&world->facts, fact) {
            if (strcmp(fact->server, server) != 0 || strcmp(fact->owner, name) != 0)
                continue;
            has_name = true;
            bool is_alias = fact->type == SP_DNS_CNAME && type != SP_DNS_CNAME;
            if (fact->type == type || is_alias)
                add_record(out, SP_DNS_ANSWER, name, fact->type, fact->data);
            if (is_alias && is_resolver)
                next = fact->data;
        }
    }
    return has_name;
}

static inline size_t server_index(const char *server)
{
    return strcmp(server, "127.0.0.1") == 0 ? 0 : strcmp(server, "127.0.0.2") == 0 ? 1 : 2;
}

static inline size_t count_asked(const struct world *world, const char *server, const char *name,
                                 uint16_t type)
{
    size_t n = 0;
    SP_ARRAY_FOREACH (&world->asked, asked)
        n += (!server || strcmp(asked->server, server) == 0) &&
             (!name || strcmp(asked->name, name) == 0) && (!type || asked->type == type);
    return n;
}

static inline void build(struct world *world, const struct asked *asked,
                         const struct sp_dns_message *query, struct sp_exchange *exchange)
{
    size_t i = server_index(asked->server);
    bool is_cname = asked->type == SP_DNS_CNAME;
    enum mood mood = is_cname || i == 2 ? world->moods[i] : FINE;
    bool is_first = count_asked(world, asked->server, asked->name, asked->type) == 1;
    bool is_loop = world->loop_at && strcmp(asked->name, world->loop_at) == 0;
    unsigned flags = QR | (i == 2 || mood == FORGETFUL ? 0u : (unsigned)AA);
    if (mood == SILENT || mood == HANGING || mood == CLOSED) {
        exchange->status = mood == CLOSED ? SP_TRANSPORT_REFUSED : SP_TRANSPORT_TIMEOUT;
        exchange->is_hanging = mood == HANGING;
        return;
    }
    unsigned rcode = mood == REFUSING                 ? SP_DNS_REFUSED
                     : mood == BUSY && is_first       ? SP_DNS_SERVFAIL
                     : mood == FAILING                ? SP_DNS_SERVFAIL
                     : i == 2 && is_loop && !is_cname ? SP_DNS_SERVFAIL
                                                      : SP_DNS_NOERROR;
    start_answer(&exchange->bytes, query->id, flags, rcode, &query->question, query->question_type);
    if (rcode != SP_DNS_NOERROR)
        return;
    bool has_name = add_facts(world, &exchange->bytes, asked->server, asked->name, asked->type);
    if (!has_name)
        exchange->bytes.data[3] = (char)(exchange->bytes.data[3] | SP_DNS_NXDOMAIN);
    if (exchange->bytes.data[7] == 0)
        add_record(&exchange->bytes, SP_DNS_AUTHORITY,
                   is_within(asked->name, "example.com") ? "example.com" : "example", SP_DNS_SOA,
                   "ns1.example.com");
}

static inline struct sp_exchange *world_send(struct sp_transport *transport,
                                             const struct sp_address *server, const uint8_t *bytes,
                                             size_t len, bool is_tcp, unsigned timeout_ms,
                                             sp_transport_fn fn, void *arg)
{
    struct world *world = (struct world *)transport;
    struct sp_exchange *exchange = sp_new(struct sp_exchange);
    struct asked *asked = sp_array_push(&world->asked);
    struct sp_dns_message query;
    (void)is_tcp;
    assert_int_equal(sp_dns_message_parse(bytes, len, &query), 0);
    sp_address_format(server, asked->server);
    sp_name_format(&query.question, asked->name);
    asked->type = query.question_type;
    asked->at_ms = sp_monotonic_ms();
    exchange->world = world;
    exchange->fn = fn;
    exchange->arg = arg;
    sp_buf_init(&exchange->bytes, SP_DNS_MESSAGE_MAX);
    build(world, asked, &query, exchange);
    echo_letters(&exchange->bytes, bytes);
    sp_dns_message_fini(&query);
    /* Silence is cut short, for the sake of the test's time. */
    unsigned delay_ms = exchange->is_hanging                       ? timeout_ms
                        : exchange->status == SP_TRANSPORT_TIMEOUT ? 20
                                                                   : 0;
    exchange->timer = sp_timer_start(world->loop, delay_ms, on_time, exchange);
    *sp_array_push(&world->open) = exchange;
    return exchange;
}

static inline void world_free(struct sp_transport *transport)
{
    struct world *world = (struct world *)transport;
    while (world->open.n)
        exchange_free(world->open.items[0]);
    sp_array_free(&world->open);
}

static const struct sp_transport_ops ops = {
    .send = world_send, .cancel = exchange_free, .free = world_free};

#endif
