#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "names/name.h"

static struct sp_name name_of(const char *text)
{
    struct sp_name name;
    struct sp_err err = SP_ERR_INIT;
    if (sp_name_parse(&name, text, &err) < 0)
        fail_msg("%s: %s", text, err.message);
    return name;
}

static void test_parse_and_format(void **state)
{
    (void)state;
    static const struct {
        const char *text, *formatted;
    } rows[] = {
        {"example.com", "example.com"},
        {"Example.COM.", "example.com"},
        {".", "."},
        {"_dmarc.example.com", "_dmarc.example.com"},
        {"*.example.com", "*.example.com"},
        {"a\\.b.example", "a\\.b.example"},
        {"\\097\\A.example", "aa.example"},
        {"\\000\\255.example", "\\000\\255.example"},
        {"a\\ b.example", NULL},
        {"a\\032b.example", "a\\032b.example"},
        {"@.example", "\\@.example"},
        {"(\"$;\\\\).example", "\\(\\\"\\$\\;\\\\\\).example"},
        {"0/25.2.0.192.in-addr.arpa", "0/25.2.0.192.in-addr.arpa"},
        {"Bücher.example", "xn--bcher-kva.example"},
        {"_dmarc.bücher.example", "_dmarc.xn--bcher-kva.example"},
        {"straße.example", "xn--strae-oqa.example"},
        {"例え。jp。", "xn--r8jz45g.jp"},
        {"a．b｡c", "a.b.c"},
        {"ＷＷＷ.example", "www.example"},
        {"\\195\\188.example", "\\195\\188.example"},
        /* Refused. */
        {"", NULL},
        {".com", NULL},
        {"a..b", NULL},
        {"a..", NULL},
        {"..", NULL},
        {"a b", NULL},
        {"a\tb", NULL},
        {"a\\", NULL},
        {"a\\1", NULL},
        {"a\\25.b", NULL},
        {"a\\256", NULL},
        {"ü\\065.example", NULL},
        {"\xff.example", NULL},
        {"\xc2\xad.example", NULL},
        {"a／ü.example", NULL},
        {"☕.example", NULL},
        {"＊.example", NULL},
        {"ａ／ｂ.example", NULL},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_name name;
        struct sp_err err = SP_ERR_INIT;
        int rc = sp_name_parse(&name, rows[i].text, &err);
        if ((rc == 0) != (rows[i].formatted != NULL))
            fail_msg("row %zu, \"%s\": %d %s", i, rows[i].text, rc, err.message);
        if (rc == 0) {
            assert_string_equal(SP_NAME_STR(&name), rows[i].formatted);
            assert_int_equal(name.wire[name.len - 1], 0);
        } else {
            assert_string_equal(err.code, "bad-name");
            assert_false(sp_name_is_set(&name));
        }
    }
}

static void test_wire_form(void **state)
{
    (void)state;
    static const uint8_t wire[] = "\3www\7example\3com";
    struct sp_name name = name_of("WWW.example.com");
    assert_int_equal(name.len, sizeof(wire));
    assert_memory_equal(name.wire, wire, sizeof(wire));
}

static void test_limits(void **state)
{
    (void)state;
    char *longest = sp_asprintf("%063d.%063d.%063d.%061d", 1, 2, 3, 4);
    char *too_long = sp_asprintf("%063d.%063d.%063d.%062d", 1, 2, 3, 4);
    char *label = sp_asprintf("%064d.com", 1);
    struct sp_name name = name_of(longest);
    struct sp_err err = SP_ERR_INIT;
    assert_int_equal(strlen(longest), SP_NAME_TEXT_MAX);
    assert_int_equal(name.len, SP_NAME_WIRE_MAX);
    assert_string_equal(SP_NAME_STR(&name), longest);
    assert_int_equal(sp_name_parse(&name, too_long, &err), -1);
    assert_string_equal(err.code, "name-too-long");
    assert_int_equal(sp_name_parse(&name, label, &err), -1);
    assert_string_equal(err.code, "name-too-long");
    free(longest);
    free(too_long);
    free(label);
}

static void test_push_label(void **state)
{
    (void)state;
    struct sp_name name = {0}, expected = name_of("Mail.example");
    assert_int_equal(sp_name_push_label(&name, "MAIL", 4), 0);
    assert_int_equal(sp_name_push_label(&name, "example", 7), 0);
    assert_int_equal(sp_name_close(&name), 0);
    assert_true(sp_name_equal(&name, &expected));
    name = (struct sp_name){0};
    assert_int_equal(sp_name_close(&name), 0);
    assert_string_equal(SP_NAME_STR(&name), ".");
}

