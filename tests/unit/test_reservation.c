/* What a third-party plugin may not claim, whatever is installed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "broker/endpoint.h"
#include "broker/reservation.h"

static struct sp_description describe(const char *name, const char *variable, const char *suffix)
{
    struct sp_description description = {.name = sp_strdup(name), .label = sp_strdup("DNS")};
    sp_array_push(&description.origins);
    struct sp_auth *auth = sp_array_push(&description.auths);
    struct sp_secret_field *field = sp_array_push(&auth->secrets);
    sp_strings_add(&field->env, variable);
    if (suffix)
        sp_strings_add(&description.name_servers, suffix);
    return description;
}

static void test_alone(void **state)
{
    static const struct {
        const char *name, *variable, *words, *fix; /* words NULL: allowed */
    } rows[] = {
        {"tiny", "TINY_TOKEN", NULL, NULL},
        {"two-words", "TWO_WORDS_TOKEN", NULL, NULL},
        {"powerdns-admin", "POWERDNS_ADMIN_TOKEN", NULL, NULL},
        {"autobahn", "AUTOBAHN_TOKEN", NULL, NULL},
        {"cloudflare", "CLOUDFLARE_API_TOKEN", "its name belongs", "a name of its own"},
        {"cf", "CF_X", "its name belongs", "a name of its own"},
        {"godaddy", "GODADDY_X", "its name belongs", "a name of its own"},
        {"route53", "ROUTE53_X", "its name belongs", "a name of its own"},
        {"aws", "AWS_SECRET_ACCESS_KEY", "its name belongs", "a name of its own"},
        {"powerdns", "POWERDNS_X", "its name belongs", "a name of its own"},
        {"pdns", "PDNS_API_KEY", "its name belongs", "a name of its own"},
        {"manual", "MANUAL_X", "its name belongs", "a name of its own"},
        {"signpost", "SIGNPOST_X", "its name belongs", "a name of its own"},
        {"auto", "AUTO_X", "its name belongs", "a name of its own"},
        {"cf-two", "CF_TWO_TOKEN", "one of its variables, CF_TWO_TOKEN, belongs",
         "give the plugin a name of its own"},
        {"signpost-x", "SIGNPOST_X_TOKEN", "one of its variables, SIGNPOST_X_TOKEN, belongs",
         "give the plugin a name of its own"},
        {"tiny", "AWS_SECRET_ACCESS_KEY", "one of its variables, AWS_SECRET_ACCESS_KEY, belongs",
         "start with its own name: TINY_..."},
        {"tiny", "PDNS_API_KEY_FILE", "one of its variables, PDNS_API_KEY_FILE, belongs",
         "start with its own name: TINY_..."},
        {"tiny", "HOME", "and HOME does not", "start with its own name: TINY_..."},
        {"tiny", "TINYX_TOKEN", "and TINYX_TOKEN does not", "start with its own name: TINY_..."},
        {"two-words", "TWO_TOKEN", "and TWO_TOKEN does not", "TWO_WORDS_..."},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_err err = SP_ERR_INIT;
        struct sp_description description = describe(rows[i].name, rows[i].variable, NULL);
        int result = sp_reservation_check(&description, "/x/y.so", &err);
        if (result != (rows[i].words ? -1 : 0))
            fail_msg("row %zu: %s", i, err.message);
        if (rows[i].words) {
            assert_int_equal(err.kind, SP_ERR_PLUGIN);
            assert_string_equal(err.code, "plugin-reserved");
            assert_non_null(strstr(err.message, rows[i].words));
            assert_non_null(strstr(err.message, "/x/y.so"));
            assert_non_null(strstr(err.fix, rows[i].fix));
        }
        sp_description_fini(&description);
    }
}

/* The variable of an address decides as much as that of a credential. */
static void test_address_variable(void **state)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_description description = describe("tiny", "TINY_TOKEN", NULL);
    (void)state;
    description.origins.items[0].endpoint_env = sp_strdup("PDNS_API_URL");
    assert_int_equal(sp_reservation_check(&description, "/x/y.so", &err), -1);
    assert_non_null(strstr(err.message, "PDNS_API_URL"));
    sp_description_fini(&description);
}

