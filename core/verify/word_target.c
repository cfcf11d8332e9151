#include "verify/subject.h"
#include "verify/wording.h"

/* "x.example", or "x.example (hop 3)": the end of the chain, when it is not the target itself. */
static void put_end(struct sp_buf *out, const struct sp_subject *s)
{
    const struct sp_behind *behind = &s->record->behind;
    sp_buf_printf(out, "%.*s", SP_NAME_TEXT_MAX, SP_NAME_STR(&behind->end));
    if (behind->n_hops > 1)
        sp_buf_printf(out, " (hop %u of the chain)", (unsigned)behind->n_hops);
}

void sp_word_loop(const struct sp_subject *s, struct sp_diagnosis *ret)
{
    const char *end = SP_NAME_STR(&s->record->behind.end);
    if (s->record->behind.is_too_long)
        sp_word_say(ret->message,
                    "the CNAME chain behind %s has more than %d names, and was followed to %.*s",
                    s->host, SP_DNS_CHAIN_MAX, SP_NAME_TEXT_MAX, end);
    else
        sp_word_say(ret->message, "the CNAME chain behind %s comes back to itself, from %.*s",
                    s->host, SP_NAME_TEXT_MAX, end);
    sp_word_say(ret->fix,
                "check that \"%s\" is the target the platform gave for the host \"%s\"; if it is, "
                "report the chain to the platform",
                s->target, s->entry);
}

/* Platforms look for as long as their window is open: the customer has them look once more. */
static void word_restart(const struct sp_subject *s, const char *what, struct sp_diagnosis *ret)
{
    struct sp_buf window = SP_BUF_INIT(SP_TEXT_MAX);
    sp_word_put_window(&window, s->context);
    sp_word_say(ret->fix,
                "start the verification at the platform again, because its %s are over; if the %s "
                "still does not come, ask the platform behind %s for it",
                sp_buf_str(&window), what, s->target);
    sp_buf_fini(&window);
}

/* The platform has yet to publish; while its window is open, the customer has nothing to do. */
void sp_word_platform_waits(const struct sp_subject *s, struct sp_diagnosis *ret)
{
    struct sp_buf end = SP_BUF_INIT(SP_TEXT_MAX);
    const char *what = s->record->record.leg == SP_LEG_DKIM ? "key" : "target";
    bool is_late = s->judgement->is_late;
    bool is_gone = s->record->behind.kind == SP_BEHIND_NO_SUCH_NAME;
    put_end(&end, s);
    sp_word_say(ret->message, "your side is done; the platform has %snot published its %s%s: %s %s",
                is_late ? "still " : "", what, is_late ? "" : " yet", sp_buf_str(&end),
                is_gone ? "does not exist" : "has no DKIM key");
    sp_word_say(ret->fix,
                "wait for the platform behind %s to publish it; if it does not, report this to the "
                "platform",
                s->target);
    if (is_late)
        word_restart(s, what, ret);
    sp_buf_fini(&end);
}

static const char *word_fault(enum sp_dkim_fault fault)
{
    switch (fault) {
    case SP_DKIM_FAULT_VERSION:
        return "its v= is not \"DKIM1\" at the beginning";
    case SP_DKIM_FAULT_NO_KEY:
        return "it has no p=";
    case SP_DKIM_FAULT_TYPE:
        return "its k= is neither rsa nor ed25519";
    case SP_DKIM_FAULT_HASH:
        return "its h= leaves out sha256";
    case SP_DKIM_FAULT_SERVICE:
        return "its s= leaves out e-mail";
    case SP_DKIM_FAULT_BASE64:
        return "its p= is no base64";
    case SP_DKIM_FAULT_KEY:
        return "its p= is no public key of the type that k= names";
    case SP_DKIM_FAULT_SEVERAL:
        return "there is more than one key record";
    case SP_DKIM_FAULT_LIST:
    case SP_DKIM_FAULT_NONE:
        break;
    }
    return "its tags do not parse";
}

/* Appends "the DKIM key behind sk48601a._domainkey.example.com, at k.mailer.example,". */
static void put_key(struct sp_buf *out, const struct sp_subject *s)
{
    sp_buf_printf(out, "the DKIM key behind %s, at ", s->host);
    put_end(out, s);
    sp_buf_puts(out, ",");
}

