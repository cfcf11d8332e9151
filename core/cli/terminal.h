/*
 * What stands at the other end of stdout and stderr: colours, width, somebody to ask.
 */
#ifndef SP_CLI_TERMINAL_H
#define SP_CLI_TERMINAL_H

#include "base/buf.h"
#include "names/name.h"

struct sp_terminal {
    bool has_color;       /* stdout shows colours */
    bool has_error_color; /* stderr does */
    bool has_unicode;     /* the locale's characters are UTF-8 */
    bool may_rewrite;     /* stderr is a terminal on which a line can be drawn again */
    bool may_ask;         /* stdin and stderr are terminals: somebody can answer */
    unsigned width;       /* columns of stdout; 0: it is no terminal, there is no limit */
    unsigned error_width; /* of stderr, likewise */
};

enum sp_style {
    SP_STYLE_PLAIN,
    SP_STYLE_GOOD,
    SP_STYLE_WAIT,
    SP_STYLE_BAD,
    SP_STYLE_DIM,
    SP_STYLE_BOLD
};

/* Looks at the three descriptors, NO_COLOR (https://no-color.org) and TERM. */
void sp_terminal_init(struct sp_terminal *terminal, bool has_no_color);
/* Appends TEXT, which is our own or already escaped, in STYLE if HAS_COLOR. */
void sp_style_puts(struct sp_buf *out, bool has_color, enum sp_style style, const char *text);
/* Appends foreign TEXT made safe for a terminal; nothing for NULL. */
void sp_put_foreign(struct sp_buf *out, const char *text);
/* Appends DOMAIN for people: "example.com", and with HAS_UNICODE a domain in another script as
 * "müller.example (xn--mller-kva.example)", unless that could be mistaken (sp_name_display). */
void sp_put_domain(struct sp_buf *out, const struct sp_name *domain, bool has_unicode);

#endif
