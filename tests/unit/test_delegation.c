/*
 * The walk to the zone of a host.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "dns_table.h"

static const struct rule plain[] = {
    {RESOLVER,
     "example.com",
     SP_DNS_NS,
     RA,
     0,
     {ANSWER(NS, "example.com", "ns1.example.net"), ANSWER(NS, "example.com", "ns2.example.net")}},
    A_OF("ns1.example.net", "127.0.1.1"),
    {RESOLVER,
     "ns2.example.net",
     SP_DNS_A,
     RA,
     0,
     {ANSWER(A, "ns2.example.net", "127.0.1.2"), ANSWER(A, "ns2.example.net", "127.0.1.2"),
      ANSWER(A, "ns2.example.net", "255.255.255.255"), ANSWER(A, "other.example", "127.0.1.3")}},
    {"127.0.1.1",
     "_domainkey.example.com",
     SP_DNS_NS,
     AA,
     SP_DNS_NXDOMAIN,
     {AUTHORITY(SOA, "example.com", "ns1.example.net")}},
};

static void finds_a_plain_zone(void **state)
{
    static const char *const hosts[] = {"sk48601.example.com", "sk48601a._domainkey.example.com",
                                        "sk48601b._domainkey.example.com", "example.com",
                                        "x.y._domainkey.example.com"};
    struct fixture fixture;
    const struct sp_delegation *first = NULL;
    (void)state;
    setup(&fixture, plain, SP_ARRAY_LEN(plain));
    for (size_t i = 0; i < SP_ARRAY_LEN(hosts); i++) {
        const struct sp_delegation *found = find(&fixture, "example.com", hosts[i]);
        assert_true(!first || first == found); /* one zone, one delegation */
        first = found;
    }
    assert_int_equal(first->state, SP_DELEGATION_FOUND);
    assert_string_equal(SP_NAME_STR(&first->zone), "example.com");
    assert_false(sp_name_is_set(&first->silent_parent));
    assert_int_equal(first->servers.n, 2);
    assert_string_equal(SP_NAME_STR(&first->servers.items[1].name), "ns2.example.net");
    assert_int_equal(first->servers.items[0].addresses.n, 1);
    assert_false(first->servers.items[0].has_unroutable);
    assert_int_equal(first->servers.items[1].addresses.n, 1);
    assert_true(first->servers.items[1].has_unroutable);
    assert_string_equal(SP_ADDRESS_PORT_STR(&first->servers.items[1].addresses.items[0]),
                        "127.0.1.2:5300");
    /* One NS question, A and perhaps AAAA of two servers, one question about _domainkey: NXDOMAIN
     * there settles what is below it, too. */
    assert_in_range(fixture.counter, 4, 6);
    assert_int_equal(fixture.counter, fixture.fake.asked.n);
    assert_int_equal(count(&fixture, RESOLVER, "example.com", SP_DNS_NS), 1);
    assert_int_equal(count(&fixture, NULL, "_domainkey.example.com", SP_DNS_NS), 1);
    check_resolver_questions(&fixture, "example.com");
    teardown(&fixture);
}

static void shares_what_is_under_way(void **state)
{
    const struct sp_delegation *found[3] = {0};
    struct sp_name domain = name_of("example.com");
    struct sp_name host = name_of("sk48601a._domainkey.example.com");
    struct fixture fixture;
    (void)state;
    setup(&fixture, plain, SP_ARRAY_LEN(plain));
    for (size_t i = 0; i < SP_ARRAY_LEN(found); i++)
        sp_delegations_find(fixture.delegations, &domain, &host, &fixture.counter, on_found,
                            &found[i]);
    sp_loop_run(fixture.fake.loop);
    assert_non_null(found[0]);
    assert_ptr_equal(found[0], found[1]);
    assert_ptr_equal(found[0], found[2]);
    assert_in_range(fixture.counter, 4, 6);
    teardown(&fixture);
}

