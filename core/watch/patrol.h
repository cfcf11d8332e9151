/*
 * The daemon on the loop: makes the looks that the watcher wants, sends what the delivery has, and
 * keeps the service manager informed.
 */
#ifndef SP_WATCH_PATROL_H
#define SP_WATCH_PATROL_H

#include "watch/look.h"
#include "watch/service.h"
#include "watch/webhook.h"

struct sp_patrol;

struct sp_patrol_config {
    struct sp_look_config look;
    const struct sp_webhook *webhook; /* NULL: nobody is told */
    const struct sp_service *service;
    /* A status that is another than before; FROM is NONE for a new domain. It is in the ledger. */
    void (*on_change)(void *arg, const struct sp_result *result, enum sp_status from);
    /* Every look that was made; HAS_COUNTED: it is in the ledger. */
    void (*on_look)(void *arg, const struct sp_result *result, bool has_counted);
    /* What went wrong, once each time it is something else; nothing ends for it. */
    void (*on_trouble)(void *arg, const struct sp_err *err);
    void *arg;
};

/* Claims the ledger and starts; CONFIG is copied, and what it points to borrowed. NULL with ERR:
 * refused, "already-watched"; internal, "ledger". */
struct sp_patrol *sp_patrol_start(const struct sp_patrol_config *config, struct sp_err *err);
/* Ends at once: looks under way come to nothing, and what was being sent comes again. Accepts NULL.
 */
void sp_patrol_free(struct sp_patrol *patrol);
/* From now on WEBHOOK is told, NULL: nobody. What is being sent goes on as it began, and needs its
 * former webhook no more. ERR: internal, "ledger": all stays as it was. */
int sp_patrol_set_webhook(struct sp_patrol *patrol, const struct sp_webhook *webhook,
                          struct sp_err *err);
size_t sp_patrol_count(const struct sp_patrol *patrol); /* the domains under watch */

#endif
