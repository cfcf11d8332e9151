#include "dns/lane.h"

#include "base/limits.h"

enum { BUCKETS = 256 };

TAILQ_HEAD(place_list, sp_lane_place);

struct sp_lane {
    LIST_ENTRY(sp_lane) link;
    LIST_ENTRY(sp_lane) queue; /* while somebody waits who does not poll */
    struct sp_lanes *lanes;
    struct sp_address server;
    bool is_spared, is_unbound;
    struct sp_manner manner;
    size_t n_under_way, n_waiting; /* of those, polls are none */
    struct place_list waiting, polls;
    uint64_t sent_ms[SP_DNS_WINDOW_MAX]; /* when the last messages went, in a ring */
    size_t n_sent;
    uint64_t next_us;               /* when the pace lets the next message go */
    uint64_t next_poll_ms, debt_ms; /* by how much pauses between polls are longer, in all */
    struct sp_timer *timer;         /* for whoever may go next without another's leaving */
    uint64_t timer_ms;              /* when it ends */
};

struct sp_lanes {
    struct sp_loop *loop;
    LIST_HEAD(, sp_lane) buckets[BUCKETS];
    LIST_HEAD(, sp_lane) queues;
    uint64_t gap_us; /* between two messages to one address; 0: no pace */
    bool spares_loopback;
    int n_looks, n_waiting_looks;
};

