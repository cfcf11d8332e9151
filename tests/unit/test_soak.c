/*
 * A month of the daemon under a clock of the test's own: its decisions, the ledger and the delivery
 * are the real ones; the world, the looks and the receiver are scripted. Nothing that lasts is
 * missed, nothing is told twice or out of order, and nothing grows.
 */
#include <dirent.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "watch/delivery.h"
#include "watch/watcher.h"

#define SECOND    1000ll
#define MINUTE    (60 * SECOND)
#define HOUR      (60 * MINUTE)
#define DAY       (24 * HOUR)
#define T0        (1700000000ll * SECOND)
#define END       (T0 + 30 * DAY)
#define N_DOMAINS 60
#define N_LOOKS   SP_WATCH_LOOKS_MAX
#define N_CHANGES 64

/* What is true of a domain from a moment on. */
struct truth {
    int64_t from_ms;
    enum sp_status status;
};

struct subject {
    char name[32];
    struct truth truths[N_CHANGES]; /* in order */
    size_t n_truths;
    int64_t published_ms;
    enum sp_status printed, posted; /* what was told last */
    unsigned n_looks, n_printed;
};

struct look {
    struct sp_roster_domain *domain;
    int64_t until_ms; /* when it ends at the latest */
};

struct world {
    char folder[64], path[96];
    struct sp_ledger *ledger;
    struct sp_watcher watcher;
    struct sp_delivery delivery;
    struct subject subjects[N_DOMAINS];
    struct look looks[N_LOOKS];
    struct sp_parcel *parcels[SP_WEBHOOK_AT_ONCE];
    int64_t now_ms;
    uint64_t random;
    unsigned n_posted, n_repeated, n_restarts;
    char last_ids[N_DOMAINS][64];
};

/* The same month every time. */
static uint32_t chance(struct world *world, uint32_t below)
{
    world->random = world->random * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(world->random >> 33) % below;
}

static struct subject *subject_of(struct world *world, const char *name)
{
    size_t i = 0;
    while (i < N_DOMAINS - 1 && strcmp(world->subjects[i].name, name) != 0)
        i++;
    assert_string_equal(world->subjects[i].name, name);
    return &world->subjects[i];
}

static enum sp_status status_at(const struct subject *subject, int64_t at_ms)
{
    enum sp_status status = SP_STATUS_PENDING;
    for (size_t i = 0; i < subject->n_truths && subject->truths[i].from_ms <= at_ms; i++)
        status = subject->truths[i].status;
    if (status == SP_STATUS_PENDING && at_ms - subject->published_ms > SP_WINDOW_S * SECOND)
        status = SP_STATUS_ERROR;
    return status;
}

/* ---- the script ---------------------------------------------------------------------------------
 */

static void then(struct subject *subject, int64_t at_ms, enum sp_status status)
{
    assert_true(subject->n_truths < N_CHANGES);
    subject->truths[subject->n_truths++] = (struct truth){at_ms, status};
}

/* Goes live after seconds, hours, days, or never; breaks and comes back, and now and then is away
 * for some seconds, which is no change. */
static void write_script(struct world *world, size_t i)
{
    struct subject *subject = &world->subjects[i];
    static const int64_t delays[] = {2 * SECOND, 40 * SECOND, 20 * MINUTE, 9 * HOUR, 3 * DAY, END};
    snprintf(subject->name, sizeof(subject->name), "d%02zu.example", i);
    subject->published_ms = T0 + (int64_t)chance(world, 3 * 86400) * SECOND;
    int64_t at_ms = subject->published_ms + delays[i % SP_ARRAY_LEN(delays)];
    if (at_ms >= END)
        then(subject, END, SP_STATUS_CONNECTED); /* not in this month */
    while (at_ms < END && subject->n_truths + 4 < N_CHANGES) {
        then(subject, at_ms, SP_STATUS_CONNECTED);
        at_ms += 2 * DAY + (int64_t)chance(world, 6 * 86400) * SECOND;
        then(subject, at_ms, SP_STATUS_ERROR);
        if (chance(world, 2))
            at_ms += 5 * SECOND + chance(world, 10 * SECOND); /* a hiccup */
        else
            at_ms += 2 * DAY + (int64_t)chance(world, 2 * 86400) * SECOND;
    }
}

/* ---- looks --------------------------------------------------------------------------------------
 */

