/*
 * What several domains of one run share: hosts, zones, calls, and what goes wrong in them.
 */
#include "publish_world.h"

static struct sp_record_set set_of_three(size_t i)
{
    char *domain = sp_asprintf("d%zu.example.com", i), *host = sp_asprintf("sk2.%s", domain);
    struct sp_record_set set = set_of(domain);
    struct sp_name host_name = name_of(host), target = name_of("u2.mailer.example");
    sp_record_set_add(&set, &host_name, &target);
    free(domain);
    free(host);
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

/* Three records each: a batch ends within a domain. */
static void test_batch_limit(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    struct sp_record_set sets[100];
    for (size_t i = 0; i < SP_ARRAY_LEN(sets); i++)
        sets[i] = set_of_three(i);
    world.powerdns.description.batch_max = 200;
    run(&config, sets, SP_ARRAY_LEN(sets));
    assert_log("find list apply apply ");
    assert_batches("200 100 ");
    assert_int_equal(world.records.n, 300);
    assert_int_equal(sp_publication_http_calls(world.publication), 4);
    for (size_t i = 0; i < SP_ARRAY_LEN(sets); i++) {
        assert_int_equal(result_of(i)->status, SP_STATUS_CONNECTED);
        /* Whose change comes first in a call pays for it. */
        assert_int_equal(result_of(i)->http_calls, i == 0 ? 3 : i == 66);
    }
}

/* ---- a call that fails for one of them ----------------------------------------------------------
 */

static void run_ten(const struct sp_publish_config *config)
{
    struct sp_record_set sets[10];
    for (size_t i = 0; i < SP_ARRAY_LEN(sets); i++)
        sets[i] = set_of_three(i);
    run(config, sets, SP_ARRAY_LEN(sets));
}

/* All of BAD failed with CODE, everybody else is connected. */
static void assert_bad(const char *bad, enum sp_err_kind kind, const char *code)
{
    for (size_t i = 0; i < 10; i++) {
        if (strchr(bad, (int)('0' + i))) {
            assert_err(result_of(i), kind, code);
            assert_changes(result_of(i),
                           "create CNAME failed, create CNAME failed, create CNAME failed, ");
        } else {
            assert_int_equal(result_of(i)->err.kind, SP_ERR_NONE);
            assert_int_equal(result_of(i)->status, SP_STATUS_CONNECTED);
        }
    }
}

/* The provider does not say for whom: half of them is sent, and half of that. */
static void test_refused_for_one(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    world.refused_label = "d6";
    run_ten(&config);
    assert_batches("30 15 15 6 3 3 9 ");
    assert_bad("6", SP_ERR_REFUSED, "conflict");
    assert_string_equal(result_of(6)->err.message, "the provider does not want it");
    assert_int_equal(world.records.n, 27);
    assert_int_equal(result_of(6)->http_calls, 1);
}

static void test_refused_for_all(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    world.refused_label = "example";
    run_ten(&config);
    assert_bad("0123456789", SP_ERR_REFUSED, "conflict");
    assert_int_equal(sp_publication_http_calls(world.publication), 2 + 19);
}

/* Parts of a domain that lie in two calls. */
static void test_refused_in_two_calls(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    world.refused_label = "d1";
    world.powerdns.description.batch_max = 4;
    run_ten(&config);
    assert_bad("1", SP_ERR_REFUSED, "conflict");
    assert_batches("4 3 4 3 4 4 4 4 4 4 ");
}

/* What is not made one by one, and in order, is not lost behind the one that is refused. */
static void test_refused_in_the_middle(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    world.powerdns.description.is_atomic = false;
    world.refused_label = "d4";
    run_ten(&config);
    assert_bad("4", SP_ERR_REFUSED, "conflict");
    assert_int_equal(world.records.n, 27);
}

/* One record at a time: those behind it go their way, in as many calls as without it. */
static void test_refused_alone(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    world.powerdns.description.batch_max = 1;
    world.refused_label = "d4";
    run_ten(&config);
    assert_bad("4", SP_ERR_REFUSED, "conflict");
    assert_int_equal(sp_publication_http_calls(world.publication), 2 + 27 + 1);
}

static void test_crash_while_writing(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    world.apply_crashing_label = "d3";
    run_ten(&config);
    assert_bad("3", SP_ERR_PLUGIN, "plugin-crashed");
}

/* What is no domain's fault is not tried for each of them. */
static void test_failure_for_everybody(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    struct sp_record_set sets[3] = {
        set_with("a.example.com", "sk1.a.example.com", "u1.mailer.example"),
        set_with("b.example.com", "sk1.b.example.com", "u1.mailer.example"),
        set_with("c.example.com", "sk1.c.example.com", "u1.mailer.example"),
    };
    world.powerdns.description.batch_max = 1;
    world.fault = APPLY_FAILS;
    world.n_good_applies = 1;
    run(&config, sets, 3);
    assert_batches("1 1 ");
    assert_int_equal(result_of(0)->status, SP_STATUS_CONNECTED);
    assert_string_equal(result_of(1)->err.message, "no answer came back");
    assert_string_equal(result_of(2)->err.message,
                        "not sent, as a change for another domain of the zone failed: no answer "
                        "came back");
    assert_changes(result_of(2), "create CNAME failed, ");
}

/* A provider that refuses everything is not asked for ever. */
static void test_parting_has_an_end(SP_UNUSED void **state)
{
    static struct sp_record_set sets[400];
    struct sp_publish_config config = config_of("powerdns");
    world.refused_label = "example";
    for (size_t i = 0; i < SP_ARRAY_LEN(sets); i++)
        sets[i] = set_of_three(i);
    run(&config, sets, SP_ARRAY_LEN(sets));
    assert_true(sp_publication_http_calls(world.publication) < 600);
    for (size_t i = 0; i < SP_ARRAY_LEN(sets); i++)
        assert_err(result_of(i), SP_ERR_REFUSED, "conflict");
    assert_string_equal(result_of(0)->err.message, "the provider does not want it");
    assert_non_null(strstr(result_of(399)->err.message, "not sent, as a change for another"));
    assert_string_equal(result_of(399)->err.fix, "run it again for each domain by itself");
}

/* Of two domains that share a host, one wants what is refused: the other gets the host. */
static void test_refused_beside_a_shared_host(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    struct sp_record_set sets[2] = {
        set_with("example.com", "sk1.news.example.com", "u1.mailer.example"),
        set_with("news.example.com", "sk1.news.example.com", "u1.mailer.example"),
    };
    struct sp_name host = name_of("bad.example.com"), target = name_of("u2.mailer.example");
    sp_record_set_add(&sets[0], &host, &target);
    world.refused_label = "bad";
    run(&config, sets, 2);
    assert_batches("2 2 1 ");
    assert_err(result_of(0), SP_ERR_REFUSED, "conflict");
    assert_changes(result_of(0), "create CNAME applied, create CNAME failed, ");
    assert_changes(result_of(1), "create CNAME applied, ");
    assert_int_equal(result_of(1)->status, SP_STATUS_CONNECTED);
    assert_ledger("applied failed ");
}

/* What was put back for one of them is not removed again for the other. */
static void test_rolled_back_for_both(SP_UNUSED void **state)
{
    static const char *const types[] = {"TXT"};
    struct sp_publish_config config = config_of("powerdns");
    struct sp_record_set sets[3] = {
        set_with("example.com", "sk1.news.example.com", "u1.mailer.example"),
        set_with("news.example.com", "sk1.news.example.com", "u1.mailer.example"),
        set_with("shop.example.com", "sk1.shop.example.com", "u1.mailer.example"),
    };
    config.replace_types = types;
    config.n_replace_types = 1;
    config.has_yes = true;
    world.powerdns.description.is_atomic = false;
    world.refused_label = "news";
    add_listed("TXT", "sk1.news.example.com", "old");
    add_listed("TXT", "sk1.shop.example.com", "old");
    run(&config, sets, 3);
    assert_batches("2 1 2 ");
    for (size_t i = 0; i < 2; i++) {
        assert_changes(result_of(i), "delete TXT rolled-back, create CNAME failed, ");
        assert_non_null(strstr(result_of(i)->err.message, "put back"));
    }
    assert_changes(result_of(2), "delete TXT applied, create CNAME applied, ");
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

/* ---- taking back --------------------------------------------------------------------------------
 */

static void run_sharing(const struct sp_publish_config *config, size_t first, size_t n)
{
    struct sp_record_set sets[2] = {
        set_with("example.com", "sk1.news.example.com", "u1.mailer.example"),
        set_with("news.example.com", "sk1.news.example.com", "u1.mailer.example"),
    };
    for (size_t i = 0; i < 2; i++)
        if (i < first || i >= first + n)
            sp_record_set_fini(&sets[i]);
    run(config, &sets[first], n);
}

/* What another domain was published with as well stays until that is taken back, too. */
static void test_taken_back_by_one_of_two(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns"), withdrawing = config;
    withdrawing.is_unpublish = withdrawing.only_ours = withdrawing.has_yes = true;
    run_sharing(&config, 0, 2);
    run_sharing(&withdrawing, 1, 1);
    const struct sp_result *result = result_of(0);
    assert_changes(result, "keep CNAME unchanged, ");
    assert_string_equal(result->message, "nothing to take back: what is there stays");
    assert_int_equal(result->warnings.n, 1);
    assert_string_equal(result->warnings.items[0].code, "still-published");
    assert_string_equal(result->warnings.items[0].message,
                        "sk1.news.example.com was published for example.com as well, so it stays");
    assert_true(points_to("sk1.news.example.com", "u1.mailer.example"));
    bool is_found;
    struct sp_ledger_entry entry = entry_of("news.example.com", &is_found);
    assert_true(is_found && entry.is_withdrawn);
    sp_ledger_entry_fini(&entry);
    run_sharing(&withdrawing, 0, 1);
    assert_changes(result_of(0), "delete CNAME applied, ");
    assert_int_equal(world.records.n, 0);
}

static void test_taken_back_by_both(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns"), withdrawing = config;
    withdrawing.is_unpublish = withdrawing.only_ours = withdrawing.has_yes = true;
    run_sharing(&config, 0, 2);
    run_sharing(&withdrawing, 0, 2);
    assert_batches("1 ");
    for (size_t i = 0; i < 2; i++)
        assert_changes(result_of(i), "delete CNAME applied, ");
    assert_int_equal(world.records.n, 0);
}

/* What is named is taken back, whoever else has it. */
static void test_named_is_taken_back(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns"), withdrawing = config;
    withdrawing.is_unpublish = withdrawing.has_yes = true;
    run_sharing(&config, 0, 2);
    run_sharing(&withdrawing, 1, 1);
    assert_changes(result_of(0), "delete CNAME applied, ");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_same_host_other_target),
        TEST(test_same_host_same_target),
        TEST(test_same_domain_twice),
        TEST(test_many_in_one_zone),
        TEST(test_batch_limit),
        TEST(test_refused_for_one),
        TEST(test_refused_for_all),
        TEST(test_refused_in_two_calls),
        TEST(test_refused_in_the_middle),
        TEST(test_refused_alone),
        TEST(test_crash_while_writing),
        TEST(test_failure_for_everybody),
        TEST(test_parting_has_an_end),
        TEST(test_refused_beside_a_shared_host),
        TEST(test_rolled_back_for_both),
        TEST(test_crashes_cost_nobody_else),
        TEST(test_crashes_take_an_end),
        TEST(test_crashes_while_listing),
        TEST(test_taken_back_by_one_of_two),
        TEST(test_taken_back_by_both),
        TEST(test_named_is_taken_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
