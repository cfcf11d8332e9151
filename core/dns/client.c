#include "dns/client.h"

#include <sys/queue.h>

#include "base/limits.h"
#include "dns/dns_trace.h"
#include "dns/lane.h"
#include "dns/replay.h"
#include "dns/resolv_conf.h"

TAILQ_HEAD(query_list, sp_dns_query);

struct sp_dns_query {
    TAILQ_ENTRY(sp_dns_query) link; /* in the client */
    struct sp_dns_client *client;
    struct sp_lane_place place;
    struct sp_replay_place replayed;
    struct sp_dns_page *page; /* where the answer is written down; or NULL */
    struct sp_span answer;    /* the bytes of the reply, while it is given */
    uint64_t sent_ms;
    struct sp_exchange *exchange;
    struct sp_attempt attempt; /* at the present server */
    struct sp_buf wire;        /* what was sent last */
    struct sp_name name;
    uint16_t type;
    bool is_recursive, is_unchecked;
    size_t n_resolvers; /* asked so far, the present one included */
    size_t resolver;
    unsigned *counter;
    sp_dns_fn fn;
    void *arg;
};

struct sp_dns_client {
    struct sp_transport *transport, *https;
    struct sp_address resolvers[SP_DNS_RESOLVERS_MAX];
    size_t n_resolvers;
    size_t first_resolver; /* where to begin: moves on from one that is silent */
    uint16_t authoritative_port;
    struct query_list queries;
    struct sp_lanes *lanes;
    struct sp_trace *trace;
    struct sp_dns_book *book;
    struct sp_replay *replay; /* NULL: questions are sent */
    uint64_t nonce;
    bool has_ipv6;
};

static void open_book(struct sp_dns_client *client, const struct sp_dns_config *config,
                      struct sp_loop *loop)
{
    struct sp_dns_book *book = client->book = config->book;
    if (!config->replay_ms) {
        client->has_ipv6 = sp_address_has_ipv6(sp_address_is_loopback(&client->resolvers[0]));
        sp_random(&client->nonce, sizeof(client->nonce));
    }
    if (!book)
        return;
    if (config->replay_ms) {
        client->replay = sp_replay_new(loop, book, config->replay_ms);
        client->has_ipv6 = book->has_ipv6;
        client->nonce = book->nonce;
        return;
    }
    for (size_t i = 0; i < client->n_resolvers; i++)
        (void)sp_dns_book_add_resolver(book, &client->resolvers[i]);
    book->authoritative_port = client->authoritative_port;
    book->has_ipv6 = client->has_ipv6;
    client->nonce = book->nonce;
}

struct sp_dns_client *sp_dns_client_new(struct sp_loop *loop, struct sp_transport *transport,
                                        const struct sp_dns_config *config, struct sp_err *err)
{
    struct sp_dns_client *client = sp_new(struct sp_dns_client);
    client->transport = transport;
    client->https = config->https;
    client->authoritative_port = config->authoritative_port ? config->authoritative_port : 53;
    client->lanes = sp_lanes_new(loop);
    client->trace = sp_loop_trace(loop);
    TAILQ_INIT(&client->queries);
    for (size_t i = 0; i < config->n_resolvers && i < SP_DNS_RESOLVERS_MAX; i++)
        client->resolvers[client->n_resolvers++] = config->resolvers[i];
    if (!client->n_resolvers)
        client->n_resolvers = sp_resolv_conf_read("/etc/resolv.conf", client->resolvers);
    if (!client->n_resolvers) {
        sp_err_set(err, SP_ERR_USAGE, "no-resolver",
                   "no DNS resolver is known: /etc/resolv.conf names none");
        sp_err_fix(err, "give one with --resolver ADDRESS");
        sp_dns_client_free(client);
        return NULL;
    }
    for (size_t i = 0; i < client->n_resolvers; i++)
        sp_lanes_unbind(client->lanes, &client->resolvers[i]);
    open_book(client, config, loop);
    return client;
}

