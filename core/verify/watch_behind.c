#include "verify/watch.h"

#include "verify/judgement.h"
#include "verify/schedule.h"

static void on_chase(void *arg, const struct sp_behind *behind)
{
    struct sp_watch *watch = arg;
    watch->record->behind = *behind;
    watch->chased_ms = sp_monotonic_ms();
    sp_follow_free(&watch->chase);
    sp_verification_step_soon(watch->verification);
}

static void start_chase(struct sp_watch *watch)
{
    struct sp_verification *v = watch->verification;
    watch->chase = sp_follow_start(v->config.client, v->config.chases, &watch->record->record,
                                   v->counter, on_chase, watch);
}

static void on_trial(void *arg, const struct sp_trust *trust)
{
    struct sp_watch *watch = arg;
    watch->record->trust = *trust;
    sp_trial_free(&watch->trial);
    sp_verification_step_soon(watch->verification);
}

/* A zone that is bogus needs no trial, and one that is not signed has none. */
static void start_trial(struct sp_watch *watch, bool is_due)
{
    enum sp_trust_kind trust = watch->record->trust.kind;
    const struct sp_delegation *delegation = watch->record->delegation;
    struct sp_verification *v = watch->verification;
    bool is_signed = delegation->has_ds || delegation->is_authentic;
    bool is_open = trust == SP_TRUST_NOT_ASKED || (trust == SP_TRUST_UNKNOWN && is_due);
    if (!is_signed || delegation->bogus.is_bogus || watch->trial || !is_open)
        return;
    watch->trial =
        sp_trial_start(v->config.client, &watch->record->record.host, v->counter, on_trial, watch);
}

static bool has_unheard(const struct sp_record_observation *record)
{
    SP_ARRAY_FOREACH (&record->seen, seen)
        if (seen->kind == SP_SEEN_NOTHING_YET)
            return true;
    return false;
}

/* Every server has had its say: a resolver might ask the one that has not, and keep what it says.
 */
static bool is_all_live(const struct sp_verification *v)
{
    SP_WATCHES_FOREACH (v, watch)
        if (has_unheard(watch->record) ||
            sp_judge_zone(watch->record, &v->config.context).state != SP_STATE_LIVE)
            return false;
    return true;
}

void sp_watches_chase(struct sp_verification *v)
{
    uint64_t now_ms = sp_monotonic_ms();
    uint64_t pause_ms = sp_schedule_next_ms(now_ms - v->behind_since_ms);
    bool is_first = !v->behind_since_ms;
    if (!is_all_live(v))
        return;
    if (is_first)
        v->behind_since_ms = now_ms;
    if (pause_ms < SP_LOOK_BEHIND_MS)
        pause_ms = SP_LOOK_BEHIND_MS;
    bool is_due = !v->is_last && now_ms - v->behind_ms >= pause_ms;
    SP_WATCHES_FOREACH (v, watch) {
        struct sp_judgement behind =
            sp_judge_behind(&v->observation, watch->record, &v->config.context);
        bool is_new = watch->record->behind.kind == SP_BEHIND_NOT_ASKED;
        start_trial(watch, is_due);
        if (watch->chase || !(is_new || (is_due && behind.is_blocking)))
            continue;
        v->behind_ms = now_ms;
        start_chase(watch);
    }
}

/* ---- answers that are old ---- */

static bool is_behind_old(const struct sp_watch *watch, uint64_t at_ms)
{
    return watch->record->behind.kind != SP_BEHIND_NOT_ASKED &&
           watch->chased_ms + SP_LOOK_FRESH_MS < at_ms;
}

bool sp_watches_are_fresh(const struct sp_verification *v)
{
    SP_WATCHES_FOREACH (v, watch)
        if (is_behind_old(watch, v->confirm_ms))
            return false;
    return sp_asking_is_fresh(v->asking, v->confirm_ms);
}

void sp_watches_refresh(struct sp_verification *v)
{
    sp_asking_refresh(v->asking, v->confirm_ms);
    SP_WATCHES_FOREACH (v, watch)
        if (is_behind_old(watch, v->confirm_ms) && !watch->chase)
            start_chase(watch);
}

static void forget_behind(struct sp_watch *watch)
{
    const struct sp_dns_question question = {
        .is_recursive = true, .name = watch->record->record.target, .type = SP_DNS_TXT};
    sp_dns_client_withdraw(watch->verification->config.client, &question);
    memset(&watch->record->behind, 0, sizeof(watch->record->behind));
}

void sp_watches_forget_old(struct sp_verification *v)
{
    sp_asking_forget_old(v->asking, v->confirm_ms);
    SP_WATCHES_FOREACH (v, watch)
        if (is_behind_old(watch, v->confirm_ms))
            forget_behind(watch);
}
