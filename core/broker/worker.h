/*
 * The engine's end of one worker: spawned, spoken to in frames, timed, killed and reaped. It knows
 * frames, not what they mean for a provider; the one exception is the violation frame, which is a
 * way to die.
 */
#ifndef SP_BROKER_WORKER_H
#define SP_BROKER_WORKER_H

#include "base/loop.h"
#include "plugin/frame.h"

struct sp_worker;

struct sp_worker_config {
    const char *worker_path; /* the signpost-worker program */
    const char *plugin_path;
    const char *subject; /* how messages begin: "the plugin powerdns" */
};

struct sp_worker_events {
    void (*on_frame)(void *arg, struct sp_frame *frame); /* may take the frame's contents */
    /* The worker is gone or was given up; ERR (plugin) has the one precise sentence, "SUBJECT
     * crashed (signal 11, SIGSEGV) while TASK": "plugin-crashed", "plugin-violation",
     * "plugin-timeout" or "plugin-bad-frame"; the tail of its standard error, if any, is told in
     * the fix. Called once, at most, and not after sp_worker_free(). */
    void (*on_end)(void *arg, const struct sp_err *err);
};

/* The sandbox policy handed to every worker, "required" or "best-effort", from SIGNPOST_SANDBOX.
 * NULL and ERR (usage, "bad-sandbox") for another value. */
const char *sp_worker_policy(struct sp_err *err);

/* Starts the worker program with the plugin's file open as SP_WORKER_PLUGIN_FD, an empty
 * environment and no other descriptor. NULL and ERR (plugin "plugin-load"; usage for a bad policy)
 * when that is not possible. While it waits for us (see below) it does not keep the loop alive. */
struct sp_worker *sp_worker_new(struct sp_loop *loop, const struct sp_worker_config *config,
                                const struct sp_worker_events *events, void *arg,
                                struct sp_err *err);
/* Kills if needed, reaps in the background. Accepts NULL. May be called from its callbacks. */
void sp_worker_free(struct sp_worker *worker);
/* Queues a frame. */
void sp_worker_send(struct sp_worker *worker, json_t *meta, const void *body, size_t body_len);
/* What it is doing now, for messages: "finding zones". A borrow, to outlive the worker. */
void sp_worker_set_task(struct sp_worker *worker, const char *task);
/* From now on the next frame must come within MS (0: no limit, as while it waits for us). */
void sp_worker_expect_within(struct sp_worker *worker, unsigned ms);
/* Gives the worker up for what it said: on_end comes with "SUBJECT WHY" and CODE. */
void sp_worker_give_up(struct sp_worker *worker, const char *code, const char *why);

#endif
