#include "cli/report_text.h"

#include "base/limits.h"
#include "cli/clock.h"
#include "cli/plan_text.h"
#include "cli/wrap.h"

#define ZONE_FILE_TTL 3600 /* where neither the record nor the profile says one */

enum sp_style sp_report_text_style(enum sp_status status)
{
    switch (status) {
    case SP_STATUS_NONE:
        return SP_STYLE_PLAIN;
    case SP_STATUS_PENDING:
        return SP_STYLE_WAIT;
    case SP_STATUS_CONNECTED:
        return SP_STYLE_GOOD;
    case SP_STATUS_ERROR:
        return SP_STYLE_BAD;
    }
    return SP_STYLE_PLAIN;
}

static enum sp_style style_of_state(enum sp_state state)
{
    if (state == SP_STATE_LIVE)
        return SP_STYLE_GOOD;
    return state == SP_STATE_WRONG ? SP_STYLE_BAD : SP_STYLE_WAIT;
}

static const char *word_of_error(enum sp_err_kind kind)
{
    switch (kind) {
    case SP_ERR_REFUSED:
        return "Refused";
    case SP_ERR_CANCELLED:
        return "Interrupted";
    case SP_ERR_NONE:
    case SP_ERR_INTERNAL:
    case SP_ERR_USAGE:
    case SP_ERR_DNS:
    case SP_ERR_CREDENTIALS:
    case SP_ERR_PROVIDER:
    case SP_ERR_PLUGIN:
        return "Failed";
    }
    return "Failed";
}

/* Interrupted, a domain keeps what was found of it. */
static bool has_ended_by_error(const struct sp_result *result)
{
    return sp_err_is_set(&result->err) &&
           !(result->err.kind == SP_ERR_CANCELLED && result->has_verdict);
}

/* "Connected", "Failed"; "" for neither status nor error. */
static const char *badge_of(const struct sp_result *result)
{
    return has_ended_by_error(result) ? word_of_error(result->err.kind)
                                      : sp_status_badge(result->status);
}

static enum sp_style style_of(const struct sp_result *result)
{
    return has_ended_by_error(result) ? SP_STYLE_BAD : sp_report_text_style(result->status);
}

/* "  LABEL: TEXT" at the given depth; nothing when there is no text. */
static void put_note(struct sp_buf *out, const char *indent, const char *label, const char *text)
{
    if (!*text)
        return;
    sp_buf_printf(out, "%s%s", indent, label);
    sp_put_foreign(out, text);
    sp_buf_putc(out, '\n');
}

static void put_domain(struct sp_buf *out, const struct sp_name *domain,
                       const struct sp_text_config *config)
{
    struct sp_buf text = SP_BUF_INIT(SP_TEXT_MAX);
    sp_put_domain(&text, domain, config->has_unicode);
    sp_style_puts(out, config->has_color, SP_STYLE_BOLD, sp_buf_str(&text));
    sp_buf_fini(&text);
}

static bool is_same_finding(const struct sp_result_record *a, const struct sp_result_record *b)
{
    return a->diagnosis.code == b->diagnosis.code &&
           strcmp(a->diagnosis.message, b->diagnosis.message) == 0;
}

/* The record whose finding is the domain's, and read above the records: that of all of them, or
 * what is wrong though all of them are live. NULL: each finding is read below its record. */
static const struct sp_result_record *lead_of(const struct sp_result *result)
{
    const struct sp_message_parts *parts = &result->parts;
    if (!parts->finding_at || parts->worst >= result->records.n)
        return NULL;
    const struct sp_result_record *lead = &result->records.items[parts->worst];
    SP_ARRAY_FOREACH (&result->records, record)
        if (!result->is_records_live && !is_same_finding(record, lead))
            return NULL;
    return lead->diagnosis.code == SP_CODE_NONE ? NULL : lead;
}

static void put_finding(struct sp_buf *out, const char *indent,
                        const struct sp_result_record *record)
{
    sp_buf_printf(out, "%s%s: ", indent, sp_code_name(record->diagnosis.code));
    put_note(out, "", "", record->diagnosis.message);
    put_note(out, indent, "fix: ", record->diagnosis.fix);
}

/* The message up to its finding, which is read elsewhere. That the window is over is no part of
 * good news. */