/* What carries questions to the server that QUERY is at. */
static struct sp_transport *carrier_of(const struct sp_dns_query *query)
{
    bool is_url = sp_lane_server(&query->place)->family == SP_ADDRESS_URL;
    return is_url ? query->client->https : query->client->transport;
}

static void query_free(struct sp_dns_query *query, bool wakes_next)
{
    if (query->exchange)
        carrier_of(query)->ops->cancel(query->exchange);
    sp_lane_leave(&query->place, wakes_next);
    sp_replay_leave(&query->replayed);
    TAILQ_REMOVE(&query->client->queries, query, link);
    sp_buf_fini(&query->wire);
    free(query);
}

void sp_dns_client_free(struct sp_dns_client *client)
{
    if (!client)
        return;
    while (!TAILQ_EMPTY(&client->queries))
        query_free(TAILQ_FIRST(&client->queries), false);
    sp_lanes_free(client->lanes);
    sp_replay_free(client->replay);
    if (client->transport)
        client->transport->ops->free(client->transport);
    if (client->https)
        client->https->ops->free(client->https);
    free(client);
}

static void on_exchange(void *arg, enum sp_transport_status status, const uint8_t *bytes,
                        size_t len);

/* Every attempt has an id and letters of its own: a late or forged answer to another fits none. By
 * HTTPS the id is 0, which caches like (RFC 8484, section 4.1). */
static void build_query(struct sp_dns_query *query)
{
    uint16_t id = 0;
    if (!query->attempt.is_only)
        sp_random(&id, sizeof(id));
    sp_buf_clear(&query->wire);
    sp_dns_query_build(&query->wire, id, &query->name, query->type, query->is_recursive);
    if (query->is_unchecked)
        sp_dns_query_disable_checking(&query->wire);
    if (query->attempt.has_edns)
        sp_dns_query_add_edns(&query->wire);
    if (query->attempt.is_mixed)
        sp_dns_query_mix_case(&query->wire);
}

static enum sp_dns_via via_of(const struct sp_dns_query *query)
{
    return query->attempt.is_only  ? SP_DNS_VIA_HTTPS
           : query->attempt.is_tcp ? SP_DNS_VIA_TCP
                                   : SP_DNS_VIA_UDP;
}

static void trace_sent(const struct sp_dns_query *query)
{
    const struct sp_dns_question question = {
        .name = query->name, .type = query->type, .is_recursive = query->is_recursive};
    const struct sp_dns_sent sent = {&question, sp_lane_server(&query->place), via_of(query),
                                     query->wire.len};
    sp_dns_trace_sent(query->client->trace, &sent);
}

static void trace_heard(const struct sp_dns_query *query, enum sp_transport_status status)
{
    const struct sp_dns_question question = {.name = query->name, .type = query->type};
    const struct sp_dns_sent sent = {&question, sp_lane_server(&query->place), via_of(query), 0};
    sp_dns_trace_heard(query->client->trace, &sent, status, query->answer.bytes, query->answer.len,
                       sp_monotonic_ms() - query->sent_ms);
}

static void send_query(struct sp_dns_query *query)
{
    bool is_tcp = query->attempt.is_tcp;
    build_query(query);
    query->sent_ms = sp_monotonic_ms();
    if (query->client->trace)
        trace_sent(query);
    sp_manner_sent(sp_lane_manner(&query->place), &query->attempt, sp_monotonic_ms());
    sp_lane_note_sent(&query->place);
    if (query->counter)
        ++*query->counter;
    struct sp_transport *carrier = carrier_of(query);
    unsigned timeout_ms = query->attempt.is_only ? SP_DNS_HTTPS_MS
                          : is_tcp               ? SP_DNS_TCP_TIMEOUT_MS
                                                 : SP_DNS_UDP_TIMEOUT_MS;
    query->exchange = carrier->ops->send(carrier, sp_lane_server(&query->place),
                                         (const uint8_t *)sp_buf_str(&query->wire), query->wire.len,
                                         is_tcp, timeout_ms, on_exchange, query);
}

