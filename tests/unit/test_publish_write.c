/*
 * What a publication writes: what several domains share, what does not fit one call, what fails
 * half-way, whose a record is, and when it was published.
 */
#include "publish/image.h"
#include "publish_world.h"

static void assert_batches(const char *expected)
{
    assert_string_equal(sp_buf_str(&world.batches), expected);
}

static struct sp_record_set set_with(const char *domain, const char *host, const char *target)
{
    struct sp_record_set set = {.domain = name_of(domain)};
    struct sp_name host_name = name_of(host), target_name = name_of(target);
    sp_record_set_add(&set, &host_name, &target_name);
    return set;
}

/* ---- several domains ----------------------------------------------------------------------------
 */

static void test_same_host_other_target(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    struct sp_record_set sets[3] = {
        set_with("example.com", "sk1.news.example.com", "u1.mailer.example"),
        set_with("news.example.com", "sk1.news.example.com", "u2.mailer.example"),
        set_with("shop.example.com", "sk1.shop.example.com", "u3.mailer.example"),
    };
    run(&config, sets, 3);
    assert_changes(result_of(0), "create CNAME applied, ");
    assert_err(result_of(1), SP_ERR_REFUSED, "same-host-twice");
    assert_non_null(strstr(result_of(1)->err.message, "sk1.news.example.com"));
    assert_non_null(strstr(result_of(1)->err.message, "u1.mailer.example for example.com"));
    assert_int_equal(result_of(1)->changes.n, 0);
    assert_changes(result_of(2), "create CNAME applied, ");
    assert_true(points_to("sk1.news.example.com", "u1.mailer.example"));
    assert_batches("2 ");
}

static void test_same_host_same_target(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    struct sp_record_set sets[2] = {
        set_with("example.com", "sk1.news.example.com", "u1.mailer.example"),
        set_with("news.example.com", "sk1.news.example.com", "u1.mailer.example"),
    };
    run(&config, sets, 2);
    assert_changes(result_of(0), "create CNAME applied, ");
    assert_changes(result_of(1), "create CNAME applied, ");
    assert_int_equal(result_of(1)->status, SP_STATUS_CONNECTED);
    assert_batches("1 ");
    assert_int_equal(world.records.n, 1);
    assert_ledger("applied ");
}

/* The same domain twice, taken back at once: one deletion. */
static void test_same_domain_twice(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    struct sp_record_set sets[2] = {set_of("example.com"), set_of("example.com")};
    run(&config, sets, 2);
    assert_batches("2 ");
    assert_changes(result_of(1), "create CNAME applied, create CNAME applied, ");
    config.is_unpublish = config.has_yes = config.only_ours = true;
    struct sp_record_set again[2] = {set_of("example.com"), set_of("example.com")};
    run(&config, again, 2);
    assert_batches("2 ");
    assert_changes(result_of(1), "delete CNAME applied, delete CNAME applied, ");
    assert_int_equal(world.records.n, 0);
}

/* 100 sub-domains in one zone, 200 changes: one look-up, one listing, as many writes as it takes.
 */
static void test_many_in_one_zone(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    struct sp_record_set sets[100];
    for (size_t i = 0; i < SP_ARRAY_LEN(sets); i++) {
        char *domain = sp_asprintf("d%zu.example.com", i);
        sets[i] = set_of(domain);
        free(domain);
    }
    world.powerdns.description.batch_max = 150;
    run(&config, sets, SP_ARRAY_LEN(sets));
    assert_log("find list apply apply ");
    assert_batches("150 50 ");
    for (size_t i = 0; i < SP_ARRAY_LEN(sets); i++)
        assert_changes(result_of(i), "create CNAME applied, create CNAME applied, ");
}

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

/* Whose changes were not sent hears that the failure was another's. */
static void test_failure_of_another(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    struct sp_record_set sets[3] = {
        set_with("a.example.com", "sk1.a.example.com", "u1.mailer.example"),
        set_with("b.example.com", "sk1.b.example.com", "u1.mailer.example"),
        set_with("c.example.com", "sk1.c.example.com", "u1.mailer.example"),
    };
    world.powerdns.description.batch_max = 1;
    world.refused_host = "sk1.b.example.com";
    run(&config, sets, 3);
    assert_batches("1 1 ");
    assert_int_equal(result_of(0)->err.kind, SP_ERR_NONE);
    assert_string_equal(result_of(1)->err.message, "the provider does not want it");
    assert_string_equal(result_of(2)->err.message,
                        "not sent, as a change for another domain of the zone failed: the provider "
                        "does not want it");
    assert_changes(result_of(2), "create CNAME failed, ");
}

