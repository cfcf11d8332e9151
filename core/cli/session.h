/*
 * What the commands share: the loop, the DNS client, the plugins, the ledger; each made when first
 * asked for, and all of them taken down in the right order.
 */
#ifndef SP_CLI_SESSION_H
#define SP_CLI_SESSION_H

#include "broker/catalog.h"
#include "cli/config_file.h"
#include "cli/output.h"
#include "dns/delegation.h"
#include "http/http.h"
#include "ledger/ledger.h"
#include "verify/evidence.h"

struct sp_session {
    const struct sp_options *options;
    struct sp_terminal terminal;
    struct sp_progress progress;
    struct sp_output output;
    struct sp_config_file config;
    char *worker_path, *plugin_dir;
    char *resolver_urls[SP_DNS_RESOLVERS_MAX]; /* what the client's resolvers borrow */
    struct sp_loop *loop;
    struct sp_trace *trace; /* NULL: not asked for */
    struct sp_dns_client *client;
    struct sp_delegations *delegations;
    struct sp_evidence *evidence; /* what the verdicts are reached from; NULL: not asked for */
    struct sp_http *http;
    struct sp_ledger *ledger;
    struct sp_catalog catalog;
    bool has_catalog;
};

/* OPTIONS is borrowed. Reads the configuration and checks the endpoint. ERR: usage. RET_SESSION is
 * to be finished also after a failure. */
int sp_session_init(struct sp_session *ret_session, const struct sp_options *options,
                    struct sp_err *err);
void sp_session_fini(struct sp_session *session);

/* Each makes what is not there yet: 0, or -1 with ERR. */
int sp_session_open_ledger(struct sp_session *session, struct sp_err *err);
/* The same without making a ledger where there is none: one that keeps nothing stands in for it. */
int sp_session_peek_ledger(struct sp_session *session, struct sp_err *err);
/* ERR (usage, "ledger"): the ledger that was opened, or peeked at, knows nothing; returns -1. */
int sp_session_refuse_empty_ledger(const struct sp_session *session, struct sp_err *err);
int sp_session_open_dns(struct sp_session *session, struct sp_err *err);
/* Finds and describes the plugins; runs the loop until that is done. */
int sp_session_load_catalog(struct sp_session *session, struct sp_err *err);

/* Ends the trace, if there is one: nothing is sent any more. What fails is said, and counts in the
 * exit code. */
void sp_session_end_trace(struct sp_session *session);

/* Shows ERR on stderr and gives its exit code, for a command that ends with it. */
int sp_session_fail(struct sp_session *session, const struct sp_err *err);

#endif
