#include "publish/result.h"

#include <stdarg.h>
#include <time.h>

#include "base/text.h"

const char *sp_outcome_name(enum sp_outcome outcome)
{
    static const char *const names[] = {
        [SP_OUTCOME_PLANNED] = "planned",     [SP_OUTCOME_APPLIED] = "applied",
        [SP_OUTCOME_UNCHANGED] = "unchanged", [SP_OUTCOME_REFUSED] = "refused",
        [SP_OUTCOME_FAILED] = "failed",       [SP_OUTCOME_ROLLED_BACK] = "rolled-back",
        [SP_OUTCOME_UNKNOWN] = "unknown",
    };
    return names[outcome];
}

const char *sp_action_name(enum sp_action action)
{
    static const char *const names[] = {
        [SP_ACTION_CREATE] = "create",
        [SP_ACTION_UPDATE] = "update",
        [SP_ACTION_DELETE] = "delete",
        [SP_ACTION_KEEP] = "keep",
    };
    return names[action];
}

void sp_result_init(struct sp_result *result, const struct sp_record_set *set)
{
    *result = (struct sp_result){.domain = set->domain, .course = sp_course_dup(&set->course)};
    sp_array_reserve(&result->records, set->records.n);
    SP_ARRAY_FOREACH (&set->records, record)
        sp_array_push(&result->records)->record = *record;
}

void sp_result_fini(struct sp_result *result)
{
    SP_ARRAY_FOREACH (&result->changes, change) {
        free(change->provider);
        free(change->sent_host);
        free(change->from);
        free(change->to);
    }
    SP_ARRAY_FOREACH (&result->records, record) {
        free(record->provider);
        sp_array_free(&record->servers);
    }
    sp_array_free(&result->changes);
    sp_array_free(&result->records);
    sp_array_free(&result->warnings);
    free(result->provider);
    free(result->provider_reason);
    free(result->endpoint);
    sp_course_fini(&result->course);
    sp_why_fini(&result->why);
    *result = (struct sp_result){0};
}

/* ---- verdicts -----------------------------------------------------------------------------------
 */

static struct sp_result_record *find_record(struct sp_result *result,
                                            const struct sp_record *record)
{
    SP_ARRAY_FOREACH (&result->records, candidate) {
        if (sp_name_equal(&candidate->record.host, &record->host) &&
            sp_name_equal(&candidate->record.target, &record->target))
            return candidate;
    }
    return NULL;
}

static void take_record(struct sp_result_record *record,
                        const struct sp_record_observation *observed,
                        const struct sp_record_verdict *verdict)
{
    record->has_state = true;
    record->state = verdict->state;
    record->diagnosis = verdict->diagnosis;
    record->servers.n = 0;
    for (size_t i = 0; i < observed->seen.n && i < verdict->servers.n; i++)
        *sp_array_push(&record->servers) =
            (struct sp_result_server){.name = *observed->seen.items[i].server,
                                      .address = observed->seen.items[i].address,
                                      .state = verdict->servers.items[i]};
    if (!sp_name_is_set(&record->zone) && observed->delegation &&
        observed->delegation->state == SP_DELEGATION_FOUND)
        record->zone = observed->delegation->zone;
}

static void drop_verdict_warnings(struct sp_result *result)
{
    size_t n = 0;
    SP_ARRAY_FOREACH (&result->warnings, warning) {
        if (!warning->is_from_verdict)
            result->warnings.items[n++] = *warning;
    }
    result->warnings.n = n;
}

/* A set that was connected since it was published last, and is no more, is said to be that. */
static void put_message(struct sp_result *result, const char *message)
{
    struct sp_message_parts *parts = &result->parts;
    time_t at_s = (time_t)result->connected_at_s;
    struct tm tm;
    char at[32];
    bool has_lapsed = result->status != SP_STATUS_CONNECTED &&
                      result->connected_at_s > result->published_at_s && gmtime_r(&at_s, &tm);
    if (!has_lapsed) {
        sp_copy_text(result->message, sizeof(result->message), message);
        return;
    }
    strftime(at, sizeof(at), "%Y-%m-%d %H:%M UTC", &tm);
    char *text = sp_asprintf("was connected until %s; %s", at, message);
    size_t n_before = strlen(text) - strlen(message);
    sp_copy_text(result->message, sizeof(result->message), text);
    parts->window_at += n_before;
    parts->count_at += n_before;
    parts->finding_at += parts->finding_at ? n_before : 0;
    free(text);
}

