/*
 * Publishing and taking back: for each domain find the zones, list, plan, apply, verify. Several
 * domains run side by side and share workers, zone look-ups and delegations; each has its own
 * outcome.
 */
#ifndef SP_PUBLISH_PUBLISH_H
#define SP_PUBLISH_PUBLISH_H

#include "ledger/ledger.h"
#include "publish/plan.h"
#include "publish/result.h"
#include "verify/observe.h"

struct sp_publication;

struct sp_publish_config {
    struct sp_loop *loop;
    struct sp_dns_client *client;
    struct sp_delegations *delegations;
    const struct sp_catalog *catalog;
    struct sp_http *http;
    struct sp_ledger *ledger;
    struct sp_evidence *evidence; /* the verdicts are noted there; or NULL */
    const char *provider;         /* a plugin's name, or "auto" */
    const char *endpoint;         /* --endpoint, or NULL */
    bool is_unpublish;
    /* Taking back: only what the ledger says signpost wrote for this domain alone; a record that
     * publishing found there stays, or that another domain was published with as well. Without it
     * what is named is taken back, whoever wrote it. */
    bool only_ours;
    bool is_dry_run;
    bool may_replace;
    const char *const *replace_types;
    size_t n_replace_types;
    bool has_yes;
    enum sp_until until;
    bool wants_why;   /* as in the result */
    uint64_t wait_ms; /* 0: one look after writing */
    /* Asks a person whether the updates and deletions of RESULT (its planned changes) may be made;
     * NULL: nobody to ask, then they are refused. Blocking is fine: nothing else is under way in
     * that domain. */
    bool (*confirm)(void *arg, const struct sp_result *result);
    /* A change worth a line: PHASE is "zones", "reading", "writing", "verifying", ... */
    void (*on_progress)(void *arg, const struct sp_result *result, const char *phase);
    /* What a person is to type (the planned changes of RESULT) at a provider without API: after the
     * first look, if something is missing, and before the wait. */
    void (*on_manual)(void *arg, const struct sp_result *result,
                      const struct sp_description *provider);
    void (*on_result)(void *arg, const struct sp_result *result); /* a domain is decided */
    void (*on_done)(void *arg);                                   /* all are */
    void *arg;
};

/* Starts with N record sets, one a domain, each with a record at least; CONFIG and SETS are
 * borrowed until on_done. What on_result gets stays valid until sp_publication_free(). No callback
 * comes from inside the call. */
struct sp_publication *sp_publication_start(const struct sp_publish_config *config,
                                            const struct sp_record_set *sets, size_t n);
/* HTTP calls of all domains, each counted once. */
unsigned sp_publication_http_calls(const struct sp_publication *publication);
/* Ctrl-C: no new write is begun; a write under way may finish within two seconds; then on_done. */
void sp_publication_cancel(struct sp_publication *publication);
/* After on_done. When it was cancelled, look-ups may be under way that count in its results: then
 * the loop must not run again until the delegations are freed. Accepts NULL. */
void sp_publication_free(struct sp_publication *publication);

#endif
