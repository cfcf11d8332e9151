/*
 * What signpost remembers: record sets, publishes with before-images, verdicts. One small interface
 * in front of the store, so that another store can stand behind it.
 *
 * Order of life: an intent is committed before an API write, its outcome after it. An intent
 * without an outcome is what a crash leaves: the next run reads the provider and resolves it.
 */
#ifndef SP_LEDGER_LEDGER_H
#define SP_LEDGER_LEDGER_H

#include "base/array.h"
#include "base/err.h"
#include "base/json.h"
#include "records/record.h"

struct sp_ledger;

/* One planned write. Texts are owned by whoever filled the struct. */
struct sp_ledger_change {
    int64_t id; /* out, from sp_ledger_intend */
    char *domain, *zone, *zone_id, *provider, *action, *type, *host;
    json_t *before, *after; /* images; NULL for none */
    char *outcome;          /* NULL: not resolved */
    int64_t intended_at_s, resolved_at_s;
};
void sp_ledger_change_fini(struct sp_ledger_change *change);

/* A record that was seen live at one address of a name server, at AT_S for the first time. */
struct sp_ledger_sighting {
    char *host, *target, *server, *address;
    int64_t at_s;
};

struct sp_ledger_check {
    int64_t at_s;
    char *status, *message;
    bool is_records_live, is_key_live;
    /* For sp_ledger_add_check() alone: */
    int64_t caches_until_s; /* until when caches may hold an old answer; 0: nothing is known */
    const struct sp_ledger_sighting *sightings; /* where which record was seen live, at AT_S */
    size_t n_sightings;
};

/* What is known of one sender domain. */
struct sp_ledger_entry {
    struct sp_record_set set;
    char *provider, *zone;       /* "" if unknown */
    char *zone_servers;          /* sp_ledger_mark_served(); "" if unknown */
    int64_t published_at_s;      /* 0: never */
    int64_t connected_at_s;      /* last time it was seen connected; 0: never */
    int64_t caches_until_s;      /* the latest that a look has told; 0: none has */
    bool is_withdrawn;           /* unpublished */
    struct sp_ledger_check last; /* status NULL: never checked */
};
void sp_ledger_entry_fini(struct sp_ledger_entry *entry);
typedef SP_ARRAY(struct sp_ledger_entry) sp_ledger_entries;
typedef SP_ARRAY(struct sp_ledger_change) sp_ledger_changes;
typedef SP_ARRAY(struct sp_name) sp_ledger_domains;

/*
 * Opens (and makes, with its folder, mode 0700, file 0600) the store at PATH; "none" gives one that
 * keeps nothing. ERR: usage, "ledger": cannot be opened, is no ledger, or was written by a newer
 * version.
 */
struct sp_ledger *sp_ledger_open(const char *path, struct sp_err *err);
void sp_ledger_close(struct sp_ledger *ledger); /* accepts NULL */

/* Every function below: 0, or -1 with ERR (internal, "ledger"). Each is one committed transaction.
 *
 * Between these two, any number of sp_ledger_put_set() and sp_ledger_add_check(), and nothing else,
 * is one transaction, committed at the end. If one of them fails, the end says so, and none of them
 * counts. Meanwhile no other process can write: be brief. */
int sp_ledger_begin(struct sp_ledger *ledger, struct sp_err *err);
int sp_ledger_end(struct sp_ledger *ledger, struct sp_err *err);

/* Remembers the set of a domain, with its course if it has one. PROVIDER "" is for a set that was
 * only looked at. IS_MERGE adds to what was published, by host (publishing adds); else, and where
 * the domain was only looked at, the set takes the place of what is there. When that makes another
 * set of it, it was never connected. A withdrawn domain starts afresh: its times are forgotten. */
int sp_ledger_put_set(struct sp_ledger *ledger, const struct sp_record_set *set,
                      const char *provider, const char *zone, bool is_merge, struct sp_err *err);
/* Sets published_at if it is not set; IS_RESTART sets it in any case, as when something was written
 * anew. */
int sp_ledger_mark_published(struct sp_ledger *ledger, const struct sp_name *domain, int64_t at_s,
                             bool is_restart, struct sp_err *err);
/* Remembers by which name servers (names, divided by blanks) the provider said, when it was
 * published there, that it serves the zone of DOMAIN. */
int sp_ledger_mark_served(struct sp_ledger *ledger, const struct sp_name *domain,
                          const char *servers, struct sp_err *err);
/* Takes records (by host) out of the set of DOMAIN; without any left it is withdrawn. An unknown
 * domain is no error. */
int sp_ledger_withdraw(struct sp_ledger *ledger, const struct sp_name *domain,
                       const struct sp_name *hosts, size_t n, struct sp_err *err);
/* Commits N intents in one transaction, on the disk when this returns, and sets their ids and
 * times. */
int sp_ledger_intend(struct sp_ledger *ledger, struct sp_ledger_change *changes, size_t n,
                     struct sp_err *err);
/* Writes the outcomes of N changes, by their ids, in one transaction; the last word counts. One
 * whose outcome is NULL is left as it is. */
int sp_ledger_resolve(struct sp_ledger *ledger, const struct sp_ledger_change *changes, size_t n,
                      struct sp_err *err);
/* Changes of DOMAIN, oldest first; only unresolved ones if asked. Caller frees each and the array.
 */
int sp_ledger_list_changes(struct sp_ledger *ledger, const struct sp_name *domain,
                           bool only_unresolved, sp_ledger_changes *ret_changes,
                           struct sp_err *err);
/* The other domains, not withdrawn, in whose sets RECORD's host has its target too. Caller frees
 * the array. */
int sp_ledger_list_sharers(struct sp_ledger *ledger, const struct sp_name *domain,
                           const struct sp_record *record, sp_ledger_domains *ret_domains,
                           struct sp_err *err);
/* Remembers a look at DOMAIN; the status "connected" sets connected_at as well. Domains without an
 * entry have none made: their checks are not kept. */
int sp_ledger_add_check(struct sp_ledger *ledger, const struct sp_name *domain,
                        const struct sp_ledger_check *check, struct sp_err *err);
/* All entries, by domain, one after another: FN owns the entry, and makes no call of the ledger. */
typedef void (*sp_ledger_entry_fn)(void *arg, struct sp_ledger_entry *entry);
int sp_ledger_each(struct sp_ledger *ledger, sp_ledger_entry_fn fn, void *arg, struct sp_err *err);
/* The entry of DOMAIN; *RET_FOUND tells. Or all entries, by domain. */
int sp_ledger_get(struct sp_ledger *ledger, const struct sp_name *domain,
                  struct sp_ledger_entry *ret_entry, bool *ret_found, struct sp_err *err);
int sp_ledger_list(struct sp_ledger *ledger, sp_ledger_entries *ret_entries, struct sp_err *err);
/* Whether this ledger keeps anything, for messages. */
bool sp_ledger_is_kept(const struct sp_ledger *ledger);

#endif