struct sp_lanes *sp_lanes_new(struct sp_loop *loop)
{
    struct sp_lanes *lanes = sp_new(struct sp_lanes);
    lanes->loop = loop;
    for (size_t i = 0; i < BUCKETS; i++)
        LIST_INIT(&lanes->buckets[i]);
    LIST_INIT(&lanes->queues);
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

void sp_lanes_set_pace(struct sp_lanes *lanes, unsigned qps, bool spares_loopback)
{
    lanes->gap_us = qps ? (1000000 + qps - 1) / qps : 0;
    lanes->spares_loopback = spares_loopback;
}

void sp_lanes_spare(struct sp_lanes *lanes, const struct sp_address *server)
{
    lane_of(lanes, server)->is_spared = true;
}

void sp_lanes_count_looks(struct sp_lanes *lanes, int n, bool is_waiting)
{
    lanes->n_looks += n;
    lanes->n_waiting_looks += is_waiting ? n : 0;
}

void sp_lanes_unbind(struct sp_lanes *lanes, const struct sp_address *server)
{
    lane_of(lanes, server)->is_unbound = true;
}

uint64_t sp_lanes_delay_ms(const struct sp_lanes *lanes)
{
    uint64_t now_ms = sp_monotonic_ms(), delay_ms = 0;
    const struct sp_lane *lane;
    LIST_FOREACH(lane, &lanes->queues, queue)
    {
        uint64_t waited_ms = now_ms - TAILQ_FIRST(&lane->waiting)->entered_ms;
        delay_ms = waited_ms > delay_ms ? waited_ms : delay_ms;
    }
    return delay_ms;
}

size_t sp_lanes_n_waiting(const struct sp_lanes *lanes, uint64_t delay_ms)
{
    uint64_t now_ms = sp_monotonic_ms();
    const struct sp_lane *lane;
    size_t n = 0;
    LIST_FOREACH(lane, &lanes->queues, queue)
    if (now_ms - TAILQ_FIRST(&lane->waiting)->entered_ms >= delay_ms)
        n += lane->n_waiting;
    return n;
}

static bool has_pace(const struct sp_lane *lane)
{
    const struct sp_lanes *lanes = lane->lanes;
    return lanes->gap_us && !lane->is_spared &&
           !(lanes->spares_loopback && sp_address_is_loopback(&lane->server));
}

static bool has_room(const struct sp_lane *lane, uint64_t now_ms)
{
    bool is_limited = sp_manner_is_limited(&lane->manner, now_ms);
    return lane->n_under_way < (is_limited ? SP_DNS_LIMITED_INFLIGHT : SP_DNS_INFLIGHT_MAX);
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* When less than N_MAX messages, at most SP_DNS_WINDOW_MAX, have gone within the window. Many looks
 * share a shorter window instead of a larger number. */
static uint64_t window_ends_ms(const struct sp_lane *lane, size_t n_max)
{
    const struct sp_lanes *lanes = lane->lanes;
    if (!lanes->n_waiting_looks || lane->is_unbound || lane->n_sent < n_max)
        return 0;
    return lane->sent_ms[(lane->n_sent - n_max) % SP_DNS_WINDOW_MAX] +
           (uint64_t)(SP_DNS_WINDOW_MS / lanes->n_looks);
}

/* When the pace and the window let a message go, rounded up. */
static uint64_t next_ms(const struct sp_lane *lane, bool is_poll)
{
    size_t n_kept = is_poll ? 0 : SP_DNS_WINDOW_POLLS;
    uint64_t paced_ms = has_pace(lane) ? (lane->next_us + 999) / 1000 : 0;
    uint64_t poll_ms = is_poll ? lane->next_poll_ms : 0;
    return later(later(paced_ms, poll_ms), window_ends_ms(lane, SP_DNS_WINDOW_MAX - n_kept));
}

static void leave_queue(struct sp_lane_place *place)
{
    struct sp_lane *lane = place->lane;
    TAILQ_REMOVE(place->is_poll ? &lane->polls : &lane->waiting, place, link);
    place->is_waiting = false;
    if (!place->is_poll && --lane->n_waiting == 0)
        LIST_REMOVE(lane, queue);
}

static void let_in(struct sp_lane_place *place)
{
    leave_queue(place);
    place->lane->n_under_way++;
    place->go(place->arg);
}

static void on_timer(void *arg);

/* Without room it is a question's end that lets the next one in. */
static void set_timer(struct sp_lane *lane, uint64_t now_ms)
{
    bool is_waiting = !TAILQ_EMPTY(&lane->waiting), is_polling = !TAILQ_EMPTY(&lane->polls);
    uint64_t at_ms = is_waiting ? next_ms(lane, false) : UINT64_MAX;
    if ((!is_waiting && !is_polling) || !has_room(lane, now_ms)) {
        sp_timer_stop(&lane->timer);
        return;
    }
    if (is_polling)
        at_ms = least(at_ms, next_ms(lane, true));
    if (lane->timer && lane->timer_ms <= at_ms)
        return;
    sp_timer_stop(&lane->timer);
    lane->timer_ms = at_ms;
    lane->timer =
        sp_timer_start(lane->lanes->loop, at_ms > now_ms ? at_ms - now_ms : 0, on_timer, lane);
}

/* Whoever may go now goes: first those who do not poll. */
static void serve(struct sp_lane *lane)
{
    struct sp_lane_place *place;
    uint64_t now_ms = sp_monotonic_ms();
    while ((place = TAILQ_FIRST(&lane->waiting)) && has_room(lane, now_ms) &&
           next_ms(lane, false) <= now_ms)
        let_in(place);
    if ((place = TAILQ_FIRST(&lane->polls)) && has_room(lane, now_ms) &&
        next_ms(lane, true) <= now_ms)
        let_in(place);
    set_timer(lane, now_ms);
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
    place->entered_ms = sp_monotonic_ms();
    place->go = go;
    place->arg = arg;
    if (!is_poll && lane->n_waiting++ == 0)
        LIST_INSERT_HEAD(&lanes->queues, lane, queue);
    TAILQ_INSERT_TAIL(is_poll ? &lane->polls : &lane->waiting, place, link);
    serve(lane);
}

void sp_lane_leave(struct sp_lane_place *place, bool wakes_next)
{
    struct sp_lane *lane = place->lane;
    if (!lane)
        return;
    if (place->is_waiting)
        leave_queue(place);
    else
        lane->n_under_way--;
    place->lane = NULL;
    if (wakes_next)
        serve(lane);
}

/* What a late timer missed is made up for, but not what nobody asked. */
static void keep_pace(struct sp_lane *lane, uint64_t now_ms)
{
    uint64_t first_us = now_ms > SP_DNS_PACE_SLACK_MS ? (now_ms - SP_DNS_PACE_SLACK_MS) * 1000 : 0;
    lane->next_us = (lane->next_us > first_us ? lane->next_us : first_us) + lane->lanes->gap_us;
}

/* What others asked is paid back by longer pauses between polls, each of them bounded: or a change
 * that comes just then would be seen late. */
static void put_off_polls(struct sp_lane *lane, uint64_t now_ms, bool is_poll)
{
    uint64_t from_ms = lane->next_poll_ms > now_ms ? lane->next_poll_ms : now_ms;
    uint64_t last_ms = now_ms + SP_DNS_POLL_PAUSE_MS;
    uint64_t wanted_ms = from_ms + SP_DNS_POLL_GAP_MS + (is_poll ? lane->debt_ms : 0);
    lane->next_poll_ms = least(wanted_ms, last_ms);
    uint64_t debt_ms = wanted_ms - lane->next_poll_ms + (is_poll ? 0 : lane->debt_ms);
    lane->debt_ms = least(debt_ms, SP_DNS_POLL_DEBT_MS);
}

void sp_lane_note_sent(struct sp_lane_place *place)
{
    uint64_t now_ms = sp_monotonic_ms();
    place->lane->sent_ms[place->lane->n_sent++ % SP_DNS_WINDOW_MAX] = now_ms;
    keep_pace(place->lane, now_ms);
    put_off_polls(place->lane, now_ms, place->is_poll);
}

const struct sp_address *sp_lane_server(const struct sp_lane_place *place)
{
    return &place->lane->server;
}

struct sp_manner *sp_lane_manner(const struct sp_lane_place *place)
{
    return &place->lane->manner;
}
