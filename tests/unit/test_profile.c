/* Profiles: Domain Connect templates and their sidecars. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/text.h"
#include "records/profile.h"

#define TEMPLATE(records)                                                                          \
    "{\"providerId\": \"mailer.example\", \"providerName\": \"Mailer\", \"serviceId\": "           \
    "\"sending\","                                                                                 \
    " \"version\": 3, \"syncBlock\": false, \"records\": [" records "]}"
#define CNAME(host, target)                                                                        \
    "{\"type\": \"CNAME\", \"host\": \"" host "\", \"pointsTo\": \"" target "\", \"ttl\": 3600}"

static const char *const variables[][2] = {{"a", "one"}, {"b", "two"}, {"A", "capital"}};

static int make(const char *text, const char *sidecar, size_t n_variables,
                struct sp_record_set *ret_set, struct sp_err *err)
{
    struct sp_profile profile;
    struct sp_profile_variable list[3];
    struct sp_name domain;
    assert_int_equal(sp_name_parse(&domain, "example.com", err), 0);
    for (size_t i = 0; i < n_variables; i++)
        list[i] = (struct sp_profile_variable){variables[i][0], variables[i][1]};
    *ret_set = (struct sp_record_set){0};
    int status = sp_profile_parse(&profile, text, strlen(text), "t.json", err);
    if (status == 0 && sidecar)
        status =
            sp_profile_parse_sidecar(&profile, sidecar, strlen(sidecar), "t.signpost.json", err);
    if (status == 0)
        status = sp_profile_make(&profile, &domain, list, n_variables, ret_set, err);
    sp_profile_fini(&profile);
    return status;
}

static void test_hosts_and_targets(SP_UNUSED void **state)
{
    static const struct {
        const char *text;
        size_t n_variables;
        const char *host, *target;
    } rows[] = {
        {TEMPLATE(CNAME("s1", "u1.mailer.example")), 0, "s1.example.com", "u1.mailer.example"},
        {TEMPLATE(CNAME("s1", "u1.mailer.example.")), 0, "s1.example.com", "u1.mailer.example"},
        {TEMPLATE(CNAME("s1.example.com.", "u1.mailer.example")), 0, "s1.example.com",
         "u1.mailer.example"},
        {TEMPLATE(CNAME("%a%._domainkey", "%a%.dkim.mailer.example")), 1,
         "one._domainkey.example.com", "one.dkim.mailer.example"},
        {TEMPLATE(CNAME("%a%%a%", "x.mailer.example")), 1, "oneone.example.com",
         "x.mailer.example"},
        {TEMPLATE(CNAME("%a%.%domain%.", "%fqdn%.mailer.example")), 1, "one.example.com",
         "example.com.mailer.example"},
        {TEMPLATE(CNAME("s%host%1", "U1.Mailer.Example")), 0, "s1.example.com",
         "u1.mailer.example"},
        {TEMPLATE(CNAME("s1", "@")), 0, "s1.example.com", "example.com"},
        {TEMPLATE("{\"type\": \"cname\", \"host\": \"s1\", \"pointsTo\": \"t.example\"}"), 0,
         "s1.example.com", "t.example"},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_err err = SP_ERR_INIT;
        struct sp_record_set set;
        if (make(rows[i].text, NULL, rows[i].n_variables, &set, &err) < 0)
            fail_msg("%s: %s", rows[i].text, err.message);
        assert_int_equal(set.records.n, 1);
        assert_string_equal(SP_NAME_STR(&set.records.items[0].host), rows[i].host);
        assert_string_equal(SP_NAME_STR(&set.records.items[0].target), rows[i].target);
        sp_record_set_fini(&set);
    }
}

static void test_what_is_refused(SP_UNUSED void **state)
{
    static const struct {
        const char *text, *sidecar;
        size_t n_variables;
        const char *code, *says;
    } rows[] = {
        {"", NULL, 0, "bad-json", "t.json"},
        {"[]", NULL, 0, "bad-json", "t.json"},
        {"{\"serviceId\": \"s\", \"records\": []}", NULL, 0, "bad-json", "providerId"},
        {TEMPLATE(""), NULL, 0, "bad-json", "has no record"},
        {TEMPLATE("{\"type\": \"TXT\", \"host\": \"_dmarc\", \"data\": \"v=DMARC1\"}"), NULL, 0,
         "bad-type", "has a TXT record at \"_dmarc\""},
        {TEMPLATE("{\"type\": \"MX\", \"pointsTo\": \"m.example\"}"), NULL, 0, "bad-type",
         "has a MX record at \"@\""},
        {TEMPLATE("{\"type\": \"CNAME\", \"host\": \"a\"}"), NULL, 0, "bad-json", "pointsTo"},
        {TEMPLATE("{\"host\": \"a\", \"pointsTo\": \"b.example\"}"), NULL, 0, "bad-json", "type"},
        {TEMPLATE(CNAME("%a", "b.example")), NULL, 1, "bad-json", "begins no variable"},
        {TEMPLATE(CNAME("%%", "b.example")), NULL, 0, "bad-json", "begins no variable"},
        {TEMPLATE(CNAME("s", "%a b%.example")), NULL, 1, "bad-json", "begins no variable"},
        {TEMPLATE(CNAME("%b%%c%", "%c%.%a%.example")), NULL, 1, "missing-variable", "for b, c"},
        {TEMPLATE(CNAME("%a%", "t.example")), NULL, 2, "unknown-variable", "\"b\""},
        {TEMPLATE(CNAME("%a%", "%b%.example")), NULL, 3, "unknown-variable", "\"A\""},
        {TEMPLATE(CNAME("@", "t.example")), NULL, 0, "host-is-domain", "example.com"},
        {TEMPLATE(CNAME("", "t.example")), NULL, 0, "host-is-domain", "example.com"},
        {TEMPLATE(CNAME("a.example.org.", "t.example")), NULL, 0, "host-outside-domain",
         "example.org"},
        {TEMPLATE(CNAME("a", "t.example") ", " CNAME("a", "u.example")), NULL, 0, "host-twice",
         "a"},
        {TEMPLATE("{\"type\": \"CNAME\", \"host\": \"a\", \"pointsTo\": \"t.example\", \"ttl\": "
                  "\"%a%\"}"),
         NULL, 1, "bad-variable", "\"one\""},
        {TEMPLATE("{\"type\": \"CNAME\", \"host\": \"a\", \"pointsTo\": \"t.example\", \"ttl\": "
                  "-1}"),
         NULL, 0, "bad-json", "ttl"},
        /* Sidecars. */
        {TEMPLATE(CNAME("a", "t.example")), "{\"windw\": \"1h\"}", 0, "bad-json", "windw"},
        {TEMPLATE(CNAME("a", "t.example")), "{\"window\": \"soon\"}", 0, "bad-json", "window"},
        {TEMPLATE(CNAME("a", "t.example")), "{\"window\": \"72\"}", 0, "bad-json", "has no unit"},
        {TEMPLATE(CNAME("a", "t.example")), "{\"finish\": {\"text\": \"\"}}", 0, "bad-json",
         "finish.text: says nothing"},
        {TEMPLATE(CNAME("a", "t.example")), "{\"window\": \"0s\"}", 0, "bad-json", "window"},
        {TEMPLATE(CNAME("a", "t.example")), "{\"window\": \"91d\"}", 0, "bad-json", "window"},
        {TEMPLATE(CNAME("a", "t.example")), "{\"window\": 72}", 0, "bad-json", "window"},
        {TEMPLATE(CNAME("a", "t.example")), "{\"finish\": {}}", 0, "bad-json", "neither"},
        {TEMPLATE(CNAME("a", "t.example")), "{\"finish\": {\"url\": \"http://m.example\"}}", 0,
         "bad-json", "https://"},
        {TEMPLATE(CNAME("a", "t.example")), "{\"finish\": {\"url\": \"https://m.example/ x\"}}", 0,
         "bad-json", "https://"},
        {TEMPLATE(CNAME("a", "t.example")), "{\"finish\": {\"txt\": \"x\"}}", 0, "bad-json", "txt"},
        {TEMPLATE(CNAME("a", "t.example")), "{\"legs\": {\"b\": \"dkim\"}}", 0, "bad-json",
         "no record with this host"},
        {TEMPLATE(CNAME("a", "t.example")), "{\"legs\": {\"a\": \"DKIM\"}}", 0, "bad-json",
         "neither dkim nor return-path"},
        {TEMPLATE(CNAME("a", "t.example")), "{\"legs\": []}", 0, "bad-json", "legs"},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_err err = SP_ERR_INIT;
        struct sp_record_set set;
        if (make(rows[i].text, rows[i].sidecar, rows[i].n_variables, &set, &err) == 0)
            fail_msg("%s %s is accepted", rows[i].text, rows[i].sidecar ? rows[i].sidecar : "");
        if (strcmp(err.code, rows[i].code) != 0 || !strstr(err.message, rows[i].says))
            fail_msg("%s %s: %s: %s", rows[i].text, rows[i].sidecar ? rows[i].sidecar : "",
                     err.code, err.message);
        assert_int_equal(err.kind, SP_ERR_USAGE);
        assert_int_equal(set.records.n, 0);
    }
}

