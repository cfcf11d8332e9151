#include "verify/subject.h"
#include "verify/wording.h"

void sp_word_loop(const struct sp_subject *s, struct sp_diagnosis *ret)
{
    sp_word_say(
        ret->message,
        "the CNAME chain behind %s comes back to itself or is longer than %d names, at %.*s",
        s->host, SP_DNS_CHAIN_MAX, SP_NAME_TEXT_MAX, SP_NAME_STR(&s->record->behind.end));
    sp_word_say(
        ret->fix,
        "check that \"%s\" is the target the platform gave for the host \"%s\"; if it is, report "
        "the loop to the platform",
        s->target, s->entry);
}

/* The platform has yet to publish; the customer has nothing to do. */
void sp_word_platform_waits(const struct sp_subject *s, struct sp_diagnosis *ret)
{
    bool is_dkim = s->record->record.leg == SP_LEG_DKIM;
    bool is_gone = s->record->behind.kind == SP_BEHIND_NO_SUCH_NAME;
    sp_word_say(ret->message,
                "your side is done; the platform has not published its %s yet: %.*s %s",
                is_dkim ? "key" : "target", SP_NAME_TEXT_MAX, SP_NAME_STR(&s->record->behind.end),
                is_gone ? "does not exist" : "has no DKIM key");
    sp_word_say(ret->fix,
                "wait for the platform behind %s to publish it; if it does not, report this to the "
                "platform",
                s->target);
}

void sp_word_bad_key(const struct sp_subject *s, struct sp_diagnosis *ret)
{
    bool is_revoked = s->judgement->code == SP_CODE_DKIM_KEY_REVOKED;
    sp_word_say(ret->message, "the DKIM key behind %s, at %.*s, %s", s->host, SP_NAME_TEXT_MAX,
                SP_NAME_STR(&s->record->behind.end),
                is_revoked ? "is revoked: its p= is empty"
                           : "cannot be used: its record does not parse (RFC 6376, section 3.6.1)");
    sp_word_say(ret->fix,
                "report this to the platform behind %s: it must publish a valid key there",
                s->target);
}

void sp_word_idle(const struct sp_subject *s, struct sp_diagnosis *ret)
{
    sp_word_say(ret->message,
                "%s has no key behind it now, at %.*s; another selector of the set has one",
                s->host, SP_NAME_TEXT_MAX, SP_NAME_STR(&s->record->behind.end));
    sp_word_say(
        ret->fix,
        "nothing needs to be done: the platform behind %s publishes a key there when it changes "
        "keys",
        s->target);
}
