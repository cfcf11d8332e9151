#include "verify/subject.h"
#include "verify/wording.h"

void sp_word_put_resolvers(struct sp_buf *out, const struct sp_observation *observation,
                           const struct sp_hearsay *hearsay)
{
    unsigned n = sp_hearsay_n(hearsay);
    if (n > 1)
        sp_buf_printf(out, "the %u resolvers", n);
    else
        sp_buf_printf(out, "the resolver %s", SP_ADDRESS_PORT_STR(&observation->resolver));
}

/* What the resolvers say of a record that is not live for all of them. */
static void put_hearsay(struct sp_buf *out, const struct sp_subject *s)
{
    const struct sp_hearsay *hearsay = &s->record->hearsay;
    unsigned n = sp_hearsay_n(hearsay);
    sp_word_put_resolvers(out, s->observation, hearsay);
    if (n > 1)
        sp_buf_printf(out,
                      " do not agree on %s, or do not see it: it is live for %u of %u "
                      "resolvers",
                      s->host, hearsay->n_live, n);
    else if (hearsay->n_other)
        sp_buf_printf(out, " sees %s pointing to %s", s->host, SP_NAME_STR(&hearsay->other));
    else if (hearsay->n_absent)
        sp_buf_printf(out, " does not see %s", s->host);
    else
        sp_buf_printf(out, " gives no answer for %s", s->host);
}

void sp_word_hearsay(const struct sp_subject *s, struct sp_diagnosis *ret)
{
    struct sp_buf said = SP_BUF_INIT(SP_TEXT_MAX);
    put_hearsay(&said, s);
    sp_word_say(ret->message, "%s, and the name servers of %.*s cannot be asked from here",
                sp_buf_str(&said), SP_NAME_TEXT_MAX / 2, s->zone);
    sp_word_say(ret->fix,
                "wait, because a resolver may keep an old answer for a while; to know for sure, "
                "verify from a network where name servers can be asked (port 53)");
    sp_buf_fini(&said);
}

void sp_word_path(const struct sp_observation *observation,
                  const struct sp_record_observation *record, struct sp_diagnosis *ret_diagnosis)
{
    struct sp_buf resolvers = SP_BUF_INIT(SP_TEXT_MAX);
    bool is_blocked = record->path == SP_PATH_BLOCKED;
    *ret_diagnosis = (struct sp_diagnosis){.code = is_blocked ? SP_CODE_PORT_53_BLOCKED
                                                              : SP_CODE_PORT_53_INTERCEPTED};
    sp_word_put_resolvers(&resolvers, observation, &record->hearsay);
    sp_word_say(ret_diagnosis->message,
                is_blocked ? "no name server answers over port 53, neither of %s nor of the zone "
                             "above: this network seems to block it; the verdict is as seen by %s "
                             "only"
                           : "something answers over port 53 in place of the name servers of %s, "
                             "even at an address that nobody has: the verdict is as seen by %s "
                             "only",
                SP_NAME_STR(&record->delegation->zone), sp_buf_str(&resolvers));
    sp_word_say(ret_diagnosis->fix,
                "verify from a network that lets questions to port 53 (UDP and TCP) through "
                "unchanged, or have this one do so");
    sp_buf_fini(&resolvers);
}
