#include "plugin/wire.h"

#include "base/limits.h"

static const struct {
    int code;
    const char *name;
} codes[] = {
    {SIGNPOST_AUTH, "auth"},
    {SIGNPOST_FORBIDDEN_BY_PLAN, "forbidden-by-plan"},
    {SIGNPOST_ZONE_NOT_FOUND, "zone-not-found"},
    {SIGNPOST_CONFLICT, "conflict"},
    {SIGNPOST_RATE_LIMITED, "rate-limited"},
    {SIGNPOST_TRANSIENT, "transient"},
    {SIGNPOST_BAD_REPLY, "bad-reply"},
    {SIGNPOST_UNSUPPORTED, "unsupported"},
    {SIGNPOST_AMBIGUOUS, "ambiguous"},
    {SIGNPOST_QUOTA_EXCEEDED, "quota-exceeded"},
};

const char *sp_wire_code_name(int code)
{
    for (size_t i = 0; i < SP_ARRAY_LEN(codes); i++) {
        if (codes[i].code == code)
            return codes[i].name;
    }
    return "bad-reply";
}

int sp_wire_code_parse(const char *word)
{
    for (size_t i = 0; i < SP_ARRAY_LEN(codes); i++) {
        if (strcmp(codes[i].name, word) == 0)
            return codes[i].code;
    }
    return SIGNPOST_OK;
}

const char *sp_wire_type(json_t *json)
{
    const char *type = json_string_value(json_object_get(json, "type"));
    return type ? type : "";
}

/* ---- pieces ---- */

static void set_text(json_t *object, const char *key, const char *text)
{
    json_object_set_new(object, key, sp_json_text_or_null(text));
}

static void set_u32(json_t *object, const char *key, uint32_t value)
{
    json_object_set_new(object, key, json_integer(value));
}

static json_t *new_frame(const char *type)
{
    json_t *json = json_object();
    set_text(json, "type", type);
    return json;
}

static char *read_text(const struct sp_json_reader *object, const char *key, size_t max)
{
    struct sp_json_reader member = sp_json_member(object, key);
    return sp_strdup(sp_json_string(&member, max));
}

static char *read_text_or_null(const struct sp_json_reader *object, const char *key, size_t max)
{
    struct sp_json_reader member = sp_json_optional(object, key);
    const char *text = sp_json_string(&member, max);
    return sp_json_is_present(&member) ? sp_strdup(text) : NULL;
}

static uint32_t read_u32(const struct sp_json_reader *object, const char *key, uint32_t max)
{
    struct sp_json_reader member = sp_json_member(object, key);
    return (uint32_t)sp_json_integer(&member, 0, max);
}

static void read_strings(const struct sp_json_reader *array, size_t max, sp_strings *ret)
{
    size_t n = sp_json_length(array, max);
    for (size_t i = 0; i < n; i++) {
        struct sp_json_reader item = sp_json_item(array, i);
        if (!sp_json_is_present(&item))
            sp_json_fail(&item, "expected a string");
        sp_strings_add(ret, sp_json_string(&item, SP_TEXT_MAX));
    }
}

static void read_pairs(const struct sp_json_reader *object, const char *key, sp_pairs *ret)
{
    struct sp_json_reader array = sp_json_member(object, key);
    size_t n = sp_json_length(&array, SP_HTTP_HEADERS_MAX);
    for (size_t i = 0; i < n; i++) {
        struct sp_json_reader pair = sp_json_item(&array, i);
        struct sp_json_reader name = sp_json_item(&pair, 0), value = sp_json_item(&pair, 1);
        if (sp_json_length(&pair, 2) != 2 || !sp_json_is_present(&name) ||
            !sp_json_is_present(&value))
            sp_json_fail(&pair, "expected [name, value]");
        sp_pairs_add(ret, sp_json_string(&name, SP_TEXT_MAX),
                     sp_json_string(&value, SP_HTTP_HEADER_MAX));
    }
}