void sp_result_set_verdict(struct sp_result *result, const struct sp_observation *observation,
                           const struct sp_verdict *verdict)
{
    result->status = verdict->status;
    result->has_verdict = true;
    result->is_records_live = verdict->is_records_live;
    result->is_key_live = verdict->is_key_live;
    result->checked_at_s = observation->at_s;
    result->caches_until_s = verdict->caches_until_s;
    result->parts = verdict->parts;
    put_message(result, verdict->message);
    for (size_t i = 0; i < observation->records.n && i < verdict->records.n; i++) {
        struct sp_result_record *record =
            find_record(result, &observation->records.items[i].record);
        if (record)
            take_record(record, &observation->records.items[i], &verdict->records.items[i]);
        if (record && i == verdict->parts.worst)
            result->parts.worst = (size_t)(record - result->records.items);
    }
    drop_verdict_warnings(result);
    SP_ARRAY_FOREACH (&verdict->warnings, diagnosis) {
        size_t n = result->warnings.n;
        sp_result_warn(result, sp_code_name(diagnosis->code), diagnosis->fix, "%s",
                       diagnosis->message);
        if (result->warnings.n > n)
            result->warnings.items[n].is_from_verdict = true;
    }
    if (!sp_name_is_set(&result->zone) && result->records.n)
        result->zone = result->records.items[0].zone;
    sp_why_fini(&result->why);
    if (result->wants_why)
        sp_why_tell(observation, verdict, &result->why);
}

/* The length of TEXT's beginning from BEGIN to END, or 0. */
static size_t part_len(const char *text, const char *begin, const char *end)
{
    const char *found = strncmp(text, begin, strlen(begin)) == 0 ? strstr(text, end) : NULL;
    return found ? (size_t)(found - text) + strlen(end) : 0;
}

void sp_result_set_kept(struct sp_result *result, const char *message)
{
    struct sp_message_parts *parts = &result->parts;
    sp_copy_text(result->message, sizeof(result->message), message);
    parts->window_at = part_len(result->message, "was connected until ", "; ");
    parts->count_at =
        parts->window_at + part_len(result->message + parts->window_at, "after ", ", ");
    const char *finding = strstr(result->message + parts->count_at, "; ");
    parts->finding_at = finding ? (size_t)(finding - result->message) : 0;
    parts->worst = result->records.n;
}

void sp_result_share_provider(struct sp_result *result)
{
    bool is_known = result->provider && sp_name_is_set(&result->zone);
    SP_ARRAY_FOREACH (&result->records, record) {
        if (is_known && !record->provider && sp_name_equal(&record->zone, &result->zone))
            record->provider = sp_strdup(result->provider);
    }
}

void sp_result_warn(struct sp_result *result, const char *code, const char *fix, const char *format,
                    ...)
{
    struct sp_result_warning warning = {0};
    va_list args;
    va_start(args, format);
    vsnprintf(warning.message, sizeof(warning.message), format, args);
    va_end(args);
    sp_copy_text(warning.code, sizeof(warning.code), code);
    sp_copy_text(warning.fix, sizeof(warning.fix), fix);
    SP_ARRAY_FOREACH (&result->warnings, known) {
        if (strcmp(known->code, warning.code) == 0 && strcmp(known->message, warning.message) == 0)
            return;
    }
    *sp_array_push(&result->warnings) = warning;
}

/* ---- exit codes ---------------------------------------------------------------------------------
 */

bool sp_result_has_planned(const struct sp_result *result)
{
    SP_ARRAY_FOREACH (&result->changes, change) {
        if (change->outcome == SP_OUTCOME_PLANNED)
            return true;
    }
    return false;
}

static int code_of_status(enum sp_status status)
{
    return status == SP_STATUS_PENDING ? 3 : status == SP_STATUS_ERROR ? 4 : 0;
}

int sp_result_exit_code(const struct sp_result *result, bool is_detailed)
{
    switch (result->err.kind) {
    case SP_ERR_INTERNAL:
        return 1;
    case SP_ERR_USAGE:
        return 2;
    case SP_ERR_DNS: /* without a verdict: nothing was found out, so that it may still come right */
        return result->status == SP_STATUS_ERROR ? 4 : 3;
    case SP_ERR_REFUSED:
        return 5;
    case SP_ERR_CREDENTIALS:
        return 6;
    case SP_ERR_PROVIDER:
        return 7;
    case SP_ERR_PLUGIN:
        return 8;
    case SP_ERR_CANCELLED:
        return 130;
    case SP_ERR_NONE:
        break;
    }
    if (result->is_dry_run)
        return is_detailed && sp_result_has_planned(result) ? 9 : 0;
    return code_of_status(result->status);
}

int sp_exit_code_worst(int a, int b)
{
    static const int order[] = {130, 1, 2, 8, 6, 7, 5, 4, 3, 9, 0};
    for (size_t i = 0; i < SP_ARRAY_LEN(order); i++)
        if (a == order[i] || b == order[i])
            return order[i];
    return 1;
}
