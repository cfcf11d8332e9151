#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "records/import.h"

enum { DOMAINS_MAX = 4 };

static size_t parse_domains(const char *list, struct sp_name *ret_domains)
{
    struct sp_cursor cursor = sp_cursor_of(list, strlen(list));
    struct sp_err err = SP_ERR_INIT;
    size_t n = 0;
    while (!sp_cursor_is_end(&cursor)) {
        char *text = sp_span_dup(sp_cursor_until(&cursor, " "));
        assert_true(n < DOMAINS_MAX);
        if (sp_name_parse(&ret_domains[n++], text, &err) < 0)
            fail_msg("%s: %s", text, err.message);
        free(text);
        sp_cursor_while(&cursor, " ");
    }
    return n;
}

/* "host>target[/ttl] ..." of all sets, each set in front by "DOMAIN:" when there are several. */
static char *describe(const struct sp_import *import)
{
    struct sp_buf out = SP_BUF_INIT(1 << 16);
    for (size_t i = 0; i < import->sets.n; i++) {
        struct sp_record_set set = sp_set_list_get(&import->sets, i);
        if (import->sets.n > 1)
            sp_buf_printf(&out, "%s%s:", out.len ? " " : "", SP_NAME_STR(&set.domain));
        SP_ARRAY_FOREACH (&set.records, record) {
            if (out.len)
                sp_buf_putc(&out, ' ');
            sp_buf_printf(&out, "%s>%s", SP_NAME_STR(&record->host), SP_NAME_STR(&record->target));
            if (record->ttl)
                sp_buf_printf(&out, "/%u", record->ttl);
        }
        sp_record_set_fini(&set);
    }
    return sp_buf_steal(&out);
}

static int import_text(const char *text, size_t len, const char *domains, struct sp_import *import,
                       struct sp_err *err)
{
    struct sp_name names[DOMAINS_MAX];
    size_t n = parse_domains(domains, names);
    /* Without a terminator behind it, so that a read too far shows. */
    char *bytes = sp_memdup(text, len);
    int rc = sp_import_text(bytes, len, "records.txt", names, n, import, err);
    free(bytes);
    return rc;
}

#define F  SP_IMPORT_HOSTS_FULL
#define P  SP_IMPORT_HOSTS_PREFIX
#define X  SP_IMPORT_HOSTS_MIXED
#define JS SP_IMPORT_JSON
#define ZO SP_IMPORT_ZONE
#define LI SP_IMPORT_LINES

#define ONE "sk1.example.com>u1.mailer.example"
#define TWO ONE " s1._domainkey.example.com>d1.mailer.example"

struct good {
    const char *text;
    const char *records;
    enum sp_import_format format;
    enum sp_import_hosts hosts;
};

static void assert_good(const struct good *row, const char *domains)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_import import;
    if (import_text(row->text, strlen(row->text), domains, &import, &err) < 0)
        fail_msg("%s\n%s: %s", row->text, err.code, err.message);
    char *found = describe(&import);
    if (strcmp(found, row->records) != 0 || import.format != row->format ||
        import.hosts != row->hosts)
        fail_msg("%s\nfound %s (format %d, hosts %d)\nnot   %s", row->text, found,
                 (int)import.format, (int)import.hosts, row->records);
    for (size_t i = 0; i < import.sets.n; i++) {
        struct sp_record_set set = sp_set_list_get(&import.sets, i);
        assert_int_equal(sp_record_set_check(&set, &err), 0);
        sp_record_set_fini(&set);
    }
    free(found);
    sp_import_fini(&import);
}