static void test_beside(void **state)
{
    static const struct {
        const char *name, *variable, *suffix, *words; /* words NULL: allowed */
        bool is_damaged;
    } rows[] = {
        {"foo", "FOO_TOKEN", "foo.example", NULL, false},
        {"foo", "FOO_BAR_OTHER", "foo.example", NULL, false},
        {"foo", "FOO_BAR_TOKEN", "foo.example", "FOO_BAR_TOKEN, belongs", false},
        {"foo", "FOO_BAR_TOKEN_FILE", "foo.example", "FOO_BAR_TOKEN_FILE, belongs", false},
        {"foo", "FOO_BAR_OTHER", "foo.example", "FOO_BAR_OTHER, belongs", true},
        {"foo", "FOO_TOKEN", "foo.example", NULL, true},
        {"foo-bar", "FOO_BAR_X", "foo.example", "its name belongs", false},
        {"foo-bar", "FOO_BAR_X", "foo.example", "its name belongs", true},
        {"foo", "FOO_TOKEN", "ns.bar.example", "suffixes, ns.bar.example, belongs", false},
        {"foo", "FOO_TOKEN", "example", "suffixes, example, belongs", false},
        {"foo", "FOO_TOKEN", "rebar.example", NULL, false},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_err err = SP_ERR_INIT;
        struct sp_description ours = describe(rows[i].name, rows[i].variable, rows[i].suffix);
        struct sp_description theirs = {.name = NULL};
        if (rows[i].is_damaged)
            theirs.name = sp_strdup("foo-bar");
        else
            theirs = describe("foo-bar", "FOO_BAR_TOKEN", "bar.example");
        int result = sp_reservation_check_beside(&ours, "/x/y.so", &theirs, &err);
        if (result != (rows[i].words ? -1 : 0) ||
            (rows[i].words &&
             (!strstr(err.message, rows[i].words) ||
              !strstr(err.message, "the installed plugin foo-bar") || !err.fix[0])))
            fail_msg("row %zu: %s; %s", i, err.message, err.fix);
        sp_description_fini(&ours);
        sp_description_fini(&theirs);
    }
}

static void test_endpoints(void **state)
{
    struct sp_description description = describe("my-dns", "MY_DNS_TOKEN", NULL);
    struct sp_origin *origin = description.origins.items;
    const char *from;
    char *variable = sp_endpoint_variable(description.name), *url;
    (void)state;
    assert_string_equal(variable, "SIGNPOST_MY_DNS_ENDPOINT");
    origin->url = sp_strdup("https://api.example");
    origin->endpoint_env = sp_strdup("MY_DNS_URL");
    setenv(variable, "", 1);
    setenv("MY_DNS_URL", "", 1);
    assert_null(sp_endpoint_of_operator(&description, 0, NULL, variable, &from));
    assert_string_equal(url = sp_endpoint_of(&description, NULL), "https://api.example");
    free(url);
    setenv("MY_DNS_URL", "https://tools.example", 1);
    assert_string_equal(sp_endpoint_of_operator(&description, 0, NULL, variable, &from),
                        "https://tools.example");
    assert_string_equal(from, "MY_DNS_URL");
    setenv(variable, "https://own.example", 1);
    assert_string_equal(sp_endpoint_of_operator(&description, 0, NULL, variable, &from),
                        "https://own.example");
    assert_string_equal(from, variable);
    assert_string_equal(url = sp_endpoint_of(&description, "https://flag.example"),
                        "https://flag.example");
    free(url);
    unsetenv(variable);
    unsetenv("MY_DNS_URL");
    free(variable);
    sp_description_fini(&description);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alone),
        cmocka_unit_test(test_address_variable),
        cmocka_unit_test(test_beside),
        cmocka_unit_test(test_endpoints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
