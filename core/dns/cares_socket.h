/*
 * The sockets c-ares works with: its own writes raise SIGPIPE when a server has hung up.
 */
#ifndef SP_DNS_CARES_SOCKET_H
#define SP_DNS_CARES_SOCKET_H

#include <ares.h>

/* To be called before the channel's first query. */
void sp_cares_socket_install(ares_channel channel);

#endif
