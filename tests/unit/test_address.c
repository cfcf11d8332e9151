#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "dns/address.h"
#include "dns/resolv_conf.h"

static void parses_and_formats(void **state)
{
    static const struct {
        const char *text, *ip, *whole;
    } rows[] = {
        {"192.0.2.1", "192.0.2.1", "192.0.2.1:53"},
        {"192.0.2.1:5300", "192.0.2.1", "192.0.2.1:5300"},
        {"2001:db8::1", "2001:db8::1", "[2001:db8::1]:53"},
        {"2001:DB8:0:0::1", "2001:db8::1", "[2001:db8::1]:53"},
        {"[2001:db8::1]", "2001:db8::1", "[2001:db8::1]:53"},
        {"[2001:db8::1]:5300", "2001:db8::1", "[2001:db8::1]:5300"},
        {"::ffff:192.0.2.1", "::ffff:192.0.2.1", "[::ffff:192.0.2.1]:53"},
        {"[ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]:65535",
         "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
         "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_address address;
        struct sp_err err = SP_ERR_INIT;
        assert_int_equal(sp_address_parse(&address, rows[i].text, 53, &err), 0);
        assert_string_equal(SP_ADDRESS_STR(&address), rows[i].ip);
        assert_string_equal(SP_ADDRESS_PORT_STR(&address), rows[i].whole);
    }
}

static void refuses(void **state)
{
    static const char *const rows[] = {
        "",
        "ns1.example.com",
        "192.0.2",
        "192.0.2.256",
        "192.0.2.1:",
        "192.0.2.1:0",
        "192.0.2.1:65536",
        "192.0.2.1:53x",
        "192.0.2.1:53:53",
        " 192.0.2.1",
        "[192.0.2.1",
        "[]",
        "[]:53",
        "[2001:db8::1]53",
        "[2001:db8::1]:",
        "[2001:db8::1]:5300:1",
        "2001:db8::g",
        "fe80::1%eth0",
        "[2001:db8::1]:111111111111111111111111111111111111111111111111111111111111111111111",
        "1111111111111111111111111111111111111111111111111111111111111111111111111111111111111",
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_address address;
        struct sp_err err = SP_ERR_INIT;
        assert_int_equal(sp_address_parse(&address, rows[i], 53, &err), -1);
        assert_int_equal(err.kind, SP_ERR_USAGE);
        assert_string_equal(err.code, "bad-address");
        assert_true(err.fix[0]);
    }
}

static struct sp_address address_of(const char *text)
{
    struct sp_address address;
    struct sp_err err = SP_ERR_INIT;
    assert_int_equal(sp_address_parse(&address, text, 53, &err), 0);
    return address;
}

static void compares(void **state)
{
    struct sp_address a = address_of("192.0.2.1"), b = address_of("192.0.2.1:53");
    struct sp_address c = address_of("192.0.2.1:54"), d = address_of("192.0.2.2");
    struct sp_address e = address_of("c000:201::"), none = {0};
    (void)state;
    b.bytes[10] = 9; /* behind the address of an IPv4 one */
    assert_true(sp_address_equal(&a, &b));
    assert_false(sp_address_equal(&a, &c));
    assert_false(sp_address_equal(&a, &d));
    assert_false(sp_address_equal(&a, &e));
    assert_false(sp_address_equal(&a, &none));
    assert_string_equal(SP_ADDRESS_STR(&none), "");
}

static void knows_loopback(void **state)
{
    static const struct {
        const char *text;
        bool is_loopback;
    } rows[] = {
        {"127.0.0.1", true},  {"127.255.0.9", true}, {"::1", true},
        {"128.0.0.1", false}, {"::2", false},        {"7f00::", false},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_address address = address_of(rows[i].text);
        assert_int_equal(sp_address_is_loopback(&address), rows[i].is_loopback);
    }
}

static void knows_urls(void **state)
{
    static const struct {
        const char *url;
        bool is_loopback;
    } rows[] = {
        {"https://dns.example/dns-query", false}, {"https://127.0.0.1:8443/dns-query", true},
        {"https://[::1]/dns-query", true},        {"https://localhost/dns-query", true},
        {"https://localhost.example/", false},    {"https://192.0.2.1/127.0.0.1", false},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_address address = {.family = SP_ADDRESS_URL, .url = rows[i].url};
        char copy[64];
        snprintf(copy, sizeof(copy), "%s", rows[i].url);
        struct sp_address same = {.family = SP_ADDRESS_URL, .url = copy};
        assert_int_equal(sp_address_is_loopback(&address), rows[i].is_loopback);
        assert_string_equal(SP_ADDRESS_STR(&address), rows[i].url);
        assert_string_equal(SP_ADDRESS_PORT_STR(&address), rows[i].url);
        assert_true(sp_address_equal(&address, &same));
        copy[9]++;
        assert_false(sp_address_equal(&address, &same));
    }
    struct sp_address endless = {
        .family = SP_ADDRESS_URL,
        .url = "https://a-very-long-name-of-a-server.with-many-labels.dns.example/dns-query"};
    assert_int_equal(strlen(SP_ADDRESS_STR(&endless)), SP_ADDRESS_TEXT_SIZE - 1);
}

static void finds_routes(void **state)
{
    struct sp_address loopback = address_of("127.0.0.1:9"), none = {0};
    struct sp_address portless = address_of("127.0.0.1");
    struct sp_address broadcast = address_of("255.255.255.255"); /* refused to a plain socket */
    (void)state;
    portless.port = 0;
    assert_true(sp_address_has_route(&loopback));
    assert_true(sp_address_has_route(&portless));
    assert_false(sp_address_has_route(&broadcast));
    assert_false(sp_address_has_route(&none));
}

/* The kernel's own list: 32 hexadecimal digits begin each line. */
static bool is_in_kernels_list(bool may_be_loopback)
{
    static const char one[] = "00000000000000000000000000000001";
    FILE *file = fopen("/proc/net/if_inet6", "re");
    char line[256];
    bool has_any = false;
    while (file && fgets(line, sizeof(line), file))
        has_any |= strncmp(line, "fe8", 3) != 0 &&
                   (may_be_loopback || strncmp(line, one, strlen(one)) != 0);
    if (file)
        fclose(file);
    return has_any;
}

static void knows_its_own_ipv6(void **state)
{
    (void)state;
    assert_int_equal(sp_address_has_ipv6(true), is_in_kernels_list(true));
    assert_int_equal(sp_address_has_ipv6(false), is_in_kernels_list(false));
}

static void fills_sockaddr(void **state)
{
    struct sockaddr_storage to;
    struct sp_address address = address_of("[2001:db8::1]:5300");
    (void)state;
    assert_int_equal(sp_address_to_sockaddr(&address, &to), sizeof(struct sockaddr_in6));
    struct sockaddr_in6 v6;
    memcpy(&v6, &to, sizeof(v6));
    assert_int_equal(v6.sin6_family, AF_INET6);
    assert_int_equal(v6.sin6_port, htons(5300));
    assert_memory_equal(&v6.sin6_addr, address.bytes, 16);
}

static void reads_resolv_conf(void **state)
{
    static const char text[] = "# nameserver 192.0.2.9\n"
                               "search example.com\n"
                               "nameserver 192.0.2.1\r\n"
                               "nameserver\t2001:db8::1 # the second\n"
                               "nameserver fe80::1%eth0\n"
                               "nameserver\n"
                               "nameservers 192.0.2.8\n"
                               "  nameserver 127.0.0.53";
    struct sp_address resolvers[SP_DNS_RESOLVERS_MAX];
    (void)state;
    assert_int_equal(sp_resolv_conf_parse(text, sizeof(text) - 1, resolvers), 3);
    assert_string_equal(SP_ADDRESS_PORT_STR(&resolvers[0]), "192.0.2.1:53");
    assert_string_equal(SP_ADDRESS_PORT_STR(&resolvers[1]), "[2001:db8::1]:53");
    assert_string_equal(SP_ADDRESS_PORT_STR(&resolvers[2]), "127.0.0.53:53");
    assert_int_equal(sp_resolv_conf_read("/nonexistent/resolv.conf", resolvers), 0);
}

static void stops_at_the_maximum(void **state)
{
    struct sp_address resolvers[SP_DNS_RESOLVERS_MAX];
    struct sp_buf text = SP_BUF_INIT(4096);
    (void)state;
    for (int i = 0; i < 2 * SP_DNS_RESOLVERS_MAX; i++)
        sp_buf_printf(&text, "nameserver 192.0.2.%d\n", i);
    assert_int_equal(sp_resolv_conf_parse(sp_buf_str(&text), text.len, resolvers),
                     SP_DNS_RESOLVERS_MAX);
    sp_buf_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_and_formats), cmocka_unit_test(refuses),
        cmocka_unit_test(compares),           cmocka_unit_test(knows_loopback),
        cmocka_unit_test(knows_urls),         cmocka_unit_test(finds_routes),
        cmocka_unit_test(knows_its_own_ipv6), cmocka_unit_test(fills_sockaddr),
        cmocka_unit_test(reads_resolv_conf),  cmocka_unit_test(stops_at_the_maximum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
