/*
 * A provider as one publication uses it: asked once for all zones, then one call at a time, writes
 * before reads, so that a cancel finds at most one call under way and every HTTP call has one
 * errand to count on.
 */
#ifndef SP_PUBLISH_SOURCE_H
#define SP_PUBLISH_SOURCE_H

#include "publish/publication.h"
#include "records/domain_index.h"

struct sp_source_zone {
    struct sp_zone zone;     /* owned */
    struct sp_zone_job *job; /* NULL until an errand is placed in it */
};

/* The hosts of one errand among those wanted; neighbours, as errands are asked about in turn. */
struct sp_source_ask {
    struct sp_errand *errand;
    size_t first, n;
    struct sp_err err; /* why the plugin could not find zones for this errand alone */
};

struct sp_job_queue {
    SP_ARRAY(struct sp_zone_job *) jobs;
    size_t n_taken;
};

struct sp_source {
    struct sp_publication *publication;
    const struct sp_plugin *plugin;
    struct sp_provider *provider; /* NULL: a provider without API, or unusable */
    struct sp_err err;            /* why it is unusable, or could not find zones for anybody */
    SP_ARRAY(struct sp_wanted_zone) wanted;
    SP_ARRAY(struct sp_source_ask) asks;
    size_t n_asked;      /* asks made one by one, after the plugin failed on all of them together */
    unsigned n_failures; /* of those */
    uint64_t failing_ms, asked_at_ms; /* time that went into failures; when the last was asked */
    /* By name and id, each once; fixed once found: jobs point into it. */
    SP_ARRAY(struct sp_source_zone) zones;
    struct sp_domain_index zone_index; /* the first of each name */
    void (*on_found)(struct sp_source *source);
    struct sp_errand *payer; /* whom the calls under way are counted on */
    unsigned n_counted;      /* HTTP calls that were given to an errand */
    struct sp_job_queue writes, reads;
    bool is_busy;
};

/* ENDPOINT may be NULL. Never fails: what is wrong is in err. */
struct sp_source *sp_source_new(struct sp_publication *publication, const struct sp_plugin *plugin,
                                const char *endpoint);
void sp_source_free(struct sp_source *source);
/* False: a provider without API, where a person edits the zone. */
bool sp_source_has_api(const struct sp_source *source);
const char *sp_source_label(const struct sp_source *source);

/* Adds a host to the one look-up of zones. The first errand that wants one pays. */
void sp_source_want(struct sp_source *source, struct sp_errand *errand, const struct sp_name *host,
                    const struct sp_delegation *delegation);
/* Before a call for ERRAND without all the others, after the plugin failed on several together: one
 * that brings the plugin down costs nobody else anything but time, of which there is an end. False
 * and ERR (plugin, "plugin-not-asked") after SP_PLUGIN_FAILING_MS of failures. */
bool sp_source_begin_alone(struct sp_source *source, struct sp_errand *errand, struct sp_err *err);
/* After it; ERR as it came. Settles. */
void sp_source_end_alone(struct sp_source *source, const struct sp_err *err);
/* Looks up all wanted zones; FN(source) comes from the loop, with zones or err filled. When the
 * plugin itself fails (crashes, hangs, ...) on several errands together, each is asked about alone:
 * one that brings the plugin down does so for itself only. */
void sp_source_find(struct sp_source *source, void (*fn)(struct sp_source *source));
/* Why zones could not be found for ERRAND; NULL when they could. A borrow. */
const struct sp_err *sp_source_failure(const struct sp_source *source,
                                       const struct sp_errand *errand);
/* Of the zones found, those that hold HOST, of the longest name that does: *RET_N neighbours. NULL:
 * none; the root holds nobody's records. */
struct sp_source_zone *sp_source_zones_above(const struct sp_source *source,
                                             const struct sp_name *host, size_t *ret_n);

/* Queues a job for its next call; sp_zone_job_run() is called when its turn comes. Nothing is begun
 * once the publication is cancelled. */
void sp_source_enqueue(struct sp_source *source, struct sp_zone_job *job, bool is_write);
/* The call under way has come back: counts its requests. Before anything is made of the answer. */
void sp_source_settle(struct sp_source *source);
/* After Ctrl-C: settles, and a call that waits to be made again ends now. Jobs may end inside. */
void sp_source_hurry(struct sp_source *source);
/* The source is free for the next call. After everything was made of the answer. */
void sp_source_next(struct sp_source *source);

#endif
