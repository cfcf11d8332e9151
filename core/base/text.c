#include "base/text.h"

#include "base/limits.h"

char sp_ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool sp_ascii_is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (sp_ascii_lower(c) >= 'a' && sp_ascii_lower(c) <= 'z');
}

bool sp_ascii_equal(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if (sp_ascii_lower(*a) != sp_ascii_lower(*b))
            return false;
    return *a == *b;
}

bool sp_ascii_starts(const char *text, const char *prefix)
{
    for (; *prefix; text++, prefix++)
        if (sp_ascii_lower(*text) != sp_ascii_lower(*prefix))
            return false;
    return true;
}

int sp_parse_u64(const char *text, uint64_t max, uint64_t *ret_value)
{
    uint64_t value = 0;
    if (!*text)
        return -1;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return -1;
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(*text - '0'), &value) || value > max)
            return -1;
    }
    *ret_value = value;
    return 0;
}

int sp_parse_duration_ms(const char *text, uint64_t *ret_ms)
{
    static const struct {
        const char *unit;
        uint64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}, {"", 1000}};
    char digits[16];
    size_t n = strspn(text, "0123456789");
    uint64_t value;
    if (n == 0 || n >= sizeof(digits))
        return -1;
    memcpy(digits, text, n);
    digits[n] = '\0';
    if (sp_parse_u64(digits, UINT32_MAX, &value) < 0)
        return -1;
    for (size_t i = 0; i < SP_ARRAY_LEN(units); i++)
        if (strcmp(text + n, units[i].unit) == 0) {
            *ret_ms = value * units[i].ms;
            return 0;
        }
    return -1;
}

size_t sp_utf8_decode(const char *text, size_t len, uint32_t *ret_value)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const uint8_t *bytes = (const uint8_t *)text;
    uint8_t first = len ? bytes[0] : 0xff;
    size_t n = first < 0x80       ? 1
               : first >> 5 == 6  ? 2
               : first >> 4 == 14 ? 3
               : first >> 3 == 30 ? 4
                                  : 0;
    if (n == 0 || n > len)
        return 0;
    uint32_t value = n == 1 ? first : first & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if (bytes[i] >> 6 != 2)
            return 0;
        value = value << 6 | (bytes[i] & 0x3f);
    }
    if (value < least[n] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return 0;
    *ret_value = value;
    return n;
}

/* What a terminal would act on rather than show: controls, line separators, direction overrides. */
static bool is_unprintable(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c ||
           (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
           (c >= 0xe0000 && c <= 0xe0fff);
}

void sp_escape_terminal(struct sp_buf *out, const char *text, size_t len)
{
    for (size_t at = 0; at < len;) {
        uint32_t value = 0;
        size_t n = sp_utf8_decode(text + at, len - at, &value);
        if (n == 0 || (is_unprintable(value) && value < 0x80)) {
            sp_buf_printf(out, "\\x%02x", (uint8_t)text[at]);
            at++;
        } else {
            if (is_unprintable(value))
                sp_buf_printf(out, "\\u{%x}", value);
            else
                sp_buf_append(out, text + at, n);
            at += n;
        }
    }
}

char *sp_escaped(const char *text)
{
    struct sp_buf out = SP_BUF_INIT(8 * SP_TEXT_MAX);
    size_t len = strnlen(text, SP_TEXT_MAX);
    sp_escape_terminal(&out, text, len);
    return sp_buf_steal(&out);
}

const char *sp_excerpt(const char *text, char ret_excerpt[SP_EXCERPT_SIZE])
{
    static const char cut[] = "...";
    struct sp_buf out = SP_BUF_INIT(SP_EXCERPT_SIZE - sizeof(cut));
    size_t len = strnlen(text, SP_EXCERPT_SIZE), at = 0;
    while (at < len && sp_buf_is_ok(&out)) {
        uint32_t value;
        size_t n = sp_utf8_decode(text + at, len - at, &value);
        sp_escape_terminal(&out, text + at, n ? n : 1);
        at += n ? n : 1;
    }
    snprintf(ret_excerpt, SP_EXCERPT_SIZE, "%s%s", sp_buf_str(&out), sp_buf_is_ok(&out) ? "" : cut);
    sp_buf_fini(&out);
    return ret_excerpt;
}

void sp_copy_text(char *ret_text, size_t size, const char *src)
{
    size_t len = strnlen(src, size - 1);
    memcpy(ret_text, src, len);
    ret_text[len] = '\0';
}
