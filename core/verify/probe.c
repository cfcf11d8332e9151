#include "verify/probe.h"

#include <sys/queue.h>

#include "verify/mistake.h"
#include "verify/seen.h"

/* Types that people leave at a host where a CNAME should be; at a selector all but the last: what a
 * proxy makes of one always has an A. */
static const uint16_t other_types[] = {SP_DNS_TXT, SP_DNS_A, SP_DNS_MX, SP_DNS_AAAA};
enum { N_TYPES = SP_ARRAY_LEN(other_types), N_SELECTOR_TYPES = N_TYPES - 1 };

struct address_set {
    uint8_t items[SP_DNS_ADDRESSES_MAX][16]; /* an A fills the first four octets */
    size_t n;
};

struct question {
    STAILQ_ENTRY(question) link; /* while it waits for others to be answered */
    struct sp_probe *probe;
    struct sp_dns_query *query; /* NULL when none is under way */
    struct sp_name name;
    uint16_t type;
    bool has_record;              /* the answer holds NAME TYPE */
    bool is_key;                  /* TXT: one of them is a DKIM key record */
    struct sp_name to;            /* CNAME: where it points */
    struct address_set addresses; /* A, AAAA */
};

struct sp_probe {
    struct sp_dns_client *client;
    struct sp_address server, other;
    struct sp_record record;
    struct sp_name zone;
    struct question doubled, brief, host[N_TYPES], beside[N_TYPES], wildcard, target[2];
    STAILQ_HEAD(, question) waiting;
    unsigned n_under_way; /* those that wait included */
    bool is_patient, has_asked_more;
    bool is_cut; /* the host is a zone of its own */
    unsigned *counter;
    sp_probe_fn fn;
    void *arg;
};

static void on_reply(void *arg, const struct sp_dns_reply *reply);

static void prepare(struct sp_probe *probe, struct question *question, const struct sp_name *name,
                    uint16_t type)
{
    question->probe = probe;
    question->name = *name;
    question->type = type;
    probe->n_under_way++;
}

static void send_question(struct question *question)
{
    struct sp_probe *probe = question->probe;
    bool is_elsewhere = question == &probe->doubled || question == &probe->brief;
    __typeof__(sp_dns_ask) *how = probe->is_patient ? sp_dns_poll : sp_dns_ask;
    question->query = how(probe->client, is_elsewhere ? &probe->other : &probe->server,
                          &question->name, question->type, probe->counter, on_reply, question);
}

/* With patience one after another, so that others' polls come in between. */
static void ask(struct sp_probe *probe, struct question *question, const struct sp_name *name,
                uint16_t type)
{
    bool has_to_wait = probe->is_patient && probe->n_under_way;
    prepare(probe, question, name, type);
    if (has_to_wait)
        STAILQ_INSERT_TAIL(&probe->waiting, question, link);
    else
        send_question(question);
}

static void resolve(struct sp_probe *probe, struct question *question, const struct sp_name *name,
                    uint16_t type)
{
    prepare(probe, question, name, type);
    question->query = sp_dns_resolve(probe->client, name, type, probe->counter, on_reply, question);
}

static void take_record(struct question *question, const struct sp_dns_rr *rr)
{
    struct address_set *addresses = &question->addresses;
    question->has_record = true;
    switch (rr->type) {
    case SP_DNS_CNAME:
        question->to = rr->target;
        break;
    case SP_DNS_TXT:
        question->is_key |= sp_dkim_key_parse(rr->text, rr->text_len).state != SP_DKIM_KEY_NONE;
        break;
    case SP_DNS_A:
    case SP_DNS_AAAA:
        if (addresses->n < SP_ARRAY_LEN(addresses->items))
            memcpy(addresses->items[addresses->n++], rr->address, sizeof(rr->address));
        break;
    default:
        break;
    }
}

/* The server's word counts with authority, about the name asked for; a resolver's for the end of
 * the chain. */
static void take_reply(struct question *question, const struct sp_dns_reply *reply)
{
    struct sp_probe *probe = question->probe;
    bool is_resolved = question >= probe->target && question < probe->target + 2;
    probe->is_cut |= !is_resolved && reply->status == SP_TRANSPORT_OK &&
                     sp_seen_is_cut(reply->message, &probe->record.host);
    if (reply->status != SP_TRANSPORT_OK || (!is_resolved && !reply->message->is_authoritative))
        return;
    SP_ARRAY_FOREACH (&reply->message->records, rr)
        if (rr->section == SP_DNS_ANSWER && rr->type == question->type &&
            (is_resolved || sp_name_equal(&rr->owner, &question->name)))
            take_record(question, rr);
}

static bool make_beside(const struct sp_probe *probe, struct sp_name *ret_name)
{
    const struct sp_name *host = &probe->record.host;
    struct sp_name random = {0}, parent = sp_name_strip(host, 1);
    struct sp_err err = SP_ERR_INIT;
    char label[24];
    unsigned long long bits = sp_dns_client_nonce(probe->client);
    int len = snprintf(label, sizeof(label), "%016llx", bits);
    return sp_name_push_label(&random, label, (size_t)len) == 0 && sp_name_close(&random) == 0 &&
           sp_name_concat(ret_name, &random, &parent, &err) == 0;
}

/* What the types found at the host make worth asking. True when there was a reason to. */
static bool ask_more(struct sp_probe *probe)
{
    struct sp_name beside;
    bool has_beside = make_beside(probe, &beside);
    for (size_t i = 0; i < N_TYPES; i++) {
        uint16_t type = other_types[i];
        if (!probe->host[i].has_record)
            continue;
        if (has_beside)
            ask(probe, &probe->beside[i], &beside, type);
        if (type == SP_DNS_A || type == SP_DNS_AAAA)
            resolve(probe, &probe->target[type == SP_DNS_AAAA], &probe->record.target, type);
    }
    return probe->n_under_way > 0;
}

