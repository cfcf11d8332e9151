#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "cli/options.h"
#include "cli/replace_type.h"
#include "cli/suggest.h"
#include "cli/wrap.h"
#include "verify/verdict.h"

#define ARGV_MAX 16

/* argv from a NULL-terminated list, the program's name in front. */
static size_t argv_of(const char *const *words, char *argv[ARGV_MAX])
{
    size_t n = 0;
    argv[n++] = (char *)(uintptr_t) "signpost";
    for (; *words; words++)
        argv[n++] = (char *)(uintptr_t)*words;
    return n;
}

static int parse(struct sp_options *options, unsigned commands, const char *const *words,
                 struct sp_err *err)
{
    char *argv[ARGV_MAX];
    size_t argc = argv_of(words, argv);
    return sp_options_parse(options, "signpost publish", commands, argc, argv,
                            sp_options_find_command(argc, argv), err);
}
#define PARSE(options, commands, err, ...)                                                         \
    parse((options), (commands), (const char *const[]){__VA_ARGS__, NULL}, (err))

static void test_values(void **state)
{
    struct sp_options options;
    struct sp_err err = SP_ERR_INIT;
    (void)state;
    assert_int_equal(PARSE(&options, SP_COMMAND_PUBLISH, &err, "publish", "a.example", "--record",
                           "h=t", "--record=h2=t2", "--timeout", "2h", "--dns-port=5300", "--until",
                           "records", "-v", "--output", "jsonl", "--yes", "b.example"),
                     0);
    assert_int_equal(options.arguments.n, 2);
    assert_string_equal(options.arguments.items[1], "b.example");
    assert_int_equal(options.record_arguments.n, 2);
    assert_string_equal(options.record_arguments.items[1], "h2=t2");
    assert_int_equal(options.timeout_ms, 2 * 3600 * 1000);
    assert_int_equal(options.dns_port, 5300);
    assert_int_equal(options.until, SP_UNTIL_RECORDS);
    assert_int_equal(options.output, SP_FORMAT_JSONL);
    assert_true(options.has_yes && options.is_verbose);
    assert_true(sp_options_has(&options, "timeout"));
    assert_false(sp_options_has(&options, "ledger"));
    sp_options_fini(&options);
}

static void test_grouped_flags(void **state)
{
    struct sp_options options;
    struct sp_err err = SP_ERR_INIT;
    (void)state;
    assert_int_equal(PARSE(&options, SP_COMMAND_PUBLISH, &err, "publish", "-qv"), 0);
    assert_true(options.is_quiet && options.is_verbose);
    sp_options_fini(&options);
    assert_int_equal(PARSE(&options, SP_COMMAND_PUBLISH, &err, "publish", "-qx"), -1);
    assert_string_equal(err.message, "unknown option -qx");
    sp_options_fini(&options);
}

/* What has no records has no zone file either. */
static void test_choices_of_a_command(void **state)
{
    struct sp_options options;
    struct sp_err err = SP_ERR_INIT;
    (void)state;
    assert_int_equal(PARSE(&options, SP_COMMAND_PROVIDERS, &err, "providers", "--output=json"), 0);
    assert_int_equal(options.output, SP_FORMAT_JSON);
    sp_options_fini(&options);
    assert_int_equal(PARSE(&options, SP_COMMAND_PROVIDERS, &err, "providers", "--output=zone"), -1);
    assert_string_equal(err.fix, "use one of: text, json");
    sp_options_fini(&options);
}

static void test_replace_types(void **state)
{
    static const struct {
        const char *type, *fix; /* NULL: taken */
    } rows[] = {
        {"txt", NULL},
        {"AAAA", NULL},
        {"CNAME", "use --replace for it"},
        {"ns", "leave NS out: the zone, or one below it, hangs on them"},
        {"SOA", "leave SOA out: the zone, or one below it, hangs on them"},
        {"TXTT", "did you mean TXT?"},
        {"FOO", "name types as in --replace-types TXT,MX"},
        {"", "name types as in --replace-types TXT,MX"},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_err err = SP_ERR_INIT;
        char *type = sp_strdup(rows[i].type);
        assert_int_equal(sp_replace_type_read(type, &err), rows[i].fix ? -1 : 0);
        assert_string_equal(err.fix, rows[i].fix ? rows[i].fix : "");
        free(type);
    }
}

