/*
 * Ctrl-C and kill -9 at every step of a publication, one after another: what the report says is
 * what stands at the provider, and the next run converges.
 */
#include "publish_world.h"

#define EVENTS_MAX 200

/* What is done, and in what world. */
struct scene {
    const char *name;
    bool is_unpublish;
    size_t batch_max;
    bool is_atomic;
    enum fault fault;
    const char *refused_host, *refused_label, *crashing_label;
    const char *old; /* a record of this type is in the way of d1, and may be replaced */
    bool has_two_zones, is_listed; /* the zones come with their records */
};

static const struct scene scenes[] = {
    {"in one call", .batch_max = 100, .is_atomic = true},
    {"in many calls", .batch_max = 1, .is_atomic = true},
    {"in two zones", .batch_max = 100, .is_atomic = true, .has_two_zones = true},
    {"zones come with their records", .batch_max = 3, .is_atomic = true, .is_listed = true},
    {"room is made", .batch_max = 100, .old = "TXT"},
    {"another target", .batch_max = 1, .is_atomic = true, .old = "CNAME"},
    {"room is made in vain", .batch_max = 100, .old = "TXT", .refused_host = "sk1.d1.example.com"},
    {"refused for one", .batch_max = 100, .is_atomic = true, .refused_label = "d2"},
    {"refused for one in many calls", .batch_max = 2, .refused_label = "d0"},
    {"answers are lost", .batch_max = 2, .is_atomic = true, .fault = ANSWER_LOST},
    {"writes are lost", .batch_max = 2, .is_atomic = true, .fault = WRITE_LOST},
    {"writes fail", .batch_max = 2, .is_atomic = true, .fault = APPLY_FAILS},
    {"the plugin crashes", .batch_max = 100, .is_atomic = true, .crashing_label = "d1"},
    {"taken back", .is_unpublish = true, .batch_max = 2, .is_atomic = true},
    {"taken back, answers are lost", .is_unpublish = true, .batch_max = 3, .fault = ANSWER_LOST},
};
static const char *const domains[] = {"d0.example.com", "d1.example.com", "d2.example.com"};
static const char *const types[] = {"TXT"};

static struct sp_publish_config config_of_scene(const struct scene *scene)
{
    struct sp_publish_config config = config_of("powerdns");
    config.is_unpublish = config.only_ours = scene->is_unpublish;
    config.has_yes = config.may_replace = true;
    config.replace_types = types;
    config.n_replace_types = SP_ARRAY_LEN(types);
    return config;
}

static void make_sets(struct sp_record_set *ret_sets)
{
    for (size_t i = 0; i < SP_ARRAY_LEN(domains); i++)
        ret_sets[i] = set_of(domains[i]);
}

static void run_all(const struct sp_publish_config *config)
{
    struct sp_record_set sets[SP_ARRAY_LEN(domains)];
    make_sets(sets);
    run(config, sets, SP_ARRAY_LEN(domains));
}

static void make_scene(const struct scene *scene)
{
    setup(NULL);
    add_listed("A", "www.example.com", "192.0.2.1");
    if (scene->has_two_zones) {
        world.zones[1] = world.delegated[0] = "d1.example.com";
        world.delegated[1] = "example.com";
    }
    if (scene->is_unpublish) {
        struct sp_publish_config config = config_of("powerdns");
        run_all(&config);
        world.n_events = 0;
    }
    if (scene->old)
        add_listed(scene->old, "sk1.d1.example.com", "old.example");
    world.powerdns.description.batch_max = scene->batch_max;
    world.powerdns.description.is_atomic = scene->is_atomic;
    world.is_listed = scene->is_listed;
    world.fault = scene->fault;
    world.refused_host = scene->refused_host;
    world.refused_label = scene->refused_label;
    world.apply_crashing_label = scene->crashing_label;
}

static bool is_listed(const struct sp_name *host, const char *type, const char *value)
{
    SP_ARRAY_FOREACH (&world.records, listed) {
        if (sp_name_equal(&listed->host, host) && strcmp(listed->type, type) == 0 &&
            strcmp(listed->value, value) == 0)
            return true;
    }
    return false;
}

