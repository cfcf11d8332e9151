/*
 * The sandbox around a plugin.
 *
 * Step one is in force before dlopen(), because constructors and IFUNC resolvers of the object and
 * of what it needs run inside it, before any of its data can be looked at. It consists of
 * - descriptors: none but 0 and 1 (/dev/null), 2 (a pipe to the engine), 3 (the socket) and 4 (the
 *   plugin's file).
 * - limits: no core file, no process, no file growth, few descriptors, memory and CPU time as in
 *   base/limits.h, so that what runs away ends by itself.
 * - namespaces: a user, network and IPC namespace of its own, where the system lets ordinary users
 *   have them. An extra: the filter forbids every socket anyway.
 * - capabilities: none, also when signpost is run by root.
 * - no-new-privs: no set-user-ID program could give anything back.
 * - not-dumpable: other processes of the same user may not look in, no handler gets a core.
 * - parent-death: the worker dies with the engine.
 * - landlock: files can be opened for reading only, and of those only the system's libraries,
 *   ld.so.cache and the plugin's own file. The dynamic loader needs these. That a file exists, and
 *   its size, can be seen (stat) until step two.
 * - seccomp: an allow-list of system calls. Files are opened for reading only and never created;
 *   code is mapped from files only and never writable, and memory is never made executable later.
 *   There is no socket, process, exec, ptrace, signal to others or change of a handler on the list.
 *   What is not on it raises SIGSYS, whose handler (violation.c) names the call to the engine and
 *   ends the process.
 *
 * Step two comes after the description was read and before the first call, hence before anything of
 * the operator's reaches the process: a second list without opening files and without new
 * executable mappings, and with reading from the socket alone and writing to it, to 1 and to 2.
 *
 * What this gives and what not. All that matters against a plugin that is hostile from its first
 * instruction stands in step one: such a plugin shares the address space and could keep the worker
 * from taking step two. Step two is for the honest plugin that is taken over by a reply it parses.
 * A plugin may also write frames of its own to the socket, which is why the engine believes none.
 *
 * The C library must not need files after step two: no iconv, NSS or locale; the time zone is read
 * beforehand.
 */
#include "worker/sandbox.h"

#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/limits.h"
#include "config.h"
#include "plugin/wire.h"
#include "worker/filter.h"
#include "worker/landlock.h"
#include "worker/violation.h"

#define DESCRIPTORS_MAX 16

/* A measure returns 0 or an errno value. */
typedef int (*measure_fn)(void);

static int result_of(int rc)
{
    return rc < 0 ? errno : 0;
}

static int close_descriptors(void)
{
    return result_of(close_range(SP_WORKER_PLUGIN_FD + 1, ~0u, 0));
}

static int set_limits(void)
{
    static const struct {
        __rlimit_resource_t resource;
        rlim_t max;
    } limits[] = {
        {RLIMIT_CORE, 0},
        {RLIMIT_NPROC, 0},
        {RLIMIT_FSIZE, 0},
        {RLIMIT_NOFILE, DESCRIPTORS_MAX},
        {RLIMIT_AS, SP_WORKER_MEMORY_MAX},
        {RLIMIT_CPU, SP_WORKER_CPU_S},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(limits); i++) {
        struct rlimit limit;
        if (getrlimit(limits[i].resource, &limit) < 0)
            return errno;
        /* One that is lower already stays: it cannot be raised, and need not be. */
        if (limit.rlim_max > limits[i].max)
            limit.rlim_max = limits[i].max;
        limit.rlim_cur = limit.rlim_max;
        if (setrlimit(limits[i].resource, &limit) < 0)
            return errno;
    }
    return 0;
}

static int leave_namespaces(void)
{
    return result_of(unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC));
}

static int drop_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{.effective = 0}};
    return result_of((int)syscall(SYS_capset, &header, none));
}

static int forbid_new_privs(void)
{
    return result_of(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

static int forbid_dumps(void)
{
    return result_of(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
}

/* An engine that died before this was asked for is told by its end of the socket. */
static int die_with_parent(void)
{
    struct pollfd socket = {.fd = SP_WORKER_SOCKET_FD};
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
        return errno;
    if (poll(&socket, 1, 0) > 0 && (socket.revents & POLLHUP))
        _exit(1);
    return 0;
}

/* In this order: leaving a user namespace resets both `not-dumpable` and `parent-death`, Landlock
 * and the filter need `no-new-privs`, and under the filter none of the others is possible any more.
 */
static const struct {
    const char *name;
    measure_fn apply;
    bool is_extra;
} measures[] = {
    {"descriptors", close_descriptors, false}, {"limits", set_limits, false},
    {"namespaces", leave_namespaces, true},    {"capabilities", drop_capabilities, false},
    {"no-new-privs", forbid_new_privs, false}, {"not-dumpable", forbid_dumps, false},
    {"parent-death", die_with_parent, false},  {"landlock", sp_landlock_restrict, false},
    {"seccomp", sp_filter_load, false},
};

static int refuse(struct sp_err *err, const char *name, int errnum)
{
    sp_err_set(err, SP_ERR_PLUGIN, "sandbox",
               "the sandbox around plugins is not possible here: %s: %s", name, strerror(errnum));
    return sp_err_fix(err, "Use a kernel with Landlock and seccomp (Linux 5.13 or later), or a "
                           "container that allows them.");
}

/* What libraries would read later from files that are out of reach by then: the C library the time
 * zone, jansson (whose objects plugins use, too) a seed against crafted keys from /dev/urandom. */
static void touch_late_files(void)
{
    size_t seed;
    sp_random(&seed, sizeof(seed));
    json_object_seed(seed | 1);
    tzset();
}

int sp_sandbox_enter(struct sp_sandbox *sandbox, bool is_required, struct sp_err *err)
{
    clearenv();
    signal(SIGPIPE, SIG_IGN);
    if (!SP_SANDBOX_REQUIRED) {
        sp_strings_add(&sandbox->missing, "off in this build");
        (void)die_with_parent(); /* a plugin that never comes back must not stay behind */
        return 0;
    }
    touch_late_files();
    sp_violation_watch();
    for (size_t i = 0; i < SP_ARRAY_LEN(measures); i++) {
        int errnum = measures[i].apply();
        if (errnum == 0) {
            sp_strings_add(&sandbox->applied, measures[i].name);
            continue;
        }
        if (is_required && !measures[i].is_extra)
            return refuse(err, measures[i].name, errnum);
        char *missing = sp_asprintf("%s: %s", measures[i].name, strerror(errnum));
        sp_strings_add(&sandbox->missing, missing);
        free(missing);
    }
    sandbox->has_filter = sandbox->applied.n > 0 &&
                          strcmp(sandbox->applied.items[sandbox->applied.n - 1], "seccomp") == 0;
    return 0;
}

int sp_sandbox_tighten(struct sp_sandbox *sandbox, struct sp_err *err)
{
    int errnum = sandbox->has_filter ? sp_filter_tighten() : 0;
    return errnum ? refuse(err, "seccomp, second step", errnum) : 0;
}

void sp_sandbox_fini(struct sp_sandbox *sandbox)
{
    sp_strings_free(&sandbox->applied);
    sp_strings_free(&sandbox->missing);
}
