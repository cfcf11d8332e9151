#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "records/record.h"

static struct sp_name name_of(const char *text)
{
    struct sp_name name;
    struct sp_err err = SP_ERR_INIT;
    if (sp_name_parse(&name, text, &err) < 0)
        fail_msg("%s: %s", text, err.message);
    return name;
}

static void add(struct sp_record_set *set, const char *host, const char *target)
{
    struct sp_name host_name = name_of(host), target_name = name_of(target);
    sp_record_set_add(set, &host_name, &target_name);
}

static void test_legs(void **state)
{
    (void)state;
    static const struct {
        const char *host;
        enum sp_leg leg;
    } rows[] = {
        {"sk48601.example.com", SP_LEG_RETURN_PATH},
        {"s1._domainkey.example.com", SP_LEG_DKIM},
        {"S1._DomainKey.example.com", SP_LEG_DKIM},
        {"_domainkey.example.com", SP_LEG_DKIM},
        {"x.domainkey.example.com", SP_LEG_RETURN_PATH},
        {"a_domainkey.example.com", SP_LEG_RETURN_PATH},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_record_set set = {.domain = name_of("example.com")};
        add(&set, rows[i].host, "u1.mailer.example");
        assert_int_equal(set.records.items[0].leg, rows[i].leg);
        assert_string_equal(set.records.items[0].type, "CNAME");
        sp_record_set_fini(&set);
    }
    assert_string_equal(sp_leg_name(SP_LEG_DKIM), "dkim");
    assert_string_equal(sp_leg_name(SP_LEG_RETURN_PATH), "return-path");
}

static void test_check(void **state)
{
    (void)state;
    static const struct {
        const char *host, *target, *code;
    } rows[] = {
        {"sk1.example.com", "u1.mailer.example", NULL},
        {"s1._domainkey.example.com", "s1._domainkey.mailer.example", NULL},
        {"sk1.example.com", "u1.example.com", NULL},
        {"sk1.example.org", "u1.mailer.example", "host-outside-domain"},
        {"sk1.notexample.com", "u1.mailer.example", "host-outside-domain"},
        {"example.com", "u1.mailer.example", "host-is-domain"},
        {"*.example.com", "u1.mailer.example", "bad-host"},
        {"a\\.b.example.com", "u1.mailer.example", "bad-host"},
        {"-a.example.com", "u1.mailer.example", "bad-host"},
        {"sk1.example.com", "sk1.example.com", "target-is-host"},
        {"sk1.example.com", "SK1.Example.com.", "target-is-host"},
        {"sk1.example.com", ".", "bad-target"},
        {"sk1.example.com", "u1\\032.mailer.example", "bad-target"},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_err err = SP_ERR_INIT;
        struct sp_record_set set = {.domain = name_of("example.com")};
        add(&set, rows[i].host, rows[i].target);
        int rc = sp_record_set_check(&set, &err);
        if (rc != (rows[i].code ? -1 : 0) ||
            strcmp(err.code, rows[i].code ? rows[i].code : "") != 0)
            fail_msg("%s -> %s: %s", rows[i].host, rows[i].target, err.code);
        assert_int_equal(err.kind, rows[i].code ? SP_ERR_USAGE : SP_ERR_NONE);
        sp_record_set_fini(&set);
    }
}

static void assert_refused(const struct sp_record_set *set, const char *code)
{
    struct sp_err err = SP_ERR_INIT;
    assert_int_equal(sp_record_set_check(set, &err), -1);
    assert_string_equal(err.code, code);
    assert_int_equal(err.kind, SP_ERR_USAGE);
}

static void test_check_of_whole_sets(void **state)
{
    (void)state;
    struct sp_err err = SP_ERR_INIT;
    struct sp_record_set set = {.domain = name_of("example.com")};
    assert_refused(&set, "no-records");

    add(&set, "sk1.example.com", "u1.mailer.example");
    set.records.items[0].type[0] = '\0';
    assert_refused(&set, "bad-type");
    memcpy(set.records.items[0].type, "TXT", 4);
    assert_refused(&set, "bad-type");
    memcpy(set.records.items[0].type, "CNAME", 6);
    assert_int_equal(sp_record_set_check(&set, &err), 0);

    add(&set, "SK1.example.com", "u2.mailer.example");
    assert_refused(&set, "host-twice");
    set.records.n--;

    for (unsigned i = 2; i <= SP_RECORDS_MAX; i++) {
        char host[32];
        snprintf(host, sizeof(host), "sk%u.example.com", i);
        add(&set, host, "u1.mailer.example");
    }
    assert_int_equal(sp_record_set_check(&set, &err), 0);
    add(&set, "one-more.example.com", "u1.mailer.example");
    assert_refused(&set, "too-many-records");
    sp_record_set_fini(&set);
    assert_int_equal(set.records.n, 0);
    assert_false(sp_name_is_set(&set.domain));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_legs),
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_check_of_whole_sets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
