#include "watch/roster.h"

/* ---- the queue: a binary heap -------------------------------------------------------------------
 */

static bool is_before(const struct sp_roster_domain *a, const struct sp_roster_domain *b)
{
    return a->plan.at_ms < b->plan.at_ms;
}

static void put(struct sp_roster *roster, size_t place, struct sp_roster_domain *domain)
{
    roster->queue.items[place] = domain;
    domain->place = place;
}

/* Moves DOMAIN from PLACE towards the front, as far as it belongs. */
static void rise(struct sp_roster *roster, size_t place, struct sp_roster_domain *domain)
{
    while (place && is_before(domain, roster->queue.items[(place - 1) / 2])) {
        put(roster, place, roster->queue.items[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    put(roster, place, domain);
}

static void sink(struct sp_roster *roster, size_t place, struct sp_roster_domain *domain)
{
    for (;;) {
        size_t child = 2 * place + 1;
        if (child + 1 < roster->queue.n &&
            is_before(roster->queue.items[child + 1], roster->queue.items[child]))
            child++;
        if (child >= roster->queue.n || !is_before(roster->queue.items[child], domain))
            break;
        put(roster, place, roster->queue.items[child]);
        place = child;
    }
    put(roster, place, domain);
}

static void enqueue(struct sp_roster *roster, struct sp_roster_domain *domain)
{
    *sp_array_push(&roster->queue) = domain;
    rise(roster, roster->queue.n - 1, domain);
}

static void dequeue(struct sp_roster *roster, struct sp_roster_domain *domain)
{
    struct sp_roster_domain *last = roster->queue.items[--roster->queue.n];
    if (last == domain)
        return;
    sink(roster, domain->place, last);
    rise(roster, last->place, last);
}

/* ---- the domains --------------------------------------------------------------------------------
 */

/* FNV-1a over the name: the same after every start, so that a restart moves nobody's turn. */
static uint32_t jitter_of(const struct sp_name *name)
{
    uint32_t hash = 2166136261u;
    for (const char *c = SP_NAME_STR(name); *c; c++)
        hash = (hash ^ (uint8_t)*c) * 16777619u;
    return hash * 2654435761u;
}

static int64_t ms_of(int64_t at_s)
{
    return at_s > 0 ? at_s * 1000 : 0;
}

static enum sp_status status_of(const char *word)
{
    for (int status = SP_STATUS_PENDING; status <= SP_STATUS_ERROR; status++)
        if (word && strcmp(word, sp_status_name((enum sp_status)status)) == 0)
            return (enum sp_status)status;
    return SP_STATUS_NONE;
}

/* Whether another process has looked since. Every look of ours that counts is in the ledger: a
 * status that differs there is somebody's who came later, if within the same second. What was seen
 * here has milliseconds, the ledger has whole seconds; what lies in the future came from a wrong
 * clock. */
static bool has_later_look(const struct sp_rhythm *rhythm, const struct sp_ledger_brief *brief,
                           int64_t now_ms)
{
    return rhythm->status != status_of(brief->status) ||
           (rhythm->checked_at_ms / 1000 < brief->checked_at_s &&
            ms_of(brief->checked_at_s) <= now_ms);
}

/* False: nobody else did anything to the domain. */
static bool take_over(struct sp_rhythm *rhythm, const struct sp_ledger_brief *brief, int64_t now_ms)
{
    struct sp_rhythm old = *rhythm;
    rhythm->published_at_ms = ms_of(brief->published_at_s);
    rhythm->expires_at_ms = ms_of(brief->caches_until_s);
    rhythm->window_ms = ms_of(brief->window_s);
    if (!has_later_look(&old, brief, now_ms))
        return old.published_at_ms != rhythm->published_at_ms ||
               old.expires_at_ms != rhythm->expires_at_ms || old.window_ms != rhythm->window_ms;
    rhythm->status = status_of(brief->status);
    rhythm->checked_at_ms = ms_of(brief->checked_at_s);
    rhythm->changed_at_ms = ms_of(brief->since_s);
    rhythm->doubtful_at_ms = 0;
    if (rhythm->checked_at_ms > now_ms)
        rhythm->checked_at_ms = now_ms;
    return true;
}

/* What another process found is told after a look of our own, which is not put off. */
static void plan(struct sp_roster_domain *domain)
{
    domain->plan = sp_rhythm_plan(&domain->rhythm);
    if (domain->rhythm.status != domain->told)
        domain->plan = (struct sp_rhythm_plan){0};
}

static struct sp_roster_domain *domain_new(const struct sp_ledger_brief *brief, bool is_told,
                                           int64_t now_ms)
{
    struct sp_roster_domain *domain = sp_new(struct sp_roster_domain);
    domain->name = brief->domain;
    domain->rhythm.jitter = jitter_of(&brief->domain);
    take_over(&domain->rhythm, brief, now_ms);
    domain->told = is_told ? domain->rhythm.status : SP_STATUS_NONE;
    plan(domain);
    return domain;
}

static void plan_again(struct sp_roster *roster, struct sp_roster_domain *domain)
{
    if (domain->is_looking)
        return;
    dequeue(roster, domain);
    plan(domain);
    enqueue(roster, domain);
}

static void refresh(struct sp_roster *roster, struct sp_roster_domain *domain,
                    const struct sp_ledger_brief *brief, int64_t now_ms)
{
    domain->is_gone = false;
    if (!take_over(&domain->rhythm, brief, now_ms))
        return;
    domain->doubted_at_ms = 0;
    plan_again(roster, domain);
}

/* The domain leaves; one that is being looked at when that is over. Whether it is still there. */
static bool leave(struct sp_roster *roster, struct sp_roster_domain *domain)
{
    domain->is_gone = true;
    if (domain->is_looking)
        return true;
    dequeue(roster, domain);
    free(domain);
    return false;
}

void sp_roster_update(struct sp_roster *roster, const sp_ledger_briefs *briefs, bool is_told,
                      int64_t now_ms)
{
    __typeof__(roster->domains) old = roster->domains, merged = {0};
    size_t i = 0;
    SP_ARRAY_FOREACH (briefs, brief) {
        int order = 1;
        while (i < old.n && (order = strcmp(SP_NAME_STR(&old.items[i]->name),
                                            SP_NAME_STR(&brief->domain))) < 0) {
            if (leave(roster, old.items[i]))
                *sp_array_push(&merged) = old.items[i];
            i++;
        }
        if (i < old.n && order == 0) {
            refresh(roster, old.items[i], brief, now_ms);
            *sp_array_push(&merged) = old.items[i++];
            continue;
        }
        struct sp_roster_domain *domain = domain_new(brief, is_told, now_ms);
        *sp_array_push(&merged) = domain;
        enqueue(roster, domain);
    }
    for (; i < old.n; i++)
        if (leave(roster, old.items[i]))
            *sp_array_push(&merged) = old.items[i];
    sp_array_free(&old);
    roster->domains.items = merged.items;
    roster->domains.n = merged.n;
    roster->domains.cap = merged.cap;
}

struct sp_roster_domain *sp_roster_first(const struct sp_roster *roster)
{
    return roster->queue.n ? roster->queue.items[0] : NULL;
}

void sp_roster_begin(struct sp_roster *roster, struct sp_roster_domain *domain)
{
    domain->is_looking = true;
    dequeue(roster, domain);
}

static void forget(struct sp_roster *roster, struct sp_roster_domain *domain)
{
    size_t n = 0;
    for (size_t i = 0; i < roster->domains.n; i++)
        if (roster->domains.items[i] != domain)
            roster->domains.items[n++] = roster->domains.items[i];
    roster->domains.n = n;
    free(domain);
}

void sp_roster_end(struct sp_roster *roster, struct sp_roster_domain *domain, int64_t not_before_ms)
{
    domain->is_looking = domain->is_waiting = false;
    if (domain->is_gone) {
        forget(roster, domain);
        return;
    }
    domain->plan = sp_rhythm_plan(&domain->rhythm);
    if (domain->plan.at_ms < not_before_ms)
        domain->plan.at_ms = not_before_ms;
    enqueue(roster, domain);
}

void sp_roster_step_back(struct sp_roster *roster, int64_t now_ms)
{
    SP_ARRAY_FOREACH (&roster->domains, domain) {
        struct sp_rhythm *rhythm = &(*domain)->rhythm;
        if (rhythm->checked_at_ms > now_ms)
            rhythm->checked_at_ms = now_ms;
        if (rhythm->doubtful_at_ms > now_ms)
            rhythm->doubtful_at_ms = now_ms;
        plan_again(roster, *domain);
    }
}

void sp_roster_fini(struct sp_roster *roster)
{
    SP_ARRAY_FOREACH (&roster->domains, domain)
        free(*domain);
    sp_array_free(&roster->domains);
    sp_array_free(&roster->queue);
}
