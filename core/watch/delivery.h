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
    /* It has ended, and that is not in the ledger yet: it is held back, as the ledger says that it
     * is due. */
    bool has_ended;
    bool is_over; /* it never comes again; else at */
    int64_t next_at_s;
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
    /* The ledger could not be written: when that was, and when to try again. 0: it could. */
    int64_t refused_at_s, pause_s;
};

void sp_delivery_init(struct sp_delivery *delivery, const struct sp_delivery_config *config);
void sp_delivery_fini(struct sp_delivery *delivery); /* what was on its way comes again */
/* Writes what could not be written before, and sends what is due. ERR: internal, "ledger"; the rest
 * is done all the same. */
int sp_delivery_turn(struct sp_delivery *delivery, int64_t now_s, struct sp_err *err);
/* PARCEL has arrived, or not, WHY; then it comes again after sp_pause_ms(), and after
 * SP_WEBHOOK_GIVE_UP_S never. ERR: internal, "ledger": that could not be written, and will be tried
 * again after SP_WEBHOOK_WRITE_S, then twice that; until it is, the event is not sent again. */
int sp_delivery_ended(struct sp_delivery *delivery, struct sp_parcel *parcel, bool has_arrived,
                      const char *why, int64_t now_s, struct sp_err *err);
#endif
