/*
 * One look of the daemon at a domain: the record set is the ledger's, and who serves it is found
 * out anew, as a daemon must not believe what was true yesterday.
 */
#ifndef SP_WATCH_LOOK_H
#define SP_WATCH_LOOK_H

#include "ledger/ledger.h"
#include "publish/result.h"

struct sp_look;

struct sp_look_config {
    struct sp_loop *loop;
    struct sp_dns_client *client;
    struct sp_ledger *ledger;
    enum sp_until until;
};

/* It has ended; LOOK is to be freed, also inside. */
typedef void (*sp_look_fn)(void *arg, struct sp_look *look);

/* Looks at DOMAIN for up to WAIT_MS (0: once). FN comes once, from the loop. CONFIG is borrowed.
 * NULL with ERR: internal, "ledger"; refused, "unknown-domain", when it has left the ledger. */
struct sp_look *sp_look_start(const struct sp_look_config *config, const struct sp_name *domain,
                              uint64_t wait_ms, sp_look_fn fn, void *arg, struct sp_err *err);
void sp_look_free(struct sp_look **look); /* cancels; accepts a pointer to NULL */
const struct sp_result *sp_look_result(const struct sp_look *look);
/* Writes what was seen into the ledger. ERR: internal, "ledger". */
int sp_look_remember(struct sp_look *look, struct sp_err *err);

#endif
