/*
 * One sender domain on its way through a publication.
 */
#ifndef SP_PUBLISH_ERRAND_H
#define SP_PUBLISH_ERRAND_H

#include "publish/past.h"
#include "publish/portion.h"
#include "publish/publication.h"

/* Where one record goes. */
struct sp_placement {
    struct sp_errand *errand;
    const struct sp_delegation *delegation; /* of the host; a borrow; NULL: not known yet */
    struct sp_source *source;               /* NULL: nobody recognised its name servers */
    const struct sp_name *recognised_by;    /* the name server that told, or NULL */
    struct sp_portion *portion;             /* NULL: not placed yet */
};

/* A record that another domain, outside this run, was published with as well. */
struct sp_shared_record {
    struct sp_name host, other;
};

struct sp_errand {
    struct sp_publication *publication;
    const struct sp_record_set *set; /* borrowed */
    struct sp_result result;
    struct sp_placement *placements;        /* one a record of the set; owned */
    SP_ARRAY(struct sp_portion *) portions; /* owned */
    sp_ledger_changes history;              /* what the ledger has of it; read before any listing */
    SP_ARRAY(struct sp_shared_record) shared; /* when taking back; out of the ledger, too */
    int64_t settled_at_s;  /* when the last record was sent that an earlier run left open and that
                              turned out to be there; 0: none */
    size_t n_unlisted;     /* portions whose zone is not listed yet */
    size_t n_unwritten;    /* portions whose changes are not made yet */
    struct sp_err trouble; /* the first thing that went wrong in one of the zones */
    bool is_released;      /* its zone jobs know that it is decided */
    bool is_finished;
    /* Verifying. */
    struct sp_verification *verification;
    struct sp_verification_config look;
    struct sp_past past;
    bool has_looked;
    void (*on_glanced)(struct sp_errand *errand);
};

void sp_errand_init(struct sp_errand *errand, struct sp_publication *publication,
                    const struct sp_record_set *set);
void sp_errand_fini(struct sp_errand *errand);
/* Finds source, zone and zone job of each record once all zones are known, or finishes with the
 * reason why not (placing.c). */
void sp_errand_place(struct sp_errand *errand);
/* Reads its history out of the ledger: only what is unresolved, unless the rest will be asked for
 * (history.c). ERR: internal. */
int sp_errand_recall(struct sp_errand *errand, struct sp_err *err);
/* Intents that an earlier run left open in PORTION's zone: what is listed there now tells what
 * became of them. Those of a run that goes on beside this one and were written down after the
 * listing was begun are none of its history. A dry run writes nothing down. */
int sp_errand_settle(struct sp_errand *errand, const struct sp_portion *portion,
                     struct sp_err *err);
/* Whether an earlier run left intents open in PORTION's zone. */
bool sp_errand_has_open(const struct sp_errand *errand, const struct sp_portion *portion);
/* Whether RECORD was written by signpost, as far as the history tells, and not found there. */
bool sp_errand_wrote(const struct sp_errand *errand, const struct sp_record *record);
/* The other domain that the record at HOST stays for, or NULL. */
const struct sp_name *sp_errand_sharer(const struct sp_errand *errand, const struct sp_name *host);
/* Goes on to plan when no zone has to be listed (deciding.c). */
void sp_errand_begin(struct sp_errand *errand);
/* One of its zones was listed, or could not be (ERR). */
void sp_errand_listed(struct sp_errand *errand, const struct sp_err *err);
/* The changes of one portion are made (ERR NULL), or not all of them (ERR, which is set). */
void sp_errand_written(struct sp_errand *errand, const struct sp_err *err);
/* Starts verifying; the final verdict finishes the errand (confirmation.c). */
void sp_errand_verify(struct sp_errand *errand);
/* One look at the records that a person edits, which no API lists: their changes are settled by
 * what is there, and FN goes on, from the loop. A look that found nothing out settles nothing
 * (confirmation.c). */
void sp_errand_glance(struct sp_errand *errand, void (*fn)(struct sp_errand *errand));
/* The provider without API that has a part in it, or NULL. */
const struct sp_description *sp_errand_manual_provider(const struct sp_errand *errand);
/* Remembers the last verdict in the ledger. */
void sp_errand_remember_check(struct sp_errand *errand);
/* Everything is written, or nothing had to be. */
void sp_errand_go_on(struct sp_errand *errand);
/* Zone jobs wait for each of their errands; they wait for this one no more. */
void sp_errand_release(struct sp_errand *errand);
/* Finishes with ERR (NULL: well) before anything was written, and releases its zone jobs. */
void sp_errand_fail(struct sp_errand *errand, const struct sp_err *err);
/* ERR NULL: all went well. */
void sp_errand_finish(struct sp_errand *errand, const struct sp_err *err);
/* What is said after Ctrl-C. */
void sp_errand_set_interrupted(struct sp_err *err);
/* Finishes as interrupted, unless a write is under way and IS_TIME_UP is not set. */
void sp_errand_cancel(struct sp_errand *errand, bool is_time_up);
void sp_errand_progress(struct sp_errand *errand, const char *phase);

#endif
