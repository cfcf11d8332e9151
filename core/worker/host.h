/*
 * What the engine offers a plugin during one call (struct signpost_host): requests, reports of what
 * was found, the reason of a failure, memory. Everything a plugin hands in is checked here first;
 * what breaks a rule of the header is remembered as misuse and spoils the call.
 */
#ifndef SP_WORKER_HOST_H
#define SP_WORKER_HOST_H

#include "plugin/wire.h"
#include "worker/call_names.h"
#include "worker/channel.h"

struct sp_host {
    struct signpost_call base; /* what the plugin holds; first, so that it leads back here */
    struct sp_channel *channel;
    uint32_t function; /* the SIGNPOST_IN_... bit under way */
    size_t n_changes;  /* of an apply_changes call */
    bool *is_applied;  /* which of them the plugin has reported */
    struct sp_call_names names;
    SP_ARRAY(void *) arena;
    json_t *found;            /* reports not sent yet, or NULL */
    const char *found_member; /* "zones" or "records": what they are */
    size_t found_bytes;       /* about how long they are */
    size_t n_found, n_requests;
    int code; /* what the plugin gave to signpost_fail(), with its sentence */
    char *message;
    uint32_t retry_after_s;
    struct sp_err misuse; /* set: a rule of the header was broken */
    struct sp_err broken; /* set: the engine cannot be spoken to any more */
};

/* CONVENTION is borrowed until sp_host_fini(). */
void sp_host_init(struct sp_host *host, struct sp_channel *channel,
                  const struct sp_convention *convention, const struct sp_wire_call *wire);
/* Frees everything the plugin was given during the call. */
void sp_host_fini(struct sp_host *host);
/* Sends the reports that were kept back. -1 when that is not possible (host->broken says why). */
int sp_host_flush(struct sp_host *host);
/* Zeroed memory until sp_host_fini(). */
void *sp_host_alloc(struct sp_host *host, size_t len);

#endif
