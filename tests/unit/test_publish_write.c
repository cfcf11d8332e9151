/*
 * What a publication writes: what does not fit one call, what fails half-way, whose a record is,
 * and when it was published.
 */
#include "publish/image.h"
#include "publish_world.h"

/* ---- in several calls ---------------------------------------------------------------------------
 */

static void test_second_batch_fails(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    world.powerdns.description.batch_max = 1;
    world.refused_host = "sk1a._domainkey.example.com";
    const struct sp_result *result = run_one(&config);
    assert_log("find list apply apply ");
    assert_err(result, SP_ERR_REFUSED, "conflict");
    assert_changes(result, "create CNAME applied, create CNAME failed, ");
    assert_ledger("applied failed ");
}

static void test_batch_answer_lost(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    world.powerdns.description.batch_max = 1;
    world.fault = ANSWER_LOST;
    const struct sp_result *result = run_one(&config);
    assert_log("find list apply list apply list ");
    assert_changes(result, "create CNAME applied, create CNAME applied, ");
    assert_int_equal(result->status, SP_STATUS_CONNECTED);
}

/* ---- half-way -----------------------------------------------------------------------------------
 */

static struct sp_publish_config replacing_config(void)
{
    static const char *const types[] = {"TXT"};
    struct sp_publish_config config = config_of("powerdns");
    config.replace_types = types;
    config.n_replace_types = 1;
    config.has_yes = true;
    world.powerdns.description.is_atomic = false;
    world.powerdns.description.batch_max = 100;
    return config;
}

static bool has_text(const char *value)
{
    SP_ARRAY_FOREACH (&world.records, listed) {
        if (strcmp(listed->type, "TXT") == 0 && strcmp(listed->value, value) == 0)
            return true;
    }
    return false;
}

/* A host whose records make room has a call of its own, after the plain ones. */
static void test_room_is_made_alone(SP_UNUSED void **state)
{
    struct sp_publish_config config = replacing_config();
    add_listed("TXT", "sk1.example.com", "one");
    add_listed("TXT", "sk1.example.com", "two");
    const struct sp_result *result = run_one(&config);
    assert_batches("1 3 ");
    assert_changes(result, "delete TXT applied, delete TXT applied, create CNAME applied, "
                           "create CNAME applied, ");
}

static void test_rolled_back(SP_UNUSED void **state)
{
    struct sp_publish_config config = replacing_config();
    world.refused_host = "sk1.example.com";
    add_listed("TXT", "sk1.example.com", "one");
    add_listed("TXT", "sk1.example.com", "two");
    const struct sp_result *result = run_one(&config);
    assert_batches("1 3 2 ");
    assert_err(result, SP_ERR_REFUSED, "conflict");
    assert_non_null(strstr(result->err.message, "put back"));
    assert_changes(result, "delete TXT rolled-back, delete TXT rolled-back, create CNAME failed, "
                           "create CNAME applied, ");
    assert_true(has_text("one") && has_text("two"));
    assert_false(points_to("sk1.example.com", "u1.mailer.example"));
    assert_ledger("applied rolled-back rolled-back failed ");
}

static void test_not_put_back(SP_UNUSED void **state)
{
    struct sp_publish_config config = replacing_config();
    world.refused_host = "sk1.example.com";
    world.is_restore_refused = true;
    add_listed("TXT", "sk1.example.com", "one");
    const struct sp_result *result = run_one(&config);
    assert_batches("1 2 1 ");
    assert_err(result, SP_ERR_REFUSED, "conflict");
    assert_non_null(strstr(result->err.message, "1 record removed for it could not be put back"));
    assert_changes(result, "delete TXT applied, create CNAME failed, create CNAME applied, ");
    assert_string_equal(result->changes.items[0].from, "one");
    assert_false(has_text("one"));
    assert_ledger("applied applied failed ");
}

/* Cancelled during the first of two calls: the second is not made any more. */
static void test_cancel_between_batches(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    world.powerdns.description.batch_max = 1;
    world.fault = APPLY_HANGS;
    const struct sp_result *result = run_and_cancel(&config);
    assert_err(result, SP_ERR_CANCELLED, "interrupted");
    assert_batches("1 ");
    assert_changes(result, "create CNAME unknown, create CNAME failed, ");
    assert_ledger("open failed ");
    world.fault = NO_FAULT;
    result = run_one(&config);
    assert_changes(result, "keep CNAME unchanged, create CNAME applied, ");
    assert_ledger("applied failed applied ");
}

