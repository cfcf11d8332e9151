#include "verify/trial.h"

struct sp_trial {
    struct sp_dns_client *client;
    struct sp_dns_query *query;
    struct sp_doubt *doubt;
    struct sp_name host;
    unsigned *counter;
    sp_trial_fn fn;
    void *arg;
};

static void finish(struct sp_trial *trial, enum sp_trust_kind kind, const struct sp_bogus *bogus)
{
    struct sp_trust trust = {.kind = kind};
    if (bogus)
        trust.bogus = *bogus;
    trial->fn(trial->arg, &trust);
}

static void on_doubted(void *arg, const struct sp_dns_reply *reply, const struct sp_bogus *bogus)
{
    (void)reply;
    finish(arg, bogus->is_bogus ? SP_TRUST_BOGUS : SP_TRUST_UNKNOWN, bogus);
}

/* MESSAGE is NULL where the resolver is silent: one that validates asks every server of a broken
 * zone before it says anything. */
static enum sp_trust_kind trust_in(const struct sp_dns_message *message)
{
    bool is_answer =
        message && (message->rcode == SP_DNS_NOERROR || message->rcode == SP_DNS_NXDOMAIN);
    if (!is_answer)
        return SP_TRUST_UNKNOWN;
    return message->is_authentic ? SP_TRUST_VALID : SP_TRUST_NOT_JUDGED;
}

static void on_reply(void *arg, const struct sp_dns_reply *reply)
{
    struct sp_trial *trial = arg;
    trial->query = NULL;
    if (sp_doubt_is_due(reply))
        trial->doubt = sp_doubt_start(trial->client, reply, &trial->host, SP_DNS_CNAME,
                                      trial->counter, on_doubted, trial);
    else
        finish(trial, trust_in(reply->message), NULL);
}

struct sp_trial *sp_trial_start(struct sp_dns_client *client, const struct sp_name *host,
                                unsigned *counter, sp_trial_fn fn, void *arg)
{
    struct sp_trial *trial = sp_new(struct sp_trial);
    trial->client = client;
    trial->host = *host;
    trial->counter = counter;
    trial->fn = fn;
    trial->arg = arg;
    trial->query = sp_dns_resolve(client, &trial->host, SP_DNS_CNAME, counter, on_reply, trial);
    return trial;
}

void sp_trial_free(struct sp_trial **trial)
{
    if (!*trial)
        return;
    sp_dns_query_cancel(&(*trial)->query);
    sp_doubt_free(&(*trial)->doubt);
    free(*trial);
    *trial = NULL;
}
