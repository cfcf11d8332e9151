#include "verify/wording.h"

#include "base/text.h"
#include "dns/dns_host.h"

/* Servers named in one sentence before "and N more". */
#define SERVERS_NAMED 3

#define STATE_BIT(state) (1u << (state))

/* What the sentences about one record draw on. */
struct subject {
    const struct sp_observation *observation;
    const struct sp_record_observation *record;
    const struct sp_verdict_context *context;
    const struct sp_judgement *judgement;
    const struct sp_dns_host *page; /* where a person edits the zone, if known */
    const char *provider;           /* "GoDaddy", "your DNS provider" */
    char host[SP_NAME_TEXT_SIZE];   /* in full */
    char entry[SP_NAME_TEXT_SIZE];  /* as most providers' forms want it: relative to the zone */
    char target[SP_NAME_TEXT_SIZE]; /* the wanted one */
    char zone[SP_NAME_TEXT_SIZE];   /* the zone, or the domain while the zone is not known */
    char resolver[SP_ADDRESS_TEXT_SIZE];
};

static void subject_init(struct subject *subject, const struct sp_observation *observation,
                         const struct sp_record_observation *record,
                         const struct sp_verdict_context *context,
                         const struct sp_judgement *judgement)
{
    const struct sp_delegation *delegation = record->delegation;
    const struct sp_name *host = &record->record.host;
    const struct sp_name *zone = delegation && sp_name_is_set(&delegation->zone) &&
                                         sp_name_is_within(host, &delegation->zone) &&
                                         delegation->state == SP_DELEGATION_FOUND
                                     ? &delegation->zone
                                     : &observation->domain;
    struct sp_name entry = sp_name_is_within(host, zone) ? sp_name_relative(host, zone) : *host;
    *subject = (struct subject){
        .observation = observation, .record = record, .context = context, .judgement = judgement};
    if (!context->provider_label)
        subject->page = sp_dns_host_of(delegation);
    subject->provider = context->provider_label ? context->provider_label
                        : subject->page         ? subject->page->name
                                                : "your DNS provider";
    sp_name_format(host, subject->host);
    sp_name_format(&record->record.target, subject->target);
    sp_name_format(zone, subject->zone);
    if (sp_name_count_labels(&entry))
        sp_name_format(&entry, subject->entry);
    else
        sp_copy_text(subject->entry, sizeof(subject->entry), "@");
    sp_address_format_port(&observation->resolver, subject->resolver);
}

/* Whether another address of the same server is in another state, so that its name alone would
 * mislead. */
static bool is_name_ambiguous(const struct sp_record_observation *record,
                              const struct sp_seen *seen)
{
    SP_ARRAY_FOREACH (&record->seen, other)
        if (sp_name_equal(other->server, seen->server) &&
            sp_judge_server(other) != sp_judge_server(seen))
            return true;
    return false;
}

/* Whether an earlier address of the same server stands in the list already. */
static bool is_listed(const struct sp_record_observation *record, const struct sp_seen *seen,
                      unsigned states)
{
    for (const struct sp_seen *other = record->seen.items; other < seen; other++)
        if (sp_name_equal(other->server, seen->server) &&
            STATE_BIT(sp_judge_server(other)) & states && !is_name_ambiguous(record, seen))
            return true;
    return false;
}

static size_t count_servers(const struct sp_record_observation *record, unsigned states)
{
    size_t n = 0;
    SP_ARRAY_FOREACH (&record->seen, seen)
        n += STATE_BIT(sp_judge_server(seen)) & states && !is_listed(record, seen, states);
    return n;
}

/* "ns1.example.com, ns2.example.com (192.0.2.2) and 2 more": the servers of RECORD in one of
 * STATES. */
static void list_servers(struct sp_buf *out, const struct sp_record_observation *record,
                         unsigned states)
{
    size_t n = count_servers(record, states), i = 0;
    sp_buf_clear(out);
    SP_ARRAY_FOREACH (&record->seen, seen) {
        if (!(STATE_BIT(sp_judge_server(seen)) & states) || is_listed(record, seen, states))
            continue;
        if (i == SERVERS_NAMED) {
            sp_buf_printf(out, " and %zu more", n - i);
            return;
        }
        const char *between = i == 0 ? "" : i + 1 == n && n <= SERVERS_NAMED ? " and " : ", ";
        sp_buf_printf(out, "%s%.*s", between, SP_NAME_TEXT_MAX, SP_NAME_STR(seen->server));
        if (is_name_ambiguous(record, seen))
            sp_buf_printf(out, " (%s)", SP_ADDRESS_STR(&seen->address));
        i++;
    }
}