/* The first member of every frame. */
static void check_type(const struct sp_json_reader *top, const char *type)
{
    struct sp_json_reader member = sp_json_member(top, "type");
    if (strcmp(sp_json_string(&member, SP_TEXT_MAX), type) != 0)
        sp_json_fail(&member, "expected \"%s\"", type);
}

/* Hands a reading's error on as the fence's own. */
static int conclude(const struct sp_err *why, struct sp_err *err)
{
    if (!sp_err_is_set(why))
        return 0;
    return sp_err_set(err, SP_ERR_PLUGIN, "bad-frame", "%s", why->message);
}

/* ---- zone ---- */

json_t *sp_wire_zone_to_json(const struct sp_wire_zone *zone)
{
    json_t *json = json_object();
    set_text(json, "id", zone->id);
    set_text(json, "name", zone->name);
    set_text(json, "note", zone->note);
    set_u32(json, "flags", zone->flags);
    json_object_set_new(json, "name_servers", sp_strings_to_json(&zone->name_servers));
    return json;
}

static void read_zone(const struct sp_json_reader *object, struct sp_wire_zone *ret)
{
    static const char *const keys[] = {"id", "name", "note", "flags", "name_servers", NULL};
    sp_json_only(object, keys);
    ret->id = read_text_or_null(object, "id", SP_TEXT_MAX);
    ret->name = read_text(object, "name", SP_TEXT_MAX);
    ret->note = read_text_or_null(object, "note", SP_TEXT_MAX);
    ret->flags = read_u32(object, "flags", SP_WIRE_ZONE_FLAGS);
    struct sp_json_reader servers = sp_json_member(object, "name_servers");
    read_strings(&servers, SP_PLUGIN_LIST_MAX, &ret->name_servers);
}

int sp_wire_zone_from_json(json_t *json, struct sp_wire_zone *ret, struct sp_err *err)
{
    struct sp_err why = SP_ERR_INIT;
    struct sp_json_reader top = sp_json_reader_of(json, "zone", &why);
    *ret = (struct sp_wire_zone){.id = NULL};
    read_zone(&top, ret);
    if (sp_err_is_set(&why))
        sp_wire_zone_fini(ret);
    return conclude(&why, err);
}

void sp_wire_zone_fini(struct sp_wire_zone *zone)
{
    free(zone->id);
    free(zone->name);
    free(zone->note);
    sp_strings_free(&zone->name_servers);
    *zone = (struct sp_wire_zone){.id = NULL};
}

/* ---- record ---- */

json_t *sp_wire_record_to_json(const struct sp_wire_record *record)
{
    json_t *json = json_object();
    set_text(json, "type", record->type);
    set_text(json, "host", record->host);
    set_text(json, "value", record->value);
    set_text(json, "id", record->id);
    set_text(json, "note", record->note);
    set_u32(json, "ttl", record->ttl);
    set_u32(json, "flags", record->flags);
    return json;
}

static void read_record(const struct sp_json_reader *object, struct sp_wire_record *ret)
{
    static const char *const keys[] = {"type", "host", "value", "id", "note", "ttl", "flags", NULL};
    sp_json_only(object, keys);
    ret->type = read_text(object, "type", SP_TEXT_MAX);
    ret->host = read_text(object, "host", SP_TEXT_MAX);
    ret->value = read_text(object, "value", SP_PLUGIN_VALUE_MAX);
    ret->id = read_text_or_null(object, "id", SP_TEXT_MAX);
    ret->note = read_text_or_null(object, "note", SP_TEXT_MAX);
    ret->ttl = read_u32(object, "ttl", UINT32_MAX);
    ret->flags = read_u32(object, "flags", SIGNPOST_RECORD_FOREIGN | SIGNPOST_RECORD_DISABLED);
}

int sp_wire_record_from_json(json_t *json, struct sp_wire_record *ret, struct sp_err *err)
{
    struct sp_err why = SP_ERR_INIT;
    struct sp_json_reader top = sp_json_reader_of(json, "record", &why);
    *ret = (struct sp_wire_record){.type = NULL};
    read_record(&top, ret);
    if (sp_err_is_set(&why))
        sp_wire_record_fini(ret);
    return conclude(&why, err);
}

