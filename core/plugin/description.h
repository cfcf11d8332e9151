/*
 * A plugin's description as the engine knows it: a validated, owned copy. The worker makes one from
 * the loaded plugin; the engine makes its own from the JSON that the worker sends and trusts only
 * that.
 */
#ifndef SP_PLUGIN_DESCRIPTION_H
#define SP_PLUGIN_DESCRIPTION_H

#include "base/array.h"
#include "base/json.h"
#include "names/convention.h"
#include "plugin/include/signpost/plugin.h"

enum sp_auth_scheme { SP_AUTH_BEARER, SP_AUTH_HEADER, SP_AUTH_AWS_SIGV4 };
#define SP_AUTH_SCHEMES_TEXT "\"bearer\", \"header\" and \"aws-sigv4\""
/* "bearer", "header", "aws-sigv4" and back (-1 for another word). */
const char *sp_auth_scheme_name(enum sp_auth_scheme scheme);
int sp_auth_scheme_parse(const char *word, enum sp_auth_scheme *ret_scheme);

struct sp_pair {
    char *name, *value; /* owned */
};
typedef SP_ARRAY(struct sp_pair) sp_pairs;
void sp_pairs_free(sp_pairs *pairs);
void sp_pairs_add(sp_pairs *pairs, const char *name, const char *value);

typedef SP_ARRAY(char *) sp_strings; /* owned strings */
void sp_strings_free(sp_strings *strings);
void sp_strings_add(sp_strings *strings, const char *text);
/* Arrays of strings, and of [name, value]. */
json_t *sp_strings_to_json(const sp_strings *strings);
json_t *sp_pairs_to_json(const sp_pairs *pairs);

struct sp_origin {
    char *url;          /* NULL: the operator must give one */
    char *endpoint_env; /* or NULL */
};
struct sp_operation {
    char *method;
    sp_strings path; /* segments; "{...}" stands for any one segment */
    uint32_t functions, flags, origin, requests_per_minute;
};
struct sp_secret_field {
    char *name, *label;
    sp_strings env;
    bool is_optional;
};
/* What the secrets of SP_AUTH_AWS_SIGV4 are called; the last one is optional. */
#define SP_AWS_ACCESS_KEY_ID     "access_key_id"
#define SP_AWS_SECRET_ACCESS_KEY "secret_access_key"
#define SP_AWS_SESSION_TOKEN     "session_token"
struct sp_auth {
    enum sp_auth_scheme scheme;
    SP_ARRAY(struct sp_secret_field) secrets;
    sp_pairs headers;
    char *help;
    char *service, *region; /* SP_AUTH_AWS_SIGV4; NULL otherwise */
};

struct sp_description {
    char *name, *label, *version, *url;
    struct sp_convention convention;
    SP_ARRAY(struct sp_origin) origins;
    SP_ARRAY(struct sp_operation) operations;
    SP_ARRAY(struct sp_auth) auths;
    sp_strings name_servers; /* lower-case suffixes without dots at the ends */
    sp_strings record_types;
    uint32_t ttl_min, ttl_max, ttl_default;
    uint32_t requests_per_minute, requests_window_s; /* the latter 0: a minute */
    uint32_t batch_max, batch_characters_max;        /* the latter 0: no limit */
    bool is_atomic;
    bool has_functions; /* false: a provider without an API */
    bool has_sync_status;
};

/*
 * Reads a loaded plugin's struct: stamps first, then no more bytes than it says it has, then every
 * member against its rule. ERR (plugin): "abi-mismatch" names what was found and what is needed;
 * "bad-description" names the member. RET is empty after a failure.
 */
int sp_description_read(const struct signpost_plugin *raw_plugin, struct sp_description *ret,
                        struct sp_err *err);
json_t *sp_description_to_json(const struct sp_description *description);
/* The same checks on the engine's side. ERR: plugin, "bad-description". */
int sp_description_from_json(json_t *json, struct sp_description *ret, struct sp_err *err);
void sp_description_fini(struct sp_description *description);

/* The rules themselves, on a filled description; both readers end here. */
int sp_description_check(const struct sp_description *description, struct sp_err *err);
/* "/zones/{id}" to its segments; "/" has none. -1 when TEXT does not start with a slash. */
int sp_operation_split_path(const char *text, sp_strings *ret_path);
/* And back; owned. */
char *sp_operation_join_path(const sp_strings *path);
/* The words for the SIGNPOST_IN_... bits ("find_zones", ...), "" for anything else; and back, or 0.
 */
const char *sp_function_name(uint32_t function);
uint32_t sp_function_parse(const char *word);
/* True for a template's segment that stands for any one segment. */
bool sp_segment_is_variable(const char *segment);

#endif
