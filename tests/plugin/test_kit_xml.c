/* plugins/kit: XML read and written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "kit/xml.h"
#include "kit_call.h"

#include <cmocka.h>

static struct kit_call kit;

static int setup(void **state)
{
    (void)state;
    kit_call_init(&kit);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    kit_call_fini(&kit);
    return 0;
}

/* "a=text b= ", or "-" when it is refused. */
static const char *read(const char *text, size_t len)
{
    static char told[1000];
    struct kit_xml xml;
    size_t n = 0;
    if (!kit_xml_read(&kit.base, text, len, &xml)) {
        assert_int_equal(xml.n, 0);
        return "-";
    }
    told[0] = '\0';
    for (size_t i = 0; i < xml.n; i++)
        n += (size_t)snprintf(told + n, sizeof(told) - n, "%s=%s ", xml.elements[i].name,
                              xml.elements[i].text);
    return told;
}

static void test_documents(void **state)
{
    static const struct {
        const char *text, *told;
    } rows[] = {
        {"<a/>", "a= "},
        {"<a>x</a>", "a=x "},
        {"<?xml version=\"1.0\"?>\n<a>\n <b>x</b>\n <b/>\n</a>\n", "a= b=x b= "},
        {"<a>x<b>y</b>z</a>", "a= b=y "},
        {"<a><a>x</a></a>", "a= a=x "},
        {"<a k=\"v\"><!-- no --><b>x<!-- no -->y</b></a>", "a= b=xy "},
        {"<a>&lt;&amp;&gt;&#233;</a>", "a=<&>\xc3\xa9 "},
        {"<a><![CDATA[<b>]]></a>", "a=<b> "},
        {"<n:a xmlns:n=\"u\">x</n:a>", "n:a=x "},
        {"", "-"},
        {"text", "-"},
        {"<a>", "-"},
        {"<a></b>", "-"},
        {"<a/><b/>", "-"},
        {"<a>&unknown;</a>", "-"},
        {"<!DOCTYPE a><a/>", "-"},
        {"<!DOCTYPE a [<!ENTITY e \"x\">]><a>&e;</a>", "-"},
        {"<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>", "-"},
        {"<a>\xff</a>", "-"},
        {"<html><body>down", "-"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *told = read(rows[i].text, strlen(rows[i].text));
        if (strcmp(told, rows[i].told) != 0)
            fail_msg("%s: \"%s\"", rows[i].text, told);
    }
}

/* A document of N elements in one, each with LEN characters. */
static int is_read(size_t n, size_t len, size_t depth)
{
    size_t size = n * (len + 7) + depth * 7 + 100, at = 0;
    char *text = calloc(1, size);
    struct kit_xml xml;
    for (size_t i = 0; i < depth; i++)
        at += (size_t)snprintf(text + at, size - at, "<d>");
    for (size_t i = 0; i < n; i++) {
        at += (size_t)snprintf(text + at, size - at, "<e>");
        memset(text + at, 'x', len);
        at += len;
        at += (size_t)snprintf(text + at, size - at, "</e>");
    }
    for (size_t i = 0; i < depth; i++)
        at += (size_t)snprintf(text + at, size - at, "</d>");
    int result = kit_xml_read(&kit.base, text, at, &xml);
    assert_int_equal(xml.n, result ? n + depth : 0);
    free(text);
    kit_call_fini(&kit);
    return result;
}

static void test_limits(void **state)
{
    (void)state;
    assert_true(is_read(1, KIT_XML_TEXT_MAX, 1));
    assert_false(is_read(1, KIT_XML_TEXT_MAX + 1, 1));
    assert_true(is_read(1, 1, KIT_XML_DEPTH_MAX - 1));
    assert_false(is_read(1, 1, KIT_XML_DEPTH_MAX));
    assert_true(is_read(20000, 1, 1));
}

static void test_members(void **state)
{
    static const char text[] = "<l><i><n>1</n><v>a</v></i><i><n>2</n></i><v>end</v></l>";
    struct kit_xml xml;
    (void)state;
    assert_true(kit_xml_read(&kit.base, text, sizeof(text) - 1, &xml));
    assert_true(kit_xml_is(&xml, 0, "l") && kit_xml_is(&xml, 1, "i"));
    assert_false(kit_xml_is(&xml, 99, "l"));
    assert_string_equal(kit_xml_text(&xml, 1, "n"), "1");
    assert_string_equal(kit_xml_text(&xml, 1, "v"), "a");
    assert_string_equal(kit_xml_text(&xml, 4, "n"), "2");
    assert_string_equal(kit_xml_text(&xml, 0, "n"), "1");
    assert_string_equal(kit_xml_text(&xml, 1, "none"), "");
    assert_string_equal(kit_xml_text(&xml, 99, "n"), "");
}

static void test_written(void **state)
{
    struct kit_xml_out out = {.call = &kit.base};
    (void)state;
    kit_xml_add(&out, "<r>");
    kit_xml_add_element(&out, "n", "a<b>&\"c'\r\n");
    kit_xml_add_element(&out, "n", "");
    kit_xml_add(&out, "</r>");
    assert_string_equal(out.text, "<r><n>a&lt;b&gt;&amp;\"c'&#13;\n</n><n></n></r>");
    assert_int_equal(out.len, strlen(out.text));
    assert_string_equal(read(out.text, out.len), "r= n=a<b>&\"c'\r\n n= ");
    kit_xml_add_number(&out, "t", UINT32_MAX);
    assert_non_null(strstr(out.text, "</r><t>4294967295</t>"));
    for (int i = 0; i < 500; i++)
        kit_xml_add_element(&out, "more", "0123456789");
    assert_int_equal(out.len, strlen(out.text));
}

static void test_exchange(void **state)
{
    static const struct kit_rule rules[] = {
        {.error = "Throttling: *", .code = SIGNPOST_RATE_LIMITED},
        {.error = "BadBatch: *", .code = SIGNPOST_CONFLICT},
        {.code = SIGNPOST_OK},
    };
    static const struct {
        const char *answer, *said;
        int status, code;
    } rows[] = {
        {"<R><a/></R>", "", 200, SIGNPOST_OK},
        {"<Q/>", "doing: HTTP 200: the answer is no R", 200, SIGNPOST_BAD_REPLY},
        {"down", "doing: HTTP 503: down", 503, SIGNPOST_TRANSIENT},
        {"<E><Code>Throttling</Code><Message>slow\nnow</Message></E>",
         "doing: HTTP 400: Throttling: slow", 400, SIGNPOST_RATE_LIMITED},
        {"<BadBatch><Messages><Message>is there</Message></Messages></BadBatch>",
         "doing: HTTP 400: BadBatch: is there", 400, SIGNPOST_CONFLICT},
        {"<html><b>no</b></html>", "doing: HTTP 403: <html><b>no</b></html>", 403, SIGNPOST_AUTH},
    };
    const struct signpost_request request = {.size = sizeof(request), .method = "GET"};
    struct kit_xml_out out = {.call = &kit.base};
    struct kit_xml xml;
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        kit.said[0] = '\0';
        kit.status = rows[i].status;
        kit.body = rows[i].answer;
        int code = kit_xml_send(&kit.base, rules, "doing", request, NULL, "R", &xml);
        if (code != rows[i].code || strcmp(kit.said, rows[i].said) != 0)
            fail_msg("row %zu: %d \"%s\"", i, code, kit.said);
    }
    kit_xml_add(&out, "<q/>");
    kit_xml_send(&kit.base, rules, "doing", request, &out, "R", &xml);
    assert_string_equal(kit.sent, "GET 0 Content-Type: text/xml <q/>");
    kit.code = SIGNPOST_TRANSIENT;
    assert_int_equal(kit_xml_send(&kit.base, rules, "doing", request, NULL, "R", &xml),
                     SIGNPOST_TRANSIENT);
    assert_int_equal(xml.n, 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_documents), TEST(test_limits),   TEST(test_members),
        TEST(test_written),   TEST(test_exchange),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
