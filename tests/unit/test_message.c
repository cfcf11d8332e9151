#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dns/message.h"
#include "dns_answer.h"

static int parse(const struct sp_buf *bytes, struct sp_dns_message *ret_message)
{
    return sp_dns_message_parse(sp_buf_str(bytes), bytes->len, ret_message);
}

static void builds_queries(void **state)
{
    static const uint8_t expected[] = "\x12\x34\x01\x20\x00\x01\x00\x00\x00\x00\x00\x00"
                                      "\x07"
                                      "example\x03"
                                      "com\x00\x00\x1c\x00\x01";
    struct sp_buf query = SP_BUF_INIT(512);
    struct sp_name name = name_of("Example.COM");
    (void)state;
    sp_dns_query_build(&query, 0x1234, &name, SP_DNS_AAAA, true);
    assert_int_equal(query.len, sizeof(expected) - 1);
    assert_memory_equal(query.data, expected, query.len);
    sp_buf_clear(&query);
    sp_dns_query_build(&query, 0x1234, &name, SP_DNS_AAAA, false);
    assert_int_equal(query.data[2], 0);
    sp_buf_fini(&query);
}

static void reads_every_type(void **state)
{
    static const struct {
        uint16_t type;
        const char *data;
    } rows[] = {
        {SP_DNS_A, "192.0.2.1"},         {SP_DNS_NS, "ns1.example.com"},
        {SP_DNS_CNAME, "a.example.net"}, {SP_DNS_SOA, "ns1.example.com"},
        {SP_DNS_MX, "mx.example.com"},   {SP_DNS_TXT, "v=DKIM1; p="},
        {SP_DNS_AAAA, "2001:db8::1"},    {SP_DNS_DNAME, "example.net"},
    };
    struct sp_buf bytes = SP_BUF_INIT(4096);
    struct sp_name question = name_of("x.example.com");
    struct sp_dns_message message;
    (void)state;
    start_answer(&bytes, 7, QR | AA | RA, SP_DNS_NOERROR, &question, SP_DNS_ANY);
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++)
        add_record(&bytes, SP_DNS_ANSWER, "X.example.com", rows[i].type, rows[i].data);
    assert_int_equal(parse(&bytes, &message), 0);
    assert_int_equal(message.id, 7);
    assert_true(message.is_response && message.is_authoritative);
    assert_false(message.is_truncated);
    assert_int_equal(message.question_type, SP_DNS_ANY);
    assert_true(sp_name_equal(&message.question, &question));
    assert_int_equal(message.records.n, SP_ARRAY_LEN(rows));
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        const struct sp_dns_rr *rr =
            sp_dns_message_find(&message, SP_DNS_ANSWER, &question, rows[i].type);
        assert_ptr_equal(rr, &message.records.items[i]);
        assert_int_equal(rr->ttl, 300);
        assert_null(sp_dns_message_find(&message, SP_DNS_AUTHORITY, &question, rows[i].type));
        if (sp_name_is_set(&rr->target))
            assert_string_equal(SP_NAME_STR(&rr->target), rows[i].data);
    }
    const struct sp_dns_rr *rr = message.records.items;
    assert_memory_equal(rr[0].address, "\xc0\x00\x02\x01", 4);
    assert_string_equal(SP_NAME_STR(&rr[3].soa->mname), "ns1.example.com");
    assert_int_equal(rr[3].soa->minimum, 5);
    assert_string_equal(rr[5].text, "v=DKIM1; p=");
    assert_int_equal(rr[5].text_len, strlen(rr[5].text));
    assert_int_equal(rr[6].address[15], 1);
    sp_dns_message_fini(&message);
    sp_buf_fini(&bytes);
}

/* A record with raw owner and data behind the question x.example.com, which stands at offset 12. */
static void add_raw(struct sp_buf *out, const char *owner, size_t owner_len, uint16_t type,
                    uint16_t class, uint32_t ttl, const char *data, size_t len)
{
    sp_buf_append(out, owner, owner_len);
    sp_buf_put_u16(out, type);
    sp_buf_put_u16(out, class);
    sp_buf_put_u32(out, ttl);
    sp_buf_put_u16(out, (uint16_t)len);
    sp_buf_append(out, data, len);
    out->data[7]++;
}

