/*
 * XML both ways: a document as its elements in a row, and one written element by element. Bounded,
 * without DOCTYPE, and so without entities of its own. What is read lives as long as the call's
 * function.
 */
#ifndef SIGNPOST_KIT_XML_H
#define SIGNPOST_KIT_XML_H

#include "kit/reply.h"

enum {
    KIT_XML_ELEMENTS_MAX = 100000,
    KIT_XML_TEXT_MAX = 4000, /* bytes of one element's text */
    KIT_XML_DEPTH_MAX = 64,
};

struct kit_xml_element {
    const char *name; /* as written, with its prefix */
    const char *text; /* "" unless it is without children */
};

/* In the order in which they begin, the root first; attributes and comments are passed over. */
struct kit_xml {
    const struct kit_xml_element *elements;
    size_t n;
};

/* Reads BODY_LEN bytes of UTF-8: 1, or 0 when that is no document, one with a DOCTYPE, or a larger
 * one than the maxima above allow; *RET is then empty. */
int kit_xml_read(struct signpost_call *call, const char *body, size_t body_len,
                 struct kit_xml *ret);
/* Whether the I-th element is there and called NAME. */
int kit_xml_is(const struct kit_xml *xml, size_t i, const char *name);
/* The text of the first element NAME from the I-th on; "" when there is none before the next one
 * that is called as the I-th: so the member NAME of the I-th of a list's items. */
const char *kit_xml_text(const struct kit_xml *xml, size_t i, const char *name);

/* A document that is written; text is NUL-terminated after the first call. */
struct kit_xml_out {
    struct signpost_call *call; /* set by the caller; the rest is zero */
    char *text;
    size_t len, size;
};
/* Adds MARKUP as it is. */
void kit_xml_add(struct kit_xml_out *out, const char *markup);
/* Adds <NAME>TEXT</NAME>, TEXT escaped. */
void kit_xml_add_element(struct kit_xml_out *out, const char *name, const char *text);
void kit_xml_add_number(struct kit_xml_out *out, const char *name, uint32_t number);

/* Sends REQUEST, with BODY (NULL: none) as its body: SIGNPOST_OK when the answer is 200 with a
 * document that has this ROOT. The error is otherwise told by RULES (kit/reply.h), as the first
 * Code, or else the root's name, and the first Message in the document. WHAT is what is done, for
 * its sentence. */
int kit_xml_send(struct signpost_call *call, const struct kit_rule *rules, const char *what,
                 struct signpost_request request, const struct kit_xml_out *body, const char *root,
                 struct kit_xml *ret);

#endif