/* ---- when it was published, and by whom ---------------------------------------------------------
 */

/* An intent for sk1.example.com that a run left AGE_S seconds ago. */
static void leave_open(int64_t age_s)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_name target = name_of("u1.mailer.example");
    struct sp_ledger_change change = {
        .domain = sp_strdup("example.com"),
        .zone = sp_strdup("example.com"),
        .zone_id = sp_strdup("example.com"),
        .provider = sp_strdup("powerdns"),
        .action = sp_strdup("create"),
        .type = sp_strdup("CNAME"),
        .host = sp_strdup("sk1.example.com"),
        .after = sp_image_of_wanted(&target, 3600),
    };
    assert_int_equal(sp_ledger_intend(world.ledger, &change, 1, &err), 0);
    sp_ledger_change_fini(&change);
    change_ledger("UPDATE changes SET intended_at = intended_at - ?", age_s);
}

static void leave_open_now(void)
{
    leave_open(0);
}

static int64_t published_at(void)
{
    bool is_found;
    struct sp_ledger_entry entry = entry_of("example.com", &is_found);
    int64_t at_s = entry.published_at_s;
    assert_true(is_found);
    sp_ledger_entry_fini(&entry);
    return at_s;
}

/* Written by a run that was killed an hour ago: it was published then, whatever was known before.
 */
static void test_window_of_a_killed_run(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    struct sp_record_set set = set_with("example.com", "sk1.example.com", "u1.mailer.example");
    add_listed("CNAME", "sk1.example.com", "u1.mailer.example");
    run(&config, &set, 1); /* adopted */
    change_ledger("UPDATE domains SET published_at = published_at - ?", 90000);
    leave_open(3600);
    set = set_with("example.com", "sk1.example.com", "u1.mailer.example");
    run(&config, &set, 1);
    assert_changes(result_of(0), "keep CNAME unchanged, ");
    int64_t age_s = sp_wall_s() - result_of(0)->published_at_s;
    assert_true(age_s >= 3600 && age_s < 3660);
    assert_int_equal(published_at(), result_of(0)->published_at_s);
    assert_ledger("applied ");
    /* It is no news the next time. */
    set = set_with("example.com", "sk1.example.com", "u1.mailer.example");
    run(&config, &set, 1);
    assert_int_equal(published_at(), result_of(0)->published_at_s);
}

/* An intent that another run writes down while the zone is being read is not judged by that
 * reading.
 */
static void test_intent_of_another_run(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    struct sp_record_set set = set_with("example.com", "sk1.example.com", "u1.mailer.example");
    world.on_listing = leave_open_now;
    run(&config, &set, 1);
    assert_changes(result_of(0), "create CNAME applied, ");
    assert_ledger("open applied ");
}

/* What was not listed, as the plugin fell over it, is not judged either. */
static void test_intent_beside_a_crash(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    struct sp_record_set sets[2] = {
        set_with("example.com", "sk2.example.com", "u1.mailer.example"),
        set_with("news.example.com", "sk1.example.com", "u1.mailer.example"),
    };
    leave_open(3600);
    add_listed("CNAME", "sk1.example.com", "u1.mailer.example");
    world.list_crashing_label = "sk1";
    run(&config, sets, 2);
    assert_changes(result_of(0), "create CNAME applied, ");
    assert_err(result_of(1), SP_ERR_PLUGIN, "plugin-crashed");
    assert_ledger("open applied ");
}

static void test_late_write_is_ours(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    world.fault = WRITE_LOST;
    assert_changes(run_one(&config), "create CNAME unknown, create CNAME unknown, ");
    world.fault = NO_FAULT;
    add_listed("CNAME", "sk1.example.com", "u1.mailer.example");
    config.is_unpublish = config.only_ours = config.has_yes = true;
    assert_changes(run_one(&config), "delete CNAME applied, keep CNAME unchanged, ");
    assert_ledger("applied failed applied ");
    assert_int_equal(world.records.n, 0);
}

