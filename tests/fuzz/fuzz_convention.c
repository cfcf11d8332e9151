/* What is written in a convention is read back as the same name, and what is read from a provider's
 * list lies in the zone and can be written again. */
#include "names/convention.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

/* Labels of any octets, as long as they fit: a length octet, then so many octets, at most N times.
 */
static struct sp_name take_name(struct sp_cursor *cursor, unsigned n)
{
    struct sp_name name = {0};
    while (n-- && sp_cursor_left(cursor) > 1) {
        size_t label_len = 1 + sp_cursor_u8(cursor) % SP_LABEL_MAX;
        if (label_len > sp_cursor_left(cursor))
            label_len = sp_cursor_left(cursor);
        struct sp_span label = sp_cursor_take(cursor, label_len);
        struct sp_name longer = name;
        if (sp_name_push_label(&longer, label.bytes, label.len) < 0)
            break;
        name = longer;
    }
    require(sp_name_close(&name) == 0);
    return name;
}

static void check_host(const struct sp_convention *convention, const struct sp_name *host,
                       const struct sp_name *zone)
{
    struct sp_buf out = SP_BUF_INIT(2 * SP_NAME_TEXT_SIZE);
    struct sp_err err = SP_ERR_INIT;
    struct sp_name back;
    require(sp_convention_write_host(convention, host, zone, &out, &err) == 0 &&
            sp_buf_is_ok(&out));
    require(sp_convention_read_host(convention, sp_buf_str(&out), zone, &back, &err) == 0);
    require(sp_name_equal(&back, host));
    sp_buf_fini(&out);
}

static void check_target_and_zone(const struct sp_convention *convention,
                                  const struct sp_name *name, const struct sp_name *zone)
{
    struct sp_buf out = SP_BUF_INIT(2 * SP_NAME_TEXT_SIZE);
    struct sp_err err = SP_ERR_INIT;
    struct sp_name back;
    sp_convention_write_target(convention, name, &out);
    require(sp_convention_read_target(convention, sp_buf_str(&out), zone, &back, &err) == 0);
    require(sp_name_equal(&back, name));
    sp_buf_clear(&out);
    sp_convention_write_zone(convention, zone, &out);
    require(sp_convention_read_zone(convention, sp_buf_str(&out), &back, &err) == 0);
    require(sp_name_equal(&back, zone));
    sp_buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct sp_cursor cursor = sp_cursor_of(bytes, len);
    struct sp_err err = SP_ERR_INIT;
    uint8_t choice = sp_cursor_u8(&cursor), sizes = sp_cursor_u8(&cursor);
    struct sp_convention convention = {.host = (enum sp_host_style)(choice % 3),
                                       .target = (choice & 4) ? SP_TARGET_DOT : SP_TARGET_PLAIN,
                                       .apex = {(choice & 8) ? '@' : '\0'},
                                       .octal_read = (choice & 16) != 0};
    struct sp_name zone = take_name(&cursor, sizes % 8), prefix = take_name(&cursor, sizes / 8 % 8);
    struct sp_name host;
    if (sp_name_concat(&host, &prefix, &zone, &err) == 0) {
        check_host(&convention, &host, &zone);
        check_target_and_zone(&convention, &host, &zone);
    }
    char *text = sp_strndup((const char *)cursor.bytes + cursor.at, sp_cursor_left(&cursor));
    if (sp_convention_read_host(&convention, text, &zone, &host, &err) == 0) {
        require(sp_name_is_within(&host, &zone));
        check_host(&convention, &host, &zone);
    } else {
        require(!sp_name_is_set(&host));
    }
    free(text);
    return 0;
}
