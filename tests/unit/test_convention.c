#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "names/convention.h"

static const struct sp_convention fqdn = {SP_HOST_FQDN, SP_TARGET_PLAIN, "@", false};
static const struct sp_convention dotted = {SP_HOST_FQDN_DOT, SP_TARGET_DOT, "@", false};
static const struct sp_convention relative = {SP_HOST_RELATIVE, SP_TARGET_PLAIN, "@", false};
static const struct sp_convention empty_apex = {SP_HOST_RELATIVE, SP_TARGET_DOT, "", false};
static const struct sp_convention octal = {SP_HOST_FQDN_DOT, SP_TARGET_PLAIN, "@", true};
static const struct sp_convention octal_relative = {SP_HOST_RELATIVE, SP_TARGET_PLAIN, "@", true};

static struct sp_name name_of(const char *text)
{
    struct sp_name name;
    struct sp_err err = SP_ERR_INIT;
    if (sp_name_parse(&name, text, &err) < 0)
        fail_msg("%s: %s", text, err.message);
    return name;
}

static const char deep[] = "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z";

/* Both directions: HOST in ZONE is written as TEXT, and TEXT is read as HOST. */
static const struct {
    const struct sp_convention *convention;
    const char *zone, *host, *text;
} hosts[] = {
    /* The sender domain is the zone. */
    {&fqdn, "example.com", "sk48601.example.com", "sk48601.example.com"},
    {&fqdn, "example.com", "sk48601a._domainkey.example.com", "sk48601a._domainkey.example.com"},
    {&fqdn, "example.com", "example.com", "example.com"},
    {&dotted, "example.com", "sk48601.example.com", "sk48601.example.com."},
    {&dotted, "example.com", "sk48601a._domainkey.example.com", "sk48601a._domainkey.example.com."},
    {&dotted, "example.com", "example.com", "example.com."},
    {&relative, "example.com", "sk48601.example.com", "sk48601"},
    {&relative, "example.com", "sk48601a._domainkey.example.com", "sk48601a._domainkey"},
    {&relative, "example.com", "example.com", "@"},
    {&empty_apex, "example.com", "sk48601.example.com", "sk48601"},
    {&empty_apex, "example.com", "example.com", ""},
    /* The sender domain (mail.example.co.uk) lies below the zone. */
    {&fqdn, "example.co.uk", "sk1.mail.example.co.uk", "sk1.mail.example.co.uk"},
    {&dotted, "example.co.uk", "sk1.mail.example.co.uk", "sk1.mail.example.co.uk."},
    {&relative, "example.co.uk", "sk1.mail.example.co.uk", "sk1.mail"},
    {&relative, "example.co.uk", "sk1a._domainkey.mail.example.co.uk", "sk1a._domainkey.mail"},
    {&relative, "example.co.uk", "mail.example.co.uk", "mail"},
    /* The zone (_domainkey, delegated) lies below the sender domain. */
    {&fqdn, "_domainkey.example.com", "s._domainkey.example.com", "s._domainkey.example.com"},
    {&dotted, "_domainkey.example.com", "s._domainkey.example.com", "s._domainkey.example.com."},
    {&relative, "_domainkey.example.com", "s._domainkey.example.com", "s"},
    {&relative, "_domainkey.example.com", "_domainkey.example.com", "@"},
    {&empty_apex, "_domainkey.example.com", "_domainkey.example.com", ""},
    {&relative, "s._domainkey.example.com", "s._domainkey.example.com", "@"},
    /* Names that contain the zone's name twice, or its text without a label boundary. */
    {&relative, "example.com", "sk.example.com.example.com", "sk.example.com"},
    {&relative, "example.com", "example.com.example.com", "example.com"},
    {&fqdn, "example.com", "sk.example.com.example.com", "sk.example.com.example.com"},
    {&relative, "example.com", "notexample.com.example.com", "notexample.com"},
    {&relative, "com.com", "com.com.com", "com"},
    /* Wildcards, depth, a single-label zone, the root as the zone. */
    {&relative, "example.com", "*.example.com", "*"},
    {&fqdn, "example.com", "*.sub.example.com", "*.sub.example.com"},
    {&relative, "z", "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z",
     "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y"},
    {&fqdn, "z", deep, deep},
    {&relative, "test", "a.test", "a"},
    {&relative, ".", "example.com", "example.com"},
    {&relative, ".", ".", "@"},
    {&dotted, ".", "com", "com."},
    {&dotted, ".", ".", "."},
    {&fqdn, ".", ".", "."},
    /* Unicode zones: A-labels go out. */
    {&fqdn, "bücher.example", "sk1.bücher.example", "sk1.xn--bcher-kva.example"},
    {&relative, "bücher.example", "sk1.bücher.example", "sk1"},
    {&relative, "bücher.example", "straße.bücher.example", "xn--strae-oqa"},
    {&dotted, "例え.jp", "sk1a._domainkey.例え.jp", "sk1a._domainkey.xn--r8jz45g.jp."},
    {&octal, "bücher.example", "bücher.example", "xn--bcher-kva.example."},
    /* Route 53: octal; `_` and `-` stand for themselves. */
    {&octal, "example.com", "s1._domainkey.example.com", "s1._domainkey.example.com."},
    {&octal, "example.com", "example.com", "example.com."},
    {&octal, "example.com", "\\@.example.com", "\\100.example.com."},
    {&octal, "example.com", "a\\032b.example.com", "a\\040b.example.com."},
    {&octal, "example.com", "a\\.b.example.com", "a\\056b.example.com."},
    {&octal, "example.com", "a\\\\b.example.com", "a\\134b.example.com."},
    {&octal, "example.com", "\\000\\255.example.com", "\\000\\377.example.com."},
    {&octal_relative, "example.com", "\\@.example.com", "\\100"},
    {&octal_relative, "example.com", "example.com", "@"},
    /* Elsewhere escapes are decimal; an escaped token is a label, an escaped dot no boundary. */
    {&fqdn, "example.com", "a\\032b.example.com", "a\\032b.example.com"},
    {&relative, "example.com", "\\@.example.com", "\\@"},
    {&relative, "example.com", "a\\..example.com", "a\\."},
    {&relative, "example.com", "a\\\\.example.com", "a\\\\"},
};

