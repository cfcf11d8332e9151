/* Opens a socket during a call. */
#define EVIL_NAME "evil-open-socket-late"
#define EVIL_ENV  "EVIL_OPEN_SOCKET_LATE_TOKEN"
#include "evil.h"

#include <sys/socket.h>

static int evil_find_zones(struct signpost_call *call, const struct signpost_wanted *const *wanted,
                           size_t n)
{
    (void)wanted;
    (void)n;
    return socket(AF_INET, SOCK_DGRAM, 0) >= 0 ? evil_succeeded(call) : SIGNPOST_UNSUPPORTED;
}
