/*
 * What one call brings, report by report. The worker may say whatever it likes: what it reports is
 * counted, and what no honest plugin would report is refused.
 */
#ifndef SP_BROKER_CALLED_H
#define SP_BROKER_CALLED_H

#include "plugin/frame.h"
#include "plugin/wire.h"

struct sp_called {
    SP_ARRAY(struct sp_wire_zone) zones;
    SP_ARRAY(struct sp_wire_record) records;
    SP_ARRAY(size_t) zone_of; /* of find_zones: the index of each record's zone, ascending */
    bool *is_applied;         /* one for each change of the call; after success all are true */
    size_t n_changes;
    int value;                   /* sync_status's answer */
    int code;                    /* SIGNPOST_OK, or what the plugin returned in its place */
    uint32_t retry_after_s;      /* as the plugin says; 0: it does not */
    bool is_unknown;             /* something was sent whose effect nobody knows */
    bool has_written;            /* the provider accepted something */
    bool has_repeated;           /* the engine sent some request again by itself */
    uint32_t function;           /* the SIGNPOST_IN_... bit under way */
    size_t n_found, found_bytes; /* reported so far, as it came over the wire */
};

void sp_called_init(struct sp_called *called, uint32_t function, size_t n_changes);
void sp_called_fini(struct sp_called *called);
/*
 * Keeps the zones or records of a `found` frame. -1 and ERR (plugin, a sentence that begins with
 * "it" or with the member at fault): not asked for, nothing in it, more than SP_PLUGIN_FOUND_MAX
 * items or SP_PLUGIN_FOUND_BYTES_MAX bytes in one call, or not as plugin/wire.h lays down.
 */
int sp_called_take_found(struct sp_called *called, const struct sp_frame *frame,
                         struct sp_err *err);
/* Marks the change of an `applied` frame. -1 and ERR: not of this call, or told before. */
int sp_called_take_applied(struct sp_called *called, json_t *meta, struct sp_err *err);
/* The worker broke the rules: what it reported as applied is hearsay, and counts for nothing. */
void sp_called_distrust(struct sp_called *called);
/* Success: every change is applied. */
void sp_called_succeed(struct sp_called *called, int value);

#endif
