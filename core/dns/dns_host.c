#include "dns/dns_host.h"

#include "names/server_pattern.h"

static bool is_server_of(const struct sp_dns_host *host, const struct sp_name *name)
{
    for (const char *const *pattern = host->name_servers; *pattern; pattern++)
        if (sp_server_pattern_matches(*pattern, name))
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
