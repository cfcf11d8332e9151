/* plugins/kit: lists that are positioned by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "kit/pages.h"
#include "kit_call.h"

#include <cmocka.h>

static struct kit_call kit;

static int setup(void **state)
{
    (void)state;
    kit_call_init(&kit);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    kit_call_fini(&kit);
    return 0;
}

static void test_names(void **state)
{
    static const char *const added[] = {"b.example.",   "example.",  "a.example.",
                                        "a-1.example.", "b.example", "x.a.example.",
                                        "example.net.", "example."};
    static const char *const wanted[] = {"example.",     "a-1.example.", "a.example.",
                                         "x.a.example.", "b.example.",   "example.net."};
    struct kit_names names = {.call = &kit.base};
    char name[32];
    (void)state;
    for (size_t i = 0; i < sizeof(added) / sizeof(added[0]); i++)
        kit_names_add(&names, added[i]);
    assert_int_equal(names.n, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_string_equal(names.items[i], wanted[i]);
        assert_true(kit_names_has(&names, wanted[i]));
    }
    assert_false(kit_names_has(&names, "c.example."));
    assert_false(kit_names_has(&names, "net."));
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof(name), "n%d.example.", i * 37 % 100);
        kit_names_add(&names, memcpy(signpost_alloc(&kit.base, 32), name, 32));
    }
    assert_int_equal(names.n, 106);
    for (size_t i = 1; i < names.n; i++)
        assert_true(signpost_name_order(&kit.base, names.items[i - 1], names.items[i]) < 0);
}

/* Where each page begins and where it says the next one does: "NAME[/TYPE]", "" for the last. */
struct script {
    const char *from, *next;
};
struct reader {
    const struct script *script;
    size_t n;
};

static void split(const char *text, char ret[64], struct kit_position *ret_position)
{
    snprintf(ret, 64, "%s", text);
    char *slash = strchr(ret, '/');
    *ret_position = (struct kit_position){.name = ret};
    if (slash) {
        *slash = '\0';
        ret_position->further[0] = slash + 1;
    }
}

static int read_page(void *arg, const struct kit_position *from, struct kit_position *ret_next)
{
    struct reader *reader = arg;
    const struct script *page = &reader->script[reader->n++];
    struct kit_position wanted;
    char text[64];
    assert_non_null(page->from);
    split(page->from, text, &wanted);
    assert_string_equal(from->name, wanted.name);
    assert_string_equal(from->further[0] ? from->further[0] : "",
                        wanted.further[0] ? wanted.further[0] : "");
    assert_null(from->further[1]);
    if (strcmp(page->next, "!") == 0)
        return SIGNPOST_TRANSIENT;
    if (*page->next)
        split(page->next, signpost_alloc(&kit.base, 64), ret_next);
    return SIGNPOST_OK;
}

static void test_pages(void **state)
{
    static const char *const names[] = {"a.z.", "c.z.", "e.z."};
    static const struct {
        struct script script[5];
        int code;
    } rows[] = {
        {{{"a.z.", ""}}, SIGNPOST_OK},
        {{{"a.z.", "!"}}, SIGNPOST_TRANSIENT},
        /* Behind the last name there is nothing to learn. */
        {{{"a.z.", "f.z."}}, SIGNPOST_OK},
        {{{"a.z.", "d.z."}, {"e.z.", ""}}, SIGNPOST_OK},
        {{{"a.z.", "b.z."}, {"c.z.", "c.z./TXT"}, {"c.z./TXT", "e.z./A"}, {"e.z./A", ""}},
         SIGNPOST_OK},
        {{{"a.z.", "a.z./TXT"}, {"a.z./TXT", "a.z./TXT"}}, SIGNPOST_BAD_REPLY},
        {{{"a.z.", "a.z."}}, SIGNPOST_BAD_REPLY},
        {{{"a.z.", "z."}}, SIGNPOST_BAD_REPLY},
        {{{"a.z.", "c.z."}, {"c.z.", "b.z."}}, SIGNPOST_BAD_REPLY},
        {{{"a.z.", "?"}}, SIGNPOST_BAD_REPLY},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct reader reader = {.script = rows[i].script};
        size_t n = 0;
        kit.said[0] = '\0';
        int code = kit_pages_read(&kit.base, names, 3, read_page, &reader);
        while (n < 5 && rows[i].script[n].from)
            n++;
        if (code != rows[i].code || reader.n != n)
            fail_msg("row %zu: %d after %zu pages", i, code, reader.n);
        assert_int_equal(kit.said[0] != '\0', code == SIGNPOST_BAD_REPLY);
    }
    assert_int_equal(kit_pages_read(&kit.base, NULL, 0, read_page, NULL), SIGNPOST_OK);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_names),
        TEST(test_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
