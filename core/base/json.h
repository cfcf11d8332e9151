/*
 * Strict reading of JSON on jansson: bounded size and depth, duplicate keys refused, and typed
 * getters whose errors name the place ("domains[3].host: expected a string").
 */
#ifndef SP_BASE_JSON_H
#define SP_BASE_JSON_H

#include <jansson.h>

#include "base/err.h"

/* Parses LEN bytes. The caller owns the value (json_decref). On failure NULL, and ERR (usage,
 * "bad-json") names WHAT, the line and the column. */
json_t *sp_json_parse(const char *text, size_t len, const char *what, struct sp_err *err);

/*
 * A place inside a document, for error messages. A reader is made once for the top value and
 * derived for children; after the first failed getter all further ones return defaults and keep the
 * first error, so that a caller reads freely and looks once at ERR.
 */
struct sp_json_reader {
    json_t *value; /* a borrow; NULL for an absent optional member */
    struct sp_err *err;
    char path[160];
};

struct sp_json_reader sp_json_reader_of(json_t *value, const char *what, struct sp_err *err);
/* The member KEY of an object. Required: its absence is an error. Optional: value is NULL. */
struct sp_json_reader sp_json_member(const struct sp_json_reader *object, const char *key);
struct sp_json_reader sp_json_optional(const struct sp_json_reader *object, const char *key);
/* Item I of an array; and the number of items, after checking that it is an array of at most MAX.
 */
struct sp_json_reader sp_json_item(const struct sp_json_reader *array, size_t i);
size_t sp_json_length(const struct sp_json_reader *array, size_t max);
/* Values. An absent optional member gives the default: "", 0, false. Strings are borrows, valid
 * UTF-8 without NUL, at most MAX bytes long. */
const char *sp_json_string(const struct sp_json_reader *reader, size_t max);
int64_t sp_json_integer(const struct sp_json_reader *reader, int64_t min, int64_t max);
bool sp_json_bool(const struct sp_json_reader *reader);
/* Fails unless the value is an object whose keys all stand in ALLOWED (NULL-terminated). */
void sp_json_only(const struct sp_json_reader *object, const char *const *allowed);
bool sp_json_is_present(const struct sp_json_reader *reader);
/* Records the first error at this place ("PATH: MESSAGE"), kind usage, code "bad-json". */
void sp_json_fail(const struct sp_json_reader *reader, const char *format, ...) SP_PRINTF(2, 3);

/* A JSON string from foreign bytes: valid UTF-8 as it is, every other byte as U+FFFD. Never NULL.
 */
json_t *sp_json_text(const char *bytes, size_t len);
/* A JSON string, or null for NULL. */
json_t *sp_json_text_or_null(const char *text);

#endif
