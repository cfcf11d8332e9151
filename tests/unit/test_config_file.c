#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/config_file.h"

/* Reads TEXT as a configuration file of mode MODE. */
static int read_text(const char *text, mode_t mode, struct sp_config_file *config,
                     struct sp_err *err)
{
    char path[] = "/tmp/signpost-config-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
    int result = sp_config_file_read(path, config, err);
    unlink(path);
    return result;
}

static void test_endpoints(void **state)
{
    struct sp_config_file config;
    struct sp_err err = SP_ERR_INIT;
    (void)state;
    assert_int_equal(
        read_text("{\"providers\": {\"powerdns\": {\"endpoint\": \"http://127.0.0.1:8081\"}, "
                  "\"other\": {}}}",
                  0600, &config, &err),
        0);
    assert_int_equal(config.providers.n, 2);
    assert_string_equal(config.providers.items[0].name, "powerdns");
    assert_string_equal(config.providers.items[0].endpoint, "http://127.0.0.1:8081");
    assert_string_equal(config.providers.items[1].name, "other");
    assert_null(config.providers.items[1].endpoint);
    assert_int_equal(sp_config_file_check_endpoints(&config, &err), 0);
    sp_config_file_fini(&config);
    assert_int_equal(read_text("{}", 0644, &config, &err), 0);
    assert_int_equal(config.providers.n, 0);
    sp_config_file_fini(&config);
}

static void test_credentials(void **state)
{
    struct sp_config_file config;
    struct sp_err err = SP_ERR_INIT;
    (void)state;
    assert_int_equal(read_text("{\"providers\": {\"cloud\": {\"credentials\": {"
                               "\"email\": {\"file\": \"/run/email\"},"
                               "\"key\": {\"command\": [\"pass\", \"show\", \"a b\"]}}}}}",
                               0644, &config, &err),
                     0);
    assert_null(sp_config_file_secrets(&config, "other"));
    assert_null(sp_config_file_secrets(&config, NULL));
    const sp_configured_secrets *secrets = sp_config_file_secrets(&config, "cloud");
    assert_non_null(secrets);
    assert_int_equal(secrets->n, 2);
    assert_string_equal(sp_configured_find(secrets, "email")->file, "/run/email");
    assert_int_equal(sp_configured_find(secrets, "key")->command.n, 3);
    assert_string_equal(sp_configured_find(secrets, "key")->command.items[2], "a b");
    sp_config_file_fini(&config);
    assert_int_equal(read_text("{\"providers\": {\"cloud\": {\"credentials\": {"
                               "\"key\": {\"value\": \"the key\"}}}}}",
                               0600, &config, &err),
                     0);
    secrets = sp_config_file_secrets(&config, "cloud");
    assert_string_equal(sp_secret_peek(secrets->items[0].value), "the key");
    sp_config_file_fini(&config);
}

static void test_watch(void **state)
{
    struct sp_config_file config;
    struct sp_err err = SP_ERR_INIT;
    (void)state;
    assert_int_equal(read_text("{\"watch\": {\"webhook\": \"https://hooks.example/in\", "
                               "\"secret\": {\"file\": \"/run/secret\"}}}",
                               0644, &config, &err),
                     0);
    assert_string_equal(config.webhook, "https://hooks.example/in");
    assert_int_equal(config.webhook_secret.n, 1);
    assert_string_equal(config.webhook_secret.items[0].file, "/run/secret");
    sp_config_file_fini(&config);
    assert_int_equal(read_text("{\"watch\": {}}", 0644, &config, &err), 0);
    assert_null(config.webhook);
    sp_config_file_fini(&config);
}

/* A file is read without looking at its URLs; that is for who uses them. */
static void test_a_bad_endpoint(void **state)
{
    struct sp_config_file config;
    struct sp_err err = SP_ERR_INIT;
    (void)state;
    assert_int_equal(
        read_text("{\"providers\": {\"good\": {\"endpoint\": \"https://api.example\"}, "
                  "\"bad\": {\"endpoint\": \"http://192.0.2.1/\"}}}",
                  0600, &config, &err),
        0);
    assert_int_equal(sp_config_file_check_endpoints(&config, &err), -1);
    assert_int_equal(err.kind, SP_ERR_USAGE);
    assert_non_null(strstr(err.message, "$.providers.bad.endpoint: http://192.0.2.1/ is not"));
    assert_int_equal(strncmp(err.message, "/tmp/signpost-config-", 21), 0);
    sp_config_file_fini(&config);
}