static void test_push_past_a_limit_fails_for_good(void **state)
{
    (void)state;
    char label[SP_LABEL_MAX + 1];
    struct sp_name name = {0};
    memset(label, 'a', sizeof(label));
    for (int i = 0; i < 3; i++)
        assert_int_equal(sp_name_push_label(&name, label, SP_LABEL_MAX), 0);
    assert_int_equal(sp_name_push_label(&name, label, 62), -1);
    assert_false(sp_name_is_set(&name));
    assert_int_equal(sp_name_push_label(&name, "a", 1), -1);
    assert_int_equal(sp_name_close(&name), -1);
    assert_false(sp_name_is_set(&name));
    name = (struct sp_name){0};
    assert_int_equal(sp_name_push_label(&name, label, SP_LABEL_MAX + 1), -1);
    name = (struct sp_name){0};
    assert_int_equal(sp_name_push_label(&name, "", 0), -1);
}

static void test_check_host(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_host;
    } rows[] = {
        {"sk1a._domainkey.example.com", true},
        {"a-b.c_d.example", true},
        {"1.2", true},
        {"xn--bcher-kva.example", true},
        {".", false},
        {"-a.example", false},
        {"a-.example", false},
        {"*.example", false},
        {"a\\.b.example", false},
        {"\\000.example", false},
        {"a/b.example", false},
        {"\\255.example", false},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_name name = name_of(rows[i].text);
        struct sp_err err = SP_ERR_INIT;
        if ((sp_name_check_host(&name, &err) == 0) != rows[i].is_host)
            fail_msg("%s", rows[i].text);
        assert_string_equal(err.code, rows[i].is_host ? "" : "bad-host");
    }
}

static void test_display(void **state)
{
    (void)state;
    static const struct {
        const char *text, *shown;
    } rows[] = {
        {"example.com", "example.com"},
        {".", "."},
        {"BÜCHER.example", "bücher.example"},
        {"sk1a._domainkey.bücher.example", "sk1a._domainkey.bücher.example"},
        {"例え.jp", "例え.jp"},
        {"a\\.b.bücher", "a\\.b.bücher"},
        /* Latin with a Cyrillic letter in it; does not decode; decodes to ASCII; symbols. */
        {"аpple.example", "xn--pple-43d.example"},
        {"xn--zzzzzz99.example", "xn--zzzzzz99.example"},
        {"xn--abc-.example", "xn--abc-.example"},
        {"xn--ls8h.example", "xn--ls8h.example"},
        {"_é.example", "xn--_-bga.example"},
        /* An A-label in disguise: decodes to upper case (RFC 5891 has none) or to a hidden dot. */
        {"xn--Bcher-Kva.example", "bücher.example"},
        {"xn--a\\.b-kva.example", "xn--a\\.b-kva.example"},
        {"xn--a\\000b-kva.example", "xn--a\\000b-kva.example"},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_name name = name_of(rows[i].text);
        char *shown = sp_name_display(&name);
        assert_string_equal(shown, rows[i].shown);
        free(shown);
    }
}

static void test_equality(void **state)
{
    (void)state;
    static const char *const apart[] = {
        ".",           "example",        "a.example",       "yl.a.example",
        "z.example",   "zabc.a.example", "\\001.z.example", "*.z.example",
        "\\.z.example"};
    for (size_t i = 0; i < SP_ARRAY_LEN(apart); i++) {
        for (size_t j = 0; j < SP_ARRAY_LEN(apart); j++) {
            struct sp_name a = name_of(apart[i]), b = name_of(apart[j]);
            assert_int_equal(sp_name_equal(&a, &b), i == j);
        }
    }
    struct sp_name unset = {0}, root = name_of("."), lower = name_of("z.a.example"),
                   upper = name_of("Z.a.EXAMPLE.");
    assert_false(sp_name_equal(&unset, &root));
    assert_true(sp_name_equal(&lower, &upper));
}

static void test_labels(void **state)
{
    (void)state;
    struct sp_name name = name_of("a.bb.example.com"), root = name_of("."), unset = {0}, cut;
    assert_int_equal(sp_name_count_labels(&name), 4);
    assert_int_equal(sp_name_count_labels(&root), 0);
    assert_true(sp_span_is(sp_name_label(&name, 1), "bb"));
    assert_int_equal(sp_name_label(&name, 4).len, 0);
    assert_int_equal(sp_name_label(&unset, 0).len, 0);
    cut = sp_name_strip(&name, 2);
    assert_string_equal(SP_NAME_STR(&cut), "example.com");
    cut = sp_name_strip(&name, 9);
    assert_string_equal(SP_NAME_STR(&cut), ".");
    cut = sp_name_strip(&unset, 1);
    assert_false(sp_name_is_set(&cut));
    cut = sp_name_suffix(&name, 2);
    assert_string_equal(SP_NAME_STR(&cut), "example.com");
    cut = sp_name_suffix(&name, 9);
    assert_string_equal(SP_NAME_STR(&cut), "a.bb.example.com");
    cut = sp_name_suffix(&name, 0);
    assert_string_equal(SP_NAME_STR(&cut), ".");
    assert_true(sp_name_has_label(&name, "BB"));
    assert_false(sp_name_has_label(&name, "b"));
    assert_false(sp_name_has_label(&name, "bbb"));
    assert_false(sp_name_has_label(&name, ""));
    assert_string_equal(SP_NAME_STR(&unset), "");
}

