/* The plan: what is wanted and what is listed on the left, what is to be done on the right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "publish/plan.h"

/* Last: its macro fail() would change a member of that name in plugin.h. */
#include <cmocka.h>

static struct sp_name name_of(const char *text, size_t len)
{
    struct sp_name name;
    struct sp_err err = SP_ERR_INIT;
    char *copy = sp_strndup(text, len);
    if (sp_name_parse(&name, copy, &err) < 0)
        fail_msg("%s", err.message);
    free(copy);
    return name;
}

static struct sp_span word(struct sp_cursor *cursor)
{
    sp_cursor_while(cursor, " ");
    return sp_cursor_until(cursor, " ");
}

/* "HOST TARGET; HOST TARGET" */
static void read_wanted(const char *text, struct sp_record_set *set)
{
    struct sp_cursor all = sp_cursor_of(text, strlen(text));
    while (!sp_cursor_is_end(&all)) {
        struct sp_span item = sp_cursor_until(&all, ";");
        struct sp_cursor words = sp_cursor_of(item.bytes, item.len);
        struct sp_span host = word(&words), target = word(&words);
        struct sp_name host_name = name_of(host.bytes, host.len),
                       target_name = name_of(target.bytes, target.len);
        sp_record_set_add(set, &host_name, &target_name);
        if (!sp_cursor_is_end(&all))
            sp_cursor_skip(&all, 1);
    }
}

/* "TYPE HOST VALUE [foreign] [disabled]; ..." */
static void read_listed(const char *text, sp_listed_list *list)
{
    struct sp_cursor all = sp_cursor_of(text, strlen(text));
    while (!sp_cursor_is_end(&all)) {
        struct sp_span item = sp_cursor_until(&all, ";");
        struct sp_cursor words = sp_cursor_of(item.bytes, item.len);
        struct sp_listed *listed = sp_array_push(list);
        struct sp_span type = word(&words), host = word(&words), value = word(&words), flag;
        memcpy(listed->type, type.bytes, type.len);
        listed->host = name_of(host.bytes, host.len);
        listed->value = sp_span_dup(value);
        listed->ttl = 60;
        if (sp_ascii_equal(listed->type, "CNAME"))
            listed->target = name_of(value.bytes, value.len);
        while ((flag = word(&words)).len) {
            listed->is_foreign |= sp_span_is(flag, "foreign");
            listed->is_disabled |= sp_span_is(flag, "disabled");
        }
        if (!sp_cursor_is_end(&all))
            sp_cursor_skip(&all, 1);
    }
}

/* "create; update X (old.example); delete TXT (v); keep; refused code" and, at the end, " +yes". */
static char *describe(const struct sp_plan *plan)
{
    struct sp_buf out = SP_BUF_INIT(SP_TEXT_MAX);
    static const char *const actions[] = {"create", "update", "delete", "keep"};
    SP_ARRAY_FOREACH (&plan->steps, step) {
        sp_buf_printf(&out, "%s", out.len ? "; " : "");
        if (step->is_refused)
            sp_buf_printf(&out, "refused %s", step->err.code);
        else
            sp_buf_puts(&out, actions[step->action]);
        if (!step->is_refused && step->before)
            sp_buf_printf(&out, " %s %s", step->before->type, step->before->value);
    }
    if (plan->needs_yes)
        sp_buf_puts(&out, " +yes");
    return sp_buf_steal(&out);
}

static void assert_consistent(const struct sp_plan *plan)
{
    bool is_refused = false, has_changes = false;
    SP_ARRAY_FOREACH (&plan->steps, step) {
        is_refused |= step->is_refused;
        has_changes |= !step->is_refused && step->action != SP_ACTION_KEEP;
        if (step->is_refused) {
            assert_int_equal(step->err.kind, SP_ERR_REFUSED);
            assert_true(step->err.message[0] && step->err.fix[0]);
        }
        if (step->action == SP_ACTION_CREATE && !step->is_refused)
            assert_null(step->before);
        if (step->action == SP_ACTION_UPDATE || step->action == SP_ACTION_DELETE)
            assert_non_null(step->before);
    }
    assert_int_equal(plan->is_refused, is_refused);
    assert_int_equal(plan->has_changes, has_changes);
}