static void test_legs_ttl_and_course(SP_UNUSED void **state)
{
    static const char text[] = TEMPLATE(CNAME("%a%", "t1.example") ", " CNAME(
        "%b%._domainkey",
        "t2.example") ", "
                      "{\"type\": \"CNAME\", \"host\": \"c\", \"pointsTo\": \"t3.example\", "
                      "\"ttl\": \"60\"}, "
                      "{\"type\": \"CNAME\", \"host\": \"d\", \"pointsTo\": \"t4.example\"}");
    static const char sidecar[] =
        "{\"window\": \"3d\", \"finish\": {\"text\": \"tick the box\", \"url\": "
        "\"https://mailer.example/x\"}, \"legs\": {\"%a%\": \"dkim\", \"d\": \"return-path\"}}";
    struct sp_err err = SP_ERR_INIT;
    struct sp_record_set set;
    if (make(text, sidecar, 2, &set, &err) < 0)
        fail_msg("%s", err.message);
    static const enum sp_leg legs[] = {SP_LEG_DKIM, SP_LEG_DKIM, SP_LEG_RETURN_PATH,
                                       SP_LEG_RETURN_PATH};
    static const uint32_t ttls[] = {3600, 3600, 60, 0};
    assert_int_equal(set.records.n, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(set.records.items[i].leg, legs[i]);
        assert_int_equal(set.records.items[i].ttl, ttls[i]);
    }
    assert_int_equal(set.course.window_s, 3 * 24 * 3600);
    assert_string_equal(set.course.finish_text, "tick the box");
    assert_string_equal(set.course.finish_url, "https://mailer.example/x");
    struct sp_course copy = sp_course_dup(&set.course);
    sp_record_set_fini(&set);
    assert_string_equal(copy.finish_text, "tick the box");
    sp_course_fini(&copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hosts_and_targets),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_legs_ttl_and_course),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