/* An authoritative-only "resolver", as on loopback: it refuses co.uk and knows example.co.uk. */
static void goes_past_a_refused_suffix(void **state)
{
    static const struct rule rules[] = {
        {RESOLVER, "co.uk", SP_DNS_NS, 0, SP_DNS_REFUSED, {{0}}},
        {RESOLVER,
         "example.co.uk",
         SP_DNS_NS,
         AA,
         0,
         {ANSWER(NS, "example.co.uk", "ns1.example.co.uk"),
          ADDITIONAL(A, "ns1.example.co.uk", "127.0.1.1")}},
    };
    struct fixture fixture;
    (void)state;
    setup(&fixture, rules, SP_ARRAY_LEN(rules));
    const struct sp_delegation *found = find(&fixture, "example.co.uk", "sk48601.example.co.uk");
    assert_int_equal(found->state, SP_DELEGATION_FOUND);
    assert_string_equal(SP_NAME_STR(&found->zone), "example.co.uk");
    assert_int_equal(found->servers.items[0].addresses.n, 1);
    assert_int_equal(count(&fixture, RESOLVER, "ns1.example.co.uk", SP_DNS_A), 0); /* glue */
    teardown(&fixture);
}

static void takes_the_resolvers_word_for_a_silent_parent(void **state)
{
    static const struct rule rules[] = {
        {RESOLVER,
         "co.uk",
         SP_DNS_NS,
         RA,
         0,
         {ANSWER(NS, "co.uk", "ns1.nic.uk"), ANSWER(NS, "co.uk", "ns2.nic.uk")}},
        A_OF("ns1.nic.uk", "127.0.2.1"),
        A_OF("ns2.nic.uk", "127.0.2.2"),
        {"127.0.2.1", "example.co.uk", SP_DNS_NS, 0, SILENT, {{0}}},
        {"127.0.2.2", "example.co.uk", SP_DNS_NS, 0, SP_DNS_REFUSED, {{0}}},
        {RESOLVER,
         "example.co.uk",
         SP_DNS_NS,
         RA,
         0,
         {ANSWER(NS, "example.co.uk", "ns1.example.co.uk")}},
        A_OF("ns1.example.co.uk", "127.0.1.1"),
    };
    struct fixture fixture;
    uint64_t started_ms = sp_monotonic_ms();
    (void)state;
    setup(&fixture, rules, SP_ARRAY_LEN(rules));
    const struct sp_delegation *found = find(&fixture, "example.co.uk", "sk48601.example.co.uk");
    assert_in_range(sp_monotonic_ms() - started_ms, SP_DNS_PARENT_MS - 10, SP_DNS_PARENT_MS + 500);
    assert_int_equal(found->state, SP_DELEGATION_FOUND);
    assert_string_equal(SP_NAME_STR(&found->zone), "example.co.uk");
    assert_string_equal(SP_NAME_STR(&found->silent_parent), "co.uk");
    teardown(&fixture);
}

static const struct rule registry[] = {
    {RESOLVER,
     "co.uk",
     SP_DNS_NS,
     RA,
     0,
     {ANSWER(NS, "co.uk", "ns1.nic.uk"), ANSWER(NS, "co.uk", "ns2.nic.uk"),
      ANSWER(NS, "co.uk", "ns3.nic.uk")}},
    A_OF("ns1.nic.uk", "127.0.2.1"),
    A_OF("ns2.nic.uk", "127.0.2.2"),
    {"127.0.2.1", "example.co.uk", SP_DNS_NS, 0, SILENT, {{0}}},
    {"127.0.2.2",
     "example.co.uk",
     SP_DNS_NS,
     0,
     0,
     {AUTHORITY(NS, "example.co.uk", "ns1.example.co.uk"),
      AUTHORITY(NS, "example.co.uk", "ns1.example.net"),
      ADDITIONAL(A, "ns1.example.co.uk", "127.0.1.1"),
      ADDITIONAL(A, "ns1.example.net", "127.0.1.9")}},
    A_OF("ns1.example.net", "127.0.1.2"),
    {"127.0.2.2",
     "missing.co.uk",
     SP_DNS_NS,
     AA,
     SP_DNS_NXDOMAIN,
     {AUTHORITY(SOA, "co.uk", "ns1.nic.uk")}},
};

