#include "watch/service.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"

static int connect_to(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(name);
    if ((name[0] != '/' && name[0] != '@') || len < 2 || len >= sizeof(address.sun_path))
        return -1;
    memcpy(address.sun_path, name, len);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    /* The length tells where an abstract name ends. */
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    if (connect(fd, (const struct sockaddr *)&address, size) == 0)
        return fd;
    close(fd);
    return -1;
}

/* Half of what the manager grants, as sd_watchdog_enabled(3) advises. */
static uint64_t read_heartbeat_ms(void)
{
    const char *microseconds = getenv("WATCHDOG_USEC"), *process = getenv("WATCHDOG_PID");
    uint64_t us, pid;
    if (!microseconds || sp_parse_u64(microseconds, INT64_MAX, &us) < 0 || us < 2000)
        return 0;
    if (process && (sp_parse_u64(process, INT32_MAX, &pid) < 0 || (pid_t)pid != getpid()))
        return 0;
    return us / 2000;
}

void sp_service_init(struct sp_service *service)
{
    const char *name = getenv("NOTIFY_SOCKET");
    *service = (struct sp_service){.fd = name ? connect_to(name) : -1};
    if (service->fd >= 0)
        service->heartbeat_ms = read_heartbeat_ms();
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
}

void sp_service_fini(struct sp_service *service)
{
    if (service->fd >= 0)
        close(service->fd);
    service->fd = -1;
}

void sp_service_say(const struct sp_service *service, const char *state)
{
    if (service->fd >= 0)
        (void)!send(service->fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT);
}
