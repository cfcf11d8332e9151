/*
 * The engine's end of one worker: spawned, spoken to in frames, timed, killed and reaped. It knows
 * frames, not what they mean for a provider.
 */
#ifndef SP_BROKER_WORKER_H
#define SP_BROKER_WORKER_H

#include "base/loop.h"
#include "plugin/frame.h"

struct sp_worker;

struct sp_worker_events {
    void (*on_frame)(void *arg, struct sp_frame *frame); /* may take the frame's contents */
    /* The worker is gone or was given up; ERR (plugin) has the one precise sentence: crashed (signal),
     * exited, took too long, bad frame; with the tail of its standard error. Called once, at most, and not
     * after sp_worker_free(). */
    void (*on_end)(void *arg, const struct sp_err *err);
};

/* Starts WORKER_PATH with PLUGIN_PATH open as SP_WORKER_PLUGIN_FD, an empty environment and no other
 * descriptor. NULL and ERR (plugin) when that is not possible. */
struct sp_worker *sp_worker_new(struct sp_loop *loop, const char *worker_path, const char *plugin_path,
                                const struct sp_worker_events *events, void *arg, struct sp_err *err);
/* Kills if needed, reaps in the background. Accepts NULL. */
void sp_worker_free(struct sp_worker *worker);
/* Queues a frame. */
void sp_worker_send(struct sp_worker *worker, json_t *meta, const void *body, size_t body_len);
/* From now on the next frame must come within MS (0: no limit, as while it waits for us). */
void sp_worker_expect_within(struct sp_worker *worker, unsigned ms);

#endif
