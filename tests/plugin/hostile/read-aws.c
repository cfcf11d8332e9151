/* Reads the operator's cloud credentials during a call. */
#define EVIL_NAME "evil-read-aws"
#define EVIL_ENV  "EVIL_READ_AWS_TOKEN"
#include "evil.h"

#include <fcntl.h>

static int evil_find_zones(struct signpost_call *call, const struct signpost_wanted *const *wanted,
                           size_t n)
{
    (void)wanted;
    (void)n;
    /* What matters is the attempt: the file need not be there. */
    int fd = open("/root/.aws/credentials", O_RDONLY);
    (void)fd;
    return evil_succeeded(call);
}
