#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"

static unsigned columns_of(int fd)
{
    struct winsize size = {0};
    return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
}

void sp_terminal_init(struct sp_terminal *terminal, bool has_no_color)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    bool is_dumb = !term || !*term || strcmp(term, "dumb") == 0;
    bool may_color = !has_no_color && !(no_color && *no_color) && !is_dumb;
    bool is_out = isatty(STDOUT_FILENO) == 1, is_err = isatty(STDERR_FILENO) == 1;
    *terminal = (struct sp_terminal){
        .has_color = is_out && may_color,
        .has_error_color = is_err && may_color,
        .may_rewrite = is_err && !is_dumb,
        .may_ask = is_err && isatty(STDIN_FILENO) == 1,
    };
    terminal->width = is_out ? columns_of(STDOUT_FILENO) : 0;
    terminal->error_width = is_err ? columns_of(STDERR_FILENO) : 0;
}

void sp_style_puts(struct sp_buf *out, bool has_color, enum sp_style style, const char *text)
{
    /* ECMA-48, section 8.3.117 (SGR). */
    static const char *const codes[] = {
        [SP_STYLE_PLAIN] = "", [SP_STYLE_GOOD] = "32", [SP_STYLE_WAIT] = "33",
        [SP_STYLE_BAD] = "31", [SP_STYLE_DIM] = "2",   [SP_STYLE_BOLD] = "1"};
    if (has_color && style != SP_STYLE_PLAIN)
        sp_buf_printf(out, "\033[%sm%s\033[0m", codes[style], text);
    else
        sp_buf_puts(out, text);
}

void sp_put_foreign(struct sp_buf *out, const char *text)
{
    if (text)
        sp_escape_terminal(out, text, strnlen(text, SP_TEXT_MAX));
}