static void test_wrap(void **state)
{
    static const struct {
        unsigned width;
        const char *text, *wrapped, *cut;
    } rows[] = {
        {0, "a b\n", "a b\n", ""},
        {12, "  fix: one two three\n", "  fix: one\n  two three\n", "  fix: on..."},
        {9, "\033[1mred\033[0m  word\nx\n", "\033[1mred\033[0m  word\nx\n", NULL},
        {6, "a longer-than-that b\n", "a\nlonger-than-that\nb\n", "a l..."},
        {5, "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6 \xc3\xbc\n",
         "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\n\xc3\xbc\n", "\xc3\xa4\xc3\xb6..."},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_buf wrapped = SP_BUF_INIT(1000), cut = SP_BUF_INIT(1000);
        sp_wrap_puts(&wrapped, rows[i].text, rows[i].width);
        assert_string_equal(sp_buf_str(&wrapped), rows[i].wrapped);
        sp_wrap_cut(&cut, rows[i].text, rows[i].width);
        if (rows[i].cut)
            assert_string_equal(sp_buf_str(&cut), rows[i].cut);
        sp_buf_fini(&wrapped);
        sp_buf_fini(&cut);
    }
}

static void test_defaults(void **state)
{
    struct sp_options options;
    struct sp_err err = SP_ERR_INIT;
    (void)state;
    assert_int_equal(PARSE(&options, SP_COMMAND_VERIFY, &err, "verify", "a.example"), 0);
    assert_int_equal(options.timeout_ms, SP_WAIT_DEFAULT_MS);
    assert_int_equal(options.until, SP_UNTIL_KEY);
    assert_int_equal(options.output, SP_FORMAT_TEXT);
    assert_null(options.ledger);
    sp_options_fini(&options);
}

static void test_options_stand_before_the_command_too(void **state)
{
    static const char *const words[] = {"--ledger", "publish", "-q", "publish", "a.example", NULL};
    struct sp_options options;
    struct sp_err err = SP_ERR_INIT;
    char *argv[ARGV_MAX];
    (void)state;
    assert_int_equal(sp_options_find_command(argv_of(words, argv), argv), 4);
    assert_int_equal(parse(&options, SP_COMMAND_PUBLISH, words, &err), 0);
    assert_string_equal(options.ledger, "publish");
    assert_true(options.is_quiet);
    assert_int_equal(options.arguments.n, 1);
    sp_options_fini(&options);
}

static void test_two_dashes_end_the_options(void **state)
{
    struct sp_options options;
    struct sp_err err = SP_ERR_INIT;
    (void)state;
    assert_int_equal(PARSE(&options, SP_COMMAND_PUBLISH, &err, "publish", "--", "--yes", "-"), 0);
    assert_int_equal(options.arguments.n, 2);
    assert_string_equal(options.arguments.items[0], "--yes");
    assert_false(options.has_yes);
    sp_options_fini(&options);
}

static void test_standard_input_is_a_value(void **state)
{
    struct sp_options options;
    struct sp_err err = SP_ERR_INIT;
    (void)state;
    assert_int_equal(
        PARSE(&options, SP_COMMAND_PUBLISH, &err, "publish", "--records", "-", "a.example"), 0);
    assert_string_equal(options.records, "-");
    sp_options_fini(&options);
}

