#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/next.h"

static char *next_of(const char *const *words, const struct sp_next *next)
{
    struct sp_options options;
    struct sp_err err = SP_ERR_INIT;
    struct sp_buf out = SP_BUF_INIT(65536);
    char *argv[24];
    size_t argc = 0;
    for (; *words; words++)
        argv[argc++] = (char *)(uintptr_t)*words;
    assert_int_equal(
        sp_options_parse(&options, "signpost publish", SP_COMMAND_PUBLISH, argc, argv, 1, &err), 0);
    sp_next_put(&out, &options, next);
    sp_options_fini(&options);
    return sp_buf_steal(&out);
}

static void test_quoting(void **state)
{
    static const struct {
        const char *word, *quoted;
    } rows[] = {
        {"plain-1.example:53", "plain-1.example:53"},
        {"two words", "'two words'"},
        {"it's", "'it'\\''s'"},
        {"$(id)", "'$(id)'"},
        {"a;b|c&d", "'a;b|c&d'"},
        {"*", "'*'"},
        {"~root", "'~root'"},
        {"ä", "'ä'"},
    };
    struct sp_next next = {.command = "verify", .command_bit = SP_COMMAND_VERIFY};
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        const char *const words[] = {"signpost", "publish", "--ledger", rows[i].word, NULL};
        char *line = next_of(words, &next),
             *wanted = sp_asprintf("signpost verify --ledger %s", rows[i].quoted);
        assert_string_equal(line, wanted);
        free(wanted);
        free(line);
    }
}

static void test_flags_are_repeated_where_they_matter(void **state)
{
    static const char *const words[] = {
        "signpost",      "publish",    "--resolver", "127.0.0.1:5300", "--resolver",
        "::1",           "--dns-port", "5300",       "--yes",          "--record",
        "a b=c.example", "--ledger",   "/tmp/it's",  "--timeout=1s",   "--until=records",
        "--no-wait",     NULL};
    struct sp_name domain;
    struct sp_err err = SP_ERR_INIT;
    (void)state;
    assert_int_equal(sp_name_parse(&domain, "example.com", &err), 0);
    struct sp_next verify = {.command = "verify",
                             .command_bit = SP_COMMAND_VERIFY,
                             .extra = "--wait",
                             .domains = &domain,
                             .n_domains = 1};
    char *line = next_of(words, &verify);
    assert_string_equal(
        line,
        "signpost verify example.com --wait --timeout 1s --until records --resolver 127.0.0.1:5300 "
        "--resolver ::1 --dns-port 5300 --ledger '/tmp/it'\\''s'");
    free(line);
    struct sp_next publish = {.command = "publish",
                              .command_bit = SP_COMMAND_PUBLISH,
                              .has_records = true,
                              .has_write = true,
                              .domains = &domain,
                              .n_domains = 1};
    line = next_of(words, &publish);
    assert_string_equal(line, "signpost publish example.com --record 'a b=c.example' --yes "
                              "--no-wait --timeout 1s --until records "
                              "--resolver 127.0.0.1:5300 --resolver ::1 --dns-port 5300 "
                              "--ledger '/tmp/it'\\''s'");
    free(line);
}

static void test_durations(void **state)
{
    static const char *const rows[][2] = {{"90", "90s"},  {"120s", "2m"}, {"1500ms", "1500ms"},
                                          {"24h", "1d"},  {"25h", "25h"}, {"0", "0s"},
                                          {"90m", "90m"}, {"10m", "10m"}};
    struct sp_next next = {.command = "verify", .command_bit = SP_COMMAND_VERIFY};
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        const char *const words[] = {"signpost", "publish", "--timeout", rows[i][0], NULL};
        char *line = next_of(words, &next),
             *wanted = sp_asprintf("signpost verify --timeout %s", rows[i][1]);
        assert_string_equal(line, wanted);
        free(wanted);
        free(line);
    }
}

static void test_what_cannot_be_typed_is_not_shown(void **state)
{
    static const char *const escape[] = {"signpost", "publish", "--ledger", "\033[31mred", NULL};
    static const char *const standard_input[] = {"signpost", "publish", "--records", "-", NULL};
    struct sp_next next = {
        .command = "publish", .command_bit = SP_COMMAND_PUBLISH, .has_records = true};
    (void)state;
    char *line = next_of(escape, &next);
    assert_string_equal(line, "");
    free(line);
    line = next_of(standard_input, &next);
    assert_string_equal(line, "");
    free(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quoting),
        cmocka_unit_test(test_flags_are_repeated_where_they_matter),
        cmocka_unit_test(test_durations),
        cmocka_unit_test(test_what_cannot_be_typed_is_not_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
