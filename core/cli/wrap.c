#include "cli/wrap.h"

#include "base/cursor.h"
#include "base/text.h"

/* Bytes of a colour (ECMA-48, section 5.4) and of UTF-8 continuations take no column. */
static unsigned count_columns(const char *text, size_t len)
{
    unsigned columns = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\033') {
            while (i < len && text[i] != 'm')
                i++;
        } else {
            columns += ((uint8_t)text[i] & 0xc0) != 0x80;
        }
    }
    return columns;
}

/* One line, with its end. The blanks between two words are kept unless the line is broken there. */
static void put_line(struct sp_buf *out, struct sp_span line, unsigned width)
{
    struct sp_cursor cursor = sp_cursor_of(line.bytes, line.len);
    struct sp_span gap = sp_cursor_while(&cursor, " ");
    unsigned depth = (unsigned)gap.len, column = depth;
    bool is_first = true;
    if (depth > width / 2)
        depth = 0;
    while (!sp_cursor_is_end(&cursor)) {
        struct sp_span word = sp_cursor_until(&cursor, " ");
        unsigned columns = count_columns(word.bytes, word.len);
        if (!is_first && column + gap.len + columns > width) {
            sp_buf_printf(out, "\n%*s", (int)depth, "");
            column = depth;
        } else {
            sp_buf_append(out, gap.bytes, gap.len);
            column += is_first ? 0 : (unsigned)gap.len;
        }
        sp_buf_append(out, word.bytes, word.len);
        column += columns;
        if (is_first && columns == 1 && !sp_ascii_is_alnum((char)*word.bytes))
            depth += 2;
        is_first = false;
        gap = sp_cursor_while(&cursor, " ");
    }
    sp_buf_putc(out, '\n');
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
    bool is_long = count_columns(text, len) > width;
    unsigned room = is_long && width > strlen(dots) ? width - (unsigned)strlen(dots) : width;
    while (len && (count_columns(text, len) > room || ((uint8_t)text[len] & 0xc0) == 0x80))
        len--;
    sp_buf_append(out, text, len);
    if (is_long && width > strlen(dots))
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
