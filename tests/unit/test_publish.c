/*
 * The ways of a publication, against a provider, a DNS and a verification that live in
 * publish_world.c: what is asked in which order, what is written down, and what is left when a call
 * is lost.
 */
#include "publish_world.h"

#include <sqlite3.h>

#include "publish/image.h"

/* ---- publishing ---------------------------------------------------------------------------------
 */

static void test_first_then_again(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    const struct sp_result *result = run_one(&config);
    assert_log("find list apply ");
    assert_changes(result, "create CNAME applied, create CNAME applied, ");
    assert_int_equal(result->err.kind, SP_ERR_NONE);
    assert_int_equal(result->status, SP_STATUS_CONNECTED);
    assert_int_equal(result->http_calls, 3);
    assert_int_equal(sp_publication_http_calls(world.publication), 3);
    assert_int_equal(result->dns_queries, 4);
    assert_string_equal(result->provider, "powerdns");
    assert_string_equal(result->provider_reason, "named with --provider");
    assert_string_equal(result->endpoint, "http://127.0.0.1:8081");
    assert_string_equal(SP_NAME_STR(&result->zone), "example.com");
    assert_string_equal(result->changes.items[0].sent_host, "sk1.example.com.");
    assert_null(result->changes.items[0].from);
    assert_string_equal(result->changes.items[0].to, "u1.mailer.example");
    assert_int_equal(result->changes.items[0].ttl, 3600);
    assert_ledger("applied applied ");
    bool is_found;
    struct sp_ledger_entry entry = entry_of("example.com", &is_found);
    assert_true(is_found && entry.published_at_s > 0 && entry.connected_at_s == 4242);
    assert_int_equal(entry.set.records.n, 2);
    assert_string_equal(entry.last.status, "connected");
    sp_ledger_entry_fini(&entry);

    result = run_one(&config);
    assert_log("find list ");
    assert_changes(result, "keep CNAME unchanged, keep CNAME unchanged, ");
    assert_int_equal(result->http_calls, 2);
    assert_int_equal(result->status, SP_STATUS_CONNECTED);
    assert_ledger("applied applied ");
}

static void test_refused_beside_another(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    struct sp_record_set sets[2] = {set_of("example.com"), set_of("news.example.com")};
    add_listed("CNAME", "sk1.example.com", "old.example");
    run(&config, sets, 2);
    const struct sp_result *refused = result_of(0);
    const struct sp_result *good = result_of(1);
    assert_log("find list apply ");
    assert_err(refused, SP_ERR_REFUSED, "other-target");
    assert_changes(refused, "update CNAME refused, create CNAME refused, ");
    assert_int_equal(good->err.kind, SP_ERR_NONE);
    assert_changes(good, "create CNAME applied, create CNAME applied, ");
    assert_int_equal(refused->http_calls + good->http_calls, 3);
    assert_int_equal(refused->http_calls, 2);
    assert_true(points_to("sk1.example.com", "old.example"));
    assert_false(points_to("sk1a._domainkey.example.com", "a.dkim.mailer.example"));
    assert_true(points_to("sk1.news.example.com", "u1.mailer.example"));
    bool is_found;
    struct sp_ledger_entry entry = entry_of("example.com", &is_found);
    assert_false(is_found);
    sp_ledger_entry_fini(&entry);
}