static void free_listed(sp_listed_list *list)
{
    SP_ARRAY_FOREACH (list, listed)
        free(listed->value);
    sp_array_free(list);
}

struct row {
    const char *wanted, *listed;
    bool may_replace;
    const char *types; /* one type, or NULL */
    const char *expected;
};

#define W "sk.example.com u.mailer.example"
#define L "CNAME sk.example.com u.mailer.example"
#define O "CNAME sk.example.com old.example"

static const struct row publish_rows[] = {
    /* nothing there, or the same */
    {W, "", false, NULL, "create"},
    {W, L, false, NULL, "keep CNAME u.mailer.example"},
    {W, "CNAME SK.Example.com U.Mailer.Example", false, NULL, "keep CNAME U.Mailer.Example"},
    {W, "CNAME sk.example.com u.mailer.example.", false, NULL, "keep CNAME u.mailer.example."},
    {W, "cname sk.example.com u.mailer.example", false, NULL, "keep cname u.mailer.example"},
    {W, L, true, "TXT", "keep CNAME u.mailer.example"},
    {W, L "; RRSIG sk.example.com sig; NSEC sk.example.com next", false, NULL,
     "keep CNAME u.mailer.example"},
    {W, "RRSIG sk.example.com sig", false, NULL, "create"},
    {W, L "; " L, false, NULL, "keep CNAME u.mailer.example"},
    {W, L " foreign", false, NULL, "keep CNAME u.mailer.example"},
    /* other hosts do not matter */
    {W, "CNAME other.example.com old.example", false, NULL, "create"},
    {W, "TXT sk.example.com.example.com x", false, NULL, "create"},
    {W, "A example.com 192.0.2.1; MX example.com mail", true, "A", "create"},
    {W, "NS sub.sk.example.com ns1", false, NULL, "create"},
    {W, "CNAME *.example.com u.mailer.example", false, NULL, "create"},
    /* another target */
    {W, O, false, NULL, "refused other-target"},
    {W, O, false, "CNAME", "refused other-target"},
    {W, O, true, NULL, "update CNAME old.example +yes"},
    {W, "CNAME sk.example.com u.mailer.example.example.com", false, NULL, "refused other-target"},
    {W, "CNAME sk.example.com u.mailer.example.example.com", true, NULL,
     "update CNAME u.mailer.example.example.com +yes"},
    {W, O " foreign", false, NULL, "refused foreign-record"},
    {W, O " foreign", true, NULL, "refused foreign-record"},
    {W, O "; CNAME sk.example.com older.example", true, NULL,
     "delete CNAME older.example; update CNAME old.example +yes"},
    {W, L "; " O, false, NULL, "refused other-target"},
    {W, L "; " O, true, NULL, "delete CNAME old.example; keep CNAME u.mailer.example +yes"},
    {W, L " foreign; " O " foreign", true, NULL, "refused foreign-record"},
    /* disabled records are stored, not served */
    {W, L " disabled", false, NULL, "update CNAME u.mailer.example +yes"},
    {W, L " disabled; " L, false, NULL, "keep CNAME u.mailer.example"},
    {W, L "; " O " disabled", false, NULL, "keep CNAME u.mailer.example"},
    {W, O " disabled", false, NULL, "refused other-target"},
    {W, O " disabled", true, NULL, "update CNAME old.example +yes"},
    {W, L " disabled foreign", false, NULL, "refused foreign-record"},
    /* other types */
    {W, "TXT sk.example.com v=DKIM1", false, NULL, "refused other-type"},
    {W, "TXT sk.example.com v=DKIM1", true, NULL, "refused other-type"},
    {W, "TXT sk.example.com v=DKIM1", false, "A", "refused other-type"},
    {W, "TXT sk.example.com v=DKIM1", false, "TXT", "delete TXT v=DKIM1; create +yes"},
    {W, "TXT sk.example.com v=DKIM1", false, "txt", "delete TXT v=DKIM1; create +yes"},
    {W, "TXT sk.example.com one; TXT sk.example.com two", false, "TXT",
     "delete TXT one; delete TXT two; create +yes"},
    {W, "TXT sk.example.com one; A sk.example.com 192.0.2.1", false, "TXT", "refused other-type"},
    {W, "TXT sk.example.com one foreign", false, "TXT", "refused foreign-record"},
    {W, "TXT sk.example.com one disabled", false, NULL, "refused other-type"},
    {W, "NS sk.example.com ns1", false, "NS", "refused other-type"},
    {W, "SOA sk.example.com soa", false, "SOA", "refused other-type"},
    {W, "NS sk.example.com ns1; TXT sk.example.com one", false, "TXT", "refused other-type"},
    {W, "TXT sk.example.com one; " O, false, "TXT", "refused other-target"},
    {W, "TXT sk.example.com one; " O, true, "TXT", "delete TXT one; update CNAME old.example +yes"},
    {W, "TXT sk.example.com one; " L, false, "TXT",
     "delete TXT one; keep CNAME u.mailer.example +yes"},
    {W, "TXT sk.example.com one; " L, false, NULL, "refused other-type"},
    /* the top of the zone */
    {"example.com u.mailer.example", "SOA example.com soa; NS example.com ns1", true, "TXT",
     "refused cname-at-apex"},
    {"example.com u.mailer.example", "", false, NULL, "refused cname-at-apex"},
    /* several records */
    {W "; sk2.example.com u2.mailer.example", "", false, NULL, "create; create"},
    {W "; sk2.example.com u2.mailer.example", L, false, NULL,
     "keep CNAME u.mailer.example; create"},
    {W "; sk2.example.com u2.mailer.example", O, false, NULL, "refused other-target; create"},
    {W "; sk2.example.com u2.mailer.example", O "; TXT sk2.example.com x", true, "TXT",
     "update CNAME old.example; delete TXT x; create +yes"},
    {"sk.example.com u.mailer.example; sk2.example.com u.mailer.example", L, false, NULL,
     "keep CNAME u.mailer.example; create"},
};