static void put_count(struct sp_buf *out, const struct sp_result *result)
{
    const struct sp_message_parts *parts = &result->parts;
    struct sp_buf text = SP_BUF_INIT(SP_TEXT_MAX);
    size_t before = result->is_records_live ? parts->window_at : parts->count_at;
    sp_buf_printf(&text, "%.*s%.*s", (int)before, result->message,
                  (int)(parts->finding_at - parts->count_at), result->message + parts->count_at);
    put_note(out, "  ", "", sp_buf_str(&text));
    sp_buf_fini(&text);
}

/* Under "Error" the reason comes first. */
static void put_message(struct sp_buf *out, const struct sp_result *result, bool has_table,
                        const struct sp_result_record *lead)
{
    bool is_error = result->status == SP_STATUS_ERROR;
    bool is_kept = result->parts.worst >= result->records.n;
    if (!has_table || !result->parts.finding_at || (is_kept && !is_error)) {
        put_note(out, "  ", "", result->message);
        return;
    }
    if (lead && is_error)
        put_finding(out, "  ", lead);
    else if (is_kept && is_error)
        put_note(out, "  ", "", result->message + result->parts.finding_at + strlen("; "));
    put_count(out, result);
    if (lead && !is_error)
        put_finding(out, "  ", lead);
}

static void put_headline(struct sp_buf *out, const struct sp_result *result, bool has_table,
                         const struct sp_result_record *lead, const struct sp_text_config *config)
{
    put_domain(out, &result->domain, config);
    sp_buf_puts(out, "  ");
    if (*badge_of(result)) {
        sp_style_puts(out, config->has_color, style_of(result), badge_of(result));
    } else if (result->is_dry_run) {
        sp_buf_puts(out, sp_result_has_planned(result) ? "Dry run: changes to make"
                                                       : "Dry run: nothing to change");
    } else if (*result->message) {
        sp_put_foreign(out, result->message);
    } else {
        sp_buf_printf(out, "%zu record%s", result->records.n, result->records.n == 1 ? "" : "s");
    }
    sp_buf_putc(out, '\n');
    bool has_said_all = result->is_dry_run && !sp_result_has_planned(result);
    if (result->status != SP_STATUS_NONE || (result->is_dry_run && !has_said_all))
        put_message(out, result, has_table, lead);
}

/* ---- records -----------------------------------------------------------------------------------
 */

struct columns {
    int host, target;
    bool has_state, is_table;
};

static struct columns measure(const struct sp_result *result, unsigned width)
{
    struct columns columns = {.host = 4, .target = 9};
    SP_ARRAY_FOREACH (&result->records, record) {
        int host = (int)strlen(SP_NAME_STR(&record->record.host));
        int target = (int)strlen(SP_NAME_STR(&record->record.target));
        columns.host = host > columns.host ? host : columns.host;
        columns.target = target > columns.target ? target : columns.target;
        columns.has_state = columns.has_state || record->has_state;
    }
    unsigned needed = 2 + (unsigned)columns.host + 2 + (unsigned)columns.target +
                      (columns.has_state ? 2 + (unsigned)strlen("unreachable") : 0);
    columns.is_table = width == 0 || needed <= width;
    return columns;
}

static void put_state(struct sp_buf *out, const struct sp_result_record *record, bool has_color)
{
    if (record->has_state)
        sp_style_puts(out, has_color, style_of_state(record->state), sp_state_name(record->state));
    else
        sp_buf_puts(out, "-");
}

static void put_row(struct sp_buf *out, const struct sp_result_record *record,
                    const struct columns *columns, bool has_color)
{
    const char *host = SP_NAME_STR(&record->record.host);
    const char *target = SP_NAME_STR(&record->record.target);
    if (!columns->is_table) {
        sp_buf_printf(out, "\n  Host       %s\n  Points to  %s\n", host, target);
        if (!columns->has_state)
            return;
        sp_buf_puts(out, "  State      ");
    } else if (columns->has_state) {
        sp_buf_printf(out, "  %-*s  %-*s  ", columns->host, host, columns->target, target);
    } else {
        sp_buf_printf(out, "  %-*s  %s\n", columns->host, host, target);
        return;
    }
    put_state(out, record, has_color);
    sp_buf_putc(out, '\n');
}

static void put_servers(struct sp_buf *out, const struct sp_result_record *record, bool has_color)
{
    SP_ARRAY_FOREACH (&record->servers, server) {
        sp_buf_printf(out, "    %s %s  ", SP_NAME_STR(&server->name),
                      SP_ADDRESS_STR(&server->address));
        sp_style_puts(out, has_color, style_of_state(server->state), sp_state_name(server->state));
        sp_buf_putc(out, '\n');
    }
}

