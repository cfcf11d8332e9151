#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "watch/delivery.h"
#include "watch/pause.h"

#define T0 1700000000ll

struct world {
    char folder[64], path[96];
    struct sp_ledger *ledger;
    struct sp_delivery delivery;
    struct sp_parcel *sent[64];
    size_t n_sent;
    unsigned n_failures, n_given_up;
};

static void on_send(void *arg, struct sp_parcel *parcel)
{
    struct world *world = arg;
    world->sent[world->n_sent++] = parcel;
}

static void on_failure(void *arg, const struct sp_ledger_event *event, const char *why,
                       bool is_over)
{
    struct world *world = arg;
    assert_non_null(event->id);
    assert_string_equal(why, "down");
    world->n_failures++;
    world->n_given_up += is_over;
}

static void check(struct world *world, const char *domain, int64_t at_s, const char *status)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_record_set set = {0};
    char word[16], message[] = "";
    snprintf(word, sizeof(word), "%s", status);
    const struct sp_ledger_check seen = {.at_s = at_s, .status = word, .message = message};
    assert_int_equal(sp_name_parse(&set.domain, domain, &err), 0);
    assert_int_equal(sp_ledger_put_set(world->ledger, &set, "", "", true, &err), 0);
    assert_int_equal(sp_ledger_add_check(world->ledger, &set.domain, &seen, &err), 0);
}

static void turn(struct world *world, int64_t now_s)
{
    struct sp_err err = SP_ERR_INIT;
    assert_int_equal(sp_delivery_turn(&world->delivery, now_s, &err), 0);
}

/* The oldest on its way has arrived, or not. */
static void end_first(struct world *world, bool has_arrived, int64_t now_s)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_parcel *parcel = world->sent[0];
    assert_true(world->n_sent > 0);
    memmove(world->sent, world->sent + 1, --world->n_sent * sizeof(world->sent[0]));
    assert_int_equal(sp_delivery_ended(&world->delivery, parcel, has_arrived, "down", now_s, &err),
                     0);
}

static void test_one_after_the_other(void **state)
{
    struct world *world = *state;
    check(world, "a.example", T0, "pending");
    check(world, "a.example", T0 + 1, "connected");
    check(world, "b.example", T0 + 2, "error");
    turn(world, T0 + 3);
    turn(world, T0 + 3); /* what is on its way is not sent twice */
    assert_int_equal(world->n_sent, 2);
    assert_non_null(strstr(world->sent[0]->event.body, "\"to\":\"pending\""));
    end_first(world, true, T0 + 3);
    turn(world, T0 + 3);
    assert_int_equal(world->n_sent, 2);
    assert_non_null(strstr(world->sent[1]->event.body, "\"to\":\"connected\""));
    end_first(world, true, T0 + 4);
    end_first(world, true, T0 + 4);
    turn(world, T0 + 1000000);
    assert_int_equal(world->n_sent, 0);
}

static void test_it_comes_again_with_the_same_id(void **state)
{
    struct world *world = *state;
    char id[64];
    check(world, "a.example", T0, "pending");
    turn(world, T0);
    snprintf(id, sizeof(id), "%s", world->sent[0]->event.id);
    end_first(world, false, T0);
    turn(world, T0 + 1);
    assert_int_equal(world->n_sent, 0);
    turn(world, T0 + SP_WEBHOOK_BACKOFF_MS / 1000);
    assert_int_equal(world->n_sent, 1);
    assert_string_equal(world->sent[0]->event.id, id);
    assert_int_equal(world->sent[0]->event.attempts, 1);
    /* The process ends, and another one goes on. */
    const struct sp_delivery_config config = world->delivery.config;
    sp_delivery_fini(&world->delivery);
    sp_delivery_init(&world->delivery, &config);
    world->n_sent = 0;
    turn(world, T0 + SP_WEBHOOK_BACKOFF_MS / 1000);
    assert_string_equal(world->sent[0]->event.id, id);
}

static void test_it_is_given_up(void **state)
{
    struct world *world = *state;
    check(world, "a.example", T0, "pending");
    check(world, "a.example", T0 + 1, "connected");
    for (int64_t now_s = T0; now_s < T0 + 4 * 24 * 3600; now_s += 60) {
        turn(world, now_s);
        if (world->n_sent)
            end_first(world, false, now_s);
    }
    assert_int_equal(world->n_given_up, 2);
    assert_in_range(world->n_failures, 70, 200); /* about hourly for three days */
    turn(world, T0 + 30 * 24 * 3600);
    assert_int_equal(world->n_sent, 0);
}

static void test_few_at_once_and_one_while_it_is_down(void **state)
{
    struct world *world = *state;
    char domain[32];
    for (int i = 0; i < 20; i++) {
        snprintf(domain, sizeof(domain), "d%d.example", i);
        check(world, domain, T0, "pending");
    }
    turn(world, T0);
    assert_int_equal(world->n_sent, SP_WEBHOOK_AT_ONCE);
    for (unsigned i = 0; i < SP_WEBHOOK_AT_ONCE; i++)
        end_first(world, false, T0);
    turn(world, T0);
    assert_int_equal(world->n_sent, 1);
    end_first(world, true, T0);
    turn(world, T0);
    assert_int_equal(world->n_sent, SP_WEBHOOK_AT_ONCE);
}