static void test_publish(SP_UNUSED void **state)
{
    struct sp_name zone = name_of("example.com", 11);
    for (size_t i = 0; i < SP_ARRAY_LEN(publish_rows); i++) {
        const struct row *row = &publish_rows[i];
        struct sp_record_set set = {0};
        sp_listed_list listed = {0};
        struct sp_plan plan;
        const struct sp_plan_policy policy = {.may_replace = row->may_replace,
                                              .replace_types = &row->types,
                                              .n_replace_types = row->types != NULL};
        read_wanted(row->wanted, &set);
        read_listed(row->listed, &listed);
        sp_plan_publish(&zone, set.records.items, set.records.n, listed.items, listed.n, &policy,
                        &plan);
        char *got = describe(&plan);
        if (strcmp(got, row->expected) != 0)
            fail_msg("row %zu (%s | %s): \"%s\", not \"%s\"", i, row->wanted, row->listed, got,
                     row->expected);
        assert_consistent(&plan);
        free(got);
        sp_plan_fini(&plan);
        free_listed(&listed);
        sp_record_set_fini(&set);
    }
}

static const struct row unpublish_rows[] = {
    {W, "", false, NULL, "keep"},
    {W, L, false, NULL, "delete CNAME u.mailer.example +yes"},
    {W, L " disabled", false, NULL, "delete CNAME u.mailer.example +yes"},
    {W, O, false, NULL, "refused not-ours"},
    {W, O " foreign", false, NULL, "refused not-ours"},
    {W, L " foreign", false, NULL, "refused foreign-record"},
    {W, L "; " O, false, NULL, "refused not-ours"},
    {W, "TXT sk.example.com x", false, NULL, "keep"},
    {W, L "; RRSIG sk.example.com x", false, NULL, "delete CNAME u.mailer.example +yes"},
    {W, "CNAME other.example.com u.mailer.example", false, NULL, "keep"},
    {W "; sk2.example.com u2.mailer.example", L, false, NULL,
     "delete CNAME u.mailer.example; keep +yes"},
    {W "; sk2.example.com u2.mailer.example", L "; CNAME sk2.example.com x.example", false, NULL,
     "delete CNAME u.mailer.example; refused not-ours +yes"},
};

