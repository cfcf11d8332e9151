/*
 * Questions to named servers and to resolvers: builds the query, asks again as the server wants it
 * (dns/manner.h), parses the answer, counts what was sent. What is learnt of a server, the number
 * of questions under way there and the pace of polls are shared by all who use the client.
 */
#ifndef SP_DNS_CLIENT_H
#define SP_DNS_CLIENT_H

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
};

/* What came of a question. MESSAGE is valid during the callback only, and NULL unless status is OK.
 */
struct sp_dns_reply {
    enum sp_transport_status status;
    const struct sp_dns_message *message;
    struct sp_address server; /* who answered, or was asked last */
};
typedef void (*sp_dns_fn)(void *arg, const struct sp_dns_reply *reply);

/* Takes TRANSPORT. ERR: usage, "no-resolver" when none is configured anywhere. */
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
 * counts. */
struct sp_dns_query *sp_dns_resolve(struct sp_dns_client *client, const struct sp_name *name,
                                    uint16_t type, unsigned *counter, sp_dns_fn fn, void *arg);
/* The callback will not come any more; *QUERY becomes NULL. Accepts a pointer to NULL. */
void sp_dns_query_cancel(struct sp_dns_query **query);

uint16_t sp_dns_client_authoritative_port(const struct sp_dns_client *client);
/* The first resolver, for messages ("the resolver 127.0.0.1:5300 ..."). */
const struct sp_address *sp_dns_client_resolver(const struct sp_dns_client *client);

#endif