static void test_within_and_relative(void **state)
{
    (void)state;
    static const struct {
        const char *name, *zone, *prefix; /* NULL: not within */
    } rows[] = {
        {"sk1.example.com", "example.com", "sk1"},
        {"example.com", "example.com", "."},
        {"a.b.example.com", ".", "a.b.example.com"},
        {"notexample.com", "example.com", NULL},
        {"com", "example.com", NULL},
        {"example.org", "example.com", NULL},
        /* The zone's wire form stands inside a label: \007example\003com. */
        {"ab\\007example\\003com", "example.com", NULL},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_name name = name_of(rows[i].name), zone = name_of(rows[i].zone);
        struct sp_name prefix = sp_name_relative(&name, &zone);
        assert_int_equal(sp_name_is_within(&name, &zone), rows[i].prefix != NULL);
        assert_string_equal(SP_NAME_STR(&prefix), rows[i].prefix ? rows[i].prefix : "");
    }
    struct sp_name name = name_of("example.com"), unset = {0};
    assert_false(sp_name_is_within(&name, &unset));
    assert_false(sp_name_is_within(&unset, &name));
}

static void test_concat(void **state)
{
    (void)state;
    char *half = sp_asprintf("%063d.%063d", 1, 2);
    struct sp_name prefix = name_of("sk1"), zone = name_of("example.com"), root = name_of(".");
    struct sp_name long_name = name_of(half), unset = {0}, joined;
    struct sp_err err = SP_ERR_INIT;
    assert_int_equal(sp_name_concat(&joined, &prefix, &zone, &err), 0);
    assert_string_equal(SP_NAME_STR(&joined), "sk1.example.com");
    assert_int_equal(sp_name_concat(&joined, &root, &zone, &err), 0);
    assert_true(sp_name_equal(&joined, &zone));
    assert_int_equal(sp_name_concat(&joined, &zone, &unset, &err), 0);
    assert_true(sp_name_equal(&joined, &zone));
    assert_int_equal(sp_name_concat(&prefix, &prefix, &prefix, &err), 0);
    assert_string_equal(SP_NAME_STR(&prefix), "sk1.sk1");
    assert_int_equal(sp_name_concat(&joined, &long_name, &long_name, &err), -1);
    assert_string_equal(err.code, "name-too-long");
    assert_false(sp_name_is_set(&joined));
    free(half);
}

static int sign(int order)
{
    return (order > 0) - (order < 0);
}

/* The examples of ListResourceRecordSets, and what lies beside the dot in ASCII. */
static void test_order(void **state)
{
    static const char *const odd[] = {".",     "b.a\\.x",        "b\\.a.x",
                                      "a.b.x", "SK.example.com", "sk.example.com"};
    static const char *const in_order[] = {
        ".",
        "a.c",
        "b.c",
        "com",
        "*.com",
        "example-1.com",
        "example.com",
        "*.example.com",
        "_domainkey.example.com",
        "x._domainkey.example.com",
        "ask.example.com",
        "sk-1.example.com",
        "sk.example.com",
        "a.sk.example.com",
        "sk1.example.com",
        "www.example.com",
        "example1.com",
    };
    const struct sp_name unset = {0}, root = name_of(".");
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(in_order); i++) {
        for (size_t k = 0; k < SP_ARRAY_LEN(in_order); k++) {
            struct sp_name a = name_of(in_order[i]), b = name_of(in_order[k]);
            int order = sign(sp_name_order(&a, &b)), wanted = (i > k) - (i < k);
            if (order != wanted)
                fail_msg("%s and %s: %d", in_order[i], in_order[k], order);
        }
    }
    for (size_t i = 0; i < SP_ARRAY_LEN(odd); i++) {
        for (size_t k = 0; k < SP_ARRAY_LEN(odd); k++) {
            struct sp_name a = name_of(odd[i]), b = name_of(odd[k]);
            assert_int_equal(sp_name_order(&a, &b) == 0, sp_name_equal(&a, &b));
            assert_int_equal(sign(sp_name_order(&a, &b)), -sign(sp_name_order(&b, &a)));
        }
    }
    assert_true(sp_name_order(&unset, &root) < 0);
    assert_int_equal(sp_name_order(&unset, &unset), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_and_format),
        cmocka_unit_test(test_wire_form),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_push_label),
        cmocka_unit_test(test_push_past_a_limit_fails_for_good),
        cmocka_unit_test(test_check_host),
        cmocka_unit_test(test_display),
        cmocka_unit_test(test_equality),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_within_and_relative),
        cmocka_unit_test(test_concat),
        cmocka_unit_test(test_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
