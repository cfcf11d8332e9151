/*
 * The questions for the records themselves: which server address is asked for which record, and
 * when again. For observe.c alone.
 */
#ifndef SP_VERIFY_ASKING_H
#define SP_VERIFY_ASKING_H

#include "verify/observation.h"

struct sp_asking;

/* ON_ANSWER is called from a DNS callback whenever an answer has been taken into an observation;
 * ASKING must not be freed inside. */
struct sp_asking *sp_asking_new(struct sp_loop *loop, struct sp_dns_client *client,
                                unsigned *counter, sp_loop_fn on_answer, void *arg);
void sp_asking_free(struct sp_asking **asking); /* cancels; accepts a pointer to NULL */

/* Fills record->seen from record->delegation and asks every address there, at once. RECORD stays
 * where it is until sp_asking_free(); a second call for it begins anew. */
void sp_asking_start(struct sp_asking *asking, struct sp_record_observation *record);
/* One question to each server address at which something is not live yet: for the first such
 * record, or, now and then, for all. A server that has not answered the last question is left
 * alone. */
void sp_asking_poll(struct sp_asking *asking);
/* Asks for everything that is not live, or was SP_LOOK_FRESH_MS ago, but for silent servers. */
void sp_asking_all(struct sp_asking *asking);
/* Whether every live answer came later than SP_LOOK_FRESH_MS before AT_MS (sp_monotonic_ms). */
bool sp_asking_is_fresh(const struct sp_asking *asking, uint64_t at_ms);
/* Asks again for the live answers that did not. */
void sp_asking_refresh(struct sp_asking *asking, uint64_t at_ms);
/* Forgets them: they become SP_SEEN_NOTHING_YET. */
void sp_asking_forget_old(struct sp_asking *asking, uint64_t at_ms);
/* Whether answers are under way: a silent server's do not count once it was silent before. */
bool sp_asking_is_busy(const struct sp_asking *asking);

#endif