/* Host and target in a line, as pages, sheets and people write them. */
static void test_pasted_pairs(void **state)
{
    (void)state;
    static const struct good rows[] = {
        {"sk1.example.com u1.mailer.example", ONE, LI, F},
        {"sk1.example.com\tu1.mailer.example\n", ONE, LI, F},
        {"sk1.example.com=u1.mailer.example", ONE, LI, F},
        {"sk1.example.com = u1.mailer.example", ONE, LI, F},
        {"sk1.example.com->u1.mailer.example", ONE, LI, F},
        {"sk1.example.com --> u1.mailer.example", ONE, LI, F},
        {"sk1.example.com => u1.mailer.example", ONE, LI, F},
        {"sk1.example.com → u1.mailer.example", ONE, LI, F},
        {"sk1.example.com,u1.mailer.example", ONE, LI, F},
        {"sk1.example.com;u1.mailer.example", ONE, LI, F},
        {"\"sk1.example.com\",\"u1.mailer.example\"\r\n", ONE, LI, F},
        {"'sk1.example.com' 'u1.mailer.example'", ONE, LI, F},
        {"“sk1.example.com” „u1.mailer.example‟", ONE, LI, F},
        {"`sk1.example.com` | `u1.mailer.example`", ONE, LI, F},
        {"sk1.example.com: u1.mailer.example", ONE, LI, F},
        {"SK1.Example.COM. U1.Mailer.Example.", ONE, LI, F},
        {"  sk1.example.com    u1.mailer.example   ", ONE, LI, F},
        {"sk1.example.com\xc2\xa0\xc2\xa0u1.mailer.example\xe2\x80\x8b", ONE, LI, F},
        {"\xe2\x80\x8bsk1\xc2\xad.example\xe2\x81\xa0.com u1.mailer.example", ONE, LI, F},
        {"\xef\xbb\xbfsk1.example.com u1.mailer.example", ONE, LI, F},
        {"# a comment\n\n; another\nsk1.example.com u1.mailer.example # here\n", ONE, LI, F},
        {"1. sk1.example.com u1.mailer.example\n2. s1._domainkey.example.com d1.mailer.example",
         TWO, LI, F},
        {"1) sk1 -> u1.mailer.example\n2) s1._domainkey -> d1.mailer.example", TWO, LI, P},
        {"1 sk1 u1.mailer.example", ONE, LI, P},
        {"- sk1 -> u1.mailer.example\n* s1._domainkey -> d1.mailer.example", TWO, LI, P},
        {"• sk1 – u1.mailer.example", ONE, LI, P},
        {"sk1\tu1.mailer.example\r\ns1._domainkey\td1.mailer.example\r\n", TWO, LI, P},
        {"sk1 u1.mailer.example\ns1._domainkey.example.com d1.mailer.example", TWO, LI, X},
        {"1 sk1\nu1.mailer.example\n2 s1._domainkey\nd1.mailer.example", TWO, LI, P},
        {"12345678 u1.mailer.example", "12345678.example.com>u1.mailer.example", LI, P},
        {"mx u1.mailer.example", "mx.example.com>u1.mailer.example", LI, P},
        {"sk1.mail.example.com u1.mailer.example", "sk1.mail.example.com>u1.mailer.example", LI, F},
        {"em.eu1 u1.mailer.example", "em.eu1.example.com>u1.mailer.example", LI, P},
        /* Several labels, the last of which is no top-level domain, or one below which no record of
         * ours could lie. */
        {"em123.mail u1.mailer.example", "em123.mail.example.com>u1.mailer.example", LI, P},
        {"s1._domainkey.mail d1.mailer.example", "s1._domainkey.mail.example.com>d1.mailer.example",
         LI, P},
        {"sk1.news u1.mailer.example", "sk1.news.example.com>u1.mailer.example", LI, P},
        {"s1._domainkey.news d1.mailer.example", "s1._domainkey.news.example.com>d1.mailer.example",
         LI, P},
        {"sk1 u1.bücher.example", "sk1.example.com>u1.xn--bcher-kva.example", LI, P},
        /* The same twice is one. */
        {"sk1 u1.mailer.example\nsk1.example.com. U1.MAILER.EXAMPLE", ONE, LI, X},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++)
        assert_good(&rows[i], "example.com");
}