static void on_look(void *arg, struct sp_roster_domain *domain, uint64_t wait_ms)
{
    struct world *world = arg;
    struct look *look = world->looks;
    while (look->domain)
        look++;
    assert_true(look < world->looks + N_LOOKS);
    *look = (struct look){domain, world->now_ms + 50 + (int64_t)wait_ms};
    subject_of(world, SP_NAME_STR(&domain->name))->n_looks++;
}

static void on_change(void *arg, const struct sp_result *result, enum sp_status from)
{
    struct world *world = arg;
    struct subject *subject = subject_of(world, SP_NAME_STR(&result->domain));
    assert_int_equal(from, subject->printed);
    assert_int_not_equal(from, result->status);
    assert_int_equal(result->status, status_at(subject, world->now_ms));
    subject->printed = result->status;
    subject->n_printed++;
}

static void remember(struct world *world, const struct sp_result *result)
{
    struct sp_err err = SP_ERR_INIT;
    char status[16], message[] = "as scripted";
    snprintf(status, sizeof(status), "%s", sp_status_name(result->status));
    const struct sp_ledger_check check = {
        .at_s = world->now_ms / SECOND, .status = status, .message = message};
    assert_int_equal(sp_ledger_add_check(world->ledger, &result->domain, &check, &err), 0);
}

static void end_look(struct world *world, struct look *look, enum sp_status status)
{
    struct sp_roster_domain *domain = look->domain;
    struct sp_record_set set = {.domain = domain->name};
    struct sp_result result;
    *look = (struct look){0};
    sp_result_init(&result, &set);
    result.status = status;
    sp_array_push(&result.records)->has_state = true;
    result.records.items[0].state = SP_STATE_MISSING;
    bool has_counted = sp_watcher_counts(&world->watcher, domain, &result, world->now_ms);
    if (has_counted)
        remember(world, &result);
    sp_watcher_looked(&world->watcher, domain, &result, has_counted, world->now_ms);
    sp_result_fini(&result);
}

/* A look that waits ends as soon as it is connected or in error. */
static void end_looks(struct world *world)
{
    for (size_t i = 0; i < N_LOOKS; i++) {
        struct look *look = &world->looks[i];
        if (!look->domain)
            continue;
        enum sp_status status =
            status_at(subject_of(world, SP_NAME_STR(&look->domain->name)), world->now_ms);
        /* One in ten says that what was connected is gone, and is wrong; the next one is right. */
        if (status == SP_STATUS_CONNECTED && look->domain->rhythm.status == SP_STATUS_CONNECTED &&
            !look->domain->doubted_at_ms && chance(world, 10) == 0)
            status = SP_STATUS_ERROR;
        if (look->until_ms <= world->now_ms || status != SP_STATUS_PENDING)
            end_look(world, look, status);
    }
}

/* ---- the receiver -------------------------------------------------------------------------------
 */

static void on_send(void *arg, struct sp_parcel *parcel)
{
    struct world *world = arg;
    struct sp_parcel **place = world->parcels;
    while (*place)
        place++;
    *place = parcel;
}

static void on_failure(SP_UNUSED void *arg, SP_UNUSED const struct sp_ledger_event *event,
                       SP_UNUSED const char *why, bool is_over)
{
    assert_false(is_over);
}

static enum sp_status word_of(const char *body, const char *member)
{
    struct sp_err err = SP_ERR_INIT;
    json_t *json = sp_json_parse(body, strlen(body), "an event", &err);
    const char *word = json_string_value(json_object_get(json, member));
    enum sp_status found = SP_STATUS_NONE;
    for (int status = SP_STATUS_PENDING; status <= SP_STATUS_ERROR; status++)
        if (word && strcmp(word, sp_status_name((enum sp_status)status)) == 0)
            found = (enum sp_status)status;
    json_decref(json);
    return found;
}

/* One that comes again is known by its id; else each goes on where the last one ended. */
static void take(struct world *world, const struct sp_ledger_event *event)
{
    struct subject *subject = subject_of(world, event->domain);
    char *last = world->last_ids[subject - world->subjects];
    if (strcmp(last, event->id) == 0) {
        world->n_repeated++;
        return;
    }
    snprintf(last, sizeof(world->last_ids[0]), "%s", event->id);
    assert_int_equal(word_of(event->body, "from"), subject->posted);
    subject->posted = word_of(event->body, "to");
    world->n_posted++;
}