/* What is only read: TEXT, listed in ZONE, is HOST. */
static const struct {
    const struct sp_convention *convention;
    const char *zone, *text, *host;
} listed[] = {
    {&fqdn, "example.com", "SK48601.Example.COM", "sk48601.example.com"},
    {&fqdn, "example.com", "sk48601.example.com.", "sk48601.example.com"},
    {&dotted, "example.com", "sk48601.example.com", "sk48601.example.com"},
    {&fqdn, "example.com", "EXAMPLE.COM.", "example.com"},
    {&relative, "example.com", "SK48601A._DomainKey", "sk48601a._domainkey.example.com"},
    {&relative, "example.com", "sk48601.example.com.", "sk48601.example.com"},
    {&relative, "example.com", "example.com.", "example.com"},
    {&relative, "example.com", "", "example.com"},
    {&empty_apex, "example.com", "@", "example.com"},
    {&fqdn, "bücher.example", "sk1.bücher.example", "sk1.bücher.example"},
    {&fqdn, "bücher.example", "sk1.BÜCHER.example.", "sk1.bücher.example"},
    {&fqdn, "bücher.example", "sk1.bücher。example", "sk1.bücher.example"},
    {&relative, "bücher.example", "straße", "xn--strae-oqa.xn--bcher-kva.example"},
    {&relative, "bücher.example", "sk1.bücher.example.", "sk1.xn--bcher-kva.example"},
    {&octal, "example.com", "\\052.example.com.", "*.example.com"},
    {&octal, "example.com", "\\052.sub.example.com.", "*.sub.example.com"},
    {&octal, "example.com", "\\123k1.example.com.", "sk1.example.com"},
    {&octal, "example.com", "\\137domainkey.example.com.", "_domainkey.example.com"},
    {&octal, "example.com", "\\@.example.com", "\\@.example.com"},
    {&octal_relative, "example.com", "\\052", "*.example.com"},
    {&fqdn, "example.com", "\\052.example.com", "4.example.com"},
    {&fqdn, "example.com", "\\042.example.com", "*.example.com"},
};

