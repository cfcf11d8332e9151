/*
 * Where results go: stdout in the format asked for, errors to stderr. One object a run.
 */
#ifndef SP_CLI_OUTPUT_H
#define SP_CLI_OUTPUT_H

#include "cli/options.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "records/set_list.h"

typedef SP_ARRAY(struct sp_name) sp_names;

struct sp_output {
    const struct sp_options *options;
    const struct sp_terminal *terminal;
    struct sp_progress *progress;
    json_t *domains; /* json: by name, kept until the end */
    size_t n_shown;
    unsigned line_width; /* text: a line a domain, whose name has so many columns; 0: all of it */
    struct sp_report_totals totals;
    uint64_t started_ms;
    /* For the command to type next: SP_NEXT_DOMAINS of each, and one more to show that there are.
     */
    sp_names open;    /* pending, or in error, or interrupted */
    bool may_come;    /* some of these may become connected by waiting */
    sp_names settled; /* connected */
    sp_names planned; /* dry run with something to do */
};

void sp_output_init(struct sp_output *output, const struct sp_options *options,
                    const struct sp_terminal *terminal, struct sp_progress *progress);
void sp_output_fini(struct sp_output *output);
/* Shows a domain that is decided and counts it. A usage error goes to stderr alone (CONTRACT: exit
 * 2). */
void sp_output_domain(struct sp_output *output, const struct sp_result *result);
/* Counts a domain that is shown in another way: exit code, totals, what comes next. */
void sp_output_count(struct sp_output *output, const struct sp_result *result);
/* Prints TEXT on stdout (text output), after wiping the progress line. */
void sp_output_puts(struct sp_output *output, const struct sp_buf *text);
/* The same for sentences: broken between words where the terminal is too narrow. */
void sp_output_text(struct sp_output *output, const struct sp_buf *text);
/* TEXT on stderr, broken likewise, after wiping the progress line. */
void sp_output_aside(struct sp_output *output, const struct sp_buf *text);
/* "signpost: ..." on stderr. DOMAIN may be NULL. */
void sp_output_error(struct sp_output *output, const struct sp_name *domain,
                     const struct sp_err *err);
/* Says, once for the run and on stderr, that it was interrupted; no progress is shown from then on.
 * What becomes of each domain is shown without saying it again. */
void sp_output_interrupted(struct sp_output *output);
/* A remark on stderr, unless --quiet. Foreign text in it is escaped. */
void sp_output_note(struct sp_output *output, const char *format, ...) SP_PRINTF(2, 3);
/* Puts the domains of the json document into the order of SETS; what is not among them stays
 * behind. */
void sp_output_sort(struct sp_output *output, const struct sp_set_list *sets);
/* Ends the run: the json document, or NEXT ("" for none) as the last line of text output. The exit
 * code; 1 when stdout could not be written. */
int sp_output_end(struct sp_output *output, const char *next);
/* Ends writing to stdout: 0, or 1 after saying on stderr that it could not be written. */
int sp_output_flush(void);
/* The exit code that an error alone gives. */
int sp_exit_code_of(const struct sp_err *err);

#endif
