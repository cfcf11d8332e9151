#include "dns/cares_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static ares_socket_t open_socket(int family, int type, int protocol, void *arg)
{
    const int on = 1;
    (void)arg;
    int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
    if (fd >= 0 && type == SOCK_STREAM)
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return fd;
}

static int close_socket(ares_socket_t fd, void *arg)
{
    (void)arg;
    return close(fd);
}

static int connect_socket(ares_socket_t fd, const struct sockaddr *to, ares_socklen_t to_len,
                          void *arg)
{
    (void)arg;
    return connect(fd, to, to_len);
}

static ares_ssize_t receive(ares_socket_t fd, void *bytes, size_t len, int flags,
                            struct sockaddr *from, ares_socklen_t *from_len, void *arg)
{
    (void)arg;
    return recvfrom(fd, bytes, len, flags, from, from_len);
}

static ares_ssize_t send_all(ares_socket_t fd, const struct iovec *parts, int n_parts, void *arg)
{
    const struct iovec *first = parts;
    struct msghdr message = {.msg_iovlen = (size_t)n_parts};
    (void)arg;
    /* sendmsg() reads the parts; its type merely does not say so. */
    memcpy(&message.msg_iov, &first, sizeof(first));
    return sendmsg(fd, &message, MSG_NOSIGNAL);
}

void sp_cares_socket_install(ares_channel channel)
{
    static const struct ares_socket_functions functions = {
        .asocket = open_socket,
        .aclose = close_socket,
        .aconnect = connect_socket,
        .arecvfrom = receive,
        .asendv = send_all,
    };
    ares_set_socket_functions(channel, &functions, NULL);
}