/* Down for an hour each day; now and then its answer is lost on the way. */
static void answer(struct world *world)
{
    struct sp_err err = SP_ERR_INIT;
    for (size_t i = 0; i < SP_ARRAY_LEN(world->parcels); i++) {
        struct sp_parcel *parcel = world->parcels[i];
        if (!parcel)
            continue;
        bool is_up = (world->now_ms - T0) % DAY > HOUR;
        bool is_lost = chance(world, 10) == 0;
        if (is_up)
            take(world, &parcel->event);
        world->parcels[i] = NULL;
        assert_int_equal(sp_delivery_ended(&world->delivery, parcel, is_up && !is_lost, "down",
                                           world->now_ms / SECOND, &err),
                         0);
    }
}

/* ---- the month ----------------------------------------------------------------------------------
 */

static void start(struct world *world)
{
    struct sp_err err = SP_ERR_INIT;
    world->ledger = sp_ledger_open(world->path, &err);
    assert_non_null(world->ledger);
    const struct sp_watcher_config watcher = {world->ledger, on_look, on_change, world};
    const struct sp_delivery_config delivery = {world->ledger, on_send, on_failure, world};
    assert_int_equal(sp_ledger_claim(world->ledger, &err), 0);
    assert_int_equal(sp_ledger_open_outbox(world->ledger, true, &err), 0);
    sp_watcher_init(&world->watcher, &watcher);
    sp_delivery_init(&world->delivery, &delivery);
}

/* As after kill -9: what was under way came to nothing. */
static void stop(struct world *world)
{
    memset(world->looks, 0, sizeof(world->looks));
    memset(world->parcels, 0, sizeof(world->parcels));
    sp_delivery_fini(&world->delivery);
    sp_watcher_fini(&world->watcher);
    sp_ledger_close(world->ledger);
}

/* Another process publishes. */
static void publish(struct world *world, struct sp_ledger *other, const struct subject *subject)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_record_set set = {0};
    (void)world;
    assert_int_equal(sp_name_parse(&set.domain, subject->name, &err), 0);
    assert_int_equal(sp_ledger_put_set(other, &set, "", "", true, &err), 0);
    assert_int_equal(
        sp_ledger_mark_published(other, &set.domain, subject->published_ms / SECOND, false, &err),
        0);
}

static void publish_all(struct world *world, int64_t before_ms)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_ledger *other = NULL;
    for (size_t i = 0; i < N_DOMAINS; i++) {
        const struct subject *subject = &world->subjects[i];
        if (subject->published_ms <= before_ms || subject->published_ms > world->now_ms)
            continue;
        if (!other)
            other = sp_ledger_open(world->path, &err);
        publish(world, other, subject);
    }
    sp_ledger_close(other);
}

/* How soon a change has to be told: the rhythm of the status it ends, and the confirmation. */
static int64_t slack_ms(const struct subject *subject, size_t i)
{
    enum sp_status before = i ? subject->truths[i - 1].status : SP_STATUS_PENDING;
    int64_t since_ms = i ? subject->truths[i - 1].from_ms : subject->published_ms;
    int64_t age_ms = subject->truths[i].from_ms - since_ms;
    if (before == SP_STATUS_CONNECTED)
        return DAY + DAY / 10 + 5 * MINUTE;
    if (before == SP_STATUS_PENDING && age_ms < SP_WINDOW_S * SECOND)
        return age_ms / 18 + 15 * SECOND;
    return age_ms / 8 + 10 * MINUTE;
}

/* The window has ended half a minute ago, or more, and nothing has happened since it began. */
static bool is_overdue(const struct world *world, const struct subject *subject)
{
    int64_t end_ms = subject->published_ms + SP_WINDOW_S * SECOND;
    return world->now_ms > end_ms + 30 * SECOND && subject->truths[0].from_ms > world->now_ms;
}

/* What has been true for long enough has been told. */
static void assert_told(struct world *world)
{
    for (size_t i = 0; i < N_DOMAINS; i++) {
        const struct subject *subject = &world->subjects[i];
        if (is_overdue(world, subject))
            assert_int_equal(subject->printed, SP_STATUS_ERROR);
        for (size_t k = 0; k < subject->n_truths; k++) {
            int64_t from_ms = subject->truths[k].from_ms;
            int64_t to_ms = k + 1 < subject->n_truths ? subject->truths[k + 1].from_ms : END;
            int64_t told_ms = from_ms + slack_ms(subject, k);
            if (world->now_ms >= told_ms && world->now_ms < to_ms &&
                subject->printed != status_at(subject, from_ms) &&
                subject->printed != subject->truths[k].status)
                fail_msg("%s: %s since %lld s, and still told to be %s", subject->name,
                         sp_status_name(subject->truths[k].status),
                         (long long)(world->now_ms - from_ms) / SECOND,
                         sp_status_name(subject->printed));
        }
    }
}

