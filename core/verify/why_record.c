#include "verify/judgement.h"
#include "verify/mistake.h"
#include "verify/subject.h"
#include "verify/why.h"
#include "verify/wording.h"

/* ---- what the servers answered ---- */

static void put_answer(struct sp_buf *out, const struct sp_record_observation *record,
                       const struct sp_seen *seen)
{
    switch (seen->kind) {
    case SP_SEEN_NOTHING_YET:
        sp_buf_puts(out, "not heard in time");
        return;
    case SP_SEEN_LIVE:
        sp_buf_printf(out, "CNAME %s, as wanted", SP_NAME_STR(&record->record.target));
        break;
    case SP_SEEN_OTHER_CNAME:
        sp_buf_printf(out, "CNAME %s, another target", SP_NAME_STR(&seen->target));
        break;
    case SP_SEEN_NXDOMAIN:
        sp_buf_puts(out, "no such name (NXDOMAIN)");
        return;
    case SP_SEEN_NODATA:
        sp_buf_puts(out, "the name is there, a CNAME is not (NODATA)");
        return;
    case SP_SEEN_LAME:
    case SP_SEEN_FAILING:
        sp_buf_printf(out, "answers %s", sp_word_answer(seen));
        return;
    case SP_SEEN_UNREACHABLE:
        sp_buf_puts(out, "silent over UDP and TCP");
        return;
    }
    if (seen->n_dname_labels)
        sp_buf_printf(out, ", made by a DNAME at its last %u labels", seen->n_dname_labels);
}

static const char *word_found(bool is_found)
{
    return is_found ? "has the record" : "nothing";
}

/* What a miss made worth asking (verify/probe.h). */
static void tell_probes_of_miss(struct sp_why *why, const struct sp_observation *observation,
                                const struct sp_record_observation *record,
                                const struct sp_seen *seen)
{
    const struct sp_findings *findings = &seen->findings;
    const struct sp_name *host = &record->record.host, *zone = &record->delegation->zone;
    struct sp_buf types = SP_BUF_INIT(SP_WHY_LINE_MAX);
    struct sp_name name;
    if (seen->kind == SP_SEEN_NODATA) {
        sp_subject_list_types(&types, seen);
        sp_why_say(why, 3, "asked there for %s: %s%s%s%s",
                   record->record.leg == SP_LEG_DKIM ? "TXT, A and MX" : "TXT, A, MX and AAAA",
                   types.len ? sp_buf_str(&types) : "none of its own",
                   findings->has_wildcard_types ? ", but some by a wildcard" : "",
                   findings->has_old_key ? "; a DKIM key is among them" : "",
                   findings->addresses == SP_ADDRESSES_TARGET ? "; the addresses are the target's"
                                                              : "");
    }
    if (sp_mistake_doubled(host, zone, &name))
        sp_why_say(why, 3, "asked there for %s: %s", SP_NAME_STR(&name),
                   word_found(findings->has_doubled));
    if (sp_mistake_short(host, &observation->domain, zone, &name))
        sp_why_say(why, 3, "asked there for %s: %s", SP_NAME_STR(&name),
                   word_found(findings->has_short));
    sp_buf_fini(&types);
}

static void tell_seen(struct sp_why *why, const struct sp_observation *observation,
                      const struct sp_record_observation *record, const struct sp_seen *seen)
{
    struct sp_buf answer = SP_BUF_INIT(SP_WHY_LINE_MAX);
    put_answer(&answer, record, seen);
    sp_why_say(why, 2, "%s (%s): %s", SP_NAME_STR(seen->server), SP_ADDRESS_STR(&seen->address),
               sp_buf_str(&answer));
    sp_buf_fini(&answer);
    if (!seen->is_probed)
        return;
    if (seen->kind == SP_SEEN_NXDOMAIN || seen->kind == SP_SEEN_NODATA)
        tell_probes_of_miss(why, observation, record, seen);
    else if (seen->kind == SP_SEEN_OTHER_CNAME || seen->kind == SP_SEEN_LIVE)
        sp_why_say(why, 3, "asked there for a random name beside it: %s",
                   seen->findings.is_wildcard ? "the same answer, so a wildcard gives it"
                                              : "another answer");
}

/* ---- what stands behind ---- */

static void put_key(struct sp_buf *out, const struct sp_record_observation *record,
                    const struct sp_record_verdict *verdict)
{
    const struct sp_dkim_key *key = &record->behind.key;
    bool is_other = verdict->diagnosis.code == SP_CODE_DKIM_KEY_MISMATCH;
    switch (key->state) {
    case SP_DKIM_KEY_VALID:
    case SP_DKIM_KEY_WEAK:
        sp_buf_printf(out, "a DKIM key, %s of %u bits%s%s%s",
                      key->type == SP_DKIM_ED25519 ? "Ed25519" : "RSA", key->n_bits,
                      key->state == SP_DKIM_KEY_WEAK ? ", too few" : "",
                      key->is_testing ? ", marked as a test" : "",
                      is_other                    ? ", not the expected one"
                      : record->record.key.is_set ? ", the expected one"
                                                  : "");
        return;
    case SP_DKIM_KEY_NONE:
        sp_buf_puts(out, "no DKIM key");
        return;
    case SP_DKIM_KEY_REVOKED:
        sp_buf_puts(out, "a DKIM key that is revoked");
        return;
    case SP_DKIM_KEY_MALFORMED:
        sp_buf_puts(out, "a DKIM key that cannot be used");
        return;
    }
}

