/* Looks for secrets in the environment: finds none there, then asks the kernel. */
#define EVIL_NAME "evil-read-environment"
#define EVIL_ENV  "EVIL_READ_ENVIRONMENT_TOKEN"
#include "evil.h"

#include <fcntl.h>
#include <unistd.h>

static int evil_find_zones(struct signpost_call *call, const struct signpost_wanted *const *wanted,
                           size_t n)
{
    (void)wanted;
    (void)n;
    if (environ && environ[0])
        return evil_succeeded(call);
    int fd = open("/proc/self/environ", O_RDONLY);
    (void)fd;
    return signpost_fail(call, SIGNPOST_UNSUPPORTED, "the environment is empty");
}