static bool has_address(const struct address_set *set, const uint8_t address[16])
{
    for (size_t i = 0; i < set->n; i++)
        if (memcmp(set->items[i], address, 16) == 0)
            return true;
    return false;
}

/* Whether all addresses at the host are among the target's. */
static enum sp_addresses compare_addresses(const struct sp_probe *probe)
{
    enum sp_addresses found = SP_ADDRESSES_TARGET;
    if (!probe->target[0].has_record && !probe->target[1].has_record)
        return SP_ADDRESSES_UNKNOWN;
    for (size_t i = 0; i < N_TYPES; i++) {
        const struct address_set *own = &probe->target[other_types[i] == SP_DNS_AAAA].addresses;
        for (size_t k = 0; k < probe->host[i].addresses.n; k++)
            if (!has_address(own, probe->host[i].addresses.items[k]))
                found = SP_ADDRESSES_OTHER;
    }
    return found;
}

/* A name with another target may be a wildcard's: only our own target tells. */
static bool is_ours(const struct sp_probe *probe, const struct question *question)
{
    const struct sp_name *wanted = &probe->record.target;
    return question->has_record &&
           (sp_name_equal(&question->to, wanted) ||
            sp_mistake_in_target(wanted, &probe->zone, &question->to) == SP_TARGET_APPENDED);
}

static void finish(struct sp_probe *probe)
{
    struct sp_probe_result result = {.wildcard = probe->wildcard.to};
    struct sp_findings *findings = &result.findings;
    bool has_types = false;
    size_t n = 0;
    findings->has_doubled = is_ours(probe, &probe->doubled);
    findings->has_short = is_ours(probe, &probe->brief);
    for (size_t i = 0; i < N_TYPES; i++) {
        has_types |= probe->host[i].has_record;
        if (!probe->host[i].has_record || probe->beside[i].has_record)
            continue;
        findings->other_types[n++] = other_types[i];
        findings->has_old_key |= probe->host[i].is_key;
    }
    findings->has_wildcard_types = has_types && n == 0;
    if (probe->is_cut && n < N_TYPES)
        findings->other_types[n] = SP_DNS_NS;
    findings->addresses = compare_addresses(probe);
    probe->fn(probe->arg, &result);
}

static void on_reply(void *arg, const struct sp_dns_reply *reply)
{
    struct question *question = arg;
    struct sp_probe *probe = question->probe;
    question->query = NULL;
    take_reply(question, reply);
    if (--probe->n_under_way) {
        struct question *next = STAILQ_FIRST(&probe->waiting);
        if (next) {
            STAILQ_REMOVE_HEAD(&probe->waiting, link);
            send_question(next);
        }
        return;
    }
    if (!probe->has_asked_more) {
        probe->has_asked_more = true;
        if (ask_more(probe))
            return;
    }
    finish(probe);
}

static void ask_about_miss(struct sp_probe *probe, const struct sp_name *domain,
                           enum sp_seen_kind kind)
{
    const struct sp_name *host = &probe->record.host;
    struct sp_name name;
    size_t n_types = probe->record.leg == SP_LEG_DKIM ? N_SELECTOR_TYPES : N_TYPES;
    for (size_t i = 0; kind == SP_SEEN_NODATA && i < n_types; i++)
        ask(probe, &probe->host[i], host, other_types[i]);
    if (sp_mistake_short(host, domain, &probe->zone, &name))
        ask(probe, &probe->brief, &name, SP_DNS_CNAME);
    if (!sp_mistake_doubled(host, &probe->zone, &name))
        name = *host; /* too long to exist; the host's own CNAME is a miss as well */
    ask(probe, &probe->doubled, &name, SP_DNS_CNAME);
}

struct sp_probe *sp_probe_start(struct sp_dns_client *client, const struct sp_record *record,
                                const struct sp_name *domain, const struct sp_name *zone,
                                const struct sp_seen *seen, const struct sp_address *other,
                                bool is_patient, unsigned *counter, sp_probe_fn fn, void *arg)
{
    struct sp_probe *probe = sp_new(struct sp_probe);
    struct sp_name beside;
    probe->client = client;
    probe->server = seen->address;
    probe->other = *other;
    probe->record = *record;
    probe->zone = *zone;
    probe->is_patient = is_patient;
    STAILQ_INIT(&probe->waiting);
    probe->counter = counter;
    probe->fn = fn;
    probe->arg = arg;
    if (seen->kind == SP_SEEN_NXDOMAIN || seen->kind == SP_SEEN_NODATA ||
        !make_beside(probe, &beside))
        ask_about_miss(probe, domain, seen->kind);
    else
        ask(probe, &probe->wildcard, &beside, SP_DNS_CNAME);
    return probe;
}

void sp_probe_free(struct sp_probe **probe)
{
    if (!*probe)
        return;
    sp_dns_query_cancel(&(*probe)->doubled.query);
    sp_dns_query_cancel(&(*probe)->brief.query);
    sp_dns_query_cancel(&(*probe)->wildcard.query);
    for (size_t i = 0; i < N_TYPES; i++) {
        sp_dns_query_cancel(&(*probe)->host[i].query);
        sp_dns_query_cancel(&(*probe)->beside[i].query);
    }
    for (size_t i = 0; i < SP_ARRAY_LEN((*probe)->target); i++)
        sp_dns_query_cancel(&(*probe)->target[i].query);
    free(*probe);
    *probe = NULL;
}
