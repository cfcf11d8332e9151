#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "watch/service.h"

/* A manager that listens at NAME, as NOTIFY_SOCKET would say it. */
static int listen_at(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    memcpy(address.sun_path, name, strlen(name));
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, size), 0);
    return fd;
}

static void assert_hears(int fd, const char *wanted)
{
    char got[256] = "";
    ssize_t len = recv(fd, got, sizeof(got) - 1, MSG_DONTWAIT);
    assert_int_equal(len, strlen(wanted));
    assert_string_equal(got, wanted);
}

static void assert_speaks(const char *name)
{
    struct sp_service service;
    int fd = listen_at(name);
    setenv("NOTIFY_SOCKET", name, 1);
    sp_service_init(&service);
    assert_null(getenv("NOTIFY_SOCKET"));
    assert_int_equal(service.heartbeat_ms, 0);
    sp_service_say(&service, "READY=1\nSTATUS=x");
    assert_hears(fd, "READY=1\nSTATUS=x");
    for (int i = 0; i < 100000; i++) /* nobody reads: nobody waits */
        sp_service_say(&service, "WATCHDOG=1");
    sp_service_fini(&service);
    close(fd);
}

static void test_path(void **state)
{
    char folder[] = "/tmp/signpost-service-XXXXXX", path[64];
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/notify", folder);
    assert_speaks(path);
    unlink(path);
    rmdir(folder);
}

static void test_abstract(void **state)
{
    char name[64];
    (void)state;
    snprintf(name, sizeof(name), "@signpost-service-%ld", (long)getpid());
    assert_speaks(name);
}

static void test_nobody_there(void **state)
{
    static const char *const names[] = {"", "/", "@", "/nowhere/at/all", "relative", "vsock:2:1"};
    struct sp_service service;
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(names); i++) {
        setenv("NOTIFY_SOCKET", names[i], 1);
        setenv("WATCHDOG_USEC", "1000000", 1);
        sp_service_init(&service);
        assert_int_equal(service.fd, -1);
        assert_int_equal(service.heartbeat_ms, 0);
        sp_service_say(&service, "READY=1");
        sp_service_fini(&service);
    }
}

static void test_watchdog(void **state)
{
    char own[24], name[64];
    snprintf(own, sizeof(own), "%ld", (long)getpid());
    const struct {
        const char *microseconds, *process;
        uint64_t heartbeat_ms;
    } rows[] = {
        {"30000000", NULL, 15000}, {"30000000", own, 15000}, {"30000000", "1", 0},
        {"1000", NULL, 0},         {"-1", NULL, 0},          {"soon", NULL, 0},
    };
    (void)state;
    snprintf(name, sizeof(name), "@signpost-watchdog-%ld", (long)getpid());
    int fd = listen_at(name);
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_service service;
        setenv("NOTIFY_SOCKET", name, 1);
        setenv("WATCHDOG_USEC", rows[i].microseconds, 1);
        if (rows[i].process)
            setenv("WATCHDOG_PID", rows[i].process, 1);
        sp_service_init(&service);
        assert_int_equal(service.heartbeat_ms, rows[i].heartbeat_ms);
        sp_service_fini(&service);
    }
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_path),
        cmocka_unit_test(test_abstract),
        cmocka_unit_test(test_nobody_there),
        cmocka_unit_test(test_watchdog),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