static void begin(void *arg)
{
    struct sp_dns_query *query = arg;
    query->attempt = (struct sp_attempt){0};
    if (sp_lane_server(&query->place)->family == SP_ADDRESS_URL)
        query->attempt.is_only = query->attempt.is_tcp = true;
    else
        sp_manner_begin(sp_lane_manner(&query->place), &query->attempt, sp_monotonic_ms());
    send_query(query);
}

static bool is_useless(enum sp_transport_status status, const struct sp_dns_message *message)
{
    return status != SP_TRANSPORT_OK ||
           (message->rcode != SP_DNS_NOERROR && message->rcode != SP_DNS_NXDOMAIN &&
            !sp_dns_ede_is_bogus(&message->ede));
}

/* True when the question went on to another resolver. */
static bool ask_next_resolver(struct sp_dns_query *query, enum sp_transport_status status,
                              const struct sp_dns_message *message)
{
    struct sp_dns_client *client = query->client;
    if (!query->is_recursive || !is_useless(status, message))
        return false;
    size_t next = (query->resolver + 1) % client->n_resolvers;
    if (status != SP_TRANSPORT_OK && client->first_resolver == query->resolver)
        client->first_resolver = next;
    if (query->n_resolvers == client->n_resolvers)
        return false;
    sp_lane_leave(&query->place, true);
    query->n_resolvers++;
    query->resolver = next;
    sp_lane_enter(client->lanes, &query->place, &client->resolvers[next], false, begin, query);
    return true;
}

static void write_down(struct sp_dns_query *query, enum sp_transport_status status,
                       const struct sp_address *server)
{
    uint64_t now_ms = sp_wall_ms();
    const struct sp_dns_said said = {
        .status = status,
        .server = *server,
        .via = via_of(query),
        .first_ms = now_ms,
        .last_ms = now_ms,
    };
    sp_dns_book_write(query->client->book, query->page, &said, query->answer.bytes,
                      status == SP_TRANSPORT_OK ? query->answer.len : 0);
}

/* MESSAGE is NULL unless STATUS is OK. Frees QUERY, then calls back: the callback may free the
 * client. */
static void conclude(struct sp_dns_query *query, enum sp_transport_status status,
                     const struct sp_dns_message *message)
{
    if (ask_next_resolver(query, status, message))
        return;
    struct sp_dns_reply reply = {
        .status = status,
        .message = message,
        .server = *sp_lane_server(&query->place),
    };
    if (query->page)
        write_down(query, status, &reply.server);
    sp_dns_fn fn = query->fn;
    void *arg = query->arg;
    query_free(query, true);
    fn(arg, &reply);
}

/* RET_MESSAGE is to be freed in any case. */
static enum sp_outcome outcome_of(const struct sp_dns_query *query, const uint8_t *bytes,
                                  size_t len, struct sp_dns_message *ret_message)
{
    const struct sp_attempt *attempt = &query->attempt;
    enum sp_dns_match match = sp_dns_match(sp_buf_str(&query->wire), query->wire.len, bytes, len);
    bool is_good = sp_dns_message_parse(bytes, len, ret_message) == 0;
    unsigned rcode = ret_message->rcode;
    if (match == SP_DNS_MATCH_BARE && attempt->has_edns)
        return SP_OUTCOME_DECLINED;
    if (!is_good || match < SP_DNS_MATCH_LOOSE)
        return SP_OUTCOME_BROKEN;
    if (match == SP_DNS_MATCH_LOOSE && attempt->is_mixed)
        return SP_OUTCOME_OTHER_CASE;
    bool is_decline =
        (!ret_message->has_edns && (rcode == SP_DNS_FORMERR || rcode == SP_DNS_NOTIMP)) ||
        rcode == SP_DNS_BADVERS;
    if (is_decline && attempt->has_edns)
        return SP_OUTCOME_DECLINED;
    if (ret_message->is_truncated && !attempt->is_tcp)
        return ret_message->records.n ? SP_OUTCOME_TRUNCATED : SP_OUTCOME_EMPTIED;
    return SP_OUTCOME_ANSWER;
}

