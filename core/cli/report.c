#include "cli/report.h"

#include "cli/clock.h"
#include "cli/history.h"

static json_t *text(const char *value)
{
    return sp_json_text(value, strlen(value));
}

static json_t *text_unless_empty(const char *value)
{
    return sp_json_text_or_null(value && *value ? value : NULL);
}

static json_t *name(const struct sp_name *value)
{
    return sp_name_is_set(value) ? text(SP_NAME_STR(value)) : json_null();
}

/* A state, or null: 0 of `diagnosis` and `has_` members mean that nobody looked. */
static json_t *known_bool(bool is_known, bool value)
{
    return is_known ? json_boolean(value) : json_null();
}

static json_t *change_to_json(const struct sp_result_change *change)
{
    json_t *json = json_object();
    json_object_set_new(json, "action", text(sp_action_name(change->action)));
    json_object_set_new(json, "type", text(change->type));
    json_object_set_new(json, "host", name(&change->host));
    json_object_set_new(json, "zone", name(&change->zone));
    json_object_set_new(json, "provider", sp_json_text_or_null(change->provider));
    json_object_set_new(json, "sent_host", sp_json_text_or_null(change->sent_host));
    json_object_set_new(json, "from", sp_json_text_or_null(change->from));
    json_object_set_new(json, "to", sp_json_text_or_null(change->to));
    json_object_set_new(json, "ttl", change->ttl ? json_integer(change->ttl) : json_null());
    json_object_set_new(json, "outcome", text(sp_outcome_name(change->outcome)));
    return json;
}

static json_t *diagnosis_to_json(const struct sp_diagnosis *diagnosis)
{
    if (diagnosis->code == SP_CODE_NONE)
        return json_null();
    json_t *json = json_object();
    json_object_set_new(json, "code", text(sp_code_name(diagnosis->code)));
    json_object_set_new(json, "severity", text(diagnosis->is_blocking ? "blocking" : "advisory"));
    json_object_set_new(json, "message", text(diagnosis->message));
    json_object_set_new(json, "fix", text(diagnosis->fix));
    return json;
}

static json_t *servers_to_json(const struct sp_result_record *record)
{
    json_t *servers = json_array();
    SP_ARRAY_FOREACH (&record->servers, server) {
        json_t *json = json_object();
        json_object_set_new(json, "name", name(&server->name));
        json_object_set_new(json, "address", text(SP_ADDRESS_STR(&server->address)));
        json_object_set_new(json, "state", text(sp_state_name(server->state)));
        json_array_append_new(servers, json);
    }
    return servers;
}

static json_t *record_to_json(const struct sp_result_record *record)
{
    json_t *json = json_object();
    json_object_set_new(json, "type", text(record->record.type));
    json_object_set_new(json, "host", name(&record->record.host));
    json_object_set_new(json, "points_to", name(&record->record.target));
    json_object_set_new(json, "leg", text(sp_leg_name(record->record.leg)));
    json_object_set_new(json, "zone", name(&record->zone));
    json_object_set_new(json, "provider", text_unless_empty(record->provider));
    json_object_set_new(json, "state",
                        record->has_state ? text(sp_state_name(record->state)) : json_null());
    json_object_set_new(json, "diagnosis",
                        record->has_state ? diagnosis_to_json(&record->diagnosis) : json_null());
    json_object_set_new(json, "servers", servers_to_json(record));
    return json;
}

static void add_warning(json_t *warnings, const char *code, const char *message, const char *fix)
{
    json_t *json = json_object();
    json_object_set_new(json, "code", text(code));
    json_object_set_new(json, "message", text(message));
    json_object_set_new(json, "fix", text(fix));
    json_array_append_new(warnings, json);
}

static bool is_reported(enum sp_err_kind kind)
{
    return kind == SP_ERR_CREDENTIALS || kind == SP_ERR_PROVIDER || kind == SP_ERR_PLUGIN ||
           kind == SP_ERR_REFUSED || kind == SP_ERR_DNS;
}

static json_t *warnings_to_json(const struct sp_result *result)
{
    json_t *warnings = json_array();
    SP_ARRAY_FOREACH (&result->warnings, warning) {
        add_warning(warnings, warning->code, warning->message, warning->fix);
    }
    if (sp_err_is_set(&result->err) && !is_reported(result->err.kind))
        add_warning(warnings, result->err.code, result->err.message, result->err.fix);
    return warnings;
}

static json_t *error_to_json(const struct sp_err *err)
{
    if (!is_reported(err->kind))
        return json_null();
    json_t *json = json_object();
    json_object_set_new(json, "kind", text(sp_err_kind_name(err->kind)));
    json_object_set_new(json, "code", text(err->code));
    json_object_set_new(json, "message", text(err->message));
    json_object_set_new(json, "fix", text(err->fix));
    return json;
}

/* What lies behind and ahead: members that are there only when there is something to say. */
json_t *sp_report_domain(const struct sp_result *result)
{
    json_t *json = json_object(), *changes = json_array(), *records = json_array();
    SP_ARRAY_FOREACH (&result->changes, change) {
        json_array_append_new(changes, change_to_json(change));
    }
    SP_ARRAY_FOREACH (&result->records, record) {
        json_array_append_new(records, record_to_json(record));
    }
    json_object_set_new(json, "domain", name(&result->domain));
    json_object_set_new(json, "zone", name(&result->zone));
    json_object_set_new(json, "provider", text_unless_empty(result->provider));
    json_object_set_new(json, "status",
                        result->status == SP_STATUS_NONE ? json_null()
                                                         : text(sp_status_name(result->status)));
    json_object_set_new(json, "message", text_unless_empty(result->message));
    json_object_set_new(json, "records_live",
                        known_bool(result->has_verdict, result->is_records_live));
    json_object_set_new(json, "key_live", known_bool(result->has_verdict, result->is_key_live));
    json_object_set_new(json, "changes", changes);
    json_object_set_new(json, "records", records);
    json_object_set_new(json, "warnings", warnings_to_json(result));
    json_object_set_new(json, "error", error_to_json(&result->err));
    if (result->history)
        json_object_set_new(json, "history",
                            sp_history_to_json(result->history, result->caches_until_s));
    json_object_set_new(json, "http_calls", json_integer(result->http_calls));
    json_object_set_new(json, "dns_queries", json_integer(result->dns_queries));
    json_object_set_new(json, "elapsed_ms", json_integer((json_int_t)result->elapsed_ms));
    return json;
}

json_t *sp_report_document(json_t *domains, const struct sp_report_totals *totals)
{
    json_t *json = json_object(), *sums = json_object();
    json_object_set_new(sums, "http_calls", json_integer(totals->http_calls));
    json_object_set_new(sums, "dns_queries", json_integer(totals->dns_queries));
    json_object_set_new(sums, "elapsed_ms", json_integer((json_int_t)totals->elapsed_ms));
    json_object_set_new(json, "signpost", json_integer(1));
    json_object_set_new(json, "domains", domains);
    json_object_set_new(json, "totals", sums);
    json_object_set_new(json, "exit_code", json_integer(totals->exit_code));
    return json;
}