static void run_sql(struct world *world, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(world->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void fill_disk(struct world *world)
{
    run_sql(world, "CREATE TRIGGER full BEFORE UPDATE ON events BEGIN "
                   "SELECT RAISE(FAIL, 'database or disk is full'); END");
}

/* Turns once a second, as long as there is something to write. */
static unsigned count_told(struct world *world, int64_t from_s, int64_t to_s)
{
    struct sp_err err = SP_ERR_INIT;
    unsigned n_told = 0;
    for (int64_t now_s = from_s; now_s < to_s; now_s++) {
        sp_err_clear(&err);
        if (sp_delivery_turn(&world->delivery, now_s, &err) == 0)
            continue;
        assert_non_null(strstr(err.message, "disk is full"));
        n_told++;
    }
    return n_told;
}

/* Whether it arrived or not: nothing is sent again before that is written, and writing is tried
 * after pauses that double. */
static void test_the_ledger_cannot_be_written(void **state)
{
    struct world *world = *state;
    for (int has_arrived = 0; has_arrived <= 1; has_arrived++) {
        struct sp_err err = SP_ERR_INIT;
        int64_t t_s = T0 + has_arrived * 100000;
        check(world, has_arrived ? "a.example" : "b.example", t_s, "pending");
        turn(world, t_s);
        assert_int_equal(world->n_sent, 1);
        fill_disk(world);
        world->n_sent = 0;
        assert_int_equal(
            sp_delivery_ended(&world->delivery, world->sent[0], has_arrived, "down", t_s, &err),
            -1);
        assert_non_null(strstr(err.message, "disk is full"));
        assert_in_range(count_told(world, t_s, t_s + 3600), 10, 25);
        assert_int_equal(world->n_sent, 0);
        /* The clock is set back: no reason to wait until it is there again. */
        run_sql(world, "DROP TRIGGER full");
        turn(world, t_s - 5000);
        turn(world, t_s + SP_WEBHOOK_BACKOFF_MS / 1000);
        assert_int_equal(world->n_sent, has_arrived ? 0 : 1);
        if (!has_arrived)
            end_first(world, true, t_s + 3600);
        turn(world, t_s + 90000);
        assert_int_equal(world->n_sent, 0);
    }
}

/* Others are sent meanwhile, and no more than there is room to remember. */
static void test_many_that_cannot_be_written(void **state)
{
    struct world *world = *state;
    char domain[32];
    for (int i = 0; i < 10; i++) {
        snprintf(domain, sizeof(domain), "d%d.example", i);
        check(world, domain, T0, "pending");
    }
    fill_disk(world);
    unsigned n_posts = 0;
    for (int64_t now_s = T0; now_s < T0 + 1000; now_s++) {
        struct sp_err err = SP_ERR_INIT;
        sp_delivery_turn(&world->delivery, now_s, &err);
        for (; world->n_sent; n_posts++)
            sp_delivery_ended(&world->delivery, world->sent[--world->n_sent], true, "", now_s,
                              &err);
    }
    assert_int_equal(n_posts, SP_WEBHOOK_AT_ONCE);
    run_sql(world, "DROP TRIGGER full");
    for (int64_t now_s = T0 + 1000; now_s < T0 + 2000; now_s++) {
        turn(world, now_s);
        for (; world->n_sent; n_posts++)
            end_first(world, true, now_s);
    }
    assert_int_equal(n_posts, 10);
}

static uint32_t lowest(uint32_t below)
{
    (void)below;
    return 0;
}

static uint32_t highest(uint32_t below)
{
    return below - 1;
}

static void test_pauses(void **state)
{
    (void)state;
    assert_int_equal(sp_pause_ms(1, lowest), 2500);
    assert_int_equal(sp_pause_ms(1, highest), 5000);
    assert_int_equal(sp_pause_ms(4, highest), 40000);
    assert_int_equal(sp_pause_ms(12, highest), SP_WEBHOOK_BACKOFF_MAX_MS);
    assert_int_equal(sp_pause_ms(4000000000u, lowest), SP_WEBHOOK_BACKOFF_MAX_MS / 2);
}

static int set_up(void **state)
{
    static struct world world;
    struct sp_err err = SP_ERR_INIT;
    world = (struct world){0};
    snprintf(world.folder, sizeof(world.folder), "/tmp/signpost-delivery-XXXXXX");
    if (!mkdtemp(world.folder))
        return -1;
    snprintf(world.path, sizeof(world.path), "%s/ledger.db", world.folder);
    world.ledger = sp_ledger_open(world.path, &err);
    if (!world.ledger || sp_ledger_open_outbox(world.ledger, true, &err) < 0)
        return -1;
    const struct sp_delivery_config config = {world.ledger, on_send, on_failure, &world};
    sp_delivery_init(&world.delivery, &config);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    sp_delivery_fini(&world->delivery);
    sp_ledger_close(world->ledger);
    unlink(world->path);
    return rmdir(world->folder);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_one_after_the_other),
        TEST(test_it_comes_again_with_the_same_id),
        TEST(test_it_is_given_up),
        TEST(test_few_at_once_and_one_while_it_is_down),
        TEST(test_the_ledger_cannot_be_written),
        TEST(test_many_that_cannot_be_written),
        cmocka_unit_test(test_pauses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
