/* Opens a socket while it is loaded. */
#define EVIL_NAME "evil-open-socket"
#define EVIL_ENV  "EVIL_OPEN_SOCKET_TOKEN"
#include "evil.h"

#include <sys/socket.h>
#include <unistd.h>

__attribute__((constructor)) static void open_socket(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd >= 0)
        close(fd);
}

EVIL_FINDS_NOTHING