static const struct {
    const struct sp_convention *convention;
    const char *zone, *text, *code;
} refused[] = {
    {&fqdn, "example.com", "sk48601", "host-outside-zone"},
    {&fqdn, "example.com", "@", "host-outside-zone"},
    {&fqdn, "example.com", "sk1.example.org", "host-outside-zone"},
    {&fqdn, "example.com", "notexample.com", "host-outside-zone"},
    {&fqdn, "example.com", "com", "host-outside-zone"},
    {&dotted, "_domainkey.example.com", "sk1.example.com.", "host-outside-zone"},
    {&relative, "example.com", "sk1.example.org.", "host-outside-zone"},
    {&relative, "example.com", ".", "host-outside-zone"},
    {&fqdn, "example.com", "", "bad-name"},
    {&fqdn, "example.com", "a..example.com", "bad-name"},
    {&fqdn, "example.com", "a b.example.com", "bad-name"},
    {&fqdn, "example.com", "\\256.example.com", "bad-name"},
    {&octal, "example.com", "\\400.example.com", "bad-name"},
    {&octal, "example.com", "\\058.example.com", "bad-name"},
    {&octal, "example.com", "\\05", "bad-name"},
    {&octal, "example.com", "example.com\\", "bad-name"},
    {&relative, "example.com",
     "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggg", "name-too-long"},
};

static void test_hosts_both_ways(void **state)
{
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(hosts); i++) {
        struct sp_name zone = name_of(hosts[i].zone), host = name_of(hosts[i].host), back;
        struct sp_err err = SP_ERR_INIT;
        struct sp_buf out = SP_BUF_INIT(SP_NAME_TEXT_SIZE);
        if (sp_convention_write_host(hosts[i].convention, &host, &zone, &out, &err) < 0)
            fail_msg("row %zu: %s", i, err.message);
        assert_string_equal(sp_buf_str(&out), hosts[i].text);
        if (sp_convention_read_host(hosts[i].convention, hosts[i].text, &zone, &back, &err) < 0)
            fail_msg("row %zu: %s", i, err.message);
        assert_string_equal(SP_NAME_STR(&back), SP_NAME_STR(&host));
        assert_true(sp_name_equal(&back, &host));
        sp_buf_fini(&out);
    }
}

static void test_hosts_as_listed(void **state)
{
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(listed); i++) {
        struct sp_name zone = name_of(listed[i].zone), host = name_of(listed[i].host), read;
        struct sp_err err = SP_ERR_INIT;
        if (sp_convention_read_host(listed[i].convention, listed[i].text, &zone, &read, &err) < 0)
            fail_msg("row %zu: %s", i, err.message);
        assert_string_equal(SP_NAME_STR(&read), SP_NAME_STR(&host));
    }
}

static void test_hosts_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(refused); i++) {
        struct sp_name zone = name_of(refused[i].zone), read = zone;
        struct sp_err err = SP_ERR_INIT;
        if (!sp_convention_read_host(refused[i].convention, refused[i].text, &zone, &read, &err))
            fail_msg("row %zu: %s was taken as %s", i, refused[i].text, SP_NAME_STR(&read));
        assert_string_equal(err.code, refused[i].code);
        assert_int_equal(err.kind, SP_ERR_USAGE);
        assert_false(sp_name_is_set(&read));
    }
}

static void test_a_relative_host_too_long_for_its_zone_is_refused(void **state)
{
    (void)state;
    static const char label[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    char *text = sp_asprintf("%s.%s.%s.%s", label, label, label, label);
    struct sp_name zone = name_of("example.com"), host;
    struct sp_err err = SP_ERR_INIT;
    assert_int_equal(sp_convention_read_host(&relative, text, &zone, &host, &err), -1);
    assert_string_equal(err.code, "name-too-long");
    free(text);
}

static void test_a_host_outside_the_zone_is_not_written(void **state)
{
    (void)state;
    const struct sp_convention *all[] = {&fqdn, &dotted, &relative, &octal};
    struct sp_name zone = name_of("_domainkey.example.com"), host = name_of("sk1.example.com");
    for (size_t i = 0; i < SP_ARRAY_LEN(all); i++) {
        struct sp_err err = SP_ERR_INIT;
        struct sp_buf out = SP_BUF_INIT(SP_NAME_TEXT_SIZE);
        assert_int_equal(sp_convention_write_host(all[i], &host, &zone, &out, &err), -1);
        assert_int_equal(err.kind, SP_ERR_INTERNAL);
        assert_string_equal(err.code, "host-outside-zone");
        assert_int_equal(out.len, 0);
    }
}

static void test_targets(void **state)
{
    (void)state;
    static const struct {
        const struct sp_convention *convention;
        const char *target, *text;
        bool is_read_only;
    } rows[] = {
        {&fqdn, "u1.mailer.example", "u1.mailer.example", false},
        {&dotted, "u1.mailer.example", "u1.mailer.example.", false},
        {&relative, "u1.mailer.example", "u1.mailer.example", false},
        {&empty_apex, "u1.mailer.example", "u1.mailer.example.", false},
        {&octal, "u1.mailer.example", "u1.mailer.example", false},
        {&dotted, "k._domainkey.bücher.example", "k._domainkey.xn--bcher-kva.example.", false},
        {&octal, "a\\032b.example", "a\\040b.example", false},
        {&dotted, ".", ".", false},
        {&fqdn, "u1.mailer.example", "U1.Mailer.Example.", true},
        {&dotted, "u1.mailer.example", "u1.mailer.example", true},
        {&relative, "u1", "u1", true},
        {&relative, "example.com", "@", true},
        {&empty_apex, "example.com", "@", true},
        {&fqdn, "\\@", "@", true},
    };
    struct sp_name zone = name_of("example.com"), read;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_name target = name_of(rows[i].target);
        struct sp_err err = SP_ERR_INIT;
        struct sp_buf out = SP_BUF_INIT(SP_NAME_TEXT_SIZE);
        sp_convention_write_target(rows[i].convention, &target, &out);
        if (!rows[i].is_read_only)
            assert_string_equal(sp_buf_str(&out), rows[i].text);
        assert_int_equal(
            sp_convention_read_target(rows[i].convention, rows[i].text, &zone, &read, &err), 0);
        assert_string_equal(SP_NAME_STR(&read), SP_NAME_STR(&target));
        sp_buf_fini(&out);
    }
}

