#include "verify/why.h"

#include <stdarg.h>

void sp_why_say(struct sp_why *why, unsigned depth, const char *format, ...)
{
    char text[SP_WHY_LINE_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    *sp_array_push(&why->lines) = (struct sp_why_line){.depth = depth, .text = sp_strdup(text)};
}

void sp_why_fini(struct sp_why *why)
{
    SP_ARRAY_FOREACH (&why->lines, line)
        free(line->text);
    sp_array_free(&why->lines);
}

/* ---- who serves a zone ---- */

static void tell_delegation(struct sp_why *why, const struct sp_observation *observation,
                            const struct sp_delegation *delegation)
{
    const char *resolver = SP_ADDRESS_PORT_STR(&observation->resolver);
    const char *parent = SP_NAME_STR(&delegation->silent_parent);
    switch (delegation->parent) {
    case SP_PARENT_AGREES:
        sp_why_say(why, 1, "the zone above and the zone itself name the same servers");
        return;
    case SP_PARENT_DIFFERS:
        sp_why_say(why, 1, "the zone above and the zone itself do not name the same servers");
        return;
    case SP_PARENT_ALONE:
        sp_why_say(why, 1, "the zone above names its servers; what the zone says was not heard");
        return;
    case SP_PARENT_DENIES:
        sp_why_say(why, 1,
                   "the zone above, %s, does not delegate it; the resolver %s names its "
                   "servers",
                   parent, resolver);
        return;
    case SP_PARENT_UNHEARD:
        break;
    }
    if (sp_name_is_set(&delegation->silent_parent))
        sp_why_say(why, 1, "the zone above, %s, did not say who serves it; the resolver %s does",
                   parent, resolver);
    else
        sp_why_say(why, 1, "named by the zone itself (through the resolver %s)", resolver);
}

static void tell_dnssec(struct sp_why *why, const struct sp_delegation *delegation)
{
    const struct sp_bogus *bogus = &delegation->bogus;
    if (bogus->is_bogus)
        sp_why_say(why, 1,
                   "DNSSEC: bogus, says the resolver %s%s%s; asked on with checking disabled",
                   SP_ADDRESS_PORT_STR(&bogus->resolver), bogus->ede.is_given ? ": " : "",
                   bogus->ede.is_given ? sp_dns_ede_name(bogus->ede.code) : "");
    else if (delegation->is_authentic)
        sp_why_say(why, 1, "DNSSEC: signed, and valid for the resolver");
    else if (delegation->has_ds)
        sp_why_say(why, 1,
                   "DNSSEC not judged: the zone above has a DS record, but the resolver does "
                   "not validate");
    else if (delegation->is_ds_known)
        sp_why_say(why, 1, "DNSSEC: not signed, the zone above has no DS record");
    else
        sp_why_say(why, 1, "DNSSEC: no sign of it; the zone above was not asked for a DS record");
}

/* What the records' answers tell of the server at ADDRESS; or NULL. */
static const struct sp_seen *find_seen(const struct sp_observation *observation,
                                       const struct sp_address *address)
{
    const struct sp_seen *found = NULL;
    SP_ARRAY_FOREACH (&observation->records, record)
        SP_ARRAY_FOREACH (&record->seen, seen)
            if (sp_address_equal(&seen->address, address) &&
                (!found || seen->has_serial > found->has_serial))
                found = seen;
    return found;
}

/* An id is octets of any kind, though mostly a name (RFC 5001, section 3). */
static void put_nsid(struct sp_buf *out, const struct sp_seen *seen)
{
    bool is_text = seen->nsid_len > 0;
    for (size_t i = 0; i < seen->nsid_len; i++)
        is_text &= seen->nsid[i] >= ' ' && seen->nsid[i] <= '~';
    sp_buf_puts(out, is_text ? ", id \"" : ", id ");
    for (size_t i = 0; i < seen->nsid_len; i++)
        sp_buf_printf(out, is_text ? "%c" : "%02x", seen->nsid[i]);
    if (is_text)
        sp_buf_putc(out, '"');
}

static void tell_server(struct sp_why *why, const struct sp_observation *observation,
                        const struct sp_dns_server *server)
{
    struct sp_buf text = SP_BUF_INIT(SP_WHY_LINE_MAX);
    const char *named = server->is_own && server->is_parents ? ", named by both"
                        : server->is_parents                 ? ", named by the zone above"
                        : server->is_own                     ? ", named by the zone"
                                                             : "";
    sp_buf_printf(&text, "%s%s", SP_NAME_STR(&server->name), named);
    if (!server->addresses.n)
        sp_buf_puts(&text, server->has_unroutable ? ": no address that this machine has a route to"
                                                  : ": no address");
    SP_ARRAY_FOREACH (&server->addresses, address) {
        const struct sp_seen *seen = find_seen(observation, address);
        sp_buf_printf(&text, "%s %s", address == server->addresses.items ? ":" : ";",
                      SP_ADDRESS_STR(address));
        if (seen && seen->has_serial)
            sp_buf_printf(&text, ", serial %u", seen->serial);
        if (seen && seen->nsid_len)
            put_nsid(&text, seen);
    }
    sp_why_say(why, 2, "%s", sp_buf_str(&text));
    sp_buf_fini(&text);
}

static void tell_zone(struct sp_why *why, const struct sp_observation *observation,
                      const struct sp_delegation *delegation)
{
    if (delegation->state != SP_DELEGATION_FOUND) {
        sp_why_say(why, 0, "zone: not found");
        sp_why_say(why, 1, "%.240s", delegation->detail);
        return;
    }
    sp_why_say(why, 0, "zone %s", SP_NAME_STR(&delegation->zone));
    tell_delegation(why, observation, delegation);
    tell_dnssec(why, delegation);
    sp_why_say(why, 1, "name servers");
    SP_ARRAY_FOREACH (&delegation->servers, server)
        tell_server(why, observation, server);
    /* A look uses no provider's API. */
    sp_why_say(
        why, 2,
        "those that the provider has for it: not asked here; what it said when something was "
        "published there is compared, and others are warned of");
}

static bool is_same_zone(const struct sp_delegation *a, const struct sp_delegation *b)
{
    return a && b && a->state == b->state && sp_name_equal(&a->zone, &b->zone);
}

/* Whether an earlier record has told of the zone of record I. */
static bool is_told(const struct sp_observation *observation, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (is_same_zone(observation->records.items[k].delegation,
                         observation->records.items[i].delegation))
            return true;
    return false;
}

void sp_why_tell(const struct sp_observation *observation, const struct sp_verdict *verdict,
                 struct sp_why *ret_why)
{
    *ret_why = (struct sp_why){0};
    for (size_t i = 0; i < observation->records.n; i++) {
        const struct sp_delegation *delegation = observation->records.items[i].delegation;
        if (delegation && !is_told(observation, i))
            tell_zone(ret_why, observation, delegation);
    }
    for (size_t i = 0; i < observation->records.n && i < verdict->records.n; i++)
        sp_why_tell_record(ret_why, observation, &observation->records.items[i],
                           &verdict->records.items[i]);
}