static void takes_the_parents_referral(void **state)
{
    struct fixture fixture;
    uint64_t started_ms = sp_monotonic_ms();
    (void)state;
    setup(&fixture, registry, SP_ARRAY_LEN(registry));
    const struct sp_delegation *found = find(&fixture, "example.co.uk", "sk48601.example.co.uk");
    /* One dead server of the parent costs one hedge, no time-out. */
    assert_in_range(sp_monotonic_ms() - started_ms, SP_DNS_HEDGE_MS - 5,
                    SP_DNS_UDP_TIMEOUT_MS - 50);
    assert_string_equal(SP_NAME_STR(&found->zone), "example.co.uk");
    assert_false(sp_name_is_set(&found->silent_parent));
    assert_int_equal(found->servers.n, 2);
    assert_string_equal(SP_ADDRESS_STR(&found->servers.items[0].addresses.items[0]), "127.0.1.1");
    /* What the parent says of a server outside the zone is no glue. */
    assert_int_equal(found->servers.items[1].addresses.n, 1);
    assert_string_equal(SP_ADDRESS_STR(&found->servers.items[1].addresses.items[0]), "127.0.1.2");
    /* A zone that is only passed through has no more servers looked up than are needed. */
    assert_int_equal(count(&fixture, RESOLVER, "ns3.nic.uk", SP_DNS_A), 0);
    assert_int_equal(count(&fixture, RESOLVER, "example.co.uk", SP_DNS_NS), 0);
    teardown(&fixture);
}

static void tells_an_unregistered_domain(void **state)
{
    struct fixture fixture;
    (void)state;
    setup(&fixture, registry, SP_ARRAY_LEN(registry));
    find(&fixture, "example.co.uk", "sk48601.example.co.uk");
    const struct sp_delegation *found =
        find(&fixture, "missing.co.uk", "sk48601a._domainkey.missing.co.uk");
    assert_int_equal(found->state, SP_DELEGATION_NXDOMAIN);
    assert_string_equal(SP_NAME_STR(&found->zone), "co.uk");
    assert_non_null(strstr(found->detail, "NXDOMAIN"));
    /* The server that answered last time is asked first: the dead one is not met again. */
    assert_int_equal(count(&fixture, "127.0.2.1", "missing.co.uk", SP_DNS_NS), 0);
    teardown(&fixture);
}

static void finds_a_subdomain_in_its_parent(void **state)
{
    static const struct rule rules[] = {
        {RESOLVER, "example.com", SP_DNS_NS, RA, 0, {ANSWER(NS, "example.com", "ns1.example.net")}},
        A_OF("ns1.example.net", "127.0.1.1"),
        {"127.0.1.1",
         "mail.example.com",
         SP_DNS_NS,
         AA,
         SP_DNS_NXDOMAIN,
         {AUTHORITY(SOA, "example.com", "ns1.example.net")}},
    };
    struct fixture fixture;
    (void)state;
    setup(&fixture, rules, SP_ARRAY_LEN(rules));
    const struct sp_delegation *found =
        find(&fixture, "mail.example.com", "sk48601a._domainkey.mail.example.com");
    assert_int_equal(found->state, SP_DELEGATION_FOUND);
    assert_string_equal(SP_NAME_STR(&found->zone), "example.com");
    assert_int_equal(count(&fixture, NULL, "_domainkey.mail.example.com", SP_DNS_NS), 0);
    assert_int_equal(count(&fixture, RESOLVER, "mail.example.com", SP_DNS_NS), 0);
    teardown(&fixture);
}

