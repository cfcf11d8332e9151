/* Makes machine code out of data during a call. */
#define EVIL_NAME "evil-new-code"
#define EVIL_ENV  "EVIL_NEW_CODE_TOKEN"
#include "evil.h"

#include <sys/mman.h>

static int evil_find_zones(struct signpost_call *call, const struct signpost_wanted *const *wanted,
                           size_t n)
{
    (void)wanted;
    (void)n;
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0 ? evil_succeeded(call)
                                                            : SIGNPOST_UNSUPPORTED;
}
