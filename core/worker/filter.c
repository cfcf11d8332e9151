#include "worker/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/base.h"
#include "plugin/wire.h"

/* Any of these makes an open() more than a look at what is there. */
#define OPEN_FLAGS_FORBIDDEN (O_ACCMODE | O_CREAT | O_TRUNC | O_PATH)

/* PR_SET_VMA: newer C libraries name their heap with it and live without. */
#define PRCTL_NAME_MEMORY 0x53564d41

/* Harmless with any argument, in both steps. getpid to sysinfo are what abort(), malloc() and
 * qsort() of the C library ask for; close is harmless, as nothing can be opened in its place later.
 */
static const int always[] = {
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(futex),
    SCMP_SYS(getrandom),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(clock_getres),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(sched_yield),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(sysinfo),
    SCMP_SYS(close),
};

/* What the dynamic loader does with files it has opened. */
static const int while_loading[] = {
    SCMP_SYS(read),       SCMP_SYS(pread64), SCMP_SYS(lseek), SCMP_SYS(fstat),
    SCMP_SYS(newfstatat), SCMP_SYS(statx),   SCMP_SYS(uname), SCMP_SYS(seccomp),
#ifdef __NR_stat
    SCMP_SYS(stat),
#endif
};

static int allow_each(scmp_filter_ctx filter, const int *calls, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* Rules of both steps that look at arguments. */
static int allow_checked(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp is_message_fd = SCMP_A0(SCMP_CMP_LE, SP_WORKER_SOCKET_FD);
    const struct scmp_arg_cmp is_not_code = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
    const struct scmp_arg_cmp is_ourselves = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid());
    const struct scmp_arg_cmp is_naming = SCMP_A0(SCMP_CMP_EQ, PRCTL_NAME_MEMORY);
    int rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1, is_message_fd);
    if (rc == 0)
        rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(writev), 1, is_message_fd);
    if (rc == 0)
        rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, is_not_code);
    if (rc == 0)
        rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, is_not_code);
    /* abort() */
    if (rc == 0)
        rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, is_ourselves);
    /* stdio asks whether a descriptor is a terminal. None is. */
    if (rc == 0)
        rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOTTY), SCMP_SYS(ioctl), 0);
    if (rc == 0)
        rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1, is_naming);
    return rc;
}

static int allow_loading(scmp_filter_ctx filter)
{
    const struct scmp_arg_cmp opens_to_read = SCMP_A2(SCMP_CMP_MASKED_EQ, OPEN_FLAGS_FORBIDDEN, 0);
    const struct scmp_arg_cmp is_pure_code =
        SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_WRITE | PROT_EXEC, PROT_EXEC);
    const struct scmp_arg_cmp is_of_a_file = SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, 0);
    int rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1, opens_to_read);
    if (rc == 0)
        rc =
            seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2, is_pure_code, is_of_a_file);
#ifdef __NR_open
    const struct scmp_arg_cmp old_opens_to_read =
        SCMP_A1(SCMP_CMP_MASKED_EQ, OPEN_FLAGS_FORBIDDEN, 0);
    if (rc == 0)
        rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(open), 1, old_opens_to_read);
#endif
#ifdef __aarch64__
    /* The loader marks code as a landing place for branches (PROT_BTI) after it was mapped. */
    if (rc == 0)
        rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, is_pure_code);
#endif
    return rc;
}

/* Replies and calls come from the socket; nothing else is left to read. stdio asks what a
 * descriptor is before it allocates a buffer, and manages without an answer. */
static int allow_calls(scmp_filter_ctx filter)
{
    static const int unanswered[] = {SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(statx)};
    const struct scmp_arg_cmp is_socket = SCMP_A0(SCMP_CMP_EQ, SP_WORKER_SOCKET_FD);
    int rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(read), 1, is_socket);
    for (size_t i = 0; i < SP_ARRAY_LEN(unanswered) && rc == 0; i++)
        rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), unanswered[i], 0);
    return rc;
}

static int load(bool is_loading)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_TRAP);
    int rc = filter ? 0 : -ENOMEM;
    /* Set by ourselves, so that its failure is told apart. */
    if (rc == 0)
        rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0);
    if (rc == 0)
        rc = allow_each(filter, always, SP_ARRAY_LEN(always));
    if (rc == 0)
        rc = allow_checked(filter);
    if (rc == 0 && is_loading)
        rc = allow_each(filter, while_loading, SP_ARRAY_LEN(while_loading));
    if (rc == 0)
        rc = is_loading ? allow_loading(filter) : allow_calls(filter);
    if (rc == 0)
        rc = seccomp_load(filter);
    if (filter)
        seccomp_release(filter);
    return -rc;
}

int sp_filter_load(void)
{
    return load(true);
}

int sp_filter_tighten(void)
{
    return load(false);
}