static void test_pasted_tables(void **state)
{
    (void)state;
    static const struct good rows[] = {
        {"Host\tPoints to\nsk1.example.com\tu1.mailer.example\n", ONE, LI, F},
        {"Host / Points to\nsk1.example.com\tu1.mailer.example\n", ONE, LI, F},
        {"Type\tName\tValue\tTTL\nCNAME\tsk1\tu1.mailer.example\t3600\n", ONE, LI, P},
        {"TYPE,HOST,VALUE\nCNAME,sk1,u1.mailer.example\nCNAME,s1._domainkey,d1.mailer.example", TWO,
         LI, P},
        {"Name    Type    Content\nsk1     CNAME   u1.mailer.example\n", ONE, ZO, P},
        {"sk1.example.com  u1.mailer.example  CNAME", ONE, LI, F},
        {"sk1.example.com  u1.mailer.example  CNAME  Auto  DNS only", ONE, LI, F},
        {"CNAME  sk1  u1.mailer.example  1/2 Hour  Edit", ONE, LI, P},
        {"sk1.example.com  Copy  u1.mailer.example  Copy  Pending", ONE, LI, F},
        {"| Host | Points to |\n|:-----|------|\n| `sk1` | `u1.mailer.example` |\n", ONE, LI, P},
        {"sk1.example.com CNAME points to u1.mailer.example", ONE, LI, F},
        {"sk1.example.com is an alias for u1.mailer.example.", ONE, LI, F},
        {"Host: sk1.example.com Points to: u1.mailer.example", ONE, LI, F},
        /* One field a line. */
        {"sk1.example.com\nu1.mailer.example\ns1._domainkey.example.com\nd1.mailer.example\n", TWO,
         LI, F},
        {"Host\nPoints to\nsk1\nu1.mailer.example\n\ns1._domainkey\nd1.mailer.example\n", TWO, LI,
         P},
        {"CNAME\nsk1\nu1.mailer.example\nCNAME\ns1._domainkey\nd1.mailer.example\n3600\n", TWO, LI,
         P},
        {"Record 1\nHost: sk1\nPoints to: u1.mailer.example\nTTL: 3600\nRecord 2:\n"
         "Host:\ns1._domainkey\nPoints to:\nd1.mailer.example\n",
         TWO, LI, P},
        {"Host\tsk1\nValue\tu1.mailer.example\n", ONE, LI, P},
        {"1.\nsk1\nCopy\nu1.mailer.example\nCopy\n2.\ns1._domainkey\nd1.mailer.example", TWO, LI,
         P},
        {"sk1.example.com CNAME\nu1.mailer.example\n", ONE, LI, F},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++)
        assert_good(&rows[i], "example.com");
}

static void test_zone_lines(void **state)
{
    (void)state;
    static const struct good rows[] = {
        {"sk1.example.com. IN CNAME u1.mailer.example.", ONE, ZO, F},
        {"sk1.example.com. 300 IN CNAME u1.mailer.example.", ONE "/300", ZO, F},
        {"sk1.example.com.\t\t300\tIN\tCNAME\tu1.mailer.example. ; return path\n", ONE "/300", ZO,
         F},
        {"sk1 in 1h cname u1.mailer.example.", ONE "/3600", ZO, P},
        {"sk1 cname u1.mailer.example", ONE, ZO, P},
        {";; ANSWER SECTION:\nsk1.example.com. 60 IN CNAME u1.mailer.example.", ONE "/60", ZO, F},
        {"$TTL 600\nsk1 CNAME u1.mailer.example.\ns1._domainkey 60 CNAME d1.mailer.example.",
         ONE "/600 s1._domainkey.example.com>d1.mailer.example/60", ZO, P},
        {"$ORIGIN example.com.\n$TTL 1d\nsk1 IN CNAME u1.mailer.example.", ONE "/86400", ZO, F},
        {"$ORIGIN _domainkey.example.com.\ns1 CNAME d1.mailer.example.\n"
         "sk1.example.com. CNAME u1.mailer.example.",
         "s1._domainkey.example.com>d1.mailer.example " ONE, ZO, F},
        {"$ORIGIN sk1.example.com\n@ CNAME u1.mailer.example.", ONE, ZO, F},
        {"sk1 CNAME (\n u1.mailer.example. )", ONE, LI, P},
        /* One pasted line among them. */
        {"sk1 CNAME u1.mailer.example\ns1._domainkey -> d1.mailer.example", TWO, LI, P},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++)
        assert_good(&rows[i], "example.com");
}

#define RECORD(host, target)                                                                       \
    "{\"type\":\"CNAME\",\"host\":\"" host "\",\"points_to\":\"" target "\"}"
#define SET(domain, records) "{\"domain\":\"" domain "\",\"records\":[" records "]}"
#define SET_ONE              SET("example.com", RECORD("sk1.example.com", "u1.mailer.example"))
#define SET_SHOP             SET("shop.example", RECORD("sk2", "u2.mailer.example"))
#define BOTH                 "example.com: " ONE " shop.example: sk2.shop.example>u2.mailer.example"

