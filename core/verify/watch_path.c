#include "verify/watch.h"

#include "verify/judgement.h"
#include "verify/schedule.h"

/* Nobody's: documentation has it (RFC 5737), and the internet does not carry it. Who answers there
 * answers for everybody. */
static const struct sp_address nobodys = {.family = 4, .bytes = {203, 0, 113, 53}, .port = 53};

/* Every answer is there. */
static bool is_heard(const struct sp_verification *v)
{
    SP_WATCHES_FOREACH (v, watch) {
        if (!sp_watch_has_zone(watch))
            return false;
        SP_ARRAY_FOREACH (&watch->record->seen, seen)
            if (seen->kind == SP_SEEN_NOTHING_YET)
                return false;
    }
    return true;
}

/* Not one server has answered with authority, neither of the zones nor of those above: servers of
 * one zone may be down, but not all of a top-level domain's. */
static bool is_without_authority(const struct sp_verification *v)
{
    SP_WATCHES_FOREACH (v, watch) {
        const struct sp_delegation *delegation = &watch->delegation;
        struct sp_tally tally = sp_tally_of(watch->record);
        if (!watch->record->seen.n || sp_tally_reachable(&tally) ||
            delegation->parent != SP_PARENT_UNHEARD || !sp_name_is_set(&delegation->silent_parent))
            return false;
    }
    return true;
}

static bool has_answers(const struct sp_verification *v)
{
    SP_WATCHES_FOREACH (v, watch)
        SP_ARRAY_FOREACH (&watch->record->seen, seen)
            if (seen->kind != SP_SEEN_UNREACHABLE)
                return true;
    return false;
}

static void on_nobody(void *arg, const struct sp_dns_reply *reply)
{
    struct sp_verification *v = arg;
    v->nobody = NULL;
    v->has_nobody_answered = reply->status == SP_TRANSPORT_OK;
    sp_verification_step_soon(v);
}

/* What it is that is seen; false while that is not known. */
static bool tell_path(struct sp_verification *v, enum sp_path *ret_path)
{
    *ret_path = SP_PATH_OPEN;
    if (!is_without_authority(v))
        return true;
    if (!has_answers(v)) {
        *ret_path = SP_PATH_BLOCKED;
        return true;
    }
    if (!v->has_asked_nobody) {
        v->has_asked_nobody = true;
        v->nobody = sp_dns_ask(v->config.client, &nobodys, &v->observation.domain, SP_DNS_NS,
                               v->counter, on_nobody, v);
    }
    if (v->has_nobody_answered)
        *ret_path = SP_PATH_INTERCEPTED;
    return !v->nobody;
}

static void on_hearsay(void *arg, const struct sp_hearsay *hearsay)
{
    struct sp_watch *watch = arg;
    watch->record->hearsay = *hearsay;
    sp_hearing_free(&watch->hearing);
    sp_verification_step_soon(watch->verification);
}

/* A resolver keeps a negative answer for a while: it is asked again rarely. */
static void hear(struct sp_watch *watch)
{
    struct sp_verification *v = watch->verification;
    uint64_t now_ms = sp_monotonic_ms(), pause_ms = sp_schedule_next_ms(now_ms - v->started_ms);
    bool is_live = sp_judge_zone(watch->record, &v->config.context).state == SP_STATE_LIVE;
    if (pause_ms < SP_LOOK_HEARSAY_MS)
        pause_ms = SP_LOOK_HEARSAY_MS;
    bool is_due = !watch->record->hearsay.is_heard ||
                  (!is_live && !v->is_last && now_ms - watch->heard_ms >= pause_ms);
    if (watch->hearing || !is_due)
        return;
    watch->heard_ms = now_ms;
    watch->hearing =
        sp_hearing_start(v->config.client, &watch->record->record, v->counter, on_hearsay, watch);
}

void sp_watches_check_path(struct sp_verification *v)
{
    enum sp_path path;
    if (!is_heard(v) || !tell_path(v, &path))
        return;
    SP_WATCHES_FOREACH (v, watch) {
        watch->record->path = path;
        if (path != SP_PATH_OPEN)
            hear(watch);
    }
}

bool sp_watches_know_path(const struct sp_verification *v)
{
    if (v->nobody)
        return false;
    SP_WATCHES_FOREACH (v, watch)
        if (watch->hearing && (v->is_last || !watch->record->hearsay.is_heard))
            return false;
    return true;
}

void sp_watches_stop_path(struct sp_verification *v)
{
    sp_dns_query_cancel(&v->nobody);
    SP_WATCHES_FOREACH (v, watch)
        sp_hearing_free(&watch->hearing);
}
