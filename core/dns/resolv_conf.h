/*
 * The system's recursive resolvers, as resolv.conf(5) names them.
 */
#ifndef SP_DNS_RESOLV_CONF_H
#define SP_DNS_RESOLV_CONF_H

#include "base/limits.h"
#include "dns/address.h"

/* The addresses of the `nameserver` lines, port 53; lines that are not understood (an address with
 * a scope, for one) are passed over, as the C library does. The number found. */
size_t sp_resolv_conf_parse(const void *bytes, size_t len,
                            struct sp_address ret_resolvers[SP_DNS_RESOLVERS_MAX]);
/* The same of a file; 0 when it cannot be read. */
size_t sp_resolv_conf_read(const char *path, struct sp_address ret_resolvers[SP_DNS_RESOLVERS_MAX]);

#endif
