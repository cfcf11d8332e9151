#include "verify/follow.h"

#include <sys/queue.h>

#include "base/limits.h"
#include "dns/name_table.h"

struct sp_follow {
    LIST_ENTRY(sp_follow) link; /* while it waits for a shared one */
    struct sp_chase *chase;     /* its own; or */
    struct shared *shared;
    struct sp_timer *timer; /* the answer is there already */
    sp_chase_fn fn;
    void *arg;
};
LIST_HEAD(follow_list, sp_follow);

/* A target, under way or answered. */
struct shared {
    struct sp_name_node node;
    TAILQ_ENTRY(shared) link; /* while it IS_KEPT: nobody follows it, and it is not under way */
    bool is_kept;
    struct sp_name_table *table;
    struct sp_chases *chases;
    struct sp_chase *chase; /* NULL: none is under way */
    struct follow_list followers;
    size_t n_told; /* who is being told, or will be when a timer ends */
    struct sp_behind behind;
    uint64_t heard_ms; /* 0: never */
};

struct sp_chases {
    struct sp_loop *loop;
    struct sp_dns_client *client;
    struct sp_name_table by_leg[2]; /* what is asked differs: keys, or MX and SPF */
    TAILQ_HEAD(, shared) kept;      /* the one used last is at the end */
    size_t n_kept, n_kept_max;
};

struct sp_chases *sp_chases_new(struct sp_loop *loop, struct sp_dns_client *client)
{
    struct sp_chases *chases = sp_new(struct sp_chases);
    chases->loop = loop;
    chases->client = client;
    TAILQ_INIT(&chases->kept);
    chases->n_kept_max = SP_CHASES_KEPT;
    return chases;
}

static void wake(struct shared *shared)
{
    if (!shared->is_kept)
        return;
    TAILQ_REMOVE(&shared->chases->kept, shared, link);
    shared->chases->n_kept--;
    shared->is_kept = false;
}

static void trim(struct sp_chases *chases)
{
    while (chases->n_kept > chases->n_kept_max) {
        struct shared *oldest = TAILQ_FIRST(&chases->kept);
        wake(oldest);
        sp_name_table_remove(oldest->table, &oldest->node);
        free(oldest);
    }
}

/* Keeps it for others, if nobody needs it now; it may be freed then. */
static void settle(struct shared *shared)
{
    struct sp_chases *chases = shared->chases;
    if (shared->is_kept || shared->chase || shared->n_told || !LIST_EMPTY(&shared->followers))
        return;
    TAILQ_INSERT_TAIL(&chases->kept, shared, link);
    chases->n_kept++;
    shared->is_kept = true;
    trim(chases);
}

void sp_chases_retire(struct sp_chases *chases)
{
    if (!chases)
        return;
    chases->n_kept_max = 0;
    trim(chases);
}

void sp_chases_free(struct sp_chases *chases)
{
    for (size_t leg = 0; chases && leg < SP_ARRAY_LEN(chases->by_leg); leg++) {
        struct shared *shared;
        size_t bucket = 0;
        while ((shared = sp_name_table_take(&chases->by_leg[leg], &bucket))) {
            sp_chase_free(&shared->chase);
            free(shared);
        }
    }
    free(chases);
}

static void on_heard(void *arg, const struct sp_behind *behind)
{
    struct shared *shared = arg;
    struct follow_list followers = shared->followers;
    struct sp_follow *follow;
    if (LIST_FIRST(&followers))
        LIST_FIRST(&followers)->link.le_prev = &followers.lh_first;
    LIST_INIT(&shared->followers);
    shared->behind = *behind;
    shared->heard_ms = sp_monotonic_ms();
    sp_chase_free(&shared->chase);
    shared->n_told++; /* or it might be freed inside */
    while ((follow = LIST_FIRST(&followers))) {
        LIST_REMOVE(follow, link);
        follow->shared = NULL;
        follow->fn(follow->arg, &shared->behind);
    }
    shared->n_told--;
    settle(shared);
}

static void on_known(void *arg)
{
    struct sp_follow *follow = arg;
    struct shared *shared = follow->shared;
    follow->timer = NULL;
    follow->shared = NULL;
    follow->fn(follow->arg, &shared->behind);
    shared->n_told--;
    settle(shared);
}

static struct shared *shared_of(struct sp_chases *chases, const struct sp_record *record)
{
    struct sp_name_table *table = &chases->by_leg[record->leg == SP_LEG_DKIM];
    struct shared *shared = sp_name_table_find(table, &record->target);
    if (shared)
        return shared;
    shared = sp_new(struct shared);
    shared->node.name = record->target;
    shared->chases = chases;
    shared->table = table;
    LIST_INIT(&shared->followers);
    sp_name_table_add(table, &shared->node);
    return shared;
}

static void join(struct sp_follow *follow, struct shared *shared, const struct sp_record *record,
                 unsigned *counter)
{
    struct sp_chases *chases = shared->chases;
    bool is_fresh = shared->heard_ms && sp_monotonic_ms() - shared->heard_ms < SP_LOOK_FRESH_MS;
    follow->shared = shared;
    wake(shared);
    if (is_fresh && !shared->chase) {
        shared->n_told++;
        follow->timer = sp_timer_start(chases->loop, 0, on_known, follow);
        return;
    }
    LIST_INSERT_HEAD(&shared->followers, follow, link);
    if (!shared->chase)
        shared->chase = sp_chase_start(chases->client, record, counter, on_heard, shared);
}

static void on_own(void *arg, const struct sp_behind *behind)
{
    struct sp_follow *follow = arg;
    follow->fn(follow->arg, behind);
}

struct sp_follow *sp_follow_start(struct sp_dns_client *client, struct sp_chases *chases,
                                  const struct sp_record *record, unsigned *counter, sp_chase_fn fn,
                                  void *arg)
{
    struct sp_follow *follow = sp_new(struct sp_follow);
    follow->fn = fn;
    follow->arg = arg;
    if (chases)
        join(follow, shared_of(chases, record), record, counter);
    else
        follow->chase = sp_chase_start(client, record, counter, on_own, follow);
    return follow;
}

void sp_follow_free(struct sp_follow **follow)
{
    struct sp_follow *f = *follow;
    if (!f)
        return;
    if (f->timer)
        f->shared->n_told--;
    else if (f->shared)
        LIST_REMOVE(f, link);
    if (f->shared)
        settle(f->shared);
    sp_timer_stop(&f->timer);
    sp_chase_free(&f->chase);
    free(f);
    *follow = NULL;
}
