#include "dns/lane.h"

enum { BUCKETS = 256 };

TAILQ_HEAD(place_list, sp_lane_place);

struct sp_lane {
    LIST_ENTRY(sp_lane) link;
    struct sp_lanes *lanes;
    struct sp_address server;
    struct sp_manner manner;
    size_t n_under_way;
    struct place_list waiting, polls;
    uint64_t next_poll_ms;
    struct sp_timer *timer; /* for the first of the polls */
};

struct sp_lanes {
    struct sp_loop *loop;
    LIST_HEAD(, sp_lane) buckets[BUCKETS];
};

struct sp_lanes *sp_lanes_new(struct sp_loop *loop)
{
    struct sp_lanes *lanes = sp_new(struct sp_lanes);
    lanes->loop = loop;
    for (size_t i = 0; i < BUCKETS; i++)
        LIST_INIT(&lanes->buckets[i]);
    return lanes;
}

void sp_lanes_free(struct sp_lanes *lanes)
{
    if (!lanes)
        return;
    for (size_t i = 0; i < BUCKETS; i++) {
        struct sp_lane *lane;
        while ((lane = LIST_FIRST(&lanes->buckets[i]))) {
            LIST_REMOVE(lane, link);
            sp_timer_stop(&lane->timer);
            free(lane);
        }
    }
    free(lanes);
}

static struct sp_lane *lane_of(struct sp_lanes *lanes, const struct sp_address *server)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    struct sp_lane *lane;
    for (size_t i = 0; i < sizeof(server->bytes); i++)
        hash = (hash ^ server->bytes[i]) * 16777619u;
    size_t bucket = (hash ^ server->port) % BUCKETS;
    LIST_FOREACH(lane, &lanes->buckets[bucket], link)
    if (sp_address_equal(&lane->server, server))
        return lane;
    lane = sp_new(struct sp_lane);
    lane->lanes = lanes;
    lane->server = *server;
    TAILQ_INIT(&lane->waiting);
    TAILQ_INIT(&lane->polls);
    LIST_INSERT_HEAD(&lanes->buckets[bucket], lane, link);
    return lane;
}

static bool has_room(const struct sp_lane *lane, uint64_t now_ms)
{
    bool is_limited = sp_manner_is_limited(&lane->manner, now_ms);
    return lane->n_under_way < (is_limited ? SP_DNS_LIMITED_INFLIGHT : SP_DNS_INFLIGHT_MAX);
}

static void let_in(struct sp_lane_place *place)
{
    struct sp_lane *lane = place->lane;
    TAILQ_REMOVE(place->is_poll ? &lane->polls : &lane->waiting, place, link);
    place->is_waiting = false;
    lane->n_under_way++;
    place->go(place->arg);
}

static void on_timer(void *arg);

/* Whoever may go now goes: first those who do not poll. */
static void serve(struct sp_lane *lane)
{
    struct sp_lane_place *place;
    uint64_t now_ms = sp_monotonic_ms();
    while ((place = TAILQ_FIRST(&lane->waiting)) && has_room(lane, now_ms))
        let_in(place);
    if ((place = TAILQ_FIRST(&lane->polls)) && has_room(lane, now_ms) &&
        lane->next_poll_ms <= now_ms)
        let_in(place);
    /* Without room it is a question's end that lets the next one in. */
    sp_timer_stop(&lane->timer);
    if (!TAILQ_EMPTY(&lane->polls) && has_room(lane, now_ms))
        lane->timer = sp_timer_start(lane->lanes->loop,
                                     lane->next_poll_ms > now_ms ? lane->next_poll_ms - now_ms : 0,
                                     on_timer, lane);
}

static void on_timer(void *arg)
{
    struct sp_lane *lane = arg;
    lane->timer = NULL;
    serve(lane);
}

void sp_lane_enter(struct sp_lanes *lanes, struct sp_lane_place *place,
                   const struct sp_address *server, bool is_poll, sp_loop_fn go, void *arg)
{
    struct sp_lane *lane = lane_of(lanes, server);
    place->lane = lane;
    place->is_waiting = true;
    place->is_poll = is_poll;
    place->go = go;
    place->arg = arg;
    TAILQ_INSERT_TAIL(is_poll ? &lane->polls : &lane->waiting, place, link);
    serve(lane);
}

void sp_lane_leave(struct sp_lane_place *place, bool wakes_next)
{
    struct sp_lane *lane = place->lane;
    if (!lane)
        return;
    place->lane = NULL;
    if (place->is_waiting)
        TAILQ_REMOVE(place->is_poll ? &lane->polls : &lane->waiting, place, link);
    else
        lane->n_under_way--;
    if (wakes_next)
        serve(lane);
}

/* After a burst the pause is bounded, or a change that comes just then would be seen late. */
void sp_lane_note_sent(struct sp_lane_place *place)
{
    struct sp_lane *lane = place->lane;
    uint64_t now_ms = sp_monotonic_ms();
    uint64_t from_ms = lane->next_poll_ms > now_ms ? lane->next_poll_ms : now_ms;
    uint64_t last_ms = now_ms + SP_DNS_POLL_DEBT_MS;
    lane->next_poll_ms = from_ms + SP_DNS_POLL_GAP_MS;
    if (lane->next_poll_ms > last_ms)
        lane->next_poll_ms = last_ms;
}

const struct sp_address *sp_lane_server(const struct sp_lane_place *place)
{
    return &place->lane->server;
}

struct sp_manner *sp_lane_manner(const struct sp_lane_place *place)
{
    return &place->lane->manner;
}