static void on_exchange(void *arg, enum sp_transport_status status, const uint8_t *bytes,
                        size_t len)
{
    struct sp_dns_query *query = arg;
    struct sp_dns_message message = {0};
    enum sp_outcome outcome = status == SP_TRANSPORT_OK ? outcome_of(query, bytes, len, &message)
                              : status == SP_TRANSPORT_TIMEOUT ? SP_OUTCOME_SILENCE
                                                               : SP_OUTCOME_FAILED;
    query->exchange = NULL;
    query->answer = (struct sp_span){(const char *)bytes, len};
    if (query->client->trace)
        trace_heard(query, status);
    enum sp_next next =
        sp_manner_next(sp_lane_manner(&query->place), &query->attempt, outcome, sp_monotonic_ms());
    if (next == SP_NEXT_ASK)
        send_query(query);
    else if (next == SP_NEXT_TAKE)
        conclude(query, SP_TRANSPORT_OK, &message);
    else
        conclude(query, status == SP_TRANSPORT_OK ? SP_TRANSPORT_FAILED : status, NULL);
    sp_dns_message_fini(&message);
}

static struct sp_dns_query *query_new(struct sp_dns_client *client, const struct sp_name *name,
                                      uint16_t type, unsigned *counter, sp_dns_fn fn, void *arg)
{
    struct sp_dns_query *query = sp_new(struct sp_dns_query);
    query->client = client;
    query->name = *name;
    query->type = type;
    query->counter = counter;
    query->fn = fn;
    query->arg = arg;
    sp_buf_init(&query->wire, SP_DNS_MESSAGE_MAX);
    TAILQ_INSERT_TAIL(&client->queries, query, link);
    return query;
}

static void on_replayed(void *arg, const struct sp_dns_said *said)
{
    struct sp_dns_query *query = arg;
    struct sp_dns_message message = {0};
    struct sp_dns_reply reply = {.status = said ? said->status : SP_TRANSPORT_TIMEOUT};
    if (said)
        reply.server = said->server;
    if (reply.status == SP_TRANSPORT_OK &&
        sp_dns_message_parse(said->bytes.data, said->bytes.len, &message) < 0)
        reply.status = SP_TRANSPORT_FAILED;
    if (reply.status == SP_TRANSPORT_OK)
        reply.message = &message;
    sp_dns_fn fn = query->fn;
    void *fn_arg = query->arg;
    query_free(query, false);
    fn(fn_arg, &reply);
    sp_dns_message_fini(&message);
}

/* QUERY goes to SERVER, or into the book. WHOSE is the server that it is about; NULL: whichever
 * resolver answers. */
static void put_question(struct sp_dns_query *query, const struct sp_address *server,
                         const struct sp_address *whose, bool is_poll)
{
    struct sp_dns_client *client = query->client;
    const struct sp_dns_question question = {
        .is_recursive = query->is_recursive,
        .is_unchecked = query->is_unchecked,
        .server = whose ? *whose : (struct sp_address){0},
        .name = query->name,
        .type = query->type,
    };
    if (client->replay) {
        sp_replay_enter(client->replay, &query->replayed, &question, on_replayed, query);
        return;
    }
    if (client->book)
        query->page = sp_dns_book_open(client->book, &question);
    sp_lane_enter(client->lanes, &query->place, server, is_poll, begin, query);
}

struct sp_dns_query *sp_dns_ask(struct sp_dns_client *client, const struct sp_address *server,
                                const struct sp_name *name, uint16_t type, unsigned *counter,
                                sp_dns_fn fn, void *arg)
{
    struct sp_dns_query *query = query_new(client, name, type, counter, fn, arg);
    put_question(query, server, server, false);
    return query;
}

struct sp_dns_query *sp_dns_poll(struct sp_dns_client *client, const struct sp_address *server,
                                 const struct sp_name *name, uint16_t type, unsigned *counter,
                                 sp_dns_fn fn, void *arg)
{
    struct sp_dns_query *query = query_new(client, name, type, counter, fn, arg);
    put_question(query, server, server, true);
    return query;
}

