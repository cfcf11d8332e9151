/*
 * Which provider and which of its zones a record goes to: named, recognised, or found by asking.
 */
#include "publish_world.h"

static void test_checked_before_any_question(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("nosuch");
    assert_err(run_one(&config), SP_ERR_PLUGIN, "plugin-not-found");
    config.provider = "powerdns";
    world.has_credentials = false;
    assert_err(run_one(&config), SP_ERR_CREDENTIALS, "credentials-missing");
    assert_int_equal(world.n_lookups, 0);
    assert_log("");
}

static void test_auto_recognised(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("auto");
    world.recognised_zone = "example.com";
    const struct sp_result *result = run_one(&config);
    assert_log("find list apply ");
    assert_string_equal(result->provider_reason, "recognised by ns1.example.com");
    world.has_credentials = false;
    assert_err(run_one(&config), SP_ERR_CREDENTIALS, "credentials-missing");
}

static void test_auto_by_credential(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("auto");
    const struct sp_result *result = run_one(&config);
    assert_log("find list apply ");
    assert_string_equal(result->provider, "powerdns");
    assert_string_equal(result->provider_reason, "the credential for powerdns holds the zone");
    assert_int_equal(result->http_calls, 3);
}

static void test_auto_undelegated(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("auto");
    world.delegated[0] = "com";
    assert_err(run_one(&config), SP_ERR_REFUSED, "not-delegated");
    assert_log("find ");
    config.provider = "powerdns";
    const struct sp_result *result = run_one(&config);
    assert_log("find list apply ");
    assert_int_equal(result->err.kind, SP_ERR_NONE);
    assert_string_equal(result->warnings.items[0].code, "not-delegated");
}

static void test_auto_by_hand(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("auto");
    world.zones[0] = "example.net";
    const struct sp_result *result = run_one(&config);
    assert_log("find ");
    assert_string_equal(result->provider, "manual");
    assert_string_equal(result->provider_reason,
                        "no plugin recognises ns1.example.com, and no credential holds the zone");
    assert_int_equal(world.n_manual, 1);
    assert_changes(result, "create CNAME applied, create CNAME applied, ");
    assert_string_equal(result->changes.items[1].sent_host, "sk1a._domainkey");
    assert_int_equal(result->status, SP_STATUS_CONNECTED);

    config.provider = "manual";
    result = run_one(&config);
    assert_log("");
    assert_int_equal(world.n_manual, 1);
    assert_changes(result, "keep CNAME unchanged, keep CNAME unchanged, ");
}

static void test_auto_without_credential(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("auto");
    world.has_credentials = false;
    const struct sp_result *result = run_one(&config);
    assert_string_equal(result->provider, "manual");
    assert_int_equal(result->warnings.n, 1);
    assert_string_equal(result->warnings.items[0].code, "no-credential");
    assert_string_equal(result->warnings.items[0].message,
                        "no credential is set, so no provider could be asked (PowerDNS needs "
                        "PDNS_API_KEY)");
    assert_string_equal(result->warnings.items[0].fix,
                        "set one, or name the provider with --provider");
    config.provider = "manual";
    assert_int_equal(run_one(&config)->warnings.n, 0);
}

/* No API lists them: the DNS tells which are there already. */
static void test_dry_run_by_hand(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("manual");
    config.is_dry_run = true;
    add_listed("CNAME", "sk1.example.com", "u1.mailer.example");
    const struct sp_result *result = run_one(&config);
    assert_changes(result, "keep CNAME unchanged, create CNAME planned, ");
    assert_int_equal(sp_result_exit_code(result, true), 9);
    assert_string_equal(result->message, "1 change planned, nothing changed");
    assert_int_equal(result->status, SP_STATUS_NONE);
    add_listed("CNAME", "sk1a._domainkey.example.com", "a.dkim.mailer.example");
    result = run_one(&config);
    assert_changes(result, "keep CNAME unchanged, keep CNAME unchanged, ");
    assert_int_equal(sp_result_exit_code(result, true), 0);
    assert_int_equal(world.n_manual, 0);
    bool is_found;
    struct sp_ledger_entry entry = entry_of("example.com", &is_found);
    assert_false(is_found);
    sp_ledger_entry_fini(&entry);
}

