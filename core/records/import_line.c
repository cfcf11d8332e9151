#include "records/import_line.h"

#include "base/text.h"
#include "records/importer.h"

struct word {
    char *text;
    bool has_colon; /* a colon stood behind it: "Host:" */
};

struct words {
    struct word items[SP_IMPORT_WORDS_MAX];
    size_t n;
};

/* What separates words, beside what clean() turns into blanks. No name contains any of these. */
static const char separators[] = " \t\r\n\v\f,;=|\"'`()<>:";

static bool is_one_of(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (sp_ascii_equal(word, *list))
            return true;
    return false;
}

/* The headings, labels, buttons and other columns of the pages that show such records. */
static bool is_heading(const char *word)
{
    static const char *const headings[] = {
        "host",     "hostname", "name",   "alias",     "label",     "subdomain",   "points",
        "to",       "point",    "target", "value",     "values",    "destination", "content",
        "data",     "answer",   "type",   "record",    "records",   "ttl",         "class",
        "status",   "priority", "dns",    "copy",      "copied",    "edit",        "delete",
        "pending",  "verified", "auto",   "automatic", "default",   "seconds",     "second",
        "sec",      "minutes",  "minute", "min",       "hours",     "hour",        "hr",
        "proxied",  "proxy",    "only",   "n/a",       "and",       "dkim",        "return-path",
        "required", "is",       "an",     "for",       "canonical", NULL};
    return is_one_of(word, headings);
}

/* Types that a platform's page or a zone file may hold beside CNAME. Two are words as well, unless
 * in capitals: "sk1.example.com is an alias for u1.mailer.example". */
static bool is_other_type(const char *word)
{
    static const char *const types[] = {"AAAA", "MX",    "TXT",   "NS",     "SOA", "SRV",  "CAA",
                                        "PTR",  "SPF",   "ANAME", "DNAME",  "DS",  "TLSA", "HTTPS",
                                        "SVCB", "NAPTR", "HINFO", "DNSKEY", NULL};
    return strcmp(word, "A") == 0 || strcmp(word, "ALIAS") == 0 || is_one_of(word, types);
}

/* "300", "1." in front of a list item, "1/2" of an hour. */
static bool is_number(const char *word)
{
    size_t n = strspn(word, "0123456789");
    if (n == 0)
        return false;
    word += n;
    return strcmp(word, "") == 0 || strcmp(word, ".") == 0 ||
           (word[0] == '/' && strspn(word + 1, "0123456789") == strlen(word + 1));
}

static bool is_decoration(const char *word)
{
    return strspn(word, "-*_+.~#/") == strlen(word);
}

/* What never is a name on a line that is no zone-file line. */
static bool is_filler(const char *word)
{
    static const char *const type[] = {"CNAME", "IN", NULL};
    return is_number(word) || is_decoration(word) || is_one_of(word, type);
}

/* Replaces what HTML, word processors and list styles put around names: by a blank, or by nothing.
 */
static const struct foreign {
    const char *first, *last; /* a range that differs in the last byte alone */
    const char *with;
} foreign[] = {
    {"\xef\xbb\xbf", "\xef\xbb\xbf", ""},  /* byte order mark */
    {"\xe2\x80\x8b", "\xe2\x80\x8b", ""},  /* zero-width space; the joiners belong to IDNA */
    {"\xe2\x80\x8e", "\xe2\x80\x8f", ""},  /* direction marks */
    {"\xe2\x80\xaa", "\xe2\x80\xae", ""},  /* direction overrides */
    {"\xe2\x81\xa0", "\xe2\x81\xa9", ""},  /* word joiner, isolates */
    {"\xc2\xad", "\xc2\xad", ""},          /* soft hyphen */
    {"\xc2\xa0", "\xc2\xa0", " "},         /* no-break space */
    {"\xe2\x80\x80", "\xe2\x80\x8a", " "}, /* spaces of all widths */
    {"\xe2\x80\xa8", "\xe2\x80\xa9", " "}, /* line and paragraph separator */
    {"\xe2\x80\xaf", "\xe2\x80\xaf", " "}, /* narrow no-break space */
    {"\xe3\x80\x80", "\xe3\x80\x80", " "}, /* ideographic space */
    {"\xe2\x80\x98", "\xe2\x80\x9f", " "}, /* typographic quotes */
    {"\xc2\xab", "\xc2\xab", " "},         /* guillemets */
    {"\xc2\xbb", "\xc2\xbb", " "},
    {"\xe2\x80\x93", "\xe2\x80\x94", " "}, /* dashes between words */
    {"\xe2\x80\xa2", "\xe2\x80\xa2", " "}, /* bullet */
    {"\xc2\xb7", "\xc2\xb7", " "},         /* middle dot */
    {"\xe2\x86\x92", "\xe2\x86\x92", " "}, /* arrows */
    {"\xe2\x87\x92", "\xe2\x87\x92", " "},
    {"\xe2\x9e\x9c", "\xe2\x9e\x9c", " "},
    {"\xe2\x9f\xb6", "\xe2\x9f\xb6", " "},
    {"-->", "-->", " "},
    {"->", "->", " "},
    {"=>", "=>", " "},
};

