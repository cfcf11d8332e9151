#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/secret.h"

static void test_new_copies(void **state)
{
    (void)state;
    char bytes[] = "hunter2-hunter2";
    struct sp_secret *secret = sp_secret_new(bytes, 7), *empty = sp_secret_new(NULL, 0);
    memset(bytes, 'x', sizeof(bytes) - 1);
    assert_string_equal(sp_secret_peek(secret), "hunter2");
    assert_int_equal(sp_secret_len(secret), 7);
    assert_string_equal(sp_secret_peek(empty), "");
    sp_secret_free(secret);
    sp_secret_free(empty);
    sp_secret_free(NULL);
}

/* A file with LEN bytes that is gone when the test ends; its path is for the caller to free. */
static char *write_file(const char *bytes, size_t len, mode_t mode)
{
    const char *dir = getenv("TMPDIR");
    char *path = sp_asprintf("%s/sp-secret-XXXXXX", dir ? dir : "/tmp");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, len), (ssize_t)len);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
    return path;
}

/* EXPECTED: the secret, or NULL with a word of the error message in CAUSE. */
static void check_file(const char *bytes, size_t len, mode_t mode, const char *expected,
                       const char *cause)
{
    struct sp_err err = SP_ERR_INIT;
    char *path = write_file(bytes, len, mode);
    struct sp_secret *secret = sp_secret_read_file(path, &err);
    unlink(path);
    if (expected) {
        assert_non_null(secret);
        assert_string_equal(sp_secret_peek(secret), expected);
        assert_int_equal(sp_secret_len(secret), strlen(expected));
    } else {
        assert_null(secret);
        assert_int_equal(err.kind, SP_ERR_USAGE);
        assert_string_equal(err.code, "secret-file");
        assert_non_null(strstr(err.message, path));
        assert_non_null(strstr(err.message, cause));
    }
    sp_secret_free(secret);
    free(path);
}

static void test_files(void **state)
{
    (void)state;
    check_file("token", 5, 0600, "token", NULL);
    check_file("token\r\n", 7, 0600, "token", NULL);
    check_file(" to ken \n", 9, 0644, " to ken ", NULL);
    check_file("", 0, 0600, NULL, "is empty");
    check_file("\n", 1, 0600, NULL, "is empty");
    check_file("token", 5, 0620, NULL, "written by others");
    check_file("token", 5, 0602, NULL, "written by others");
}

static void test_file_size_is_bounded(void **state)
{
    (void)state;
    char *bytes = sp_alloc(SP_SECRET_MAX + 100, 1);
    memset(bytes, 'a', SP_SECRET_MAX + 99);
    check_file(bytes, SP_SECRET_MAX + 1, 0600, NULL, "too long");
    bytes[SP_SECRET_MAX] = '\n'; /* what follows a line end at the limit is not lost in silence */
    check_file(bytes, SP_SECRET_MAX + 99, 0600, NULL, "too long");
    bytes[SP_SECRET_MAX] = '\0';
    check_file(bytes, SP_SECRET_MAX, 0600, bytes, NULL);
    free(bytes);
}

static void test_unreadable_files(void **state)
{
    (void)state;
    static const char *const paths[] = {"/nonexistent/secret", "/"};
    for (size_t i = 0; i < SP_ARRAY_LEN(paths); i++) {
        struct sp_err err = SP_ERR_INIT;
        assert_null(sp_secret_read_file(paths[i], &err));
        assert_string_equal(err.code, "secret-file");
    }
}

static void test_redact(void **state)
{
    (void)state;
    static const struct {
        const char *text, *redacted;
        size_t n;
    } rows[] = {
        {"key=s3cr/t+key!", "key=[secret]", 1},
        {"s3cr/t+key!s3cr/t+key!", "[secret][secret]", 2},
        {"?key=s3cr%2Ft%2Bkey%21&x", "?key=[secret]&x", 1},
        {"nothing of it: s3cr/t", "nothing of it: s3cr/t", 0},
        {"", "", 0},
        /* base64 of the secret alone, and of "u:", "me:", "you:" with it. */
        {"czNjci90K2tleSE=", "[secret]E=", 1},
        {"Basic dTpzM2NyL3Qra2V5IQ==", "Basic dTp[secret]Q==", 1},
        {"Basic bWU6czNjci90K2tleSE=", "Basic bWU6[secret]E=", 1},
    };
    struct sp_secret *secret = sp_secret_new("s3cr/t+key!", 11);
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_buf buf = SP_BUF_INIT(SP_TEXT_MAX);
        sp_buf_puts(&buf, rows[i].text);
        assert_int_equal(sp_secret_redact(secret, &buf), rows[i].n);
        assert_string_equal(sp_buf_str(&buf), rows[i].redacted);
        sp_buf_fini(&buf);
    }
    sp_secret_free(secret);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_copies),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_file_size_is_bounded),
        cmocka_unit_test(test_unreadable_files),
        cmocka_unit_test(test_redact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
