#include "watch/patrol.h"

#include "base/limits.h"
#include "watch/delivery.h"
#include "watch/trouble.h"
#include "watch/watcher.h"

struct round_of_look {
    struct sp_patrol *patrol;
    struct sp_roster_domain *domain;
    struct sp_look *look; /* NULL: the place is free */
    bool has_failed;      /* it could not be begun */
};

struct post {
    struct sp_patrol *patrol;
    struct sp_parcel *parcel; /* NULL: the place is free */
    struct sp_transfer *transfer;
};

struct sp_patrol {
    struct sp_patrol_config config;
    struct sp_watcher watcher;
    struct sp_delivery delivery;
    struct round_of_look rounds[SP_WATCH_LOOKS_MAX];
    struct post posts[SP_WEBHOOK_AT_ONCE];
    struct sp_timer *timer;
    struct sp_trouble trouble;
    uint64_t beaten_ms, said_ms; /* the last heartbeat, the last status */
    bool is_turning, has_news;
};

static void turn(void *arg);

/* From the loop, and once for all that ended together. */
static void turn_soon(struct sp_patrol *patrol)
{
    if (patrol->is_turning)
        return;
    sp_timer_stop(&patrol->timer);
    patrol->timer = sp_timer_start(patrol->config.look.loop, 0, turn, patrol);
}

static void tell_trouble(struct sp_patrol *patrol, const struct sp_err *err)
{
    if (sp_trouble_is_news(&patrol->trouble, err->message, sp_monotonic_ms()))
        patrol->config.on_trouble(patrol->config.arg, err);
}

/* ---- looks --------------------------------------------------------------------------------------
 */

static void end_round(struct round_of_look *round, const struct sp_result *result, bool has_counted)
{
    struct sp_patrol *patrol = round->patrol;
    sp_watcher_looked(&patrol->watcher, round->domain, result, has_counted, (int64_t)sp_wall_ms());
    sp_look_free(&round->look);
    *round = (struct round_of_look){0};
    turn_soon(patrol);
}

/* What is not in the ledger has not happened. */
static void on_looked(void *arg, struct sp_look *look)
{
    struct round_of_look *round = arg;
    struct sp_patrol *patrol = round->patrol;
    const struct sp_result *result = sp_look_result(look);
    struct sp_err err = SP_ERR_INIT;
    bool has_counted =
        sp_watcher_counts(&patrol->watcher, round->domain, result, (int64_t)sp_wall_ms());
    if (has_counted && sp_look_remember(look, &err) < 0) {
        tell_trouble(patrol, &err);
        end_round(round, NULL, false);
        return;
    }
    patrol->config.on_look(patrol->config.arg, result, has_counted);
    end_round(round, result, has_counted);
}

/* A domain that has left the ledger meanwhile is no trouble. */
static void on_look(void *arg, struct sp_roster_domain *domain, uint64_t wait_ms)
{
    struct sp_patrol *patrol = arg;
    struct sp_err err = SP_ERR_INIT;
    struct round_of_look *round = patrol->rounds;
    while (round->domain)
        round++;
    *round = (struct round_of_look){.patrol = patrol, .domain = domain};
    round->look =
        sp_look_start(&patrol->config.look, &domain->name, wait_ms, on_looked, round, &err);
    if (round->look)
        return;
    if (err.kind != SP_ERR_REFUSED)
        tell_trouble(patrol, &err);
    round->has_failed = true;
}

/* What could not be begun has ended, outside of the call that wanted it. */
static bool end_failed(struct sp_patrol *patrol)
{
    bool has_any = false;
    for (size_t i = 0; i < SP_ARRAY_LEN(patrol->rounds); i++) {
        if (!patrol->rounds[i].has_failed)
            continue;
        end_round(&patrol->rounds[i], NULL, false);
        has_any = true;
    }
    return has_any;
}

static void on_change(void *arg, const struct sp_result *result, enum sp_status from)
{
    struct sp_patrol *patrol = arg;
    patrol->has_news = true;
    patrol->config.on_change(patrol->config.arg, result, from);
}

/* ---- the webhook --------------------------------------------------------------------------------
 */

static void on_posted(void *arg, struct sp_http_response *response)
{
    struct post *post = arg;
    struct sp_patrol *patrol = post->patrol;
    struct sp_parcel *parcel = post->parcel;
    struct sp_err err = SP_ERR_INIT;
    char why[256] = "";
    bool has_arrived = sp_webhook_has_arrived(response, why, sizeof(why));
    *post = (struct post){0};
    if (sp_delivery_ended(&patrol->delivery, parcel, has_arrived, why, sp_wall_s(), &err) < 0)
        tell_trouble(patrol, &err);
    turn_soon(patrol);
}

static void on_send(void *arg, struct sp_parcel *parcel)
{
    struct sp_patrol *patrol = arg;
    struct post *post = patrol->posts;
    while (post->parcel)
        post++;
    *post = (struct post){.patrol = patrol, .parcel = parcel};
    post->transfer =
        sp_webhook_send(patrol->config.webhook, &parcel->event, sp_wall_s(), on_posted, post);
}

