#include "names/sender.h"

#include <arpa/inet.h>

#include "base/text.h"
#include "names/idn.h"
#include "names/suffix.h"

/* In the order in which they are looked for: a URL has a path, too. */
enum fault {
    FAULT_NONE,
    FAULT_EMPTY,
    FAULT_URL,
    FAULT_EMAIL,
    FAULT_IP,
    FAULT_PATH,
    FAULT_PORT,
    FAULT_SPACE,
    FAULT_WILDCARD,
    FAULT_EMPTY_LABEL,
    FAULT_BAD_CHARACTER,
    FAULT_TOO_LONG,
    FAULT_UNDERSCORE,
    FAULT_SINGLE_LABEL,
    FAULT_WWW,
    FAULT_PUBLIC_SUFFIX,
};

static const struct {
    const char *code;
    const char *cause; /* continues `"INPUT" ` */
} faults[] = {
    [FAULT_EMPTY] = {"sender-empty", "is empty: a sender domain is needed, as in yourdomain.com"},
    [FAULT_URL] = {"sender-url", "is a URL, not a domain"},
    [FAULT_EMAIL] = {"sender-email",
                     "is an e-mail address; the sender domain is the part after the @"},
    [FAULT_IP] = {"sender-ip",
                  "is an IP address, or ends in a number as one does; mail is sent from a domain"},
    [FAULT_PATH] = {"sender-path", "has a path behind the domain"},
    [FAULT_PORT] = {"sender-port", "has a port number behind the domain"},
    [FAULT_SPACE] = {"sender-space", "has a blank inside; a domain has none"},
    [FAULT_WILDCARD] = {"sender-wildcard",
                        "has a wildcard; records are made for one sender domain at a time"},
    [FAULT_EMPTY_LABEL] = {"sender-empty-label",
                           "has an empty label: a dot is at the start, or two are in a row"},
    [FAULT_BAD_CHARACTER] =
        {"sender-bad-character",
         "has a label that no domain can have: letters, digits and \"-\" between "
         "them are allowed, or valid international letters"},
    [FAULT_TOO_LONG] = {"sender-too-long",
                        "is too long: a label has at most 63 characters, the whole "
                        "domain at most 253"},
    [FAULT_UNDERSCORE] =
        {"sender-underscore",
         "has a label with \"_\": it is the host of a record, not a sender domain"},
    [FAULT_SINGLE_LABEL] =
        {"sender-single-label",
         "has a single label; a sender domain has two or more, as in yourdomain.com"},
    [FAULT_WWW] = {"sender-www",
                   "is the host of a web site; mail is sent from the domain without \"www.\""},
    [FAULT_PUBLIC_SUFFIX] =
        {"sender-public-suffix",
         "is a public suffix: domains are registered below it, and mail is sent "
         "from one of them"},
};

static const char blanks[] = " \t\r\n\v\f";

static bool is_ascii(const char *text)
{
    for (; *text; text++)
        if ((uint8_t)*text >= 0x80)
            return false;
    return true;
}

/* An owned copy without outer blanks and with full stops for the three other dots of IDNA. */
static char *tidy(const char *text)
{
    static const char *const dots[] = {"\xe3\x80\x82", "\xef\xbc\x8e", "\xef\xbd\xa1"};
    text += strspn(text, blanks);
    char *copy = sp_strdup(text);
    size_t len = strlen(copy);
    while (len && strchr(blanks, copy[len - 1]))
        copy[--len] = '\0';
    for (size_t i = 0; i < SP_ARRAY_LEN(dots); i++) {
        for (char *hit; (hit = strstr(copy, dots[i]));) {
            *hit = '.';
            memmove(hit + 1, hit + 3, strlen(hit + 3) + 1);
        }
    }
    return copy;
}

static bool is_url(const char *text)
{
    static const char *const schemes[] = {"http:", "https:", "ftp:", "//"};
    for (size_t i = 0; i < SP_ARRAY_LEN(schemes); i++)
        if (sp_ascii_starts(text, schemes[i]))
            return true;
    return strstr(text, "://") != NULL;
}

/* An address as people write it: bare, in brackets, with a port, a prefix length or a zone index.
 */
static bool is_ip(const char *text)
{
    char address[INET6_ADDRSTRLEN];
    struct in6_addr ignored;
    text += *text == '[';
    size_t n4 = strspn(text, "0123456789."), n6 = strspn(text, "0123456789abcdefABCDEF:.");
    bool is_v4_end = strchr(":/", text[n4]) != NULL, is_v6_end = strchr("]%/", text[n6]) != NULL;
    if (n4 < sizeof(address) && is_v4_end) {
        memcpy(address, text, n4);
        address[n4] = '\0';
        if (inet_pton(AF_INET, address, &ignored) == 1)
            return true;
    }
    if (n6 >= sizeof(address) || !is_v6_end)
        return false;
    memcpy(address, text, n6);
    address[n6] = '\0';
    return inet_pton(AF_INET6, address, &ignored) == 1;
}

