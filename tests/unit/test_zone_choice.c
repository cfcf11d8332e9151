/* Which of a provider's zones a record goes to, and what the DNS has to say about it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "publish/zone_choice.h"

/* Last: its macro fail() would change a member of that name in plugin.h. */
#include <cmocka.h>

static struct sp_name name_of(const char *text)
{
    struct sp_name name;
    struct sp_err err = SP_ERR_INIT;
    assert_int_equal(sp_name_parse(&name, text, &err), 0);
    return name;
}

/* A zone as "name", with '!' in front: not active, '-': read-only, '=': served by ns1.example.net.
 */
static void read_zone(const char *text, struct sp_zone *zone)
{
    *zone = (struct sp_zone){0};
    for (; strchr("!-=", *text); text++) {
        zone->is_not_active |= *text == '!';
        zone->is_read_only |= *text == '-';
        if (*text == '=')
            *sp_array_push(&zone->name_servers) = name_of("ns1.example.net");
    }
    zone->name = name_of(text);
}

struct row {
    const char *host;
    const char *delegated; /* NULL: no resolver answered; '?' in front: the DNS says that the domain
                              is not there; '!': it refuses to say */
    bool is_named;
    const char *zones[4];
    int expected;      /* index, or -1 */
    const char *words; /* the error's code, or that of the warning; NULL: none */
};

#define H "sk._domainkey.news.example.com"

static const struct row rows[] = {
    /* the longest match */
    {H, "example.com", false, {"example.com"}, 0, NULL},
    {H, "example.com", false, {"example.com", "example.net", "com"}, 0, NULL},
    {H, "news.example.com", false, {"example.com", "news.example.com"}, 1, NULL},
    {H, "news.example.com", false, {"news.example.com", "example.com"}, 0, NULL},
    {H, "example.com", false, {"xample.com", "example.com"}, 1, NULL},
    /* none */
    {H, "example.com", true, {NULL}, -1, "zone-not-found"},
    {H, "example.com", true, {"example.net", "other.example.com"}, -1, "zone-not-found"},
    {H, "example.com", true, {"."}, -1, "zone-not-found"},
    {H, NULL, true, {NULL}, -1, "zone-not-found"},
    /* a deeper zone is delegated elsewhere: the record would never be seen */
    {H, "_domainkey.news.example.com", true, {"example.com"}, -1, "zone-shadowed"},
    {H, "_domainkey.news.example.com", false, {"news.example.com"}, -1, "zone-shadowed"},
    /* a zone that nothing points to */
    {H, "example.com", false, {"news.example.com"}, -1, "not-delegated"},
    {H, "example.com", true, {"news.example.com"}, 0, "not-delegated"},
    {H, "!", false, {"example.com"}, -1, "not-delegated"},
    {H, "!", true, {"example.com"}, 0, "not-delegated"},
    /* nobody could tell */
    {H, NULL, false, {"example.com"}, -1, "delegation-unknown"},
    {H, NULL, true, {"example.com"}, 0, "delegation-unknown"},
    {H, "?com", false, {"example.com"}, -1, "not-delegated"},
    {H, "?com", true, {"example.com"}, 0, "not-delegated"},
    /* the domain is not there yet, but its zone is */
    {H, "?example.com", false, {"example.com"}, 0, NULL},
    /* two of one name */
    {H, "example.com", false, {"example.com", "example.com"}, -1, "zone-ambiguous"},
    {H, "example.com", false, {"!example.com", "example.com"}, 1, NULL},
    {H, "example.com", false, {"example.com", "-example.com"}, 0, NULL},
    {H, "example.com", false, {"example.com", "=example.com"}, 1, NULL},
    {H, "news.example.com", false, {"example.com", "example.com", "news.example.com"}, 2, NULL},
    {H, "news.example.com", false, {"news.example.com", "example.com", "example.com"}, 0, NULL},
    /* oddities */
    {H, "example.com", false, {"!example.com"}, 0, "zone-not-active"},
    {H, "example.com", false, {"-example.com"}, 0, NULL},
    {H, "example.com", false, {"=example.com"}, 0, NULL},
};

static void fill_delegation(struct sp_delegation *delegation, const char *text)
{
    *delegation = (struct sp_delegation){.state = SP_DELEGATION_SILENT};
    sp_copy_text(delegation->detail, sizeof(delegation->detail), "192.0.2.53 gives no answer");
    if (!text)
        return;
    if (*text == '!') {
        delegation->state = SP_DELEGATION_REFUSED;
        return;
    }
    delegation->state = text[0] == '?' ? SP_DELEGATION_NXDOMAIN : SP_DELEGATION_FOUND;
    delegation->zone = name_of(text + (text[0] == '?'));
    sp_array_push(&delegation->servers)->name = name_of("ns1.example.net");
}

static const char *words_of(const struct sp_zone_question *question, ssize_t chosen,
                            const struct sp_zone *zones, const struct sp_err *err,
                            struct sp_result *result)
{
    if (chosen < 0) {
        assert_true(err->message[0] && err->fix[0]);
        return err->code;
    }
    sp_zone_warn(question, &zones[chosen], result);
    return result->warnings.n ? result->warnings.items[0].code : NULL;
}

