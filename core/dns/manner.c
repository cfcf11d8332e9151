#include "dns/manner.h"

bool sp_manner_is_limited(const struct sp_manner *manner, uint64_t now_ms)
{
    return now_ms < manner->limited_until_ms;
}

void sp_manner_begin(struct sp_manner *manner, struct sp_attempt *attempt, uint64_t now_ms)
{
    attempt->is_tcp = sp_manner_is_limited(manner, now_ms);
    attempt->has_edns = !manner->refuses_edns;
    attempt->is_mixed = !manner->changes_case;
}

void sp_manner_sent(struct sp_manner *manner, struct sp_attempt *attempt, uint64_t now_ms)
{
    if (attempt->is_tcp) {
        attempt->n_tcp++;
        return;
    }
    attempt->n_udp++;
    manner->sent_ms[manner->n_sent++ % SP_DNS_FAST] = now_ms;
}

/* The oldest in the ring is of the last second. */
static bool is_fast(const struct sp_manner *manner, uint64_t now_ms)
{
    return manner->n_sent >= SP_DNS_FAST &&
           now_ms - manner->sent_ms[manner->n_sent % SP_DNS_FAST] < 1000;
}

static void limit(struct sp_manner *manner, uint64_t now_ms)
{
    if (sp_manner_is_limited(manner, now_ms))
        return; /* the other questions that met the same limit */
    bool is_new = now_ms > manner->limited_until_ms + SP_DNS_LIMITED_MAX_MS;
    if (is_new || !manner->limited_ms)
        manner->limited_ms = SP_DNS_LIMITED_MS;
    manner->limited_until_ms = now_ms + manner->limited_ms;
    manner->limited_ms *= 2;
    if (manner->limited_ms > SP_DNS_LIMITED_MAX_MS)
        manner->limited_ms = SP_DNS_LIMITED_MAX_MS;
}

static enum sp_next by_tcp(struct sp_attempt *attempt)
{
    attempt->is_tcp = true;
    return SP_NEXT_ASK;
}

static enum sp_next by_udp(struct sp_attempt *attempt)
{
    attempt->is_tcp = false;
    return SP_NEXT_ASK;
}

static enum sp_next take(struct sp_manner *manner, struct sp_attempt *attempt, uint64_t now_ms)
{
    /* Under a limit from the first question on, or behind a filter: the next ones need not wait. */
    if (attempt->is_tcp && attempt->was_silent)
        limit(manner, now_ms);
    if (attempt->has_edns) {
        manner->has_edns = true;
        manner->n_plain = 0;
    } else if (attempt->was_declined) {
        manner->refuses_edns = true;
    } else if (attempt->was_silent && !attempt->is_tcp && ++manner->n_plain > 1) {
        /* Once may have been a loss on the way. */
        manner->refuses_edns = true;
    }
    if (attempt->was_other_case && !attempt->is_mixed)
        manner->changes_case = true;
    return SP_NEXT_TAKE;
}

/* By TCP it did not work, and by UDP something has not been tried yet. */
static enum sp_next after_tcp(struct sp_manner *manner, struct sp_attempt *attempt)
{
    if (attempt->was_other_case && attempt->is_mixed) {
        attempt->is_mixed = false;
        return by_udp(attempt);
    }
    if (attempt->n_udp > 0)
        return SP_NEXT_GIVE_UP;
    manner->limited_until_ms = 0;
    return by_udp(attempt);
}

static enum sp_next on_silence(struct sp_manner *manner, struct sp_attempt *attempt,
                               uint64_t now_ms)
{
    bool is_alive = manner->heard_ms && now_ms - manner->heard_ms < SP_DNS_HEARD_MS;
    if (attempt->is_tcp)
        return after_tcp(manner, attempt);
    attempt->was_silent = true;
    if (attempt->has_edns && !manner->has_edns) {
        attempt->has_edns = false; /* which may be why */
    } else if (is_alive && attempt->n_tcp == 0 && is_fast(manner, now_ms)) {
        limit(manner, now_ms);
        return by_tcp(attempt);
    }
    if (attempt->n_udp < SP_DNS_UDP_TRIES)
        return SP_NEXT_ASK;
    return attempt->n_tcp == 0 ? by_tcp(attempt) : SP_NEXT_GIVE_UP;
}

static enum sp_next on_failure(struct sp_manner *manner, struct sp_attempt *attempt)
{
    if (!attempt->is_tcp)
        return attempt->n_tcp == 0 ? by_tcp(attempt) : SP_NEXT_GIVE_UP;
    /* The server closed a connection that was shared: once more. */
    if (attempt->has_answered_udp && attempt->n_tcp < 2)
        return SP_NEXT_ASK;
    return after_tcp(manner, attempt);
}

enum sp_next sp_manner_next(struct sp_manner *manner, struct sp_attempt *attempt,
                            enum sp_outcome outcome, uint64_t now_ms)
{
    if (attempt->is_only)
        return outcome == SP_OUTCOME_ANSWER ? SP_NEXT_TAKE : SP_NEXT_GIVE_UP;
    if (outcome == SP_OUTCOME_SILENCE)
        return on_silence(manner, attempt, now_ms);
    if (outcome == SP_OUTCOME_FAILED)
        return on_failure(manner, attempt);
    if (!attempt->is_tcp) {
        attempt->has_answered_udp = true;
        manner->heard_ms = now_ms;
    }
    if (outcome == SP_OUTCOME_ANSWER)
        return take(manner, attempt, now_ms);
    if (outcome == SP_OUTCOME_DECLINED) {
        attempt->has_edns = false;
        attempt->was_declined = true;
        return SP_NEXT_ASK;
    }
    if (outcome == SP_OUTCOME_OTHER_CASE) {
        attempt->was_other_case = true;
        if (!attempt->is_tcp)
            return attempt->n_tcp == 0 ? by_tcp(attempt) : after_tcp(manner, attempt);
        manner->changes_case = true;
        return take(manner, attempt, now_ms);
    }
    if (outcome == SP_OUTCOME_EMPTIED && !attempt->is_tcp && is_fast(manner, now_ms))
        limit(manner, now_ms);
    /* A datagram that cannot be read may have been cut on its way, too. */
    return !attempt->is_tcp && attempt->n_tcp == 0 ? by_tcp(attempt) : SP_NEXT_GIVE_UP;
}
