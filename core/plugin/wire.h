/*
 * What engine and worker say to each other. The conversation, one frame a line:
 *
 * - worker: hello       {type, abi, sandbox: [measures applied], missing: [not possible]} or fail
 * - engine: load        {type}; the plugin file is descriptor SP_WORKER_PLUGIN_FD
 * - worker: description {type, description}, or fail
 * - engine: call        {type, function, dry_run, zone, wanted | hosts | changes}
 * - worker: http        {type, origin, method, path, query, headers} + body; any number of times
 * - engine: answer      {type, status, headers} + body, or {type, code, message}
 * - worker: found       {type, zones | records}; any number of times
 * - worker: applied     {type, index}; any number of times
 * - worker: done        {type, value}, or fail {type, code, message, retry_after}
 * - worker: violation   {type, syscall, name}; the sandbox stopped the plugin; the last word
 *
 * After done or fail the engine may send another call; closing the socket ends the worker. Both
 * sides check every member of what they receive: a stranger may sit at the other end.
 *
 * Members: `type` is always the word above; `code` is a word of sp_wire_code_name(), or else the
 * code of an error: "sandbox", "plugin-load", "abi-mismatch" and "bad-description" before the first
 * call, "plugin-misuse" after a call in which the plugin broke a rule of its header, "bad-frame";
 * `message` a sentence, which may be ""; `retry_after` seconds, 0 for none;
 * headers and query are arrays of [name, value]; `function` is a word ("find_zones",
 * "list_records", "apply_changes", "sync_status"); `value` is sync_status's 0 or 1, 0 for the
 * others; `index` counts the call's changes from 0; `syscall` is the kernel's number, `name` its
 * name or "". A found frame holds `zones` in a find_zones call, `records` in a list_records call;
 * and in a find_zones call also `records`, of the zone that was told last, which has
 * SIGNPOST_ZONE_LISTED.
 */
#ifndef SP_PLUGIN_WIRE_H
#define SP_PLUGIN_WIRE_H

#include "plugin/description.h"

#define SP_WORKER_SOCKET_FD 3
#define SP_WORKER_PLUGIN_FD 4

/* A zone, record or change on the wire: texts in the provider's convention, owned. */
struct sp_wire_zone {
    char *id, *name, *note;
    uint32_t flags;
    sp_strings name_servers;
};
#define SP_WIRE_ZONE_FLAGS                                                                         \
    (SIGNPOST_ZONE_READ_ONLY | SIGNPOST_ZONE_NOT_ACTIVE | SIGNPOST_ZONE_LISTED)
struct sp_wire_record {
    char *type, *host, *value, *id, *note; /* id and note may be NULL */
    uint32_t ttl, flags;
};
struct sp_wire_change {
    uint32_t action;
    bool has_before, has_after;
    struct sp_wire_record before, after;
};
struct sp_wire_wanted {
    char *name, *guess; /* guess may be NULL */
};

/* engine -> worker */
struct sp_wire_call {
    uint32_t function; /* one SIGNPOST_IN_... bit */
    bool is_dry_run;
    struct sp_wire_zone zone;
    SP_ARRAY(struct sp_wire_wanted) wanted;
    sp_strings hosts;
    SP_ARRAY(struct sp_wire_change) changes;
};

/* worker -> engine */
struct sp_wire_request {
    uint32_t origin;
    char *method;
    sp_strings path;
    sp_pairs query, headers;
    char *body; /* owned, or NULL */
    size_t body_len;
};

/* engine -> worker: what became of a request. */
struct sp_wire_answer {
    int code;         /* SIGNPOST_OK, or a negative code, with which only the message counts */
    char *message;    /* a sentence, or NULL */
    int status;       /* HTTP status */
    sp_pairs headers; /* the harmless ones, names in lower case */
};

/* worker -> engine: a call, or the loading, that failed. */
struct sp_wire_fail {
    char *code;    /* a word; sp_wire_code_parse() tells a plugin's code from another error's */
    char *message; /* never NULL, may be "" */
    uint32_t retry_after_s;
};

/* "auth", "forbidden-by-plan", "zone-not-found", "conflict", "rate-limited", "transient",
 * "bad-reply", "unsupported", "ambiguous", "quota-exceeded" for SIGNPOST_AUTH to
 * SIGNPOST_QUOTA_EXCEEDED; any other negative code is "bad-reply". */
const char *sp_wire_code_name(int code);
/* And back; 0 (SIGNPOST_OK) for a word that is none of them. */
int sp_wire_code_parse(const char *word);
/* The word in the member `type`, or "" if there is none. A borrow. */
const char *sp_wire_type(json_t *json);

/* Each pair is the inverse of the other; _from_json refuses unknown members, wrong types, NUL bytes
 * and anything over its limit. ERR: plugin, "bad-frame". */
json_t *sp_wire_zone_to_json(const struct sp_wire_zone *zone);
int sp_wire_zone_from_json(json_t *json, struct sp_wire_zone *ret, struct sp_err *err);
void sp_wire_zone_fini(struct sp_wire_zone *zone);
json_t *sp_wire_record_to_json(const struct sp_wire_record *record);
int sp_wire_record_from_json(json_t *json, struct sp_wire_record *ret, struct sp_err *err);
void sp_wire_record_fini(struct sp_wire_record *record);
json_t *sp_wire_call_to_json(const struct sp_wire_call *call);
int sp_wire_call_from_json(json_t *json, struct sp_wire_call *ret, struct sp_err *err);
void sp_wire_call_fini(struct sp_wire_call *call);
/* The body travels beside the JSON; it is moved out of FRAME. */
json_t *sp_wire_request_to_json(const struct sp_wire_request *request);
int sp_wire_request_from_json(json_t *json, struct sp_wire_request *ret, struct sp_err *err);
void sp_wire_request_fini(struct sp_wire_request *request);
/* Both forms of an answer; its body travels in the frame. */
json_t *sp_wire_answer_to_json(const struct sp_wire_answer *answer);
int sp_wire_answer_from_json(json_t *json, struct sp_wire_answer *ret, struct sp_err *err);
void sp_wire_answer_fini(struct sp_wire_answer *answer);
json_t *sp_wire_fail_to_json(const struct sp_wire_fail *fail);
int sp_wire_fail_from_json(json_t *json, struct sp_wire_fail *ret, struct sp_err *err);
void sp_wire_fail_fini(struct sp_wire_fail *fail);

#endif
