#include "worker/call_names.h"

#include <stdlib.h>

static int by_order(const void *a, const void *b)
{
    return sp_name_order(a, b);
}

/* A whole name; unset when TEXT is none. Without IDNA: libidn2 stays out of this process. */
static struct sp_name read_name(const struct sp_convention *convention, const char *text)
{
    const struct sp_name_syntax syntax = {.is_octal = convention->octal_read};
    struct sp_name name = {0};
    struct sp_err ignored = SP_ERR_INIT;
    if (text)
        sp_name_parse_as(&name, text, &syntax, &ignored);
    return name;
}

static struct sp_name read_host(const struct sp_call_names *names, const char *host)
{
    struct sp_name name = {0};
    struct sp_err ignored = SP_ERR_INIT;
    sp_convention_read_host_as(names->convention, host, &names->zone, NULL, &name, &ignored);
    return name;
}

static bool is_ascii(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text >= 0x80)
            return false;
    }
    return true;
}

void sp_call_names_init(struct sp_call_names *names, const struct sp_convention *convention,
                        const struct sp_wire_call *wire)
{
    *names = (struct sp_call_names){.convention = convention};
    sp_call_names_enter(names, wire->zone.name);
    SP_ARRAY_FOREACH (&wire->wanted, wanted)
        *sp_array_push(&names->wanted) = read_name(convention, wanted->name);
    SP_ARRAY_FOREACH (&wire->hosts, host)
        *sp_array_push(&names->wanted) = read_host(names, *host);
    if (names->wanted.n)
        qsort(names->wanted.items, names->wanted.n, sizeof(names->wanted.items[0]), by_order);
}

void sp_call_names_fini(struct sp_call_names *names)
{
    sp_array_free(&names->wanted);
}

void sp_call_names_enter(struct sp_call_names *names, const char *zone)
{
    names->zone = read_name(names->convention, zone);
}

bool sp_call_names_may_want(const struct sp_call_names *names, const char *host)
{
    struct sp_name name = read_host(names, host);
    if (!is_ascii(host))
        return true;
    return sp_name_is_set(&name) && names->wanted.n &&
           bsearch(&name, names->wanted.items, names->wanted.n, sizeof(name), by_order);
}

int sp_call_names_order(const struct sp_call_names *names, const char *a, const char *b)
{
    struct sp_name left = read_name(names->convention, a), right = read_name(names->convention, b);
    bool has_left = sp_name_is_set(&left), has_right = sp_name_is_set(&right);
    return has_left && has_right ? sp_name_order(&left, &right) : has_right - has_left;
}

bool sp_call_names_is_below(const struct sp_call_names *names, const char *name, const char *zone)
{
    struct sp_name left = read_name(names->convention, name);
    struct sp_name right = read_name(names->convention, zone);
    return sp_name_is_within(&left, &right);
}