/* The first of RECORD's addresses that answers with something else than the record. */
static const struct sp_seen *find_kind(const struct sp_record_observation *record,
                                       enum sp_seen_kind kind)
{
    SP_ARRAY_FOREACH (&record->seen, seen)
        if (seen->kind == kind && (kind != SP_SEEN_NODATA || seen->other_types[0]))
            return seen;
    return NULL;
}

static void list_types(struct sp_buf *out, const struct sp_seen *seen)
{
    for (size_t i = 0; i < SP_ARRAY_LEN(seen->other_types) && seen->other_types[i]; i++) {
        bool is_last = i + 1 == SP_ARRAY_LEN(seen->other_types) || !seen->other_types[i + 1];
        sp_buf_printf(out, "%s%s",
                      i == 0    ? ""
                      : is_last ? " and "
                                : ", ",
                      sp_dns_type_name(seen->other_types[i]));
    }
}

/* What a lame server answers. */
/* "ns1.example.com answers SERVFAIL, ns2.example.com is silent and 1 more": every server of RECORD.
 */
static void list_answers(struct sp_buf *out, const struct sp_record_observation *record)
{
    size_t i = 0;
    SP_ARRAY_FOREACH (&record->seen, seen) {
        bool has_answer = seen->kind == SP_SEEN_LAME || seen->kind == SP_SEEN_FAILING;
        if (i == SERVERS_NAMED) {
            sp_buf_printf(out, " and %zu more", record->seen.n - i);
            return;
        }
        sp_buf_printf(out, "%s%.*s ", i++ ? ", " : "", SP_NAME_TEXT_MAX, SP_NAME_STR(seen->server));
        if (has_answer)
            sp_buf_printf(out, "answers %s", sp_word_answer(seen));
        else
            sp_buf_puts(out, "is silent");
    }
}

static void word_missing(const struct subject *s, struct sp_diagnosis *ret)
{
    struct sp_buf where = SP_BUF_INIT(SP_TEXT_MAX);
    list_servers(&where, s->record, STATE_BIT(SP_STATE_MISSING));
    sp_word_say(ret->message, "%s is missing at %s", s->host, sp_buf_str(&where));
    sp_word_say(
        ret->fix,
        "add a CNAME record at %s with the host \"%s\" (in full: %s) pointing to \"%s%s\"; if it "
        "is there already, wait",
        s->provider, s->entry, s->host, s->target,
        s->page && s->page->dot == SP_DOT_WITH ? "." : "");
    sp_buf_fini(&where);
}

static void word_partial(const struct subject *s, struct sp_diagnosis *ret)
{
    struct sp_buf live = SP_BUF_INIT(SP_TEXT_MAX), where = SP_BUF_INIT(SP_TEXT_MAX);
    struct sp_buf text = SP_BUF_INIT(SP_TEXT_MAX * 2);
    const struct sp_seen *other = find_kind(s->record, SP_SEEN_OTHER_CNAME);
    list_servers(&live, s->record, STATE_BIT(SP_STATE_LIVE));
    list_servers(&where, s->record, STATE_BIT(SP_STATE_MISSING));
    if (where.len)
        sp_buf_printf(&text, "%s is missing at %s", s->host, sp_buf_str(&where));
    list_servers(&where, s->record, STATE_BIT(SP_STATE_WRONG));
    if (where.len)
        sp_buf_printf(&text, "%s%s %s %.*s at %s", text.len ? " and " : "", text.len ? "" : s->host,
                      other ? "points to" : "has", SP_NAME_TEXT_MAX,
                      other ? SP_NAME_STR(&other->target) : "other records", sp_buf_str(&where));
    sp_word_say(ret->message, "%s, while it is live at %s", sp_buf_str(&text), sp_buf_str(&live));
    list_servers(&where, s->record, STATE_BIT(SP_STATE_MISSING) | STATE_BIT(SP_STATE_WRONG));
    sp_word_say(
        ret->fix,
        "wait until %s has the change too; if that takes more than an hour, ask %s why it lags",
        sp_buf_str(&where), s->provider);
    sp_buf_fini(&live);
    sp_buf_fini(&where);
    sp_buf_fini(&text);
}

