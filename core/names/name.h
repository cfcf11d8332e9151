/*
 * A domain name inside the engine: absolute, lower-case, A-labels. Kept in wire form (RFC 1035,
 * section 3.1), because that is the only form without ambiguity: any octet may stand in a label,
 * and a label boundary is never confused with a dot.
 */
#ifndef SP_NAMES_NAME_H
#define SP_NAMES_NAME_H

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/limits.h"

struct sp_name {
    /* Octets used, the root label included; 0: no name at all. */
    uint8_t len;
    /* Lower-case. Whenever len is not 0, the octets used end in the root label. */
    uint8_t wire[SP_NAME_WIRE_MAX];
};

/* Room for any name in presentation form, every octet escaped as \DDD. */
#define SP_NAME_TEXT_SIZE (4 * SP_NAME_WIRE_MAX + 1)

/*
 * Reads the presentation form (RFC 1035, section 5.1; \DDD is decimal there), with or without the
 * final dot; always absolute. U-labels become A-labels by libidn2 (UTS 46 non-transitional, STD3
 * rules off because of `_`); the ideographic full stops are dots, as IDNA has it. An escaped octet
 * is that octet, never part of a U-label or a dot. "." is the root. Refuses empty labels, blanks,
 * labels over 63 and names over 253 characters. ERR: usage, "bad-name" or "name-too-long"; RET_NAME
 * is then unset.
 */
int sp_name_parse(struct sp_name *ret_name, const char *text, struct sp_err *err);

/* sp_idn_encode(), where there is libidn2; NULL: a name with letters outside ASCII is none. */
typedef int (*sp_label_encode_fn)(const char *ulabel, char ret_label[SP_LABEL_MAX + 1],
                                  struct sp_err *err);
/* How a text is written that a name is read from. */
struct sp_name_syntax {
    bool is_octal; /* \DDD is octal */
    sp_label_encode_fn encode;
};
/* The same in that syntax, for processes without libidn2. */
int sp_name_parse_as(struct sp_name *ret_name, const char *text,
                     const struct sp_name_syntax *syntax, struct sp_err *err);

/* Refuses a name that cannot be a record's host: letters, digits, `-` and `_` only, no label that
 * starts or ends in `-`, not the root. ERR: usage, "bad-host". */
int sp_name_check_host(const struct sp_name *name, struct sp_err *err);

/* Presentation form without the final dot ("." for the root, "" for an unset name). Octets outside
 * printable ASCII, blanks, and the characters . \ " ; @ $ ( ) inside a label are escaped. Returns
 * RET_TEXT. */
const char *sp_name_format(const struct sp_name *name, char ret_text[SP_NAME_TEXT_SIZE]);
/* The same for use inside an expression; the text lives until the end of the enclosing block. */
#define SP_NAME_STR(name) sp_name_format((name), (char[SP_NAME_TEXT_SIZE]){0})
/* The form for people: U-labels where that is safe and round-trips, else A-labels. Owned string. */
char *sp_name_display(const struct sp_name *name);

/* Appends one label (lower-cased): builds a name from the left, as DNS messages do. Start from an
 * empty struct. -1 for an empty label and when a limit is passed; NAME is then unset, and further
 * pushes and sp_name_close() fail too, so that a caller may look once, at the end. */
int sp_name_push_label(struct sp_name *name, const void *bytes, size_t len);
/* Finishes: without any label pushed it is the root. -1 when a push has failed. */
int sp_name_close(struct sp_name *name);

static inline bool sp_name_is_set(const struct sp_name *name)
{
    return name->len != 0;
}
bool sp_name_equal(const struct sp_name *a, const struct sp_name *b);
/* Below 0, 0 or above 0 as A comes before, is, or comes behind B. The order is that of the octets
 * when labels are written from the right, each with a dot behind it: "com.example.sk-1." stands
 * before "com.example.sk.", as `-` is less than the dot (RFC 4034, section 6.1, has it the other
 * way). What is below a name follows it at once. Unset names come first. */
int sp_name_order(const struct sp_name *a, const struct sp_name *b);
/* Labels without the root: 2 for example.com, 0 for the root. */
size_t sp_name_count_labels(const struct sp_name *name);
/* Label I from the left, a borrow of the wire bytes; empty when there are fewer. */
struct sp_span sp_name_label(const struct sp_name *name, size_t i);
/* NAME without its N leftmost labels (all of them: the root). */
struct sp_name sp_name_strip(const struct sp_name *name, size_t n);
/* The rightmost N labels: sp_name_suffix(a.b.example.com, 2) is example.com. */
struct sp_name sp_name_suffix(const struct sp_name *name, size_t n);
/* True when NAME is ZONE or lies below it; false when either is unset. */
bool sp_name_is_within(const struct sp_name *name, const struct sp_name *zone);
/* PREFIX's labels followed by SUFFIX (RFC 9499: concatenation); an unset name counts as the root.
 * RET_NAME may be either of them. ERR: usage, "name-too-long". */
int sp_name_concat(struct sp_name *ret_name, const struct sp_name *prefix,
                   const struct sp_name *suffix, struct sp_err *err);
/* The labels of NAME that stand in front of ZONE, as a name of their own; the root when equal,
 * unset when NAME is not within ZONE. */
struct sp_name sp_name_relative(const struct sp_name *name, const struct sp_name *zone);
/* True when LABEL (ASCII, any case) is one of NAME's labels, as in `_domainkey`. */
bool sp_name_has_label(const struct sp_name *name, const char *label);

#endif
