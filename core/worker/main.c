/*
 * signpost-worker: one plugin in a process of its own. Started by the engine with a socket as
 * descriptor 3, the plugin's file as descriptor 4 and an empty environment; see plugin/wire.h.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "plugin/wire.h"
#include "worker/serve.h"

int main(int argc, char **argv)
{
    struct sp_err err = SP_ERR_INIT;
    bool is_required = argc == 2 && strcmp(argv[1], "required") == 0;
    bool is_best_effort = argc == 2 && strcmp(argv[1], "best-effort") == 0;
    if ((!is_required && !is_best_effort) || fcntl(SP_WORKER_SOCKET_FD, F_GETFD) < 0) {
        fputs("signpost-worker is started by signpost, not by hand\n", stderr);
        return 2;
    }
    /* What went wrong was told to the engine; nobody else reads this program's words. */
    return sp_serve(is_required, &err) ? 1 : 0;
}