/* The first attempt that fails is told, and the last; not each of those in between. */
static void on_failure(void *arg, const struct sp_ledger_event *event, const char *why,
                       bool is_over)
{
    struct sp_patrol *patrol = arg;
    struct sp_err err = SP_ERR_INIT;
    sp_err_set(&err, SP_ERR_PROVIDER, is_over ? "webhook-given-up" : "webhook",
               is_over ? "the webhook was not told of %s (%s), and will not be: %s"
                       : "the webhook cannot be told of %s (%s) yet: %s",
               event->domain, event->id, why);
    if (is_over)
        patrol->config.on_trouble(patrol->config.arg, &err);
    else if (patrol->delivery.n_failures == 1)
        tell_trouble(patrol, &err);
}

/* ---- the turn -----------------------------------------------------------------------------------
 */

static void say_status(struct sp_patrol *patrol, uint64_t now_ms)
{
    unsigned counts[SP_STATUS_ERROR + 1] = {0};
    char text[160];
    SP_ARRAY_FOREACH (&patrol->watcher.roster.domains, domain)
        counts[(*domain)->rhythm.status]++;
    snprintf(text, sizeof(text), "STATUS=%zu domains: %u connected, %u pending, %u error",
             patrol->watcher.roster.domains.n, counts[SP_STATUS_CONNECTED],
             counts[SP_STATUS_PENDING] + counts[SP_STATUS_NONE], counts[SP_STATUS_ERROR]);
    sp_service_say(patrol->config.service, text);
    patrol->said_ms = now_ms;
    patrol->has_news = false;
}

static void report(struct sp_patrol *patrol)
{
    const struct sp_service *service = patrol->config.service;
    uint64_t now_ms = sp_monotonic_ms();
    if (service->fd < 0)
        return;
    if (service->heartbeat_ms && now_ms - patrol->beaten_ms >= service->heartbeat_ms) {
        sp_service_say(service, "WATCHDOG=1");
        patrol->beaten_ms = now_ms;
    }
    if (patrol->has_news || now_ms - patrol->said_ms >= SP_WATCH_SAY_MS)
        say_status(patrol, now_ms);
}

/* A loop's timer stands still while the machine sleeps: it is never set for long. */
static uint64_t pause_ms(const struct sp_patrol *patrol, int64_t next_ms)
{
    int64_t now_ms = (int64_t)sp_wall_ms();
    uint64_t pause = next_ms > now_ms ? (uint64_t)(next_ms - now_ms) : 0;
    uint64_t most = SP_WATCH_READ_MS, beat_ms = patrol->config.service->heartbeat_ms;
    if (patrol->config.webhook)
        most = SP_WEBHOOK_TURN_MS;
    if (beat_ms && beat_ms < most)
        most = beat_ms;
    return pause < most ? pause : most;
}

static void turn(void *arg)
{
    struct sp_patrol *patrol = arg;
    struct sp_err err = SP_ERR_INIT;
    int64_t next_ms;
    patrol->timer = NULL;
    patrol->is_turning = true;
    bool is_well = sp_watcher_turn(&patrol->watcher, (int64_t)sp_wall_ms(), &next_ms, &err) == 0;
    if (end_failed(patrol))
        next_ms = 0;
    if (is_well && patrol->config.webhook)
        is_well = sp_delivery_turn(&patrol->delivery, sp_wall_s(), &err) == 0;
    if (!is_well)
        tell_trouble(patrol, &err);
    report(patrol);
    patrol->is_turning = false;
    patrol->timer =
        sp_timer_start(patrol->config.look.loop, pause_ms(patrol, next_ms), turn, patrol);
}

struct sp_patrol *sp_patrol_start(const struct sp_patrol_config *config, struct sp_err *err)
{
    struct sp_ledger *ledger = config->look.ledger;
    if (sp_ledger_claim(ledger, err) < 0 ||
        sp_ledger_open_outbox(ledger, config->webhook != NULL, err) < 0)
        return NULL;
    struct sp_patrol *patrol = sp_new(struct sp_patrol);
    const struct sp_watcher_config watcher = {ledger, on_look, on_change, patrol};
    const struct sp_delivery_config delivery = {ledger, on_send, on_failure, patrol};
    patrol->config = *config;
    patrol->has_news = true;
    sp_watcher_init(&patrol->watcher, &watcher);
    sp_delivery_init(&patrol->delivery, &delivery);
    turn(patrol);
    sp_service_say(config->service, "READY=1");
    return patrol;
}

int sp_patrol_set_webhook(struct sp_patrol *patrol, const struct sp_webhook *webhook,
                          struct sp_err *err)
{
    if (sp_ledger_open_outbox(patrol->config.look.ledger, webhook != NULL, err) < 0)
        return -1;
    patrol->config.webhook = webhook;
    patrol->delivery.n_failures = 0;
    turn_soon(patrol);
    return 0;
}

size_t sp_patrol_count(const struct sp_patrol *patrol)
{
    return patrol->watcher.roster.domains.n;
}

void sp_patrol_free(struct sp_patrol *patrol)
{
    if (!patrol)
        return;
    sp_timer_stop(&patrol->timer);
    for (size_t i = 0; i < SP_ARRAY_LEN(patrol->rounds); i++)
        sp_look_free(&patrol->rounds[i].look);
    for (size_t i = 0; i < SP_ARRAY_LEN(patrol->posts); i++)
        sp_transfer_cancel(&patrol->posts[i].transfer);
    sp_delivery_fini(&patrol->delivery);
    sp_watcher_fini(&patrol->watcher);
    free(patrol);
}