static bool is_said_above(const struct sp_result *result, const struct sp_result_record *record)
{
    for (const struct sp_result_record *other = result->records.items; other < record; other++)
        if (is_same_finding(other, record))
            return true;
    return false;
}

static void put_table(struct sp_buf *out, const struct sp_result *result,
                      const struct sp_result_record *lead, const struct sp_text_config *config)
{
    struct columns columns = measure(result, config->width);
    if (columns.is_table)
        sp_buf_printf(out, columns.has_state ? "  %-*s  %-*s  State\n" : "  %-*s  %.*s\n",
                      columns.host, "Host", columns.has_state ? columns.target : 9, "Points to");
    SP_ARRAY_FOREACH (&result->records, record) {
        put_row(out, record, &columns, config->has_color);
        if (config->is_verbose)
            put_servers(out, record, config->has_color);
        if (record->diagnosis.code == SP_CODE_NONE || (lead && is_same_finding(record, lead)))
            continue;
        if (is_said_above(result, record))
            sp_buf_printf(out, "    %s, as above\n", sp_code_name(record->diagnosis.code));
        else
            put_finding(out, "    ", record);
    }
}

void sp_report_text_table(struct sp_buf *out, const struct sp_result *result,
                          const struct sp_text_config *config)
{
    put_table(out, result, NULL, config);
}

/* ---- the rest ----------------------------------------------------------------------------------
 */

static void put_changes(struct sp_buf *out, const struct sp_result *result,
                        const struct sp_text_config *config)
{
    if (!result->changes.n)
        return;
    sp_buf_putc(out, '\n');
    if (result->is_dry_run || config->is_verbose || sp_plan_text_has_trouble(result)) {
        sp_plan_text_lines(out, result, config->has_color);
        sp_buf_putc(out, '\n');
    }
    sp_buf_puts(out, "  ");
    sp_plan_text_count(out, result);
    if (result->provider && *result->provider) {
        sp_buf_puts(out, ", via ");
        sp_put_foreign(out, result->provider);
        if (result->provider_reason && *result->provider_reason) {
            sp_buf_puts(out, " (");
            sp_put_foreign(out, result->provider_reason);
            sp_buf_putc(out, ')');
        }
    }
    sp_buf_putc(out, '\n');
    if (result->endpoint)
        put_note(out, "  ", "endpoint: ", result->endpoint);
}

/* An advisory finding is a warning of the report as well; below its record it was read already. */
static bool stands_on_record(const struct sp_result *result,
                             const struct sp_result_warning *warning)
{
    SP_ARRAY_FOREACH (&result->records, record) {
        if (record->diagnosis.code != SP_CODE_NONE &&
            strcmp(sp_code_name(record->diagnosis.code), warning->code) == 0 &&
            strcmp(record->diagnosis.message, warning->message) == 0)
            return true;
    }
    return false;
}

static void put_warnings(struct sp_buf *out, const struct sp_result *result, bool has_table,
                         bool has_color)
{
    bool is_first = true;
    SP_ARRAY_FOREACH (&result->warnings, warning) {
        if (has_table && stands_on_record(result, warning))
            continue;
        sp_buf_puts(out, is_first ? "\n" : "");
        is_first = false;
        sp_buf_puts(out, "  ");
        sp_style_puts(out, has_color, SP_STYLE_WAIT, "warning: ");
        sp_put_foreign(out, warning->message);
        sp_buf_putc(out, '\n');
        put_note(out, "    ", "fix: ", warning->fix);
    }
}

/* What comes next, and when: under the headline. */
static void put_course(struct sp_buf *out, const struct sp_result *result)
{
    const struct sp_course *course = &result->course;
    int64_t now_s = sp_wall_s();
    bool is_well = result->status == SP_STATUS_PENDING || result->status == SP_STATUS_CONNECTED;
    if (result->is_records_live) {
        put_note(out, "  ", "next: ", course->finish_text ? course->finish_text : "");
        put_note(out, "  ", course->finish_text ? "      " : "next: ",
                 course->finish_url ? course->finish_url : "");
    }
    if (!is_well || result->caches_until_s <= now_s)
        return;
    sp_buf_puts(out, "  caches may hold the old answer until ");
    sp_clock_put(out, result->caches_until_s, now_s);
    sp_buf_puts(out, ", as far as seen from here\n");
}

