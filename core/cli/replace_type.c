#include "cli/replace_type.h"

#include "base/text.h"
#include "cli/suggest.h"

/* What may stand beside each other at a host, by the names of the IANA registry, and the providers'
 * own kinds of alias. */
static const char *const known[] = {
    "A",     "AAAA",  "AFSDB", "ALIAS", "ANAME", "CAA",        "CERT", "DNAME", "DS",
    "HINFO", "HTTPS", "LOC",   "MX",    "NAPTR", "OPENPGPKEY", "PTR",  "RP",    "SMIMEA",
    "SPF",   "SRV",   "SSHFP", "SVCB",  "TLSA",  "TXT",        "URI",  NULL,
};

static bool is_known(const char *type)
{
    for (const char *const *name = known; *name; name++)
        if (strcmp(*name, type) == 0)
            return true;
    return false;
}

int sp_replace_type_read(char *type, struct sp_err *err)
{
    for (char *c = type; *c; c++)
        *c = (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
    if (is_known(type))
        return 0;
    if (strcmp(type, "CNAME") == 0) {
        sp_err_set(err, SP_ERR_USAGE, "bad-option", "a CNAME is not removed but changed");
        return sp_err_fix(err, "use --replace for it");
    }
    if (strcmp(type, "NS") == 0 || strcmp(type, "SOA") == 0) {
        sp_err_set(err, SP_ERR_USAGE, "bad-option", "%s records are never removed", type);
        return sp_err_fix(err, "leave %s out: the zone, or one below it, hangs on them", type);
    }
    sp_err_set(err, SP_ERR_USAGE, "bad-option", "\"%.40s\" is no record type that can be removed",
               type);
    const char *closest = sp_suggest(type, known);
    if (closest)
        return sp_err_fix(err, "did you mean %s?", closest);
    return sp_err_fix(err, "name types as in --replace-types TXT,MX");
}
