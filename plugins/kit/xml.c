#include "kit/xml.h"

#include <expat.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { ERROR_SIZE = 1024 };

struct reading {
    struct signpost_call *call;
    XML_Parser parser;
    struct kit_xml_element *elements;
    size_t n, size, depth, len;
    int is_leaf; /* no element ended since the last one began */
    char text[KIT_XML_TEXT_MAX + 1];
};

static char *copy(struct signpost_call *call, const char *text, size_t len)
{
    return memcpy(signpost_alloc(call, len + 1), text, len);
}

/* Arrays double: what they leave behind is less than what they end with. */
static void *grown(struct signpost_call *call, const void *items, size_t len, size_t size)
{
    void *more = signpost_alloc(call, size);
    if (len)
        memcpy(more, items, len);
    return more;
}

static void on_start(void *arg, const char *name, const char **attributes)
{
    struct reading *reading = arg;
    (void)attributes;
    if (reading->n == KIT_XML_ELEMENTS_MAX || reading->depth == KIT_XML_DEPTH_MAX) {
        XML_StopParser(reading->parser, 0);
        return;
    }
    if (reading->n == reading->size) {
        reading->size = 2 * reading->size + 64;
        reading->elements =
            grown(reading->call, reading->elements, reading->n * sizeof(*reading->elements),
                  reading->size * sizeof(*reading->elements));
    }
    reading->elements[reading->n++] =
        (struct kit_xml_element){copy(reading->call, name, strlen(name)), ""};
    reading->depth++;
    reading->len = 0;
    reading->is_leaf = 1;
}

static void on_text(void *arg, const char *text, int len)
{
    struct reading *reading = arg;
    if (!reading->is_leaf)
        return;
    if ((size_t)len > KIT_XML_TEXT_MAX - reading->len) {
        XML_StopParser(reading->parser, 0);
        return;
    }
    memcpy(reading->text + reading->len, text, (size_t)len);
    reading->len += (size_t)len;
}

static void on_end(void *arg, const char *name)
{
    struct reading *reading = arg;
    (void)name;
    if (reading->is_leaf)
        reading->elements[reading->n - 1].text = copy(reading->call, reading->text, reading->len);
    reading->depth--;
    reading->is_leaf = 0;
}

static void on_doctype(void *arg, const char *name, const char *system_id, const char *public_id,
                       int has_subset)
{
    (void)name, (void)system_id, (void)public_id, (void)has_subset;
    XML_StopParser(((struct reading *)arg)->parser, 0);
}

int kit_xml_read(struct signpost_call *call, const char *body, size_t body_len, struct kit_xml *ret)
{
    struct reading reading = {.call = call, .parser = XML_ParserCreate("UTF-8")};
    int is_whole = 0;
    *ret = (struct kit_xml){NULL, 0};
    if (!reading.parser)
        return 0;
    XML_SetUserData(reading.parser, &reading);
    XML_SetElementHandler(reading.parser, on_start, on_end);
    XML_SetCharacterDataHandler(reading.parser, on_text);
    XML_SetStartDoctypeDeclHandler(reading.parser, on_doctype);
    if (body_len <= INT_MAX)
        is_whole = XML_Parse(reading.parser, body, (int)body_len, 1) == XML_STATUS_OK;
    XML_ParserFree(reading.parser);
    if (is_whole)
        *ret = (struct kit_xml){reading.elements, reading.n};
    return is_whole;
}

int kit_xml_is(const struct kit_xml *xml, size_t i, const char *name)
{
    return i < xml->n && strcmp(xml->elements[i].name, name) == 0;
}

const char *kit_xml_text(const struct kit_xml *xml, size_t i, const char *name)
{
    for (size_t at = i; at < xml->n; at++) {
        if (at > i && kit_xml_is(xml, at, xml->elements[i].name))
            break;
        if (kit_xml_is(xml, at, name))
            return xml->elements[at].text;
    }
    return "";
}

int kit_xml_send(struct signpost_call *call, const struct kit_rule *rules, const char *what,
                 struct signpost_request request, const struct kit_xml_out *body, const char *root,
                 struct kit_xml *ret)
{
    static const struct signpost_pair headers[] = {{"Content-Type", "text/xml"}};
    struct signpost_response response = SIGNPOST_RESPONSE_INIT;
    char error[ERROR_SIZE];
    *ret = (struct kit_xml){NULL, 0};
    if (body) {
        request.headers = headers;
        request.n_headers = 1;
        request.body = body->text;
        request.body_len = body->len;
    }
    int code = signpost_http(call, &request, &response);
    if (code != SIGNPOST_OK)
        return code;
    kit_xml_read(call, response.body, response.body_len, ret);
    if (response.status == 200 && kit_xml_is(ret, 0, root))
        return SIGNPOST_OK;
    const char *name = kit_xml_text(ret, 0, "Code"), *told = kit_xml_text(ret, 0, "Message");
    if (!*name && *told)
        name = ret->elements[0].name;
    if (response.status == 200)
        snprintf(error, sizeof(error), "the answer is no %s", root);
    else
        snprintf(error, sizeof(error), "%.100s%s%.800s", name, *name ? ": " : "", told);
    return kit_reply_fail(call, rules, what, &request, &response, error);
}

static void add(struct kit_xml_out *out, const char *bytes, size_t len)
{
    if (len >= out->size - out->len) {
        out->size = 2 * (out->len + len) + 512;
        out->text = grown(out->call, out->text, out->len, out->size);
    }
    memcpy(out->text + out->len, bytes, len);
    out->len += len;
    out->text[out->len] = '\0';
}

void kit_xml_add(struct kit_xml_out *out, const char *markup)
{
    add(out, markup, strlen(markup));
}

/* Between tags these are all that must be escaped; a carriage return would be read as a line feed.
 */
static const char *escape_of(char c)
{
    return c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '\r' ? "&#13;" : NULL;
}

void kit_xml_add_element(struct kit_xml_out *out, const char *name, const char *text)
{
    add(out, "<", 1);
    kit_xml_add(out, name);
    add(out, ">", 1);
    for (; *text; text++) {
        const char *escape = escape_of(*text);
        add(out, escape ? escape : text, escape ? strlen(escape) : 1);
    }
    add(out, "</", 2);
    kit_xml_add(out, name);
    add(out, ">", 1);
}

void kit_xml_add_number(struct kit_xml_out *out, const char *name, uint32_t number)
{
    char text[16];
    snprintf(text, sizeof(text), "%u", (unsigned)number);
    kit_xml_add_element(out, name, text);
}