/* One of two domains in one call is refused: the provider does not say which. */
static void test_refused_together(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    struct sp_record_set sets[2] = {
        set_with("a.example.com", "sk1.a.example.com", "u1.mailer.example"),
        set_with("b.example.com", "sk1.b.example.com", "u1.mailer.example"),
    };
    world.refused_host = "sk1.a.example.com";
    run(&config, sets, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_err(result_of(i), SP_ERR_REFUSED, "conflict");
        assert_string_equal(result_of(i)->err.message,
                            "one of the changes of several domains that were sent together was "
                            "not accepted: the provider does not want it");
        assert_string_equal(result_of(i)->err.fix, "run it again for each domain by itself");
    }
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

/* ---- a plugin that crashes ----------------------------------------------------------------------
 */

static void run_with_crashes(const struct sp_publish_config *config)
{
    struct sp_record_set sets[6];
    for (size_t i = 0; i < SP_ARRAY_LEN(sets); i++) {
        char *domain = sp_asprintf("%s.d%zu.example.com", i % 3 == 2 ? "fine" : "boom", i);
        sets[i] = set_of(domain);
        free(domain);
    }
    world.crashing_label = "boom";
    run(config, sets, SP_ARRAY_LEN(sets));
}

static void test_crashes_cost_nobody_else(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    run_with_crashes(&config);
    assert_log("find find find find find find find list apply ");
    for (size_t i = 0; i < 6; i++) {
        if (i % 3 == 2)
            assert_int_equal(result_of(i)->status, SP_STATUS_CONNECTED);
        else
            assert_err(result_of(i), SP_ERR_PLUGIN, "plugin-crashed");
    }
}

/* What crashes slowly is not asked for ever, and those who were not asked about are told so. */
static void test_crashes_take_an_end(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    world.crash_takes_ms = 25000;
    run_with_crashes(&config);
    assert_log("find find find find find list apply "); /* the crash of all together is no one's */
    assert_err(result_of(0), SP_ERR_PLUGIN, "plugin-crashed");
    assert_int_equal(result_of(2)->status, SP_STATUS_CONNECTED);
    assert_err(result_of(3), SP_ERR_PLUGIN, "plugin-crashed");
    assert_err(result_of(4), SP_ERR_PLUGIN, "plugin-not-asked");
    assert_err(result_of(5), SP_ERR_PLUGIN, "plugin-not-asked");
    assert_non_null(strstr(result_of(5)->err.message, "failed for 3 others, which took 75 s"));
}

/* All of one zone, which is then listed for each alone; what two of them see stands there once. */
static void test_crashes_while_listing(SP_UNUSED void **state)
{
    static const char *const types[] = {"TXT"};
    struct sp_publish_config config = config_of("powerdns");
    struct sp_record_set sets[4] = {
        set_with("a.example.com", "sk1.a.example.com", "u1.mailer.example"),
        set_with("b.example.com", "sk1.boom.b.example.com", "u1.mailer.example"),
        set_with("c.example.com", "sk1.c.example.com", "u1.mailer.example"),
        set_with("example.com", "sk1.c.example.com", "u1.mailer.example"),
    };
    world.list_crashing_label = "boom";
    config.replace_types = types;
    config.n_replace_types = 1;
    config.has_yes = true;
    add_listed("TXT", "sk1.c.example.com", "old");
    run(&config, sets, 4);
    assert_log("find list list list list list apply ");
    assert_changes(result_of(0), "create CNAME applied, ");
    assert_err(result_of(1), SP_ERR_PLUGIN, "plugin-crashed");
    assert_changes(result_of(2), "delete TXT applied, create CNAME applied, ");
    assert_changes(result_of(3), "delete TXT applied, create CNAME applied, ");
    assert_batches("3 ");
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

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_same_host_other_target),
        TEST(test_same_host_same_target),
        TEST(test_same_domain_twice),
        TEST(test_many_in_one_zone),
        TEST(test_second_batch_fails),
        TEST(test_failure_of_another),
        TEST(test_refused_together),
        TEST(test_batch_answer_lost),
        TEST(test_crashes_cost_nobody_else),
        TEST(test_crashes_take_an_end),
        TEST(test_crashes_while_listing),
        TEST(test_room_is_made_alone),
        TEST(test_rolled_back),
        TEST(test_not_put_back),
        TEST(test_cancel_between_batches),
        TEST(test_window_of_a_killed_run),
        TEST(test_intent_of_another_run),
        TEST(test_late_write_is_ours),
        TEST(test_adopted_stays),
        TEST(test_ours_no_more),
        TEST(test_replaced_is_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