static void sees_a_delegated_domainkey(void **state)
{
    static const struct rule rules[] = {
        {RESOLVER, "example.com", SP_DNS_NS, RA, 0, {ANSWER(NS, "example.com", "ns1.example.net")}},
        A_OF("ns1.example.net", "127.0.1.1"),
        {"127.0.1.1",
         "_domainkey.example.com",
         SP_DNS_NS,
         0,
         0,
         {AUTHORITY(NS, "_domainkey.example.com", "ns.platform.example")}},
        A_OF("ns.platform.example", "127.0.3.1"),
    };
    struct fixture fixture;
    (void)state;
    setup(&fixture, rules, SP_ARRAY_LEN(rules));
    const struct sp_delegation *key =
        find(&fixture, "example.com", "sk48601a._domainkey.example.com");
    assert_string_equal(SP_NAME_STR(&key->zone), "_domainkey.example.com");
    assert_false(sp_name_is_set(&key->silent_parent));
    assert_string_equal(SP_ADDRESS_STR(&key->servers.items[0].addresses.items[0]), "127.0.3.1");
    const struct sp_delegation *path = find(&fixture, "example.com", "sk48601.example.com");
    assert_string_equal(SP_NAME_STR(&path->zone), "example.com");
    check_resolver_questions(&fixture, "example.com");
    teardown(&fixture);
}

static void sees_a_child_zone_at_the_same_server(void **state)
{
    static const struct rule rules[] = {
        {RESOLVER, "example.com", SP_DNS_NS, RA, 0, {ANSWER(NS, "example.com", "ns1.example.net")}},
        A_OF("ns1.example.net", "127.0.1.1"),
        {"127.0.1.1",
         "_domainkey.example.com",
         SP_DNS_NS,
         AA,
         0,
         {AUTHORITY(SOA, "_domainkey.example.com", "ns1.example.net")}},
        {RESOLVER, "example.org", SP_DNS_NS, RA, 0, {ANSWER(NS, "example.org", "ns1.example.net")}},
        {"127.0.1.1",
         "_domainkey.example.org",
         SP_DNS_NS,
         AA,
         0,
         {ANSWER(NS, "_domainkey.example.org", "ns2.example.net")}},
        A_OF("ns2.example.net", "127.0.1.2"),
    };
    struct fixture fixture;
    (void)state;
    setup(&fixture, rules, SP_ARRAY_LEN(rules));
    const struct sp_delegation *by_soa =
        find(&fixture, "example.com", "sk48601a._domainkey.example.com");
    assert_string_equal(SP_NAME_STR(&by_soa->zone), "_domainkey.example.com");
    assert_string_equal(SP_NAME_STR(&by_soa->servers.items[0].name), "ns1.example.net");
    const struct sp_delegation *by_ns =
        find(&fixture, "example.org", "sk48601a._domainkey.example.org");
    assert_string_equal(SP_NAME_STR(&by_ns->zone), "_domainkey.example.org");
    assert_string_equal(SP_ADDRESS_STR(&by_ns->servers.items[0].addresses.items[0]), "127.0.1.2");
    teardown(&fixture);
}

static void follows_no_alias(void **state)
{
    static const struct rule rules[] = {
        {RESOLVER, "example.com", SP_DNS_NS, RA, 0, {ANSWER(NS, "example.com", "ns1.example.net")}},
        A_OF("ns1.example.net", "127.0.1.1"),
        {"127.0.1.1",
         "mail.example.com",
         SP_DNS_NS,
         AA,
         0,
         {ANSWER(CNAME, "mail.example.com", "other.example"),
          ANSWER(NS, "other.example", "ns1.other.example")}},
        {"127.0.1.1", "_domainkey.mail.example.com", SP_DNS_NS, AA, SP_DNS_NXDOMAIN, {{0}}},
        {RESOLVER,
         "alias.example",
         SP_DNS_NS,
         RA,
         0,
         {ANSWER(CNAME, "alias.example", "other.example"),
          ANSWER(NS, "other.example", "ns1.other.example")}},
    };
    struct fixture fixture;
    (void)state;
    setup(&fixture, rules, SP_ARRAY_LEN(rules));
    const struct sp_delegation *found =
        find(&fixture, "mail.example.com", "sk48601a._domainkey.mail.example.com");
    assert_string_equal(SP_NAME_STR(&found->zone), "example.com");
    found = find(&fixture, "alias.example", "sk48601.alias.example");
    assert_int_equal(found->state, SP_DELEGATION_NO_NS);
    assert_int_equal(count(&fixture, NULL, "other.example", SP_DNS_NS), 0);
    assert_int_equal(count(&fixture, NULL, "ns1.other.example", SP_DNS_A), 0);
    teardown(&fixture);
}

