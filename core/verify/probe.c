#include "verify/probe.h"

/* Types that people leave at a host where a CNAME should be. */
static const uint16_t other_types[] = {SP_DNS_TXT, SP_DNS_A, SP_DNS_AAAA, SP_DNS_MX};
enum { N_TYPES = SP_ARRAY_LEN(other_types) };

struct question {
    struct sp_probe *probe;
    struct sp_dns_query *query; /* NULL when none is under way */
    struct sp_name name;
    uint16_t type;
    bool has_record; /* the answer holds NAME TYPE; for CNAME: with the wanted target */
};

struct sp_probe {
    struct sp_dns_client *client;
    struct sp_address server;
    struct sp_name target,
        appended; /* the wanted one, and that with the zone behind it; or unset */
    struct question doubled, host[N_TYPES], beside[N_TYPES];
    unsigned n_under_way;
    bool has_asked_beside;
    unsigned *counter;
    sp_probe_fn fn;
    void *arg;
};

static void on_reply(void *arg, const struct sp_dns_reply *reply);

static void ask(struct sp_probe *probe, struct question *question, const struct sp_name *name,
                uint16_t type)
{
    question->probe = probe;
    question->name = *name;
    question->type = type;
    question->query =
        sp_dns_ask(probe->client, &probe->server, name, type, probe->counter, on_reply, question);
    probe->n_under_way++;
}

/* A doubled name with another target may be a wildcard's: only our own target tells. */
static bool is_ours(const struct sp_probe *probe, const struct sp_dns_rr *rr)
{
    return sp_name_equal(&rr->target, &probe->target) ||
           (sp_name_is_set(&probe->appended) && sp_name_equal(&rr->target, &probe->appended));
}

static bool has_record(const struct question *question, const struct sp_dns_reply *reply)
{
    const struct sp_dns_rr *rr;
    if (reply->status != SP_TRANSPORT_OK || !reply->message->is_authoritative)
        return false;
    rr = sp_dns_message_find(reply->message, SP_DNS_ANSWER, &question->name, question->type);
    return rr && (question->type != SP_DNS_CNAME || is_ours(question->probe, rr));
}

/* True when there was a reason to. */
static bool ask_beside(struct sp_probe *probe)
{
    struct sp_name random = {0}, beside;
    struct sp_err err = SP_ERR_INIT;
    char label[24];
    uint64_t bits;
    sp_random(&bits, sizeof(bits));
    int len = snprintf(label, sizeof(label), "%016llx", (unsigned long long)bits);
    struct sp_name parent = sp_name_strip(&probe->host[0].name, 1);
    if (sp_name_push_label(&random, label, (size_t)len) < 0 || sp_name_close(&random) < 0 ||
        sp_name_concat(&beside, &random, &parent, &err) < 0)
        return false;
    for (size_t i = 0; i < N_TYPES; i++)
        if (probe->host[i].has_record)
            ask(probe, &probe->beside[i], &beside, other_types[i]);
    return probe->n_under_way > 0;
}

static void on_reply(void *arg, const struct sp_dns_reply *reply)
{
    struct question *question = arg;
    struct sp_probe *probe = question->probe;
    struct sp_probe_result result = {0};
    size_t n = 0;
    question->query = NULL;
    question->has_record = has_record(question, reply);
    if (--probe->n_under_way)
        return;
    if (!probe->has_asked_beside) {
        probe->has_asked_beside = true;
        if (ask_beside(probe))
            return;
    }
    result.has_doubled = probe->doubled.has_record;
    for (size_t i = 0; i < N_TYPES; i++)
        if (probe->host[i].has_record && !probe->beside[i].has_record)
            result.other_types[n++] = other_types[i];
    probe->fn(probe->arg, &result);
}

struct sp_probe *sp_probe_start(struct sp_dns_client *client, const struct sp_record *record,
                                const struct sp_name *zone, const struct sp_seen *seen,
                                unsigned *counter, sp_probe_fn fn, void *arg)
{
    struct sp_probe *probe = sp_new(struct sp_probe);
    struct sp_err err = SP_ERR_INIT;
    struct sp_name doubled;
    probe->client = client;
    probe->server = seen->address;
    probe->target = record->target;
    probe->counter = counter;
    probe->fn = fn;
    probe->arg = arg;
    if (sp_name_concat(&probe->appended, &record->target, zone, &err) < 0)
        memset(&probe->appended, 0, sizeof(probe->appended));
    for (size_t i = 0; seen->kind == SP_SEEN_NODATA && i < N_TYPES; i++)
        ask(probe, &probe->host[i], &record->host, other_types[i]);
    if (sp_name_concat(&doubled, &record->host, zone, &err) < 0)
        doubled = record->host; /* too long to exist; the host's own CNAME is a miss as well */
    ask(probe, &probe->doubled, &doubled, SP_DNS_CNAME);
    return probe;
}

unsigned sp_probe_n_asked(const struct sp_probe *probe)
{
    return probe->n_under_way;
}

void sp_probe_free(struct sp_probe **probe)
{
    if (!*probe)
        return;
    sp_dns_query_cancel(&(*probe)->doubled.query);
    for (size_t i = 0; i < N_TYPES; i++) {
        sp_dns_query_cancel(&(*probe)->host[i].query);
        sp_dns_query_cancel(&(*probe)->beside[i].query);
    }
    free(*probe);
    *probe = NULL;
}