static const struct foreign *foreign_at(const char *at, size_t left)
{
    if ((uint8_t)*at < 0x80 && *at != '-' && *at != '=')
        return NULL; /* no entry begins so */
    for (size_t i = 0; i < SP_ARRAY_LEN(foreign); i++) {
        size_t n = strlen(foreign[i].first);
        if (n <= left && memcmp(at, foreign[i].first, n) >= 0 &&
            memcmp(at, foreign[i].last, n) <= 0)
            return &foreign[i];
    }
    return NULL;
}

/* Copies SPAN into the line's text without its foreign characters and its comment. A mark of a
 * comment stands at the start or behind a blank; elsewhere `;` separates columns. */
static int clean(struct sp_import_line *line, struct sp_span span, struct sp_err *err)
{
    size_t len = 0;
    if (span.len > SP_TEXT_MAX)
        return sp_err_set(err, SP_ERR_USAGE, "bad-line", "the line is longer than %d bytes",
                          SP_TEXT_MAX);
    if (memchr(span.bytes, '\0', span.len)) {
        sp_err_set(err, SP_ERR_USAGE, "bad-line", "this is no UTF-8 text: it has a zero byte");
        return sp_err_fix(err, "save the file as UTF-8 text");
    }
    for (size_t at = 0; at < span.len;) {
        const struct foreign *hit = foreign_at(span.bytes + at, span.len - at);
        char c = span.bytes[at];
        if ((c == '#' || c == ';') && (len == 0 || strchr(" \t", line->text[len - 1])))
            break;
        if (!hit)
            line->text[len++] = c;
        else if (*hit->with)
            line->text[len++] = ' ';
        at += hit ? strlen(hit->first) : 1;
    }
    line->text[len] = '\0';
    return 0;
}

static int split(struct sp_import_line *line, struct words *ret_words, struct sp_err *err)
{
    size_t len = strlen(line->text);
    struct sp_cursor cursor = sp_cursor_of(line->text, len);
    ret_words->n = 0;
    sp_cursor_while(&cursor, separators);
    while (!sp_cursor_is_end(&cursor)) {
        if (ret_words->n == SP_IMPORT_WORDS_MAX)
            return sp_err_set(err, SP_ERR_USAGE, "bad-line", "the line has more than %d words",
                              SP_IMPORT_WORDS_MAX);
        struct word *word = &ret_words->items[ret_words->n++];
        word->text = line->text + cursor.at;
        size_t end = cursor.at + sp_cursor_until(&cursor, separators).len;
        struct sp_span gap = sp_cursor_while(&cursor, separators);
        word->has_colon = gap.len && memchr(gap.bytes, ':', gap.len);
        line->text[end] = '\0';
    }
    return 0;
}

/* Seconds, or with a unit as BIND takes it: 3600, 1h. */
static bool read_ttl(const char *word, uint32_t *ret_ttl)
{
    uint64_t ms;
    size_t len = strlen(word);
    if (len == 0 || sp_parse_duration_ms(word, &ms) < 0 || ms % 1000 || ms / 1000 > SP_TTL_MAX ||
        (len > 2 && strcmp(word + len - 2, "ms") == 0))
        return false;
    *ret_ttl = (uint32_t)(ms / 1000);
    return true;
}

static int read_directive(struct sp_import_line *line, const struct words *words,
                          struct sp_err *err)
{
    const char *name = words->items[0].text;
    if (words->n == 2 && sp_ascii_equal(name, "$ORIGIN")) {
        line->kind = SP_IMPORT_LINE_ORIGIN;
        line->first = words->items[1].text;
        return 0;
    }
    if (words->n == 2 && sp_ascii_equal(name, "$TTL") &&
        read_ttl(words->items[1].text, &line->ttl)) {
        line->kind = SP_IMPORT_LINE_TTL;
        return 0;
    }
    char *shown = sp_import_quote(sp_span_of(name));
    sp_err_set(err, SP_ERR_USAGE, "bad-line", "\"%s\" is not understood here", shown);
    free(shown);
    return sp_err_fix(err, "use $ORIGIN NAME and $TTL SECONDS alone, or write the records out");
}

/* A type's name in front counts only beside two other words: `mx u1.mailer.example` is a host. With
 * a colon it is a URL's scheme. */
