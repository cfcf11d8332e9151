#include "verify/asking.h"

#include "verify/seen.h"

/* One address of a name server, for the pace at which it is asked. */
struct lane {
    struct sp_address address;
    unsigned n_under_way;
    unsigned tick;    /* the last one at which it was polled */
    uint64_t full_ms; /* when it was last asked for everything that is not live */
};

/* One record at one server address. */
struct ask {
    struct sp_asking *asking;
    struct sp_record_observation *record;
    size_t i; /* in record->seen */
    size_t lane;
    struct sp_dns_query *query; /* NULL when none is under way */
    struct sp_timer *retry;     /* a lame or failing answer is not believed at once */
    uint64_t asked_ms, heard_ms;
    bool is_poll;   /* a change means that the rest may have changed as well */
    bool is_second; /* asked again after such an answer */
};

/* What is asked for one record; parallel to record->seen. */
struct asked_record {
    struct sp_record_observation *record;
    struct ask *asks;
};

struct sp_asking {
    struct sp_loop *loop;
    struct sp_dns_client *client;
    SP_ARRAY(struct asked_record) records;
    SP_ARRAY(struct lane) lanes;
    unsigned tick;
    unsigned *counter;
    sp_loop_fn on_answer;
    void *arg;
};

typedef void (*visit_fn)(struct ask *ask, uint64_t at_ms, size_t lane);

static void on_cname(void *arg, const struct sp_dns_reply *reply);

struct sp_asking *sp_asking_new(struct sp_loop *loop, struct sp_dns_client *client,
                                unsigned *counter, sp_loop_fn on_answer, void *arg)
{
    struct sp_asking *asking = sp_new(struct sp_asking);
    asking->loop = loop;
    asking->client = client;
    asking->counter = counter;
    asking->on_answer = on_answer;
    asking->arg = arg;
    return asking;
}

static struct sp_seen *seen_of(const struct ask *ask)
{
    return &ask->record->seen.items[ask->i];
}

static struct lane *lane_of(const struct ask *ask)
{
    return &ask->asking->lanes.items[ask->lane];
}

static bool is_under_way(const struct ask *ask)
{
    return ask->query || ask->retry;
}

/* Nothing is under way and there is something to learn. */
static bool is_open(const struct ask *ask)
{
    return !is_under_way(ask) && seen_of(ask)->kind != SP_SEEN_LIVE;
}

/* A live answer that came long before AT_MS: the record may have gone since. */
static bool is_old(const struct ask *ask, uint64_t at_ms)
{
    return seen_of(ask)->kind == SP_SEEN_LIVE && ask->heard_ms + SP_LOOK_FRESH_MS < at_ms;
}

static void send_question(struct ask *ask)
{
    ask->asked_ms = sp_monotonic_ms();
    __typeof__(sp_dns_ask) *how = ask->is_poll ? sp_dns_poll : sp_dns_ask;
    ask->query = how(ask->asking->client, &seen_of(ask)->address, &ask->record->record.host,
                     SP_DNS_CNAME, ask->asking->counter, on_cname, ask);
}

static void start(struct ask *ask, bool is_poll)
{
    ask->is_poll = is_poll;
    ask->is_second = false;
    lane_of(ask)->n_under_way++;
    send_question(ask);
}

static void on_retry(void *arg)
{
    struct ask *ask = arg;
    ask->retry = NULL;
    send_question(ask);
}

static void visit_at(struct sp_asking *asking, visit_fn fn, uint64_t at_ms, size_t lane)
{
    SP_ARRAY_FOREACH (&asking->records, asked)
        for (size_t i = 0; i < asked->record->seen.n; i++)
            fn(&asked->asks[i], at_ms, lane);
}

static void visit(struct sp_asking *asking, visit_fn fn, size_t lane)
{
    visit_at(asking, fn, sp_monotonic_ms(), lane);
}

static void ask_in_lane(struct ask *ask, uint64_t now_ms, size_t lane)
{
    (void)now_ms;
    if (ask->lane == lane && is_open(ask))
        start(ask, false);
}

static void on_cname(void *arg, const struct sp_dns_reply *reply)
{
    struct ask *ask = arg;
    struct sp_asking *asking = ask->asking;
    struct sp_seen *seen = seen_of(ask), before = *seen;
    ask->query = NULL;
    bool has_changed =
        sp_seen_take(seen, &ask->record->record, &ask->record->delegation->zone, reply);
    bool is_useless = seen->kind == SP_SEEN_LAME || seen->kind == SP_SEEN_FAILING;
    if (has_changed && is_useless && !ask->is_second) {
        *seen = before;
        ask->is_second = true;
        ask->retry = sp_timer_start(asking->loop, SP_LOOK_LAME_MS, on_retry, ask);
        return;
    }
    ask->heard_ms = sp_monotonic_ms();
    lane_of(ask)->n_under_way--;
    if (has_changed && ask->is_poll)
        visit(asking, ask_in_lane, ask->lane);
    asking->on_answer(asking->arg);
}

static size_t lane_at(struct sp_asking *asking, const struct sp_address *address)
{
    for (size_t i = 0; i < asking->lanes.n; i++)
        if (sp_address_equal(&asking->lanes.items[i].address, address))
            return i;
    struct lane *lane = sp_array_push(&asking->lanes);
    lane->address = *address;
    lane->full_ms = sp_monotonic_ms();
    return asking->lanes.n - 1;
}

