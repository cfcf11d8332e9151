/*
 * What the daemon needs of the ledger: which domains there are, whether anything happened to them,
 * and the changes of status that are still to be told to others.
 *
 * A change is written in the transaction of the check that found it, whoever made that check, so
 * that it is neither lost nor told without having happened; it stays until it is settled.
 */
#ifndef SP_LEDGER_OUTBOX_H
#define SP_LEDGER_OUTBOX_H

#include "ledger/ledger.h"

/* A domain at a glance; times are 0 when they are unknown. */
struct sp_ledger_brief {
    struct sp_name domain;
    int64_t published_at_s, window_s, caches_until_s;
    char *status; /* of the last check; owned; NULL: never checked */
    int64_t checked_at_s, since_s;
};
typedef SP_ARRAY(struct sp_ledger_brief) sp_ledger_briefs;
void sp_ledger_briefs_free(sp_ledger_briefs *briefs);

struct sp_ledger_event {
    char *id;     /* the same with every attempt */
    char *domain; /* whose */
    char *body;   /* JSON: schemas/webhook.schema.json */
    int64_t at_s; /* when the status was seen */
    unsigned attempts;
};
typedef SP_ARRAY(struct sp_ledger_event) sp_ledger_events;
void sp_ledger_events_free(sp_ledger_events *events);

/* Every function below: 0, or -1 with ERR (internal, "ledger"). */

/* Makes this process the one that watches the ledger, until it is closed. ERR: refused,
 * "already-watched", naming the other process. */
int sp_ledger_claim(struct sp_ledger *ledger, struct sp_err *err);
/* A number that differs from the last one when another process has written since. Cheap. */
int sp_ledger_version(struct sp_ledger *ledger, int64_t *ret_version, struct sp_err *err);
/* The domains that are not withdrawn, by name. Free with sp_ledger_briefs_free(). */
int sp_ledger_list_briefs(struct sp_ledger *ledger, sp_ledger_briefs *ret_briefs,
                          struct sp_err *err);

/* From now on changes of status are kept to be told, or not any more. Forgets what was settled
 * long ago. */
int sp_ledger_open_outbox(struct sp_ledger *ledger, bool is_open, struct sp_err *err);
/* The events whose time has come: of each domain the oldest that is not settled, a few
 * at a time. Free with
 * sp_ledger_events_free(). */
int sp_ledger_list_events(struct sp_ledger *ledger, int64_t now_s, sp_ledger_events *ret_events,
                          struct sp_err *err);
/* Another attempt at the event ID was made; it is over (it arrived, or was given up), or comes
 * again at NEXT_AT_S. */
int sp_ledger_settle_event(struct sp_ledger *ledger, const char *id, bool is_over,
                           int64_t next_at_s, struct sp_err *err);

#endif
