#include "worker/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/base.h"
#include "plugin/wire.h"

/* Since the headers of Linux 6.1; the numbers are the kernel's and do not change. */
#define FS_ALL_ABI1   ((1ull << 13) - 1) /* EXECUTE to MAKE_SYM */
#define FS_REFER      (1ull << 13)       /* ABI 2 */
#define FS_TRUNCATE   (1ull << 14)       /* ABI 3 */
#define NET_BIND_TCP  (1ull << 0)        /* ABI 4 */
#define NET_CONNECT   (1ull << 1)
#define FS_IOCTL_DEV  (1ull << 15) /* ABI 5 */
#define SCOPE_SOCKETS (1ull << 0)  /* ABI 6: abstract unix sockets */
#define SCOPE_SIGNALS (1ull << 1)

struct ruleset_attr {
    uint64_t handled_access_fs;
    uint64_t handled_access_net; /* since ABI 4 */
    uint64_t scoped;             /* since ABI 6 */
};

static int create_ruleset(int abi)
{
    struct ruleset_attr attr = {.handled_access_fs = FS_ALL_ABI1};
    size_t size = sizeof(attr.handled_access_fs);
    if (abi >= 2)
        attr.handled_access_fs |= FS_REFER;
    if (abi >= 3)
        attr.handled_access_fs |= FS_TRUNCATE;
    if (abi >= 4) {
        attr.handled_access_net = NET_BIND_TCP | NET_CONNECT;
        size = offsetof(struct ruleset_attr, scoped);
    }
    if (abi >= 5)
        attr.handled_access_fs |= FS_IOCTL_DEV;
    if (abi >= 6) {
        attr.scoped = SCOPE_SOCKETS | SCOPE_SIGNALS;
        size = sizeof(attr);
    }
    return (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
}

static int allow(int ruleset, int fd, uint64_t access)
{
    const struct landlock_path_beneath_attr rule = {.allowed_access = access, .parent_fd = fd};
    return (int)syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

/* A path that is not there needs no rule. */
static int allow_path(int ruleset, const char *path, uint64_t access)
{
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : -1;
    int result = allow(ruleset, fd, access);
    close(fd);
    return result;
}

static int allow_libraries(int ruleset)
{
    static const char *const directories[] = {
        "/lib", "/lib64", "/lib32", "/usr/lib", "/usr/lib64", "/usr/lib32", "/usr/local/lib",
    };
    const uint64_t read_all = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
    for (size_t i = 0; i < SP_ARRAY_LEN(directories); i++) {
        if (allow_path(ruleset, directories[i], read_all))
            return -1;
    }
    return allow_path(ruleset, "/etc/ld.so.cache", LANDLOCK_ACCESS_FS_READ_FILE);
}

int sp_landlock_restrict(void)
{
    int errnum = 0;
    int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (abi < 1)
        return errno;
    int ruleset = create_ruleset(abi);
    if (ruleset < 0)
        return errno;
    if (allow_libraries(ruleset) ||
        allow(ruleset, SP_WORKER_PLUGIN_FD, LANDLOCK_ACCESS_FS_READ_FILE) ||
        syscall(SYS_landlock_restrict_self, ruleset, 0))
        errnum = errno;
    close(ruleset);
    return errnum;
}
