#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "names/sender.h"

static const struct {
    const char *input, *domain;
} accepted[] = {
    {"example.com", "example.com"},
    {"Example.COM", "example.com"},
    {"example.com.", "example.com"},
    {"  example.com\r\n", "example.com"},
    {"\tmail.example.co.uk ", "mail.example.co.uk"},
    {"bücher.example", "xn--bcher-kva.example"},
    {"BÜCHER.example", "xn--bcher-kva.example"},
    {"bu\xcc\x88"
     "cher.example",
     "xn--bcher-kva.example"},
    {"xn--bcher-kva.example", "xn--bcher-kva.example"},
    {"XN--BCHER-KVA.example", "xn--bcher-kva.example"},
    {"straße.example", "xn--strae-oqa.example"},
    {"例え。jp", "xn--r8jz45g.jp"},
    {"ｅｘａｍｐｌｅ．com", "example.com"},
    {"www.com", "www.com"},
    {"wwww.example.com", "wwww.example.com"},
    {"3com.example", "3com.example"},
    {"r3---sn.example", "r3---sn.example"},
    {"2.0.192.in-addr.arpa", "2.0.192.in-addr.arpa"},
};

/* SUGGESTION: NULL where none can be guessed. */
static const struct {
    const char *input, *code, *suggestion;
} refused[] = {
    {"www.example.com", "sender-www", "example.com"},
    {"WWW.Example.com.", "sender-www", "example.com"},
    {"www.bücher.example", "sender-www", "bücher.example"},
    {"www.xn--bcher-kva.example", "sender-www", "xn--bcher-kva.example"},
    {"www.www.example.com", "sender-www", "example.com"},
    {"https://example.com", "sender-url", "example.com"},
    {"HTTP://www.example.com:8080/path?q=a@b#f", "sender-url", "example.com"},
    {"https://user:pass@example.com/", "sender-url", "example.com"},
    {"//example.com", "sender-url", "example.com"},
    {"http:example.com", "sender-url", "example.com"},
    {"https://192.0.2.1/", "sender-url", NULL},
    {"https://", "sender-url", NULL},
    {"news@example.com", "sender-email", "example.com"},
    {"News <news@www.example.com>", "sender-email", "example.com"},
    {"mailto:news@example.com?subject=x", "sender-email", "example.com"},
    {"@example.com", "sender-email", "example.com"},
    {"news@", "sender-email", NULL},
    {"news@localhost", "sender-email", NULL},
    {"example.com/", "sender-path", "example.com"},
    {"example.com/signup?x=1", "sender-path", "example.com"},
    {"example.com#top", "sender-path", "example.com"},
    {"example.com:443", "sender-port", "example.com"},
    {"example.com:", "sender-port", "example.com"},
    {"192.0.2.1", "sender-ip", NULL},
    {"192.0.2.1:53", "sender-ip", NULL},
    {"192.0.2.0/24", "sender-ip", NULL},
    {"1.2.3.4.5", "sender-ip", NULL},
    {"１９２.0.2.1", "sender-ip", NULL},
    {"2001:db8::1", "sender-ip", NULL},
    {"[2001:db8::1]:443", "sender-ip", NULL},
    {"fe80::1%eth0", "sender-ip", NULL},
    {"localhost", "sender-single-label", NULL},
    {"com.", "sender-single-label", NULL},
    {"co.uk", "sender-public-suffix", NULL},
    {"CO.UK.", "sender-public-suffix", NULL},
    {"www.co.uk", "sender-www", NULL},
    {"info@com.au", "sender-email", NULL},
    {"個人.香港", "sender-public-suffix", NULL},
    {"例え", "sender-single-label", NULL},
    {".example.com", "sender-empty-label", "example.com"},
    {"example..com", "sender-empty-label", "example.com"},
    {"example.com..", "sender-empty-label", "example.com"},
    {"example。。com", "sender-empty-label", "example.com"},
    {".", "sender-empty-label", NULL},
    {"*.example.com", "sender-wildcard", "example.com"},
    {"mail.*.example.com", "sender-wildcard", NULL},
    {"example .com", "sender-space", "example.com"},
    {"example. com", "sender-space", "example.com"},
    {"example.com example.org", "sender-space", "example.com"},
    {"Domain: example.com", "sender-space", "example.com"},
    {"my domain", "sender-space", NULL},
    {"sk1a._domainkey.example.com", "sender-underscore", "example.com"},
    {"_dmarc.mail.example.com", "sender-underscore", "mail.example.com"},
    {"my_shop.com", "sender-underscore", NULL},
    {"", "sender-empty", NULL},
    {" \t\n", "sender-empty", NULL},
    {"\"example.com\"", "sender-bad-character", "example.com"},
    {"example.com,", "sender-bad-character", "example.com"},
    {"-example.com", "sender-bad-character", "example.com"},
    {"exa!mple.com", "sender-bad-character", NULL},
    {"exam\\112le.com", "sender-bad-character", NULL},
    {"exam\x01ple.com", "sender-bad-character", NULL},
    {"exam\xffple.com", "sender-bad-character", NULL},
    {"ｅｘ／ample.com", "sender-bad-character", NULL},
    {"xn--zzzzzz99.example", "sender-bad-character", NULL},
    {"xn--abc-.example", "sender-bad-character", NULL},
    {"xn--.example", "sender-bad-character", NULL},
};

