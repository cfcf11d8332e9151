/* Results: exit codes, warnings, and what a verdict changes in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "publish/result.h"

/* Last: its macro fail() would change a member of that name in plugin.h. */
#include <cmocka.h>

static struct sp_name name_of(const char *text)
{
    struct sp_name name;
    struct sp_err err = SP_ERR_INIT;
    assert_int_equal(sp_name_parse(&name, text, &err), 0);
    return name;
}

static void test_exit_code(SP_UNUSED void **state)
{
    static const struct {
        enum sp_err_kind kind;
        enum sp_status status;
        bool is_dry_run, has_planned, is_detailed;
        int expected;
    } rows[] = {
        {SP_ERR_NONE, SP_STATUS_NONE, false, false, false, 0},
        {SP_ERR_NONE, SP_STATUS_CONNECTED, false, false, false, 0},
        {SP_ERR_NONE, SP_STATUS_PENDING, false, false, false, 3},
        {SP_ERR_NONE, SP_STATUS_ERROR, false, false, false, 4},
        {SP_ERR_NONE, SP_STATUS_PENDING, false, true, true, 3},
        {SP_ERR_NONE, SP_STATUS_NONE, true, true, false, 0},
        {SP_ERR_NONE, SP_STATUS_NONE, true, true, true, 9},
        {SP_ERR_NONE, SP_STATUS_NONE, true, false, true, 0},
        {SP_ERR_INTERNAL, SP_STATUS_NONE, false, false, false, 1},
        {SP_ERR_USAGE, SP_STATUS_NONE, false, false, false, 2},
        {SP_ERR_DNS, SP_STATUS_NONE, false, false, false, 3},
        {SP_ERR_DNS, SP_STATUS_PENDING, false, false, false, 3},
        {SP_ERR_DNS, SP_STATUS_ERROR, false, false, false, 4},
        {SP_ERR_REFUSED, SP_STATUS_NONE, true, true, true, 5},
        {SP_ERR_REFUSED, SP_STATUS_NONE, false, false, false, 5},
        {SP_ERR_CREDENTIALS, SP_STATUS_NONE, false, false, false, 6},
        {SP_ERR_PROVIDER, SP_STATUS_NONE, false, true, false, 7},
        {SP_ERR_PLUGIN, SP_STATUS_NONE, false, false, false, 8},
        {SP_ERR_CANCELLED, SP_STATUS_PENDING, false, false, false, 130},
        {SP_ERR_CANCELLED, SP_STATUS_NONE, false, true, false, 130},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_result result = {.status = rows[i].status, .is_dry_run = rows[i].is_dry_run};
        result.err.kind = rows[i].kind;
        if (rows[i].has_planned)
            sp_array_push(&result.changes)->outcome = SP_OUTCOME_PLANNED;
        sp_array_push(&result.changes)->outcome = SP_OUTCOME_UNCHANGED;
        int got = sp_result_exit_code(&result, rows[i].is_detailed);
        if (got != rows[i].expected)
            fail_msg("row %zu: %d, not %d", i, got, rows[i].expected);
        sp_result_fini(&result);
    }
}

static void test_worst(SP_UNUSED void **state)
{
    static const int order[] = {130, 1, 2, 8, 6, 7, 5, 4, 3, 9, 0};
    for (size_t i = 0; i < SP_ARRAY_LEN(order); i++)
        for (size_t j = i; j < SP_ARRAY_LEN(order); j++) {
            assert_int_equal(sp_exit_code_worst(order[i], order[j]), order[i]);
            assert_int_equal(sp_exit_code_worst(order[j], order[i]), order[i]);
        }
}

static void test_words(SP_UNUSED void **state)
{
    assert_string_equal(sp_outcome_name(SP_OUTCOME_PLANNED), "planned");
    assert_string_equal(sp_outcome_name(SP_OUTCOME_APPLIED), "applied");
    assert_string_equal(sp_outcome_name(SP_OUTCOME_UNCHANGED), "unchanged");
    assert_string_equal(sp_outcome_name(SP_OUTCOME_REFUSED), "refused");
    assert_string_equal(sp_outcome_name(SP_OUTCOME_FAILED), "failed");
    assert_string_equal(sp_outcome_name(SP_OUTCOME_ROLLED_BACK), "rolled-back");
    assert_string_equal(sp_outcome_name(SP_OUTCOME_UNKNOWN), "unknown");
    assert_string_equal(sp_action_name(SP_ACTION_CREATE), "create");
    assert_string_equal(sp_action_name(SP_ACTION_UPDATE), "update");
    assert_string_equal(sp_action_name(SP_ACTION_DELETE), "delete");
    assert_string_equal(sp_action_name(SP_ACTION_KEEP), "keep");
}

static void test_warnings_once(SP_UNUSED void **state)
{
    struct sp_result result = {0};
    sp_result_warn(&result, "lame-server", "fix", "%s is lame", "ns1");
    sp_result_warn(&result, "lame-server", "fix", "%s is lame", "ns1");
    sp_result_warn(&result, "lame-server", "", "%s is lame", "ns2");
    assert_int_equal(result.warnings.n, 2);
    assert_string_equal(result.warnings.items[1].message, "ns2 is lame");
    sp_result_fini(&result);
}

