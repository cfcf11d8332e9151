#include "verify/subject.h"

#include "base/text.h"
#include "verify/wording.h"

/* Servers named in one sentence before "and N more". */
#define SERVERS_NAMED 3

void sp_subject_init(struct sp_subject *subject, const struct sp_observation *observation,
                     const struct sp_record_observation *record,
                     const struct sp_verdict_context *context, const struct sp_judgement *judgement)
{
    const struct sp_delegation *delegation = record->delegation;
    const struct sp_name *host = &record->record.host;
    const struct sp_name *zone = delegation && sp_name_is_set(&delegation->zone) &&
                                         sp_name_is_within(host, &delegation->zone) &&
                                         delegation->state == SP_DELEGATION_FOUND
                                     ? &delegation->zone
                                     : &observation->domain;
    struct sp_name entry = sp_name_is_within(host, zone) ? sp_name_relative(host, zone) : *host;
    *subject = (struct sp_subject){
        .observation = observation, .record = record, .context = context, .judgement = judgement};
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
            SP_STATE_BIT(sp_judge_server(other)) & states && !is_name_ambiguous(record, seen))
            return true;
    return false;
}

static size_t count_servers(const struct sp_record_observation *record, unsigned states)
{
    size_t n = 0;
    SP_ARRAY_FOREACH (&record->seen, seen)
        n += SP_STATE_BIT(sp_judge_server(seen)) & states && !is_listed(record, seen, states);
    return n;
}

/* What tells one server's answer from another's: " (192.0.2.2)", " (serial 7)", both or nothing.
 * The version of the zone matters where the servers disagree. */
static void put_particulars(struct sp_buf *out, const struct sp_record_observation *record,
                            const struct sp_seen *seen)
{
    struct sp_tally tally = sp_tally_of(record);
    bool has_address = is_name_ambiguous(record, seen);
    bool has_serial = seen->has_serial && tally.n_live && tally.n_live < sp_tally_reachable(&tally);
    if (!has_address && !has_serial)
        return;
    sp_buf_printf(out, " (%s%s", has_address ? SP_ADDRESS_STR(&seen->address) : "",
                  has_address && has_serial ? ", " : "");
    if (has_serial)
        sp_buf_printf(out, "serial %u", seen->serial);
    sp_buf_puts(out, ")");
}

void sp_subject_list_servers(struct sp_buf *out, const struct sp_record_observation *record,
                             unsigned states)
{
    size_t n = count_servers(record, states), i = 0;
    sp_buf_clear(out);
    SP_ARRAY_FOREACH (&record->seen, seen) {
        if (!(SP_STATE_BIT(sp_judge_server(seen)) & states) || is_listed(record, seen, states))
            continue;
        if (i == SERVERS_NAMED) {
            sp_buf_printf(out, " and %zu more", n - i);
            return;
        }
        const char *between = i == 0 ? "" : i + 1 == n && n <= SERVERS_NAMED ? " and " : ", ";
        sp_buf_printf(out, "%s%.*s", between, SP_NAME_TEXT_MAX, SP_NAME_STR(seen->server));
        put_particulars(out, record, seen);
        i++;
    }
}

const struct sp_seen *sp_subject_find_kind(const struct sp_record_observation *record,
                                           enum sp_seen_kind kind)
{
    SP_ARRAY_FOREACH (&record->seen, seen)
        if (seen->kind == kind && (kind != SP_SEEN_NODATA || seen->findings.other_types[0]))
            return seen;
    return NULL;
}

void sp_subject_list_types(struct sp_buf *out, const struct sp_seen *seen)
{
    for (size_t i = 0;
         i < SP_ARRAY_LEN(seen->findings.other_types) && seen->findings.other_types[i]; i++) {
        bool is_last =
            i + 1 == SP_ARRAY_LEN(seen->findings.other_types) || !seen->findings.other_types[i + 1];
        sp_buf_printf(out, "%s%s",
                      i == 0    ? ""
                      : is_last ? " and "
                                : ", ",
                      sp_dns_type_name(seen->findings.other_types[i]));
    }
}

void sp_subject_list_answers(struct sp_buf *out, const struct sp_record_observation *record)
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

const char *sp_subject_dot(const struct sp_subject *subject)
{
    return subject->page && subject->page->dot == SP_DOT_WITH ? "." : "";
}

void sp_subject_put_entry(struct sp_buf *out, const struct sp_subject *subject)
{
    const struct sp_dns_host *page = subject->page;
    const char *dot = sp_subject_dot(subject);
    if (!page || !page->host_box) {
        sp_buf_printf(out, "with the host \"%s\" (in full: %s) pointing to \"%s%s\"",
                      subject->entry, subject->host, subject->target, dot);
        return;
    }
    sp_buf_printf(out, "with \"%s\" in the box \"%s\" and \"%s%s\" ", subject->entry,
                  page->host_box, subject->target, dot);
    if (page->target_box)
        sp_buf_printf(out, "in the box \"%s\"", page->target_box);
    else
        sp_buf_puts(out, "as its target");
}
