#include "watch/delivery.h"

#include "watch/pause.h"

void sp_delivery_init(struct sp_delivery *delivery, const struct sp_delivery_config *config)
{
    *delivery = (struct sp_delivery){.config = *config};
}

static void empty(struct sp_parcel *parcel)
{
    free(parcel->event.id);
    free(parcel->event.domain);
    free(parcel->event.body);
    parcel->event = (struct sp_ledger_event){0};
}

void sp_delivery_fini(struct sp_delivery *delivery)
{
    for (size_t i = 0; i < SP_ARRAY_LEN(delivery->parcels); i++)
        empty(&delivery->parcels[i]);
}

static bool is_on_its_way(const struct sp_delivery *delivery, const char *id)
{
    for (size_t i = 0; i < SP_ARRAY_LEN(delivery->parcels); i++)
        if (delivery->parcels[i].event.id && strcmp(delivery->parcels[i].event.id, id) == 0)
            return true;
    return false;
}

/* NULL when enough are on their way. */
static struct sp_parcel *find_empty(struct sp_delivery *delivery)
{
    size_t n_may = delivery->n_failures < SP_WEBHOOK_FAILURES ? SP_WEBHOOK_AT_ONCE : 1;
    struct sp_parcel *found = NULL;
    for (size_t i = 0; i < SP_ARRAY_LEN(delivery->parcels); i++) {
        if (!delivery->parcels[i].event.id)
            found = &delivery->parcels[i];
        else if (--n_may == 0)
            return NULL;
    }
    return found;
}

int sp_delivery_turn(struct sp_delivery *delivery, int64_t now_s, struct sp_err *err)
{
    sp_ledger_events events;
    if (!find_empty(delivery))
        return 0;
    if (sp_ledger_list_events(delivery->config.ledger, now_s, &events, err) < 0)
        return -1;
    SP_ARRAY_FOREACH (&events, event) {
        struct sp_parcel *parcel = find_empty(delivery);
        if (!parcel || is_on_its_way(delivery, event->id))
            continue;
        parcel->event = *event;
        *event = (struct sp_ledger_event){0};
        delivery->config.send(delivery->config.arg, parcel);
    }
    sp_ledger_events_free(&events);
    return 0;
}

int sp_delivery_ended(struct sp_delivery *delivery, struct sp_parcel *parcel, bool has_arrived,
                      const char *why, int64_t now_s, struct sp_err *err)
{
    const struct sp_ledger_event *event = &parcel->event;
    bool is_late = now_s - event->at_s > SP_WEBHOOK_GIVE_UP_S;
    int64_t pause_s = (sp_pause_ms(event->attempts + 1, sp_random_below) + 999) / 1000;
    delivery->n_failures = has_arrived ? 0 : delivery->n_failures + 1;
    int status = sp_ledger_settle_event(delivery->config.ledger, event->id, has_arrived || is_late,
                                        now_s + pause_s, err);
    if (!has_arrived)
        delivery->config.on_failure(delivery->config.arg, event, why, is_late);
    empty(parcel);
    return status;
}
