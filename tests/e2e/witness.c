/*
 * Preloaded into the program under test: writes down where it connects and sends to and which names
 * it gives to the system's resolver, and shifts the time of day. The worker is not touched by it,
 * as its environment is empty.
 */
#define _GNU_SOURCE

#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define SEEN __attribute__((visibility("default")))

static void note(const char *line)
{
    const char *path = getenv("WITNESS_LOG");
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;

    if (fd >= 0) {
        if (write(fd, line, strlen(line)) < 0)
            abort();
        close(fd);
    }
}

static void note_address(const char *call, const struct sockaddr *address)
{
    char line[256], text[INET6_ADDRSTRLEN] = "";

    if (!address)
        return;
    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *in = (const void *)address;
        inet_ntop(AF_INET, &in->sin_addr, text, sizeof(text));
        snprintf(line, sizeof(line), "%s %s %d\n", call, text, ntohs(in->sin_port));
    } else if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in = (const void *)address;
        inet_ntop(AF_INET6, &in->sin6_addr, text, sizeof(text));
        snprintf(line, sizeof(line), "%s %s %d\n", call, text, ntohs(in->sin6_port));
    } else if (address->sa_family == AF_UNIX) {
        const struct sockaddr_un *un = (const void *)address;
        snprintf(line, sizeof(line), "%s unix:%.100s 0\n", call, un->sun_path);
    } else {
        return;
    }
    note(line);
}

SEEN int connect(int fd, const struct sockaddr *address, socklen_t len)
{
    int (*real)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "connect");
    note_address("connect", address);
    return real(fd, address, len);
}

SEEN ssize_t sendto(int fd, const void *data, size_t n, int flags, const struct sockaddr *address,
                    socklen_t len)
{
    ssize_t (*real)(int, const void *, size_t, int, const struct sockaddr *, socklen_t) =
        dlsym(RTLD_NEXT, "sendto");
    note_address("sendto", address);
    return real(fd, data, n, flags, address, len);
}

SEEN ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    ssize_t (*real)(int, const struct msghdr *, int) = dlsym(RTLD_NEXT, "sendmsg");
    note_address("sendmsg", message->msg_name);
    return real(fd, message, flags);
}

SEEN int sendmmsg(int fd, struct mmsghdr *messages, unsigned n, int flags)
{
    int (*real)(int, struct mmsghdr *, unsigned, int) = dlsym(RTLD_NEXT, "sendmmsg");
    for (unsigned i = 0; i < n; i++)
        note_address("sendmmsg", messages[i].msg_hdr.msg_name);
    return real(fd, messages, n, flags);
}

SEEN int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                     struct addrinfo **result)
{
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **) =
        dlsym(RTLD_NEXT, "getaddrinfo");
    char line[300];
    snprintf(line, sizeof(line), "getaddrinfo %.250s 0\n", node ? node : "-");
    note(line);
    return real(node, service, hints, result);
}

static time_t shift(void)
{
    const char *text = getenv("WITNESS_CLOCK_SHIFT");
    return text ? atol(text) : 0;
}

SEEN int clock_gettime(clockid_t clock, struct timespec *now)
{
    static int (*real)(clockid_t, struct timespec *);
    int rc;

    if (!real)
        real = dlsym(RTLD_NEXT, "clock_gettime");
    rc = real(clock, now);
    if (!rc && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += shift();
    return rc;
}

SEEN int gettimeofday(struct timeval *now, void *zone)
{
    struct timespec precise;

    (void)zone;
    clock_gettime(CLOCK_REALTIME, &precise);
    now->tv_sec = precise.tv_sec;
    now->tv_usec = precise.tv_nsec / 1000;
    return 0;
}

SEEN time_t time(time_t *now)
{
    struct timespec precise;

    clock_gettime(CLOCK_REALTIME, &precise);
    if (now)
        *now = precise.tv_sec;
    return precise.tv_sec;
}
