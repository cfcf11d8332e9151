#include "verify/mistake.h"
#include "verify/parking.h"
#include "verify/subject.h"
#include "verify/wording.h"

static const struct sp_seen *find_short(const struct sp_record_observation *record)
{
    SP_ARRAY_FOREACH (&record->seen, seen)
        if (seen->findings.has_short)
            return seen;
    return NULL;
}

/* The record stands where a sender domain's own labels were left out. */
static void word_short(const struct sp_subject *s, struct sp_diagnosis *ret)
{
    struct sp_name name;
    if (!sp_mistake_short(&s->record->record.host, &s->observation->domain,
                          &s->record->delegation->zone, &name))
        return;
    sp_word_say(ret->message,
                "%s is missing, but %.*s exists: the zone there is %s, and a part of the "
                "host was left out",
                s->host, SP_NAME_TEXT_MAX, SP_NAME_STR(&name), s->zone);
    sp_word_say(ret->fix, "at %s, enter the host \"%s\" (in full: %s), and delete %.*s",
                s->provider, s->entry, s->host, SP_NAME_TEXT_MAX, SP_NAME_STR(&name));
}

static bool has_wildcard_types(const struct sp_record_observation *record)
{
    SP_ARRAY_FOREACH (&record->seen, seen)
        if (seen->findings.has_wildcard_types)
            return true;
    return false;
}

/* Nobody can enter records there that the domain's owner was given by somebody else. */
static void word_parked(const struct sp_subject *s, const char *service, struct sp_diagnosis *ret)
{
    sp_word_say(ret->message,
                "%s is missing: the name servers of %s are those of %s, where domains are parked",
                s->host, s->zone, service);
    sp_word_say(
        ret->fix,
        "at your domain's registrar, set the name servers of %s to those of the DNS provider "
        "where you enter its records",
        s->zone);
}

void sp_word_missing(const struct sp_subject *s, struct sp_diagnosis *ret)
{
    struct sp_buf where = SP_BUF_INIT(SP_TEXT_MAX), entry = SP_BUF_INIT(SP_TEXT_MAX);
    const char *parking = sp_parking_of(s->record->delegation);
    sp_subject_list_servers(&where, s->record, SP_STATE_BIT(SP_STATE_MISSING));
    sp_subject_put_entry(&entry, s);
    sp_word_say(ret->message, "%s is missing at %s%s", s->host, sp_buf_str(&where),
                has_wildcard_types(s->record)
                    ? "; what is answered for that name comes from a wildcard record"
                    : "");
    if (s->judgement->is_late)
        sp_word_say(ret->fix,
                    "add a CNAME record at %s %s; if it is there already, ask %s why its name "
                    "servers do not serve it",
                    s->provider, sp_buf_str(&entry), s->provider);
    else
        sp_word_say(ret->fix, "add a CNAME record at %s %s; if it is there already, wait",
                    s->provider, sp_buf_str(&entry));
    if (parking)
        word_parked(s, parking, ret);
    else if (find_short(s->record))
        word_short(s, ret);
    sp_buf_fini(&where);
    sp_buf_fini(&entry);
}

/* Whether servers that disagree all say that they have the same version of the zone. */
static bool is_one_version(const struct sp_record_observation *record)
{
    const struct sp_seen *first = NULL;
    SP_ARRAY_FOREACH (&record->seen, seen) {
        if (sp_judge_server(seen) == SP_STATE_UNREACHABLE)
            continue;
        if (!seen->has_serial || (first && seen->serial != first->serial))
            return false;
        first = seen;
    }
    return first != NULL;
}

static void word_lag(const struct sp_subject *s, const char *where, struct sp_diagnosis *ret)
{
    bool is_late = s->judgement->is_late;
    if (is_one_version(s->record))
        sp_word_say(ret->fix,
                    "%sask %s why its name servers hold different records under one serial of %s",
                    is_late ? "" : "wait; if that takes more than an hour, ", s->provider, s->zone);
    else if (is_late)
        sp_word_say(ret->fix, "ask %s why %s lags", s->provider, where);
    else
        sp_word_say(ret->fix,
                    "wait until %s has the change too; if that takes more than an hour, ask %s why "
                    "it lags",
                    where, s->provider);
}