static bool is_number(struct sp_span label)
{
    for (size_t i = 0; i < label.len; i++)
        if (label.bytes[i] < '0' || label.bytes[i] > '9')
            return false;
    return label.len > 0;
}

/* What the text alone shows, before it is read as a name. */
static enum fault find_text_fault(const char *text)
{
    const char *colon = strchr(text, ':');
    if (!*text)
        return FAULT_EMPTY;
    if (is_url(text))
        return FAULT_URL;
    if (strchr(text, '@') || sp_ascii_starts(text, "mailto:"))
        return FAULT_EMAIL;
    if (is_ip(text))
        return FAULT_IP;
    if (strpbrk(text, "/?#"))
        return FAULT_PATH;
    if (colon && strspn(colon + 1, "0123456789") == strlen(colon + 1))
        return FAULT_PORT;
    if (strpbrk(text, blanks))
        return FAULT_SPACE;
    if (strchr(text, '*'))
        return FAULT_WILDCARD;
    if (text[0] == '.' || strstr(text, ".."))
        return FAULT_EMPTY_LABEL;
    return strchr(text, '\\') ? FAULT_BAD_CHARACTER : FAULT_NONE;
}

static enum fault find_label_fault(struct sp_span label)
{
    char *ulabel = sp_idn_decode(label);
    bool is_bad = sp_idn_is_alabel(label) && !ulabel;
    free(ulabel);
    if (is_bad)
        return FAULT_BAD_CHARACTER;
    return memchr(label.bytes, '_', label.len) ? FAULT_UNDERSCORE : FAULT_NONE;
}

static enum fault find_name_fault(const struct sp_name *name)
{
    struct sp_err ignored = SP_ERR_INIT;
    size_t n = sp_name_count_labels(name);
    enum fault fault = FAULT_NONE;
    if (sp_name_check_host(name, &ignored) < 0)
        return FAULT_BAD_CHARACTER;
    for (size_t i = 0; i < n; i++) {
        enum fault found = find_label_fault(sp_name_label(name, i));
        if (fault == FAULT_NONE || found == FAULT_BAD_CHARACTER)
            fault = found;
    }
    if (fault != FAULT_NONE)
        return fault;
    /* No top-level domain is a number (RFC 3696, section 2), but the last part of an address is. */
    if (is_number(sp_name_label(name, n - 1)))
        return FAULT_IP;
    if (n == 1)
        return FAULT_SINGLE_LABEL;
    if (n > 2 && sp_span_is(sp_name_label(name, 0), "www"))
        return FAULT_WWW;
    return sp_suffix_is_public(name) ? FAULT_PUBLIC_SUFFIX : FAULT_NONE;
}

/* The first fault of a tidy text; RET_NAME is set where it could be read as a name. */
static enum fault find_fault(const char *text, struct sp_name *ret_name)
{
    struct sp_err err = SP_ERR_INIT;
    *ret_name = (struct sp_name){0};
    enum fault fault = find_text_fault(text);
    if (fault != FAULT_NONE)
        return fault;
    if (sp_name_parse(ret_name, text, &err) < 0)
        return strcmp(err.code, "name-too-long") == 0 ? FAULT_TOO_LONG : FAULT_BAD_CHARACTER;
    return find_name_fault(ret_name);
}

static char *dup_until(const char *text, const char *set)
{
    return sp_strndup(text, strcspn(text, set));
}

static char *mend_url(const char *text)
{
    const char *slashes = strstr(text, "//"), *colon = strchr(text, ':');
    const char *start = slashes ? slashes + 2 : colon ? colon + 1 : text;
    char *authority = dup_until(start, "/?#");
    char *at = strrchr(authority, '@');
    char *host = sp_strdup(at ? at + 1 : authority);
    free(authority);
    return host;
}

static char *mend_email(const char *text)
{
    const char *at = strchr(text, '@');
    return at ? dup_until(at + 1, " \t\r\n<>()[],;:\"'?/") : NULL;
}

/* Blanks around a dot are a slip ("example .com"); otherwise the first word that has a dot may be
 * meant. */
