#include "dns/address.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/text.h"

static bool parse_ip(struct sp_address *ret_address, struct sp_span text)
{
    char ip[SP_ADDRESS_TEXT_SIZE];
    struct sp_address address = {.family = 4};
    if (text.len == 0 || text.len >= sizeof(ip))
        return false;
    memcpy(ip, text.bytes, text.len);
    ip[text.len] = '\0';
    if (inet_pton(AF_INET, ip, address.bytes) != 1) {
        address.family = 6;
        if (inet_pton(AF_INET6, ip, address.bytes) != 1)
            return false;
    }
    *ret_address = address;
    return true;
}

/* Splits "[v6]:port", "v4:port" and bare addresses; a port that is not given stays empty. */
static bool split_port(const char *text, struct sp_span *ret_ip, struct sp_span *ret_port)
{
    struct sp_cursor cursor = sp_cursor_of(text, strnlen(text, SP_ADDRESS_TEXT_SIZE));
    const char *colon = strchr(text, ':');
    bool is_bracketed = sp_cursor_peek(&cursor) == '[';
    *ret_port = (struct sp_span){.bytes = ""};
    if (!is_bracketed && (!colon || strchr(colon + 1, ':'))) {
        *ret_ip = sp_span_of(text);
        return true;
    }
    if (is_bracketed)
        sp_cursor_skip(&cursor, 1);
    *ret_ip = sp_cursor_until(&cursor, is_bracketed ? "]" : ":");
    if (is_bracketed)
        sp_cursor_skip(&cursor, 1);
    if (sp_cursor_is_ok(&cursor) && is_bracketed && sp_cursor_is_end(&cursor))
        return true;
    if (sp_cursor_u8(&cursor) != ':')
        return false;
    *ret_port = sp_cursor_take(&cursor, sp_cursor_left(&cursor));
    return ret_port->len > 0;
}

static bool parse_port(struct sp_span text, uint16_t *ret_port)
{
    char digits[8];
    uint64_t port;
    if (text.len >= sizeof(digits))
        return false;
    memcpy(digits, text.bytes, text.len);
    digits[text.len] = '\0';
    if (sp_parse_u64(digits, UINT16_MAX, &port) < 0 || port == 0)
        return false;
    *ret_port = (uint16_t)port;
    return true;
}

int sp_address_parse(struct sp_address *ret_address, const char *text, uint16_t default_port,
                     struct sp_err *err)
{
    struct sp_address address;
    struct sp_span ip, port_text;
    uint16_t port = default_port;
    if (!split_port(text, &ip, &port_text) || !parse_ip(&address, ip) ||
        (port_text.len && !parse_port(port_text, &port))) {
        char *escaped = sp_escaped(text);
        sp_err_set(err, SP_ERR_USAGE, "bad-address", "\"%.200s\" is not an IP address with a port",
                   escaped);
        sp_err_fix(err, "write 192.0.2.1, 192.0.2.1:5300, 2001:db8::1 or [2001:db8::1]:5300");
        free(escaped);
        return -1;
    }
    address.port = port;
    *ret_address = address;
    return 0;
}

const char *sp_address_format(const struct sp_address *address, char ret_text[SP_ADDRESS_TEXT_SIZE])
{
    ret_text[0] = '\0';
    if (address->family == SP_ADDRESS_URL)
        snprintf(ret_text, SP_ADDRESS_TEXT_SIZE, "%.63s", address->url);
    else if (address->family)
        inet_ntop(address->family == 4 ? AF_INET : AF_INET6, address->bytes, ret_text,
                  SP_ADDRESS_TEXT_SIZE);
    return ret_text;
}

const char *sp_address_format_port(const struct sp_address *address,
                                   char ret_text[SP_ADDRESS_TEXT_SIZE])
{
    char ip[SP_ADDRESS_TEXT_SIZE];
    if (address->family == SP_ADDRESS_URL)
        return sp_address_format(address, ret_text);
    sp_address_format(address, ip);
    /* An IPv6 text has at most INET6_ADDRSTRLEN - 1 = 45 characters: nothing is ever cut. */
    snprintf(ret_text, SP_ADDRESS_TEXT_SIZE, address->family == 6 ? "[%.45s]:%u" : "%.45s:%u", ip,
             address->port);
    return ret_text;
}

static size_t ip_len(const struct sp_address *address)
{
    return address->family == 4 ? 4 : address->family == 6 ? 16 : 0;
}

bool sp_address_equal(const struct sp_address *a, const struct sp_address *b)
{
    return a->family == b->family && a->port == b->port &&
           memcmp(a->bytes, b->bytes, ip_len(a)) == 0 &&
           (a->family != SP_ADDRESS_URL || strcmp(a->url, b->url) == 0);
}

static bool is_loopback_url(const char *url)
{
    static const char *const starts[] = {"https://127.", "https://[::1]", "https://localhost/",
                                         "https://localhost:"};
    for (size_t i = 0; i < SP_ARRAY_LEN(starts); i++)
        if (strncmp(url, starts[i], strlen(starts[i])) == 0)
            return true;
    return false;
}

bool sp_address_is_loopback(const struct sp_address *address)
{
    static const uint8_t one[16] = {[15] = 1};
    if (address->family == SP_ADDRESS_URL)
        return is_loopback_url(address->url);
    return address->family == 4 ? address->bytes[0] == 127
                                : address->family == 6 && memcmp(address->bytes, one, 16) == 0;
}

socklen_t sp_address_to_sockaddr(const struct sp_address *address, struct sockaddr_storage *ret)
{
    memset(ret, 0, sizeof(*ret));
    if (address->family == 4) {
        struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(address->port)};
        memcpy(&v4.sin_addr, address->bytes, 4);
        memcpy(ret, &v4, sizeof(v4));
        return sizeof(v4);
    }
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(address->port)};
    memcpy(&v6.sin6_addr, address->bytes, 16);
    memcpy(ret, &v6, sizeof(v6));
    return sizeof(v6);
}

bool sp_address_has_route(const struct sp_address *address)
{
    struct sp_address target = *address;
    struct sockaddr_storage to;
    if (!address->family)
        return false;
    if (!target.port)
        target.port = 53;
    socklen_t to_len = sp_address_to_sockaddr(&target, &to);
    int fd = socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    bool has_route = connect(fd, (const struct sockaddr *)&to, to_len) == 0;
    close(fd);
    return has_route;
}

static bool is_own_ipv6(const struct sockaddr *address, bool may_be_loopback)
{
    struct sockaddr_in6 v6;
    if (!address || address->sa_family != AF_INET6)
        return false;
    memcpy(&v6, address, sizeof(v6));
    return !IN6_IS_ADDR_LINKLOCAL(&v6.sin6_addr) &&
           (may_be_loopback || !IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr));
}

bool sp_address_has_ipv6(bool may_be_loopback)
{
    struct ifaddrs *all;
    bool has_any = false;
    if (getifaddrs(&all) < 0)
        return false;
    for (const struct ifaddrs *at = all; at && !has_any; at = at->ifa_next)
        has_any = is_own_ipv6(at->ifa_addr, may_be_loopback);
    freeifaddrs(all);
    return has_any;
}