static void drop_asks(struct asked_record *asked)
{
    for (size_t i = 0; i < asked->record->seen.n; i++) {
        struct ask *ask = &asked->asks[i];
        if (is_under_way(ask))
            lane_of(ask)->n_under_way--;
        sp_dns_query_cancel(&ask->query);
        sp_timer_stop(&ask->retry);
    }
    free(asked->asks);
    asked->asks = NULL;
    sp_array_free(&asked->record->seen);
}

static struct asked_record *asked_of(struct sp_asking *asking, struct sp_record_observation *record)
{
    SP_ARRAY_FOREACH (&asking->records, asked)
        if (asked->record == record)
            return asked;
    struct asked_record *asked = sp_array_push(&asking->records);
    asked->record = record;
    return asked;
}

void sp_asking_start(struct sp_asking *asking, struct sp_record_observation *record)
{
    struct asked_record *asked = asked_of(asking, record);
    drop_asks(asked);
    SP_ARRAY_FOREACH (&record->delegation->servers, server)
        SP_ARRAY_FOREACH (&server->addresses, address) {
            struct sp_seen *seen = sp_array_push(&record->seen);
            seen->server = &server->name;
            seen->address = *address;
        }
    asked->asks = sp_alloc(record->seen.n, sizeof(*asked->asks));
    for (size_t i = 0; i < record->seen.n; i++) {
        struct ask *ask = &asked->asks[i];
        ask->asking = asking;
        ask->record = record;
        ask->i = i;
        ask->lane = lane_at(asking, &record->seen.items[i].address);
        start(ask, false);
    }
}

static bool is_silent_too_soon(const struct ask *ask, uint64_t now_ms)
{
    return seen_of(ask)->kind == SP_SEEN_UNREACHABLE && now_ms - ask->asked_ms < SP_LOOK_SILENT_MS;
}

static void poll_one(struct ask *ask, uint64_t now_ms, size_t lane_i)
{
    struct lane *lane = lane_of(ask);
    bool is_polled = lane->tick == ask->asking->tick;
    (void)lane_i;
    if (!is_open(ask) || is_silent_too_soon(ask, now_ms) || (lane->n_under_way && !is_polled))
        return;
    if (!is_polled) {
        bool is_full = now_ms - lane->full_ms >= SP_LOOK_FULL_MS;
        lane->tick = ask->asking->tick;
        if (is_full)
            lane->full_ms = now_ms;
        start(ask, true);
    } else if (lane->full_ms == now_ms && seen_of(ask)->kind != SP_SEEN_UNREACHABLE) {
        start(ask, false);
    }
}

void sp_asking_poll(struct sp_asking *asking)
{
    asking->tick++;
    visit(asking, poll_one, 0);
}

static void ask_if_old(struct ask *ask, uint64_t at_ms, size_t lane)
{
    (void)lane;
    if (is_old(ask, at_ms) && !is_under_way(ask))
        start(ask, false);
}

static void ask_if_heard(struct ask *ask, uint64_t now_ms, size_t lane)
{
    if (is_open(ask) && seen_of(ask)->kind != SP_SEEN_UNREACHABLE)
        start(ask, false);
    ask_if_old(ask, now_ms, lane);
}

static void forget_if_old(struct ask *ask, uint64_t at_ms, size_t lane)
{
    (void)lane;
    if (!is_old(ask, at_ms))
        return;
    const struct sp_dns_question question = {
        .server = seen_of(ask)->address, .name = ask->record->record.host, .type = SP_DNS_CNAME};
    sp_dns_client_withdraw(ask->asking->client, &question);
    seen_of(ask)->kind = SP_SEEN_NOTHING_YET;
}

void sp_asking_all(struct sp_asking *asking)
{
    visit(asking, ask_if_heard, 0);
}

bool sp_asking_is_fresh(const struct sp_asking *asking, uint64_t at_ms)
{
    SP_ARRAY_FOREACH (&asking->records, asked)
        for (size_t i = 0; i < asked->record->seen.n; i++)
            if (is_old(&asked->asks[i], at_ms))
                return false;
    return true;
}

void sp_asking_refresh(struct sp_asking *asking, uint64_t at_ms)
{
    visit_at(asking, ask_if_old, at_ms, 0);
}

void sp_asking_forget_old(struct sp_asking *asking, uint64_t at_ms)
{
    visit_at(asking, forget_if_old, at_ms, 0);
}

bool sp_asking_is_busy(const struct sp_asking *asking)
{
    SP_ARRAY_FOREACH (&asking->records, asked)
        for (size_t i = 0; i < asked->record->seen.n; i++)
            if (is_under_way(&asked->asks[i]) &&
                seen_of(&asked->asks[i])->kind != SP_SEEN_UNREACHABLE)
                return true;
    return false;
}

void sp_asking_free(struct sp_asking **asking)
{
    if (!*asking)
        return;
    SP_ARRAY_FOREACH (&(*asking)->records, asked) {
        struct sp_record_observation *record = asked->record;
        for (size_t i = 0; i < record->seen.n; i++) {
            sp_dns_query_cancel(&asked->asks[i].query);
            sp_timer_stop(&asked->asks[i].retry);
        }
        free(asked->asks);
    }
    sp_array_free(&(*asking)->records);
    sp_array_free(&(*asking)->lanes);
    free(*asking);
    *asking = NULL;
}