static void test_replacing_needs_a_yes(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    const char *const types[] = {"TXT"};
    config.may_replace = true;
    config.replace_types = types;
    config.n_replace_types = 1;
    add_listed("CNAME", "sk1.example.com", "old.example");
    add_listed("TXT", "sk1a._domainkey.example.com", "v=DKIM1");
    const struct sp_result *result = run_one(&config);
    assert_log("find list ");
    assert_err(result, SP_ERR_REFUSED, "declined");
    assert_string_equal(result->err.message, "not changed: the answer was no");
    assert_string_equal(result->err.fix, "run it again and answer y, or use --yes");
    assert_changes(result, "update CNAME refused, delete TXT refused, create CNAME refused, ");
    assert_ledger("");

    config.confirm = NULL;
    result = run_one(&config);
    assert_err(result, SP_ERR_REFUSED, "needs-yes");
    assert_non_null(strstr(result->err.fix, "--dry-run"));
    assert_changes(result, "update CNAME refused, delete TXT refused, create CNAME refused, ");
    config.confirm = config_of("powerdns").confirm;

    world.may_confirm = true;
    result = run_one(&config);
    assert_log("find list apply ");
    assert_changes(result, "update CNAME applied, delete TXT applied, create CNAME applied, ");
    assert_string_equal(result->changes.items[0].from, "old.example");
    assert_string_equal(result->changes.items[1].from, "v=DKIM1");
    assert_null(result->changes.items[1].to);
    assert_ledger("applied applied applied ");
}

/* One fix has every flag that the domain takes, and each refusal says what is there. */
static void test_all_flags_at_once(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    const char *const types[] = {"MX"};
    add_listed("CNAME", "sk1.example.com", "old.example");
    add_listed("A", "sk1a._domainkey.example.com", "192.0.2.1");
    add_listed("TXT", "sk1a._domainkey.example.com", "v=DKIM1");
    add_listed("MX", "sk1a._domainkey.example.com", "10 mx.example");
    const struct sp_result *result = run_one(&config);
    assert_err(result, SP_ERR_REFUSED, "other-target");
    assert_non_null(strstr(result->err.message, "(and 1 more of its records)"));
    assert_non_null(strstr(result->err.fix, " --replace --replace-types A,TXT,MX --yes"));
    assert_changes(result, "update CNAME refused, create CNAME refused, ");
    assert_string_equal(result->changes.items[0].from, "old.example");
    assert_string_equal(result->changes.items[1].from, "192.0.2.1");

    /* What was given already stays in it. */
    config.may_replace = true;
    config.replace_types = types;
    config.n_replace_types = 1;
    result = run_one(&config);
    assert_err(result, SP_ERR_REFUSED, "other-type");
    assert_non_null(strstr(result->err.fix, " --replace --replace-types MX,A,TXT --yes"));

    /* What no flag allows comes first. */
    add_listed("NS", "sk1a._domainkey.example.com", "ns.example");
    config.may_replace = false;
    result = run_one(&config);
    assert_err(result, SP_ERR_REFUSED, "other-type");
    assert_non_null(strstr(result->err.message, "(and 1 more of its records)"));
    assert_non_null(strstr(result->err.fix, "signpost never removes that"));
    assert_string_equal(result->changes.items[1].from, "ns.example");
}

static void test_dry_run(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    config.is_dry_run = true;
    const struct sp_result *result = run_one(&config);
    assert_log("find list ");
    assert_changes(result, "create CNAME planned, create CNAME planned, ");
    assert_int_equal(result->status, SP_STATUS_NONE);
    assert_int_equal(result->err.kind, SP_ERR_NONE);
    assert_true(result->is_dry_run);
    bool is_found;
    struct sp_ledger_entry entry = entry_of("example.com", &is_found);
    assert_false(is_found);
    sp_ledger_entry_fini(&entry);
}

static void test_two_zones(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    world.zones[1] = "_domainkey.example.com";
    world.delegated[0] = "_domainkey.example.com";
    world.delegated[1] = "example.com";
    const struct sp_result *result = run_one(&config);
    assert_log("find list list apply apply ");
    assert_changes(result, "create CNAME applied, create CNAME applied, ");
    assert_string_equal(SP_NAME_STR(&result->records.items[0].zone), "example.com");
    assert_string_equal(SP_NAME_STR(&result->records.items[1].zone), "_domainkey.example.com");
    assert_int_equal(result->http_calls, 5);
    assert_int_equal(result->status, SP_STATUS_CONNECTED);
}

