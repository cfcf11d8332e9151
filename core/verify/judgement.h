/*
 * What one record's facts mean: state, code, severity and the status they lead to. No words yet.
 */
#ifndef SP_VERIFY_JUDGEMENT_H
#define SP_VERIFY_JUDGEMENT_H

#include "verify/verdict.h"

/* How many server addresses gave which answer for one record. */
struct sp_tally {
    size_t n_live, n_missing, n_wrong, n_lame, n_silent; /* failing ones are silent, too */
};
struct sp_tally sp_tally_of(const struct sp_record_observation *record);
/* Addresses that answered with authority, whatever they said. */
static inline size_t sp_tally_reachable(const struct sp_tally *tally)
{
    return tally->n_live + tally->n_missing + tally->n_wrong;
}

struct sp_judgement {
    enum sp_state state;
    enum sp_code code; /* SP_CODE_NONE: nothing is wrong */
    bool is_blocking;
    bool is_late;          /* an error only because the window is over */
    bool is_superseded;    /* all that is wrong is what we replaced: it goes away by itself */
    enum sp_status status; /* blocking: PENDING or ERROR; else CONNECTED */
};

/* Judges where the record itself is served. */
struct sp_judgement sp_judge_zone(const struct sp_record_observation *record,
                                  const struct sp_verdict_context *context);
/* What a resolver that validates holds against RECORD's zone, or the record itself; or NULL. */
const struct sp_bogus *sp_judge_bogus(const struct sp_record_observation *record);
/* Judges what stands behind RECORD, one of OBSERVATION's; state is LIVE. Code NONE as well while
 * that was not asked yet. */
struct sp_judgement sp_judge_behind(const struct sp_observation *observation,
                                    const struct sp_record_observation *record,
                                    const struct sp_verdict_context *context);
/* What is not as it should be behind RECORD, though it works; returns how many codes. */
size_t sp_judge_advice(const struct sp_record_observation *record, enum sp_code ret_codes[2]);
/* Whether what stands behind the whole set is as mail needs it: a valid key behind one DKIM record,
 * if there are any, and every return-path target there. */
bool sp_judge_is_key_live(const struct sp_observation *observation);
enum sp_state sp_judge_server(const struct sp_seen *seen);

#endif
