/*
 * What a store must be able to do to stand behind the ledger. Each call of ledger.h has one member
 * of the same name here, under the same contract.
 */
#ifndef SP_LEDGER_STORE_H
#define SP_LEDGER_STORE_H

#include "ledger/ledger.h"

struct sp_ledger_ops {
    bool is_kept;
    void (*close)(struct sp_ledger *ledger);
    int (*begin)(struct sp_ledger *ledger, struct sp_err *err);
    int (*end)(struct sp_ledger *ledger, struct sp_err *err);
    int (*put_set)(struct sp_ledger *ledger, const struct sp_record_set *set, const char *provider,
                   const char *zone, bool is_merge, struct sp_err *err);
    int (*mark_published)(struct sp_ledger *ledger, const struct sp_name *domain, int64_t at_s,
                          bool is_restart, struct sp_err *err);
    int (*mark_served)(struct sp_ledger *ledger, const struct sp_name *domain, const char *servers,
                       struct sp_err *err);
    int (*withdraw)(struct sp_ledger *ledger, const struct sp_name *domain,
                    const struct sp_name *hosts, size_t n, struct sp_err *err);
    int (*intend)(struct sp_ledger *ledger, struct sp_ledger_change *changes, size_t n,
                  struct sp_err *err);
    int (*resolve)(struct sp_ledger *ledger, const struct sp_ledger_change *changes, size_t n,
                   struct sp_err *err);
    int (*list_changes)(struct sp_ledger *ledger, const struct sp_name *domain,
                        bool only_unresolved, sp_ledger_changes *ret_changes, struct sp_err *err);
    int (*list_sharers)(struct sp_ledger *ledger, const struct sp_name *domain,
                        const struct sp_record *record, sp_ledger_domains *ret_domains,
                        struct sp_err *err);
    int (*add_check)(struct sp_ledger *ledger, const struct sp_name *domain,
                     const struct sp_ledger_check *check, struct sp_err *err);
    /* DOMAIN NULL: all of them. */
    int (*each)(struct sp_ledger *ledger, const struct sp_name *domain, sp_ledger_entry_fn fn,
                void *arg, struct sp_err *err);
};

struct sp_ledger {
    const struct sp_ledger_ops *ops; /* first member of every implementation */
};

/* The file at PATH, made with its folders when it is not there. ERR as sp_ledger_open(). */
struct sp_ledger *sp_ledger_sqlite_open(const char *path, struct sp_err *err);

/* The open file of a ledger; NULL for one that keeps nothing. */
struct sp_sqlite;
struct sp_sqlite *sp_ledger_sqlite(struct sp_ledger *ledger);

#endif
