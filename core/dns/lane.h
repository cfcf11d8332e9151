/*
 * One lane a server address, for the whole run: how many questions are under way there, who waits
 * for a place, the pace of all messages and that of polls. So one server's slowness or limits never
 * hold up what is asked of another.
 */
#ifndef SP_DNS_LANE_H
#define SP_DNS_LANE_H

#include <sys/queue.h>

#include "base/loop.h"
#include "dns/address.h"
#include "dns/manner.h"

struct sp_lanes;
struct sp_lane;

/* A question's place in a lane; zeroed memory is in none. */
struct sp_lane_place {
    TAILQ_ENTRY(sp_lane_place) link; /* while it waits */
    struct sp_lane *lane;            /* NULL: in none */
    uint64_t entered_ms;
    bool is_waiting, is_poll;
    sp_loop_fn go;
    void *arg;
};

struct sp_lanes *sp_lanes_new(struct sp_loop *loop);
void sp_lanes_free(struct sp_lanes *lanes); /* everybody must have left; accepts NULL */

/* From now on at most QPS messages a second go to one address, evenly, what is asked again counted;
 * 0: as many as there is room for. With SPARES_LOOPBACK not to this host's own addresses. */
void sp_lanes_set_pace(struct sp_lanes *lanes, unsigned qps, bool spares_loopback);
/* No pace is kept at SERVER, but for that of polls. */
void sp_lanes_spare(struct sp_lanes *lanes, const struct sp_address *server);
/* N looks at domains begin, or end, if N is negative. As long as one that IS_WAITING for a change
 * is under way, no more than SP_DNS_WINDOW_MAX messages a look go to one address in any
 * SP_DNS_WINDOW_MS, the last of them polls. */
void sp_lanes_count_looks(struct sp_lanes *lanes, int n, bool is_waiting);
/* SERVER, a resolver, knows no such bound. */
void sp_lanes_unbind(struct sp_lanes *lanes, const struct sp_address *server);
/* For how long, in ms, the question that waits longest has been waiting, polls excluded; 0: none
 * does. */
uint64_t sp_lanes_delay_ms(const struct sp_lanes *lanes);
/* How many questions, polls excluded, wait at addresses where one has been waiting for DELAY_MS. */
size_t sp_lanes_n_waiting(const struct sp_lanes *lanes, uint64_t delay_ms);

/* Calls GO(ARG) at once, or as soon as there is room; a poll has to wait for its turn besides:
 * SP_DNS_POLL_GAP_MS between any two at one address, more after other questions. */
void sp_lane_enter(struct sp_lanes *lanes, struct sp_lane_place *place,
                   const struct sp_address *server, bool is_poll, sp_loop_fn go, void *arg);
/* Whether it was let in or not; accepts a place in no lane. Lets in who is next, if WAKES_NEXT. */
void sp_lane_leave(struct sp_lane_place *place, bool wakes_next);
/* A message goes out in PLACE: what comes next waits a while for it. */
void sp_lane_note_sent(struct sp_lane_place *place);
const struct sp_address *sp_lane_server(const struct sp_lane_place *place);
struct sp_manner *sp_lane_manner(const struct sp_lane_place *place);

#endif
