#include "dns/dns_host.h"

#include "base/text.h"

static bool is_label_like(struct sp_span label, struct sp_span pattern)
{
    bool is_open = pattern.len && pattern.bytes[pattern.len - 1] == '*';
    size_t len = pattern.len - is_open;
    return (is_open ? label.len >= len : label.len == len) &&
           memcmp(label.bytes, pattern.bytes, len) == 0;
}

/* Labels are compared from the right; names and patterns are lower-case. */
static bool is_like(const struct sp_name *name, const char *pattern)
{
    size_t n = sp_name_count_labels(name), end = strlen(pattern);
    while (end) {
        size_t begin = end;
        while (begin && pattern[begin - 1] != '.')
            begin--;
        struct sp_span label = {.bytes = pattern + begin, .len = end - begin};
        if (n == 0 || !is_label_like(sp_name_label(name, --n), label))
            return false;
        end = begin ? begin - 1 : 0;
    }
    return true;
}

static bool is_server_of(const struct sp_dns_host *host, const struct sp_name *name)
{
    for (const char *const *pattern = host->name_servers; *pattern; pattern++)
        if (is_like(name, *pattern))
            return true;
    return false;
}

const struct sp_dns_host *sp_dns_host_find(const struct sp_name *const *name_servers, size_t n)
{
    for (const struct sp_dns_host *host = sp_dns_hosts; n && host->name; host++) {
        size_t n_like = 0;
        while (n_like < n && is_server_of(host, name_servers[n_like]))
            n_like++;
        if (n_like == n)
            return host;
    }
    return NULL;
}

const struct sp_dns_host *sp_dns_host_of(const struct sp_delegation *delegation)
{
    SP_ARRAY(const struct sp_name *) names = {0};
    if (!delegation || delegation->state != SP_DELEGATION_FOUND)
        return NULL;
    SP_ARRAY_FOREACH (&delegation->servers, server)
        *sp_array_push(&names) = &server->name;
    const struct sp_dns_host *host = sp_dns_host_find(names.items, names.n);
    sp_array_free(&names);
    return host;
}
