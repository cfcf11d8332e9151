/* Reads a file of the operator's while it is loaded, where the C library may open files as well:
 * what it gets must be nothing. */
#define EVIL_NAME "evil-read-early"
#define EVIL_ENV  "EVIL_READ_EARLY_TOKEN"
#include "evil.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* A file that is always there and is not a library. */
static int got_in;

__attribute__((constructor)) static void read_file(void)
{
    int fd = open("/etc/passwd", O_RDONLY);
    got_in = fd >= 0;
    if (fd >= 0)
        close(fd);
}

static int evil_find_zones(struct signpost_call *call, const struct signpost_wanted *const *wanted,
                           size_t n)
{
    (void)wanted;
    (void)n;
    return got_in ? evil_succeeded(call)
                  : signpost_fail(call, SIGNPOST_UNSUPPORTED, "the file would not open");
}
