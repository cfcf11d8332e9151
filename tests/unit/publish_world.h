/*
 * A small world for the tests of publishing: a provider, a DNS and a verification that live in
 * memory and stand in for those of the engine, and runs in it.
 */
#ifndef SP_TESTS_PUBLISH_WORLD_H
#define SP_TESTS_PUBLISH_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "publish/publish.h"

/* Last: its macro fail() would change a member of that name in plugin.h. */
#include <cmocka.h>

/* What goes wrong at the provider. ANSWER_LOST: the change is made; WRITE_LOST: it is not;
 * APPLY_LATE: it is made, and told after 200 ms. */
enum fault {
    NO_FAULT,
    APPLY_FAILS,
    ANSWER_LOST,
    WRITE_LOST,
    APPLY_HANGS,
    APPLY_LATE,
    LIST_HANGS,
    LIST_FAILS
};

struct world {
    struct sp_loop *loop;
    struct sp_ledger *ledger;
    char ledger_path[64];
    struct sp_plugin powerdns, manual, other; /* OTHER is in the catalog when it has zones */
    struct sp_catalog catalog;
    const char *zones[4], *other_zones[4];       /* at the providers */
    const char *name_server, *other_name_server; /* what they say serves them, or NULL */
    const char *delegated[4];                    /* in the DNS, deepest first */
    const char *recognised_zone;                 /* whose name servers the plugin recognises */
    const struct sp_plugin *recognised;          /* that plugin */
    bool has_credentials, is_read_only;
    bool is_listed; /* its zones come with their records */
    bool is_verification_stuck;
    bool is_dns_silent; /* no name server answers */
    enum fault fault;
    unsigned n_good_applies;    /* writes that go well before the fault */
    const char *crashing_label; /* the plugin falls over a host with it when it looks for zones */
    unsigned crash_takes_ms;
    const char *list_crashing_label; /* the same when it lists records */
    /* The provider takes no new record there, or at a host with that label; nothing after it, and,
     * where it is atomic, nothing at all. */
    const char *refused_host, *refused_label;
    const char
        *apply_crashing_label; /* the plugin falls over such a host before it sends anything */
    bool is_restore_refused;   /* nor puts back what it removed */
    sp_listed_list records;    /* at the provider */
    void (*on_listing)(void);  /* while the zone is being read */
    /* Answers that came back and writes that arrived; at which of them the run is cancelled, or the
     * process killed: from then on nothing happens any more. 0: never. */
    unsigned n_events, cancel_at, kill_at;
    bool is_dead;
    struct sp_buf log;     /* "find list apply " */
    struct sp_buf batches; /* changes of each apply: "200 100 " */
    unsigned n_lookups, n_results, n_manual;
    bool is_done, may_confirm;
    char shown_provider[64]; /* whom the last verdict names */
    struct sp_publication *publication;
    SP_ARRAY(struct sp_delegation *) delegations;
};
extern struct world world;

struct sp_name name_of(const char *text);
/* Puts a record at the provider. */
void add_listed(const char *type, const char *host, const char *value);
/* Takes the CNAME of HOST out of the world, as somebody who edits the zone would. */
void remove_listed(const char *host);
bool points_to(const char *host, const char *target);

/* For cmocka: a fresh world with the zone example.com, and a ledger in a file. */
int setup(void **state);
int teardown(void **state);

/* A configuration for --provider PROVIDER; two records for DOMAIN, or the one that is given. */
struct sp_publish_config config_of(const char *provider);
struct sp_record_set set_of(const char *domain);
struct sp_record_set set_with(const char *domain, const char *host, const char *target);
/* Runs to the end and frees SETS. */
void run(const struct sp_publish_config *config, struct sp_record_set *sets, size_t n);
/* What came of the I-th set of the last run. */
const struct sp_result *result_of(size_t i);
/* Runs the set of example.com: what came of it. */
const struct sp_result *run_one(const struct sp_publish_config *config);
/* The same, cancelled after 50 ms. */
const struct sp_result *run_and_cancel(const struct sp_publish_config *config);

/* The calls to the provider: "find list apply ". */
void assert_log(const char *expected);
/* How many changes went with each write: "200 100 ". */
void assert_batches(const char *expected);
/* "create CNAME applied, keep CNAME unchanged, " */
void assert_changes(const struct sp_result *result, const char *expected);
void assert_err(const struct sp_result *result, enum sp_err_kind kind, const char *code);
/* The outcomes of the changes of example.com in the ledger, oldest first: "applied open ". */
void assert_ledger(const char *expected);
/* Changes what is in the ledger behind its back: SQL has one parameter, NUMBER. */
void change_ledger(const char *sql, int64_t number);
struct sp_ledger_entry entry_of(const char *domain, bool *ret_found);

#endif
