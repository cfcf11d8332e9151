/*
 * One call into a plugin, and the services it is offered meanwhile (struct signpost_host).
 */
#ifndef SP_WORKER_CALL_H
#define SP_WORKER_CALL_H

#include "plugin/wire.h"
#include "worker/channel.h"
#include "worker/load.h"

/*
 * Runs WIRE in LOADED and sends what comes of it: http, found and applied frames on the way, then
 * done or fail. A plugin that breaks a rule of the header ends in a fail with the code
 * "plugin-misuse". -1 and ERR only when the engine can no longer be spoken to.
 */
int sp_call_run(struct sp_channel *channel, const struct sp_loaded *loaded,
                const struct sp_wire_call *wire, struct sp_err *err);

#endif
