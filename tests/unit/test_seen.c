#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/array.h"
#include "dns_answer.h"
#include "verify/seen.h"

#define ZONE "example.com"
#define HOST "s1._domainkey.mail.example.com"

static const enum sp_dns_section answer = SP_DNS_ANSWER, authority = SP_DNS_AUTHORITY;

/* What a server of ZONE answers to the question for HOST's CNAME, and what that is. */
static const struct row {
    const char *name;
    unsigned flags, rcode;
    const enum sp_dns_section *section; /* of one record; NULL: there is none */
    const char *owner;
    uint16_t type;
    const char *data;
    enum sp_seen_kind kind;
    bool is_cut;
} rows[] = {
    {"live", AA, SP_DNS_NOERROR, &answer, HOST, SP_DNS_CNAME, "a.mailer.example", SP_SEEN_LIVE, 0},
    {"another", AA, SP_DNS_NOERROR, &answer, HOST, SP_DNS_CNAME, "b.example", SP_SEEN_OTHER_CNAME,
     0},
    {"no data", AA, SP_DNS_NOERROR, &authority, ZONE, SP_DNS_SOA, "ns1.example", SP_SEEN_NODATA, 0},
    {"no name", AA, SP_DNS_NXDOMAIN, &authority, ZONE, SP_DNS_SOA, "ns1.example", SP_SEEN_NXDOMAIN,
     0},
    {"refused", 0, SP_DNS_REFUSED, NULL, NULL, 0, NULL, SP_SEEN_LAME, 0},
    {"failing", 0, SP_DNS_SERVFAIL, NULL, NULL, 0, NULL, SP_SEEN_FAILING, 0},
    {"a cache", RA, SP_DNS_NOERROR, &answer, HOST, SP_DNS_CNAME, "a.mailer.example", SP_SEEN_LAME,
     0},
    {"nothing", 0, SP_DNS_NOERROR, NULL, NULL, 0, NULL, SP_SEEN_LAME, 0},
    /* Referrals: to the host, below the zone, to the zone, above it, beside the host. */
    {"cut", 0, SP_DNS_NOERROR, &authority, HOST, SP_DNS_NS, "ns.example", SP_SEEN_NODATA, 1},
    {"below", 0, SP_DNS_NOERROR, &authority, "_domainkey.mail.example.com", SP_DNS_NS, "ns.example",
     SP_SEEN_FAILING, 0},
    {"below, too", 0, SP_DNS_NOERROR, &authority, "mail.example.com", SP_DNS_NS, "ns.example",
     SP_SEEN_FAILING, 0},
    {"zone", 0, SP_DNS_NOERROR, &authority, ZONE, SP_DNS_NS, "ns.example", SP_SEEN_LAME, 0},
    {"above", 0, SP_DNS_NOERROR, &authority, "com", SP_DNS_NS, "ns.example", SP_SEEN_LAME, 0},
    {"beside", 0, SP_DNS_NOERROR, &authority, "other.example.com", SP_DNS_NS, "ns.example",
     SP_SEEN_LAME, 0},
    /* The server has both zones: the host's own, and the one around it. */
    {"apex", AA, SP_DNS_NOERROR, &authority, HOST, SP_DNS_SOA, "ns1.example", SP_SEEN_NODATA, 1},
};

static void test_answers(void **state)
{
    const struct sp_record record = {.host = name_of(HOST), .target = name_of("a.mailer.example")};
    const struct sp_name zone = name_of(ZONE);
    (void)state;
    for (const struct row *row = rows; row < rows + SP_ARRAY_LEN(rows); row++) {
        struct sp_buf bytes = SP_BUF_INIT(SP_DNS_MESSAGE_MAX);
        struct sp_dns_message message;
        struct sp_seen seen = {0};
        start_answer(&bytes, 1, QR | row->flags, row->rcode, &record.host, SP_DNS_CNAME);
        if (row->section)
            add_record(&bytes, *row->section, row->owner, row->type, row->data);
        assert_int_equal(
            sp_dns_message_parse((const uint8_t *)sp_buf_str(&bytes), bytes.len, &message), 0);
        const struct sp_dns_reply reply = {.status = SP_TRANSPORT_OK, .message = &message};
        assert_true(sp_seen_take(&seen, &record, &zone, &reply));
        if (seen.kind != row->kind || sp_seen_is_cut(&message, &record.host) != row->is_cut)
            fail_msg("%s: %d", row->name, seen.kind);
        sp_dns_message_fini(&message);
        sp_buf_fini(&bytes);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {cmocka_unit_test(test_answers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
