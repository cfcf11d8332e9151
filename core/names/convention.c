#include "names/convention.h"

#include "base/text.h"

/* TEXT, as the formatter writes it, with octal escapes. */
static void put_octal(struct sp_buf *out, const char *text)
{
    for (; *text; text++) {
        unsigned value = 0;
        if (*text != '\\') {
            sp_buf_putc(out, *text);
            continue;
        }
        text++;
        if (*text >= '0' && *text <= '9') {
            value = (unsigned)(text[0] - '0') * 100 + (unsigned)(text[1] - '0') * 10 +
                    (unsigned)(text[2] - '0');
            text += 2;
        } else {
            value = (unsigned char)*text;
        }
        sp_buf_printf(out, "\\%03o", value);
    }
}

static void write_name(const struct sp_convention *convention, const struct sp_name *name,
                       bool has_dot, struct sp_buf *out)
{
    const char *text = SP_NAME_STR(name);
    if (convention->octal_read)
        put_octal(out, text);
    else
        sp_buf_puts(out, text);
    if (has_dot && name->len > 1)
        sp_buf_putc(out, '.');
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

int sp_convention_read_host_as(const struct sp_convention *convention, const char *text,
                               const struct sp_name *zone, sp_label_encode_fn encode,
                               struct sp_name *ret_host, struct sp_err *err)
{
    const struct sp_name_syntax syntax = {convention->octal_read, encode};
    struct sp_name name;
    *ret_host = (struct sp_name){0};
    if (convention->host == SP_HOST_RELATIVE && is_apex(convention, text)) {
        *ret_host = *zone;
        return 0;
    }
    if (sp_name_parse_as(&name, text, &syntax, err) < 0)
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

void sp_convention_write_zone(const struct sp_convention *convention, const struct sp_name *zone,
                              struct sp_buf *out)
{
    write_name(convention, zone, convention->host == SP_HOST_FQDN_DOT, out);
}
