#include "verify/serials.h"

#include "verify/judgement.h"
#include "verify/seen.h"

struct serial_ask {
    struct sp_serials *serials;
    struct sp_seen *seen;
    struct sp_dns_query *query;
};

struct sp_serials {
    struct serial_ask *asks;
    size_t n, n_under_way;
    sp_loop_fn on_done;
    void *arg;
};

static bool is_unknown(const struct sp_seen *seen)
{
    return sp_judge_server(seen) != SP_STATE_UNREACHABLE && !seen->has_serial;
}

bool sp_serials_are_wanted(const struct sp_record_observation *record)
{
    struct sp_tally tally = sp_tally_of(record);
    if (!tally.n_live || tally.n_live == sp_tally_reachable(&tally))
        return false;
    SP_ARRAY_FOREACH (&record->seen, seen)
        if (is_unknown(seen))
            return true;
    return false;
}

static void on_soa(void *arg, const struct sp_dns_reply *reply)
{
    struct serial_ask *ask = arg;
    struct sp_serials *serials = ask->serials;
    ask->query = NULL;
    sp_seen_take_serial(ask->seen, reply);
    if (--serials->n_under_way == 0)
        serials->on_done(serials->arg);
}

struct sp_serials *sp_serials_start(struct sp_dns_client *client,
                                    struct sp_record_observation *record, unsigned *counter,
                                    sp_loop_fn on_done, void *arg)
{
    struct sp_serials *serials = sp_new(struct sp_serials);
    serials->on_done = on_done;
    serials->arg = arg;
    serials->asks = sp_alloc(record->seen.n, sizeof(*serials->asks));
    SP_ARRAY_FOREACH (&record->seen, seen) {
        if (!is_unknown(seen))
            continue;
        struct serial_ask *ask = &serials->asks[serials->n++];
        ask->serials = serials;
        ask->seen = seen;
        serials->n_under_way++;
        ask->query = sp_dns_ask(client, &seen->address, &record->delegation->zone, SP_DNS_SOA,
                                counter, on_soa, ask);
    }
    return serials;
}

void sp_serials_copy(struct sp_record_observation *record, const struct sp_record_observation *from)
{
    if (!record->delegation || !from->delegation ||
        !sp_name_equal(&record->delegation->zone, &from->delegation->zone))
        return;
    SP_ARRAY_FOREACH (&record->seen, seen)
        SP_ARRAY_FOREACH (&from->seen, known)
            if (is_unknown(seen) && known->has_serial &&
                sp_address_equal(&seen->address, &known->address)) {
                seen->has_serial = true;
                seen->serial = known->serial;
            }
}

void sp_serials_free(struct sp_serials **serials)
{
    if (!*serials)
        return;
    for (size_t i = 0; i < (*serials)->n; i++)
        sp_dns_query_cancel(&(*serials)->asks[i].query);
    free((*serials)->asks);
    free(*serials);
    *serials = NULL;
}