static void start_raw(struct sp_buf *out)
{
    struct sp_name question = name_of("x.example.com");
    start_answer(out, 7, QR | AA, SP_DNS_NOERROR, &question, SP_DNS_CNAME);
}

static void follows_compression(void **state)
{
    struct sp_buf bytes = SP_BUF_INIT(4096);
    struct sp_dns_message message;
    (void)state;
    start_raw(&bytes);
    /* The target is `u1` before the pointer to example.com at offset 14. */
    add_raw(&bytes, "\xc0\x0c", 2, SP_DNS_CNAME, 1, 0x80000001u, "\x02U1\xc0\x0e", 5);
    assert_int_equal(parse(&bytes, &message), 0);
    assert_string_equal(SP_NAME_STR(&message.records.items[0].owner), "x.example.com");
    assert_string_equal(SP_NAME_STR(&message.records.items[0].target), "u1.example.com");
    assert_int_equal(message.records.items[0].ttl, 0);
    sp_dns_message_fini(&message);
    sp_buf_fini(&bytes);
}

static void joins_strings(void **state)
{
    struct sp_buf bytes = SP_BUF_INIT(4096);
    struct sp_dns_message message;
    (void)state;
    start_raw(&bytes);
    add_raw(&bytes, "\xc0\x0c", 2, SP_DNS_TXT, 1, 60, "\x02p=\x00\x03M\0I", 8);
    assert_int_equal(parse(&bytes, &message), 0);
    assert_int_equal(message.records.items[0].text_len, 5);
    assert_memory_equal(message.records.items[0].text, "p=M\0I", 5);
    sp_dns_message_fini(&message);
    sp_buf_fini(&bytes);
}

static void cuts_endless_text(void **state)
{
    struct sp_buf bytes = SP_BUF_INIT(SP_DNS_MESSAGE_MAX);
    struct sp_buf data = SP_BUF_INIT(SP_DNS_MESSAGE_MAX);
    struct sp_dns_message message;
    (void)state;
    for (int i = 0; i < 200; i++) {
        char string[256];
        memset(string, 'a', sizeof(string));
        string[0] = (char)255;
        sp_buf_append(&data, string, sizeof(string));
    }
    start_raw(&bytes);
    add_raw(&bytes, "\xc0\x0c", 2, SP_DNS_TXT, 1, 60, data.data, data.len);
    assert_int_equal(parse(&bytes, &message), 0);
    assert_in_range(message.records.items[0].text_len, SP_DNS_TXT_MAX - 255, SP_DNS_TXT_MAX);
    sp_dns_message_fini(&message);
    sp_buf_fini(&bytes);
    sp_buf_fini(&data);
}

static void keeps_class_in_only(void **state)
{
    struct sp_buf bytes = SP_BUF_INIT(4096);
    struct sp_dns_message message;
    (void)state;
    start_raw(&bytes);
    add_raw(&bytes, "\xc0\x0c", 2, SP_DNS_A, 3, 60, "anything", 8);
    add_raw(&bytes, "", 1, 41, 1232, 0, "", 0); /* OPT */
    add_raw(&bytes, "\xc0\x0c", 2, 65280, 1, 60, "unknown", 7);
    assert_int_equal(parse(&bytes, &message), 0);
    assert_int_equal(message.records.n, 1);
    assert_int_equal(message.records.items[0].type, 65280);
    sp_dns_message_fini(&message);
    sp_buf_fini(&bytes);
}

static void keeps_a_bounded_number(void **state)
{
    struct sp_buf bytes = SP_BUF_INIT(SP_DNS_MESSAGE_MAX);
    struct sp_dns_message message;
    (void)state;
    start_raw(&bytes);
    for (int i = 0; i < 1000; i++)
        add_raw(&bytes, "\xc0\x0c", 2, SP_DNS_A, 1, 60, "\x7f\0\0\1", 4);
    bytes.data[6] = (char)(1000 >> 8);
    bytes.data[7] = (char)(1000 & 255);
    assert_int_equal(parse(&bytes, &message), 0);
    assert_int_equal(message.records.n, SP_DNS_RECORDS_MAX);
    sp_dns_message_fini(&message);
    sp_buf_fini(&bytes);
}

