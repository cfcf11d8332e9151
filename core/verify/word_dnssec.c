#include "verify/subject.h"
#include "verify/wording.h"

/* The resolver's reason, as far as it tells one: `"signature expired" (its words)`. */
static void put_reason(struct sp_buf *out, const struct sp_bogus *bogus)
{
    const struct sp_dns_ede *ede = &bogus->ede;
    sp_buf_printf(out, "the resolver %s", SP_ADDRESS_PORT_STR(&bogus->resolver));
    if (!ede->is_given)
        sp_buf_puts(out,
                    " answers SERVFAIL for it, and gives an answer only with checking disabled");
    else
        sp_buf_printf(out, " says \"%s\"", sp_dns_ede_name(ede->code));
    if (ede->text[0])
        sp_buf_printf(out, " (%s)", ede->text);
}

static void word_behind(const struct sp_subject *s, struct sp_diagnosis *ret)
{
    struct sp_buf reason = SP_BUF_INIT(SP_TEXT_MAX);
    const struct sp_behind *behind = &s->record->behind;
    put_reason(&reason, &behind->bogus);
    sp_word_say(ret->message, "%.*s, behind %.*s, fails DNSSEC validation: %.260s",
                SP_NAME_TEXT_MAX / 2, SP_NAME_STR(&behind->end), SP_NAME_TEXT_MAX / 2, s->host,
                sp_buf_str(&reason));
    sp_word_say(ret->fix,
                "tell the platform behind %s that DNSSEC of that zone is broken; nothing needs to "
                "be done at %s",
                s->target, s->provider);
    sp_buf_fini(&reason);
}

static void word_zone(const struct sp_subject *s, const struct sp_bogus *bogus,
                      struct sp_diagnosis *ret)
{
    struct sp_buf reason = SP_BUF_INIT(SP_TEXT_MAX);
    bool is_record = s->record->trust.kind == SP_TRUST_BOGUS;
    put_reason(&reason, bogus);
    sp_word_say(ret->message,
                "%s %.*s fails DNSSEC validation, so that no resolver that validates "
                "sees it: %.260s",
                is_record ? "the record" : "the zone", SP_NAME_TEXT_MAX / 2,
                is_record ? s->host : s->zone, sp_buf_str(&reason));
    sp_word_say(ret->fix,
                "have %s sign %s anew; if the DS record at your domain's registrar is not the one "
                "that %s gives for it now, replace or remove that",
                s->provider, s->zone, s->provider);
    sp_buf_fini(&reason);
}

void sp_word_bogus(const struct sp_subject *s, struct sp_diagnosis *ret)
{
    const struct sp_bogus *bogus = sp_judge_bogus(s->record);
    if (bogus)
        word_zone(s, bogus, ret);
    else
        word_behind(s, ret);
}