static void put_end(struct sp_buf *out, const struct sp_record_observation *record,
                    const struct sp_record_verdict *verdict)
{
    const struct sp_behind *behind = &record->behind;
    switch (behind->kind) {
    case SP_BEHIND_NOT_ASKED:
        break;
    case SP_BEHIND_UNKNOWN:
        sp_buf_printf(out, "the resolver %s%s",
                      behind->status == SP_TRANSPORT_OK ? "answers " : "does not answer",
                      behind->status == SP_TRANSPORT_OK ? sp_dns_rcode_name(behind->rcode) : "");
        break;
    case SP_BEHIND_NO_SUCH_NAME:
        sp_buf_puts(out, "no such name (NXDOMAIN)");
        break;
    case SP_BEHIND_LOOP:
        sp_buf_puts(out, behind->is_too_long ? "and more: too long a chain"
                                             : "and back to a name before");
        break;
    case SP_BEHIND_BOGUS:
        sp_buf_puts(out, "fails DNSSEC validation");
        break;
    case SP_BEHIND_EXISTS:
        if (record->record.leg == SP_LEG_DKIM)
            put_key(out, record, verdict);
        else
            sp_buf_printf(out, "MX: %s; SPF: %s", behind->is_without_mx ? "none" : "there",
                          behind->is_without_spf ? "none" : "there");
        break;
    }
}

/* The names before the last each point to the next. */
static void tell_behind(struct sp_why *why, const struct sp_observation *observation,
                        const struct sp_record_observation *record,
                        const struct sp_record_verdict *verdict)
{
    const struct sp_behind *behind = &record->behind;
    struct sp_buf end = SP_BUF_INIT(SP_WHY_LINE_MAX);
    if (behind->kind == SP_BEHIND_NOT_ASKED) {
        sp_why_say(why, 1, "behind it: not looked at before every server has the record");
        return;
    }
    sp_why_say(why, 1, "behind it, asked of the resolver %s",
               SP_ADDRESS_PORT_STR(&observation->resolver));
    for (size_t i = 0; i + 1 < behind->n_hops; i++)
        sp_why_say(why, 2, "%s: a CNAME to the next", SP_NAME_STR(&behind->hops[i]));
    put_end(&end, record, verdict);
    sp_why_say(why, 2, "%s: %s", SP_NAME_STR(&behind->end), sp_buf_str(&end));
    sp_buf_fini(&end);
}

static void tell_hearsay(struct sp_why *why, const struct sp_record_observation *record)
{
    const struct sp_hearsay *hearsay = &record->hearsay;
    if (record->path == SP_PATH_OPEN)
        return;
    sp_why_say(why, 1, "port 53 is %s here, so the resolvers were asked for it",
               record->path == SP_PATH_BLOCKED ? "blocked" : "intercepted");
    sp_why_say(why, 2, "%u see it, %u another target, %u none, %u give no answer", hearsay->n_live,
               hearsay->n_other, hearsay->n_absent, hearsay->n_silent);
}

static void tell_trust(struct sp_why *why, const struct sp_trust *trust)
{
    static const char *const words[] = {
        [SP_TRUST_VALID] = "valid",
        [SP_TRUST_NOT_JUDGED] = "not judged",
        [SP_TRUST_UNKNOWN] = "no answer",
        [SP_TRUST_BOGUS] = "bogus",
    };
    if (trust->kind != SP_TRUST_NOT_ASKED)
        sp_why_say(why, 1, "its signature, for the resolver: %s", words[trust->kind]);
}

void sp_why_tell_record(struct sp_why *why, const struct sp_observation *observation,
                        const struct sp_record_observation *record,
                        const struct sp_record_verdict *verdict)
{
    const char *state = sp_state_name(verdict->state);
    const char *code = verdict->diagnosis.code ? sp_code_name(verdict->diagnosis.code) : NULL;
    bool has_code = code && strcmp(code, state) != 0;
    sp_why_say(why, 0, "record %s", SP_NAME_STR(&record->record.host));
    sp_why_say(why, 1, "wanted: CNAME %s", SP_NAME_STR(&record->record.target));
    if (record->seen.n)
        sp_why_say(why, 1, "answers");
    SP_ARRAY_FOREACH (&record->seen, seen)
        tell_seen(why, observation, record, seen);
    tell_hearsay(why, record);
    tell_trust(why, &record->trust);
    tell_behind(why, observation, record, verdict);
    sp_why_say(why, 1, "so it is %s%s%s%s", state, has_code ? ", " : "", has_code ? code : "",
               code && !verdict->diagnosis.is_blocking ? " (advisory)" : "");
}