static size_t count_descriptors(void)
{
    size_t n = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (readdir(folder))
        n++;
    closedir(folder);
    return n;
}

/* The next moment at which anything can happen. */
static int64_t next_moment(const struct world *world, int64_t next_ms)
{
    for (size_t i = 0; i < N_LOOKS; i++)
        if (world->looks[i].domain && world->looks[i].until_ms < next_ms)
            next_ms = world->looks[i].until_ms;
    for (size_t i = 0; i < N_DOMAINS; i++)
        for (size_t k = 0; k < world->subjects[i].n_truths; k++) {
            int64_t from_ms = world->subjects[i].truths[k].from_ms;
            if (from_ms > world->now_ms && from_ms < next_ms)
                next_ms = from_ms;
        }
    return next_ms > world->now_ms ? next_ms : world->now_ms + 1;
}

static void turn(struct world *world, int64_t *ret_next_ms)
{
    struct sp_err err = SP_ERR_INIT;
    end_looks(world);
    answer(world);
    assert_int_equal(sp_watcher_turn(&world->watcher, world->now_ms, ret_next_ms, &err), 0);
    assert_int_equal(sp_delivery_turn(&world->delivery, world->now_ms / SECOND, &err), 0);
}

static void test_a_month(void **state)
{
    struct world *world = *state;
    size_t n_descriptors = 0, n_bytes = 0;
    int64_t next_ms, told_ms = T0, killed_ms = T0 + 3 * DAY + 7 * HOUR, last_ms = T0 - 1;
    for (size_t i = 0; i < N_DOMAINS; i++)
        write_script(world, i);
    start(world);
    for (world->now_ms = T0; world->now_ms < END; world->now_ms = next_moment(world, next_ms)) {
        publish_all(world, last_ms);
        last_ms = world->now_ms;
        if (world->now_ms >= killed_ms) {
            stop(world);
            start(world);
            world->n_restarts++;
            killed_ms += 2 * DAY;
        }
        turn(world, &next_ms);
        if (world->now_ms >= told_ms) {
            assert_told(world);
            told_ms = world->now_ms + 10 * MINUTE;
        }
        if (!n_descriptors && world->now_ms > T0 + 6 * DAY) {
            n_descriptors = count_descriptors();
            n_bytes = mallinfo2().uordblks;
        }
    }
    assert_int_equal(count_descriptors(), n_descriptors);
    assert_true(mallinfo2().uordblks < n_bytes + 256 * 1024);
    assert_true(world->n_restarts >= 12);
    stop(world);
}

/* After the month the receiver is up: what it was told ends where the lines end. */
static void test_the_webhook_got_the_same(void **state)
{
    struct world *world = *state;
    struct sp_err err = SP_ERR_INIT;
    unsigned n_printed = 0, n_looks = 0;
    start(world);
    for (world->now_ms = END + 2 * HOUR; world->now_ms < END + 6 * HOUR; world->now_ms += SECOND) {
        answer(world);
        assert_int_equal(sp_delivery_turn(&world->delivery, world->now_ms / SECOND, &err), 0);
    }
    for (size_t i = 0; i < N_DOMAINS; i++) {
        const struct subject *subject = &world->subjects[i];
        assert_int_equal(subject->posted, subject->printed);
        n_printed += subject->n_printed;
        n_looks += subject->n_looks;
    }
    assert_int_equal(world->n_posted, n_printed);
    assert_in_range(n_printed, 4 * N_DOMAINS, 40 * N_DOMAINS);
    assert_true(world->n_repeated > 0);
    print_message("%u looks, %u changes, %u sent twice, %u restarts\n", n_looks, n_printed,
                  world->n_repeated, world->n_restarts);
    stop(world);
}

static int set_up(void **state)
{
    static struct world world;
    snprintf(world.folder, sizeof(world.folder), "/tmp/signpost-soak-XXXXXX");
    if (!mkdtemp(world.folder))
        return -1;
    snprintf(world.path, sizeof(world.path), "%s/ledger.db", world.folder);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    char *lock = sp_asprintf("%s-watch", world->path);
    unlink(lock);
    free(lock);
    unlink(world->path);
    return rmdir(world->folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_month),
        cmocka_unit_test(test_the_webhook_got_the_same),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
