#include "dns/replay.h"

/* Turns of the loop without a question before silence is told: what was deferred has its say first.
 */
#define QUIET_TURNS 3

TAILQ_HEAD(place_list, sp_replay_place);

struct sp_replay {
    struct sp_loop *loop;
    const struct sp_dns_book *book;
    uint64_t at_ms;
    struct place_list places; /* in the order of asking */
    struct sp_timer *turn;
    unsigned n_quiet, n_absent;
};

struct sp_replay *sp_replay_new(struct sp_loop *loop, const struct sp_dns_book *book,
                                uint64_t at_ms)
{
    struct sp_replay *replay = sp_new(struct sp_replay);
    replay->loop = loop;
    replay->book = book;
    replay->at_ms = at_ms;
    TAILQ_INIT(&replay->places);
    return replay;
}

void sp_replay_free(struct sp_replay *replay)
{
    if (!replay)
        return;
    sp_timer_stop(&replay->turn);
    free(replay);
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

static void on_turn(void *arg)
{
    struct sp_replay *replay = arg;
    struct sp_replay_place *place = pick(replay);
    replay->turn = NULL;
    if (!place)
        return;
    replay->turn = sp_timer_start(replay->loop, 1, on_turn, replay);
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
    if (!replay->turn)
        replay->turn = sp_timer_start(replay->loop, 0, on_turn, replay);
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
