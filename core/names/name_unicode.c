/*
 * Names in Unicode: what needs libidn2, apart from what does not.
 */
#include "names/convention.h"
#include "names/idn.h"
#include "names/name.h"

int sp_name_parse(struct sp_name *ret_name, const char *text, struct sp_err *err)
{
    const struct sp_name_syntax syntax = {.encode = sp_idn_encode};
    return sp_name_parse_as(ret_name, text, &syntax, err);
}

char *sp_name_display(const struct sp_name *name)
{
    struct sp_buf out = SP_BUF_INIT(4 * SP_NAME_TEXT_SIZE);
    size_t n = sp_name_count_labels(name);
    if (n == 0 && sp_name_is_set(name))
        sp_buf_putc(&out, '.');
    for (size_t i = 0; i < n; i++) {
        struct sp_span label = sp_name_label(name, i);
        char *ulabel = sp_idn_display(label);
        struct sp_name alone = {0};
        sp_name_push_label(&alone, label.bytes, label.len);
        if (i)
            sp_buf_putc(&out, '.');
        sp_buf_puts(&out, ulabel ? ulabel : SP_NAME_STR(&alone));
        free(ulabel);
    }
    return sp_buf_steal(&out);
}

int sp_convention_read_host(const struct sp_convention *convention, const char *text,
                            const struct sp_name *zone, struct sp_name *ret_host,
                            struct sp_err *err)
{
    return sp_convention_read_host_as(convention, text, zone, sp_idn_encode, ret_host, err);
}

int sp_convention_read_target(const struct sp_convention *convention, const char *text,
                              const struct sp_name *zone, struct sp_name *ret_target,
                              struct sp_err *err)
{
    bool is_zone = convention->host == SP_HOST_RELATIVE && *text &&
                   (strcmp(text, "@") == 0 || strcmp(text, convention->apex) == 0);
    if (!is_zone)
        return sp_convention_read_zone(convention, text, ret_target, err);
    *ret_target = *zone;
    return 0;
}

int sp_convention_read_zone(const struct sp_convention *convention, const char *text,
                            struct sp_name *ret_zone, struct sp_err *err)
{
    const struct sp_name_syntax syntax = {convention->octal_read, sp_idn_encode};
    return sp_name_parse_as(ret_zone, text, &syntax, err);
}
