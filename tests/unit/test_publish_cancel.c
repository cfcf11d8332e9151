/*
 * Ctrl-C at every stage of a publication: what is left, what is remembered, and that the next run
 * goes on from there.
 */
#include "publish_world.h"

static void test_cancel_while_reading(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    world.fault = LIST_HANGS;
    const struct sp_result *result = run_and_cancel(&config);
    assert_err(result, SP_ERR_CANCELLED, "interrupted");
    assert_log("find list ");
    assert_true(result->elapsed_ms < 1000);
    assert_int_equal(result->http_calls, 2);
    assert_ledger("");
}

static void test_cancel_while_writing(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    world.fault = APPLY_HANGS;
    const struct sp_result *result = run_and_cancel(&config);
    assert_err(result, SP_ERR_CANCELLED, "interrupted");
    assert_changes(result, "create CNAME unknown, create CNAME unknown, ");
    assert_true(result->elapsed_ms >= 1900 && result->elapsed_ms < 4000);
    assert_ledger("open open ");
    /* The next run reads, finds them, and writes nothing. */
    world.fault = NO_FAULT;
    result = run_one(&config);
    assert_log("find list ");
    assert_changes(result, "keep CNAME unchanged, keep CNAME unchanged, ");
    assert_ledger("applied applied ");
}

static void test_cancel_while_verifying(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    world.is_verification_stuck = true;
    const struct sp_result *result = run_and_cancel(&config);
    assert_err(result, SP_ERR_CANCELLED, "interrupted");
    assert_changes(result, "create CNAME applied, create CNAME applied, ");
    bool is_found;
    struct sp_ledger_entry entry = entry_of("example.com", &is_found);
    assert_true(is_found && entry.published_at_s > 0);
    assert_non_null(entry.last.status);
    sp_ledger_entry_fini(&entry);
}

static void test_cancel_at_once(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    struct sp_record_set set = set_of("example.com");
    world.publication = sp_publication_start(&config, &set, 1);
    sp_publication_cancel(world.publication);
    sp_loop_run(world.loop);
    assert_true(world.is_done);
    assert_log("");
    assert_err(result_of(0), SP_ERR_CANCELLED, "interrupted");
    sp_record_set_fini(&set);
}

/* Cancelled during the first of two calls, which ends well: the second is not made, and what it was
 * to delete stays remembered. */
static void test_cancel_while_taking_back(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    run_one(&config);
    config.is_unpublish = config.only_ours = config.has_yes = true;
    world.powerdns.description.batch_max = 1;
    world.fault = APPLY_LATE;
    const struct sp_result *result = run_and_cancel(&config);
    assert_batches("1 ");
    assert_err(result, SP_ERR_CANCELLED, "interrupted");
    assert_changes(result, "delete CNAME applied, delete CNAME failed, ");
    bool is_found;
    struct sp_ledger_entry entry = entry_of("example.com", &is_found);
    assert_int_equal(entry.set.records.n, 2);
    assert_false(entry.is_withdrawn);
    sp_ledger_entry_fini(&entry);
    world.fault = NO_FAULT;
    assert_changes(run_one(&config), "keep CNAME unchanged, delete CNAME applied, ");
    assert_int_equal(world.records.n, 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_cancel_while_reading),     TEST(test_cancel_while_writing),
        TEST(test_cancel_while_verifying),   TEST(test_cancel_at_once),
        TEST(test_cancel_while_taking_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
