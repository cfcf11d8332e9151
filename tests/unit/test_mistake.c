#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "verify/mistake.h"

static struct sp_name name_of(const char *text)
{
    struct sp_name name;
    struct sp_err err = SP_ERR_INIT;
    assert_int_equal(sp_name_parse(&name, text, &err), 0);
    return name;
}

static void test_targets(void **state)
{
    static const struct {
        const char *wanted, *found;
        enum sp_target_mistake mistake;
    } rows[] = {
        {"u1.mailer.example", "u1.mailer.example.example.com", SP_TARGET_APPENDED},
        {"u1.example.com", "u1.example.com.example.com", SP_TARGET_APPENDED},
        /* The zone was taken off; the end is missing. */
        {"u1.example.com", "u1", SP_TARGET_CUT},
        {"u1.mailer.example.com", "u1.mailer", SP_TARGET_CUT},
        {"u1.mailer.example", "u1.mailer", SP_TARGET_CUT},
        {"u1.mailer.example", "u1", SP_TARGET_CUT},
        /* One or two letters. */
        {"u1.mailer.example", "u2.mailer.example", SP_TARGET_MISTYPED},
        {"u1.mailer.example", "u1.mailer.exmaple", SP_TARGET_MISTYPED},
        {"u1.mailer.example", "u1.mialer.exmaple", SP_TARGET_MISTYPED},
        {"u1.mailer.example", "u1mailer.example", SP_TARGET_MISTYPED},
        {"u1.mailer.example", "u1-mailer.example", SP_TARGET_MISTYPED},
        {"u1.mailer.example", "u1.maiiler.examplee", SP_TARGET_MISTYPED},
        {"u1.mailer.example", "1.mailer.exampl", SP_TARGET_MISTYPED},
        {"u1.mailer.example", "xu1.mailer.examplex", SP_TARGET_MISTYPED},
        {"u1.mailer.example", "u1.mailer.exampel", SP_TARGET_MISTYPED},
        /* Three letters, and other names. */
        {"u1.mailer.example", "u1.mailer.org", SP_TARGET_OTHER},
        {"u1.mailer.example", "old.mailer.example", SP_TARGET_OTHER},
        {"u1.mailer.example", "mailer.example", SP_TARGET_OTHER},
        {"u1.mailer.example", "1u.maielr.exmaple", SP_TARGET_OTHER},
        {"u1.mailer.example", "u1.mailer.example.net", SP_TARGET_OTHER},
        {"u1.mailer.example", ".", SP_TARGET_OTHER},
        {"u1.mailer.example", "mailer", SP_TARGET_OTHER},
        {"u1.mailer.example", "u2", SP_TARGET_OTHER},
    };
    struct sp_name zone = name_of("example.com");
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_name wanted = name_of(rows[i].wanted), found = name_of(rows[i].found);
        enum sp_target_mistake mistake = sp_mistake_in_target(&wanted, &zone, &found);
        if (mistake != rows[i].mistake)
            fail_msg("%s for %s: %d, not %d", rows[i].found, rows[i].wanted, (int)mistake,
                     (int)rows[i].mistake);
    }
}

/* Names of the greatest length, and of octets that are written as four characters each. */
static void test_long_targets(void **state)
{
    struct sp_name zone = name_of("example.com"), wanted = {0}, found = {0}, binary = {0};
    char label[SP_LABEL_MAX];
    (void)state;
    memset(label, 'a', sizeof(label));
    for (size_t i = 0; i < 4; i++) {
        size_t len = i < 3 ? sizeof(label) : 61;
        assert_int_equal(sp_name_push_label(&wanted, label, len), 0);
        assert_int_equal(sp_name_push_label(&found, label, i ? len : len - 2), 0);
    }
    memset(label, 1, sizeof(label));
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(sp_name_push_label(&binary, label, sizeof(label)), 0);
    assert_int_equal(sp_name_close(&wanted), 0);
    assert_int_equal(sp_name_close(&found), 0);
    assert_int_equal(sp_name_close(&binary), 0);
    assert_int_equal(sp_mistake_in_target(&wanted, &zone, &found), SP_TARGET_MISTYPED);
    assert_int_equal(sp_mistake_in_target(&wanted, &zone, &binary), SP_TARGET_OTHER);
    assert_int_equal(sp_mistake_in_target(&binary, &zone, &wanted), SP_TARGET_OTHER);
}

static void test_hosts(void **state)
{
    static const struct {
        const char *host, *domain, *zone, *brief;
    } rows[] = {
        {"sk1.mail.example.com", "mail.example.com", "example.com", "sk1.example.com"},
        {"a._domainkey.mail.example.com", "mail.example.com", "example.com",
         "a._domainkey.example.com"},
        {"sk1.a.b.example.com", "a.b.example.com", "example.com", "sk1.example.com"},
        {"sk1.example.com", "example.com", "example.com", NULL},
        {"a._domainkey.example.com", "example.com", "_domainkey.example.com", NULL},
        {"mail.example.com", "mail.example.com", "example.com", NULL},
        {"sk1.example.com", "mail.example.com", "example.com", NULL},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_name host = name_of(rows[i].host), domain = name_of(rows[i].domain);
        struct sp_name zone = name_of(rows[i].zone), brief;
        bool has_one = sp_mistake_short(&host, &domain, &zone, &brief);
        assert_int_equal(has_one, rows[i].brief != NULL);
        if (has_one)
            assert_string_equal(SP_NAME_STR(&brief), rows[i].brief);
    }
    struct sp_name host = name_of("sk1.example.com"), zone = name_of("example.com"), doubled;
    assert_true(sp_mistake_doubled(&host, &zone, &doubled));
    assert_string_equal(SP_NAME_STR(&doubled), "sk1.example.com.example.com");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_long_targets),
        cmocka_unit_test(test_hosts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
