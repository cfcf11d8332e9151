#include "verify/hearsay.h"

struct voice {
    struct sp_hearing *hearing;
    struct sp_dns_query *query;
};

struct sp_hearing {
    const struct sp_record *record;
    struct voice voices[SP_DNS_RESOLVERS_MAX];
    size_t n_under_way;
    struct sp_hearsay hearsay;
    sp_hearing_fn fn;
    void *arg;
};

static void take_answer(struct sp_hearing *hearing, const struct sp_dns_message *message)
{
    struct sp_hearsay *hearsay = &hearing->hearsay;
    const struct sp_record *record = hearing->record;
    const struct sp_dns_rr *rr =
        sp_dns_message_find(message, SP_DNS_ANSWER, &record->host, SP_DNS_CNAME);
    if (!rr) {
        hearsay->n_absent++;
    } else if (sp_name_equal(&rr->target, &record->target)) {
        hearsay->n_live++;
    } else {
        hearsay->n_other++;
        hearsay->other = rr->target;
    }
}

static void on_reply(void *arg, const struct sp_dns_reply *reply)
{
    struct voice *voice = arg;
    struct sp_hearing *hearing = voice->hearing;
    const struct sp_dns_message *message = reply->message;
    voice->query = NULL;
    if (message && (message->rcode == SP_DNS_NOERROR || message->rcode == SP_DNS_NXDOMAIN))
        take_answer(hearing, message);
    else
        hearing->hearsay.n_silent++;
    if (--hearing->n_under_way == 0)
        hearing->fn(hearing->arg, &hearing->hearsay);
}

struct sp_hearing *sp_hearing_start(struct sp_dns_client *client, const struct sp_record *record,
                                    unsigned *counter, sp_hearing_fn fn, void *arg)
{
    struct sp_hearing *hearing = sp_new(struct sp_hearing);
    hearing->record = record;
    hearing->hearsay.is_heard = true;
    hearing->n_under_way = sp_dns_client_n_resolvers(client);
    hearing->fn = fn;
    hearing->arg = arg;
    for (size_t i = 0; i < hearing->n_under_way; i++) {
        struct voice *voice = &hearing->voices[i];
        voice->hearing = hearing;
        voice->query = sp_dns_consult(client, sp_dns_client_resolver_at(client, i), &record->host,
                                      SP_DNS_CNAME, false, counter, on_reply, voice);
    }
    return hearing;
}

void sp_hearing_free(struct sp_hearing **hearing)
{
    if (!*hearing)
        return;
    for (size_t i = 0; i < SP_ARRAY_LEN((*hearing)->voices); i++)
        sp_dns_query_cancel(&(*hearing)->voices[i].query);
    free(*hearing);
    *hearing = NULL;
}