static void test_json(void **state)
{
    (void)state;
    static const struct good rows[] = {
        {SET_ONE, ONE, JS, F},
        {"\xef\xbb\xbf\r\n " SET_ONE "\n", ONE, JS, F},
        {SET("example.com", RECORD("sk1", "U1.Mailer.Example.")), ONE, JS, P},
        {SET("Example.COM", RECORD("sk1.example.com.", "u1.mailer.example") "," RECORD(
                                "s1._domainkey", "d1.mailer.example")),
         TWO, JS, X},
        {SET("example.com",
             "{\"type\":\"cname\",\"host\":\"sk1\",\"points_to\":\"u1.mailer.example\","
             "\"ttl\":300}"),
         ONE "/300", JS, P},
        {SET_ONE "\n" SET_SHOP "\n", BOTH, JS, X},
        {SET_ONE SET_SHOP, BOTH, JS, X},
        {"[" SET_ONE "," SET_SHOP "]", BOTH, JS, X},
        {"{\n \"domain\": \"example.com\",\n \"records\": [\n  " RECORD(
             "sk1", "u1.mailer.example") "\n ]\n}"
                                         "\n" SET_SHOP,
         BOTH, JS, P},
        /* One domain in two objects, one record twice. */
        {SET_ONE "\n" SET("example.com",
                          RECORD("s1._domainkey.example.com", "d1.mailer.example")) "\n" SET_ONE,
         TWO, JS, F},
        /* A report of `signpost records --output json`. */
        {"{\"signpost\":1,\"domains\":[{\"domain\":\"example.com\",\"status\":null,\"records\":["
         "{\"type\":\"CNAME\",\"host\":\"sk1.example.com\",\"points_to\":\"u1.mailer.example\","
         "\"leg\":\"return-path\"}]}],\"exit_code\":0}",
         ONE, JS, F},
        {"{\"signpost\":1,\"domains\":[" SET_ONE "," SET_SHOP "]}", BOTH, JS, X},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        assert_good(&rows[i], "");
        assert_good(&rows[i], "shop.example example.com");
    }
}

static void test_several_domains(void **state)
{
    (void)state;
    static const struct good rows[] = {
        {"sk2.shop.example u2.mailer.example\nsk1.example.com u1.mailer.example\n",
         "shop.example: sk2.shop.example>u2.mailer.example example.com: " ONE, LI, F},
        /* The longest domain that holds the host. */
        {"sk1.mail.example.com u1.mailer.example\nsk1.example.com u1.mailer.example\n",
         "mail.example.com: sk1.mail.example.com>u1.mailer.example example.com: " ONE, LI, F},
        {SET_ONE, ONE, JS, F},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++)
        assert_good(&rows[i], "example.com shop.example mail.example.com");
    const struct good twice = {"sk1 u1.mailer.example", ONE, LI, P};
    assert_good(&twice, "example.com EXAMPLE.com.");
}

struct bad {
    const char *text;
    const char *code;
    const char *parts[3]; /* of the message, or of the fix */
};

static void assert_bad(const struct bad *row, const char *domains)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_import import;
    if (import_text(row->text, strlen(row->text), domains, &import, &err) == 0) {
        char *found = describe(&import);
        fail_msg("%s\ntaken for %s", row->text, found);
    }
    assert_int_equal(import.sets.n, 0);
    assert_null(import.sets.items);
    assert_int_equal(err.kind, SP_ERR_USAGE);
    if (strcmp(err.code, row->code) != 0)
        fail_msg("%s\n%s: %s, not %s", row->text, err.code, err.message, row->code);
    if (!*err.fix)
        fail_msg("%s\n%s: no fix", row->text, err.message);
    for (size_t i = 0; i < SP_ARRAY_LEN(row->parts) && row->parts[i]; i++)
        if (!strstr(err.message, row->parts[i]) && !strstr(err.fix, row->parts[i]))
            fail_msg("%s\n%s (%s)\nlacks \"%s\"", row->text, err.message, err.fix, row->parts[i]);
}

/* What was guessed can be told, host by host; what is certain need not be. */
static void test_readings(void **state)
{
    (void)state;
    static const char text[] =
        "em1.mail u1.mailer.example\nsk1 u2.mailer.example\n"
        "s1._domainkey d1.mailer.example\nem2.example.com u3.mailer.example\n"
        "em1.mail u1.mailer.example\nS2._domainkey.News d2.mailer.example\n";
    struct sp_err err = SP_ERR_INIT;
    struct sp_import import;
    assert_int_equal(import_text(text, strlen(text), "example.com", &import, &err), 0);
    assert_int_equal(import.readings.n, 2);
    assert_string_equal(SP_NAME_STR(&import.readings.items[0].written), "em1.mail");
    assert_string_equal(SP_NAME_STR(&import.readings.items[0].host), "em1.mail.example.com");
    assert_string_equal(SP_NAME_STR(&import.readings.items[1].host),
                        "s2._domainkey.news.example.com");
    sp_import_fini(&import);
}

