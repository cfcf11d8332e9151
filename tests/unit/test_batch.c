#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "publish/batch.h"

#include <cmocka.h>

#define CHANGES_MAX 16

/* "a- a- a+ b+": deletions, creations and updates (=) by host; a capital letter was applied. */
static size_t read_changes(const char *text, struct sp_change *ret_changes)
{
    size_t n = 0;
    for (; *text; text += text[2] ? 3 : 2) {
        struct sp_change *change = &ret_changes[n++];
        struct sp_err err = SP_ERR_INIT;
        char host[] = "?.example.com";
        *change = (struct sp_change){.is_applied = *text >= 'A' && *text <= 'Z'};
        host[0] = *text;
        assert_int_equal(sp_name_parse(&change->host, host, &err), 0);
        change->action = text[1] == '-'   ? SP_ACTION_DELETE
                         : text[1] == '+' ? SP_ACTION_CREATE
                                          : SP_ACTION_UPDATE;
    }
    return n;
}

static void test_len(SP_UNUSED void **state)
{
    static const struct {
        const char *changes;
        size_t batch_max;
        bool is_atomic;
        const char *lens; /* a digit a call */
    } rows[] = {
        {"a+ b+ c+", 10, true, "3"},       {"a+ b+ c+", 10, false, "3"},
        {"a+ b+ c+", 3, false, "3"},       {"a+ b+ c+", 2, true, "21"},
        {"a+ b+ c+", 1, true, "111"},      {"a+ b+ c+", 0, true, "111"},    /* 0 is 1 */
        {"a+ b- b+ c+", 10, true, "4"},    {"a+ b- b+ c+", 2, true, "121"}, /* b's are not parted */
        {"a+ b- b+ c+", 10, false, "121"}, {"a+ c+ b- b=", 10, false, "22"},
        {"a- a- a- a+ b+", 2, true, "41"}, /* more than it takes, and together all the same */
        {"a- a- b- b-", 10, false, "4"},   /* nothing is put in their place */
        {"a- a- b- b-", 3, false, "22"},
    };
    struct sp_change changes[CHANGES_MAX];
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        size_t n = read_changes(rows[i].changes, changes), at = 0;
        const struct sp_description description = {.batch_max = (uint32_t)rows[i].batch_max,
                                                   .is_atomic = rows[i].is_atomic};
        struct sp_buf lens = SP_BUF_INIT(CHANGES_MAX);
        while (at < n) {
            size_t len = sp_batch_len(changes + at, n - at, &description);
            sp_buf_putc(&lens, (char)('0' + len));
            at += len;
        }
        if (at != n || strcmp(sp_buf_str(&lens), rows[i].lens) != 0)
            fail_msg("%s by %zu: %s", rows[i].changes, rows[i].batch_max, sp_buf_str(&lens));
        sp_buf_fini(&lens);
    }
}

/* "a.example.com." has 14 characters, a deleted or replaced value has 10. */
static void test_characters(SP_UNUSED void **state)
{
    static const struct {
        const char *changes;
        uint32_t characters_max;
        const char *lens;
    } rows[] = {
        {"a+ b+ c+", 0, "3"},         {"a+ b+ c+", 42, "3"},  {"a+ b+ c+", 41, "21"},
        {"a= b= c=", 72, "3"},        {"a= b= c=", 71, "21"}, {"a- b- c-", 30, "3"},
        {"a- b- c-", 29, "21"},       {"a+ b+ c+", 1, "111"}, {"a- a- a+ b+", 33, "31"},
        {"a- a- a+ b+ c+", 28, "32"},
    };
    struct sp_change changes[CHANGES_MAX];
    struct sp_listed before = {.value = (char[]){"0123456789"}};
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        const struct sp_description description = {
            .batch_max = 100, .batch_characters_max = rows[i].characters_max, .is_atomic = true};
        size_t n = read_changes(rows[i].changes, changes), at = 0;
        struct sp_buf lens = SP_BUF_INIT(CHANGES_MAX);
        for (size_t k = 0; k < n; k++) {
            changes[k].target = changes[k].host;
            changes[k].before = changes[k].action == SP_ACTION_CREATE ? NULL : &before;
        }
        while (at < n) {
            size_t len = sp_batch_len(changes + at, n - at, &description);
            sp_buf_putc(&lens, (char)('0' + len));
            at += len;
        }
        if (strcmp(sp_buf_str(&lens), rows[i].lens) != 0)
            fail_msg("%s by %u: %s", rows[i].changes, rows[i].characters_max, sp_buf_str(&lens));
        sp_buf_fini(&lens);
    }
    /* What is put back is as long as it was listed. */
    read_changes("a+ b+", changes);
    changes[0].before = changes[1].before = &before;
    const struct sp_description restoring = {
        .batch_max = 100, .batch_characters_max = 20, .is_atomic = true};
    assert_int_equal(sp_batch_len(changes, 2, &restoring), 2);
}

static void test_orphaned(SP_UNUSED void **state)
{
    static const struct {
        const char *changes, *orphaned;
    } rows[] = {
        {"A- A+", ""},           {"A- a+", "0"},           {"a- a+", ""},
        {"A- a- a+", "0"},       {"A- A- a=", "01"},       {"A- A- b+", ""},
        {"A+ B- b+ C- C+", "1"}, {"A- B- b+ C- c=", "13"}, {"a+ b+", ""},
    };
    struct sp_change changes[CHANGES_MAX];
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        size_t n = read_changes(rows[i].changes, changes);
        struct sp_buf found = SP_BUF_INIT(CHANGES_MAX);
        sp_batch_indexes orphaned;
        sp_batch_list_orphaned(changes, n, &orphaned);
        SP_ARRAY_FOREACH (&orphaned, at)
            sp_buf_putc(&found, (char)('0' + *at));
        sp_array_free(&orphaned);
        if (strcmp(sp_buf_str(&found), rows[i].orphaned) != 0)
            fail_msg("%s: %s", rows[i].changes, sp_buf_str(&found));
        sp_buf_fini(&found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_len),
        cmocka_unit_test(test_characters),
        cmocka_unit_test(test_orphaned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
