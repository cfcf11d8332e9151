#include "names/name.h"

#include "base/text.h"

/* What wire[0] holds in an unset name in which a limit was passed: no label is that long. */
#define OVERRUN 0xff

int sp_name_push_label(struct sp_name *name, const void *bytes, size_t len)
{
    size_t at = name->len ? name->len - 1u : 0;
    bool is_overrun = name->len == 0 && name->wire[0] == OVERRUN;
    if (is_overrun || len == 0 || len > SP_LABEL_MAX || at + 1 + len + 1 > SP_NAME_WIRE_MAX) {
        *name = (struct sp_name){.wire = {OVERRUN}};
        return -1;
    }
    const char *from = bytes;
    name->wire[at++] = (uint8_t)len;
    for (size_t i = 0; i < len; i++)
        name->wire[at++] = (uint8_t)sp_ascii_lower(from[i]);
    name->wire[at++] = 0;
    name->len = (uint8_t)at;
    return 0;
}

int sp_name_close(struct sp_name *name)
{
    if (name->len)
        return 0;
    if (name->wire[0] == OVERRUN) {
        name->wire[0] = 0;
        return -1;
    }
    name->wire[0] = 0;
    name->len = 1;
    return 0;
}

/* One label of the presentation form, unescaped. */
struct raw_label {
    char bytes[SP_NAME_TEXT_SIZE]; /* NUL-terminated, though a NUL may also stand inside, escaped */
    size_t len;
    bool has_escape;
    bool has_unicode;
};

/* A full stop, or one of the three that IDNA takes for one (UTS 46, section 2.3). */
static bool take_dot(struct sp_cursor *cursor)
{
    static const char *const dots[] = {".", "\xe3\x80\x82", "\xef\xbc\x8e", "\xef\xbd\xa1"};
    for (size_t i = 0; i < SP_ARRAY_LEN(dots); i++) {
        size_t len = strlen(dots[i]);
        if (sp_cursor_left(cursor) >= len &&
            memcmp(cursor->bytes + cursor->at, dots[i], len) == 0) {
            sp_cursor_skip(cursor, len);
            return true;
        }
    }
    return false;
}

/* What follows a backslash: three digits, or the character itself. -1 for anything else. */
static int read_escape(struct sp_cursor *cursor, int base)
{
    int value = 0;
    uint8_t c = sp_cursor_u8(cursor);
    if (c < '0' || c > '9')
        return sp_cursor_is_ok(cursor) && c > 0x20 && c < 0x7f ? c : -1;
    for (int i = 0;; i++) {
        if (c < '0' || c >= '0' + base)
            return -1;
        value = value * base + (c - '0');
        if (i == 2)
            return value <= 255 ? value : -1;
        c = sp_cursor_u8(cursor);
    }
}

/* Reads up to, and takes, the next dot. NULL, or what is wrong with the label. */
static const char *read_label(struct sp_cursor *cursor, const struct sp_name_syntax *syntax,
                              struct raw_label *label)
{
    label->len = 0;
    label->has_escape = label->has_unicode = false;
    while (!sp_cursor_is_end(cursor) && !take_dot(cursor)) {
        int c = sp_cursor_u8(cursor);
        if (c == '\\') {
            label->has_escape = true;
            c = read_escape(cursor, syntax->is_octal ? 8 : 10);
            if (c < 0)
                return syntax->is_octal ? "a backslash is not followed by three octal digits (at "
                                          "most 377) or a character"
                                        : "a backslash is not followed by three digits (at most "
                                          "255) or a character";
        } else if (c <= 0x20 || c == 0x7f) {
            return "it has a blank or a control character inside";
        } else if (c >= 0x80) {
            label->has_unicode = true;
        }
        label->bytes[label->len++] = (char)c;
    }
    label->bytes[label->len] = '\0';
    if (label->len == 0)
        return "a label is empty: a dot is at the start, or two are in a row";
    if (label->has_escape && label->has_unicode)
        return "one label has both escapes and letters outside ASCII";
    if (label->has_unicode && !syntax->encode)
        return "it has letters outside ASCII";
    return NULL;
}

static int refuse_long(const char *text, struct sp_err *err)
{
    return sp_err_set(
        err, SP_ERR_USAGE, "name-too-long",
        "\"%s\" is too long for a domain name: a label has at most %d characters, the "
        "whole name at most %d",
        SP_EXCERPT(text), SP_LABEL_MAX, SP_NAME_TEXT_MAX);
}

