#include "verify/behind.h"

#include "base/text.h"

struct sp_chase {
    struct sp_dns_client *client;
    struct sp_dns_query *query;
    struct sp_doubt *doubt; /* of a failure */
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
    chase->behind.n_hops = (uint8_t)(chase->n_passed - 1);
    for (size_t i = 1; i < chase->n_passed; i++)
        chase->behind.hops[i - 1] = chase->passed[i];
    chase->fn(chase->arg, &chase->behind);
}

/* One hop on; false when the chain comes back to itself or is too long. */
static bool pass_on(struct sp_chase *chase, const struct sp_name *target)
{
    for (size_t i = 0; i < chase->n_passed; i++)
        if (sp_name_equal(&chase->passed[i], target))
            return false;
    chase->behind.is_too_long = chase->n_passed == SP_ARRAY_LEN(chase->passed);
    if (chase->behind.is_too_long)
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

static bool is_at_end(const struct sp_chase *chase, const struct sp_dns_rr *rr, uint16_t type)
{
    return rr->section == SP_DNS_ANSWER && rr->type == type &&
           sp_name_equal(&rr->owner, end_of(chase));
}

/* A policy is "v=spf1" alone or before a blank (RFC 7208, section 4.5). */
static bool is_spf(const struct sp_dns_rr *rr)
{
    static const char version[] = "v=spf1";
    size_t len = sizeof(version) - 1;
    return sp_ascii_starts(rr->text, version) && (rr->text_len == len || rr->text[len] == ' ');
}

/* More than one key record is as good as none: which one counts is undefined (RFC 6376, section
 * 3.6.2.2). Records that are no keys count for nothing. */
static void take_key(struct sp_behind *behind, const struct sp_dns_rr *rr)
{
    struct sp_dkim_key key = sp_dkim_key_parse(rr->text, rr->text_len);
    if (key.state == SP_DKIM_KEY_NONE)
        return;
    if (behind->key.state != SP_DKIM_KEY_NONE)
        key = (struct sp_dkim_key){.state = SP_DKIM_KEY_MALFORMED, .fault = SP_DKIM_FAULT_SEVERAL};
    behind->key = key;
}

static bool take_texts(struct sp_chase *chase, const struct sp_dns_message *message)
{
    struct sp_behind *behind = &chase->behind;
    bool has_text = false;
    behind->key = (struct sp_dkim_key){.state = SP_DKIM_KEY_NONE};
    behind->is_without_spf = chase->leg == SP_LEG_RETURN_PATH;
    SP_ARRAY_FOREACH (&message->records, rr) {
        if (!is_at_end(chase, rr, SP_DNS_TXT))
            continue;
        has_text = true;
        if (chase->leg == SP_LEG_DKIM)
            take_key(behind, rr);
        else if (is_spf(rr))
            behind->is_without_spf = false;
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

static void on_doubted(void *arg, const struct sp_dns_reply *reply, const struct sp_bogus *bogus)
{
    struct sp_chase *chase = arg;
    chase->behind.bogus = *bogus;
    sp_doubt_free(&chase->doubt);
    if (chase->behind.bogus.is_bogus) {
        (void)follow(chase, reply->message);
        finish(chase, SP_BEHIND_BOGUS);
        return;
    }
    chase->is_stepwise = true;
    ask(chase);
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
    if (sp_doubt_is_due(reply)) {
        chase->doubt = sp_doubt_start(chase->client, reply, end_of(chase), SP_DNS_TXT,
                                      chase->counter, on_doubted, chase);
        return;
    }
    chase->is_stepwise = true;
    ask(chase);
}

/* An MX record that names no server says that there is none (RFC 7505). An answer that tells
 * nothing is no reason to warn. */
static void on_mx(void *arg, const struct sp_dns_reply *reply)
{
    struct sp_chase *chase = arg;
    chase->query = NULL;
    if (reply->status == SP_TRANSPORT_OK && reply->message->rcode == SP_DNS_NOERROR) {
        bool has_mx = false;
        SP_ARRAY_FOREACH (&reply->message->records, rr)
            has_mx |= is_at_end(chase, rr, SP_DNS_MX) && sp_name_count_labels(&rr->target);
        chase->behind.is_without_mx = !has_mx;
    }
    finish(chase, SP_BEHIND_EXISTS);
}

static void conclude(struct sp_chase *chase)
{
    if (chase->leg != SP_LEG_RETURN_PATH)
        finish(chase, SP_BEHIND_EXISTS);
    else
        chase->query =
            sp_dns_resolve(chase->client, end_of(chase), SP_DNS_MX, chase->counter, on_mx, chase);
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
    else if (!take_texts(chase, message) && has_moved && !has_soa(message))
        ask(chase); /* the answer ends at a CNAME and says nothing of its target */
    else
        conclude(chase);
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
    chase->behind.key.state = SP_DKIM_KEY_NONE;
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
    sp_doubt_free(&(*chase)->doubt);
    free(*chase);
    *chase = NULL;
}
