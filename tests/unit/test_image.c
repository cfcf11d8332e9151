/* What became of a change whose outcome nobody saw. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "publish/image.h"

/* Last: its macro fail() would change a member of that name in plugin.h. */
#include <cmocka.h>

static struct sp_name name_of(const char *text)
{
    struct sp_name name;
    struct sp_err err = SP_ERR_INIT;
    assert_int_equal(sp_name_parse(&name, text, &err), 0);
    return name;
}

/* "CNAME:target", "TXT:value"; a '!' in front: disabled. */
static struct sp_listed listed_of(const char *text)
{
    struct sp_listed listed = {.host = name_of("sk.example.com"), .ttl = 60};
    listed.is_disabled = text[0] == '!';
    text += listed.is_disabled;
    const char *colon = strchr(text, ':');
    memcpy(listed.type, text, (size_t)(colon - text));
    listed.value = sp_strdup(colon + 1);
    if (strcmp(listed.type, "CNAME") == 0)
        listed.target = name_of(colon + 1);
    return listed;
}

static json_t *image_of(const char *text)
{
    if (!text)
        return NULL;
    struct sp_listed listed = listed_of(text);
    json_t *image = sp_image_of_listed(&listed);
    free(listed.value);
    return image;
}

static void test_settle(SP_UNUSED void **state)
{
    static const struct {
        const char *before, *after, *there[2];
        enum sp_outcome expected;
    } rows[] = {
        /* creations */
        {NULL, "CNAME:new.example", {"CNAME:new.example"}, SP_OUTCOME_APPLIED},
        {NULL, "CNAME:new.example", {"CNAME:New.Example."}, SP_OUTCOME_APPLIED},
        {NULL, "CNAME:new.example", {NULL}, SP_OUTCOME_FAILED},
        {NULL, "CNAME:new.example", {"CNAME:else.example"}, SP_OUTCOME_UNKNOWN},
        {NULL, "CNAME:new.example", {"!CNAME:new.example"}, SP_OUTCOME_UNKNOWN},
        /* updates */
        {"CNAME:old.example", "CNAME:new.example", {"CNAME:new.example"}, SP_OUTCOME_APPLIED},
        {"CNAME:old.example", "CNAME:new.example", {"CNAME:old.example"}, SP_OUTCOME_FAILED},
        {"CNAME:old.example", "CNAME:new.example", {"CNAME:else.example"}, SP_OUTCOME_UNKNOWN},
        {"CNAME:old.example", "CNAME:new.example", {NULL}, SP_OUTCOME_UNKNOWN},
        {"!CNAME:new.example", "CNAME:new.example", {"!CNAME:new.example"}, SP_OUTCOME_FAILED},
        {"!CNAME:new.example", "CNAME:new.example", {"CNAME:new.example"}, SP_OUTCOME_APPLIED},
        /* deletions */
        {"TXT:v=DKIM1", NULL, {NULL}, SP_OUTCOME_APPLIED},
        {"TXT:v=DKIM1", NULL, {"TXT:v=DKIM1"}, SP_OUTCOME_FAILED},
        {"TXT:v=DKIM1", NULL, {"TXT:other"}, SP_OUTCOME_APPLIED},
        {"TXT:v=DKIM1", NULL, {"CNAME:new.example"}, SP_OUTCOME_APPLIED},
        {"TXT:one", NULL, {"TXT:two", "TXT:one"}, SP_OUTCOME_FAILED},
    };
    struct sp_name host = name_of("sk.example.com");
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        json_t *before = image_of(rows[i].before), *after = image_of(rows[i].after);
        struct sp_listed listed[3] = {0};
        size_t n = 0;
        for (size_t j = 0; j < 2; j++)
            if (rows[i].there[j])
                listed[n++] = listed_of(rows[i].there[j]);
        /* Another host's record never counts. */
        listed[n] = listed_of("CNAME:new.example");
        listed[n].host = name_of("other.example.com");
        enum sp_outcome got = sp_image_settle(before, after, &host, listed, n + 1);
        if (got != rows[i].expected)
            fail_msg("row %zu: %s, not %s", i, sp_outcome_name(got),
                     sp_outcome_name(rows[i].expected));
        for (size_t j = 0; j <= n; j++)
            free(listed[j].value);
        json_decref(before);
        json_decref(after);
    }
}

static void test_wanted_equals_listed(SP_UNUSED void **state)
{
    struct sp_name target = name_of("u.mailer.example");
    struct sp_listed listed = listed_of("CNAME:U.mailer.example");
    json_t *after = sp_image_of_wanted(&target, 3600);
    assert_int_equal(sp_image_settle(NULL, after, &listed.host, &listed, 1), SP_OUTCOME_APPLIED);
    json_decref(after);
    free(listed.value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settle),
        cmocka_unit_test(test_wanted_equals_listed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