static int refuse_other_types(const struct words *words, struct sp_err *err)
{
    for (size_t i = 0; i < words->n; i++) {
        const struct word *word = &words->items[i];
        if (!is_other_type(word->text) || word->has_colon || (i == 0 && words->n == 2))
            continue;
        char *shown = sp_import_quote(sp_span_of(word->text));
        sp_err_set(err, SP_ERR_USAGE, "record-type",
                   "records of type %s are not published, only CNAME", shown);
        free(shown);
        return sp_err_fix(err, "take this line out, and add the record at the provider by hand");
    }
    return 0;
}

static int refuse_urls(const struct words *words, struct sp_err *err)
{
    for (size_t i = 0; i < words->n; i++) {
        if (!sp_ascii_starts(words->items[i].text, "//"))
            continue;
        char *shown = sp_import_quote(sp_span_of(words->items[i].text));
        sp_err_set(err, SP_ERR_USAGE, "bad-line", "\"%s\" belongs to a URL, not to a DNS record",
                   shown);
        free(shown);
        return sp_err_fix(err, "write the names alone, without https:// and what follows the name");
    }
    return 0;
}

static bool read_zone_line(struct sp_import_line *line, const struct words *words)
{
    if (words->n < 3 || words->n > 5 || !sp_ascii_equal(words->items[words->n - 2].text, "CNAME") ||
        is_heading(words->items[words->n - 1].text))
        return false;
    uint32_t ttl = 0;
    for (size_t i = 1; i < words->n - 2; i++)
        if (!sp_ascii_equal(words->items[i].text, "IN") && !read_ttl(words->items[i].text, &ttl))
            return false;
    line->kind = SP_IMPORT_LINE_ZONE;
    line->first = words->items[0].text;
    line->second = words->items[words->n - 1].text;
    line->ttl = ttl;
    return true;
}

/* Keeps the words for which IS_DROPPED is false. */
static void drop(struct words *words, bool (*is_dropped)(const char *word))
{
    size_t n = 0;
    for (size_t i = 0; i < words->n; i++)
        if (!is_dropped(words->items[i].text))
            words->items[n++] = words->items[i];
    words->n = n;
}

/* Drops "Host:" and "Points to:". */
static void drop_labels(struct words *words)
{
    size_t n = 0;
    for (size_t i = 0; i < words->n; i++) {
        const struct word word = words->items[i];
        words->items[n++] = word;
        while (word.has_colon && n > 0 &&
               (is_heading(words->items[n - 1].text) || is_filler(words->items[n - 1].text)))
            n--;
    }
    words->n = n;
}

/* Some platforms use the customer's number as the host; list numbers and priorities are shorter. */
static bool is_number_host(const struct words *words)
{
    enum { DIGITS_LEAST = 4 };
    return words->n > 1 && strspn(words->items[0].text, "0123456789") >= DIGITS_LEAST &&
           strspn(words->items[0].text, "0123456789") == strlen(words->items[0].text);
}

/* What is left when the labels, the other columns and the headings are gone. A host that is called
 * like a heading ("name") has to be written in full. */
static int read_names(struct sp_import_line *line, struct words *words, struct sp_span span,
                      struct sp_err *err)
{
    drop_labels(words);
    struct word first = words->items[0];
    bool has_number_host = is_number_host(words);
    drop(words, is_filler);
    if (has_number_host && words->n == 1) {
        words->items[1] = words->items[0];
        words->items[0] = first;
        words->n = 2;
    } else {
        drop(words, is_heading);
    }
    if (words->n > 2) {
        char *shown = sp_import_quote(span);
        sp_err_set(err, SP_ERR_USAGE, "bad-line",
                   "there is more than a host and what it points to in \"%s\"", shown);
        free(shown);
        return sp_err_fix(err, "write one record a line, HOST and TARGET with a blank between, "
                               "and take other text out");
    }
    static const enum sp_import_line_kind kinds[] = {SP_IMPORT_LINE_BLANK, SP_IMPORT_LINE_HALF,
                                                     SP_IMPORT_LINE_PAIR};
    line->kind = kinds[words->n];
    line->first = words->n > 0 ? words->items[0].text : NULL;
    line->second = words->n > 1 ? words->items[1].text : NULL;
    return 0;
}

int sp_import_line_read(struct sp_import_line *ret_line, struct sp_span span, struct sp_err *err)
{
    struct words words;
    ret_line->kind = SP_IMPORT_LINE_BLANK;
    ret_line->first = ret_line->second = NULL;
    ret_line->ttl = 0;
    if (clean(ret_line, span, err) < 0 || split(ret_line, &words, err) < 0)
        return -1;
    if (words.n == 0)
        return 0;
    if (words.items[0].text[0] == '$')
        return read_directive(ret_line, &words, err);
    if (refuse_other_types(&words, err) < 0 || refuse_urls(&words, err) < 0)
        return -1;
    if (read_zone_line(ret_line, &words))
        return 0;
    return read_names(ret_line, &words, span, err);
}
