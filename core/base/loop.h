/*
 * The one loop (libuv). Everything in the engine that waits, waits here: curl's and c-ares's
 * sockets, worker pipes, timers, signals. Single-threaded: no function of the engine is called from
 * elsewhere.
 *
 * Rule of life-times: a libuv handle is freed in its close callback and nowhere else, and nothing
 * is destroyed inside its own callback; what wants to be destroyed there is deferred with
 * sp_loop_defer().
 */
#ifndef SP_BASE_LOOP_H
#define SP_BASE_LOOP_H

#include <uv.h>

#include "base/err.h"

struct sp_loop;
typedef void (*sp_loop_fn)(void *arg);

struct sp_loop *sp_loop_new(void);
/* Runs the deferred calls that are left, closes the loop's own handles, frees it. Everybody else's
 * handles must be closed or closing by then. Accepts NULL. */
void sp_loop_free(struct sp_loop *loop);
uv_loop_t *sp_loop_uv(struct sp_loop *loop);
/* Runs until nothing is left to wait for or sp_loop_stop() is called. */
void sp_loop_run(struct sp_loop *loop);
void sp_loop_stop(struct sp_loop *loop);
/* Calls FN(ARG) from the loop, after the current callback has returned; in order. */
void sp_loop_defer(struct sp_loop *loop, sp_loop_fn fn, void *arg);

/* Where what goes over the wire is written down; NULL, as at first: nowhere. A borrow. */
struct sp_trace;
void sp_loop_set_trace(struct sp_loop *loop, struct sp_trace *trace);
struct sp_trace *sp_loop_trace(const struct sp_loop *loop);

/* A one-shot timer. */
struct sp_timer;
/* FN(ARG) after DELAY_MS. The timer frees itself when it has fired; the pointer is dead from then
 * on. */
struct sp_timer *sp_timer_start(struct sp_loop *loop, uint64_t delay_ms, sp_loop_fn fn, void *arg);
/* Cancels and forgets: *TIMER becomes NULL. Accepts a pointer to NULL. */
void sp_timer_stop(struct sp_timer **timer);

/* SIGINT and SIGTERM call FN(ARG), once; a second signal ends the process at once, as users expect.
 * The loop does not stay alive for the sake of watching. */
void sp_loop_watch_interrupt(struct sp_loop *loop, sp_loop_fn fn, void *arg);
bool sp_loop_is_interrupted(const struct sp_loop *loop);
/* Which signal it was; 0: none came. */
int sp_loop_interrupted_by(const struct sp_loop *loop);
/* SIGHUP calls FN(ARG), each time, instead of ending the process; several that come together may
 * count as one. The loop does not stay alive for the sake of watching. */
void sp_loop_watch_hangup(struct sp_loop *loop, sp_loop_fn fn, void *arg);

#endif
