#include "dns/doubt.h"

struct sp_doubt {
    struct sp_dns_client *client;
    struct sp_dns_query *query;
    struct sp_name name;
    uint16_t type;
    struct sp_bogus bogus;
    unsigned *counter;
    sp_doubt_fn fn;
    void *arg;
};

static bool is_failure(const struct sp_dns_reply *reply)
{
    return reply->status == SP_TRANSPORT_OK && reply->message->rcode == SP_DNS_SERVFAIL;
}

static bool is_answer(const struct sp_dns_reply *reply)
{
    return reply->status == SP_TRANSPORT_OK &&
           (reply->message->rcode == SP_DNS_NOERROR || reply->message->rcode == SP_DNS_NXDOMAIN);
}

bool sp_doubt_is_due(const struct sp_dns_reply *reply)
{
    return is_failure(reply) &&
           (!reply->message->ede.is_given || sp_dns_ede_is_bogus(&reply->message->ede));
}

static void ask(struct sp_doubt *doubt, uint16_t type, bool is_unchecked, sp_dns_fn fn)
{
    doubt->query = sp_dns_consult(doubt->client, &doubt->bogus.resolver, &doubt->name, type,
                                  is_unchecked, doubt->counter, fn, doubt);
}

/* The failure stands, and nothing is known against the zone. */
static void acquit(struct sp_doubt *doubt)
{
    struct sp_dns_message failed = {.rcode = SP_DNS_SERVFAIL, .ede = doubt->bogus.ede};
    struct sp_dns_reply reply = {.message = &failed, .server = doubt->bogus.resolver};
    doubt->fn(doubt->arg, &reply, &doubt->bogus);
}

static void on_unchecked(void *arg, const struct sp_dns_reply *reply)
{
    struct sp_doubt *doubt = arg;
    doubt->query = NULL;
    doubt->bogus.is_bogus = is_answer(reply);
    if (doubt->bogus.is_bogus)
        doubt->fn(doubt->arg, reply, &doubt->bogus);
    else
        acquit(doubt);
}

static void on_checked_soa(void *arg, const struct sp_dns_reply *reply)
{
    struct sp_doubt *doubt = arg;
    doubt->query = NULL;
    if (is_failure(reply))
        ask(doubt, doubt->type, true, on_unchecked);
    else
        acquit(doubt);
}

static void on_unchecked_soa(void *arg, const struct sp_dns_reply *reply)
{
    struct sp_doubt *doubt = arg;
    doubt->query = NULL;
    if (is_answer(reply))
        ask(doubt, SP_DNS_SOA, false, on_checked_soa);
    else
        acquit(doubt);
}

struct sp_doubt *sp_doubt_start(struct sp_dns_client *client, const struct sp_dns_reply *failure,
                                const struct sp_name *name, uint16_t type, unsigned *counter,
                                sp_doubt_fn fn, void *arg)
{
    struct sp_doubt *doubt = sp_new(struct sp_doubt);
    doubt->client = client;
    doubt->name = *name;
    doubt->type = type;
    doubt->bogus.ede = failure->message->ede;
    doubt->bogus.resolver = failure->server;
    doubt->counter = counter;
    doubt->fn = fn;
    doubt->arg = arg;
    if (doubt->bogus.ede.is_given)
        ask(doubt, type, true, on_unchecked);
    else
        ask(doubt, SP_DNS_SOA, true, on_unchecked_soa);
    return doubt;
}

void sp_doubt_free(struct sp_doubt **doubt)
{
    if (!*doubt)
        return;
    sp_dns_query_cancel(&(*doubt)->query);
    free(*doubt);
    *doubt = NULL;
}