void sp_word_partial(const struct sp_subject *s, struct sp_diagnosis *ret)
{
    struct sp_buf live = SP_BUF_INIT(SP_TEXT_MAX), where = SP_BUF_INIT(SP_TEXT_MAX);
    struct sp_buf text = SP_BUF_INIT(SP_TEXT_MAX * 2);
    const struct sp_seen *other = sp_subject_find_kind(s->record, SP_SEEN_OTHER_CNAME);
    sp_subject_list_servers(&live, s->record, SP_STATE_BIT(SP_STATE_LIVE));
    sp_subject_list_servers(&where, s->record, SP_STATE_BIT(SP_STATE_MISSING));
    if (where.len)
        sp_buf_printf(&text, "%s is missing at %s", s->host, sp_buf_str(&where));
    sp_subject_list_servers(&where, s->record, SP_STATE_BIT(SP_STATE_WRONG));
    if (where.len)
        sp_buf_printf(&text, "%s%s %s %.*s at %s", text.len ? " and " : "", text.len ? "" : s->host,
                      other ? "points to" : "has", SP_NAME_TEXT_MAX,
                      other ? SP_NAME_STR(&other->target) : "other records", sp_buf_str(&where));
    sp_word_say(ret->message, "%s, while it is live at %s", sp_buf_str(&text), sp_buf_str(&live));
    sp_subject_list_servers(&where, s->record,
                            SP_STATE_BIT(SP_STATE_MISSING) | SP_STATE_BIT(SP_STATE_WRONG));
    word_lag(s, sp_buf_str(&where), ret);
    sp_buf_fini(&live);
    sp_buf_fini(&where);
    sp_buf_fini(&text);
}

/* The record of the same set that should have TARGET, or NULL. */
static const struct sp_record *find_swapped(const struct sp_subject *s,
                                            const struct sp_name *target)
{
    SP_ARRAY_FOREACH (&s->observation->records, record)
        if (record != s->record && sp_name_equal(&record->record.target, target))
            return &record->record;
    return NULL;
}

/* Appends what the wrong target tells of its origin. */
static void put_origin(struct sp_buf *out, const struct sp_subject *s, const struct sp_seen *other)
{
    const struct sp_name *wanted = &s->record->record.target, *zone = &s->record->delegation->zone;
    const struct sp_record *swapped = find_swapped(s, &other->target);
    enum sp_target_mistake mistake = sp_mistake_in_target(wanted, zone, &other->target);
    size_t n_cut = sp_name_count_labels(wanted) - sp_name_count_labels(&other->target);
    struct sp_name end = sp_name_suffix(wanted, n_cut);
    if (swapped)
        sp_buf_printf(out, ", which belongs to %.*s", SP_NAME_TEXT_MAX,
                      SP_NAME_STR(&swapped->host));
    else if (mistake == SP_TARGET_CUT && sp_name_equal(&end, zone))
        sp_buf_puts(out, ": the zone's name was taken off a target that needs it");
    else if (mistake == SP_TARGET_CUT)
        sp_buf_printf(out, ": the end of the target, %.*s, is not there", SP_NAME_TEXT_MAX,
                      SP_NAME_STR(&end));
    else if (mistake == SP_TARGET_MISTYPED)
        sp_buf_puts(out, ", which looks like a typing error");
}

static void word_dname(const struct sp_subject *s, const struct sp_seen *other,
                       struct sp_diagnosis *ret)
{
    struct sp_name owner = sp_name_suffix(&s->record->record.host, other->n_dname_labels);
    sp_word_say(
        ret->message,
        "%s leads to %.*s instead of %s: a DNAME record at %.*s redirects everything below it",
        s->host, SP_NAME_TEXT_MAX, SP_NAME_STR(&other->target), s->target, SP_NAME_TEXT_MAX,
        SP_NAME_STR(&owner));
    sp_word_say(
        ret->fix,
        "at %s, remove the DNAME record at %.*s, or have the record made where it leads: no "
        "other record can stand below it",
        s->provider, SP_NAME_TEXT_MAX, SP_NAME_STR(&owner));
}