/* Each outcome says what is there, and what is not as it was wanted has a reason. */
static void assert_truth(const struct scene *scene, unsigned at)
{
    for (size_t i = 0; i < SP_ARRAY_LEN(domains); i++) {
        SP_ARRAY_FOREACH (&result_of(i)->changes, change) {
            bool has_old = change->from && is_listed(&change->host, change->type, change->from);
            bool has_new = change->to && is_listed(&change->host, "CNAME", change->to);
            bool is_done = change->outcome == SP_OUTCOME_APPLIED ||
                           change->outcome == SP_OUTCOME_UNCHANGED ||
                           result_of(i)->err.kind != SP_ERR_NONE;
            bool is_deletion = change->action == SP_ACTION_DELETE;
            bool is_true =
                change->outcome == SP_OUTCOME_APPLIED       ? (is_deletion ? !has_old : has_new)
                : change->outcome == SP_OUTCOME_FAILED      ? (is_deletion ? has_old : !has_new)
                : change->outcome == SP_OUTCOME_ROLLED_BACK ? has_old
                                                            : true;
            if (!is_true || !is_done || change->outcome == SP_OUTCOME_PLANNED)
                fail_msg("%s, event %u: %s %s %s is said to be %s", scene->name, at,
                         sp_action_name(change->action), change->type, SP_NAME_STR(&change->host),
                         sp_outcome_name(change->outcome));
        }
    }
}

static void assert_settled(const struct scene *scene, unsigned at)
{
    for (size_t i = 0; i < SP_ARRAY_LEN(domains); i++) {
        struct sp_err err = SP_ERR_INIT;
        struct sp_name domain = name_of(domains[i]);
        sp_ledger_changes open;
        bool is_found;
        assert_int_equal(sp_ledger_list_changes(world.ledger, &domain, true, &open, &err), 0);
        struct sp_ledger_entry entry = entry_of(domains[i], &is_found);
        if (open.n || !is_found || entry.is_withdrawn != scene->is_unpublish ||
            (!scene->is_unpublish && !entry.published_at_s))
            fail_msg("%s, event %u: %s is not settled in the ledger", scene->name, at, domains[i]);
        sp_ledger_entry_fini(&entry);
    }
}

/* Nothing goes wrong any more: what was wanted is there, each once, and nothing else. */
static void assert_convergence(const struct scene *scene, unsigned at)
{
    struct sp_publish_config config = config_of_scene(scene);
    struct sp_record_set sets[SP_ARRAY_LEN(domains)];
    world.cancel_at = world.kill_at = 0;
    world.is_dead = false;
    world.fault = NO_FAULT;
    world.refused_host = world.refused_label = world.apply_crashing_label = NULL;
    run_all(&config);
    assert_truth(scene, at);
    make_sets(sets);
    for (size_t i = 0; i < SP_ARRAY_LEN(domains); i++) {
        if (result_of(i)->err.kind != SP_ERR_NONE)
            fail_msg("%s, event %u: %s: %s", scene->name, at, domains[i],
                     result_of(i)->err.message);
        SP_ARRAY_FOREACH (&sets[i].records, record) {
            if (points_to(SP_NAME_STR(&record->host), SP_NAME_STR(&record->target)) ==
                scene->is_unpublish)
                fail_msg("%s, event %u: %s", scene->name, at, SP_NAME_STR(&record->host));
        }
        sp_record_set_fini(&sets[i]);
    }
    assert_int_equal(world.records.n, scene->is_unpublish ? 1 : 7);
    assert_settled(scene, at);
}

/* False: the run ended before. */
static bool cancel_at(const struct scene *scene, unsigned at)
{
    make_scene(scene);
    struct sp_publish_config config = config_of_scene(scene);
    world.cancel_at = at;
    run_all(&config);
    bool is_reached = world.n_events >= at;
    assert_truth(scene, at);
    assert_convergence(scene, at);
    teardown(NULL);
    return is_reached;
}

static bool kill_at(const struct scene *scene, unsigned at)
{
    struct sp_record_set sets[SP_ARRAY_LEN(domains)];
    make_scene(scene);
    make_sets(sets);
    struct sp_publish_config config = config_of_scene(scene);
    sp_publication_free(world.publication);
    world.kill_at = at;
    world.publication = sp_publication_start(&config, sets, SP_ARRAY_LEN(domains));
    sp_loop_run(world.loop);
    bool is_reached = world.is_dead;
    sp_publication_free(world.publication);
    world.publication = NULL;
    for (size_t i = 0; i < SP_ARRAY_LEN(domains); i++)
        sp_record_set_fini(&sets[i]);
    assert_convergence(scene, at);
    teardown(NULL);
    return is_reached;
}

static void sweep(bool (*end_at)(const struct scene *scene, unsigned at))
{
    for (size_t i = 0; i < SP_ARRAY_LEN(scenes); i++) {
        unsigned at = 1;
        while (end_at(&scenes[i], at))
            at++;
        /* As many steps as a run of three domains has, at least. */
        if (at < 10 || at > EVENTS_MAX)
            fail_msg("%s: %u events", scenes[i].name, at);
    }
}

static void test_cancelled_anywhere(SP_UNUSED void **state)
{
    sweep(cancel_at);
}

static void test_killed_anywhere(SP_UNUSED void **state)
{
    sweep(kill_at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cancelled_anywhere),
        cmocka_unit_test(test_killed_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