void sp_report_text(struct sp_buf *out, const struct sp_result *result,
                    const struct sp_text_config *config)
{
    bool has_failed = sp_err_is_set(&result->err) && !result->has_verdict;
    bool has_table = result->records.n && !has_failed && !(result->is_dry_run && result->changes.n);
    const struct sp_result_record *lead = has_table ? lead_of(result) : NULL;
    put_headline(out, result, has_table, lead, config);
    put_course(out, result);
    if (has_table) {
        sp_buf_putc(out, '\n');
        put_table(out, result, lead, config);
    }
    put_warnings(out, result, has_table, config->has_color);
    put_changes(out, result, config);
    if (config->is_verbose)
        sp_buf_printf(out, "\n  %u HTTP calls, %u DNS queries, %llu ms\n", result->http_calls,
                      result->dns_queries, (unsigned long long)result->elapsed_ms);
}

void sp_report_text_error(struct sp_buf *out, const struct sp_name *domain,
                          const struct sp_err *err, const struct sp_text_config *config)
{
    sp_style_puts(out, config->has_color, SP_STYLE_BAD, "signpost:");
    if (domain) {
        sp_buf_putc(out, ' ');
        sp_put_domain(out, domain, config->has_unicode);
        sp_buf_putc(out, ':');
    }
    put_note(out, " ", "", err->message);
    put_note(out, "  ", "fix: ", err->fix);
}

void sp_report_text_reason(struct sp_buf *out, const struct sp_result *result, unsigned width)
{
    const struct sp_message_parts *parts = &result->parts;
    if (sp_err_is_set(&result->err)) {
        sp_put_foreign(out, result->err.message);
    } else if (width && parts->finding_at) {
        if (parts->worst < result->records.n)
            sp_buf_printf(out,
                          "%s: ", sp_code_name(result->records.items[parts->worst].diagnosis.code));
        sp_put_foreign(out, result->message + parts->finding_at + strlen("; "));
    } else {
        sp_put_foreign(out, result->message);
    }
}

void sp_report_text_line(struct sp_buf *out, const struct sp_result *result, unsigned domain_width,
                         const struct sp_text_config *config)
{
    enum { BADGE_WIDTH = sizeof("Pending validation") - 1, MESSAGE_LEAST = 10 };
    struct sp_buf domain = SP_BUF_INIT(SP_TEXT_MAX), message = SP_BUF_INIT(SP_OUTPUT_MAX);
    const char *badge = badge_of(result);
    unsigned used = domain_width + 2 + BADGE_WIDTH + 2;
    sp_put_domain(&domain, &result->domain, config->has_unicode);
    unsigned columns = sp_wrap_columns(sp_buf_str(&domain));
    sp_buf_printf(out, "%s%*s  ", sp_buf_str(&domain),
                  (int)(columns < domain_width ? domain_width - columns : 0), "");
    sp_style_puts(out, config->has_color, style_of(result), badge);
    sp_buf_printf(out, "%*s", (int)(BADGE_WIDTH + 2 - sp_wrap_columns(badge)), "");
    sp_report_text_reason(&message, result, config->width);
    if (config->width == 0)
        sp_buf_puts(out, sp_buf_str(&message));
    else
        sp_wrap_cut(out, sp_buf_str(&message),
                    config->width > used + MESSAGE_LEAST ? config->width - used : MESSAGE_LEAST);
    sp_buf_putc(out, '\n');
    sp_buf_fini(&domain);
    sp_buf_fini(&message);
}

void sp_report_text_zone(struct sp_buf *out, const struct sp_result *result)
{
    sp_buf_printf(out, "; %s: %zu record%s\n", SP_NAME_STR(&result->domain), result->records.n,
                  result->records.n == 1 ? "" : "s");
    SP_ARRAY_FOREACH (&result->records, record) {
        sp_buf_printf(out, "%s. %u IN CNAME %s.", SP_NAME_STR(&record->record.host),
                      record->record.ttl ? record->record.ttl : ZONE_FILE_TTL,
                      SP_NAME_STR(&record->record.target));
        if (record->has_state)
            sp_buf_printf(out, " ; %s", sp_state_name(record->state));
        sp_buf_putc(out, '\n');
    }
}
