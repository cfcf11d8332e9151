/* Name servers by which a provider is recognised. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/array.h"
#include "names/server_pattern.h"

static struct sp_name name_of(const char *text)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_name name;
    if (sp_name_parse(&name, text, &err) < 0)
        fail_msg("%s: %s", text, err.message);
    return name;
}

static void test_matches(void **state)
{
    static const struct {
        const char *pattern, *server;
        bool is_match;
    } rows[] = {
        {"domaincontrol.com", "ns01.domaincontrol.com", true},
        {"domaincontrol.com", "domaincontrol.com", true},
        {"domaincontrol.com", "NS01.DomainControl.com", true},
        {"domaincontrol.com", "ns01.notdomaincontrol.com", false},
        {"domaincontrol.com", "com", false},
        {"awsdns-*.com", "ns-1.awsdns-01.com", true},
        {"awsdns-*.com", "ns-1.awsdns-.com", true},
        {"awsdns-*.com", "ns-1.awsdns.com", false},
        {"awsdns-*.com", "ns-1.awsdns-01.com.evil.example", false},
        {"awsdns-*.com", "awsdns-01.x.com", false},
        {"awsdns-*.co.uk", "ns-2000.awsdns-55.co.uk", true},
        {"awsdns-*.co.uk", "ns-2000.awsdns-55.uk", false},
        {"a.b", "b", false},
        /* A name server may be called anything. */
        {"domaincontrol.com", "domaincont*.com", false},
        {"awsdns-*.com", "awsdns-*.com", true},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_name server = name_of(rows[i].server);
        if (sp_server_pattern_matches(rows[i].pattern, &server) != rows[i].is_match)
            fail_msg("row %zu: %s and %s", i, rows[i].pattern, rows[i].server);
    }
}

static void test_meet(void **state)
{
    static const struct {
        const char *a, *b;
        bool do_meet;
    } rows[] = {
        {"awsdns-*.com", "awsdns-*.com", true},
        {"awsdns-*.com", "awsdns-01.com", true},
        {"awsdns-*.com", "com", true},
        {"awsdns-*.com", "ns1.awsdns-7.com", true},
        {"awsdns-*.com", "aws*.com", true},
        {"awsdns-*.com", "awsdns.com", false},
        {"awsdns-*.com", "awsdns-*.net", false},
        {"a.example", "b.example", false},
        {"a.example", "example", true},
        {"a*.example", "b*.example", false},
        {"ns.a*.example", "x.a1.example", false},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        if (sp_server_patterns_meet(rows[i].a, rows[i].b) != rows[i].do_meet ||
            sp_server_patterns_meet(rows[i].b, rows[i].a) != rows[i].do_meet)
            fail_msg("row %zu: %s and %s", i, rows[i].a, rows[i].b);
    }
}

static void test_valid(void **state)
{
    static const char *const good[] = {"com", "a.b", "awsdns-*.co.uk", "_x*.y*.z", "1.2"};
    static const char *const bad[] = {"",    ".",    ".a",  "a.",  "a..b", "*",  "*.com",
                                      "a.*", "a**b", "a*b", "A.b", "a b",  "a*."};
    char long_one[300] = {0};
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(good); i++)
        if (!sp_server_pattern_is_valid(good[i]))
            fail_msg("%s is good", good[i]);
    for (size_t i = 0; i < SP_ARRAY_LEN(bad); i++)
        if (sp_server_pattern_is_valid(bad[i]))
            fail_msg("\"%s\" is bad", bad[i]);
    memset(long_one, 'a', sizeof(long_one) - 1);
    assert_false(sp_server_pattern_is_valid(long_one));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matches),
        cmocka_unit_test(test_meet),
        cmocka_unit_test(test_valid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
