/*
 * Questions to named servers and to resolvers: builds the query, asks again as the server wants it
 * (dns/manner.h), parses the answer, counts what was sent. What is learnt of a server, the number
 * of questions under way there and the pace of polls are shared by all who use the client.
 */
#ifndef SP_DNS_CLIENT_H
#define SP_DNS_CLIENT_H

#include "dns/book.h"
#include "dns/message.h"
#include "dns/transport.h"

struct sp_dns_client;
struct sp_dns_query;

struct sp_dns_config {
    const struct sp_address
        *resolvers; /* copied, but for their URLs; 0: those of /etc/resolv.conf */
    size_t n_resolvers;
    uint16_t authoritative_port; /* 53, or --dns-port */
    struct sp_transport *https;  /* for resolvers that are a URL; taken; NULL: there are none */
    struct sp_dns_book *book;    /* what is asked and answered is written there; NULL: nowhere */
    uint64_t replay_ms; /* not 0: BOOK answers, as of then, and nothing is sent; no transport */
};

/* What came of a question. MESSAGE is valid during the callback only, and NULL unless status is OK.
 */
struct sp_dns_reply {
    enum sp_transport_status status;
    const struct sp_dns_message *message;
    struct sp_address server; /* who answered, or was asked last */
};
typedef void (*sp_dns_fn)(void *arg, const struct sp_dns_reply *reply);

/* Takes TRANSPORT and borrows the book. ERR: usage, "no-resolver" when none is configured anywhere.
 */
struct sp_dns_client *sp_dns_client_new(struct sp_loop *loop, struct sp_transport *transport,
                                        const struct sp_dns_config *config, struct sp_err *err);
void sp_dns_client_free(struct sp_dns_client *client); /* cancels everything; accepts NULL */

/* Asks one authoritative server, RD=0. The reply comes later, never from inside the call. COUNTER
 * (may be NULL) is incremented for every message sent. */
struct sp_dns_query *sp_dns_ask(struct sp_dns_client *client, const struct sp_address *server,
                                const struct sp_name *name, uint16_t type, unsigned *counter,
                                sp_dns_fn fn, void *arg);
/* The same for a question that is repeated while something is waited for: it stands back behind
 * others, and at most one in SP_DNS_POLL_GAP_MS goes to one address, however many domains wait. */
struct sp_dns_query *sp_dns_poll(struct sp_dns_client *client, const struct sp_address *server,
                                 const struct sp_name *name, uint16_t type, unsigned *counter,
                                 sp_dns_fn fn, void *arg);
/* Asks the resolvers, RD=1: the next one when one is silent, fails or refuses; the last reply
 * counts. One that fails because validation failed (RFC 8914) has the last word. */
struct sp_dns_query *sp_dns_resolve(struct sp_dns_client *client, const struct sp_name *name,
                                    uint16_t type, unsigned *counter, sp_dns_fn fn, void *arg);
/* Asks one resolver and no other, RD=1; IS_UNCHECKED: with validation disabled (CD=1). */
struct sp_dns_query *sp_dns_consult(struct sp_dns_client *client, const struct sp_address *resolver,
                                    const struct sp_name *name, uint16_t type, bool is_unchecked,
                                    unsigned *counter, sp_dns_fn fn, void *arg);
/* The callback will not come any more; *QUERY becomes NULL. Accepts a pointer to NULL. */
void sp_dns_query_cancel(struct sp_dns_query **query);

/* The answer to QUESTION counts no more, as it could not be confirmed: the book says so, too. */
void sp_dns_client_withdraw(struct sp_dns_client *client, const struct sp_dns_question *question);
/* A number for random labels: another one each run, and the same when a run is replayed. */
uint64_t sp_dns_client_nonce(const struct sp_dns_client *client);
/* sp_address_has_route() and sp_address_has_ipv6() of the host that asks, or had asked. */
bool sp_dns_client_has_route(const struct sp_dns_client *client, const struct sp_address *address);
bool sp_dns_client_has_ipv6(const struct sp_dns_client *client);
/* When replaying: how many questions were not in the book. */
unsigned sp_dns_client_n_absent(const struct sp_dns_client *client);

/* At most QPS messages a second to one address from now on; 0: no pace is kept. IS_DEFAULT: nobody
 * asked for it; then resolvers and servers on this host are spared. */
void sp_dns_client_set_pace(struct sp_dns_client *client, unsigned qps, bool is_default);
/* sp_lanes_count_looks() */
void sp_dns_client_count_looks(struct sp_dns_client *client, int n, bool is_waiting);
/* How long, in ms, the question that waits longest for its turn has been waiting; 0: none is. */
uint64_t sp_dns_client_delay_ms(const struct sp_dns_client *client);
/* sp_lanes_n_waiting() */
size_t sp_dns_client_n_waiting(const struct sp_dns_client *client, uint64_t delay_ms);

uint16_t sp_dns_client_authoritative_port(const struct sp_dns_client *client);
/* The first resolver, for messages ("the resolver 127.0.0.1:5300 ..."). */
const struct sp_address *sp_dns_client_resolver(const struct sp_dns_client *client);
size_t sp_dns_client_n_resolvers(const struct sp_dns_client *client);
const struct sp_address *sp_dns_client_resolver_at(const struct sp_dns_client *client, size_t i);

#endif