static char *mend_space(const char *text)
{
    struct sp_buf joined = SP_BUF_INIT(strlen(text));
    struct sp_cursor cursor = sp_cursor_of(text, strlen(text));
    struct sp_span first = {.bytes = ""}, last = {.bytes = ""};
    bool is_slip = true;
    while (!sp_cursor_is_end(&cursor)) {
        struct sp_span word = sp_cursor_until(&cursor, blanks);
        sp_cursor_while(&cursor, blanks);
        if (last.len && last.bytes[last.len - 1] != '.' && word.len && word.bytes[0] != '.')
            is_slip = false;
        if (!first.len && memchr(word.bytes, '.', word.len))
            first = word;
        sp_buf_append(&joined, word.bytes, word.len);
        last = word;
    }
    char *mended = is_slip ? sp_buf_steal(&joined) : sp_span_dup(first);
    sp_buf_fini(&joined);
    return mended;
}

static char *mend_dots(const char *text)
{
    char *mended = sp_alloc(strlen(text) + 1, 1), *end = mended;
    for (; *text; text++)
        if (*text != '.' || (end > mended && end[-1] != '.'))
            *end++ = *text;
    return mended;
}

/* Quotes, brackets and punctuation around a domain come along when it is copied out of a text. */
static char *mend_character(const char *text)
{
    static const char around[] = "\"'`<>()[]{},;:!\\-";
    size_t len = strlen(text), skip = strspn(text, around);
    while (len > skip && strchr(around, text[len - 1]))
        len--;
    return sp_strndup(text + skip, len - skip);
}

/* The domain below which the record's host stands: what follows the last label with a "_". */
static char *mend_underscore(const struct sp_name *name)
{
    size_t after = 0;
    for (size_t i = 0; i < sp_name_count_labels(name); i++) {
        struct sp_span label = sp_name_label(name, i);
        if (memchr(label.bytes, '_', label.len))
            after = i + 1;
    }
    struct sp_name rest = sp_name_strip(name, after);
    return sp_strdup(SP_NAME_STR(&rest));
}

/* The text without its fault, owned; NULL where nothing can be guessed. */
static char *mend(enum fault fault, const char *text, const struct sp_name *name)
{
    struct sp_name rest;
    switch (fault) {
    case FAULT_URL:
        return mend_url(text);
    case FAULT_EMAIL:
        return mend_email(text);
    case FAULT_PATH:
        return dup_until(text, "/?#");
    case FAULT_PORT:
        return dup_until(text, ":");
    case FAULT_SPACE:
        return mend_space(text);
    case FAULT_WILDCARD:
        return strncmp(text, "*.", 2) == 0 ? sp_strdup(text + 2) : NULL;
    case FAULT_EMPTY_LABEL:
        return mend_dots(text);
    case FAULT_BAD_CHARACTER:
        return mend_character(text);
    case FAULT_UNDERSCORE:
        return mend_underscore(name);
    case FAULT_WWW:
        rest = sp_name_strip(name, 1);
        return sp_strdup(SP_NAME_STR(&rest));
    default:
        return NULL;
    }
}

/* Faults that one input can have and still be mended; more is no slip of the pen. */
#define MENDS_MAX 8

/* Mends one fault after the other until a usable domain is left. NULL when there is none to be
 * found. */
static char *suggest(const char *input, enum fault fault, struct sp_name name)
{
    char *text = tidy(input), *suggestion = NULL;
    for (int i = 0; fault != FAULT_NONE && i < MENDS_MAX; i++) {
        char *mended = mend(fault, text, &name);
        free(text);
        text = mended ? tidy(mended) : NULL;
        free(mended);
        if (!text)
            return NULL;
        fault = find_fault(text, &name);
    }
    if (fault == FAULT_NONE)
        suggestion = is_ascii(input) ? sp_strdup(SP_NAME_STR(&name)) : sp_name_display(&name);
    free(text);
    return suggestion;
}

static int refuse(const char *input, enum fault fault, const struct sp_name *name,
                  struct sp_err *err)
{
    char *suggestion =
        strnlen(input, SP_TEXT_MAX) < SP_TEXT_MAX ? suggest(input, fault, *name) : NULL;
    sp_err_set(err, SP_ERR_USAGE, faults[fault].code, "\"%s\" %s", SP_EXCERPT(input),
               faults[fault].cause);
    if (suggestion)
        sp_err_fix(err, "did you mean \"%s\"?", suggestion);
    else
        sp_err_fix(err, "give the domain of the send-from address, the part after its @");
    free(suggestion);
    return -1;
}

int sp_sender_parse(struct sp_name *ret_domain, const char *input, struct sp_err *err)
{
    struct sp_name name = {0};
    enum fault fault = FAULT_TOO_LONG;
    *ret_domain = name;
    if (strnlen(input, SP_TEXT_MAX) < SP_TEXT_MAX) {
        char *text = tidy(input);
        fault = find_fault(text, &name);
        free(text);
    }
    if (fault != FAULT_NONE)
        return refuse(input, fault, &name, err);
    *ret_domain = name;
    return 0;
}
