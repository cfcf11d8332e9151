#include "publish_world.h"

#include <sqlite3.h>
#include <unistd.h>

#include "base/text.h"
#include "publish/errand.h"

/* ---- a run --------------------------------------------------------------------------------------
 */

int setup(SP_UNUSED void **state)
{
    static char powerdns_name[] = "powerdns", powerdns_label[] = "PowerDNS",
                manual_name[] = "manual", manual_label[] = "by hand", other_name[] = "other",
                other_label[] = "Other DNS";
    struct sp_err err = SP_ERR_INIT;
    world = (struct world){
        .has_credentials = true,
        .recognised = &world.powerdns,
        .log = SP_BUF_INIT(4096),
        .batches = SP_BUF_INIT(4096),
    };
    world.zones[0] = world.delegated[0] = "example.com";
    world.loop = sp_loop_new();
    world.powerdns.is_usable = world.manual.is_usable = true;
    world.powerdns.description = (struct sp_description){
        .name = powerdns_name,
        .label = powerdns_label,
        .convention = {.host = SP_HOST_FQDN_DOT},
        .ttl_default = 3600,
        .batch_max = 1000,
        .is_atomic = true,
        .has_functions = true,
    };
    struct sp_auth *auth = sp_array_push(&world.powerdns.description.auths);
    sp_strings_add(&sp_array_push(&auth->secrets)->env, "PDNS_API_KEY");
    world.manual.description = (struct sp_description){
        .name = manual_name, .label = manual_label, .convention = {.host = SP_HOST_RELATIVE}};
    *sp_array_push(&world.catalog.plugins) = &world.powerdns;
    *sp_array_push(&world.catalog.plugins) = &world.manual;
    world.other = world.powerdns; /* the same but for its name: they share what they own */
    world.other.description.name = other_name;
    world.other.description.label = other_label;
    sp_copy_text(world.ledger_path, sizeof(world.ledger_path), "/tmp/signpost-publish-XXXXXX");
    assert_non_null(mkdtemp(world.ledger_path));
    sp_copy_text(world.ledger_path + strlen(world.ledger_path), 8, "/db");
    world.ledger = sp_ledger_open(world.ledger_path, &err);
    assert_non_null(world.ledger);
    return 0;
}

int teardown(SP_UNUSED void **state)
{
    sp_publication_free(world.publication);
    sp_ledger_close(world.ledger);
    sp_loop_free(world.loop);
    unlink(world.ledger_path);
    *strrchr(world.ledger_path, '/') = '\0';
    rmdir(world.ledger_path);
    SP_ARRAY_FOREACH (&world.records, listed)
        sp_listed_fini(listed);
    SP_ARRAY_FOREACH (&world.delegations, delegation) {
        sp_array_free(&(*delegation)->servers);
        free(*delegation);
    }
    sp_array_free(&world.delegations);
    sp_array_free(&world.records);
    struct sp_auth *auth = &world.powerdns.description.auths.items[0];
    sp_strings_free(&auth->secrets.items[0].env);
    sp_array_free(&auth->secrets);
    sp_array_free(&world.powerdns.description.auths);
    sp_array_free(&world.catalog.plugins);
    sp_buf_fini(&world.log);
    sp_buf_fini(&world.batches);
    return 0;
}

static void on_result(SP_UNUSED void *arg, const struct sp_result *result)
{
    assert_true(result->elapsed_ms < 60000);
    world.n_results++;
}

static void on_done(SP_UNUSED void *arg)
{
    world.is_done = true;
}

static void on_manual(SP_UNUSED void *arg, const struct sp_result *result,
                      const struct sp_description *provider)
{
    assert_string_equal(provider->name, "manual");
    assert_true(result->changes.n > 0);
    world.n_manual++;
    /* Somebody types them. */
    SP_ARRAY_FOREACH (&result->changes, change) {
        if (change->outcome == SP_OUTCOME_PLANNED && change->to)
            add_listed("CNAME", SP_NAME_STR(&change->host), change->to);
    }
}

static bool confirm(SP_UNUSED void *arg, const struct sp_result *result)
{
    assert_true(sp_result_has_planned(result));
    return world.may_confirm;
}

struct sp_publish_config config_of(const char *provider)
{
    return (struct sp_publish_config){
        .loop = world.loop,
        .catalog = &world.catalog,
        .ledger = world.ledger,
        .provider = provider,
        .wait_ms = 1000,
        .confirm = confirm,
        .on_manual = on_manual,
        .on_result = on_result,
        .on_done = on_done,
    };
}