void sp_wire_record_fini(struct sp_wire_record *record)
{
    free(record->type);
    free(record->host);
    free(record->value);
    free(record->id);
    free(record->note);
    *record = (struct sp_wire_record){.type = NULL};
}

/* ---- request ---- */

json_t *sp_wire_request_to_json(const struct sp_wire_request *request)
{
    json_t *json = new_frame("http");
    set_u32(json, "origin", request->origin);
    set_text(json, "method", request->method);
    json_object_set_new(json, "path", sp_strings_to_json(&request->path));
    json_object_set_new(json, "query", sp_pairs_to_json(&request->query));
    json_object_set_new(json, "headers", sp_pairs_to_json(&request->headers));
    return json;
}

int sp_wire_request_from_json(json_t *json, struct sp_wire_request *ret, struct sp_err *err)
{
    static const char *const keys[] = {"type",  "origin",  "method", "path",
                                       "query", "headers", NULL};
    struct sp_err why = SP_ERR_INIT;
    struct sp_json_reader top = sp_json_reader_of(json, "http", &why);
    *ret = (struct sp_wire_request){.method = NULL};
    sp_json_only(&top, keys);
    check_type(&top, "http");
    ret->origin = read_u32(&top, "origin", UINT32_MAX);
    ret->method = read_text(&top, "method", SP_TEXT_MAX);
    struct sp_json_reader path = sp_json_member(&top, "path");
    read_strings(&path, SP_PLUGIN_LIST_MAX, &ret->path);
    read_pairs(&top, "query", &ret->query);
    read_pairs(&top, "headers", &ret->headers);
    if (sp_err_is_set(&why))
        sp_wire_request_fini(ret);
    return conclude(&why, err);
}

void sp_wire_request_fini(struct sp_wire_request *request)
{
    free(request->method);
    sp_strings_free(&request->path);
    sp_pairs_free(&request->query);
    sp_pairs_free(&request->headers);
    free(request->body);
    *request = (struct sp_wire_request){.method = NULL};
}

/* ---- answer ---- */

json_t *sp_wire_answer_to_json(const struct sp_wire_answer *answer)
{
    json_t *json = new_frame("answer");
    if (answer->code == SIGNPOST_OK) {
        json_object_set_new(json, "status", json_integer(answer->status));
        json_object_set_new(json, "headers", sp_pairs_to_json(&answer->headers));
    } else {
        set_text(json, "code", sp_wire_code_name(answer->code));
        set_text(json, "message", answer->message ? answer->message : "");
    }
    return json;
}

static void read_answer(const struct sp_json_reader *top, struct sp_wire_answer *ret)
{
    static const char *const answer_keys[] = {"type", "status", "headers", NULL};
    static const char *const failure_keys[] = {"type", "code", "message", NULL};
    struct sp_json_reader code = sp_json_optional(top, "code");
    check_type(top, "answer");
    if (sp_json_is_present(&code)) {
        sp_json_only(top, failure_keys);
        ret->code = sp_wire_code_parse(sp_json_string(&code, SP_TEXT_MAX));
        if (ret->code == SIGNPOST_OK)
            sp_json_fail(&code, "is not a code");
        ret->message = read_text(top, "message", SP_TEXT_MAX);
    } else {
        sp_json_only(top, answer_keys);
        struct sp_json_reader status = sp_json_member(top, "status");
        ret->status = (int)sp_json_integer(&status, 100, 599);
        read_pairs(top, "headers", &ret->headers);
    }
}

int sp_wire_answer_from_json(json_t *json, struct sp_wire_answer *ret, struct sp_err *err)
{
    struct sp_err why = SP_ERR_INIT;
    struct sp_json_reader top = sp_json_reader_of(json, "answer", &why);
    *ret = (struct sp_wire_answer){.message = NULL};
    read_answer(&top, ret);
    if (sp_err_is_set(&why))
        sp_wire_answer_fini(ret);
    return conclude(&why, err);
}

