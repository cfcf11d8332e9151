/*
 * What several domains of one run share: hosts, zones, calls, and what goes wrong in them.
 */
#include "publish_world.h"

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

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_same_host_other_target),   TEST(test_same_host_same_target),
        TEST(test_same_domain_twice),        TEST(test_many_in_one_zone),
        TEST(test_failure_of_another),       TEST(test_refused_together),
        TEST(test_crashes_cost_nobody_else), TEST(test_crashes_take_an_end),
        TEST(test_crashes_while_listing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
