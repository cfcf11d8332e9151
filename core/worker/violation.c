#include "worker/violation.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/base.h"
#include "plugin/frame.h"
#include "plugin/wire.h"

#define EXIT_VIOLATION 3
#define STACK_SIZE     8192
#define TEXT_SIZE      160

/* The calls that a plugin would break out with, or make by mistake; others are told by number. */
static const struct {
    int number;
    const char *name;
} names[] = {
#define CALL(name)                                                                                 \
    {                                                                                              \
        SYS_##name, #name                                                                          \
    }
    CALL(socket),
    CALL(socketpair),
    CALL(connect),
    CALL(bind),
    CALL(listen),
    CALL(sendto),
    CALL(sendmsg),
    CALL(recvfrom),
    CALL(recvmsg),
    CALL(execve),
    CALL(execveat),
    CALL(clone),
    CALL(clone3),
    CALL(openat),
    CALL(openat2),
    CALL(unlinkat),
    CALL(mkdirat),
    CALL(renameat2),
    CALL(linkat),
    CALL(symlinkat),
    CALL(fchmodat),
    CALL(ftruncate),
    CALL(truncate),
    CALL(ptrace),
    CALL(process_vm_readv),
    CALL(process_vm_writev),
    CALL(kill),
    CALL(tgkill),
    CALL(tkill),
    CALL(rt_sigaction),
    CALL(mprotect),
    CALL(mmap),
    CALL(memfd_create),
    CALL(prctl),
    CALL(seccomp),
    CALL(bpf),
    CALL(userfaultfd),
    CALL(io_uring_setup),
    CALL(unshare),
    CALL(setns),
    CALL(mount),
    CALL(getdents64),
    CALL(faccessat),
    CALL(readlinkat),
    CALL(newfstatat),
    CALL(fstat),
    CALL(statx),
    CALL(read),
    CALL(write),
    CALL(pread64),
    CALL(fcntl),
    CALL(dup),
    CALL(dup3),
    CALL(prlimit64),
    CALL(nanosleep),
    CALL(clock_nanosleep),
    CALL(getcwd),
    CALL(chdir),
    CALL(pipe2),
    CALL(ppoll),
    CALL(getuid),
    CALL(shmget),
    CALL(keyctl),
    CALL(personality),
/* Not on every architecture. */
#ifdef SYS_open
    CALL(open),
#endif
#ifdef SYS_creat
    CALL(creat),
#endif
#ifdef SYS_fork
    CALL(fork),
    CALL(vfork),
#endif
#ifdef SYS_unlink
    CALL(unlink),
    CALL(mkdir),
    CALL(rename),
    CALL(access),
    CALL(stat),
    CALL(readlink),
    CALL(poll),
    CALL(dup2),
#endif
#undef CALL
};

static const char *name_of(int number)
{
    for (size_t i = 0; i < SP_ARRAY_LEN(names); i++) {
        if (names[i].number == number)
            return names[i].name;
    }
    return "";
}

/* Text is put together by hand from here on: nothing of stdio may run in a signal handler. */

static size_t put_text(char *at, const char *text)
{
    size_t len = 0;
    for (; text[len]; len++)
        at[len] = text[len];
    return len;
}

static size_t put_number(char *at, unsigned number)
{
    char digits[16];
    size_t n = 0;
    do
        digits[n++] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    for (size_t i = 0; i < n; i++)
        at[i] = digits[n - 1 - i];
    return n;
}

static void put_u32(char *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (char)(value >> (24 - 8 * i));
}

static void on_sigsys(int sig SP_UNUSED, siginfo_t *info, void *context SP_UNUSED)
{
    char frame[SP_FRAME_HEADER + TEXT_SIZE], *meta = frame + SP_FRAME_HEADER;
    size_t len = put_text(meta, "{\"type\":\"violation\",\"syscall\":");
    len += put_number(meta + len, (unsigned)info->si_syscall);
    len += put_text(meta + len, ",\"name\":\"");
    len += put_text(meta + len, name_of(info->si_syscall));
    len += put_text(meta + len, "\"}");
    put_u32(frame, SP_FRAME_MAGIC);
    put_u32(frame + 4, (uint32_t)len);
    put_u32(frame + 8, 0);
    ssize_t sent = write(SP_WORKER_SOCKET_FD, frame, SP_FRAME_HEADER + len);
    _exit(sent < 0 ? EXIT_VIOLATION + 1 : EXIT_VIOLATION);
}

void sp_violation_watch(void)
{
    /* A stack of its own: the plugin may have spoilt the other one. */
    static char stack[STACK_SIZE];
    const stack_t alternative = {.ss_sp = stack, .ss_size = sizeof(stack)};
    struct sigaction action = {.sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    sigaltstack(&alternative, NULL);
    sigaction(SIGSYS, &action, NULL);
}
