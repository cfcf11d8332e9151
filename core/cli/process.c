#include "cli/process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/limits.h"

/* Leak checkers attach as a debugger does: sanitizer builds stay open to them. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_SANITIZED 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED 1
#endif

/* A descriptor that is closed would be given to the next file opened, the ledger or a socket, and
 * what is printed would go there. The null device takes its place, opened the wrong way round: to
 * use it is still an error. */
static void fill_standard_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            _exit(1);
}

/* Each server that is asked at the moment has a socket; the usual limit is for programs that use
 * select(2). */
static void raise_files(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) < 0 || files.rlim_cur >= SP_FILES_WANTED)
        return;
    files.rlim_cur = files.rlim_max < SP_FILES_WANTED ? files.rlim_max : SP_FILES_WANTED;
    setrlimit(RLIMIT_NOFILE, &files);
}

void sp_process_harden(void)
{
    fill_standard_descriptors();
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    raise_files();
#ifndef IS_SANITIZED
    prctl(PR_SET_DUMPABLE, 0);
#endif
    signal(SIGPIPE, SIG_IGN);
}
