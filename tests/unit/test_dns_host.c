#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dns/dns_host.h"

static const char *found(const char *const *texts, size_t n)
{
    struct sp_name names[4];
    const struct sp_name *pointers[4];
    struct sp_err err = SP_ERR_INIT;
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(sp_name_parse(&names[i], texts[i], &err), 0);
        pointers[i] = &names[i];
    }
    const struct sp_dns_host *host = sp_dns_host_find(pointers, n);
    return host ? host->name : "";
}

static void test_found(void **state)
{
    static const struct {
        const char *servers[4];
        const char *name;
    } rows[] = {
        {{"ns41.domaincontrol.com", "ns42.domaincontrol.com"}, "GoDaddy"},
        {{"NS41.DomainControl.com"}, "GoDaddy"},
        {{"dns1.registrar-servers.com", "dns2.registrar-servers.com"}, "Namecheap"},
        {{"ns8.wixdns.net", "ns9.wixdns.net"}, "Wix"},
        {{"ns1045.ui-dns.com", "ns1045.ui-dns.org", "ns1045.ui-dns.de", "ns1045.ui-dns.biz"},
         "IONOS"},
        {{"ns-1.awsdns-01.com", "ns-2000.awsdns-55.co.uk", "ns-900.awsdns-12.net"},
         "Amazon Route 53"},
        {{"aida.ns.cloudflare.com", "miguel.ns.cloudflare.com"}, "Cloudflare"},
        /* Of two hosts, of nobody we know, or only alike. */
        {{"ns41.domaincontrol.com", "ns8.wixdns.net"}, ""},
        {{"ns41.domaincontrol.com", "ns1.example.com"}, ""},
        {{"ns41.domaincontrol.com.example"}, ""},
        {{"evildomaincontrol.com"}, ""},
        {{"ns-1.awsdns.com"}, ""},
        {{"com"}, ""},
        {{"."}, ""},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        size_t n = 0;
        while (n < 4 && rows[i].servers[n])
            n++;
        assert_string_equal(found(rows[i].servers, n), rows[i].name);
    }
    assert_null(sp_dns_host_find(NULL, 0));
}

static void test_delegation(void **state)
{
    struct sp_delegation delegation = {.state = SP_DELEGATION_FOUND};
    struct sp_err err = SP_ERR_INIT;
    (void)state;
    assert_null(sp_dns_host_of(NULL));
    assert_null(sp_dns_host_of(&delegation));
    struct sp_dns_server *server = sp_array_push(&delegation.servers);
    assert_int_equal(sp_name_parse(&server->name, "ns1.siteground.net", &err), 0);
    assert_string_equal(sp_dns_host_of(&delegation)->name, "SiteGround");
    delegation.state = SP_DELEGATION_SILENT;
    assert_null(sp_dns_host_of(&delegation));
    sp_array_free(&delegation.servers);
}

/* Each row is found by each of its own suffixes: none is hidden by an earlier one. */
static void test_every_row(void **state)
{
    size_t n = 0;
    (void)state;
    for (const struct sp_dns_host *host = sp_dns_hosts; host->name; host++, n++) {
        for (const char *const *pattern = host->name_servers; *pattern; pattern++) {
            char server[128] = "ns1.";
            size_t len = 4;
            for (const char *at = *pattern; *at; at++)
                server[len++] = *at == '*' ? '7' : *at;
            server[len] = '\0';
            assert_string_equal(found((const char *const[]){server}, 1), host->name);
        }
        assert_int_equal(host->entry == SP_ENTRY_NONE, host->host_box == NULL);
    }
    assert_true(n >= 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found),
        cmocka_unit_test(test_delegation),
        cmocka_unit_test(test_every_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
