/*
 * Companies at whose pages people edit their zones: what such a page calls its boxes and wants in
 * them. The rows are plugins/manual/hosts.json, built in by scripts/embed_hosts.py; each says there
 * where it was taken from.
 */
#ifndef SP_DNS_DNS_HOST_H
#define SP_DNS_DNS_HOST_H

#include "dns/delegation.h"

enum sp_entry {
    SP_ENTRY_PREFIX, /* what stands before the zone, which the page adds by itself */
    SP_ENTRY_NONE,   /* no box: the record is set on the page of its subdomain */
};
enum sp_dot {
    SP_DOT_UNKNOWN,
    SP_DOT_WITH, /* a target without final dot is taken as relative to the zone, or refused */
    SP_DOT_WITHOUT,
};

struct sp_dns_host {
    const char *name;                /* "GoDaddy"; NULL ends the list */
    const char *const *name_servers; /* suffixes, NULL-terminated; a `*` may end a label */
    const char *page;                /* the way through its menus */
    const char *help;                /* URL of its own help about that, or NULL */
    enum sp_entry entry;
    enum sp_dot dot;
    const char *host_box, *target_box; /* what the boxes are called there, or NULL */
    const char *note;                  /* one more sentence, or NULL */
};

extern const struct sp_dns_host sp_dns_hosts[];

/* The host to which every one of N name servers belongs, or NULL. A borrow of static data. */
const struct sp_dns_host *sp_dns_host_find(const struct sp_name *const *name_servers, size_t n);
/* The same for a zone that was found; NULL for any other delegation, and for NULL. */
const struct sp_dns_host *sp_dns_host_of(const struct sp_delegation *delegation);

#endif
