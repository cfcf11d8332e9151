#include "dns/client.h"

#include <sys/queue.h>

#include "base/limits.h"
#include "dns/resolv_conf.h"

enum { BUCKETS = 256 };

TAILQ_HEAD(query_list, sp_dns_query);

/* One server address: how much is under way there, and who waits. */
struct lane {
    LIST_ENTRY(lane) link;
    struct sp_address server;
    size_t n_under_way;
    struct query_list waiting;
};

struct sp_dns_query {
    TAILQ_ENTRY(sp_dns_query) link;      /* in the client */
    TAILQ_ENTRY(sp_dns_query) lane_link; /* in lane->waiting, while is_waiting */
    struct sp_dns_client *client;
    struct lane *lane;
    struct sp_exchange *exchange;
    struct sp_name name;
    uint16_t type, id;
    bool is_waiting, is_recursive;
    bool is_tcp;
    bool has_answered_udp; /* with a truncated or broken message: the host is alive */
    unsigned n_sent;       /* attempts with the present server and protocol */
    size_t n_resolvers;    /* asked so far, the present one included */
    size_t resolver;
    unsigned *counter;
    sp_dns_fn fn;
    void *arg;
};

struct sp_dns_client {
    struct sp_transport *transport;
    struct sp_address resolvers[SP_DNS_RESOLVERS_MAX];
    size_t n_resolvers;
    size_t first_resolver; /* where to begin: moves on from one that is silent */
    uint16_t authoritative_port;
    struct query_list queries;
    LIST_HEAD(, lane) lanes[BUCKETS];
};

struct sp_dns_client *sp_dns_client_new(struct sp_loop *loop, struct sp_transport *transport,
                                        const struct sp_dns_config *config, struct sp_err *err)
{
    struct sp_dns_client *client = sp_new(struct sp_dns_client);
    (void)loop;
    client->transport = transport;
    client->authoritative_port = config->authoritative_port ? config->authoritative_port : 53;
    TAILQ_INIT(&client->queries);
    for (size_t i = 0; i < BUCKETS; i++)
        LIST_INIT(&client->lanes[i]);
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
    return client;
}

/* Takes QUERY out of every list; who waits for its place in the lane is not woken. */
static void query_free(struct sp_dns_query *query)
{
    if (query->exchange)
        query->client->transport->ops->cancel(query->exchange);
    if (query->is_waiting)
        TAILQ_REMOVE(&query->lane->waiting, query, lane_link);
    TAILQ_REMOVE(&query->client->queries, query, link);
    free(query);
}

void sp_dns_client_free(struct sp_dns_client *client)
{
    if (!client)
        return;
    while (!TAILQ_EMPTY(&client->queries))
        query_free(TAILQ_FIRST(&client->queries));
    for (size_t i = 0; i < BUCKETS; i++) {
        struct lane *lane;
        while ((lane = LIST_FIRST(&client->lanes[i]))) {
            LIST_REMOVE(lane, link);
            free(lane);
        }
    }
    client->transport->ops->free(client->transport);
    free(client);
}

static struct lane *lane_of(struct sp_dns_client *client, const struct sp_address *server)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    struct lane *lane;
    for (size_t i = 0; i < sizeof(server->bytes); i++)
        hash = (hash ^ server->bytes[i]) * 16777619u;
    size_t bucket = (hash ^ server->port) % BUCKETS;
    LIST_FOREACH(lane, &client->lanes[bucket], link)
    if (sp_address_equal(&lane->server, server))
        return lane;
    lane = sp_new(struct lane);
    lane->server = *server;
    TAILQ_INIT(&lane->waiting);
    LIST_INSERT_HEAD(&client->lanes[bucket], lane, link);
    return lane;
}

static void on_exchange(void *arg, enum sp_transport_status status, const uint8_t *bytes,
                        size_t len);

static void send_query(struct sp_dns_query *query)
{
    struct sp_buf wire = SP_BUF_INIT(SP_DNS_MESSAGE_MAX);
    sp_dns_query_build(&wire, query->id, &query->name, query->type, query->is_recursive);
    query->n_sent++;
    if (query->counter)
        ++*query->counter;
    query->exchange = query->client->transport->ops->send(
        query->client->transport, &query->lane->server, (const uint8_t *)sp_buf_str(&wire),
        wire.len, query->is_tcp, query->is_tcp ? SP_DNS_TCP_TIMEOUT_MS : SP_DNS_UDP_TIMEOUT_MS,
        on_exchange, query);
    sp_buf_fini(&wire);
}