struct sp_dns_query *sp_dns_resolve(struct sp_dns_client *client, const struct sp_name *name,
                                    uint16_t type, unsigned *counter, sp_dns_fn fn, void *arg)
{
    struct sp_dns_query *query = query_new(client, name, type, counter, fn, arg);
    query->is_recursive = true;
    query->n_resolvers = 1;
    query->resolver = client->first_resolver;
    put_question(query, &client->resolvers[query->resolver], NULL, false);
    return query;
}

struct sp_dns_query *sp_dns_consult(struct sp_dns_client *client, const struct sp_address *resolver,
                                    const struct sp_name *name, uint16_t type, bool is_unchecked,
                                    unsigned *counter, sp_dns_fn fn, void *arg)
{
    struct sp_dns_query *query = query_new(client, name, type, counter, fn, arg);
    query->is_recursive = true;
    query->is_unchecked = is_unchecked;
    query->n_resolvers = client->n_resolvers; /* no other one's turn comes */
    query->resolver = SIZE_MAX;
    put_question(query, resolver, resolver, false);
    return query;
}

void sp_dns_query_cancel(struct sp_dns_query **query)
{
    if (!*query)
        return;
    query_free(*query, true);
    *query = NULL;
}

void sp_dns_client_withdraw(struct sp_dns_client *client, const struct sp_dns_question *question)
{
    uint64_t now_ms = sp_wall_ms();
    const struct sp_dns_said silence = {.status = SP_TRANSPORT_TIMEOUT,
                                        .server = question->server,
                                        .first_ms = now_ms,
                                        .last_ms = now_ms};
    struct sp_dns_page *page =
        client->book && !client->replay ? sp_dns_book_find(client->book, question) : NULL;
    if (page)
        sp_dns_book_write(client->book, page, &silence, NULL, 0);
}

uint64_t sp_dns_client_nonce(const struct sp_dns_client *client)
{
    return client->nonce;
}

bool sp_dns_client_has_route(const struct sp_dns_client *client, const struct sp_address *address)
{
    if (client->replay)
        return sp_dns_book_has_route(client->book, address);
    bool has_route = sp_address_has_route(address);
    if (client->book)
        sp_dns_book_note_route(client->book, address, has_route);
    return has_route;
}

bool sp_dns_client_has_ipv6(const struct sp_dns_client *client)
{
    return client->has_ipv6;
}

unsigned sp_dns_client_n_absent(const struct sp_dns_client *client)
{
    return client->replay ? sp_replay_n_absent(client->replay) : 0;
}

void sp_dns_client_set_pace(struct sp_dns_client *client, unsigned qps, bool is_default)
{
    sp_lanes_set_pace(client->lanes, qps, is_default);
    for (size_t i = 0; is_default && i < client->n_resolvers; i++)
        sp_lanes_spare(client->lanes, &client->resolvers[i]);
}

void sp_dns_client_count_looks(struct sp_dns_client *client, int n, bool is_waiting)
{
    sp_lanes_count_looks(client->lanes, n, is_waiting);
}

uint64_t sp_dns_client_delay_ms(const struct sp_dns_client *client)
{
    return sp_lanes_delay_ms(client->lanes);
}

size_t sp_dns_client_n_waiting(const struct sp_dns_client *client, uint64_t delay_ms)
{
    return sp_lanes_n_waiting(client->lanes, delay_ms);
}

uint16_t sp_dns_client_authoritative_port(const struct sp_dns_client *client)
{
    return client->authoritative_port;
}

size_t sp_dns_client_n_resolvers(const struct sp_dns_client *client)
{
    return client->n_resolvers;
}

const struct sp_address *sp_dns_client_resolver_at(const struct sp_dns_client *client, size_t i)
{
    return &client->resolvers[i];
}

const struct sp_address *sp_dns_client_resolver(const struct sp_dns_client *client)
{
    return &client->resolvers[0];
}