static void test_endpoint_has_one_owner(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("auto");
    config.endpoint = "http://127.0.0.1:1";
    world.has_credentials = false;
    assert_err(run_one(&config), SP_ERR_USAGE, "endpoint-needs-provider");
    world.has_credentials = true;
    assert_int_equal(run_one(&config)->err.kind, SP_ERR_NONE);
    /* The name servers are another provider's: nothing is asked, nothing is sent. */
    world.recognised_zone = "example.com";
    world.recognised = &world.manual;
    assert_err(run_one(&config), SP_ERR_USAGE, "endpoint-of-another");
    assert_log("");
    world.recognised = &world.powerdns;
    assert_int_equal(run_one(&config)->err.kind, SP_ERR_NONE);
}

/* A plugin may tell of a zone once for each host that it is asked about. */
static void test_zone_told_twice(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("powerdns");
    world.zones[1] = world.zones[0];
    assert_int_equal(run_one(&config)->status, SP_STATUS_CONNECTED);
    assert_log("find list apply ");
}

/* ---- several credentials at hand ----------------------------------------------------------------
 */

static struct sp_publish_config config_of_two(const char *zone, const char *other_zone)
{
    *sp_array_push(&world.catalog.plugins) = &world.other;
    world.zones[0] = zone;
    world.other_zones[0] = other_zone;
    return config_of("auto");
}

/* The first one asked holds a zone above; the other holds the one that is delegated. */
static void test_delegated_zone_is_chosen(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of_two("com", "example.com");
    const struct sp_result *result = run_one(&config);
    assert_int_equal(result->err.kind, SP_ERR_NONE);
    assert_string_equal(result->provider, "other");
    assert_log("find find list apply ");
}

/* Both hold it, as after a move from one to the other: the DNS tells who serves it. */
static void test_serving_provider_is_chosen(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of_two("example.com", "example.com");
    world.name_server = "ns1.left.example";
    world.other_name_server = "ns1.example.com";
    assert_string_equal(run_one(&config)->provider, "other");
    world.name_server = "ns1.example.com";
    world.other_name_server = "ns1.left.example";
    assert_string_equal(run_one(&config)->provider, "powerdns");
}

static void test_two_providers_hold_it(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of_two("example.com", "example.com");
    const struct sp_result *result = run_one(&config);
    assert_err(result, SP_ERR_REFUSED, "provider-ambiguous");
    assert_non_null(strstr(result->err.message, "PowerDNS and Other DNS both hold the zone"));
    assert_non_null(strstr(result->err.fix, "--provider"));
    assert_log("find find ");
    config.provider = "other";
    assert_string_equal(run_one(&config)->provider, "other");
}

/* One record is typed by a person, the other goes to an API: that one is named. */
static void test_by_hand_and_by_api(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of("auto");
    world.zones[0] = world.delegated[0] = "_domainkey.example.com";
    world.delegated[1] = "example.com";
    const struct sp_result *result = run_one(&config);
    assert_log("find list apply ");
    assert_int_equal(world.n_manual, 1);
    assert_string_equal(result->records.items[0].provider, "manual");
    assert_string_equal(result->records.items[1].provider, "powerdns");
    assert_string_equal(world.shown_provider, "PowerDNS");
    assert_int_equal(result->status, SP_STATUS_CONNECTED);
}

/* A zone that nobody serves there is no reason to write to it, nor is the root. */
static void test_root_is_nobodys(SP_UNUSED void **state)
{
    struct sp_publish_config config = config_of_two(".", ".");
    assert_string_equal(run_one(&config)->provider, "manual");
    assert_log("find find ");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_checked_before_any_question),
        TEST(test_auto_recognised),
        TEST(test_auto_by_credential),
        TEST(test_auto_undelegated),
        TEST(test_auto_by_hand),
        TEST(test_auto_without_credential),
        TEST(test_dry_run_by_hand),
        TEST(test_endpoint_has_one_owner),
        TEST(test_zone_told_twice),
        TEST(test_delegated_zone_is_chosen),
        TEST(test_serving_provider_is_chosen),
        TEST(test_two_providers_hold_it),
        TEST(test_by_hand_and_by_api),
        TEST(test_root_is_nobodys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