static void test_adopted_stays(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    add_listed("CNAME", "sk1.example.com", "u1.mailer.example");
    assert_changes(run_one(&config), "keep CNAME unchanged, create CNAME applied, ");
    config.is_unpublish = config.only_ours = config.has_yes = true;
    const struct sp_result *result = run_one(&config);
    assert_changes(result, "keep CNAME unchanged, delete CNAME applied, ");
    assert_string_equal(result->message, "1 record taken back");
    assert_int_equal(result->warnings.n, 1);
    assert_string_equal(result->warnings.items[0].code, "not-published-here");
    assert_non_null(
        strstr(result->warnings.items[0].fix, "--record sk1.example.com=u1.mailer.example"));
    assert_true(points_to("sk1.example.com", "u1.mailer.example"));
    bool is_found;
    struct sp_ledger_entry entry = entry_of("example.com", &is_found);
    assert_true(entry.is_withdrawn);
    sp_ledger_entry_fini(&entry);

    result = run_one(&config);
    assert_string_equal(result->message, "nothing to take back: what is there was there before");
    /* What is named is taken back. */
    config.only_ours = false;
    assert_changes(run_one(&config), "delete CNAME applied, keep CNAME unchanged, ");
    assert_int_equal(world.records.n, 0);
}

/* Ours, taken back, and put there again by somebody else: theirs. */
static void test_ours_no_more(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns"), withdrawing = config;
    withdrawing.is_unpublish = withdrawing.only_ours = withdrawing.has_yes = true;
    run_one(&config);
    assert_changes(run_one(&withdrawing), "delete CNAME applied, delete CNAME applied, ");
    add_listed("CNAME", "sk1.example.com", "u1.mailer.example");
    run_one(&config);
    assert_changes(run_one(&withdrawing), "keep CNAME unchanged, delete CNAME applied, ");
}

/* A change that replaced another record made it ours; taking back does not bring the other back. */
static void test_replaced_is_ours(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    add_listed("CNAME", "sk1.example.com", "old.example");
    config.may_replace = config.has_yes = true;
    assert_changes(run_one(&config), "update CNAME applied, create CNAME applied, ");
    config.is_unpublish = config.only_ours = true;
    assert_changes(run_one(&config), "delete CNAME applied, delete CNAME applied, ");
    assert_int_equal(world.records.n, 0);
}

/* ---- zones that are read to be found ------------------------------------------------------------
 */

static void test_listed_with_the_zone(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    world.is_listed = true;
    assert_changes(run_one(&config), "create CNAME applied, create CNAME applied, ");
    assert_log("find apply ");
    assert_changes(run_one(&config), "keep CNAME unchanged, keep CNAME unchanged, ");
    assert_log("find ");
    remove_listed("sk1.example.com");
    add_listed("TXT", "sk1.example.com", "old");
    assert_err(run_one(&config), SP_ERR_REFUSED, "other-type");
    assert_log("find ");
}

/* What was read before a write says nothing of what it did. */
static void test_listed_anew_after_a_lost_answer(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    world.is_listed = true;
    world.fault = ANSWER_LOST;
    assert_changes(run_one(&config), "create CNAME applied, create CNAME applied, ");
    assert_log("find apply list ");
    assert_ledger("applied applied ");
}

/* Nor does it of what another run meant to write, and may have written since. */
static void test_listed_anew_for_open_intents(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    struct sp_record_set set = set_with("example.com", "sk1.example.com", "u1.mailer.example");
    world.is_listed = true;
    leave_open(0);
    run(&config, &set, 1);
    assert_log("find list apply ");
    assert_ledger("failed applied ");
}

/* Errands that are asked about one by one: no reading has the records of all of them. */
static void test_listed_anew_after_a_crash(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    struct sp_record_set sets[3] = {
        set_with("a.example.com", "sk1.a.example.com", "u1.mailer.example"),
        set_with("boom.example.com", "sk1.boom.example.com", "u1.mailer.example"),
        set_with("c.example.com", "sk1.c.example.com", "u1.mailer.example"),
    };
    world.is_listed = true;
    world.crashing_label = "boom";
    run(&config, sets, 3);
    assert_log("find find find find list apply ");
    assert_changes(result_of(0), "create CNAME applied, ");
    assert_changes(result_of(2), "create CNAME applied, ");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_second_batch_fails),
        TEST(test_batch_answer_lost),
        TEST(test_room_is_made_alone),
        TEST(test_rolled_back),
        TEST(test_not_put_back),
        TEST(test_cancel_between_batches),
        TEST(test_window_of_a_killed_run),
        TEST(test_intent_of_another_run),
        TEST(test_intent_beside_a_crash),
        TEST(test_late_write_is_ours),
        TEST(test_adopted_stays),
        TEST(test_ours_no_more),
        TEST(test_replaced_is_ours),
        TEST(test_listed_with_the_zone),
        TEST(test_listed_anew_after_a_lost_answer),
        TEST(test_listed_anew_for_open_intents),
        TEST(test_listed_anew_after_a_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
