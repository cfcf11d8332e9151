/*
 * Progress on stderr: one line drawn again in place on a terminal, one line per change elsewhere.
 */
#ifndef SP_CLI_PROGRESS_H
#define SP_CLI_PROGRESS_H

#include "cli/terminal.h"
#include "names/name.h"

struct sp_progress {
    const struct sp_terminal *terminal;
    bool is_on;    /* false: --quiet */
    bool is_drawn; /* a line stands that the next output must wipe */
    size_t n_domains, n_decided;
    char *last; /* what was said last, so that nothing is said twice */
};

void sp_progress_init(struct sp_progress *progress, const struct sp_terminal *terminal, bool is_on);
void sp_progress_fini(struct sp_progress *progress);
/* "DOMAIN: TEXT". TEXT may be foreign. */
void sp_progress_say(struct sp_progress *progress, const struct sp_name *domain, const char *text);
/* Wipes the drawn line; to be called before anything else is printed. */
void sp_progress_clear(struct sp_progress *progress);

#endif