static void says_why_nothing_is_found(void **state)
{
    static const struct rule rules[] = {
        {RESOLVER,
         "gone.example",
         SP_DNS_NS,
         RA,
         SP_DNS_NXDOMAIN,
         {AUTHORITY(SOA, "example", "ns1.nic.example")}},
        {RESOLVER,
         "empty.example",
         SP_DNS_NS,
         RA,
         0,
         {AUTHORITY(SOA, "example", "ns1.nic.example")}},
        {RESOLVER, "bogus.example", SP_DNS_NS, RA, SP_DNS_SERVFAIL, {{0}}},
        {RESOLVER, "silent.example", SP_DNS_NS, 0, SILENT, {{0}}},
        {RESOLVER, "closed.example", SP_DNS_NS, 0, CLOSED, {{0}}},
        {RESOLVER, "single", SP_DNS_NS, RA, 0, {ANSWER(NS, "single", "ns1.nic.example")}},
    };
    static const struct {
        const char *domain;
        enum sp_delegation_state state;
        const char *zone, *word;
    } rows[] = {
        {"gone.example", SP_DELEGATION_NXDOMAIN, "example", "NXDOMAIN"},
        {"mail.gone.example", SP_DELEGATION_NXDOMAIN, "example", "gone.example"},
        {"empty.example", SP_DELEGATION_NO_NS, "example", "names none"},
        {"bogus.example", SP_DELEGATION_FAILED, NULL, "SERVFAIL"},
        {"silent.example", SP_DELEGATION_SILENT, NULL, "no answer"},
        {"closed.example", SP_DELEGATION_SILENT, NULL, "no answer"},
        {"refused.example", SP_DELEGATION_REFUSED, NULL, "REFUSED"},
        {"single", SP_DELEGATION_NO_NS, NULL, "names none"},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct fixture fixture;
        char host[128];
        setup(&fixture, rules, SP_ARRAY_LEN(rules));
        snprintf(host, sizeof(host), "sk48601a._domainkey.%s", rows[i].domain);
        const struct sp_delegation *found = find(&fixture, rows[i].domain, host);
        assert_int_equal(found->state, rows[i].state);
        assert_int_equal(sp_name_is_set(&found->zone), rows[i].zone != NULL);
        if (rows[i].zone)
            assert_string_equal(SP_NAME_STR(&found->zone), rows[i].zone);
        assert_non_null(strstr(found->detail, rows[i].word));
        assert_int_equal(found->servers.n, 0);
        check_resolver_questions(&fixture, rows[i].domain);
        assert_ptr_equal(find(&fixture, rows[i].domain, host), found); /* remembered */
        teardown(&fixture);
    }
}

/* Lame and silent servers of the zone leave the host in the zone that is known. */
static void stays_when_the_zone_says_nothing(void **state)
{
    static const struct rule rules[] = {
        {RESOLVER,
         "example.com",
         SP_DNS_NS,
         RA,
         0,
         {ANSWER(NS, "example.com", "ns1.example.net"),
          ANSWER(NS, "example.com", "ns2.example.net"),
          ANSWER(NS, "example.com", "ns3.example.net")}},
        A_OF("ns1.example.net", "127.0.1.1"),
        A_OF("ns2.example.net", "127.0.1.2"),
        /* ns3 has no address */
        {"127.0.1.1",
         "_domainkey.example.com",
         SP_DNS_NS,
         0,
         0,
         {AUTHORITY(NS, "com", "a.gtld.example")}}, /* a referral upward */
        {"127.0.1.2", "_domainkey.example.com", SP_DNS_NS, 0, CLOSED, {{0}}},
    };
    struct fixture fixture;
    (void)state;
    setup(&fixture, rules, SP_ARRAY_LEN(rules));
    const struct sp_delegation *found =
        find(&fixture, "example.com", "sk48601a._domainkey.example.com");
    assert_string_equal(SP_NAME_STR(&found->zone), "example.com");
    assert_int_equal(found->servers.n, 3);
    assert_int_equal(found->servers.items[2].addresses.n, 0);
    check_resolver_questions(&fixture, "example.com");
    teardown(&fixture);
}