static void test_refusals(void **state)
{
    static const struct {
        const char *text;
        mode_t mode;
        const char *message;
    } rows[] = {
        {"", 0600, "not valid JSON"},
        {"{", 0600, "not valid JSON"},
        {"[]", 0600, "expected an object"},
        {"{\"a\": 1, \"a\": 2}", 0600, "not valid JSON"},
        {"{\"provider\": {}}", 0600, ": $: unknown member \"provider\""},
        {"{\"providers\": []}", 0600, "expected an object"},
        {"{\"providers\": {\"x\": 5}}", 0600, "expected an object"},
        {"{\"providers\": {\"x\": {\"key\": \"v\"}}}", 0600, "unknown member \"key\""},
        {"{\"providers\": {\"X\": {}}}", 0600, "no provider's name"},
        {"{\"providers\": {\"x\": {\"endpoint\": 5}}}", 0600, "expected a string"},
        {"{\"providers\": {\"x\": {\"credentials\": []}}}", 0600, "expected an object"},
        {"{\"providers\": {\"x\": {\"credentials\": {\"k\": \"v\"}}}}", 0600, "expected an object"},
        {"{\"providers\": {\"x\": {\"credentials\": {\"k\": {\"value\": 5}}}}}", 0600, "a string"},
        {"{\"providers\": {\"x\": {\"credentials\": {\"k\": {\"command\": [\"\"]}}}}}", 0600,
         "no program"},
        {"{\"providers\": {\"x\": {\"credentials\": {\"k\": {\"value\": \"s\"}}}}}", 0640,
         "read by others"},
        {"{\"providers\": {\"x\": {\"credentials\": {\"k\": {\"value\": \"s\"}}}}}", 0604,
         "read by others"},
        {"{\"watch\": []}", 0600, "expected an object"},
        {"{\"watch\": {\"url\": \"https://x.example\"}}", 0600, "unknown member \"url\""},
        {"{\"watch\": {\"webhook\": 5}}", 0600, ": $.watch.webhook: expected a string"},
        {"{\"watch\": {\"secret\": \"s\"}}", 0600, ": $.watch.secret: expected an object"},
        {"{\"watch\": {\"secret\": {\"value\": \"s\"}}}", 0640, "read by others"},
        {"{}", 0620, "can be written by others"},
        {"{}", 0602, "can be written by others"},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_config_file config;
        struct sp_err err = SP_ERR_INIT;
        assert_int_equal(read_text(rows[i].text, rows[i].mode, &config, &err), -1);
        assert_int_equal(err.kind, SP_ERR_USAGE);
        if (!strstr(err.message, rows[i].message))
            fail_msg("row %zu: %s", i, err.message);
        if (!strstr(err.fix, "chmod 600 /tmp/") && !strstr(err.fix, "see `signpost schema config`"))
            fail_msg("row %zu: %s", i, err.fix);
        sp_config_file_fini(&config);
    }
}

static void test_missing_files(void **state)
{
    struct sp_config_file config;
    struct sp_err err = SP_ERR_INIT;
    (void)state;
    assert_int_equal(sp_config_file_read("/no/such/config", &config, &err), -1);
    assert_int_equal(err.kind, SP_ERR_USAGE);
    sp_err_clear(&err);
    setenv("XDG_CONFIG_HOME", "/no/such/home", 1);
    assert_int_equal(sp_config_file_read(NULL, &config, &err), 0);
    assert_int_equal(config.providers.n, 0);
    sp_config_file_fini(&config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_credentials), cmocka_unit_test(test_endpoints),
        cmocka_unit_test(test_watch),       cmocka_unit_test(test_a_bad_endpoint),
        cmocka_unit_test(test_refusals),    cmocka_unit_test(test_missing_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