static void word_other(const struct sp_subject *s, const struct sp_seen *other, const char *where,
                       struct sp_diagnosis *ret)
{
    struct sp_buf origin = SP_BUF_INIT(SP_TEXT_MAX);
    const char *box = s->page ? s->page->target_box : NULL;
    put_origin(&origin, s, other);
    sp_word_say(ret->message, "%s points to %.*s at %s instead of %s%s", s->host, SP_NAME_TEXT_MAX,
                SP_NAME_STR(&other->target), where, s->target, sp_buf_str(&origin));
    sp_word_say(ret->fix,
                "at %s, change the CNAME record with the host \"%s\" (in full: %s) to point to "
                "\"%s%s\"%s%s%s",
                s->provider, s->entry, s->host, s->target, sp_subject_dot(s),
                box ? ", in the box \"" : "", box ? box : "", box ? "\"" : "");
    sp_buf_fini(&origin);
}

void sp_word_wrong_target(const struct sp_subject *s, struct sp_diagnosis *ret)
{
    struct sp_buf where = SP_BUF_INIT(SP_TEXT_MAX);
    const struct sp_seen *other = sp_subject_find_kind(s->record, SP_SEEN_OTHER_CNAME);
    sp_subject_list_servers(&where, s->record, SP_STATE_BIT(SP_STATE_WRONG));
    if (s->judgement->is_superseded) {
        sp_word_say(ret->message, "%s still points to %.*s at %s, which was replaced by %s",
                    s->host, SP_NAME_TEXT_MAX, SP_NAME_STR(&other->target), sp_buf_str(&where),
                    s->target);
        sp_word_say(ret->fix, "wait: the replaced target goes away by itself");
    } else if (other->n_dname_labels) {
        word_dname(s, other, ret);
    } else {
        word_other(s, other, sp_buf_str(&where), ret);
    }
    sp_buf_fini(&where);
}

void sp_word_doubled(const struct sp_subject *s, struct sp_diagnosis *ret)
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

void sp_word_suffix(const struct sp_subject *s, struct sp_diagnosis *ret)
{
    sp_word_say(ret->message,
                "%s points to %s.%s instead of %s: the final dot was lost and the zone's name was "
                "appended",
                s->host, s->target, s->zone, s->target);
    const char *box = s->page ? s->page->target_box : NULL;
    sp_word_say(ret->fix,
                "at %s, write the target of the host \"%s\" with a final dot%s%s%s: \"%s.\"",
                s->provider, s->entry, box ? " in the box \"" : "", box ? box : "", box ? "\"" : "",
                s->target);
}

static void word_removed(const struct sp_subject *s, const char *types, const char *where,
                         struct sp_diagnosis *ret)
{
    sp_word_say(ret->message, "%s still has the %s records that were removed for the CNAME, at %s",
                s->host, types, where);
    sp_word_say(ret->fix, "wait: the removed records go away by themselves");
}

void sp_word_conflict(const struct sp_subject *s, struct sp_diagnosis *ret)
{
    struct sp_buf where = SP_BUF_INIT(SP_TEXT_MAX), types = SP_BUF_INIT(SP_TEXT_MAX);
    const struct sp_seen *other = sp_subject_find_kind(s->record, SP_SEEN_NODATA);
    sp_subject_list_types(&types, other);
    sp_subject_list_servers(&where, s->record, SP_STATE_BIT(SP_STATE_WRONG));
    if (s->judgement->is_superseded) {
        word_removed(s, sp_buf_str(&types), sp_buf_str(&where), ret);
    } else {
        sp_word_say(
            ret->message,
            "%s has %s records instead of the CNAME at %s%s; a CNAME cannot stand beside them",
            s->host, sp_buf_str(&types), sp_buf_str(&where),
            other->findings.has_old_key ? ", an old DKIM key among them" : "");
        sp_word_say(
            ret->fix,
            "at %s, delete the %s records with the host \"%s\" (in full: %s) and add the CNAME "
            "pointing to \"%s%s\" there",
            s->provider, sp_buf_str(&types), s->entry, s->host, s->target, sp_subject_dot(s));
    }
    sp_buf_fini(&where);
    sp_buf_fini(&types);
}