static void test_accepted(void **state)
{
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(accepted); i++) {
        struct sp_name domain;
        struct sp_err err = SP_ERR_INIT;
        if (sp_sender_parse(&domain, accepted[i].input, &err) < 0)
            fail_msg("\"%s\": %s", accepted[i].input, err.message);
        assert_string_equal(SP_NAME_STR(&domain), accepted[i].domain);
    }
}

static void check_refusal(const char *input, const char *code, const char *suggestion)
{
    struct sp_name domain;
    struct sp_err err = SP_ERR_INIT;
    char *fix = sp_asprintf("did you mean \"%s\"?", suggestion ? suggestion : "");
    if (sp_sender_parse(&domain, input, &err) == 0)
        fail_msg("\"%s\" was taken as %s", input, SP_NAME_STR(&domain));
    if (strcmp(err.code, code) != 0)
        fail_msg("\"%s\": %s instead of %s", input, err.code, code);
    assert_int_equal(err.kind, SP_ERR_USAGE);
    assert_false(sp_name_is_set(&domain));
    assert_string_not_equal(err.message, "");
    if (suggestion)
        assert_string_equal(err.fix, fix);
    else if (strstr(err.fix, "did you mean"))
        fail_msg("\"%s\": unexpected %s", input, err.fix);
    free(fix);
}

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(refused); i++)
        check_refusal(refused[i].input, refused[i].code, refused[i].suggestion);
}

static void test_each_fault_has_its_own_sentence(void **state)
{
    (void)state;
    static const char *const inputs[] = {
        "www.a.example", "http://a",  "a@b.example", "b.example/x", "b.example:1",
        "192.0.2.1",     "localhost", "a..b",        "*.b.example", "a b.example",
        "_a.b.example",  "",          "a!.example"};
    struct sp_err errs[SP_ARRAY_LEN(inputs)] = {0};
    struct sp_name domain;
    for (size_t i = 0; i < SP_ARRAY_LEN(inputs); i++) {
        assert_int_equal(sp_sender_parse(&domain, inputs[i], &errs[i]), -1);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(strchr(errs[i].message + 1, '"'),
                                    strchr(errs[j].message + 1, '"'));
    }
}

static void test_too_long(void **state)
{
    (void)state;
    char *label = sp_asprintf("%064d.example", 7);
    char *name = sp_asprintf("%060d.%060d.%060d.%060d.example.com", 1, 2, 3, 4);
    char *longest = sp_asprintf("a%060d.%060d.%060d.%060d.abcdefgh", 1, 2, 3, 4);
    char *ulabel = sp_asprintf("ü%060d.example", 7);
    char *endless = sp_alloc(100001, 1);
    struct sp_name domain;
    struct sp_err err = SP_ERR_INIT;
    memset(endless, 'a', 100000);
    check_refusal(label, "sender-too-long", NULL);
    check_refusal(name, "sender-too-long", NULL);
    check_refusal(ulabel, "sender-too-long", NULL);
    check_refusal(endless, "sender-too-long", NULL);
    assert_int_equal(strlen(longest), SP_NAME_TEXT_MAX);
    assert_int_equal(sp_sender_parse(&domain, longest, &err), 0);
    free(label);
    free(name);
    free(longest);
    free(ulabel);
    free(endless);
}

static void test_messages_are_safe_to_print(void **state)
{
    (void)state;
    struct sp_name domain;
    struct sp_err err = SP_ERR_INIT;
    assert_int_equal(sp_sender_parse(&domain, "evil\x1b[2Jname.com", &err), -1);
    assert_null(strchr(err.message, '\x1b'));
    assert_non_null(strstr(err.message, "evil\\x1b[2Jname.com"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_each_fault_has_its_own_sentence),
        cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_messages_are_safe_to_print),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
