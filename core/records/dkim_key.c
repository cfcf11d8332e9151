#include "records/dkim_key.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "base/text.h"

/* Folding whitespace (RFC 6376, section 2.8). The order of CR and LF in it tells nothing apart. */
static const char fws[] = " \t\r\n";

struct tag {
    struct sp_span name, value;
};

struct tag_list {
    struct tag tags[SP_DKIM_TAGS_MAX];
    size_t n;
    bool is_broken;
};

static bool is_tag_name(struct sp_span name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = sp_ascii_lower(name.bytes[i]);
        if ((c < 'a' || c > 'z') && (i == 0 || (c != '_' && !sp_ascii_is_alnum(c))))
            return false;
    }
    return name.len != 0;
}

/* VALCHAR and whitespace; a semicolon cannot occur, the list was split at it. */
static bool is_tag_value(struct sp_span value)
{
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = (uint8_t)value.bytes[i];
        if ((c < 0x21 || c > 0x7e) && (c == '\0' || !strchr(fws, c)))
            return false;
    }
    return true;
}

static const struct tag *find(const struct tag_list *list, struct sp_span name)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->tags[i].name.len == name.len &&
            memcmp(list->tags[i].name.bytes, name.bytes, name.len) == 0)
            return &list->tags[i];
    return NULL;
}

/* A tag twice invalidates the whole list (section 3.2). A tag with a bad value stays in it: it was
 * named. */
static void add_tag(struct tag_list *list, struct sp_span spec)
{
    struct sp_cursor cursor = sp_cursor_of(spec.bytes, spec.len);
    struct sp_span name = sp_span_trim(sp_cursor_until(&cursor, "="));
    sp_cursor_skip(&cursor, 1);
    struct sp_span value = sp_span_trim(sp_cursor_take(&cursor, sp_cursor_left(&cursor)));
    bool is_tag = sp_cursor_is_ok(&cursor) && is_tag_name(name) && !find(list, name) &&
                  list->n < SP_DKIM_TAGS_MAX;
    if (is_tag)
        list->tags[list->n++] = (struct tag){name, value};
    if (!is_tag || !is_tag_value(value))
        list->is_broken = true;
}

/* Goes on behind a broken tag: whether there is a p= tells a broken key from a record of another
 * kind. The empty tag after a final semicolon is no tag. */
static void read_tags(struct tag_list *list, const char *text, size_t len)
{
    struct sp_cursor cursor = sp_cursor_of(text, len);
    while (!sp_cursor_is_end(&cursor)) {
        struct sp_span spec = sp_span_trim(sp_cursor_until(&cursor, ";"));
        bool is_last = sp_cursor_is_end(&cursor);
        if (!is_last)
            sp_cursor_skip(&cursor, 1);
        if (spec.len || !is_last)
            add_tag(list, spec);
    }
}

/* base64string of section 2.10: folding whitespace anywhere, whole groups of four, at most two
 * pads. */
static bool is_base64(struct sp_span value)
{
    size_t n = 0, n_pads = 0;
    for (size_t i = 0; i < value.len; i++) {
        char c = value.bytes[i];
        if (strchr(fws, c))
            continue;
        if (c == '=')
            n_pads++;
        else if (n_pads || (!sp_ascii_is_alnum(c) && c != '+' && c != '/'))
            return false;
        n++;
    }
    return n % 4 == 0 && n_pads <= 2;
}

/* v=DKIM1 exactly and in front. A value that merely starts so lost its semicolon or its case. */
static enum sp_dkim_key_state judge_version(const struct tag_list *list, const struct tag *version)
{
    char *value = sp_span_dup(version->value);
    bool is_dkim = sp_ascii_starts(value, "DKIM1");
    bool is_exact = strcmp(value, "DKIM1") == 0;
    bool is_first = version == &list->tags[0];
    free(value);
    if (is_exact && is_first)
        return SP_DKIM_KEY_VALID;
    return is_dkim || !is_first ? SP_DKIM_KEY_MALFORMED : SP_DKIM_KEY_NONE;
}

enum sp_dkim_key_state sp_dkim_key_parse(const char *text, size_t len)
{
    struct tag_list list = {.n = 0};
    read_tags(&list, text, len);
    const struct tag *version = find(&list, sp_span_of("v"));
    const struct tag *key = find(&list, sp_span_of("p"));
    const struct tag *type = find(&list, sp_span_of("k"));
    enum sp_dkim_key_state state = version ? judge_version(&list, version)
                                   : key   ? SP_DKIM_KEY_VALID
                                           : SP_DKIM_KEY_NONE;
    if (state != SP_DKIM_KEY_VALID)
        return state;
    if (list.is_broken || !key)
        return SP_DKIM_KEY_MALFORMED;
    /* RFC 6376 knows rsa, the default; RFC 8463 adds ed25519. */
    if (type && !sp_span_is(type->value, "rsa") && !sp_span_is(type->value, "ed25519"))
        return SP_DKIM_KEY_MALFORMED;
    if (key->value.len == 0)
        return SP_DKIM_KEY_REVOKED;
    return is_base64(key->value) ? SP_DKIM_KEY_VALID : SP_DKIM_KEY_MALFORMED;
}