/* The A look-up answers, the AAAA one is left open: the address there is serves. */
static void waits_little_for_the_other_family(void **state)
{
    static const struct rule rules[] = {
        {RESOLVER, "example.com", SP_DNS_NS, RA, 0, {ANSWER(NS, "example.com", "ns1.example.net")}},
        A_OF("ns1.example.net", "127.0.1.1"),
        {RESOLVER, "ns1.example.net", SP_DNS_AAAA, RA, HANGING, {{0}}},
    };
    struct fixture fixture;
    (void)state;
    setup(&fixture, rules, SP_ARRAY_LEN(rules));
    uint64_t started_ms = sp_monotonic_ms();
    const struct sp_delegation *found = find(&fixture, "example.com", "sk48601.example.com");
    assert_in_range(sp_monotonic_ms() - started_ms, 0,
                    SP_DNS_FAMILY_MS + SP_DNS_UDP_TIMEOUT_MS); /* far from all its retries */
    assert_int_equal(found->servers.items[0].addresses.n, 1);
    teardown(&fixture);
}

/* Looks for the zone of a domain with a counter of its own. */
static void find_as_another(struct fixture *fixture, const char *domain_text)
{
    const struct sp_delegation *found = NULL;
    struct sp_name domain = name_of(domain_text);
    sp_delegations_find(fixture->delegations, &domain, &domain,
                        sp_delegations_counter(fixture->delegations), on_found, &found);
    sp_loop_run(fixture->fake.loop);
    assert_non_null(found);
}

static void hands_on_addresses(void **state)
{
    struct fixture fixture;
    (void)state;
    setup(&fixture, plain, SP_ARRAY_LEN(plain));
    find_as_another(&fixture, "example.com");
    find_as_another(&fixture, "example.com");
    unsigned *counter = sp_delegations_counter(fixture.delegations), *others = NULL;
    for (size_t i = 0; i < 1000; i++)
        others = sp_delegations_counter(fixture.delegations);
    ++*counter;
    assert_int_equal(*others, 0);
    struct sp_delegations *former = fixture.delegations;
    fixture.delegations = sp_delegations_new_after(fixture.fake.loop, fixture.client, former);
    sp_delegations_free(former);
    const struct sp_delegation *found = find(&fixture, "example.com", "sk48601.example.com");
    assert_int_equal(found->servers.items[0].addresses.n, 1);
    assert_true(found->servers.items[1].has_unroutable);
    assert_int_equal(count(&fixture, RESOLVER, "example.com", SP_DNS_NS), 2);
    assert_int_equal(count(&fixture, RESOLVER, "ns1.example.net", SP_DNS_A), 1);
    assert_int_equal(count(&fixture, RESOLVER, "ns2.example.net", SP_DNS_A), 1);
    teardown(&fixture);
}

static void hands_on_no_address_that_one_domain_uses(void **state)
{
    struct fixture fixture;
    (void)state;
    setup(&fixture, plain, SP_ARRAY_LEN(plain));
    find(&fixture, "example.com", "sk48601.example.com");
    find(&fixture, "example.com", "sk48601a._domainkey.example.com");
    struct sp_delegations *former = fixture.delegations;
    fixture.delegations = sp_delegations_new_after(fixture.fake.loop, fixture.client, former);
    sp_delegations_free(former);
    find(&fixture, "example.com", "sk48601.example.com");
    assert_int_equal(count(&fixture, RESOLVER, "ns1.example.net", SP_DNS_A), 2);
    teardown(&fixture);
}