void sp_wire_answer_fini(struct sp_wire_answer *answer)
{
    free(answer->message);
    sp_pairs_free(&answer->headers);
    *answer = (struct sp_wire_answer){.message = NULL};
}

/* ---- fail ---- */

json_t *sp_wire_fail_to_json(const struct sp_wire_fail *fail)
{
    json_t *json = new_frame("fail");
    set_text(json, "code", fail->code);
    set_text(json, "message", fail->message);
    set_u32(json, "retry_after", fail->retry_after_s);
    return json;
}

int sp_wire_fail_from_json(json_t *json, struct sp_wire_fail *ret, struct sp_err *err)
{
    static const char *const keys[] = {"type", "code", "message", "retry_after", NULL};
    struct sp_err why = SP_ERR_INIT;
    struct sp_json_reader top = sp_json_reader_of(json, "fail", &why);
    *ret = (struct sp_wire_fail){.code = NULL};
    sp_json_only(&top, keys);
    check_type(&top, "fail");
    ret->code = read_text(&top, "code", sizeof(err->code) - 1);
    ret->message = read_text(&top, "message", SP_TEXT_MAX);
    ret->retry_after_s = read_u32(&top, "retry_after", UINT32_MAX);
    if (sp_err_is_set(&why))
        sp_wire_fail_fini(ret);
    return conclude(&why, err);
}

void sp_wire_fail_fini(struct sp_wire_fail *fail)
{
    free(fail->code);
    free(fail->message);
    *fail = (struct sp_wire_fail){.code = NULL};
}

/* ---- call ---- */

static json_t *wanted_to_json(const struct sp_wire_call *call)
{
    json_t *array = json_array();
    SP_ARRAY_FOREACH (&call->wanted, wanted) {
        json_t *item = json_object();
        set_text(item, "name", wanted->name);
        set_text(item, "guess", wanted->guess);
        json_array_append_new(array, item);
    }
    return array;
}

static json_t *changes_to_json(const struct sp_wire_call *call)
{
    json_t *array = json_array();
    SP_ARRAY_FOREACH (&call->changes, change) {
        json_t *item = json_object();
        set_u32(item, "action", change->action);
        if (change->has_before)
            json_object_set_new(item, "before", sp_wire_record_to_json(&change->before));
        if (change->has_after)
            json_object_set_new(item, "after", sp_wire_record_to_json(&change->after));
        json_array_append_new(array, item);
    }
    return array;
}

json_t *sp_wire_call_to_json(const struct sp_wire_call *call)
{
    json_t *json = new_frame("call");
    set_text(json, "function", sp_function_name(call->function));
    json_object_set_new(json, "dry_run", json_boolean(call->is_dry_run));
    if (call->function != SIGNPOST_IN_FIND_ZONES)
        json_object_set_new(json, "zone", sp_wire_zone_to_json(&call->zone));
    if (call->function == SIGNPOST_IN_FIND_ZONES)
        json_object_set_new(json, "wanted", wanted_to_json(call));
    if (call->function == SIGNPOST_IN_LIST_RECORDS)
        json_object_set_new(json, "hosts", sp_strings_to_json(&call->hosts));
    if (call->function == SIGNPOST_IN_APPLY_CHANGES)
        json_object_set_new(json, "changes", changes_to_json(call));
    return json;
}

static void read_wanted(const struct sp_json_reader *top, struct sp_wire_call *ret)
{
    static const char *const keys[] = {"name", "guess", NULL};
    struct sp_json_reader array = sp_json_member(top, "wanted");
    size_t n = sp_json_length(&array, SP_PLUGIN_FOUND_MAX);
    for (size_t i = 0; i < n; i++) {
        struct sp_json_reader item = sp_json_item(&array, i);
        struct sp_wire_wanted *wanted = sp_array_push(&ret->wanted);
        sp_json_only(&item, keys);
        wanted->name = read_text(&item, "name", SP_TEXT_MAX);
        wanted->guess = read_text_or_null(&item, "guess", SP_TEXT_MAX);
    }
}