static void refuses_bad_data(void **state)
{
#define RAW(text) text, sizeof(text) - 1
    static const struct {
        const char *what, *owner;
        size_t owner_len;
        uint16_t type;
        const char *data;
        size_t len;
    } rows[] = {
        {"short A", RAW("\xc0\x0c"), SP_DNS_A, RAW("\1\2\3")},
        {"long A", RAW("\xc0\x0c"), SP_DNS_A, RAW("\1\2\3\4\5")},
        {"short AAAA", RAW("\xc0\x0c"), SP_DNS_AAAA, RAW("\1\2\3\4")},
        {"forward pointer in owner", RAW("\xc0\xff"), SP_DNS_A, RAW("\1\2\3\4")},
        {"pointer to itself", RAW("\xc0\x1f"), SP_DNS_A, RAW("\1\2\3\4")},
        {"pointer into its own run", RAW("\x01q\xc0\x1f"), SP_DNS_A, RAW("\1\2\3\4")},
        {"label type 0x40", RAW("\x41q\x00"), SP_DNS_A, RAW("\1\2\3\4")},
        {"label type 0x80", RAW("\x81q\x00"), SP_DNS_A, RAW("\1\2\3\4")},
        {"name past its data", RAW("\xc0\x0c"), SP_DNS_CNAME, RAW("\x05u1")},
        {"data past its name", RAW("\xc0\x0c"), SP_DNS_CNAME, RAW("\xc0\x0c\0")},
        {"no name at all", RAW("\xc0\x0c"), SP_DNS_CNAME, RAW("")},
        {"string past its data", RAW("\xc0\x0c"), SP_DNS_TXT, RAW("\x05u1")},
        {"short MX", RAW("\xc0\x0c"), SP_DNS_MX, RAW("\0")},
        {"short SOA", RAW("\xc0\x0c"), SP_DNS_SOA, RAW("\xc0\x0c\xc0\x0c\0\0\0\1")},
    };
#undef RAW
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_buf bytes = SP_BUF_INIT(4096);
        struct sp_dns_message message;
        start_raw(&bytes);
        assert_int_equal(bytes.len, 0x1f); /* where the owner stands */
        add_raw(&bytes, rows[i].owner, rows[i].owner_len, rows[i].type, 1, 60, rows[i].data,
                rows[i].len);
        if (parse(&bytes, &message) == 0)
            fail_msg("%s was accepted", rows[i].what);
        assert_int_equal(message.records.n, 0);
        assert_int_equal(message.id, 0);
        sp_buf_fini(&bytes);
    }
}

static void refuses_pointer_chains(void **state)
{
    struct sp_buf bytes = SP_BUF_INIT(SP_DNS_MESSAGE_MAX), chain = SP_BUF_INIT(SP_DNS_MESSAGE_MAX);
    struct sp_dns_message message;
    (void)state;
    /* An unknown type's data full of pointers, each to the one before; then a name at their end. */
    size_t data_at = 0x1f + 2 + 10;
    sp_buf_put_u16(&chain, 0xc00c);
    for (size_t i = 1; i < 1000; i++)
        sp_buf_put_u16(&chain, (uint16_t)(0xc000 | (data_at + 2 * (i - 1))));
    for (size_t hop = 100; hop <= 900; hop += 800) {
        char owner[2] = {(char)(0xc0 | (data_at + 2 * hop) >> 8), (char)(data_at + 2 * hop)};
        start_raw(&bytes);
        add_raw(&bytes, "\xc0\x0c", 2, 65280, 1, 60, chain.data, chain.len);
        add_raw(&bytes, owner, 2, SP_DNS_A, 1, 60, "\1\2\3\4", 4);
        assert_int_equal(parse(&bytes, &message), hop == 100 ? 0 : -1);
        sp_dns_message_fini(&message);
    }
    sp_buf_fini(&bytes);
    sp_buf_fini(&chain);
}