static void test_shadowed_and_read_only(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    world.delegated[0] = "_domainkey.example.com";
    world.delegated[1] = "example.com";
    assert_err(run_one(&config), SP_ERR_REFUSED, "zone-shadowed");
    assert_log("find ");
    world.delegated[0] = "example.com";
    world.is_read_only = true;
    assert_err(run_one(&config), SP_ERR_REFUSED, "zone-read-only");
    assert_log("find list ");
    world.zones[0] = "example.net";
    assert_err(run_one(&config), SP_ERR_PROVIDER, "zone-not-found");
    assert_log("find ");
}

/* ---- faults -------------------------------------------------------------------------------------
 */

static void test_apply_fails(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    world.fault = APPLY_FAILS;
    const struct sp_result *result = run_one(&config);
    assert_log("find list apply ");
    assert_err(result, SP_ERR_PROVIDER, "http-lost");
    assert_changes(result, "create CNAME failed, create CNAME failed, ");
    assert_ledger("failed failed ");
}

static void test_answer_lost(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    world.fault = ANSWER_LOST;
    const struct sp_result *result = run_one(&config);
    assert_log("find list apply list ");
    assert_int_equal(result->err.kind, SP_ERR_NONE);
    assert_changes(result, "create CNAME applied, create CNAME applied, ");
    assert_int_equal(result->status, SP_STATUS_CONNECTED);
    assert_int_equal(result->http_calls, 4);
    assert_ledger("applied applied ");
}

static void test_write_lost(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    world.fault = WRITE_LOST;
    const struct sp_result *result = run_one(&config);
    assert_log("find list apply list ");
    assert_err(result, SP_ERR_PROVIDER, "http-lost");
    /* Not there yet: it may still arrive. */
    assert_changes(result, "create CNAME unknown, create CNAME unknown, ");
    assert_ledger("open open ");
}

static void test_list_fails(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    world.fault = LIST_FAILS;
    assert_err(run_one(&config), SP_ERR_PROVIDER, "http-500");
    assert_log("find list ");
}

/* What a kill leaves: intents without outcome, one carried out, one not. */
static void test_leftovers_are_settled_by_reading(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    struct sp_record_set set = set_of("example.com");
    struct sp_err err = SP_ERR_INIT;
    struct sp_ledger_change changes[2] = {0};
    for (size_t i = 0; i < 2; i++) {
        changes[i].domain = changes[i].zone = changes[i].zone_id = sp_strdup("example.com");
        changes[i].provider = world.powerdns.description.name;
        changes[i].action = changes[i].type = sp_strdup("CNAME");
        changes[i].host = sp_strdup(SP_NAME_STR(&set.records.items[i].host));
        changes[i].after = sp_image_of_wanted(&set.records.items[i].target, 3600);
    }
    assert_int_equal(sp_ledger_intend(world.ledger, changes, 2, &err), 0);
    for (size_t i = 0; i < 2; i++) {
        free(changes[i].domain);
        free(changes[i].type);
        free(changes[i].host);
        json_decref(changes[i].after);
    }
    sp_record_set_fini(&set);
    add_listed("CNAME", "sk1.example.com", "u1.mailer.example");
    const struct sp_result *result = run_one(&config);
    assert_changes(result, "keep CNAME unchanged, create CNAME applied, ");
    assert_ledger("applied failed applied ");
}

