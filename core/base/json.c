#include "base/json.h"

#include <stdarg.h>

#include "base/limits.h"
#include "base/text.h"

static size_t depth_of(const char *text, size_t len)
{
    size_t depth = 0, deepest = 0;
    bool is_in_string = false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (is_in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                is_in_string = false;
        } else if (c == '"') {
            is_in_string = true;
        } else if (c == '{' || c == '[') {
            if (++depth > deepest)
                deepest = depth;
        } else if ((c == '}' || c == ']') && depth) {
            depth--;
        }
    }
    return deepest;
}

json_t *sp_json_parse(const char *text, size_t len, const char *what, struct sp_err *err)
{
    json_error_t at;
    if (depth_of(text, len) > SP_JSON_DEPTH_MAX) {
        sp_err_set(err, SP_ERR_USAGE, "bad-json", "%s is nested more than %d levels deep", what,
                   SP_JSON_DEPTH_MAX);
        return NULL;
    }
    json_t *value = json_loadb(text, len, JSON_REJECT_DUPLICATES, &at);
    if (!value)
        sp_err_set(err, SP_ERR_USAGE, "bad-json", "%s is not valid JSON: line %d, column %d: %s",
                   what, at.line, at.column, at.text);
    return value;
}

struct sp_json_reader sp_json_reader_of(json_t *value, const char *what, struct sp_err *err)
{
    struct sp_json_reader reader = {.value = value, .err = err};
    snprintf(reader.path, sizeof(reader.path), "%s", what);
    return reader;
}

void sp_json_fail(const struct sp_json_reader *reader, const char *format, ...)
{
    char message[512];
    va_list args;
    if (sp_err_is_set(reader->err))
        return;
    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    sp_err_set(reader->err, SP_ERR_USAGE, "bad-json", "%s: %s", reader->path, message);
}

/* Nothing to read: an absent optional member, or an earlier getter has failed. */
static bool is_silent(const struct sp_json_reader *reader)
{
    return !reader->value || sp_err_is_set(reader->err);
}

static struct sp_json_reader child(const struct sp_json_reader *parent, json_t *value,
                                   const char *format, ...) SP_PRINTF(3, 4);
static struct sp_json_reader child(const struct sp_json_reader *parent, json_t *value,
                                   const char *format, ...)
{
    struct sp_json_reader reader = {.value = value, .err = parent->err};
    size_t len = strlen(parent->path);
    va_list args;
    memcpy(reader.path, parent->path, len + 1);
    va_start(args, format);
    vsnprintf(reader.path + len, sizeof(reader.path) - len, format, args);
    va_end(args);
    return reader;
}

struct sp_json_reader sp_json_optional(const struct sp_json_reader *object, const char *key)
{
    if (object->value && !json_is_object(object->value))
        sp_json_fail(object, "expected an object");
    json_t *value = json_object_get(object->value, key);
    return child(object, json_is_null(value) ? NULL : value, ".%s", key);
}

struct sp_json_reader sp_json_member(const struct sp_json_reader *object, const char *key)
{
    struct sp_json_reader reader = sp_json_optional(object, key);
    if (!reader.value)
        sp_json_fail(&reader, "is missing");
    return reader;
}

size_t sp_json_length(const struct sp_json_reader *array, size_t max)
{
    if (is_silent(array))
        return 0;
    if (!json_is_array(array->value)) {
        sp_json_fail(array, "expected an array");
        return 0;
    }
    size_t n = json_array_size(array->value);
    if (n > max) {
        sp_json_fail(array, "has %zu items, more than the %zu allowed", n, max);
        return 0;
    }
    return n;
}

struct sp_json_reader sp_json_item(const struct sp_json_reader *array, size_t i)
{
    return child(array, json_array_get(array->value, i), "[%zu]", i);
}

const char *sp_json_string(const struct sp_json_reader *reader, size_t max)
{
    if (is_silent(reader))
        return "";
    if (!json_is_string(reader->value)) {
        sp_json_fail(reader, "expected a string");
        return "";
    }
    if (json_string_length(reader->value) > max) {
        sp_json_fail(reader, "is longer than %zu bytes", max);
        return "";
    }
    return json_string_value(reader->value);
}

int64_t sp_json_integer(const struct sp_json_reader *reader, int64_t min, int64_t max)
{
    if (is_silent(reader))
        return 0;
    int64_t value = json_integer_value(reader->value);
    if (!json_is_integer(reader->value) || value < min || value > max) {
        sp_json_fail(reader, "expected a whole number from %lld to %lld", (long long)min,
                     (long long)max);
        return 0;
    }
    return value;
}

bool sp_json_bool(const struct sp_json_reader *reader)
{
    if (is_silent(reader))
        return false;
    if (!json_is_boolean(reader->value))
        sp_json_fail(reader, "expected true or false");
    return json_is_true(reader->value);
}

void sp_json_only(const struct sp_json_reader *object, const char *const *allowed)
{
    const char *key;
    json_t *value;
    if (!json_is_object(object->value)) {
        sp_json_fail(object, "expected an object");
        return;
    }
    json_object_foreach (object->value, key, value) {
        size_t i = 0;
        while (allowed[i] && strcmp(allowed[i], key) != 0)
            i++;
        if (!allowed[i])
            sp_json_fail(object, "unknown member \"%s\"", key);
    }
}

bool sp_json_is_present(const struct sp_json_reader *reader)
{
    return reader->value != NULL;
}

json_t *sp_json_text(const char *bytes, size_t len)
{
    json_t *text = json_stringn(bytes, len);
    if (text)
        return text;
    char *clean = sp_alloc(len * 3 + 1, 1), *end = clean;
    for (size_t at = 0, n; at < len; at += n ? n : 1) {
        uint32_t value;
        n = sp_utf8_decode(bytes + at, len - at, &value);
        memcpy(end, n ? bytes + at : "\xef\xbf\xbd", n ? n : 3);
        end += n ? n : 3;
    }
    text = json_stringn(clean, (size_t)(end - clean));
    free(clean);
    return text;
}

json_t *sp_json_text_or_null(const char *text)
{
    return text ? sp_json_text(text, strlen(text)) : json_null();
}
