#include "watch/watcher.h"

#include "base/limits.h"

#define LOOK_MS (1000 / SP_WATCH_LOOKS_S)
/* A step back of the clock that is no adjustment. */
#define STEP_BACK_MS 60000

void sp_watcher_init(struct sp_watcher *watcher, const struct sp_watcher_config *config)
{
    *watcher = (struct sp_watcher){.config = *config};
}

void sp_watcher_fini(struct sp_watcher *watcher)
{
    sp_roster_fini(&watcher->roster);
}

/* The version is taken before the reading: what comes in between is read again. */
static int read_ledger(struct sp_watcher *watcher, int64_t now_ms, struct sp_err *err)
{
    sp_ledger_briefs briefs;
    int64_t version;
    if (now_ms < watcher->read_at_ms)
        return 0;
    watcher->read_at_ms = now_ms + SP_WATCH_READ_MS;
    if (sp_ledger_version(watcher->config.ledger, &version, err) < 0)
        return -1;
    if (watcher->has_read && version == watcher->ledger_version)
        return 0;
    if (sp_ledger_list_briefs(watcher->config.ledger, &briefs, err) < 0)
        return -1;
    sp_roster_update(&watcher->roster, &briefs, !watcher->has_read, now_ms);
    sp_ledger_briefs_free(&briefs);
    watcher->ledger_version = version;
    watcher->has_read = true;
    return 0;
}

static void begin_look(struct sp_watcher *watcher, struct sp_roster_domain *domain)
{
    uint64_t wait_ms = watcher->n_waits < SP_WATCH_WAITS_MAX ? domain->plan.wait_ms : 0;
    domain->is_waiting = wait_ms > 0;
    watcher->n_waits += domain->is_waiting;
    watcher->n_looks++;
    sp_roster_begin(&watcher->roster, domain);
    watcher->config.look(watcher->config.arg, domain, wait_ms);
}

/* Begins what is due, and says when the next is. Looks are begun at a bounded pace: allowed_at_ms
 * is when the next one may, and lags behind by a second's worth at most. */
static int64_t begin_looks(struct sp_watcher *watcher, int64_t now_ms)
{
    const struct sp_roster_domain *first;
    if (watcher->allowed_at_ms < now_ms - 1000 || watcher->allowed_at_ms > now_ms + 1000)
        watcher->allowed_at_ms = now_ms - 1000;
    while (watcher->n_looks < SP_WATCH_LOOKS_MAX && (first = sp_roster_first(&watcher->roster))) {
        if (first->plan.at_ms > now_ms)
            return first->plan.at_ms;
        if (watcher->allowed_at_ms > now_ms)
            return watcher->allowed_at_ms;
        watcher->allowed_at_ms += LOOK_MS;
        begin_look(watcher, watcher->roster.queue.items[0]);
    }
    return INT64_MAX;
}

int sp_watcher_turn(struct sp_watcher *watcher, int64_t now_ms, int64_t *ret_next_ms,
                    struct sp_err *err)
{
    if (now_ms < watcher->turned_at_ms - STEP_BACK_MS) {
        sp_roster_step_back(&watcher->roster, now_ms);
        watcher->read_at_ms = 0;
    }
    watcher->turned_at_ms = now_ms;
    int status = read_ledger(watcher, now_ms, err);
    *ret_next_ms = begin_looks(watcher, now_ms);
    if (*ret_next_ms > watcher->read_at_ms)
        *ret_next_ms = watcher->read_at_ms;
    return status;
}

static bool is_silent(const struct sp_result *result)
{
    SP_ARRAY_FOREACH (&result->records, record) {
        if (record->has_state && record->state != SP_STATE_UNREACHABLE)
            return false;
    }
    return true;
}

bool sp_watcher_counts(SP_UNUSED struct sp_watcher *watcher, struct sp_roster_domain *domain,
                       const struct sp_result *result, int64_t now_ms)
{
    if (domain->is_gone)
        return false;
    if (domain->rhythm.status != SP_STATUS_CONNECTED || result->status == SP_STATUS_CONNECTED) {
        domain->doubted_at_ms = 0;
        return true;
    }
    if (!domain->doubted_at_ms || domain->doubted_at_ms > now_ms) {
        domain->doubted_at_ms = now_ms;
        return false;
    }
    int64_t needed_ms = is_silent(result) ? SP_WATCH_SILENCE_MS : SP_WATCH_CONFIRM_MS;
    return now_ms - domain->doubted_at_ms >= needed_ms;
}

static void take_result(struct sp_roster_domain *domain, const struct sp_result *result,
                        bool has_counted, int64_t now_ms)
{
    struct sp_rhythm *rhythm = &domain->rhythm;
    if (!has_counted) {
        rhythm->doubtful_at_ms = now_ms;
        return;
    }
    if (rhythm->status != result->status || !rhythm->changed_at_ms)
        rhythm->changed_at_ms = now_ms;
    rhythm->status = result->status;
    rhythm->checked_at_ms = now_ms;
    rhythm->doubtful_at_ms = domain->doubted_at_ms = 0;
}

void sp_watcher_looked(struct sp_watcher *watcher, struct sp_roster_domain *domain,
                       const struct sp_result *result, bool has_counted, int64_t now_ms)
{
    int64_t not_before_ms = 0;
    enum sp_status told = domain->told;
    if (!result)
        not_before_ms = now_ms + SP_WATCH_FAILED_MS;
    else if (domain->plan.wait_ms && !domain->is_waiting)
        not_before_ms = now_ms + SP_WATCH_CROWDED_MS;
    watcher->n_looks--;
    watcher->n_waits -= domain->is_waiting;
    if (result)
        take_result(domain, result, has_counted, now_ms);
    bool is_news = result && has_counted && told != result->status && !domain->is_gone;
    if (is_news)
        domain->told = result->status;
    sp_roster_end(&watcher->roster, domain, not_before_ms);
    if (is_news)
        watcher->config.on_change(watcher->config.arg, result, told);
}