static void refuses_every_cut(void **state)
{
    struct sp_buf bytes = SP_BUF_INIT(4096);
    struct sp_dns_message message;
    (void)state;
    start_raw(&bytes);
    add_record(&bytes, SP_DNS_ANSWER, "x.example.com", SP_DNS_TXT, "text");
    add_record(&bytes, SP_DNS_AUTHORITY, "example.com", SP_DNS_SOA, "ns1.example.com");
    for (size_t len = 0; len < bytes.len; len++)
        assert_int_equal(sp_dns_message_parse(bytes.data, len, &message), -1);
    assert_int_equal(parse(&bytes, &message), 0);
    sp_dns_message_fini(&message);
    sp_buf_putc(&bytes, 0);
    assert_int_equal(parse(&bytes, &message), -1);
    sp_buf_fini(&bytes);
}

static void refuses_other_questions(void **state)
{
    struct sp_buf bytes = SP_BUF_INIT(4096);
    struct sp_dns_message message;
    (void)state;
    start_raw(&bytes);
    bytes.data[5] = 0;
    assert_int_equal(parse(&bytes, &message), -1);
    bytes.data[5] = 2;
    assert_int_equal(parse(&bytes, &message), -1);
    bytes.data[5] = 1;
    bytes.data[bytes.len - 1] = 3; /* class CH */
    assert_int_equal(parse(&bytes, &message), -1);
    sp_buf_fini(&bytes);
}

static struct sp_buf query_for(const char *text)
{
    struct sp_buf query = SP_BUF_INIT(512);
    struct sp_name name = name_of(text);
    sp_dns_query_build(&query, 0x1234, &name, SP_DNS_CNAME, false);
    return query;
}

static void asks_with_edns(void **state)
{
    static const uint8_t opt[] = "\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x04\x00\x03\x00\x00";
    struct sp_buf query = query_for("x.example.com");
    struct sp_dns_message message;
    size_t len = query.len;
    (void)state;
    sp_dns_query_add_edns(&query);
    assert_int_equal(query.len, len + sizeof(opt) - 1);
    assert_memory_equal(query.data + len, opt, sizeof(opt) - 1);
    assert_int_equal(parse(&query, &message), 0);
    assert_true(message.has_edns);
    assert_int_equal(message.records.n, 0);
    sp_buf_fini(&query);
}

static void mixes_letters_only(void **state)
{
    struct sp_buf query = query_for("sk-48601._domainkey.example.com"), mixed = query_for("x");
    size_t n_upper = 0, n_rounds = 64;
    (void)state;
    for (size_t round = 0; round < n_rounds; round++) {
        sp_buf_clear(&mixed);
        sp_buf_append(&mixed, query.data, query.len);
        sp_dns_query_mix_case(&mixed);
        assert_memory_equal(mixed.data, query.data, 12);
        assert_memory_equal(mixed.data + query.len - 4, query.data + query.len - 4, 4);
        for (size_t i = 12; i < query.len; i++) {
            bool is_letter = query.data[i] >= 'a' && query.data[i] <= 'z';
            n_upper += mixed.data[i] != query.data[i];
            assert_true(mixed.data[i] == query.data[i] ||
                        (is_letter && mixed.data[i] == query.data[i] - 0x20));
        }
    }
    assert_in_range(n_upper, n_rounds * 22 / 3, n_rounds * 22 * 2 / 3); /* of 22 letters */
    sp_buf_fini(&query);
    sp_buf_fini(&mixed);
}

