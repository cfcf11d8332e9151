/*
 * What a service manager is told, after sd_notify(3): one datagram to the socket that NOTIFY_SOCKET
 * names. Without one, nothing is done.
 */
#ifndef SP_WATCH_SERVICE_H
#define SP_WATCH_SERVICE_H

#include "base/base.h"

struct sp_service {
    int fd;                /* -1: nobody wants to know */
    uint64_t heartbeat_ms; /* how often to say WATCHDOG=1; 0: never */
};

/* Reads NOTIFY_SOCKET ("/path", or "@name" for an abstract one), WATCHDOG_USEC and WATCHDOG_PID,
 * and takes them out of the environment: they are not meant for children. What cannot be reached is
 * as if it were not there. */
void sp_service_init(struct sp_service *service);
void sp_service_fini(struct sp_service *service);
/* STATE is one assignment or several, each a line: "READY=1\nSTATUS=...". Never blocks: what the
 * manager does not take is lost. */
void sp_service_say(const struct sp_service *service, const char *state);

#endif