void sp_word_bad_key(const struct sp_subject *s, struct sp_diagnosis *ret)
{
    struct sp_buf key = SP_BUF_INIT(SP_TEXT_MAX);
    put_key(&key, s);
    if (s->judgement->code == SP_CODE_DKIM_KEY_REVOKED)
        sp_word_say(ret->message, "%s is revoked: its p= is empty", sp_buf_str(&key));
    else
        sp_word_say(ret->message, "%s cannot be used: %s (RFC 6376, section 3.6.1)",
                    sp_buf_str(&key), word_fault(s->record->behind.key.fault));
    sp_word_say(ret->fix,
                "report this to the platform behind %s: it must publish a valid key there",
                s->target);
    sp_buf_fini(&key);
}

void sp_word_other_key(const struct sp_subject *s, struct sp_diagnosis *ret)
{
    struct sp_buf key = SP_BUF_INIT(SP_TEXT_MAX);
    put_key(&key, s);
    sp_word_say(ret->message, "%s is valid, but not the one that the platform gave for it",
                sp_buf_str(&key));
    sp_word_say(ret->fix,
                "ask the platform behind %s to publish the key that it gave, or to give the one "
                "that it signs with now",
                s->target);
    sp_buf_fini(&key);
}

void sp_word_weak_key(const struct sp_subject *s, struct sp_diagnosis *ret)
{
    struct sp_buf key = SP_BUF_INIT(SP_TEXT_MAX);
    unsigned n_bits = s->record->behind.key.n_bits;
    put_key(&key, s);
    sp_word_say(ret->message, "%s has only %u bits: %s (RFC 8301, section 3.2)", sp_buf_str(&key),
                n_bits,
                n_bits < SP_DKIM_RSA_BITS_MIN ? "receivers must not accept it"
                                              : "it works, but 2048 are recommended");
    sp_word_say(ret->fix, "ask the platform behind %s for a key of %d bits", s->target,
                SP_DKIM_RSA_BITS_ENOUGH);
    sp_buf_fini(&key);
}

void sp_word_testing(const struct sp_subject *s, struct sp_diagnosis *ret)
{
    struct sp_buf key = SP_BUF_INIT(SP_TEXT_MAX);
    put_key(&key, s);
    sp_word_say(ret->message,
                "%s is marked as a test (t=y): receivers treat mail signed with it as unsigned",
                sp_buf_str(&key));
    sp_word_say(ret->fix, "ask the platform behind %s to take the mark off", s->target);
    sp_buf_fini(&key);
}

void sp_word_no_mx(const struct sp_subject *s, struct sp_diagnosis *ret)
{
    struct sp_buf end = SP_BUF_INIT(SP_TEXT_MAX);
    put_end(&end, s);
    sp_word_say(ret->message,
                "the return path %s leads to %s, which has no MX record: bounces may not arrive",
                s->host, sp_buf_str(&end));
    sp_word_say(ret->fix, "ask the platform behind %s to publish an MX record there", s->target);
    sp_buf_fini(&end);
}

void sp_word_no_spf(const struct sp_subject *s, struct sp_diagnosis *ret)
{
    struct sp_buf end = SP_BUF_INIT(SP_TEXT_MAX);
    put_end(&end, s);
    sp_word_say(ret->message,
                "the return path %s leads to %s, which has no SPF record: SPF cannot pass", s->host,
                sp_buf_str(&end));
    sp_word_say(ret->fix, "ask the platform behind %s to publish an SPF record there", s->target);
    sp_buf_fini(&end);
}

void sp_word_idle(const struct sp_subject *s, struct sp_diagnosis *ret)
{
    struct sp_buf end = SP_BUF_INIT(SP_TEXT_MAX);
    put_end(&end, s);
    sp_word_say(ret->message,
                "%s has no key behind it now, at %s; another selector of the set has one", s->host,
                sp_buf_str(&end));
    sp_word_say(
        ret->fix,
        "nothing needs to be done: the platform behind %s publishes a key there when it changes "
        "keys",
        s->target);
    sp_buf_fini(&end);
}
