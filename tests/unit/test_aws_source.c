#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "broker/aws_source.h"

/* A home directory of our own, and an environment. */
static char home[64];
static struct {
    const char *name, *value;
} environment[4];

static char *fake_getenv(const char *name)
{
    if (strcmp(name, "HOME") == 0)
        return home;
    for (size_t i = 0; i < SP_ARRAY_LEN(environment); i++)
        if (environment[i].name && strcmp(environment[i].name, name) == 0)
            return (char *)(uintptr_t)environment[i].value;
    return NULL;
}

static void set(const char *name, const char *value)
{
    for (size_t i = 0; i < SP_ARRAY_LEN(environment); i++) {
        if (environment[i].name && strcmp(environment[i].name, name) != 0)
            continue;
        environment[i].name = name;
        environment[i].value = value;
        return;
    }
    fail();
}

static void put(const char *name, const char *text)
{
    char *path = sp_asprintf("%s/.aws/%s", home, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    free(path);
}

static int set_up(void **state SP_UNUSED)
{
    memset(environment, 0, sizeof(environment));
    snprintf(home, sizeof(home), "/tmp/signpost-test-XXXXXX");
    assert_non_null(mkdtemp(home));
    char *folder = sp_asprintf("%s/.aws", home);
    assert_int_equal(mkdir(folder, 0700), 0);
    free(folder);
    return 0;
}

static int remove_one(const char *path, const struct stat *info SP_UNUSED, int type SP_UNUSED,
                      struct FTW *ftw SP_UNUSED)
{
    return remove(path);
}

static int tear_down(void **state SP_UNUSED)
{
    return nftw(home, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void expect(const char *id, const char *command, const char *shown)
{
    struct sp_aws_source source;
    struct sp_err err = SP_ERR_INIT;
    if (sp_aws_source_find(fake_getenv, &source, &err) != 1)
        fail_msg("no source: %s", err.message);
    if (id)
        assert_string_equal(sp_secret_peek(source.keys.access_key_id), id);
    else
        assert_null(source.keys.access_key_id);
    if (command)
        assert_string_equal(source.command, command);
    else
        assert_null(source.command);
    assert_string_equal(source.shown, shown);
    sp_aws_source_fini(&source);
}

static void expect_nothing(void)
{
    struct sp_aws_source source;
    struct sp_err err = SP_ERR_INIT;
    assert_int_equal(sp_aws_source_find(fake_getenv, &source, &err), 0);
    assert_false(sp_err_is_set(&err));
}

static void expect_failure(enum sp_err_kind kind, const char *message)
{
    struct sp_aws_source source;
    struct sp_err err = SP_ERR_INIT;
    assert_int_equal(sp_aws_source_find(fake_getenv, &source, &err), -1);
    assert_int_equal(err.kind, kind);
    assert_string_equal(err.code, "aws-profile");
    if (!strstr(err.message, message))
        fail_msg("\"%s\" lacks \"%s\"", err.message, message);
}

static void test_default(void **state SP_UNUSED)
{
    expect_nothing();
    put("config", "[default]\nregion = eu-central-1\n");
    expect_nothing();
    put("config", "[default]\naws_access_key_id=D\naws_secret_access_key=s\n");
    expect("D", NULL, "the profile default in ~/.aws/config");
    put("config", "[default]\naws_access_key_id=D\naws_secret_access_key=s\n"
                  "credential_process = get me\n");
    expect(NULL, "get me", "credential_process of the profile default in ~/.aws/config");
    put("credentials", "[default]\ncredential_process = get you\n");
    expect(NULL, "get you", "credential_process of the profile default in ~/.aws/credentials");
    put("credentials", "[default]\naws_access_key_id=C\naws_secret_access_key=s\n");
    expect("C", NULL, "the profile default in ~/.aws/credentials");
}

static void test_profile(void **state SP_UNUSED)
{
    put("credentials", "[default]\naws_access_key_id=D\naws_secret_access_key=s\n"
                       "[work]\naws_access_key_id=W\naws_secret_access_key=s\n");
    set("AWS_PROFILE", "work");
    expect("W", NULL, "AWS_PROFILE work in ~/.aws/credentials");
    set("AWS_PROFILE", "");
    expect("D", NULL, "the profile default in ~/.aws/credentials");
    set("AWS_PROFILE", "home\033[2J");
    expect_failure(SP_ERR_CREDENTIALS, "the profile home\\x1b[2J, which AWS_PROFILE names, is "
                                       "neither in ~/.aws/credentials nor in ~/.aws/config");
}

static void test_named_files(void **state SP_UNUSED)
{
    char *path = sp_asprintf("%s/.aws/other", home);
    put("other", "[default]\naws_access_key_id=O\naws_secret_access_key=s\n");
    set("AWS_SHARED_CREDENTIALS_FILE", path);
    expect("O", NULL, "the profile default in ~/.aws/other");
    set("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/other");
    expect("O", NULL, "the profile default in ~/.aws/other");
    set("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/x");
    expect_failure(SP_ERR_USAGE, "cannot read /nonexistent/x: No such file or directory");
    set("AWS_SHARED_CREDENTIALS_FILE", "");
    set("AWS_CONFIG_FILE", "/dev/zero");
    expect_failure(SP_ERR_USAGE, "cannot read /dev/zero: it is no regular file");
    free(path);
}

static void test_failures(void **state SP_UNUSED)
{
    put("credentials", "[default]\naws_access_key_id=D\n[other]\n");
    expect_failure(SP_ERR_CREDENTIALS,
                   "~/.aws/credentials, line 1: the profile default has aws_access_key_id, but not "
                   "aws_secret_access_key");
    put("credentials", "[default]\n\nSECRET\n");
    expect_failure(SP_ERR_USAGE, "~/.aws/credentials: line 3 is neither");
    put("credentials", "");
    put("config", "\n[default]\nsso_session = x\n");
    expect_failure(SP_ERR_CREDENTIALS,
                   "~/.aws/config, line 2: the profile default has no keys and no "
                   "credential_process; sso_session is not read here");
    char *path = sp_asprintf("%s/.aws/config", home);
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    expect_failure(SP_ERR_USAGE, "cannot read ~/.aws/config: it is no regular file");
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(ftruncate(fd, SP_AWS_FILE_MAX + 1), 0);
    close(fd);
    expect_failure(SP_ERR_USAGE, "cannot read ~/.aws/config: it is too large");
    free(path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_default),
        TEST(test_profile),
        TEST(test_named_files),
        TEST(test_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
