#include "cli/wrap.h"

#include <limits.h>
#include <locale.h>
#include <wchar.h>

#include "base/cursor.h"
#include "base/text.h"

static bool is_ascii(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((uint8_t)text[i] >= 0x80)
            return false;
    return true;
}

/* The columns of the character at TEXT: two for most of East Asia, none for a mark that is set on
 * the one before it. What is no character takes one column a byte. */
static unsigned character_columns(const char *text, size_t len, size_t *ret_len)
{
    mbstate_t state = {0};
    wchar_t character = 0;
    size_t n = mbrtowc(&character, text, len, &state);
    int columns = n <= len ? wcwidth(character) : -1;
    *ret_len = n && n <= len ? n : 1;
    return columns < 0 ? 1 : (unsigned)columns;
}

/* How much of TEXT has no more than MAX columns. Bytes of a colour (ECMA-48, section 5.4) take
 * none. */
static size_t measure_in_locale(const char *text, size_t len, unsigned max, unsigned *ret_columns)
{
    unsigned columns = 0;
    size_t i = 0;
    for (size_t n = 1; i < len; i += n) {
        unsigned more = 1;
        n = 1;
        if (text[i] == '\033') {
            while (i + n < len && text[i + n - 1] != 'm')
                n++;
            more = 0;
        } else if (!is_ascii(text + i, 1)) {
            more = character_columns(text + i, len - i, &n);
        }
        if (columns + more > max)
            break;
        columns += more;
    }
    *ret_columns = columns;
    return i;
}

/* What is shown is UTF-8, whatever the locale of the process. */
static size_t measure(const char *text, size_t len, unsigned max, unsigned *ret_columns)
{
    locale_t utf8 = is_ascii(text, len) ? (locale_t)0 : newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);
    if (!utf8)
        return measure_in_locale(text, len, max, ret_columns);
    locale_t before = uselocale(utf8);
    size_t fitting = measure_in_locale(text, len, max, ret_columns);
    uselocale(before);
    freelocale(utf8);
    return fitting;
}

static unsigned count_columns(const char *text, size_t len)
{
    unsigned columns;
    (void)measure(text, len, UINT_MAX, &columns);
    return columns;
}

/* The words of a line from COLUMN on; further lines begin at DEPTH. The blanks between two words
 * are kept unless the line is broken there. */
static void put_words(struct sp_buf *out, struct sp_cursor cursor, unsigned column, unsigned depth,
                      unsigned width)
{
    struct sp_span gap = {0};
    bool is_first = true;
    while (!sp_cursor_is_end(&cursor)) {
        struct sp_span word = sp_cursor_until(&cursor, " ");
        unsigned columns = count_columns(word.bytes, word.len);
        if (!is_first && width && column + gap.len + columns > width) {
            sp_buf_printf(out, "\n%*s", (int)depth, "");
            column = depth;
        } else {
            sp_buf_append(out, gap.bytes, gap.len);
            column += (unsigned)gap.len;
        }
        sp_buf_append(out, word.bytes, word.len);
        column += columns;
        if (is_first && columns == 1 && !sp_ascii_is_alnum((char)*word.bytes))
            depth += 2;
        is_first = false;
        gap = sp_cursor_while(&cursor, " ");
    }
}

static void put_line(struct sp_buf *out, struct sp_span line, unsigned width)
{
    struct sp_cursor cursor = sp_cursor_of(line.bytes, line.len);
    struct sp_span gap = sp_cursor_while(&cursor, " ");
    unsigned depth = (unsigned)gap.len;
    sp_buf_append(out, gap.bytes, gap.len);
    put_words(out, cursor, depth, depth > width / 2 ? 0 : depth, width);
    sp_buf_putc(out, '\n');
}

void sp_wrap_from(struct sp_buf *out, const char *text, unsigned column, unsigned width)
{
    put_words(out, sp_cursor_of(text, strlen(text)), column, column, width);
}

void sp_wrap_puts(struct sp_buf *out, const char *text, unsigned width)
{
    struct sp_cursor cursor = sp_cursor_of(text, strlen(text));
    if (width == 0) {
        sp_buf_puts(out, text);
        return;
    }
    while (!sp_cursor_is_end(&cursor)) {
        struct sp_span line = sp_cursor_until(&cursor, "\n");
        (void)sp_cursor_u8(&cursor);
        put_line(out, line, width);
    }
}

void sp_wrap_cut(struct sp_buf *out, const char *text, unsigned width)
{
    static const char dots[] = "...";
    size_t len = strlen(text);
    bool is_long = count_columns(text, len) > width, has_dots = is_long && width > strlen(dots);
    unsigned room = has_dots ? width - (unsigned)strlen(dots) : width, columns;
    sp_buf_append(out, text, measure(text, len, room, &columns));
    if (has_dots)
        sp_buf_puts(out, dots);
}

unsigned sp_wrap_columns(const char *text)
{
    return count_columns(text, strlen(text));
}

/* The length of the shell word in front of TEXT: blanks inside quotes belong to it. */
static size_t word_len(const char *text)
{
    bool is_quoted = false;
    size_t len = 0;
    for (; text[len] && (is_quoted || text[len] != ' '); len++) {
        if (text[len] == '\'')
            is_quoted = !is_quoted;
        else if (text[len] == '\\' && !is_quoted && text[len + 1])
            len++;
    }
    return len;
}

/* The same for what stays on one line: an option and its value. */
static size_t unit_len(const char *text)
{
    size_t len = word_len(text);
    bool has_value = strncmp(text, "--", 2) == 0 && text[len] && text[len + 1] != '-';
    return has_value ? len + 1 + word_len(text + len + 1) : len;
}

void sp_wrap_command(struct sp_buf *out, const char *command, unsigned depth, unsigned width)
{
    static const char more[] = " \\";
    unsigned column = depth;
    for (size_t len; *command; command += len) {
        bool is_first = column == depth;
        command += strspn(command, " ");
        len = unit_len(command);
        unsigned columns = count_columns(command, len) + !is_first;
        bool is_last = command[len] == '\0';
        unsigned needed = columns + (is_last ? 0 : (unsigned)strlen(more));
        if (width && !is_first && column + needed > width) {
            sp_buf_printf(out, "%s\n%*s", more, (int)depth, "");
            column = depth + columns - 1;
        } else {
            sp_buf_puts(out, is_first ? "" : " ");
            column += columns;
        }
        sp_buf_append(out, command, len);
    }
}