static void word_wrong_target(const struct subject *s, struct sp_diagnosis *ret)
{
    struct sp_buf where = SP_BUF_INIT(SP_TEXT_MAX);
    const struct sp_seen *other = find_kind(s->record, SP_SEEN_OTHER_CNAME);
    const char *target = other ? SP_NAME_STR(&other->target) : "";
    list_servers(&where, s->record, STATE_BIT(SP_STATE_WRONG));
    if (s->judgement->is_superseded) {
        sp_word_say(ret->message, "%s still points to %.*s at %s, which was replaced by %s",
                    s->host, SP_NAME_TEXT_MAX, target, sp_buf_str(&where), s->target);
        sp_word_say(ret->fix, "wait: the replaced target goes away by itself");
    } else {
        sp_word_say(ret->message, "%s points to %.*s at %s instead of %s", s->host,
                    SP_NAME_TEXT_MAX, target, sp_buf_str(&where), s->target);
        sp_word_say(
            ret->fix,
            "at %s, change the CNAME record with the host \"%s\" (in full: %s) to point to \"%s\"",
            s->provider, s->entry, s->host, s->target);
    }
    sp_buf_fini(&where);
}

static void word_doubled(const struct subject *s, struct sp_diagnosis *ret)
{
    sp_word_say(ret->message,
                "%s is missing, but %s.%s exists: the zone's name was appended to a host that had "
                "it already",
                s->host, s->host, s->zone);
    const char *box = s->page ? s->page->host_box : NULL;
    sp_word_say(ret->fix, "%s appends the domain: enter \"%s\" only%s%s%s, and delete %s.%s",
                s->provider, s->entry, box ? " in the box \"" : "", box ? box : "", box ? "\"" : "",
                s->host, s->zone);
}

static void word_suffix(const struct subject *s, struct sp_diagnosis *ret)
{
    sp_word_say(ret->message,
                "%s points to %s.%s instead of %s: the final dot was lost and the zone's name was "
                "appended",
                s->host, s->target, s->zone, s->target);
    sp_word_say(ret->fix, "at %s, write the target of the host \"%s\" with a final dot: \"%s.\"",
                s->provider, s->entry, s->target);
}

static void word_conflict(const struct subject *s, struct sp_diagnosis *ret)
{
    struct sp_buf where = SP_BUF_INIT(SP_TEXT_MAX), types = SP_BUF_INIT(SP_TEXT_MAX);
    const struct sp_seen *other = find_kind(s->record, SP_SEEN_NODATA);
    if (other)
        list_types(&types, other);
    list_servers(&where, s->record, STATE_BIT(SP_STATE_WRONG));
    if (s->judgement->is_superseded) {
        sp_word_say(ret->message,
                    "%s still has the %s records that were removed for the CNAME, at %s", s->host,
                    sp_buf_str(&types), sp_buf_str(&where));
        sp_word_say(ret->fix, "wait: the removed records go away by themselves");
    } else {
        sp_word_say(
            ret->message,
            "%s has %s records instead of the CNAME at %s; a CNAME cannot stand beside them",
            s->host, sp_buf_str(&types), sp_buf_str(&where));
        sp_word_say(
            ret->fix,
            "at %s, delete the %s records with the host \"%s\" (in full: %s) and add the CNAME "
            "pointing to \"%s\" there",
            s->provider, sp_buf_str(&types), s->entry, s->host, s->target);
    }
    sp_buf_fini(&where);
    sp_buf_fini(&types);
}

/* No delegation because of the resolver; the reason is the delegation's own. */
static void word_no_delegation(const struct subject *s, struct sp_diagnosis *ret)
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
    return find_kind(record, kind) != NULL;
}

/* Some servers answer, but none of them with what the zone holds. */
static void word_no_use(const struct subject *s, struct sp_diagnosis *ret)
{
    struct sp_buf answers = SP_BUF_INIT(SP_TEXT_MAX);
    list_answers(&answers, s->record);
    sp_word_say(ret->message, "no name server of %s answers for it: %s", s->zone,
                sp_buf_str(&answers));
    sp_word_say(ret->fix, "wait; if it lasts, ask %s why its name servers do not answer for %s",
                s->provider, s->zone);
    sp_buf_fini(&answers);
}