/* Two records, seen at one server each. */
static void observe(const struct sp_record_set *set, struct sp_observation *observation,
                    struct sp_verdict *verdict, enum sp_state state)
{
    static struct sp_name server;
    server = name_of("ns1.example.com");
    *observation = (struct sp_observation){.domain = set->domain, .at_s = 77};
    *verdict =
        (struct sp_verdict){.status = SP_STATUS_PENDING, .is_records_live = state == SP_STATE_LIVE};
    sp_copy_text(verdict->message, sizeof(verdict->message), "what is so");
    SP_ARRAY_FOREACH (&set->records, record) {
        struct sp_record_observation *seen = sp_array_push(&observation->records);
        seen->record = *record;
        sp_array_push(&seen->seen)->server = &server;
        struct sp_record_verdict *judged = sp_array_push(&verdict->records);
        judged->state = state;
        judged->diagnosis.code = state == SP_STATE_LIVE ? SP_CODE_NONE : SP_CODE_MISSING;
        *sp_array_push(&judged->servers) = state;
    }
}

static void forget(struct sp_observation *observation, struct sp_verdict *verdict)
{
    SP_ARRAY_FOREACH (&observation->records, record)
        sp_array_free(&record->seen);
    SP_ARRAY_FOREACH (&verdict->records, record)
        sp_array_free(&record->servers);
    sp_array_free(&observation->records);
    sp_array_free(&verdict->records);
    sp_array_free(&verdict->warnings);
}

static void test_verdict_replaces_the_last(SP_UNUSED void **state)
{
    struct sp_record_set set = {.domain = name_of("example.com")};
    struct sp_name host = name_of("sk.example.com"), target = name_of("u.mailer.example");
    struct sp_observation observation;
    struct sp_verdict verdict;
    struct sp_result result;
    sp_record_set_add(&set, &host, &target);
    sp_result_init(&result, &set);
    assert_false(result.records.items[0].has_state);
    sp_result_warn(&result, "not-delegated", "", "ours");

    observe(&set, &observation, &verdict, SP_STATE_MISSING);
    struct sp_diagnosis *lame = sp_array_push(&verdict.warnings);
    lame->code = SP_CODE_LAME_SERVER;
    sp_copy_text(lame->message, sizeof(lame->message), "ns1 is lame");
    sp_result_set_verdict(&result, &observation, &verdict);
    forget(&observation, &verdict);
    assert_int_equal(result.warnings.n, 2);
    assert_int_equal(result.records.items[0].state, SP_STATE_MISSING);
    assert_int_equal(result.records.items[0].diagnosis.code, SP_CODE_MISSING);

    observe(&set, &observation, &verdict, SP_STATE_LIVE);
    sp_result_set_verdict(&result, &observation, &verdict);
    forget(&observation, &verdict);
    assert_int_equal(result.warnings.n, 1);
    assert_string_equal(result.warnings.items[0].message, "ours");
    assert_true(result.has_verdict && result.is_records_live && !result.is_key_live);
    assert_int_equal(result.checked_at_s, 77);
    assert_string_equal(result.message, "what is so");
    assert_int_equal(result.records.items[0].servers.n, 1);
    assert_int_equal(result.records.items[0].servers.items[0].state, SP_STATE_LIVE);
    assert_int_equal(result.records.items[0].diagnosis.code, SP_CODE_NONE);
    sp_result_fini(&result);
    sp_record_set_fini(&set);
}

/* What a verdict said is found again in what was kept of it. */
static void test_a_kept_message(SP_UNUSED void **state)
{
    static const struct {
        const char *before, *window, *count, *finding;
    } rows[] = {
        {"", "", "all 3 records are live at 2 of 2 name servers", NULL},
        {"", "", "the record is not live at every name server", "a is missing; b, after all"},
        {"", "after 48 hours, ", "neither record is live at every name server", "a, b"},
        {"was connected until 2026-11-24 05:39 UTC; ", "after 1 second, ", "the record is live",
         "your side is done; there is no key"},
        {"was connected until 2026-11-24 05:39 UTC; ", "", "neither record is live",
         "after all, no"},
        {"", "", "", NULL},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_result result = {0};
        char *message =
            sp_asprintf("%s%s%s%s%s", rows[i].before, rows[i].window, rows[i].count,
                        rows[i].finding ? "; " : "", rows[i].finding ? rows[i].finding : "");
        size_t count_at = strlen(rows[i].before) + strlen(rows[i].window);
        sp_result_set_kept(&result, message);
        assert_string_equal(result.message, message);
        assert_int_equal(result.parts.window_at, strlen(rows[i].before));
        assert_int_equal(result.parts.count_at, count_at);
        assert_int_equal(result.parts.finding_at,
                         rows[i].finding ? count_at + strlen(rows[i].count) : 0);
        free(message);
        sp_result_fini(&result);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_kept_message), cmocka_unit_test(test_exit_code),
        cmocka_unit_test(test_worst),          cmocka_unit_test(test_words),
        cmocka_unit_test(test_warnings_once),  cmocka_unit_test(test_verdict_replaces_the_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