static int refuse_name(const char *text, const char *cause, struct sp_err *err)
{
    return sp_err_set(err, SP_ERR_USAGE, "bad-name", "\"%s\" is not a domain name: %s",
                      SP_EXCERPT(text), cause);
}

int sp_name_parse_as(struct sp_name *ret_name, const char *text,
                     const struct sp_name_syntax *syntax, struct sp_err *err)
{
    struct sp_cursor cursor = sp_cursor_of(text, strlen(text));
    struct sp_name name = {0};
    struct raw_label label;
    char ascii[SP_LABEL_MAX + 1];
    *ret_name = name;
    if (cursor.len >= SP_NAME_TEXT_SIZE)
        return refuse_long(text, err);
    if (cursor.len == 0)
        return refuse_name(text, "it is empty", err);
    if (strcmp(text, ".") == 0) {
        sp_cursor_skip(&cursor, 1);
        sp_name_close(&name);
    }
    while (!sp_cursor_is_end(&cursor)) {
        const char *cause = read_label(&cursor, syntax, &label);
        if (cause)
            return refuse_name(text, cause, err);
        if (label.has_unicode && syntax->encode(label.bytes, ascii, err) < 0)
            return -1;
        int rc = label.has_unicode ? sp_name_push_label(&name, ascii, strlen(ascii))
                                   : sp_name_push_label(&name, label.bytes, label.len);
        if (rc < 0)
            return refuse_long(text, err);
    }
    *ret_name = name;
    return 0;
}

static bool is_host_label(struct sp_span label)
{
    for (size_t i = 0; i < label.len; i++) {
        char c = label.bytes[i];
        if (!sp_ascii_is_alnum(c) && c != '-' && c != '_')
            return false;
    }
    return label.bytes[0] != '-' && label.bytes[label.len - 1] != '-';
}

int sp_name_check_host(const struct sp_name *name, struct sp_err *err)
{
    if (name->len <= 1)
        return sp_err_set(err, SP_ERR_USAGE, "bad-host", "the host of a record cannot be the root");
    for (size_t at = 0; name->wire[at]; at += name->wire[at] + 1u) {
        struct sp_span label = {(const char *)name->wire + at + 1, name->wire[at]};
        if (!is_host_label(label))
            return sp_err_set(err, SP_ERR_USAGE, "bad-host",
                              "\"%s\" cannot be the host of a record: a label has letters, digits, "
                              "\"-\" and \"_\" only, and does not begin or end in \"-\"",
                              SP_NAME_STR(name));
    }
    return 0;
}

/* One label at AT, escaped, without a NUL; where it ends. At most four characters an octet. */
static char *format_label(struct sp_span label, char *at)
{
    for (size_t i = 0; i < label.len; i++) {
        uint8_t c = (uint8_t)label.bytes[i];
        if (c <= 0x20 || c >= 0x7f) {
            *at++ = '\\';
            *at++ = (char)('0' + c / 100);
            *at++ = (char)('0' + c / 10 % 10);
            *at++ = (char)('0' + c % 10);
            continue;
        }
        if (strchr(".\\\";@$()", c))
            *at++ = '\\';
        *at++ = (char)c;
    }
    return at;
}

const char *sp_name_format(const struct sp_name *name, char ret_text[SP_NAME_TEXT_SIZE])
{
    char *end = ret_text;
    if (name->len == 1)
        *end++ = '.';
    for (size_t at = 0; at + 1 < name->len; at += name->wire[at] + 1u) {
        struct sp_span label = {(const char *)name->wire + at + 1, name->wire[at]};
        if (at)
            *end++ = '.';
        end = format_label(label, end);
    }
    *end = '\0';
    return ret_text;
}

bool sp_name_equal(const struct sp_name *a, const struct sp_name *b)
{
    return a->len == b->len && memcmp(a->wire, b->wire, a->len) == 0;
}

/* The octets of the order's form; how many. */
static size_t write_reversed(const struct sp_name *name, uint8_t ret_octets[SP_NAME_WIRE_MAX])
{
    size_t starts[SP_NAME_WIRE_MAX], n = 0, len = 0;
    for (size_t at = 0; at + 1 < name->len; at += name->wire[at] + 1u)
        starts[n++] = at;
    while (n--) {
        const uint8_t *label = name->wire + starts[n];
        memcpy(ret_octets + len, label + 1, *label);
        len += *label;
        ret_octets[len++] = '.';
    }
    return len;
}