static void test_refuses_hosts(void **state)
{
    (void)state;
    static const struct bad rows[] = {
        /* Ambiguous: both readings are told, and how to say which. */
        {"\nsk1.otherdomain.com u1.mailer.example",
         "host-ambiguous",
         {"line 2 of records.txt: ", "short for sk1.otherdomain.com.example.com",
          "\"sk1.otherdomain.com.\" with a final dot"}},
        {"sk1.other.xn--p1ai u1.mailer.example", "host-ambiguous", {"xn--p1ai.example.com"}},
        {"em1.co.uk u1.mailer.example", "host-ambiguous", {"em1.co.uk.example.com"}},
        {"em1.com u1.mailer.example", "host-ambiguous", {"em1.com.example.com"}},
        {"s1._domainkey.de u1.mailer.example", "host-ambiguous", {"_domainkey.de.example.com"}},
        {"s1._domainkey.daily.news u1.mailer.example",
         "host-ambiguous",
         {"s1._domainkey.daily.news.example.com"}},
        {"sk1.otherdomain.com. u1.mailer.example",
         "host-outside-domain",
         {"line 1 ", "example.com"}},
        {"sk1.notexample.com. u1.mailer.example", "host-outside-domain", {"line 1 "}},
        {"sk1. u1.mailer.example", "host-outside-domain", {"the host sk1 "}},
        {"$ORIGIN example.com.\nsk1.example.com CNAME u1.mailer.example.",
         "host-ambiguous",
         {"line 2 ", "$ORIGIN example.com", "\"sk1.example.com.\""}},
        {"$ORIGIN other.example.\nsk1 CNAME u1.mailer.example.",
         "host-outside-domain",
         {"sk1.other.example"}},
        {"@ u1.mailer.example", "host-is-domain", {"line 1 ", "example.com"}},
        {"example.com u1.mailer.example", "host-is-domain", {"line 1 "}},
        {"* CNAME u1.mailer.example", "bad-host", {"line 1 ", "*.example.com"}},
        {"sk/1 u1.mailer.example", "bad-host", {"line 1 ", "sk/1.example.com"}},
        {"sk..1 u1.mailer.example", "bad-name", {"line 1 ", "sk..1"}},
        {"\xff\xfe u1.mailer.example", "bad-name", {"line 1 ", "\\xff"}},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++)
        assert_bad(&rows[i], "example.com");
    /* A host that is relative to the zone above the domain. */
    const struct bad overlap = {"em7.mail u1.mailer.example",
                                "host-ambiguous",
                                {"short for em7.mail.example.com or for em7.mail.mail.example.com",
                                 "\"em7.mail.example.com.\""}};
    assert_bad(&overlap, "mail.example.com");
    static const struct bad several[] = {
        {"sk1 u1.mailer.example", "host-without-domain", {"line 1 ", "2 domains", "full hosts"}},
        {"sk1.other.example u1.mailer.example", "host-outside-domain", {"none of the 2 domains"}},
        {"@ u1.mailer.example", "host-without-domain", {"line 1 ", "@"}},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(several); i++)
        assert_bad(&several[i], "example.com shop.example");
}

