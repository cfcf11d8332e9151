#include "names/convention.h"

#include "base/text.h"

/* The character that an escape at the cursor, behind its backslash, stands for; -1 for a broken
 * one. BASE is 8 or 10, always three digits. */
static int read_escape(struct sp_cursor *cursor, unsigned base)
{
    unsigned value = 0;
    uint8_t c = sp_cursor_u8(cursor);
    if (c < '0' || c > '9')
        return sp_cursor_is_ok(cursor) ? c : -1;
    for (int i = 0;; i++) {
        if (c < '0' || c >= '0' + base)
            return -1;
        value = value * base + (c - (unsigned)'0');
        if (i == 2)
            return value <= 255 ? (int)value : -1;
        c = sp_cursor_u8(cursor);
    }
}

static void put_escape(struct sp_buf *out, unsigned value, unsigned base)
{
    sp_buf_putc(out, '\\');
    for (unsigned unit = base * base; unit; unit /= base)
        sp_buf_putc(out, (char)('0' + value / unit % base));
}

/* TEXT with every escape of base FROM written in base TO; -1 for a broken escape. */
static int rewrite_escapes(struct sp_buf *out, const char *text, unsigned from, unsigned to)
{
    struct sp_cursor cursor = sp_cursor_of(text, strlen(text));
    while (!sp_cursor_is_end(&cursor)) {
        struct sp_span plain = sp_cursor_until(&cursor, "\\");
        sp_buf_append(out, plain.bytes, plain.len);
        if (sp_cursor_is_end(&cursor))
            break;
        sp_cursor_skip(&cursor, 1);
        int value = read_escape(&cursor, from);
        if (value < 0)
            return -1;
        put_escape(out, (unsigned)value, to);
    }
    return 0;
}

static void write_name(const struct sp_convention *convention, const struct sp_name *name,
                       bool has_dot, struct sp_buf *out)
{
    const char *text = SP_NAME_STR(name);
    if (convention->octal_read)
        rewrite_escapes(out, text, 10, 8); /* the formatter writes no broken escape */
    else
        sp_buf_puts(out, text);
    if (has_dot && name->len > 1)
        sp_buf_putc(out, '.');
}

static int read_name(const struct sp_convention *convention, const char *text,
                     struct sp_name *ret_name, struct sp_err *err)
{
    struct sp_buf decimal = SP_BUF_INIT(SP_NAME_TEXT_SIZE);
    int result = -1;
    *ret_name = (struct sp_name){0};
    if (!convention->octal_read)
        return sp_name_parse(ret_name, text, err);
    if (rewrite_escapes(&decimal, text, 8, 10) < 0)
        sp_err_set(
            err, SP_ERR_USAGE, "bad-name",
            "\"%s\" is not a domain name: a backslash is not followed by three octal digits (at "
            "most 377) or a character",
            SP_EXCERPT(text));
    else if (!sp_buf_is_ok(&decimal))
        sp_err_set(err, SP_ERR_USAGE, "name-too-long", "\"%s\" is too long for a domain name",
                   SP_EXCERPT(text));
    else
        result = sp_name_parse(ret_name, sp_buf_str(&decimal), err);
    sp_buf_fini(&decimal);
    return result;
}

int sp_convention_write_host(const struct sp_convention *convention, const struct sp_name *host,
                             const struct sp_name *zone, struct sp_buf *out, struct sp_err *err)
{
    if (!sp_name_is_within(host, zone))
        return sp_err_set(err, SP_ERR_INTERNAL, "host-outside-zone",
                          "the host %s does not lie in the zone %s", SP_NAME_STR(host),
                          SP_NAME_STR(zone));
    if (convention->host != SP_HOST_RELATIVE) {
        write_name(convention, host, convention->host == SP_HOST_FQDN_DOT, out);
    } else if (sp_name_equal(host, zone)) {
        sp_buf_puts(out, convention->apex);
    } else {
        struct sp_name prefix = sp_name_relative(host, zone);
        write_name(convention, &prefix, false, out);
    }
    return 0;
}

/* True for a final dot that is not escaped itself. */
static bool has_final_dot(const char *text)
{
    size_t len = strlen(text), n_backslashes = 0;
    if (len == 0 || text[len - 1] != '.')
        return false;
    while (n_backslashes < len - 1 && text[len - 2 - n_backslashes] == '\\')
        n_backslashes++;
    return n_backslashes % 2 == 0;
}

/* An empty host and an unescaped "@" are never a label, so both are the apex whatever token is
 * declared: providers differ between what they take and what they list. */
static bool is_apex(const struct sp_convention *convention, const char *text)
{
    return *text == '\0' || strcmp(text, "@") == 0 || strcmp(text, convention->apex) == 0;
}

int sp_convention_read_host(const struct sp_convention *convention, const char *text,
                            const struct sp_name *zone, struct sp_name *ret_host,
                            struct sp_err *err)
{
    struct sp_name name;
    *ret_host = (struct sp_name){0};
    if (convention->host == SP_HOST_RELATIVE && is_apex(convention, text)) {
        *ret_host = *zone;
        return 0;
    }
    if (read_name(convention, text, &name, err) < 0)
        return -1;
    if (convention->host == SP_HOST_RELATIVE && !has_final_dot(text))
        return sp_name_concat(ret_host, &name, zone, err);
    if (!sp_name_is_within(&name, zone))
        return sp_err_set(err, SP_ERR_USAGE, "host-outside-zone",
                          "the host \"%s\" does not lie in the zone %s", SP_EXCERPT(text),
                          SP_NAME_STR(zone));
    *ret_host = name;
    return 0;
}

void sp_convention_write_target(const struct sp_convention *convention,
                                const struct sp_name *target, struct sp_buf *out)
{
    write_name(convention, target, convention->target == SP_TARGET_DOT, out);
}

int sp_convention_read_target(const struct sp_convention *convention, const char *text,
                              const struct sp_name *zone, struct sp_name *ret_target,
                              struct sp_err *err)
{
    bool is_zone = convention->host == SP_HOST_RELATIVE && *text &&
                   (strcmp(text, "@") == 0 || strcmp(text, convention->apex) == 0);
    if (!is_zone)
        return read_name(convention, text, ret_target, err);
    *ret_target = *zone;
    return 0;
}

void sp_convention_write_zone(const struct sp_convention *convention, const struct sp_name *zone,
                              struct sp_buf *out)
{
    write_name(convention, zone, convention->host == SP_HOST_FQDN_DOT, out);
}

int sp_convention_read_zone(const struct sp_convention *convention, const char *text,
                            struct sp_name *ret_zone, struct sp_err *err)
{
    return read_name(convention, text, ret_zone, err);
}
