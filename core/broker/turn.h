/*
 * One call to a plugin with what the engine does around it, so that no plugin has to: credentials
 * are renewed before it, and what the provider refused for now is called again.
 */
#ifndef SP_BROKER_TURN_H
#define SP_BROKER_TURN_H

#include "broker/conversation.h"

struct sp_turn;

/*
 * Makes CALL, whose arrays must stay, in CONVERSATION, which is alive; FN comes once, from the
 * loop, and the turn is gone when it comes. Called again, within SP_CALL_TRIES and SP_CALL_WAIT_MS:
 * - after SIGNPOST_RATE_LIMITED, as long as no change of the call was told as applied, accepted or
 *   lost; after the plugin's time, or else a back-off from SP_CALL_BACKOFF_MS with full jitter;
 * - after SIGNPOST_TRANSIENT, unless it is apply_changes() or its requests were repeated already.
 */
struct sp_turn *sp_turn_new(struct sp_conversation *conversation, struct sp_outlet *outlet,
                            struct sp_credentials *credentials, const struct sp_wire_call *call,
                            sp_called_fn fn, void *arg);
void sp_turn_free(struct sp_turn *turn); /* CONVERSATION is freed before; accepts NULL */
/* No more waiting: a call that waits to be made again ends now with its failure, as does a request
 * that waits to be sent again. FN may come from inside. */
void sp_turn_hurry(struct sp_turn *turn);

#endif