static void test_an_empty_target_is_nothing(void **state)
{
    (void)state;
    struct sp_name zone = name_of("example.com"), read;
    struct sp_err err = SP_ERR_INIT;
    assert_int_equal(sp_convention_read_target(&empty_apex, "", &zone, &read, &err), -1);
    assert_string_equal(err.code, "bad-name");
}

static void test_zones(void **state)
{
    (void)state;
    static const struct {
        const struct sp_convention *convention;
        const char *zone, *text;
    } rows[] = {
        {&fqdn, "example.com", "example.com"},
        {&relative, "example.com", "example.com"},
        {&dotted, "example.com", "example.com."},
        {&octal, "0/25.2.0.192.in-addr.arpa", "0/25.2.0.192.in-addr.arpa."},
        {&octal, "a\\@b.example", "a\\100b.example."},
        {&dotted, "bücher.example", "xn--bcher-kva.example."},
    };
    struct sp_name read;
    struct sp_err err = SP_ERR_INIT;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_name zone = name_of(rows[i].zone);
        struct sp_buf out = SP_BUF_INIT(SP_NAME_TEXT_SIZE);
        sp_convention_write_zone(rows[i].convention, &zone, &out);
        assert_string_equal(sp_buf_str(&out), rows[i].text);
        assert_int_equal(sp_convention_read_zone(rows[i].convention, rows[i].text, &read, &err), 0);
        assert_true(sp_name_equal(&read, &zone));
        sp_buf_fini(&out);
    }
    assert_int_equal(sp_convention_read_zone(&octal, "0\\05725.example.", &read, &err), 0);
    assert_string_equal(SP_NAME_STR(&read), "0/25.example");
    assert_int_equal(sp_convention_read_zone(&fqdn, "Bücher.Example", &read, &err), 0);
    assert_string_equal(SP_NAME_STR(&read), "xn--bcher-kva.example");
}

static void test_style_words(void **state)
{
    (void)state;
    static const enum sp_host_style styles[] = {SP_HOST_FQDN, SP_HOST_FQDN_DOT, SP_HOST_RELATIVE};
    static const char *const words[] = {"fqdn", "fqdn-dot", "relative"};
    enum sp_host_style style;
    for (size_t i = 0; i < SP_ARRAY_LEN(styles); i++) {
        assert_string_equal(sp_host_style_name(styles[i]), words[i]);
        assert_int_equal(sp_host_style_parse(words[i], &style), 0);
        assert_int_equal(style, styles[i]);
    }
    assert_int_equal(sp_host_style_parse("FQDN", &style), -1);
    assert_int_equal(sp_host_style_parse("", &style), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hosts_both_ways),
        cmocka_unit_test(test_hosts_as_listed),
        cmocka_unit_test(test_hosts_refused),
        cmocka_unit_test(test_a_relative_host_too_long_for_its_zone_is_refused),
        cmocka_unit_test(test_a_host_outside_the_zone_is_not_written),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_an_empty_target_is_nothing),
        cmocka_unit_test(test_zones),
        cmocka_unit_test(test_style_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