static void forgets_when_retired(void **state)
{
    struct fixture fixture;
    struct sp_name domain = name_of("example.com"), host = name_of("sk48601.example.com");
    (void)state;
    for (int turns = 0; turns < 8; turns++) {
        const struct sp_delegation *found = NULL;
        setup(&fixture, plain, SP_ARRAY_LEN(plain));
        sp_delegations_find(fixture.delegations, &domain, &host, NULL, on_found, &found);
        for (int turn = 0; turn < turns; turn++)
            uv_run(sp_loop_uv(fixture.fake.loop), UV_RUN_NOWAIT);
        sp_delegations_retire(fixture.delegations);
        sp_loop_run(fixture.fake.loop);
        assert_non_null(found);
        find(&fixture, "example.com", "sk48601.example.com");
        assert_int_equal(count(&fixture, RESOLVER, "example.com", SP_DNS_NS), 2);
        assert_int_equal(count(&fixture, RESOLVER, "ns1.example.net", SP_DNS_A), 2);
        teardown(&fixture);
    }
}

static void stops_when_freed(void **state)
{
    struct fixture fixture;
    struct sp_name domain = name_of("example.com");
    struct sp_name host = name_of("sk48601a._domainkey.example.com");
    (void)state;
    for (int turns = 0; turns < 8; turns++) {
        const struct sp_delegation *found = NULL;
        setup(&fixture, plain, SP_ARRAY_LEN(plain));
        sp_delegations_find(fixture.delegations, &domain, &host, NULL, on_found, &found);
        for (int turn = 0; turn < turns; turn++)
            uv_run(sp_loop_uv(fixture.fake.loop), UV_RUN_NOWAIT);
        found = NULL;
        sp_delegations_free(fixture.delegations);
        fixture.delegations = NULL;
        sp_loop_run(fixture.fake.loop);
        assert_null(found);
        teardown(&fixture);
    }
}

static void on_found_free(void *arg, const struct sp_delegation *delegation)
{
    struct fixture *fixture = arg;
    assert_non_null(fixture->delegations); /* once, and not after it was freed */
    assert_int_equal(delegation->state, SP_DELEGATION_FOUND);
    sp_delegations_free(fixture->delegations);
    fixture->delegations = NULL;
}

static void may_be_freed_inside_its_callback(void **state)
{
    struct fixture fixture;
    struct sp_name domain = name_of("example.com"), host = name_of("sk48601.example.com");
    (void)state;
    setup(&fixture, plain, SP_ARRAY_LEN(plain));
    for (int i = 0; i < 3; i++)
        sp_delegations_find(fixture.delegations, &domain, &host, NULL, on_found_free, &fixture);
    sp_loop_run(fixture.fake.loop);
    assert_null(fixture.delegations);
    teardown(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_a_plain_zone),
        cmocka_unit_test(shares_what_is_under_way),
        cmocka_unit_test(goes_past_a_refused_suffix),
        cmocka_unit_test(takes_the_resolvers_word_for_a_silent_parent),
        cmocka_unit_test(takes_the_parents_referral),
        cmocka_unit_test(tells_an_unregistered_domain),
        cmocka_unit_test(finds_a_subdomain_in_its_parent),
        cmocka_unit_test(sees_a_delegated_domainkey),
        cmocka_unit_test(sees_a_child_zone_at_the_same_server),
        cmocka_unit_test(follows_no_alias),
        cmocka_unit_test(says_why_nothing_is_found),
        cmocka_unit_test(stays_when_the_zone_says_nothing),
        cmocka_unit_test(waits_little_for_the_other_family),
        cmocka_unit_test(hands_on_addresses),
        cmocka_unit_test(hands_on_no_address_that_one_domain_uses),
        cmocka_unit_test(forgets_when_retired),
        cmocka_unit_test(stops_when_freed),
        cmocka_unit_test(may_be_freed_inside_its_callback),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
