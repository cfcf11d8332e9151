/*
 * The inside of a publication. Three kinds of things meet here:
 *
 *   errand    one sender domain on its way (errand.h)
 *   source    one provider, asked one call at a time (source.h)
 *   zone job  one zone at one source, for all errands that need it (zone_job.h)
 *
 * and a portion is what one errand wants in one zone. The order of a run:
 *
 *   delegations of every host -> sources chosen -> zones found -> errands placed -> zones listed
 *   -> each errand planned and decided -> each zone written when all its errands are decided
 *   -> each errand verified
 */
#ifndef SP_PUBLISH_PUBLICATION_H
#define SP_PUBLISH_PUBLICATION_H

#include "publish/publish.h"

struct sp_errand;
struct sp_source;
struct sp_zone_job;

struct sp_publication {
    const struct sp_publish_config *config; /* borrowed */
    struct sp_errand *errands;              /* owned; never moves, as DNS counters point into it */
    size_t n_errands;
    SP_ARRAY(struct sp_source *) sources;          /* owned */
    SP_ARRAY(struct sp_zone_job *) jobs;           /* owned */
    SP_ARRAY(const struct sp_plugin *) candidates; /* auto: with an API and a credential at hand */
    SP_ARRAY(const struct sp_plugin *) unasked;    /* auto: with an API, without a credential */
    const struct sp_plugin *endpoint_plugin;       /* whom --endpoint belongs to */
    size_t n_lookups;                              /* delegations under way */
    size_t n_finding;                              /* sources looking for zones */
    size_t n_open;                                 /* errands not finished */
    unsigned n_http_calls;                         /* of sources that are gone */
    uint64_t started_ms;
    struct sp_timer *grace; /* after a cancel: until writes under way are given up */
    bool is_named;          /* --provider names one; otherwise it is recognised */
    bool is_cancelled;
};

/* The source of PLUGIN, made at its first use; one that cannot be used has its err set. A borrow.
 */
struct sp_source *sp_publication_source(struct sp_publication *publication,
                                        const struct sp_plugin *plugin);
/* An errand is finished; after the last one on_done is called, from the loop. */
void sp_publication_errand_finished(struct sp_publication *publication);

#endif