static void test_choice(SP_UNUSED void **state)
{
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        const struct row *row = &rows[i];
        struct sp_zone zones[4] = {0};
        const struct sp_zone *refs[4];
        struct sp_delegation delegation;
        struct sp_err err = SP_ERR_INIT;
        struct sp_result result = {0};
        struct sp_name host = name_of(row->host), domain = name_of("news.example.com");
        size_t n = 0;
        for (; n < 4 && row->zones[n]; n++) {
            read_zone(row->zones[n], &zones[n]);
            refs[n] = &zones[n];
        }
        fill_delegation(&delegation, row->delegated);
        const struct sp_zone_question question = {&host, &delegation, "PowerDNS", row->is_named,
                                                  &domain};
        ssize_t chosen = sp_zone_choose(&question, refs, n, &err);
        const char *words = words_of(&question, chosen, zones, &err, &result);
        if (chosen != row->expected || !words != !row->words ||
            (words && strcmp(words, row->words) != 0))
            fail_msg("row %zu: %zd, %s", i, chosen, words ? words : "no words");
        for (size_t j = 0; j < n; j++)
            sp_array_free(&zones[j].name_servers);
        sp_array_free(&delegation.servers);
        sp_result_fini(&result);
    }
}

static void test_other_name_servers(SP_UNUSED void **state)
{
    struct sp_zone zone = {.name = name_of("example.com")};
    struct sp_delegation delegation;
    struct sp_result result = {0};
    struct sp_name host = name_of(H), domain = name_of("news.example.com");
    const struct sp_zone_question question = {&host, &delegation, "PowerDNS", true, &domain};
    fill_delegation(&delegation, "example.com");
    *sp_array_push(&zone.name_servers) = name_of("ns9.other.example");
    sp_zone_warn(&question, &zone, &result);
    assert_int_equal(result.warnings.n, 1);
    assert_string_equal(result.warnings.items[0].code, "other-name-servers");
    assert_non_null(strstr(result.warnings.items[0].message, "ns9.other.example"));
    sp_array_free(&zone.name_servers);
    sp_array_free(&delegation.servers);
    sp_result_fini(&result);
}

/* What a user is told to do fits what was found out. */
static void test_words(SP_UNUSED void **state)
{
    static const struct {
        const char *delegated, *zone, *message, *fix, *not_in_fix;
    } table[] = {
        {NULL, "example.com",
         "whether example.com is delegated could not be checked: 192.0.2.53 gives no answer",
         "name a working resolver with --resolver", "registrar"},
        {"!", "example.com", "nothing in the DNS points there: 192.0.2.53 gives no answer",
         "--resolver", "spelling"},
        {"?com", "example.com", "nothing in the DNS points there", "at its registrar",
         "--resolver"},
        {"?com", "example.net", "the domain news.example.com does not exist in the DNS",
         "check its spelling", "add the zone"},
        {"example.com", "example.net", "has no zone for", "ns1.example.net", "spelling"},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(table); i++) {
        const struct sp_zone zone = {.name = name_of(table[i].zone)}, *refs[1] = {&zone};
        struct sp_delegation delegation;
        struct sp_err err = SP_ERR_INIT;
        struct sp_name host = name_of(H), domain = name_of("news.example.com");
        const struct sp_zone_question question = {&host, &delegation, "PowerDNS", false, &domain};
        fill_delegation(&delegation, table[i].delegated);
        assert_int_equal(sp_zone_choose(&question, refs, 1, &err), -1);
        if (!strstr(err.message, table[i].message) || !strstr(err.fix, table[i].fix) ||
            strstr(err.fix, table[i].not_in_fix))
            fail_msg("row %zu: \"%s\" / \"%s\"", i, err.message, err.fix);
        sp_array_free(&delegation.servers);
    }
}

/* Two accounts with a zone of one name: the live name servers tell, and where they do not, people
 * learn from the notes which is which. */
static void test_two_accounts(SP_UNUSED void **state)
{
    char ids[2][3] = {"z1", "z2"}, notes[2][16] = {"account Alpha", "account Beta"};
    struct sp_zone zones[2] = {0};
    const struct sp_zone *refs[2] = {&zones[0], &zones[1]};
    struct sp_delegation delegation;
    struct sp_err err = SP_ERR_INIT;
    struct sp_name host = name_of(H), domain = name_of("news.example.com");
    const struct sp_zone_question question = {&host, &delegation, "Cloudflare", true, &domain};
    fill_delegation(&delegation, "example.com");
    for (size_t i = 0; i < 2; i++) {
        zones[i] = (struct sp_zone){name_of("example.com"), ids[i], notes[i], false, false, {0}};
        *sp_array_push(&zones[i].name_servers) = name_of(i ? "b.ns.example" : "a.ns.example");
    }
    assert_int_equal(sp_zone_choose(&question, refs, 2, &err), -1);
    assert_string_equal(err.code, "zone-ambiguous");
    assert_non_null(strstr(err.message, "z1 (account Alpha) and z2 (account Beta)"));

    *sp_array_push(&zones[1].name_servers) = name_of("ns1.example.net"); /* the live one */
    assert_int_equal(sp_zone_choose(&question, refs, 2, &err), 1);
    zones[1].is_not_active = zones[1].is_read_only = true; /* and still the one that is served */
    assert_int_equal(sp_zone_choose(&question, refs, 2, &err), 1);
    for (size_t i = 0; i < 2; i++)
        sp_array_free(&zones[i].name_servers);
    sp_array_free(&delegation.servers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choice),
        cmocka_unit_test(test_other_name_servers),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_two_accounts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
