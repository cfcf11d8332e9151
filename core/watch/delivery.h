/*
 * When each change that waits in the ledger is sent: every one at least once, those of one domain
 * one after the other, few at a time. It has no clock and sends nothing itself.
 */
#ifndef SP_WATCH_DELIVERY_H
#define SP_WATCH_DELIVERY_H

#include "base/limits.h"
#include "ledger/outbox.h"

/* One event on its way. */
struct sp_parcel {
    struct sp_ledger_event event; /* id NULL: there is none */
};

struct sp_delivery_config {
    struct sp_ledger *ledger;
    /* Sends PARCEL; the end is told with sp_delivery_ended(), and never from inside. */
    void (*send)(void *arg, struct sp_parcel *parcel);
    /* It has not arrived, for the reason WHY; IS_OVER: it is not tried again. */
    void (*on_failure)(void *arg, const struct sp_ledger_event *event, const char *why,
                       bool is_over);
    void *arg;
};

struct sp_delivery {
    struct sp_delivery_config config;
    struct sp_parcel parcels[SP_WEBHOOK_AT_ONCE];
    unsigned n_failures; /* in a row: while the receiver is down, one event at a time knocks */
};

void sp_delivery_init(struct sp_delivery *delivery, const struct sp_delivery_config *config);
void sp_delivery_fini(struct sp_delivery *delivery); /* what was on its way comes again */
/* Sends what is due. ERR: internal, "ledger". */
int sp_delivery_turn(struct sp_delivery *delivery, int64_t now_s, struct sp_err *err);
/* PARCEL has arrived, or not, WHY; then it comes again after sp_pause_ms(), and after
 * SP_WEBHOOK_GIVE_UP_S never. ERR: internal, "ledger": it will be sent once more. */
int sp_delivery_ended(struct sp_delivery *delivery, struct sp_parcel *parcel, bool has_arrived,
                      const char *why, int64_t now_s, struct sp_err *err);
#endif
