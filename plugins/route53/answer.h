/*
 * An answer of the API: an XML document as its elements in a row, or an error. Bounded, and without
 * DOCTYPE. What is read lives as long as the call's function.
 */
#ifndef SIGNPOST_ROUTE53_ANSWER_H
#define SIGNPOST_ROUTE53_ANSWER_H

#include <signpost/plugin.h>

/* The longest text of an element, with its NUL: RData of the API's model has 4000 characters. */
enum { ANSWER_TEXT_SIZE = 4001, ANSWER_ELEMENTS_MAX = 20000 };

struct element {
    const char *name, *text; /* only one without children has a text */
};

struct answer {
    struct signpost_call *call; /* the caller sets it, and leaves the rest zero */
    struct element *elements;   /* in the order in which they start */
    size_t n, size;
    void *parser;
    char text[ANSWER_TEXT_SIZE];
    size_t text_len;
};

/* A GET of PATH below the origin: SIGNPOST_OK when the answer is a document with that root. WHAT is
 * what was done, for the sentence of an error. */
int answer_get(struct answer *answer, const char *what, const char *const *path, size_t n_path,
               const struct signpost_pair *query, size_t n_query, const char *root);
/* A POST of the document BODY to PATH, in the same way; what it did is unknown where no answer of
 * the API comes back. */
int answer_post(struct answer *answer, const char *what, const char *const *path, size_t n_path,
                const char *body, const char *root);
int answer_is(const struct answer *answer, size_t i, const char *name);
/* The text of the first element NAME from the I-th on; "" when there is none before the next one
 * that is called as the I-th. */
const char *answer_text(const struct answer *answer, size_t i, const char *name);
char *answer_copy(struct signpost_call *call, const char *text);

#endif