/* What to do about addresses in place of the CNAME. */
static void word_no_proxy(const struct sp_subject *s, const char *types, bool is_target,
                          struct sp_diagnosis *ret)
{
    if (strcmp(s->provider, "Cloudflare") == 0)
        sp_word_say(
            ret->fix,
            "at Cloudflare, set the proxy status of \"%s\" to \"DNS only\" (the grey cloud); if "
            "it is no CNAME record there, make it one that points to \"%s\"",
            s->entry, s->target);
    else if (is_target)
        sp_word_say(
            ret->fix,
            "at %s, enter \"%s\" (in full: %s) as a CNAME record, not as ALIAS or ANAME, and "
            "switch off flattening for it",
            s->provider, s->entry, s->host);
    else
        sp_word_say(
            ret->fix,
            "at %s, switch off the proxy for \"%s\" (in full: %s); if these are %s records of "
            "their own, delete them and add the CNAME pointing to \"%s%s\"",
            s->provider, s->entry, s->host, types, s->target, sp_subject_dot(s));
}

void sp_word_addresses(const struct sp_subject *s, struct sp_diagnosis *ret)
{
    struct sp_buf where = SP_BUF_INIT(SP_TEXT_MAX), types = SP_BUF_INIT(SP_TEXT_MAX);
    const struct sp_seen *other = sp_subject_find_kind(s->record, SP_SEEN_NODATA);
    enum sp_addresses addresses = other->findings.addresses;
    sp_subject_list_types(&types, other);
    sp_subject_list_servers(&where, s->record, SP_STATE_BIT(SP_STATE_WRONG));
    if (s->judgement->is_superseded) {
        word_removed(s, sp_buf_str(&types), sp_buf_str(&where), ret);
    } else {
        sp_word_say(ret->message, "%s has addresses (%s) instead of the CNAME at %s%s%s%s", s->host,
                    sp_buf_str(&types), sp_buf_str(&where),
                    addresses == SP_ADDRESSES_TARGET  ? ": those of "
                    : addresses == SP_ADDRESSES_OTHER ? ": not those of "
                                                      : ": it is proxied or flattened",
                    addresses == SP_ADDRESSES_UNKNOWN ? "" : s->target,
                    addresses == SP_ADDRESSES_TARGET  ? ", so the CNAME is flattened"
                    : addresses == SP_ADDRESSES_OTHER ? ", so it is proxied or another record"
                                                      : "");
        word_no_proxy(s, sp_buf_str(&types), addresses == SP_ADDRESSES_TARGET, ret);
    }
    sp_buf_fini(&where);
    sp_buf_fini(&types);
}

void sp_word_wildcard(const struct sp_subject *s, struct sp_diagnosis *ret)
{
    struct sp_buf where = SP_BUF_INIT(SP_TEXT_MAX), entry = SP_BUF_INIT(SP_TEXT_MAX);
    const struct sp_seen *other = sp_subject_find_kind(s->record, SP_SEEN_OTHER_CNAME);
    sp_subject_list_servers(&where, s->record, SP_STATE_BIT(SP_STATE_WRONG));
    sp_subject_put_entry(&entry, s);
    if (s->judgement->is_blocking)
        sp_word_say(ret->message,
                    "%s is not there: a wildcard record answers for it at %s, with a CNAME to %.*s",
                    s->host, sp_buf_str(&where), SP_NAME_TEXT_MAX, SP_NAME_STR(&other->target));
    else
        sp_word_say(ret->message, "%s is answered by a wildcard record, not by one of its own",
                    s->host);
    sp_word_say(ret->fix, "add a CNAME record at %s %s%s", s->provider, sp_buf_str(&entry),
                s->judgement->is_blocking ? "" : ", so that it stays when the wildcard goes");
    sp_buf_fini(&where);
    sp_buf_fini(&entry);
}