static void read_change(const struct sp_json_reader *item, struct sp_wire_change *ret)
{
    static const char *const keys[] = {"action", "before", "after", NULL};
    struct sp_json_reader before = sp_json_optional(item, "before");
    struct sp_json_reader after = sp_json_optional(item, "after");
    sp_json_only(item, keys);
    ret->action = read_u32(item, "action", SIGNPOST_DELETE);
    ret->has_before = sp_json_is_present(&before);
    ret->has_after = sp_json_is_present(&after);
    if (ret->has_before)
        read_record(&before, &ret->before);
    if (ret->has_after)
        read_record(&after, &ret->after);
    if (ret->action < SIGNPOST_CREATE || ret->has_before != (ret->action != SIGNPOST_CREATE) ||
        ret->has_after != (ret->action != SIGNPOST_DELETE))
        sp_json_fail(item, "before and after do not fit the action");
}

static void read_call(const struct sp_json_reader *top, struct sp_wire_call *ret)
{
    static const char *const keys[][6] = {
        {"type", "function", "dry_run", "wanted", NULL},
        {"type", "function", "dry_run", "zone", "hosts", NULL},
        {"type", "function", "dry_run", "zone", "changes", NULL},
        {"type", "function", "dry_run", "zone", NULL},
    };
    struct sp_json_reader function = sp_json_member(top, "function");
    struct sp_json_reader dry_run = sp_json_member(top, "dry_run");
    check_type(top, "call");
    ret->function = sp_function_parse(sp_json_string(&function, SP_TEXT_MAX));
    ret->is_dry_run = sp_json_bool(&dry_run);
    if (!ret->function) {
        sp_json_fail(&function, "expected the name of a function");
        return;
    }
    sp_json_only(top, keys[__builtin_ctz(ret->function)]);
    if (ret->function == SIGNPOST_IN_FIND_ZONES) {
        read_wanted(top, ret);
        return;
    }
    struct sp_json_reader zone = sp_json_member(top, "zone");
    read_zone(&zone, &ret->zone);
    if (ret->function == SIGNPOST_IN_LIST_RECORDS) {
        struct sp_json_reader hosts = sp_json_member(top, "hosts");
        read_strings(&hosts, SP_PLUGIN_FOUND_MAX, &ret->hosts);
    } else if (ret->function == SIGNPOST_IN_APPLY_CHANGES) {
        struct sp_json_reader changes = sp_json_member(top, "changes");
        size_t n = sp_json_length(&changes, SP_PLUGIN_FOUND_MAX);
        for (size_t i = 0; i < n; i++) {
            struct sp_json_reader item = sp_json_item(&changes, i);
            read_change(&item, sp_array_push(&ret->changes));
        }
    }
}

int sp_wire_call_from_json(json_t *json, struct sp_wire_call *ret, struct sp_err *err)
{
    struct sp_err why = SP_ERR_INIT;
    struct sp_json_reader top = sp_json_reader_of(json, "call", &why);
    *ret = (struct sp_wire_call){.function = 0};
    read_call(&top, ret);
    if (sp_err_is_set(&why))
        sp_wire_call_fini(ret);
    return conclude(&why, err);
}

void sp_wire_call_fini(struct sp_wire_call *call)
{
    sp_wire_zone_fini(&call->zone);
    SP_ARRAY_FOREACH (&call->wanted, wanted) {
        free(wanted->name);
        free(wanted->guess);
    }
    sp_array_free(&call->wanted);
    sp_strings_free(&call->hosts);
    SP_ARRAY_FOREACH (&call->changes, change) {
        sp_wire_record_fini(&change->before);
        sp_wire_record_fini(&change->after);
    }
    sp_array_free(&call->changes);
    *call = (struct sp_wire_call){.function = 0};
}