static void test_refuses_lines(void **state)
{
    (void)state;
    static const struct bad rows[] = {
        {"", "no-records", {"records.txt"}},
        {"# nothing\nHost Points to\n", "no-records", {"records.txt"}},
        {"sk1\n", "no-target", {"line 1 ", "sk1"}},
        {"sk1\n\nsk2 u2.mailer.example\n", "no-target", {"line 1 ", "sk1"}},
        {"sk1\n$TTL 5\n", "no-target", {"line 1 "}},
        /* Hosts above targets. */
        {"sk1.example.com\ns1._domainkey.example.com\nu1.mailer.example\nd1.mailer.example\n",
         "no-target",
         {"line 1 ", "sk1.example.com", "s1._domainkey.example.com"}},
        {"sk1.example.com ; u1.mailer.example\nsk2.example.com ; u2.mailer.example",
         "no-target",
         {"line 1 "}},
        {"sk1\nsk2\nu1.mailer.example\nu2.mailer.example\n", "bad-target", {"line 1 ", "sk2"}},
        {"sk1 u1", "bad-target", {"line 1 ", "u1", "whole"}},
        {"sk1 192.0.2.1", "bad-target", {"line 1 ", "192.0.2.1", "address"}},
        {"sk1 .", "no-target", {"line 1 "}},
        {"sk1 u1..example", "bad-name", {"line 1 ", "u1..example"}},
        {"sk1 u1/x.example", "bad-target", {"line 1 ", "u1/x.example"}},
        {"sk1 sk1.example.com", "target-is-host", {"line 1 ", "sk1.example.com"}},
        {"sk1 u1.mailer.example\n\nsk1.example.com u2.mailer.example",
         "records-contradict",
         {"line 3 ", "u1.mailer.example", "u2.mailer.example"}},
        {"Please add these records today\n", "bad-line", {"line 1 ", "Please add these"}},
        {"sk1 u1.mailer.example u2.mailer.example", "bad-line", {"line 1 "}},
        {"sk1 \x1b[31mx y.example", "bad-line", {"\\x1b[31m"}},
        {"sk1 https://u1.mailer.example/",
         "bad-line",
         {"line 1 ", "//u1.mailer.example/", "https://"}},
        {"sk1 MX 10 mx.mailer.example", "record-type", {"line 1 ", "MX"}},
        {"sk1 u1.mailer.example\n_dmarc TXT \"v=DMARC1; p=none\"",
         "record-type",
         {"line 2 ", "TXT"}},
        {"txt\t_dmarc\tv=DMARC1", "record-type", {"txt"}},
        {"sk1.example.com. 300 IN A 192.0.2.1", "record-type", {"line 1 ", "type A "}},
        {"$INCLUDE /etc/passwd", "bad-line", {"line 1 ", "$INCLUDE"}},
        {"$TTL soon\n", "bad-line", {"line 1 ", "$TTL"}},
        {"$ORIGIN a..b\n", "bad-name", {"line 1 ", "a..b"}},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++)
        assert_bad(&rows[i], "example.com");
    const struct bad no_domain = {
        "sk1.example.com u1.mailer.example", "no-domain", {"records.txt"}};
    assert_bad(&no_domain, "");
}

static void test_refuses_json(void **state)
{
    (void)state;
    static const struct bad rows[] = {
        {"{", "bad-json", {"records.txt", "line 1"}},
        {"{\"domain\":\"example.com\",\n\"records\":[}", "bad-json", {"line 2"}},
        {SET_ONE "\n\n{\"domain\":\"example.com\",\n\"records\":[}", "bad-json", {"line 4"}},
        {"{\n\"domain\":\"example.com\",\n\"records\":[" RECORD("sk1",
                                                                "u1.mailer.example") "]\n}\n{]",
         "bad-json",
         {"line 5"}},
        {SET_ONE "\n]", "bad-json", {"line 2"}},
        {SET_ONE "\nsk2 u2.mailer.example", "bad-json", {"line 2"}},
        {"{\"domain\":\"example.com\",\"domain\":\"example.com\"}", "bad-json", {"uplicate"}},
        {"[]", "no-records", {"records.txt"}},
        {"[1]", "bad-json", {"line 1", "$[0]"}},
        {"{}", "bad-json", {"$.domain: is missing"}},
        {"{\"signpost\":1}", "bad-json", {"$.domains: is missing"}},
        {SET("example.com", ""), "bad-json", {"$.records: holds no record"}},
        {"{\"domain\":\"example.com\",\"records\":[],\"zone\":1}", "bad-json", {"\"zone\""}},
        {SET_ONE "\n" SET("example.com", "{\"type\":\"TXT\",\"host\":\"a\",\"points_to\":\"b\"}"),
         "bad-json",
         {"line 2", "$.records[0].type", "TXT"}},
        {SET("example.com", "{\"type\":\"CNAME\",\"host\":\"a\"}"),
         "bad-json",
         {"$.records[0].points_to: is missing"}},
        {SET("example.com",
             "{\"type\":\"CNAME\",\"host\":\"a\",\"points_to\":\"b.example\",\"ttl\":2147483648}"),
         "bad-json",
         {"$.records[0].ttl"}},
        {SET("www.example.com", RECORD("a", "b.example")),
         "sender-www",
         {"$.domain", "www.example.com"}},
        {SET("example.com", RECORD("sk1.other.example.", "b.example")),
         "host-outside-domain",
         {"$.records[0]", "sk1.other.example"}},
        {SET("example.com", RECORD("sk1.other.example", "b.example")),
         "host-ambiguous",
         {"$.records[0]", "sk1.other.example.example.com"}},
        {SET_ONE SET("example.com", RECORD("sk1", "u2.mailer.example")),
         "records-contradict",
         {"$.records[0]", "u2.mailer.example"}},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++)
        assert_bad(&rows[i], "");
    const struct bad foreign = {SET_SHOP, "domain-not-asked", {"shop.example", "example.com"}};
    assert_bad(&foreign, "example.com");
    const struct bad foreign_of_many = {SET_SHOP, "domain-not-asked", {"example.com and 1 more"}};
    assert_bad(&foreign_of_many, "example.com example.org");
}

