/* Speaks to the engine itself, announcing four gigabytes. */
#define EVIL_NAME "evil-huge-frame"
#define EVIL_ENV  "EVIL_HUGE_FRAME_TOKEN"
#include "evil.h"

#include <unistd.h>

#define SOCKET_FD 3

static int evil_find_zones(struct signpost_call *call, const struct signpost_wanted *const *wanted,
                           size_t n)
{
    (void)wanted;
    (void)n;
    static const unsigned char header[] = {'S',  'P',  'F',  '1',  0xff, 0xff,
                                           0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    if (write(SOCKET_FD, header, sizeof(header)) != (ssize_t)sizeof(header))
        return signpost_fail(call, SIGNPOST_UNSUPPORTED, "the header could not be written");
    for (;;)
        if (write(SOCKET_FD, header, sizeof(header)) < 0)
            return evil_succeeded(call);
}
