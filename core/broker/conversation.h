/*
 * The engine's side of what plugin/wire.h lays down: one worker with one plugin, greeted once, then
 * called any number of times, one call after another. Requests pass the gate and become exchanges.
 */
#ifndef SP_BROKER_CONVERSATION_H
#define SP_BROKER_CONVERSATION_H

#include "broker/called.h"
#include "broker/exchange.h"
#include "broker/gate.h"
#include "broker/worker.h"

struct sp_conversation;

/* What the worker and its plugin say of themselves. Lives during the callback; contents may be
 * moved out (zeroed). */
struct sp_greeting {
    struct sp_description description;
    sp_strings sandbox, missing; /* measures applied, and those that were not possible */
};
/* GREETING is NULL after a failure, ERR then set. */
typedef void (*sp_greeted_fn)(void *arg, struct sp_greeting *greeting, const struct sp_err *err);

/* ERR is cleared on success; CALLED is there in any case, during the callback; its contents may be
 * moved out (zeroed). */
typedef void (*sp_called_fn)(void *arg, struct sp_called *called, const struct sp_err *err);

/* Starts the worker and greets it; FN comes once, from the loop, unless freed before. NULL and ERR
 * (plugin, usage) when no worker can be started. */
struct sp_conversation *sp_conversation_new(struct sp_loop *loop,
                                            const struct sp_worker_config *config, sp_greeted_fn fn,
                                            void *arg, struct sp_err *err);
/* Kills the worker, cancels what is under way; no callback comes any more. Accepts NULL. May be
 * called from its callbacks. */
void sp_conversation_free(struct sp_conversation *conversation);
/* False once the worker has ended, for whatever reason; then only freeing is left. */
bool sp_conversation_is_alive(const struct sp_conversation *conversation);
/* The worker's own time for each call from now on, instead of SP_PLUGIN_CALL_MS. It does not run
 * while an exchange with the provider is under way. */
void sp_conversation_limit(struct sp_conversation *conversation, unsigned call_ms);

/* After a successful greeting, with no other call under way. OUTLET must outlive the call; CALL is
 * read at once. FN comes once, from the loop, unless freed before. */
void sp_conversation_call(struct sp_conversation *conversation, struct sp_outlet *outlet,
                          const struct sp_wire_call *call, sp_called_fn fn, void *arg);
/* Ends the wait of a request under way, if it waits (broker/exchange.h). */
void sp_conversation_hurry(struct sp_conversation *conversation);

#endif