static void test_no_ledger_no_write(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    sqlite3 *db;
    assert_int_equal(sqlite3_open(world.ledger_path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "CREATE TRIGGER t BEFORE INSERT ON changes BEGIN SELECT "
                                  "RAISE(ABORT, 'the disk is full'); END",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    const struct sp_result *result = run_one(&config);
    assert_log("find list ");
    assert_err(result, SP_ERR_INTERNAL, "ledger");
    assert_non_null(strstr(result->err.message, "the disk is full"));
    assert_changes(result, "create CNAME failed, create CNAME failed, ");
    assert_int_equal(world.records.n, 0);
}

/* ---- taking back --------------------------------------------------------------------------------
 */

static void test_unpublish(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    run_one(&config);
    add_listed("A", "www.example.com", "192.0.2.1");
    config.is_unpublish = true;
    assert_err(run_one(&config), SP_ERR_REFUSED, "declined");
    config.has_yes = true;
    const struct sp_result *result = run_one(&config);
    assert_log("find list apply ");
    assert_changes(result, "delete CNAME applied, delete CNAME applied, ");
    assert_string_equal(result->message, "2 records taken back");
    assert_int_equal(result->status, SP_STATUS_NONE);
    assert_int_equal(world.records.n, 1);
    bool is_found;
    struct sp_ledger_entry entry = entry_of("example.com", &is_found);
    assert_true(is_found && entry.is_withdrawn);
    sp_ledger_entry_fini(&entry);
    result = run_one(&config);
    assert_log("find list ");
    assert_changes(result, "keep CNAME unchanged, keep CNAME unchanged, ");
}

static void test_unpublish_leaves_what_is_not_ours(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    config.is_unpublish = config.has_yes = true;
    add_listed("CNAME", "sk1.example.com", "somebody.example");
    add_listed("CNAME", "sk1a._domainkey.example.com", "a.dkim.mailer.example");
    assert_err(run_one(&config), SP_ERR_REFUSED, "not-ours");
    assert_log("find list ");
    assert_int_equal(world.records.n, 2);
}

static void assert_remembered(size_t n_records, bool is_withdrawn)
{
    bool is_found;
    struct sp_ledger_entry entry = entry_of("example.com", &is_found);
    assert_true(is_found);
    assert_int_equal(entry.set.records.n, n_records);
    assert_int_equal(entry.is_withdrawn, is_withdrawn);
    sp_ledger_entry_fini(&entry);
}

/* What is still served stays remembered until it is gone. */
static void test_unpublish_by_hand(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("manual");
    run_one(&config);
    assert_int_equal(world.n_manual, 1);
    config.is_unpublish = true;
    config.confirm = NULL; /* nothing is written by us: nobody is asked */

    config.is_dry_run = true;
    assert_changes(run_one(&config), "delete CNAME planned, delete CNAME planned, ");
    assert_int_equal(world.n_manual, 1);
    config.is_dry_run = false;

    const struct sp_result *result = run_one(&config);
    assert_changes(result, "delete CNAME planned, delete CNAME planned, ");
    assert_string_equal(result->message, "2 records are to be deleted by hand; run `signpost "
                                         "unpublish example.com` again when that is done");
    assert_int_equal(world.n_manual, 2);
    assert_remembered(2, false);

    remove_listed("sk1.example.com");
    result = run_one(&config);
    assert_changes(result, "delete CNAME applied, delete CNAME planned, ");
    assert_non_null(strstr(result->message, "1 record is to be deleted by hand; "));
    assert_remembered(1, false);

    remove_listed("sk1a._domainkey.example.com");
    world.is_dns_silent = true; /* which proves nothing */
    result = run_one(&config);
    assert_changes(result, "delete CNAME planned, delete CNAME planned, ");
    assert_remembered(1, false);

    world.is_dns_silent = false;
    result = run_one(&config);
    assert_changes(result, "delete CNAME applied, delete CNAME applied, ");
    assert_string_equal(result->message, "2 records taken back");
    assert_int_equal(world.n_manual, 4);
    assert_remembered(0, true);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_first_then_again),
        TEST(test_refused_beside_another),
        TEST(test_replacing_needs_a_yes),
        TEST(test_all_flags_at_once),
        TEST(test_dry_run),
        TEST(test_two_zones),
        TEST(test_shadowed_and_read_only),
        TEST(test_apply_fails),
        TEST(test_answer_lost),
        TEST(test_write_lost),
        TEST(test_list_fails),
        TEST(test_leftovers_are_settled_by_reading),
        TEST(test_no_ledger_no_write),
        TEST(test_unpublish),
        TEST(test_unpublish_by_hand),
        TEST(test_unpublish_leaves_what_is_not_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