static void test_limits(void **state)
{
    (void)state;
    struct sp_err err = SP_ERR_INIT;
    struct sp_import import;
    struct sp_buf text = SP_BUF_INIT(1 << 20);
    for (unsigned i = 0; i <= SP_RECORDS_MAX; i++)
        sp_buf_printf(&text, "sk%u u%u.mailer.example\n", i, i);
    assert_int_equal(import_text(text.data, text.len, "example.com", &import, &err), -1);
    assert_string_equal(err.code, "too-many-records");
    assert_non_null(strstr(err.message, "line 65 "));

    sp_buf_clear(&text);
    for (unsigned i = 0; i <= SP_IMPORT_WORDS_MAX; i++)
        sp_buf_puts(&text, "- ");
    assert_int_equal(import_text(text.data, text.len, "example.com", &import, &err), -1);
    assert_string_equal(err.code, "bad-line");

    sp_buf_clear(&text);
    sp_buf_puts(&text, "sk1 u1.mailer.example");
    while (text.len <= SP_TEXT_MAX)
        sp_buf_putc(&text, ' ');
    assert_int_equal(import_text(text.data, text.len, "example.com", &import, &err), -1);
    assert_string_equal(err.code, "bad-line");
    assert_int_equal(import_text(text.data, SP_TEXT_MAX, "example.com", &import, &err), 0);
    sp_import_fini(&import);

    static const char utf16[] = "\xff\xfes\0k\0";
    assert_int_equal(import_text(utf16, sizeof(utf16) - 1, "example.com", &import, &err), -1);
    assert_non_null(strstr(err.fix, "UTF-8"));

    char *large = sp_alloc(SP_FILE_MAX + 1, 1);
    assert_int_equal(import_text(large, SP_FILE_MAX + 1, "example.com", &import, &err), -1);
    assert_string_equal(err.code, "file-too-long");
    free(large);
    sp_buf_fini(&text);
}

/* Twenty thousand domains, the most of one run, take one index look-up each: well under a second.
 */
static void test_many_domains(void **state)
{
    (void)state;
    struct sp_err err = SP_ERR_INIT;
    struct sp_import import;
    struct sp_buf text = SP_BUF_INIT(SP_FILE_MAX);
    for (unsigned i = 0; i < SP_DOMAINS_MAX; i++)
        sp_buf_printf(
            &text,
            "{\"domain\":\"d%u.example\",\"records\":[{\"type\":\"CNAME\",\"host\":\"sk1\","
            "\"points_to\":\"u%u.mailer.example\"}]}\n",
            i, i);
    assert_int_equal(import_text(text.data, text.len, "", &import, &err), 0);
    assert_int_equal(import.sets.n, SP_DOMAINS_MAX);
    struct sp_name last = sp_set_list_domain(&import.sets, SP_DOMAINS_MAX - 1);
    assert_string_equal(SP_NAME_STR(&last), "d19999.example");
    sp_import_fini(&import);
    sp_buf_puts(&text, SET_ONE);
    assert_int_equal(import_text(text.data, text.len, "", &import, &err), -1);
    assert_string_equal(err.code, "too-many-domains");
    sp_buf_fini(&text);
}

