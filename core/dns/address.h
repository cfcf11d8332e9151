/*
 * Where a DNS server is asked: an IP address with a port, or a URL.
 */
#ifndef SP_DNS_ADDRESS_H
#define SP_DNS_ADDRESS_H

#include <netinet/in.h>

#include "base/err.h"

struct sp_address {
    uint8_t family; /* 4 or 6; SP_ADDRESS_URL; 0: none */
    uint8_t bytes[16];
    uint16_t port;   /* host order */
    const char *url; /* SP_ADDRESS_URL: of DNS over HTTPS; a borrow from who made the address */
};

#define SP_ADDRESS_URL 1

#define SP_ADDRESS_TEXT_SIZE 64

/* "192.0.2.1", "192.0.2.1:5300", "2001:db8::1", "[2001:db8::1]:5300". ERR: usage, "bad-address". */
int sp_address_parse(struct sp_address *ret_address, const char *text, uint16_t default_port,
                     struct sp_err *err);
/* Without the port, as reports want it; and with it ("192.0.2.1:5300"). A URL is cut, if need be.
 * Return RET_TEXT. */
const char *sp_address_format(const struct sp_address *address,
                              char ret_text[SP_ADDRESS_TEXT_SIZE]);
const char *sp_address_format_port(const struct sp_address *address,
                                   char ret_text[SP_ADDRESS_TEXT_SIZE]);
#define SP_ADDRESS_STR(a)      sp_address_format((a), (char[SP_ADDRESS_TEXT_SIZE]){0})
#define SP_ADDRESS_PORT_STR(a) sp_address_format_port((a), (char[SP_ADDRESS_TEXT_SIZE]){0})
bool sp_address_equal(const struct sp_address *a, const struct sp_address *b);
/* A URL is judged by the address in it, or "localhost". */
bool sp_address_is_loopback(const struct sp_address *address);
socklen_t sp_address_to_sockaddr(const struct sp_address *address, struct sockaddr_storage *ret);
/* Whether this host has a route to ADDRESS (a connected datagram socket; nothing is sent). */
bool sp_address_has_route(const struct sp_address *address);
/* Whether an interface of this host has an IPv6 address of its own: loopback and link-local ones do
 * not count, unless MAY_BE_LOOPBACK. Without one no IPv6 server can be asked. */
bool sp_address_has_ipv6(bool may_be_loopback);

#endif