static void test_unpublish(SP_UNUSED void **state)
{
    for (size_t i = 0; i < SP_ARRAY_LEN(unpublish_rows); i++) {
        const struct row *row = &unpublish_rows[i];
        struct sp_record_set set = {0};
        sp_listed_list listed = {0};
        struct sp_plan plan;
        read_wanted(row->wanted, &set);
        read_listed(row->listed, &listed);
        sp_plan_unpublish(set.records.items, set.records.n, listed.items, listed.n, NULL, &plan);
        char *got = describe(&plan);
        if (strcmp(got, row->expected) != 0)
            fail_msg("row %zu (%s | %s): \"%s\", not \"%s\"", i, row->wanted, row->listed, got,
                     row->expected);
        assert_consistent(&plan);
        free(got);
        sp_plan_fini(&plan);
        free_listed(&listed);
        sp_record_set_fini(&set);
    }
}

static void test_ttl(SP_UNUSED void **state)
{
    static const struct {
        uint32_t wanted, min, max, fallback, expected;
    } rows[] = {
        {0, 0, 0, 3600, 3600}, {300, 0, 0, 3600, 300},      {30, 60, 0, 3600, 60},
        {0, 600, 0, 300, 600}, {90000, 0, 86400, 0, 86400}, {120, 120, 120, 0, 120},
    };
    struct sp_name zone = name_of("example.com", 11);
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_record_set set = {0};
        struct sp_plan plan;
        const struct sp_plan_policy policy = {
            .ttl_min = rows[i].min, .ttl_max = rows[i].max, .ttl_default = rows[i].fallback};
        read_wanted(W, &set);
        set.records.items[0].ttl = rows[i].wanted;
        sp_plan_publish(&zone, set.records.items, 1, NULL, 0, &policy, &plan);
        assert_int_equal(plan.steps.items[0].ttl, rows[i].expected);
        sp_plan_fini(&plan);
        sp_record_set_fini(&set);
    }
}

/* What a user reads: the things by name, and the flag that would allow it. */
static void test_words(SP_UNUSED void **state)
{
    static const struct {
        const char *listed, *message, *fix;
    } rows[] = {
        {O, "sk.example.com already points to old.example, not to u.mailer.example", "--replace"},
        {"TXT sk.example.com x; A sk.example.com y; TXT sk.example.com z", "(TXT, A)",
         "--replace-types TXT,A"},
        {"NS sk.example.com x", "(NS)", "never removes"},
        {O " foreign", "CNAME record that signpost does not touch", "at the provider"},
    };
    struct sp_name zone = name_of("example.com", 11);
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_record_set set = {0};
        sp_listed_list listed = {0};
        struct sp_plan plan;
        const struct sp_plan_policy policy = {0};
        read_wanted(W, &set);
        read_listed(rows[i].listed, &listed);
        sp_plan_publish(&zone, set.records.items, 1, listed.items, listed.n, &policy, &plan);
        const struct sp_err *err = &plan.steps.items[0].err;
        if (!strstr(err->message, rows[i].message) || !strstr(err->fix, rows[i].fix))
            fail_msg("row %zu: \"%s\" / \"%s\"", i, err->message, err->fix);
        sp_plan_fini(&plan);
        free_listed(&listed);
        sp_record_set_fini(&set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_publish),
        cmocka_unit_test(test_unpublish),
        cmocka_unit_test(test_ttl),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
