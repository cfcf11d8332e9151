/*
 * What came of many domains together: how they are shown (a line each, the sum at the end), and how
 * an interrupted run is gone on with.
 */
#ifndef SP_CLI_TALLY_H
#define SP_CLI_TALLY_H

#include "cli/input.h"

struct sp_tally {
    struct sp_session *session;
    size_t n, n_left_out;
    size_t n_connected, n_pending, n_error, n_failed, n_interrupted, n_changed;
    uint64_t started_ms;
    bool has_sum;     /* text output ends with it */
    const char *hint; /* what shows all of one domain, when they are shown by a line each */
};

/* From here on the output is that for INPUT's number of domains. */
void sp_tally_init(struct sp_tally *tally, struct sp_session *session,
                   const struct sp_input *input);
/* The same for so many domains at hand, whose answers are in a file. */
void sp_tally_init_file(struct sp_tally *tally, struct sp_session *session,
                        const struct sp_name *domains, size_t n);
/* So many that progress is a number. */
bool sp_tally_is_long(const struct sp_tally *tally);
void sp_tally_add(struct sp_tally *tally, const struct sp_result *result, bool has_changed);
/* The sum, in text output of many domains. */
void sp_tally_show(struct sp_tally *tally);

#endif
