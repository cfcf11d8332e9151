#include "dns/resolv_conf.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/cursor.h"

size_t sp_resolv_conf_parse(const void *bytes, size_t len,
                            struct sp_address ret_resolvers[SP_DNS_RESOLVERS_MAX])
{
    struct sp_cursor cursor = sp_cursor_of(bytes, len);
    struct sp_span line;
    size_t n = 0;
    while (n < SP_DNS_RESOLVERS_MAX && sp_cursor_line(&cursor, &line)) {
        struct sp_cursor words = sp_cursor_of(line.bytes, line.len);
        struct sp_err err = SP_ERR_INIT;
        sp_cursor_while(&words, " \t");
        if (!sp_span_is(sp_cursor_until(&words, " \t"), "nameserver"))
            continue;
        sp_cursor_while(&words, " \t");
        char *address = sp_span_dup(sp_cursor_until(&words, " \t#;"));
        if (sp_address_parse(&ret_resolvers[n], address, 53, &err) == 0)
            n++;
        free(address);
    }
    return n;
}

size_t sp_resolv_conf_read(const char *path, struct sp_address ret_resolvers[SP_DNS_RESOLVERS_MAX])
{
    char *bytes = sp_alloc(SP_RESOLV_CONF_MAX, 1);
    size_t n = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : read(fd, bytes, SP_RESOLV_CONF_MAX);
    if (len > 0)
        n = sp_resolv_conf_parse(bytes, (size_t)len, ret_resolvers);
    if (fd >= 0)
        close(fd);
    free(bytes);
    return n;
}