/* Records without their domain are for the only one on the command line. */
static void test_bare_json(void **state)
{
    static const char *const texts[] = {
        "[{\"host\": \"sk1\", \"points_to\": \"u1.mailer.example\"}]",
        "{\"records\": [{\"type\": \"CNAME\", \"host\": \"sk1.example.com\", "
        "\"points_to\": \"u1.mailer.example\"}]}",
    };
    struct sp_name domains[2];
    struct sp_err err = SP_ERR_INIT;
    struct sp_import import;
    (void)state;
    assert_int_equal(sp_name_parse(&domains[0], "example.com", &err), 0);
    assert_int_equal(sp_name_parse(&domains[1], "shop.example", &err), 0);
    for (size_t i = 0; i < SP_ARRAY_LEN(texts); i++) {
        assert_int_equal(sp_import_text(texts[i], strlen(texts[i]), "x", domains, 1, &import, &err),
                         0);
        char *found = describe(&import);
        assert_string_equal(found, "sk1.example.com>u1.mailer.example");
        free(found);
        sp_import_fini(&import);
        for (size_t n = 0; n <= 2; n += 2) {
            struct sp_err refused = SP_ERR_INIT;
            assert_int_equal(
                sp_import_text(texts[i], strlen(texts[i]), "x", domains, n, &import, &refused), -1);
            assert_non_null(strstr(refused.fix, "name one domain"));
        }
    }
}

static void test_arguments(void **state)
{
    (void)state;
    struct sp_name domains[DOMAINS_MAX];
    size_t n = parse_domains("example.com shop.example", domains);
    struct sp_err err = SP_ERR_INIT;
    struct sp_import import = {0};
    assert_int_equal(
        sp_import_argument("sk1.example.com=u1.mailer.example", domains, n, &import, &err), 0);
    assert_int_equal(import.hosts, SP_IMPORT_HOSTS_FULL);
    assert_int_equal(import.format, SP_IMPORT_LINES);
    assert_int_equal(
        sp_import_argument("sk2.shop.example -> u2.mailer.example", domains, n, &import, &err), 0);
    assert_int_equal(
        sp_import_argument("s1._domainkey=d1.mailer.example", domains, 1, &import, &err), 0);
    assert_int_equal(import.hosts, SP_IMPORT_HOSTS_MIXED);
    static const char expected[] =
        "example.com: " TWO " shop.example: sk2.shop.example>u2.mailer.example";
    char *found = describe(&import);
    assert_string_equal(found, expected);
    free(found);

    static const struct {
        const char *argument, *code;
    } rows[] = {
        {"", "bad-record"},
        {"sk3", "bad-record"},
        {"sk3=", "bad-record"},
        {"=u3.mailer.example", "bad-record"},
        {"$TTL 300", "bad-record"},
        {"sk3=u3.mailer.example=u4.mailer.example", "bad-record"},
        {"sk3=u3.mailer.example\nsk4=u4.mailer.example", "bad-record"},
        {"sk3 1=u3.mailer.example", "bad-record"},
        {"CNAME sk3=u3.mailer.example", "bad-record"},
        {"sk3,1=u3.mailer.example", "bad-host"},
        {"sk3=https://u3.mailer.example", "bad-target"},
        {"sk3=u3", "bad-target"},
        {"sk1=u3.mailer.example", "records-contradict"},
        {"sk1.other.example=u3.mailer.example", "host-ambiguous"},
        {"new.shop.example.=u3.mailer.example", "host-outside-domain"},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        err = (struct sp_err)SP_ERR_INIT;
        assert_int_equal(sp_import_argument(rows[i].argument, domains, 1, &import, &err), -1);
        if (strcmp(err.code, rows[i].code) != 0 || strncmp(err.message, "--record \"", 10) != 0)
            fail_msg("%s: %s: %s", rows[i].argument, err.code, err.message);
        assert_int_not_equal(err.fix[0], '\0');
        found = describe(&import);
        assert_string_equal(found, expected);
        free(found);
    }
    assert_int_equal(sp_import_argument("sk3=u3.mailer.example", NULL, 0, &import, &err), -1);
    assert_string_equal(err.code, "no-domain");
    sp_import_fini(&import);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pasted_pairs),    cmocka_unit_test(test_pasted_tables),
        cmocka_unit_test(test_zone_lines),      cmocka_unit_test(test_json),
        cmocka_unit_test(test_several_domains), cmocka_unit_test(test_refuses_hosts),
        cmocka_unit_test(test_readings),        cmocka_unit_test(test_refuses_lines),
        cmocka_unit_test(test_refuses_json),    cmocka_unit_test(test_limits),
        cmocka_unit_test(test_many_domains),    cmocka_unit_test(test_bare_json),
        cmocka_unit_test(test_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
