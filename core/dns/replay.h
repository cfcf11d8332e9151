/*
 * Tells again what a book holds: every question is answered from the loop, with what had been said
 * at a given time, and nothing is sent. What was heard first is told first; silence, and what was
 * never answered, only when nothing else goes on.
 */
#ifndef SP_DNS_REPLAY_H
#define SP_DNS_REPLAY_H

#include <sys/queue.h>

#include "base/loop.h"
#include "dns/book.h"

struct sp_replay;

/* SAID: NULL when nobody answered, or the question is not in the book. */
typedef void (*sp_replay_fn)(void *arg, const struct sp_dns_said *said);

/* A question that waits for its answer; zeroed memory is none. */
struct sp_replay_place {
    TAILQ_ENTRY(sp_replay_place) link;
    struct sp_replay *replay; /* NULL: it does not wait */
    const struct sp_dns_said *said;
    sp_replay_fn fn;
    void *arg;
};

/* BOOK is borrowed, and its answers are those that had been given at AT_MS. */
struct sp_replay *sp_replay_new(struct sp_loop *loop, const struct sp_dns_book *book,
                                uint64_t at_ms);
/* Everybody must have left. Accepts NULL. */
void sp_replay_free(struct sp_replay *replay);

/* Calls FN(ARG) later, after PLACE has been left. */
void sp_replay_enter(struct sp_replay *replay, struct sp_replay_place *place,
                     const struct sp_dns_question *question, sp_replay_fn fn, void *arg);
void sp_replay_leave(struct sp_replay_place *place); /* accepts a place that does not wait */

/* How many questions were not in the book. */
unsigned sp_replay_n_absent(const struct sp_replay *replay);

#endif
