#include "base/buf.h"
#include "base/cursor.h"
#include "base/limits.h"
#include "broker/command.h"

#define BLANKS " \t\r\n"

void sp_command_words_free(sp_command_words *words)
{
    SP_ARRAY_FOREACH (words, word) {
        explicit_bzero(*word, strlen(*word));
        free(*word);
    }
    sp_array_free(words);
}

/* Behind a backslash; inside double quotes it escapes two characters alone. */
static void take_escape(struct sp_cursor *cursor, bool is_quoted, struct sp_buf *word)
{
    int next = sp_cursor_peek(cursor);
    if (next < 0) {
        sp_cursor_fail(cursor);
        return;
    }
    if (is_quoted && next != '"' && next != '\\')
        sp_buf_putc(word, '\\');
    sp_buf_putc(word, (char)sp_cursor_u8(cursor));
}

static void take_quoted(struct sp_cursor *cursor, char quote, struct sp_buf *word)
{
    for (;;) {
        char c = (char)sp_cursor_u8(cursor);
        if (!sp_cursor_is_ok(cursor) || c == quote)
            return;
        if (c == '\\' && quote == '"')
            take_escape(cursor, true, word);
        else
            sp_buf_putc(word, c);
    }
}

static char *take_word(struct sp_cursor *cursor)
{
    struct sp_buf word = SP_BUF_INIT(SP_AWS_COMMAND_MAX);
    while (!sp_cursor_is_end(cursor) && sp_cursor_is_ok(cursor)) {
        char c = (char)sp_cursor_peek(cursor);
        if (strchr(BLANKS, c))
            break;
        sp_cursor_skip(cursor, 1);
        if (c == '\'' || c == '"')
            take_quoted(cursor, c, &word);
        else if (c == '\\')
            take_escape(cursor, false, &word);
        else
            sp_buf_putc(&word, c);
    }
    return sp_buf_steal(&word);
}

int sp_command_split(const char *command, sp_command_words *ret, struct sp_err *err)
{
    struct sp_cursor cursor = sp_cursor_of(command, strlen(command));
    const char *why = NULL;
    *ret = (sp_command_words){.n = 0};
    sp_cursor_while(&cursor, BLANKS);
    while (!sp_cursor_is_end(&cursor) && sp_cursor_is_ok(&cursor) &&
           ret->n <= SP_COMMAND_WORDS_MAX) {
        *sp_array_push(ret) = take_word(&cursor);
        sp_cursor_while(&cursor, BLANKS);
    }
    if (!sp_cursor_is_ok(&cursor))
        why = "has a quote or a backslash that nothing follows";
    else if (ret->n == 0 || !*ret->items[0])
        why = "names no program";
    else if (ret->n > SP_COMMAND_WORDS_MAX)
        why = "has too many words";
    if (!why)
        return 0;
    sp_command_words_free(ret);
    return sp_err_set(err, SP_ERR_CREDENTIALS, "credential-process", "%s", why);
}
