#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "names/suffix.h"

static const struct {
    const char *name;
    bool is_public, has_top_level;
} rows[] = {
    {".", false, false},
    {"com", true, true},
    {"news", true, true},
    {"co.uk", true, true},
    {"COM.AU.", true, true},
    {"xn--p1ai", true, true},
    {"рф", true, true},
    {"example.com", false, true},
    {"mail.example.co.uk", false, true},
    /* A rule with a wildcard, and its exception. */
    {"anything.ck", true, true},
    {"www.ck", false, true},
    {"city.kawasaki.jp", false, true},
    /* Below a company's domain, not below a registry's. */
    {"github.io", false, true},
    /* What nobody registers. */
    {"mail", false, false},
    {"em123.mail", false, false},
    {"s1._domainkey", false, false},
    {"com.mail", false, false},
    {"example", false, true},
    {"sk1.other.example", false, true},
    {"printer.local", false, true},
    {"db.internal", false, true},
    {"a.test", false, true},
};

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_name name;
        struct sp_err err = SP_ERR_INIT;
        assert_int_equal(sp_name_parse(&name, rows[i].name, &err), 0);
        if (sp_suffix_is_public(&name) != rows[i].is_public ||
            sp_suffix_has_top_level(&name) != rows[i].has_top_level)
            fail_msg("%s: public %d, top-level %d", rows[i].name, sp_suffix_is_public(&name),
                     sp_suffix_has_top_level(&name));
    }
}

static void test_registered(void **state)
{
    static const char *const pairs[][2] = {
        {"sk1._domainkey.mail.example.com", "example.com"},
        {"a.b.example.co.uk", "example.co.uk"},
        {"example.co.uk", "example.co.uk"},
        {"co.uk", "co.uk"},
        {"com", "com"},
        {"a.city.kawasaki.jp", "city.kawasaki.jp"},
        {"me.github.io", "github.io"},
        {"sk1.fleet.example", "fleet.example"},
        {".", "."},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(pairs); i++) {
        struct sp_name name;
        struct sp_err err = SP_ERR_INIT;
        assert_int_equal(sp_name_parse(&name, pairs[i][0], &err), 0);
        struct sp_name registered = sp_suffix_registered(&name);
        assert_string_equal(SP_NAME_STR(&registered), pairs[i][1]);
    }
}

static void test_no_name(void **state)
{
    (void)state;
    const struct sp_name none = {0};
    assert_false(sp_suffix_is_public(&none));
    assert_false(sp_suffix_has_top_level(&none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_registered),
        cmocka_unit_test(test_no_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