static void test_refusals(void **state)
{
    static const struct {
        unsigned command;
        const char *words[6];
        const char *message, *fix;
    } rows[] = {
        {SP_COMMAND_PUBLISH, {"publish", "--dryrun"}, "unknown option --dryrun", "--dry-run"},
        {SP_COMMAND_PUBLISH, {"publish", "--nothing", "f"}, "unknown option --nothing", "--help"},
        {SP_COMMAND_PUBLISH, {"publish", "-x"}, "unknown option -x", "--help"},
        {SP_COMMAND_VERIFY, {"verify", "--replace"}, "--replace is no option of", "--help"},
        {0, {"--provider", "x"}, "--provider is no option of", "--help"},
        {SP_COMMAND_PUBLISH,
         {"publish", "--provider"},
         "--provider needs a value",
         "--provider NAME"},
        {SP_COMMAND_PUBLISH,
         {"publish", "--provider", "--yes"},
         "needs a value",
         "--provider NAME"},
        {SP_COMMAND_PUBLISH, {"publish", "--provider="}, "--provider is empty", "--provider NAME"},
        {SP_COMMAND_WATCH, {"watch", "--webhook", ""}, "--webhook is empty", "--webhook URL"},
        {SP_COMMAND_PUBLISH, {"publish", "--yes=1"}, "--yes takes no value", ""},
        {SP_COMMAND_PUBLISH,
         {"publish", "--output", "xml"},
         "does not know \"xml\"",
         "text, json, jsonl, zone"},
        {SP_COMMAND_PUBLISH, {"publish", "--timeout", "soon"}, "no duration", "10m"},
        {SP_COMMAND_PUBLISH, {"publish", "--timeout", "8d"}, "no duration", "7d"},
        {SP_COMMAND_PUBLISH, {"publish", "--dns-port", "0"}, "is not from 1 to 65535", "65535"},
        {SP_COMMAND_PUBLISH, {"publish", "--dns-port", "65536"}, "is not from 1 to 65535", "65535"},
        {SP_COMMAND_PUBLISH, {"publish", "--dns-port", "+53"}, "no port", "65535"},
        {SP_COMMAND_VERIFY, {"verify", "--qps", "0"}, "is not from 1 to 100000", "from 1"},
        {SP_COMMAND_VERIFY, {"verify", "--older", "x"}, "neither a duration nor a time", "7d"},
        {SP_COMMAND_VERIFY, {"verify", "--wait", "--no-wait"}, "contradict", ""},
        {SP_COMMAND_PUBLISH, {"publish", "--exit-code"}, "dry run", "--dry-run"},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_options options;
        struct sp_err err = SP_ERR_INIT;
        assert_int_equal(parse(&options, rows[i].command, rows[i].words, &err), -1);
        assert_int_equal(err.kind, SP_ERR_USAGE);
        if (!strstr(err.message, rows[i].message) || !strstr(err.fix, rows[i].fix))
            fail_msg("row %zu: %s / %s", i, err.message, err.fix);
        sp_options_fini(&options);
    }
}

static void test_every_command_takes_the_common_options(void **state)
{
    static const char *const common[] = {"endpoint",   "resolver", "dns-port", "ledger",
                                         "plugin-dir", "config",   "quiet",    "verbose",
                                         "no-color",   "version",  "help"};
    size_t n;
    const struct sp_option *table = sp_option_table(&n);
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(common); i++) {
        bool is_found = false;
        for (size_t j = 0; j < n; j++)
            is_found = is_found || (strcmp(table[j].name, common[i]) == 0 &&
                                    table[j].commands == SP_COMMAND_ALL);
        assert_true(is_found);
    }
}

static void test_suggestions(void **state)
{
    static const char *const words[] = {"publish", "unpublish", "verify", "status", NULL};
    char too_long[100];
    (void)state;
    assert_string_equal(sp_suggest("pubish", words), "publish");
    assert_string_equal(sp_suggest("stauts", words), "status");
    assert_string_equal(sp_suggest("ver", words), "verify");
    assert_null(sp_suggest("frobnicate", words));
    assert_null(sp_suggest("", words));
    memset(too_long, 'a', sizeof(too_long) - 1);
    too_long[sizeof(too_long) - 1] = '\0';
    assert_null(sp_suggest(too_long, words));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_grouped_flags),
        cmocka_unit_test(test_choices_of_a_command),
        cmocka_unit_test(test_replace_types),
        cmocka_unit_test(test_wrap),
        cmocka_unit_test(test_options_stand_before_the_command_too),
        cmocka_unit_test(test_two_dashes_end_the_options),
        cmocka_unit_test(test_standard_input_is_a_value),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_every_command_takes_the_common_options),
        cmocka_unit_test(test_suggestions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