/* Sends at once, or as soon as the lane has room. */
static void enter_lane(struct sp_dns_query *query, const struct sp_address *server)
{
    query->lane = lane_of(query->client, server);
    query->is_tcp = query->has_answered_udp = false;
    query->n_sent = 0;
    if (query->lane->n_under_way >= SP_DNS_INFLIGHT_MAX) {
        query->is_waiting = true;
        TAILQ_INSERT_TAIL(&query->lane->waiting, query, lane_link);
        return;
    }
    query->lane->n_under_way++;
    send_query(query);
}

/* Gives up QUERY's place to the next in line. */
static void leave_lane(struct sp_dns_query *query)
{
    struct lane *lane = query->lane;
    struct sp_dns_query *next = TAILQ_FIRST(&lane->waiting);
    if (query->is_waiting)
        return; /* it has no place */
    lane->n_under_way--;
    if (!next)
        return;
    TAILQ_REMOVE(&lane->waiting, next, lane_link);
    next->is_waiting = false;
    lane->n_under_way++;
    send_query(next);
}

static bool is_useless(enum sp_transport_status status, const struct sp_dns_message *message)
{
    return status != SP_TRANSPORT_OK ||
           (message->rcode != SP_DNS_NOERROR && message->rcode != SP_DNS_NXDOMAIN);
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
    leave_lane(query);
    query->n_resolvers++;
    query->resolver = next;
    enter_lane(query, &client->resolvers[next]);
    return true;
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
        .server = query->lane->server,
    };
    sp_dns_fn fn = query->fn;
    void *arg = query->arg;
    leave_lane(query);
    query_free(query);
    fn(arg, &reply);
}

static void ask_by_tcp(struct sp_dns_query *query)
{
    query->is_tcp = true;
    query->n_sent = 0;
    send_query(query);
}

/* Whether MESSAGE answers QUERY; the transport has looked already, for its own sake. */
static bool is_answer(const struct sp_dns_query *query, const struct sp_dns_message *message)
{
    return message->is_response && message->opcode == 0 && message->id == query->id &&
           message->question_type == query->type && sp_name_equal(&message->question, &query->name);
}

static void on_answer(struct sp_dns_query *query, const uint8_t *bytes, size_t len)
{
    struct sp_dns_message message;
    bool is_good = sp_dns_message_parse(bytes, len, &message) == 0;
    is_good = is_good && is_answer(query, &message);
    /* A datagram that cannot be read may have been cut on its way: TCP tells. */
    if (!query->is_tcp && (!is_good || message.is_truncated)) {
        query->has_answered_udp = true;
        ask_by_tcp(query);
    } else {
        conclude(query, is_good ? SP_TRANSPORT_OK : SP_TRANSPORT_FAILED, is_good ? &message : NULL);
    }
    sp_dns_message_fini(&message);
}

static void on_exchange(void *arg, enum sp_transport_status status, const uint8_t *bytes,
                        size_t len)
{
    struct sp_dns_query *query = arg;
    query->exchange = NULL;
    if (status == SP_TRANSPORT_OK)
        on_answer(query, bytes, len);
    else if (!query->is_tcp && status == SP_TRANSPORT_TIMEOUT && query->n_sent < SP_DNS_UDP_TRIES)
        send_query(query);
    else if (!query->is_tcp)
        ask_by_tcp(query);
    else if (query->has_answered_udp && status != SP_TRANSPORT_TIMEOUT && query->n_sent < 2)
        send_query(query); /* the server closed a connection that was shared: once more */
    else
        conclude(query, status, NULL);
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
    sp_random(&query->id, sizeof(query->id));
    TAILQ_INSERT_TAIL(&client->queries, query, link);
    return query;
}

struct sp_dns_query *sp_dns_ask(struct sp_dns_client *client, const struct sp_address *server,
                                const struct sp_name *name, uint16_t type, unsigned *counter,
                                sp_dns_fn fn, void *arg)
{
    struct sp_dns_query *query = query_new(client, name, type, counter, fn, arg);
    enter_lane(query, server);
    return query;
}

struct sp_dns_query *sp_dns_resolve(struct sp_dns_client *client, const struct sp_name *name,
                                    uint16_t type, unsigned *counter, sp_dns_fn fn, void *arg)
{
    struct sp_dns_query *query = query_new(client, name, type, counter, fn, arg);
    query->is_recursive = true;
    query->n_resolvers = 1;
    query->resolver = client->first_resolver;
    enter_lane(query, &client->resolvers[query->resolver]);
    return query;
}

void sp_dns_query_cancel(struct sp_dns_query **query)
{
    if (!*query)
        return;
    leave_lane(*query);
    query_free(*query);
    *query = NULL;
}

uint16_t sp_dns_client_authoritative_port(const struct sp_dns_client *client)
{
    return client->authoritative_port;
}

const struct sp_address *sp_dns_client_resolver(const struct sp_dns_client *client)
{
    return &client->resolvers[0];
}
