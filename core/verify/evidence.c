#include "verify/evidence.h"

struct sp_evidence *sp_evidence_new(const char *version)
{
    struct sp_evidence *evidence = sp_new(struct sp_evidence);
    evidence->book = sp_dns_book_new();
    evidence->version = sp_strdup(version);
    return evidence;
}

static void case_fini(struct sp_evidence_case *item)
{
    sp_record_set_fini(&item->set);
    free((void *)(uintptr_t)item->context.provider_label);
    free((void *)(uintptr_t)item->context.superseded);
    free((void *)(uintptr_t)item->context.written);
    free(item->provider);
    json_decref(item->verdict);
    *item = (struct sp_evidence_case){0};
}

void sp_evidence_free(struct sp_evidence *evidence)
{
    if (!evidence)
        return;
    SP_ARRAY_FOREACH (&evidence->cases, item) {
        case_fini(*item);
        free(*item);
    }
    sp_array_free(&evidence->cases);
    sp_dns_book_free(evidence->book);
    free(evidence->version);
    free(evidence);
}

static struct sp_evidence_case *case_of(struct sp_evidence *evidence, const struct sp_name *domain)
{
    SP_ARRAY_FOREACH (&evidence->cases, item)
        if (sp_name_equal(&(*item)->set.domain, domain))
            return *item;
    return *sp_array_push(&evidence->cases) = sp_new(struct sp_evidence_case);
}

static json_t *code_to_json(const struct sp_diagnosis *diagnosis)
{
    return diagnosis->code == SP_CODE_NONE ? json_null()
                                           : json_string(sp_code_name(diagnosis->code));
}

static json_t *verdict_to_json(const struct sp_verdict *verdict)
{
    json_t *json = json_object(), *records = json_array(), *warnings = json_array();
    SP_ARRAY_FOREACH (&verdict->records, record) {
        json_t *item = json_object();
        json_object_set_new(item, "state", json_string(sp_state_name(record->state)));
        json_object_set_new(item, "diagnosis", code_to_json(&record->diagnosis));
        json_array_append_new(records, item);
    }
    SP_ARRAY_FOREACH (&verdict->warnings, warning)
        json_array_append_new(warnings, code_to_json(warning));
    json_object_set_new(json, "status", json_string(sp_status_name(verdict->status)));
    json_object_set_new(json, "message", sp_json_text(verdict->message, strlen(verdict->message)));
    json_object_set_new(json, "records_live", json_boolean(verdict->is_records_live));
    json_object_set_new(json, "key_live", json_boolean(verdict->is_key_live));
    json_object_set_new(json, "records", records);
    json_object_set_new(json, "warnings", warnings);
    return json;
}

void sp_evidence_note(struct sp_evidence *evidence, const struct sp_observation *observation,
                      const struct sp_verdict_context *context, const char *provider,
                      const struct sp_verdict *verdict)
{
    struct sp_evidence_case *item = case_of(evidence, &observation->domain);
    case_fini(item);
    item->set.domain = observation->domain;
    SP_ARRAY_FOREACH (&observation->records, record)
        *sp_array_push(&item->set.records) = record->record;
    item->context = *context;
    item->context.provider_label = sp_strdup(context->provider_label);
    item->context.superseded =
        sp_memdup(context->superseded, context->n_superseded * sizeof(*context->superseded));
    item->context.written =
        sp_memdup(context->written, context->n_written * sizeof(*context->written));
    item->provider = sp_strdup(provider);
    item->at_ms = sp_wall_ms();
    item->verdict = verdict_to_json(verdict);
}

/* "live", "true", "null": a value in one word. */
static const char *word_of(const json_t *value)
{
    return json_is_string(value)  ? json_string_value(value)
           : json_is_true(value)  ? "true"
           : json_is_false(value) ? "false"
                                  : "none";
}

static void compare_member(const json_t *then, const json_t *now, const char *key,
                           const char *where, struct sp_buf *out)
{
    const char *a = word_of(json_object_get(then, key)), *b = word_of(json_object_get(now, key));
    if (strcmp(a, b) == 0)
        return;
    sp_buf_printf(out, "%s%s%s was %s and is %s", out->len ? "; " : "", where, key, a, b);
}

static bool has_word(const json_t *list, const char *word)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(word_of(json_array_get(list, i)), word) == 0)
            return true;
    return false;
}

/* Says which of LIST's words OTHER lacks. */
static void compare_lists(const json_t *list, const json_t *other, const char *what,
                          struct sp_buf *out)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *word = word_of(json_array_get(list, i));
        if (!has_word(other, word))
            sp_buf_printf(out, "%sthe warning %s %s", out->len ? "; " : "", word, what);
    }
}

void sp_evidence_compare(const struct sp_evidence_case *item, const struct sp_verdict *verdict,
                         struct sp_buf *out)
{
    static const char *const members[] = {"status", "records_live", "key_live"};
    const json_t *then = item->verdict, *records = json_object_get(then, "records");
    json_t *now = verdict_to_json(verdict), *records_now = json_object_get(now, "records");
    for (size_t i = 0; i < SP_ARRAY_LEN(members); i++)
        compare_member(then, now, members[i], "", out);
    for (size_t i = 0; i < item->set.records.n; i++) {
        const json_t *a = json_array_get(records, i), *b = json_array_get(records_now, i);
        char *where = sp_asprintf("%s: ", SP_NAME_STR(&item->set.records.items[i].host));
        compare_member(a, b, "state", where, out);
        compare_member(a, b, "diagnosis", where, out);
        free(where);
    }
    const json_t *a = json_object_get(then, "warnings"), *b = json_object_get(now, "warnings");
    compare_lists(a, b, "is gone", out);
    compare_lists(b, a, "is new", out);
    json_decref(now);
}
