#include "cli/terminal.h"

#include <langinfo.h>
#include <locale.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"

static unsigned columns_of(int fd)
{
    struct winsize size = {0};
    return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col ? size.ws_col : 80;
}

/* By LC_ALL, LC_CTYPE, LANG; the program's own locale stays "C". */
static bool has_utf8_locale(void)
{
    locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    if (!locale)
        return false;
    bool is_utf8 = strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
    freelocale(locale);
    return is_utf8;
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
        .has_unicode = has_utf8_locale(),
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

void sp_put_domain(struct sp_buf *out, const struct sp_name *domain, bool has_unicode)
{
    const char *alabels = SP_NAME_STR(domain);
    char *shown = has_unicode ? sp_name_display(domain) : NULL;
    if (shown && strcmp(shown, alabels) != 0) {
        sp_put_foreign(out, shown);
        sp_buf_printf(out, " (%s)", alabels);
    } else {
        sp_buf_puts(out, alabels);
    }
    free(shown);
}
