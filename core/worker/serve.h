/*
 * The worker's part of the conversation (plugin/wire.h): hello, load, description, calls.
 */
#ifndef SP_WORKER_SERVE_H
#define SP_WORKER_SERVE_H

#include "base/err.h"

/*
 * Serves the engine at SP_WORKER_SOCKET_FD until it closes the socket. With IS_REQUIRED a missing
 * measure of the sandbox ends it with a fail frame. -1 and ERR (plugin) when it ended in another
 * way; the engine has been told where it could be.
 */
int sp_serve(bool is_required, struct sp_err *err);

#endif
