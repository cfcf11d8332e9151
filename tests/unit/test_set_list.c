/*
 * Record sets in little memory: what is put in comes out again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "records/set_list.h"

static struct sp_name name_of(const char *text)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_name name;
    assert_int_equal(sp_name_parse(&name, text, &err), 0);
    return name;
}

/* With everything that a set can have. */
static struct sp_record_set rich_set(void)
{
    struct sp_record_set set = {.domain = name_of("example.com")};
    struct sp_name host = name_of("s._domainkey.example.com"), target = name_of("k.mailer.example");
    sp_record_set_add(&set, &host, &target);
    set.records.items[0].ttl = 4294967295u;
    set.records.items[0].key.is_set = true;
    for (size_t i = 0; i < sizeof(set.records.items[0].key.sha256); i++)
        set.records.items[0].key.sha256[i] = (uint8_t)(255 - i);
    host = name_of("\\000\\255a.example.com");
    sp_record_set_add(&set, &host, &target);
    set.records.items[1].leg = SP_LEG_DKIM; /* its profile says so */
    set.course = (struct sp_course){INT64_MAX - 1, sp_strdup("tick the box"), sp_strdup("")};
    return set;
}

static void assert_same_text(const char *a, const char *b)
{
    assert_int_equal(a == NULL, b == NULL);
    if (a)
        assert_string_equal(a, b);
}

static void assert_same(const struct sp_record_set *a, const struct sp_record_set *b)
{
    assert_true(sp_name_equal(&a->domain, &b->domain));
    assert_true(a->course.window_s == b->course.window_s);
    assert_same_text(a->course.finish_text, b->course.finish_text);
    assert_same_text(a->course.finish_url, b->course.finish_url);
    assert_int_equal(a->records.n, b->records.n);
    for (size_t i = 0; i < a->records.n; i++) {
        const struct sp_record *left = &a->records.items[i], *right = &b->records.items[i];
        assert_string_equal(left->type, right->type);
        assert_true(sp_name_equal(&left->host, &right->host));
        assert_true(sp_name_equal(&left->target, &right->target));
        assert_int_equal(left->leg, right->leg);
        assert_int_equal(left->ttl, right->ttl);
        assert_int_equal(left->key.is_set, right->key.is_set);
        assert_memory_equal(left->key.sha256, right->key.sha256, sizeof(left->key.sha256));
    }
}

static void assert_at(const struct sp_set_list *list, size_t i, const struct sp_record_set *wanted)
{
    struct sp_record_set set = sp_set_list_get(list, i);
    struct sp_name domain = sp_set_list_domain(list, i);
    assert_same(&set, wanted);
    assert_true(sp_name_equal(&domain, &wanted->domain));
    sp_record_set_fini(&set);
}

static void gives_back_what_it_got(SP_UNUSED void **state)
{
    struct sp_record_set rich = rich_set(), bare = {.domain = name_of("example.net")};
    struct sp_set_list list = {0};
    sp_set_list_push(&list, &rich);
    sp_set_list_push(&list, &bare);
    assert_int_equal(list.n, 2);
    assert_at(&list, 0, &rich);
    assert_at(&list, 1, &bare);
    sp_set_list_replace(&list, 1, &rich);
    sp_set_list_replace(&list, 0, &bare);
    assert_at(&list, 0, &bare);
    assert_at(&list, 1, &rich);
    sp_set_list_fini(&list);
    sp_record_set_fini(&rich);
}

/* The longest names, and as many records as there may be. */
static void has_room_for_the_largest_set(SP_UNUSED void **state)
{
    struct sp_record_set set = {.domain = name_of("example.com")};
    struct sp_set_list list = {0};
    struct sp_name name = {0};
    for (int i = 0; i < 3; i++)
        assert_int_equal(
            sp_name_push_label(&name,
                               "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                               SP_LABEL_MAX),
            0);
    assert_int_equal(
        sp_name_push_label(&name, "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
                           61),
        0);
    assert_int_equal(sp_name_close(&name), 0);
    assert_int_equal(name.len, SP_NAME_WIRE_MAX);
    for (int i = 0; i < SP_RECORDS_MAX; i++)
        sp_record_set_add(&set, &name, &name);
    sp_set_list_push(&list, &set);
    assert_at(&list, 0, &set);
    sp_set_list_fini(&list);
    sp_record_set_fini(&set);
}

static void moves(SP_UNUSED void **state)
{
    struct sp_record_set rich = rich_set();
    struct sp_set_list list = {0}, other = {0};
    sp_set_list_push(&list, &rich);
    sp_set_list_move(&list, 0, &other);
    assert_int_equal(other.n, 1);
    assert_at(&other, 0, &rich);
    struct sp_name none = sp_set_list_domain(&list, 0);
    assert_false(sp_name_is_set(&none));
    sp_set_list_fini(&list);
    assert_int_equal(list.n, 0);
    sp_set_list_fini(&other);
    sp_record_set_fini(&rich);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_back_what_it_got),
        cmocka_unit_test(has_room_for_the_largest_set),
        cmocka_unit_test(moves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