static void word_unreachable(const struct subject *s, struct sp_diagnosis *ret)
{
    struct sp_buf where = SP_BUF_INIT(SP_TEXT_MAX);
    list_servers(&where, s->record, STATE_BIT(SP_STATE_UNREACHABLE));
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
        "%u) and that the servers are up, then try again",
        s->zone, s->record->seen.n ? s->record->seen.items[0].address.port : 53u);
    sp_buf_fini(&where);
}

/* Advisory on a live record: names the first server of each kind; the warnings name every one. */
static void word_live_elsewhere(const struct subject *s, enum sp_seen_kind kind,
                                struct sp_diagnosis *ret)
{
    const struct sp_seen *seen = find_kind(s->record, kind);
    if (!seen)
        seen = find_kind(s->record, SP_SEEN_FAILING);
    if (!seen)
        seen = find_kind(s->record, SP_SEEN_NOTHING_YET);
    if (seen)
        sp_word_server(s->record, seen, s->context, ret);
}

static void word_server_unreachable(const struct subject *s, struct sp_diagnosis *ret)
{
    const struct sp_behind *behind = &s->record->behind;
    const struct sp_delegation *delegation = s->record->delegation;
    bool has_answer = behind->status == SP_TRANSPORT_OK;
    if (s->judgement->state == SP_STATE_LIVE && behind->kind == SP_BEHIND_UNKNOWN) {
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

static void word_not_delegated(const struct subject *s, struct sp_diagnosis *ret)
{
    const struct sp_delegation *delegation = s->record->delegation;
    const struct sp_seen *lame = find_kind(s->record, SP_SEEN_LAME);
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

static void word_domain_not_found(const struct subject *s, struct sp_diagnosis *ret)
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

static void word_loop(const struct subject *s, struct sp_diagnosis *ret)
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
static void word_platform_waits(const struct subject *s, struct sp_diagnosis *ret)
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

static void word_bad_key(const struct subject *s, struct sp_diagnosis *ret)
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

static void word_idle(const struct subject *s, struct sp_diagnosis *ret)
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

void sp_word_diagnosis(const struct sp_observation *observation,
                       const struct sp_record_observation *record,
                       const struct sp_verdict_context *context,
                       const struct sp_judgement *judgement, struct sp_diagnosis *ret_diagnosis)
{
    static void (*const words[])(const struct subject *, struct sp_diagnosis *) = {
        [SP_CODE_MISSING] = word_missing,
        [SP_CODE_PARTIAL_PROPAGATION] = word_partial,
        [SP_CODE_WRONG_TARGET] = word_wrong_target,
        [SP_CODE_DOUBLED_SUFFIX] = word_doubled,
        [SP_CODE_TARGET_SUFFIX_APPENDED] = word_suffix,
        [SP_CODE_CONFLICTING_RECORDS] = word_conflict,
        [SP_CODE_SERVER_UNREACHABLE] = word_server_unreachable,
        [SP_CODE_NOT_DELEGATED] = word_not_delegated,
        [SP_CODE_DOMAIN_NOT_FOUND] = word_domain_not_found,
        [SP_CODE_CNAME_LOOP] = word_loop,
        [SP_CODE_TARGET_MISSING] = word_platform_waits,
        [SP_CODE_DKIM_KEY_MISSING] = word_platform_waits,
        [SP_CODE_DKIM_KEY_MALFORMED] = word_bad_key,
        [SP_CODE_DKIM_KEY_REVOKED] = word_bad_key,
        [SP_CODE_SELECTOR_IDLE] = word_idle,
    };
    struct subject subject;
    subject_init(&subject, observation, record, context, judgement);
    *ret_diagnosis =
        (struct sp_diagnosis){.code = judgement->code, .is_blocking = judgement->is_blocking};
    if (judgement->code == SP_CODE_LAME_SERVER)
        word_live_elsewhere(&subject, SP_SEEN_LAME, ret_diagnosis);
    else
        words[judgement->code](&subject, ret_diagnosis);
}
