#include "broker/aws_profile.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "base/text.h"

#define BLANKS " \t\v\f\r"

struct reading {
    const char *name;
    bool is_config;
    struct sp_aws_profile *ret;
    unsigned line;
    bool has_section; /* some section has begun */
    bool is_ours;     /* and it is the profile's */
    bool has_option;  /* an indented line continues it */
    bool is_needed;   /* the option's value is one that is used */
    struct sp_err *err;
};

static int bad(const struct reading *reading, const char *why)
{
    return sp_err_set(reading->err, SP_ERR_USAGE, "aws-profile", "line %u %s", reading->line, why);
}

void sp_aws_profile_fini(struct sp_aws_profile *profile)
{
    sp_aws_keys_fini(&profile->keys);
    if (profile->command)
        explicit_bzero(profile->command, strlen(profile->command));
    free(profile->command);
    *profile = (struct sp_aws_profile){.line = 0};
}

static struct sp_span trim(struct sp_span text)
{
    while (text.len && strchr(BLANKS, text.bytes[0]) && text.bytes[0]) {
        text.bytes++;
        text.len--;
    }
    while (text.len && text.bytes[text.len - 1] && strchr(BLANKS, text.bytes[text.len - 1]))
        text.len--;
    return text;
}

/* ---- sections ----------------------------------------------------------------------------------
 */

/* The NAME of "profile NAME" or of "profile "NAME""; empty when the section is none. */
static struct sp_span profile_of(struct sp_span section)
{
    static const char word[] = "profile";
    const size_t len = sizeof(word) - 1;
    if (sp_span_is(section, "default"))
        return section;
    if (section.len <= len || memcmp(section.bytes, word, len) != 0 || !section.bytes[len] ||
        !strchr(BLANKS, section.bytes[len]))
        return sp_span_of("");
    struct sp_span name = trim((struct sp_span){section.bytes + len, section.len - len});
    if (name.len >= 2 && (name.bytes[0] == '"' || name.bytes[0] == '\'') &&
        name.bytes[name.len - 1] == name.bytes[0])
        name = (struct sp_span){name.bytes + 1, name.len - 2};
    return name;
}

static int read_section(struct reading *reading, struct sp_span line)
{
    struct sp_cursor cursor = sp_cursor_of(line.bytes + 1, line.len - 1);
    struct sp_span section = trim(sp_cursor_until(&cursor, "]"));
    if (sp_cursor_is_end(&cursor) || !section.len)
        return bad(reading, "starts a [section] and does not end it");
    reading->has_section = true;
    reading->has_option = false;
    if (reading->is_config)
        section = profile_of(section);
    reading->is_ours = section.len && sp_span_is(section, reading->name);
    if (reading->is_ours && !reading->ret->line)
        reading->ret->line = reading->line;
    return 0;
}

/* ---- options -----------------------------------------------------------------------------------
 */

static bool is_key(struct sp_span key, const char *name)
{
    if (key.len != strlen(name))
        return false;
    for (size_t i = 0; i < key.len; i++)
        if (sp_ascii_lower(key.bytes[i]) != name[i])
            return false;
    return true;
}

/* The last one of a key counts; one without a value unsets it. */
static int keep_secret(const struct reading *reading, struct sp_span value,
                       struct sp_secret **ret_secret)
{
    if (value.len > SP_SECRET_MAX)
        return bad(reading, "has a value that is too long for a key");
    sp_secret_free(*ret_secret);
    *ret_secret = value.len ? sp_secret_new(value.bytes, value.len) : NULL;
    return 0;
}

static int keep_command(const struct reading *reading, struct sp_span value)
{
    if (!value.len || value.len > SP_AWS_COMMAND_MAX || memchr(value.bytes, '\0', value.len))
        return bad(reading, "has a credential_process that is empty or too long");
    free(reading->ret->command);
    reading->ret->command = sp_span_dup(value);
    return 0;
}

/* Ways to get keys that need a call to AWS, or a browser, before the first call to the service. */
static const char *unused_way(struct sp_span key)
{
    static const char *const names[] = {"role_arn",          "sso_session",
                                        "sso_start_url",     "web_identity_token_file",
                                        "credential_source", "login_session"};
    for (size_t i = 0; i < SP_ARRAY_LEN(names); i++)
        if (is_key(key, names[i]))
            return names[i];
    return NULL;
}

static int keep_option(struct reading *reading, struct sp_span key, struct sp_span value)
{
    struct sp_aws_keys *keys = &reading->ret->keys;
    reading->is_needed = true;
    if (is_key(key, "aws_access_key_id"))
        return keep_secret(reading, value, &keys->access_key_id);
    if (is_key(key, "aws_secret_access_key"))
        return keep_secret(reading, value, &keys->secret_access_key);
    if (is_key(key, "aws_session_token") || is_key(key, "aws_security_token"))
        return keep_secret(reading, value, &keys->session_token);
    if (is_key(key, "credential_process"))
        return keep_command(reading, value);
    reading->is_needed = false;
    if (!reading->ret->unused)
        reading->ret->unused = unused_way(key);
    return 0;
}

static int read_option(struct reading *reading, struct sp_span line)
{
    struct sp_cursor cursor = sp_cursor_of(line.bytes, line.len);
    struct sp_span key = trim(sp_cursor_until(&cursor, "=:"));
    if (!reading->has_section)
        return bad(reading, "stands before the first [section]");
    if (sp_cursor_is_end(&cursor) || !key.len)
        return bad(reading, "is neither a [section] nor a setting such as key = value");
    sp_cursor_skip(&cursor, 1);
    reading->has_option = true;
    reading->is_needed = false;
    if (!reading->is_ours)
        return 0;
    return keep_option(reading, key, trim(sp_cursor_take(&cursor, sp_cursor_left(&cursor))));
}

static int read_line(struct reading *reading, struct sp_span line)
{
    bool is_indented = line.len && (line.bytes[0] == ' ' || line.bytes[0] == '\t');
    struct sp_span text = trim(line);
    if (!text.len || text.bytes[0] == '#' || text.bytes[0] == ';')
        return 0;
    if (is_indented && reading->has_option)
        return reading->is_needed ? bad(reading, "goes on with a value that must be on one line")
                                  : 0;
    return text.bytes[0] == '[' ? read_section(reading, text) : read_option(reading, text);
}

int sp_aws_profile_read(const char *text, size_t len, const char *name, bool is_config,
                        struct sp_aws_profile *ret, struct sp_err *err)
{
    static const char mark[] = "\xef\xbb\xbf"; /* which editors on Windows put first */
    struct reading reading = {.name = name, .is_config = is_config, .ret = ret, .err = err};
    struct sp_cursor cursor = sp_cursor_of(text, len);
    struct sp_span line;
    *ret = (struct sp_aws_profile){.line = 0};
    if (len >= 3 && memcmp(text, mark, 3) == 0)
        sp_cursor_skip(&cursor, 3);
    while (sp_cursor_line(&cursor, &line)) {
        reading.line++;
        if (read_line(&reading, line) < 0) {
            sp_aws_profile_fini(ret);
            return -1;
        }
    }
    return 0;
}
