#include "names/idn.h"

#include <idn2.h>

#include "base/text.h"

static const char ace_prefix[] = "xn--";

/* libidn2 lets through what UTS 46 maps to ASCII punctuation or blanks when STD3 rules are off. */
static bool is_plain(const char *label)
{
    for (; *label; label++)
        if (!sp_ascii_is_alnum(*label) && *label != '-' && *label != '_')
            return false;
    return true;
}

int sp_idn_encode(const char *ulabel, char ret_label[SP_LABEL_MAX + 1], struct sp_err *err)
{
    uint8_t *alabel = NULL;
    int rc =
        idn2_lookup_u8((const uint8_t *)ulabel, &alabel, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    size_t len = rc == IDN2_OK ? strlen((const char *)alabel) : 0;
    int result = -1;
    if (rc == IDN2_TOO_BIG_LABEL || rc == IDN2_TOO_BIG_DOMAIN || rc == IDN2_PUNYCODE_BIG_OUTPUT ||
        len > SP_LABEL_MAX)
        sp_err_set(err, SP_ERR_USAGE, "name-too-long",
                   "the label \"%s\" is longer than %d characters in its ASCII form",
                   SP_EXCERPT(ulabel), SP_LABEL_MAX);
    else if (rc != IDN2_OK)
        sp_err_set(err, SP_ERR_USAGE, "bad-name", "\"%s\" cannot stand in a domain name: %s",
                   SP_EXCERPT(ulabel), idn2_strerror(rc));
    else if (len == 0 || !is_plain((const char *)alabel))
        sp_err_set(err, SP_ERR_USAGE, "bad-name",
                   "\"%s\" cannot stand in a domain name: it holds no letters, or characters that "
                   "only look like letters",
                   SP_EXCERPT(ulabel));
    else
        result = 0;
    if (result == 0)
        sp_copy_text(ret_label, SP_LABEL_MAX + 1, (const char *)alabel);
    idn2_free(alabel);
    return result;
}

bool sp_idn_is_alabel(struct sp_span label)
{
    size_t len = strlen(ace_prefix);
    return label.len > len && memcmp(label.bytes, ace_prefix, len) == 0;
}

static bool is_ascii(const char *text)
{
    for (; *text; text++)
        if ((uint8_t)*text >= 0x80)
            return false;
    return true;
}

char *sp_idn_decode(struct sp_span label)
{
    char *alabel = NULL, *ulabel = NULL, *decoded = NULL;
    if (!sp_idn_is_alabel(label) || memchr(label.bytes, '.', label.len) ||
        memchr(label.bytes, '\0', label.len))
        return NULL;
    alabel = sp_span_dup(label);
    /* An A-label that decodes to plain ASCII ("xn--abc-") is a disguise, not a name. */
    if (idn2_to_unicode_8z8z(alabel, &ulabel, 0) == IDN2_OK && !is_ascii(ulabel))
        decoded = sp_strdup(ulabel);
    idn2_free(ulabel);
    free(alabel);
    return decoded;
}

enum script { SCRIPT_OTHER = 0, SCRIPT_LATIN = 1, SCRIPT_GREEK = 2, SCRIPT_CYRILLIC = 4 };

/* The three alphabets whose letters are taken for each other; by blocks, which is coarse and
 * enough. */
static enum script script_of(uint32_t c)
{
    static const struct {
        uint32_t first, last;
        enum script script;
    } blocks[] = {
        {'a', 'z', SCRIPT_LATIN},          {0xc0, 0x24f, SCRIPT_LATIN},
        {0x1e00, 0x1eff, SCRIPT_LATIN},    {0x370, 0x3ff, SCRIPT_GREEK},
        {0x1f00, 0x1fff, SCRIPT_GREEK},    {0x400, 0x52f, SCRIPT_CYRILLIC},
        {0x1c80, 0x1c8f, SCRIPT_CYRILLIC}, {0x2de0, 0x2dff, SCRIPT_CYRILLIC},
        {0xa640, 0xa69f, SCRIPT_CYRILLIC},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(blocks); i++)
        if (c >= blocks[i].first && c <= blocks[i].last)
            return blocks[i].script;
    return SCRIPT_OTHER;
}

static bool is_one_script(const char *ulabel)
{
    unsigned seen = 0;
    size_t len = strlen(ulabel);
    for (size_t at = 0, n; at < len; at += n) {
        uint32_t c = 0;
        n = sp_utf8_decode(ulabel + at, len - at, &c);
        if (n == 0)
            return false;
        seen |= script_of(c);
    }
    return (seen & (seen - 1)) == 0;
}

/* RFC 5891, section 5.4: no mapping, letters, digits and marks alone. */
static bool is_strict(const char *ulabel, struct sp_span label)
{
    uint8_t *back = NULL;
    bool is_same =
        idn2_lookup_u8((const uint8_t *)ulabel, &back, IDN2_NFC_INPUT | IDN2_NO_TR46) == IDN2_OK &&
        sp_span_is(label, (const char *)back);
    idn2_free(back);
    return is_same;
}

char *sp_idn_display(struct sp_span label)
{
    char back[SP_LABEL_MAX + 1];
    struct sp_err ignored = SP_ERR_INIT;
    char *ulabel = sp_idn_decode(label);
    if (!ulabel)
        return NULL;
    if (is_one_script(ulabel) && is_strict(ulabel, label) &&
        sp_idn_encode(ulabel, back, &ignored) == 0 && sp_span_is(label, back))
        return ulabel;
    free(ulabel);
    return NULL;
}
