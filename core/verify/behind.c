#include "verify/behind.h"

struct sp_chase {
    struct sp_dns_client *client;
    struct sp_dns_query *query;
    enum sp_leg leg;
    struct sp_name passed[SP_DNS_CHAIN_MAX + 1]; /* the host, then every hop, the target first */
    size_t n_passed;
    bool is_stepwise; /* asking for one CNAME at a time: the resolver could not answer the whole */
    struct sp_behind behind;
    unsigned *counter;
    sp_chase_fn fn;
    void *arg;
};

static const struct sp_name *end_of(const struct sp_chase *chase)
{
    return &chase->passed[chase->n_passed - 1];
}

static void finish(struct sp_chase *chase, enum sp_behind_kind kind)
{
    chase->behind.kind = kind;
    chase->behind.end = *end_of(chase);
    chase->fn(chase->arg, &chase->behind);
}

/* One hop on; false when the chain comes back to itself or is too long. */
static bool pass_on(struct sp_chase *chase, const struct sp_name *target)
{
    for (size_t i = 0; i < chase->n_passed; i++)
        if (sp_name_equal(&chase->passed[i], target))
            return false;
    if (chase->n_passed == SP_ARRAY_LEN(chase->passed))
        return false;
    chase->passed[chase->n_passed++] = *target;
    return true;
}

/* Follows the CNAMEs in MESSAGE; false on a loop. */
static bool follow(struct sp_chase *chase, const struct sp_dns_message *message)
{
    const struct sp_dns_rr *rr;
    while ((rr = sp_dns_message_find(message, SP_DNS_ANSWER, end_of(chase), SP_DNS_CNAME)))
        if (!pass_on(chase, &rr->target))
            return false;
    return true;
}

/* The lower, the better. */
static unsigned rank(enum sp_dkim_key_state state)
{
    static const unsigned ranks[] = {
        [SP_DKIM_KEY_VALID] = 0,
        [SP_DKIM_KEY_REVOKED] = 1,
        [SP_DKIM_KEY_MALFORMED] = 2,
        [SP_DKIM_KEY_NONE] = 3,
    };
    return ranks[state];
}

static bool take_keys(struct sp_chase *chase, const struct sp_dns_message *message)
{
    struct sp_behind *behind = &chase->behind;
    bool has_text = false;
    behind->key = SP_DKIM_KEY_NONE;
    for (size_t i = 0; i < message->records.n; i++) {
        const struct sp_dns_rr *rr = &message->records.items[i];
        if (rr->section != SP_DNS_ANSWER || rr->type != SP_DNS_TXT ||
            !sp_name_equal(&rr->owner, end_of(chase)))
            continue;
        has_text = true;
        if (chase->leg != SP_LEG_DKIM)
            continue;
        enum sp_dkim_key_state state = sp_dkim_key_parse(rr->text, rr->text_len);
        if (rank(state) < rank(behind->key))
            behind->key = state;
    }
    return has_text;
}

static bool has_soa(const struct sp_dns_message *message)
{
    for (size_t i = 0; i < message->records.n; i++)
        if (message->records.items[i].section == SP_DNS_AUTHORITY &&
            message->records.items[i].type == SP_DNS_SOA)
            return true;
    return false;
}

static void on_reply(void *arg, const struct sp_dns_reply *reply);

static void ask(struct sp_chase *chase)
{
    uint16_t type = chase->is_stepwise ? SP_DNS_CNAME : SP_DNS_TXT;
    chase->query =
        sp_dns_resolve(chase->client, end_of(chase), type, chase->counter, on_reply, chase);
}

/* Resolvers answer SERVFAIL for a chain that loops, too: hop by hop it shows. */
static void take_failure(struct sp_chase *chase, const struct sp_dns_reply *reply)
{
    if (chase->is_stepwise) {
        finish(chase, SP_BEHIND_UNKNOWN);
        return;
    }
    chase->behind.status = reply->status;
    chase->behind.rcode = reply->message ? reply->message->rcode : 0;
    if (reply->status != SP_TRANSPORT_OK || reply->message->rcode != SP_DNS_SERVFAIL) {
        finish(chase, SP_BEHIND_UNKNOWN);
        return;
    }
    chase->is_stepwise = true;
    ask(chase);
}

/* A name error is about the end of the chain in the answer (RFC 6604, section 3). */
static void take_answer(struct sp_chase *chase, const struct sp_dns_message *message)
{
    size_t n_before = chase->n_passed;
    if (!follow(chase, message)) {
        finish(chase, SP_BEHIND_LOOP);
        return;
    }
    bool has_moved = chase->n_passed > n_before;
    if (chase->is_stepwise && has_moved)
        ask(chase);
    else if (chase->is_stepwise)
        finish(chase, SP_BEHIND_UNKNOWN);
    else if (message->rcode == SP_DNS_NXDOMAIN)
        finish(chase, SP_BEHIND_NO_SUCH_NAME);
    else if (!take_keys(chase, message) && has_moved && !has_soa(message))
        ask(chase); /* the answer ends at a CNAME and says nothing of its target */
    else
        finish(chase, SP_BEHIND_EXISTS);
}

static void on_reply(void *arg, const struct sp_dns_reply *reply)
{
    struct sp_chase *chase = arg;
    chase->query = NULL;
    if (reply->status == SP_TRANSPORT_OK &&
        (reply->message->rcode == SP_DNS_NOERROR || reply->message->rcode == SP_DNS_NXDOMAIN))
        take_answer(chase, reply->message);
    else
        take_failure(chase, reply);
}

struct sp_chase *sp_chase_start(struct sp_dns_client *client, const struct sp_record *record,
                                unsigned *counter, sp_chase_fn fn, void *arg)
{
    struct sp_chase *chase = sp_new(struct sp_chase);
    chase->client = client;
    chase->leg = record->leg;
    chase->counter = counter;
    chase->fn = fn;
    chase->arg = arg;
    chase->behind.key = SP_DKIM_KEY_NONE;
    chase->passed[chase->n_passed++] = record->host;
    chase->passed[chase->n_passed++] = record->target;
    ask(chase);
    return chase;
}

void sp_chase_free(struct sp_chase **chase)
{
    if (!*chase)
        return;
    sp_dns_query_cancel(&(*chase)->query);
    free(*chase);
    *chase = NULL;
}