static void matches_replies(void **state)
{
#define QUESTION  "\1a\2Bc\0\0\5\0\1"
#define RAW(text) text, sizeof(text) - 1
    static const struct {
        const char *reply;
        size_t len;
        enum sp_dns_match match;
    } rows[] = {
        {RAW("\x12\x34\x84\0\0\1\0\0\0\0\0\0" QUESTION), SP_DNS_MATCH_EXACT},
        {RAW("\x12\x34\x84\0\0\1\0\0\0\0\0\0" QUESTION "more"), SP_DNS_MATCH_EXACT},
        {RAW("\x12\x34\x84\0\0\1\0\0\0\0\0\0\1A\2Bc\0\0\5\0\1"), SP_DNS_MATCH_LOOSE},
        {RAW("\x12\x34\x84\0\0\1\0\0\0\0\0\0\1!\2Bc\0\0\5\0\1"), SP_DNS_MATCH_NONE},
        {RAW("\x12\x34\x84\0\0\1\0\0\0\0\0\0\1a\2Bd\0\0\5\0\1"), SP_DNS_MATCH_NONE},
        {RAW("\x12\x34\x84\0\0\1\0\0\0\0\0\0\1a\2Bc\0\0\1\0\1"), SP_DNS_MATCH_NONE},
        {RAW("\x12\x34\x84\0\0\1\0\0\0\0\0\0\1a\2Bc\0\0\5\0"), SP_DNS_MATCH_NONE},
        {RAW("\x12\x35\x84\0\0\1\0\0\0\0\0\0" QUESTION), SP_DNS_MATCH_NONE},
        {RAW("\x12\x34\x04\0\0\1\0\0\0\0\0\0" QUESTION), SP_DNS_MATCH_NONE}, /* a query */
        {RAW("\x12\x34\xa0\0\0\1\0\0\0\0\0\0" QUESTION), SP_DNS_MATCH_NONE}, /* NOTIFY */
        {RAW("\x12\x34\x80\1\0\0\0\0\0\0\0\0"), SP_DNS_MATCH_BARE},
        {RAW("\x12\x34\x80\0\0\0\0\0\0\0\0\0"), SP_DNS_MATCH_NONE}, /* no error either */
        {RAW("\x12\x34\x80\1\0\0\0\0\0\0\0"), SP_DNS_MATCH_NONE},
        {RAW(""), SP_DNS_MATCH_NONE},
    };
    static const char query[] = "\x12\x34\0\0\0\1\0\0\0\0\0\0" QUESTION;
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++)
        if (sp_dns_match(query, sizeof(query) - 1, rows[i].reply, rows[i].len) != rows[i].match)
            fail_msg("row %zu", i);
    for (size_t len = 0; len < sizeof(query) - 1; len++)
        assert_int_equal(sp_dns_match(query, len, rows[0].reply, rows[0].len), SP_DNS_MATCH_NONE);
#undef RAW
#undef QUESTION
}

/* An OPT record in the additional section: its owner, upper rcode bits and data. */
static void add_opt(struct sp_buf *out, uint32_t ttl, const char *data, size_t len)
{
    add_raw(out, "", 1, SP_DNS_OPT, 1232, ttl, data, len);
    out->data[7]--;
    out->data[11]++;
}

static void reads_edns(void **state)
{
    struct sp_buf bytes = SP_BUF_INIT(4096);
    struct sp_dns_message message;
    char longest[4 + SP_DNS_NSID_MAX + 9] = {0, 3, 0, SP_DNS_NSID_MAX + 9};
    (void)state;
    start_raw(&bytes);
    add_opt(&bytes, 0x01008000, "\0\x0a\0\2ab\0\3\0\4ns-1", 14);
    assert_int_equal(parse(&bytes, &message), 0);
    assert_true(message.has_edns);
    assert_int_equal(message.rcode, SP_DNS_BADVERS);
    assert_string_equal(sp_dns_rcode_name(message.rcode), "BADVERS");
    assert_int_equal(message.nsid_len, 4);
    assert_memory_equal(message.nsid, "ns-1", 4);
    add_opt(&bytes, 0x02000000, "\0\3\0\4evil", 8); /* a second one counts for nothing */
    assert_int_equal(parse(&bytes, &message), 0);
    assert_int_equal(message.rcode, SP_DNS_BADVERS);
    assert_memory_equal(message.nsid, "ns-1", 4);
    start_raw(&bytes);
    add_opt(&bytes, 0, longest, sizeof(longest));
    assert_int_equal(parse(&bytes, &message), 0);
    assert_int_equal(message.nsid_len, SP_DNS_NSID_MAX);
    sp_buf_fini(&bytes);
}