struct sp_record_set set_of(const char *domain)
{
    struct sp_record_set set = {.domain = name_of(domain)};
    struct sp_name targets[2] = {name_of("u1.mailer.example"), name_of("a.dkim.mailer.example")};
    char *host = sp_asprintf("sk1.%s", domain), *key = sp_asprintf("sk1a._domainkey.%s", domain);
    struct sp_name hosts[2] = {name_of(host), name_of(key)};
    sp_record_set_add(&set, &hosts[0], &targets[0]);
    sp_record_set_add(&set, &hosts[1], &targets[1]);
    free(host);
    free(key);
    return set;
}

struct sp_record_set set_with(const char *domain, const char *host, const char *target)
{
    struct sp_record_set set = {.domain = name_of(domain)};
    struct sp_name host_name = name_of(host), target_name = name_of(target);
    sp_record_set_add(&set, &host_name, &target_name);
    return set;
}

/* Runs to the end; the results are in world.publication. */
void run(const struct sp_publish_config *config, struct sp_record_set *sets, size_t n)
{
    sp_publication_free(world.publication);
    sp_buf_clear(&world.log);
    sp_buf_clear(&world.batches);
    world.n_results = 0;
    world.is_done = false;
    world.publication = sp_publication_start(config, sets, n);
    sp_loop_run(world.loop);
    assert_true(world.is_done);
    assert_int_equal(world.n_results, n);
    for (size_t i = 0; i < n; i++)
        sp_record_set_fini(&sets[i]);
}

const struct sp_result *result_of(size_t i)
{
    return &world.publication->errands[i].result;
}

const struct sp_result *run_one(const struct sp_publish_config *config)
{
    struct sp_record_set set = set_of("example.com");
    run(config, &set, 1);
    return result_of(0);
}

void assert_log(const char *expected)
{
    assert_string_equal(sp_buf_str(&world.log), expected);
}

void assert_batches(const char *expected)
{
    assert_string_equal(sp_buf_str(&world.batches), expected);
}

void assert_changes(const struct sp_result *result, const char *expected)
{
    struct sp_buf text = SP_BUF_INIT(4096);
    SP_ARRAY_FOREACH (&result->changes, change)
        sp_buf_printf(&text, "%s %s %s, ", sp_action_name(change->action), change->type,
                      sp_outcome_name(change->outcome));
    assert_string_equal(sp_buf_str(&text), expected);
    sp_buf_fini(&text);
}

void assert_err(const struct sp_result *result, enum sp_err_kind kind, const char *code)
{
    if (result->err.kind != kind || strcmp(result->err.code, code) != 0)
        fail_msg("%s (%s), not %s: %s", sp_err_kind_name(result->err.kind), result->err.code, code,
                 result->err.message);
}

/* "applied open failed " of example.com, oldest first. */
void assert_ledger(const char *expected)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_name domain = name_of("example.com");
    struct sp_buf text = SP_BUF_INIT(4096);
    sp_ledger_changes changes;
    assert_int_equal(sp_ledger_list_changes(world.ledger, &domain, false, &changes, &err), 0);
    SP_ARRAY_FOREACH (&changes, change) {
        sp_buf_printf(&text, "%s ", change->outcome ? change->outcome : "open");
        sp_ledger_change_fini(change);
    }
    sp_array_free(&changes);
    assert_string_equal(sp_buf_str(&text), expected);
    sp_buf_fini(&text);
}

void change_ledger(const char *sql, int64_t number)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open(world.ledger_path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_bind_int64(statement, 1, number), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
    sqlite3_finalize(statement);
    sqlite3_close(db);
}

struct sp_ledger_entry entry_of(const char *domain, bool *ret_found)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_name domain_name = name_of(domain);
    struct sp_ledger_entry entry;
    assert_int_equal(sp_ledger_get(world.ledger, &domain_name, &entry, ret_found, &err), 0);
    return entry;
}

static void cancel(SP_UNUSED void *arg)
{
    sp_publication_cancel(world.publication);
}

const struct sp_result *run_and_cancel(const struct sp_publish_config *config)
{
    struct sp_timer *timer = sp_timer_start(world.loop, 50, cancel, NULL);
    assert_non_null(timer);
    return run_one(config);
}
