#include "dns/replay.h"

#include <uv.h>

/* Turns of the loop without a question before silence is told: what was deferred has its say first.
 */
#define QUIET_TURNS 3

TAILQ_HEAD(place_list, sp_replay_place);

struct sp_replay {
    const struct sp_dns_book *book;
    uint64_t at_ms;
    struct place_list places; /* in the order of asking */
    uv_idle_t turn; /* comes round with the loop, and never waits; timers and calls that were
                       deferred have theirs in between */
    unsigned n_quiet, n_absent;
};

struct sp_replay *sp_replay_new(struct sp_loop *loop, const struct sp_dns_book *book,
                                uint64_t at_ms)
{
    struct sp_replay *replay = sp_new(struct sp_replay);
    replay->book = book;
    replay->at_ms = at_ms;
    TAILQ_INIT(&replay->places);
    if (uv_idle_init(sp_loop_uv(loop), &replay->turn) < 0)
        abort();
    replay->turn.data = replay;
    return replay;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void sp_replay_free(struct sp_replay *replay)
{
    if (replay)
        uv_close((uv_handle_t *)&replay->turn, on_closed);
}

static bool is_quick(const struct sp_replay_place *place)
{
    return place->said && place->said->status != SP_TRANSPORT_TIMEOUT;
}

/* What is told next: a quick answer, the earliest first; else the first silence. */
static struct sp_replay_place *pick(const struct sp_replay *replay)
{
    struct sp_replay_place *place, *best = NULL;
    TAILQ_FOREACH(place, &replay->places, link)
    if (is_quick(place) && (!best || place->said->order < best->said->order))
        best = place;
    return best ? best : TAILQ_FIRST(&replay->places);
}

static void on_turn(uv_idle_t *turn)
{
    struct sp_replay *replay = turn->data;
    struct sp_replay_place *place = pick(replay);
    if (!place) {
        uv_idle_stop(turn);
        return;
    }
    if (!is_quick(place) && ++replay->n_quiet <= QUIET_TURNS)
        return;
    replay->n_quiet = 0;
    sp_replay_leave(place);
    place->fn(place->arg, place->said); /* may free the replay */
}

void sp_replay_enter(struct sp_replay *replay, struct sp_replay_place *place,
                     const struct sp_dns_question *question, sp_replay_fn fn, void *arg)
{
    const struct sp_dns_page *page = sp_dns_book_find(replay->book, question);
    replay->n_absent += !page;
    replay->n_quiet = 0;
    *place = (struct sp_replay_place){
        .replay = replay,
        .said = page ? sp_dns_page_at(page, replay->at_ms) : NULL,
        .fn = fn,
        .arg = arg,
    };
    TAILQ_INSERT_TAIL(&replay->places, place, link);
    uv_idle_start(&replay->turn, on_turn); /* nothing if it has begun */
}

void sp_replay_leave(struct sp_replay_place *place)
{
    if (!place->replay)
        return;
    TAILQ_REMOVE(&place->replay->places, place, link);
    place->replay = NULL;
}

unsigned sp_replay_n_absent(const struct sp_replay *replay)
{
    return replay->n_absent;
}