int sp_name_order(const struct sp_name *a, const struct sp_name *b)
{
    uint8_t left[SP_NAME_WIRE_MAX], right[SP_NAME_WIRE_MAX];
    size_t left_len = write_reversed(a, left), right_len = write_reversed(b, right);
    int order = memcmp(left, right, left_len < right_len ? left_len : right_len);
    if (order == 0)
        order = (left_len > right_len) - (left_len < right_len);
    /* An escaped dot looks like one between labels; and the root like no name at all. */
    if (order == 0)
        order = (a->len > b->len) - (a->len < b->len);
    return order ? order : memcmp(a->wire, b->wire, a->len);
}

size_t sp_name_count_labels(const struct sp_name *name)
{
    size_t n = 0;
    for (size_t at = 0; at + 1 < name->len; at += name->wire[at] + 1u)
        n++;
    return n;
}

/* Where label I begins; where the root stands, if there are fewer. NAME must be set. */
static size_t offset_of(const struct sp_name *name, size_t i)
{
    size_t at = 0;
    while (i-- && name->wire[at])
        at += name->wire[at] + 1u;
    return at;
}

struct sp_span sp_name_label(const struct sp_name *name, size_t i)
{
    size_t at = name->len ? offset_of(name, i) : 0;
    if (at + 1 >= name->len)
        return (struct sp_span){.bytes = ""};
    return (struct sp_span){(const char *)name->wire + at + 1, name->wire[at]};
}

static struct sp_name tail_from(const struct sp_name *name, size_t at)
{
    struct sp_name tail = {.len = (uint8_t)(name->len - at)};
    memcpy(tail.wire, name->wire + at, tail.len);
    return tail;
}

struct sp_name sp_name_strip(const struct sp_name *name, size_t n)
{
    return sp_name_is_set(name) ? tail_from(name, offset_of(name, n)) : *name;
}

struct sp_name sp_name_suffix(const struct sp_name *name, size_t n)
{
    size_t count = sp_name_count_labels(name);
    return sp_name_strip(name, count > n ? count - n : 0);
}

bool sp_name_is_within(const struct sp_name *name, const struct sp_name *zone)
{
    if (!sp_name_is_set(zone) || name->len < zone->len)
        return false;
    size_t cut = (size_t)(name->len - zone->len), at = 0;
    if (memcmp(name->wire + cut, zone->wire, zone->len) != 0)
        return false;
    while (at < cut)
        at += name->wire[at] + 1u;
    return at == cut;
}

int sp_name_concat(struct sp_name *ret_name, const struct sp_name *prefix,
                   const struct sp_name *suffix, struct sp_err *err)
{
    size_t cut = prefix->len ? prefix->len - 1u : 0, len = suffix->len ? suffix->len : 1;
    struct sp_name name = {0};
    if (cut + len > SP_NAME_WIRE_MAX) {
        *ret_name = name;
        return sp_err_set(err, SP_ERR_USAGE, "name-too-long",
                          "\"%s\" below \"%s\" would be longer than %d characters",
                          SP_EXCERPT(SP_NAME_STR(prefix)), SP_EXCERPT(SP_NAME_STR(suffix)),
                          SP_NAME_TEXT_MAX);
    }
    memcpy(name.wire, prefix->wire, cut);
    memcpy(name.wire + cut, suffix->wire, suffix->len);
    name.len = (uint8_t)(cut + len);
    *ret_name = name;
    return 0;
}

struct sp_name sp_name_relative(const struct sp_name *name, const struct sp_name *zone)
{
    struct sp_name prefix = {0};
    if (!sp_name_is_within(name, zone))
        return prefix;
    prefix.len = (uint8_t)(name->len - zone->len + 1);
    memcpy(prefix.wire, name->wire, prefix.len - 1u);
    return prefix;
}

bool sp_name_has_label(const struct sp_name *name, const char *label)
{
    size_t len = strlen(label);
    for (size_t at = 0; at + 1 < name->len; at += name->wire[at] + 1u) {
        size_t i = 0;
        while (i < len && i < name->wire[at] &&
               name->wire[at + 1 + i] == (uint8_t)sp_ascii_lower(label[i]))
            i++;
        if (len == name->wire[at] && i == len)
            return true;
    }
    return false;
}
