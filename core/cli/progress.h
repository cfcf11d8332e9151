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
    uint64_t started_ms,
        counted_ms;       /* of sp_progress_count(): the first, and the last that showed */
    uint64_t wait_end_ms; /* until when domains are waited for (monotonic); 0: one look each */
};

void sp_progress_init(struct sp_progress *progress, const struct sp_terminal *terminal, bool is_on);
void sp_progress_fini(struct sp_progress *progress);
/* "DOMAIN: TEXT". TEXT may be foreign. */
void sp_progress_say(struct sp_progress *progress, const struct sp_name *domain, const char *text);
/* "[123/10000] about 40 s left", or "[12/40] waiting for 28 domains, 9 min 40 s at most": for many
 * domains, and to be called as often as one is decided; it shows now and then. */
void sp_progress_count(struct sp_progress *progress);
/* Wipes the drawn line; to be called before anything else is printed. */
void sp_progress_clear(struct sp_progress *progress);

#endif
