/*
 * The zone above, asked beside the resolver.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "dns_table.h"

#define TOP "127.0.9.1" /* serves com */
#define COM                                                                                        \
    {                                                                                              \
        PUBLIC, "com", SP_DNS_NS, RA, 0,                                                           \
        {                                                                                          \
            ANSWER(NS, "com", "a.gtld.example")                                                    \
        }                                                                                          \
    }
#define PUBLIC_A(name, address)                                                                    \
    {                                                                                              \
        PUBLIC, name, SP_DNS_A, RA, 0,                                                             \
        {                                                                                          \
            ANSWER(A, name, address)                                                               \
        }                                                                                          \
    }
#define RESOLVED(...)                                                                              \
    {                                                                                              \
        PUBLIC, "example.com", SP_DNS_NS, RA, 0,                                                   \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define DELEGATED(...)                                                                             \
    {                                                                                              \
        TOP, "example.com", SP_DNS_NS, 0, 0,                                                       \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define OWN(server)      ANSWER(NS, "example.com", server)
#define REFERRED(server) AUTHORITY(NS, "example.com", server)
#define ALL_ADDRESSES                                                                              \
    PUBLIC_A("a.gtld.example", TOP), PUBLIC_A("ns1.example.net", "127.0.1.1"),                     \
        PUBLIC_A("ns2.example.net", "127.0.1.2"), PUBLIC_A("ns3.example.net", "127.0.1.3")

static const struct sp_delegation *find_public(struct fixture *fixture, const struct rule *rules,
                                               size_t n_rules)
{
    setup_world(fixture, rules, n_rules, true);
    return find(fixture, "example.com", "sk48601.example.com");
}

static const struct sp_dns_server *server_of(const struct sp_delegation *delegation,
                                             const char *name)
{
    SP_ARRAY_FOREACH (&delegation->servers, server)
        if (strcmp(SP_NAME_STR(&server->name), name) == 0)
            return server;
    fail_msg("%s is not there", name);
    return NULL;
}

static void compares_sets(void **state)
{
    static const struct {
        uint32_t own, parents;
        enum sp_parent parent;
    } rows[] = {
        {0, 0, SP_PARENT_UNHEARD},  {3, 0, SP_PARENT_UNHEARD},
        {0, 3, SP_PARENT_ALONE},    {3, 3, SP_PARENT_AGREES},
        {3, 1, SP_PARENT_DIFFERS},  {1, 3, SP_PARENT_DIFFERS},
        {12, 3, SP_PARENT_DIFFERS}, {UINT32_MAX, UINT32_MAX, SP_PARENT_AGREES},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++)
        assert_int_equal(sp_parent_compare(rows[i].own, rows[i].parents), rows[i].parent);
}

static void agrees(void **state)
{
    static const struct rule rules[] = {
        COM,
        RESOLVED(OWN("ns1.example.net"), OWN("ns2.example.net")),
        DELEGATED(REFERRED("ns2.example.net"), REFERRED("ns1.example.net")),
        {TOP, "example.com", SP_DNS_DS, AA, 0, {AUTHORITY(SOA, "com", "a.gtld.example")}},
        ALL_ADDRESSES,
    };
    struct fixture fixture;
    (void)state;
    const struct sp_delegation *found = find_public(&fixture, rules, SP_ARRAY_LEN(rules));
    assert_int_equal(found->state, SP_DELEGATION_FOUND);
    assert_string_equal(SP_NAME_STR(&found->zone), "example.com");
    assert_int_equal(found->parent, SP_PARENT_AGREES);
    assert_int_equal(found->servers.n, 2);
    assert_true(found->is_ds_known);
    assert_false(found->has_ds);
    assert_false(sp_name_is_set(&found->silent_parent));
    /* The next domain of the same parent costs no look-up of it. */
    find(&fixture, "example.com", "other.example.com");
    assert_int_equal(count(&fixture, PUBLIC, "com", SP_DNS_NS), 1);
    assert_int_equal(count(&fixture, TOP, "example.com", SP_DNS_NS), 1);
    assert_int_equal(count(&fixture, TOP, "example.com", SP_DNS_DS), 1);
    assert_int_equal(count(&fixture, NULL, "sk48601.example.com", SP_DNS_NS), 0);
    teardown(&fixture);
}

static void asks_the_servers_of_both(void **state)
{
    static const struct rule rules[] = {
        COM,
        RESOLVED(OWN("ns1.example.net"), OWN("ns2.example.net")),
        DELEGATED(REFERRED("ns2.example.net"), REFERRED("ns3.example.net")),
        {TOP, "example.com", SP_DNS_DS, AA, 0, {ANSWER(DS, "example.com", "x")}},
        ALL_ADDRESSES,
    };
    struct fixture fixture;
    (void)state;
    const struct sp_delegation *found = find_public(&fixture, rules, SP_ARRAY_LEN(rules));
    assert_int_equal(found->parent, SP_PARENT_DIFFERS);
    assert_int_equal(found->servers.n, 3);
    assert_true(server_of(found, "ns1.example.net")->is_own);
    assert_false(server_of(found, "ns1.example.net")->is_parents);
    assert_true(server_of(found, "ns2.example.net")->is_own);
    assert_true(server_of(found, "ns2.example.net")->is_parents);
    assert_false(server_of(found, "ns3.example.net")->is_own);
    assert_true(server_of(found, "ns3.example.net")->is_parents);
    SP_ARRAY_FOREACH (&found->servers, server)
        assert_int_equal(server->addresses.n, 1);
    assert_true(found->is_ds_known && found->has_ds);
    teardown(&fixture);
}

/* The servers that the zone above names do not serve it: the resolver finds nothing, and they are
 * asked all the same, so that each can be told as lame. */
static void knows_a_lame_delegation(void **state)
{
    static const struct rule rules[] = {
        COM,
        {PUBLIC, "example.com", SP_DNS_NS, RA, SP_DNS_SERVFAIL, {{0}}},
        DELEGATED(REFERRED("ns1.example.net")),
        ALL_ADDRESSES,
    };
    struct fixture fixture;
    (void)state;
    const struct sp_delegation *found = find_public(&fixture, rules, SP_ARRAY_LEN(rules));
    assert_int_equal(found->state, SP_DELEGATION_FOUND);
    assert_int_equal(found->parent, SP_PARENT_ALONE);
    assert_int_equal(found->servers.n, 1);
    assert_false(found->is_ds_known); /* refused */
    teardown(&fixture);
}

static void hears_the_resolver_alone(void **state)
{
    static const struct {
        unsigned flags, rcode;
        enum sp_parent parent;
        bool is_above_silent;
    } rows[] = {
        {0, CLOSED, SP_PARENT_UNHEARD, true},
        {0, SILENT, SP_PARENT_UNHEARD, true},
        {0, SP_DNS_REFUSED, SP_PARENT_UNHEARD, true},
        {AA, SP_DNS_NXDOMAIN, SP_PARENT_DENIES, true}, /* split horizon */
        {AA, SP_DNS_NOERROR, SP_PARENT_DENIES, true},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        const struct rule rules[] = {
            COM,
            RESOLVED(OWN("ns1.example.net")),
            {TOP, "example.com", SP_DNS_NS, rows[i].flags, rows[i].rcode, {{0}}},
            ALL_ADDRESSES,
        };
        struct fixture fixture;
        uint64_t started_ms = sp_monotonic_ms();
        const struct sp_delegation *found = find_public(&fixture, rules, SP_ARRAY_LEN(rules));
        assert_in_range(sp_monotonic_ms() - started_ms, 0, SP_DNS_PARENT_MS + 500);
        assert_int_equal(found->state, SP_DELEGATION_FOUND);
        assert_int_equal(found->parent, rows[i].parent);
        assert_string_equal(SP_NAME_STR(&found->silent_parent), "com");
        assert_int_equal(found->servers.n, 1);
        assert_int_equal(count(&fixture, PUBLIC, "example.com", SP_DNS_NS), 1);
        teardown(&fixture);
    }
}

/* The resolver takes its time for the top-level domain's servers: no longer than the parent gets.
 */
static void waits_for_no_top_level(void **state)
{
    static const struct rule rules[] = {
        COM,
        RESOLVED(OWN("ns1.example.net")),
        {PUBLIC, "a.gtld.example", SP_DNS_A, RA, HANGING, {{0}}},
        PUBLIC_A("ns1.example.net", "127.0.1.1"),
    };
    struct fixture fixture;
    uint64_t started_ms = sp_monotonic_ms();
    (void)state;
    setup_world(&fixture, rules, SP_ARRAY_LEN(rules), true);
    const struct sp_delegation *found = NULL;
    struct sp_name domain = name_of("example.com");
    sp_delegations_find(fixture.delegations, &domain, &domain, NULL, on_found, &found);
    while (!found)
        uv_run(sp_loop_uv(fixture.fake.loop), UV_RUN_ONCE);
    assert_in_range(sp_monotonic_ms() - started_ms, SP_DNS_PARENT_MS - 5, SP_DNS_PARENT_MS + 500);
    assert_int_equal(found->state, SP_DELEGATION_FOUND);
    assert_string_equal(SP_NAME_STR(&found->silent_parent), "com");
    teardown(&fixture);
}

static void serves_both_zones(void **state)
{
    static const struct rule rules[] = {
        COM,
        RESOLVED(OWN("ns1.example.net")),
        {TOP, "example.com", SP_DNS_NS, AA, 0, {OWN("ns1.example.net")}},
        ALL_ADDRESSES,
    };
    struct fixture fixture;
    (void)state;
    const struct sp_delegation *found = find_public(&fixture, rules, SP_ARRAY_LEN(rules));
    assert_int_equal(found->parent, SP_PARENT_UNHEARD);
    assert_false(sp_name_is_set(&found->silent_parent));
    assert_int_equal(count(&fixture, TOP, "example.com", SP_DNS_DS), 0);
    teardown(&fixture);
}

static void tells_what_does_not_exist(void **state)
{
    static const struct {
        unsigned resolver_rcode, parent_rcode;
        enum sp_delegation_state state;
    } rows[] = {
        {SP_DNS_NXDOMAIN, SP_DNS_NXDOMAIN, SP_DELEGATION_NXDOMAIN},
        {SP_DNS_NOERROR, SP_DNS_NOERROR, SP_DELEGATION_NO_NS},
        {SP_DNS_SERVFAIL, SP_DNS_NXDOMAIN, SP_DELEGATION_NXDOMAIN},
        {SP_DNS_SERVFAIL, SP_DNS_NOERROR, SP_DELEGATION_FAILED},
        {SP_DNS_REFUSED, SP_DNS_REFUSED, SP_DELEGATION_REFUSED},
        {SILENT, CLOSED, SP_DELEGATION_SILENT},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        const struct rule rules[] = {
            COM,
            {PUBLIC, "example.com", SP_DNS_NS, RA, rows[i].resolver_rcode, {{0}}},
            {TOP, "example.com", SP_DNS_NS, AA, rows[i].parent_rcode, {{0}}},
            ALL_ADDRESSES,
        };
        struct fixture fixture;
        const struct sp_delegation *found = find_public(&fixture, rules, SP_ARRAY_LEN(rules));
        if (found->state != rows[i].state)
            fail_msg("row %zu: %d", i, (int)found->state);
        teardown(&fixture);
    }
}

/* What the resolver says of the top-level domain is a hint: a zone of one's own may lie below. */
static void finds_a_zone_below_nothing(void **state)
{
    static const struct rule rules[] = {
        {PUBLIC, "com", SP_DNS_NS, RA, SP_DNS_NXDOMAIN, {{0}}},
        RESOLVED(OWN("ns1.example.net")),
        ALL_ADDRESSES,
    };
    struct fixture fixture;
    (void)state;
    const struct sp_delegation *found = find_public(&fixture, rules, SP_ARRAY_LEN(rules));
    assert_int_equal(found->state, SP_DELEGATION_FOUND);
    assert_int_equal(found->parent, SP_PARENT_UNHEARD);
    teardown(&fixture);
}

/* Below the registered domain nothing is asked of a cache. */
static void keeps_caches_clean(void **state)
{
    static const struct rule rules[] = {
        COM,
        RESOLVED(OWN("ns1.example.net")),
        DELEGATED(REFERRED("ns1.example.net")),
        {"127.0.1.1", "mail.example.com", SP_DNS_NS, AA, SP_DNS_NXDOMAIN, {{0}}},
        ALL_ADDRESSES,
    };
    struct fixture fixture;
    (void)state;
    setup_world(&fixture, rules, SP_ARRAY_LEN(rules), true);
    const struct sp_delegation *found =
        find(&fixture, "mail.example.com", "sk48601.mail.example.com");
    assert_int_equal(found->state, SP_DELEGATION_FOUND);
    assert_string_equal(SP_NAME_STR(&found->zone), "example.com");
    assert_int_equal(count(&fixture, PUBLIC, "mail.example.com", SP_DNS_NS), 0);
    teardown(&fixture);
}

/* A name server on loopback or another port: nothing above the domain is asked for. */
static void leaves_loopback_alone(void **state)
{
    static const struct rule rules[] = {
        {RESOLVER, "example.com", SP_DNS_NS, RA, 0, {OWN("ns1.example.net")}},
        {RESOLVER, "ns1.example.net", SP_DNS_A, RA, 0, {ANSWER(A, "ns1.example.net", "127.0.1.1")}},
    };
    struct fixture fixture;
    (void)state;
    setup(&fixture, rules, SP_ARRAY_LEN(rules));
    const struct sp_delegation *found = find(&fixture, "example.com", "sk48601.example.com");
    assert_int_equal(found->parent, SP_PARENT_UNHEARD);
    assert_int_equal(count(&fixture, NULL, "com", SP_DNS_NS), 0);
    teardown(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compares_sets),
        cmocka_unit_test(agrees),
        cmocka_unit_test(asks_the_servers_of_both),
        cmocka_unit_test(knows_a_lame_delegation),
        cmocka_unit_test(hears_the_resolver_alone),
        cmocka_unit_test(waits_for_no_top_level),
        cmocka_unit_test(serves_both_zones),
        cmocka_unit_test(tells_what_does_not_exist),
        cmocka_unit_test(finds_a_zone_below_nothing),
        cmocka_unit_test(keeps_caches_clean),
        cmocka_unit_test(leaves_loopback_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
