#include "cli/process.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* Leak checkers attach as a debugger does: sanitizer builds stay open to them. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_SANITIZED 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED 1
#endif

void sp_process_harden(void)
{
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
#ifndef IS_SANITIZED
    prctl(PR_SET_DUMPABLE, 0);
#endif
    signal(SIGPIPE, SIG_IGN);
}
