#include "verify/subject.h"
#include "verify/wording.h"

/* No delegation because of the resolver; the reason is the delegation's own. */
static void word_no_delegation(const struct sp_subject *s, struct sp_diagnosis *ret)
{
    const struct sp_delegation *delegation = s->record->delegation;
    enum sp_delegation_state state = delegation ? delegation->state : SP_DELEGATION_SILENT;
    sp_word_say(ret->message, "the name servers of %s are not known, because the resolver %s %s",
                s->zone, s->resolver,
                state == SP_DELEGATION_REFUSED  ? "refuses to answer for it (REFUSED)"
                : state == SP_DELEGATION_FAILED ? "fails to answer for it (SERVFAIL)"
                                                : "does not answer");
    sp_word_say(ret->fix, "check that the resolver %s works, or name another one with --resolver",
                s->resolver);
}

static bool has_kind(const struct sp_record_observation *record, enum sp_seen_kind kind)
{
    return sp_subject_find_kind(record, kind) != NULL;
}

/* Some servers answer, but none of them with what the zone holds. */
static void word_no_use(const struct sp_subject *s, struct sp_diagnosis *ret)
{
    struct sp_buf answers = SP_BUF_INIT(SP_TEXT_MAX);
    sp_subject_list_answers(&answers, s->record);
    sp_word_say(ret->message, "no name server of %s answers for it: %s", s->zone,
                sp_buf_str(&answers));
    sp_word_say(ret->fix, "%sask %s why its name servers do not answer for %s",
                s->judgement->is_late ? "" : "wait; if it lasts, ", s->provider, s->zone);
    sp_buf_fini(&answers);
}

static void word_unreachable(const struct sp_subject *s, struct sp_diagnosis *ret)
{
    struct sp_buf where = SP_BUF_INIT(SP_TEXT_MAX);
    sp_subject_list_servers(&where, s->record, SP_STATE_BIT(SP_STATE_UNREACHABLE));
    if (!s->record->seen.n)
        sp_word_say(ret->message,
                    "no name server of %s has an address that can be asked from this machine",
                    s->zone);
    else
        sp_word_say(ret->message, "no name server of %s answers over UDP or TCP: %s", s->zone,
                    sp_buf_str(&where));
    sp_word_say(
        ret->fix,
        "check that questions to the name servers of %s can leave this machine (UDP and TCP, port "
        "%u) and that the servers are up%s",
        s->zone, s->record->seen.n ? s->record->seen.items[0].address.port : 53u,
        s->judgement->is_late ? "" : ", then try again");
    sp_buf_fini(&where);
}

/* Advisory on a live record: names the first server of each kind; the warnings name every one. */
static void word_live_elsewhere(const struct sp_subject *s, enum sp_seen_kind kind,
                                struct sp_diagnosis *ret)
{
    const struct sp_seen *seen = sp_subject_find_kind(s->record, kind);
    if (!seen)
        seen = sp_subject_find_kind(s->record, SP_SEEN_FAILING);
    if (!seen)
        seen = sp_subject_find_kind(s->record, SP_SEEN_NOTHING_YET);
    if (seen)
        sp_word_server(s->record, seen, s->context, ret);
}

void sp_word_lame(const struct sp_subject *s, struct sp_diagnosis *ret)
{
    word_live_elsewhere(s, SP_SEEN_LAME, ret);
}

void sp_word_server_unreachable(const struct sp_subject *s, struct sp_diagnosis *ret)
{
    const struct sp_behind *behind = &s->record->behind;
    const struct sp_delegation *delegation = s->record->delegation;
    bool has_answer = behind->status == SP_TRANSPORT_OK;
    if (s->record->path != SP_PATH_OPEN && s->judgement->state != SP_STATE_LIVE) {
        sp_word_hearsay(s, ret);
        return;
    }
    if (s->judgement->is_blocking && s->judgement->state == SP_STATE_LIVE &&
        s->record->trust.kind == SP_TRUST_UNKNOWN) {
        sp_word_say(ret->message,
                    "%s is in a signed zone, and whether its signature holds could not be looked "
                    "up: the resolver %s gives no answer for it",
                    s->host, s->resolver);
        sp_word_say(ret->fix,
                    "wait; if it lasts, check that the resolver %s works and that every name "
                    "server of %s answers, or name another resolver with --resolver",
                    s->resolver, s->zone);
    } else if (s->judgement->state == SP_STATE_LIVE && behind->kind == SP_BEHIND_UNKNOWN) {
        sp_word_say(ret->message,
                    "what stands behind %s could not be looked up: the resolver %s %s%s for %.*s",
                    s->host, s->resolver, has_answer ? "answers " : "does not answer",
                    has_answer ? sp_dns_rcode_name(behind->rcode) : "", SP_NAME_TEXT_MAX,
                    SP_NAME_STR(&behind->end));
        sp_word_say(ret->fix,
                    "check that the resolver %s works, or name another one with --resolver",
                    s->resolver);
    } else if (!delegation || delegation->state != SP_DELEGATION_FOUND) {
        word_no_delegation(s, ret);
    } else if (s->judgement->is_blocking &&
               (has_kind(s->record, SP_SEEN_LAME) || has_kind(s->record, SP_SEEN_FAILING))) {
        word_no_use(s, ret);
    } else if (s->judgement->is_blocking) {
        word_unreachable(s, ret);
    } else {
        word_live_elsewhere(s, SP_SEEN_UNREACHABLE, ret);
    }
}

void sp_word_not_delegated(const struct sp_subject *s, struct sp_diagnosis *ret)
{
    const struct sp_delegation *delegation = s->record->delegation;
    const struct sp_seen *lame = sp_subject_find_kind(s->record, SP_SEEN_LAME);
    if (lame)
        sp_word_say(ret->message, "the name servers of %s do not serve it: %s (%s) answers %s",
                    s->zone, SP_NAME_STR(lame->server), SP_ADDRESS_STR(&lame->address),
                    sp_word_answer(lame));
    else
        sp_word_say(
            ret->message, "the zone is at %s, but %s is not delegated to any name server%s%.200s%s",
            s->provider, s->zone, delegation && delegation->detail[0] ? " (" : "",
            delegation ? delegation->detail : "", delegation && delegation->detail[0] ? ")" : "");
    sp_word_say(
        ret->fix,
        "at your domain's registrar, set the name servers of %s to those that %s names for the "
        "zone",
        s->zone, s->provider);
}

void sp_word_domain_not_found(const struct sp_subject *s, struct sp_diagnosis *ret)
{
    const struct sp_delegation *delegation = s->record->delegation;
    const char *detail = delegation ? delegation->detail : "";
    sp_word_say(ret->message, "%s %s%s%.200s%s", s->zone,
                delegation && delegation->state == SP_DELEGATION_NO_NS
                    ? "has no name servers"
                    : "does not exist in the DNS",
                detail[0] ? " (" : "", detail, detail[0] ? ")" : "");
    sp_word_say(
        ret->fix,
        "check the spelling of %s; if it is right, register the domain and set its name servers at "
        "your registrar",
        s->zone);
}