static void reads_extended_errors(void **state)
{
    char longest[4 + 2 + SP_DNS_EDE_MAX + 9];
    struct sp_buf bytes = SP_BUF_INIT(4096);
    struct sp_dns_message message;
    (void)state;
    start_raw(&bytes);
    add_opt(&bytes, 0, "\0\x0f\0\2\0\3\0\x0f\0\7\0\7a\x1b[b\0\0\x0f\0\2\0\6", 23);
    assert_int_equal(parse(&bytes, &message), 0);
    assert_true(message.ede.is_given && sp_dns_ede_is_bogus(&message.ede));
    assert_int_equal(message.ede.code, 7); /* the first that tells of DNSSEC */
    assert_string_equal(message.ede.text, "a?[b");
    assert_string_equal(sp_dns_ede_name(7), "signature expired");
    start_raw(&bytes);
    add_opt(&bytes, 0, "\0\x0f\0\2\0\x16\0\x0f\0\1\0", 11); /* and one cut short */
    assert_int_equal(parse(&bytes, &message), 0);
    assert_int_equal(message.ede.code, 22);
    assert_false(sp_dns_ede_is_bogus(&message.ede));
    memset(longest, 'x', sizeof(longest));
    memcpy(longest, (char[]){0, 15, 0, (char)(2 + SP_DNS_EDE_MAX + 9), 0, 6}, 6);
    start_raw(&bytes);
    add_opt(&bytes, 0, longest, sizeof(longest));
    assert_int_equal(parse(&bytes, &message), 0);
    assert_int_equal(strlen(message.ede.text), SP_DNS_EDE_MAX - 1);
    assert_string_equal(sp_dns_ede_name(0), "");
    assert_string_equal(sp_dns_ede_name(65535), "");
    sp_buf_fini(&bytes);
}

static void asks_the_resolver_what_it_has_checked(void **state)
{
    struct sp_buf bytes = SP_BUF_INIT(4096);
    struct sp_dns_message message;
    struct sp_name name = name_of("example.com");
    (void)state;
    sp_dns_query_build(&bytes, 7, &name, SP_DNS_NS, true);
    assert_memory_equal(bytes.data + 2, "\1\x20", 2); /* RD, AD */
    sp_dns_query_disable_checking(&bytes);
    assert_memory_equal(bytes.data + 2, "\1\x30", 2);
    bytes.data[2] = (char)0x81;
    assert_int_equal(parse(&bytes, &message), 0);
    assert_true(message.is_authentic);
    sp_buf_clear(&bytes);
    sp_dns_query_build(&bytes, 7, &name, SP_DNS_NS, false);
    assert_memory_equal(bytes.data + 2, "\0\0", 2);
    sp_buf_fini(&bytes);
}

static void refuses_bad_edns(void **state)
{
    static const struct {
        const char *data;
        size_t len;
    } rows[] = {{"\0", 1}, {"\0\3\0", 3}, {"\0\3\0\5abcd", 8}, {"\0\3\0\1ab", 6}};
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_buf bytes = SP_BUF_INIT(4096);
        struct sp_dns_message message;
        start_raw(&bytes);
        add_opt(&bytes, 0, rows[i].data, rows[i].len);
        assert_int_equal(parse(&bytes, &message), -1);
        assert_false(message.has_edns);
        sp_buf_fini(&bytes);
    }
}

static void names_codes(void **state)
{
    (void)state;
    assert_string_equal(sp_dns_rcode_name(SP_DNS_NXDOMAIN), "NXDOMAIN");
    assert_string_equal(sp_dns_rcode_name(SP_DNS_REFUSED), "REFUSED");
    assert_string_equal(sp_dns_rcode_name(11), "RCODE11");
    assert_string_equal(sp_dns_type_name(SP_DNS_CNAME), "CNAME");
    assert_string_equal(sp_dns_type_name(SP_DNS_AAAA), "AAAA");
    assert_true(sp_dns_type_name(65280)[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(builds_queries),
        cmocka_unit_test(reads_every_type),
        cmocka_unit_test(follows_compression),
        cmocka_unit_test(joins_strings),
        cmocka_unit_test(cuts_endless_text),
        cmocka_unit_test(keeps_class_in_only),
        cmocka_unit_test(keeps_a_bounded_number),
        cmocka_unit_test(refuses_bad_data),
        cmocka_unit_test(refuses_pointer_chains),
        cmocka_unit_test(refuses_every_cut),
        cmocka_unit_test(refuses_other_questions),
        cmocka_unit_test(asks_with_edns),
        cmocka_unit_test(mixes_letters_only),
        cmocka_unit_test(matches_replies),
        cmocka_unit_test(reads_edns),
        cmocka_unit_test(reads_extended_errors),
        cmocka_unit_test(asks_the_resolver_what_it_has_checked),
        cmocka_unit_test(refuses_bad_edns),
        cmocka_unit_test(names_codes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
