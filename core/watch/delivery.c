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
    *parcel = (struct sp_parcel){0};
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

static int settle(struct sp_delivery *delivery, struct sp_parcel *parcel, int64_t now_s,
                  struct sp_err *err)
{
    if (sp_ledger_settle_event(delivery->config.ledger, parcel->event.id, parcel->is_over,
                               parcel->next_at_s, err) == 0) {
        delivery->pause_s = 0;
        empty(parcel);
        return 0;
    }
    int64_t pause_s = delivery->pause_s ? delivery->pause_s * 2 : SP_WEBHOOK_WRITE_S;
    delivery->pause_s = pause_s < SP_WEBHOOK_WRITE_MAX_S ? pause_s : SP_WEBHOOK_WRITE_MAX_S;
    delivery->refused_at_s = now_s;
    return -1;
}

/* A clock that was set back is no reason to wait for longer. */
static bool may_write(const struct sp_delivery *delivery, int64_t now_s)
{
    return now_s < delivery->refused_at_s || now_s - delivery->refused_at_s >= delivery->pause_s;
}

/* One refusal is enough: each may take as long as another process holds the ledger. */
static int settle_ended(struct sp_delivery *delivery, int64_t now_s, struct sp_err *err)
{
    if (!may_write(delivery, now_s))
        return 0;
    for (size_t i = 0; i < SP_ARRAY_LEN(delivery->parcels); i++) {
        struct sp_parcel *parcel = &delivery->parcels[i];
        if (parcel->has_ended && settle(delivery, parcel, now_s, err) < 0)
            return -1;
    }
    return 0;
}

int sp_delivery_turn(struct sp_delivery *delivery, int64_t now_s, struct sp_err *err)
{
    sp_ledger_events events;
    int status = settle_ended(delivery, now_s, err);
    if (!find_empty(delivery))
        return status;
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
    return status;
}

int sp_delivery_ended(struct sp_delivery *delivery, struct sp_parcel *parcel, bool has_arrived,
                      const char *why, int64_t now_s, struct sp_err *err)
{
    const struct sp_ledger_event *event = &parcel->event;
    bool is_late = now_s - event->at_s > SP_WEBHOOK_GIVE_UP_S;
    int64_t pause_s = (sp_pause_ms(event->attempts + 1, sp_random_below) + 999) / 1000;
    delivery->n_failures = has_arrived ? 0 : delivery->n_failures + 1;
    if (!has_arrived)
        delivery->config.on_failure(delivery->config.arg, event, why, is_late);
    parcel->has_ended = true;
    parcel->is_over = has_arrived || is_late;
    parcel->next_at_s = now_s + pause_s;
    return settle_ended(delivery, now_s, err);
}
