/*
 * The API's lists. They are positioned, not filtered: a page starts at a name and goes on in the
 * order of the names with their labels reversed, so that it answers for all names between its first
 * and its last.
 */
#ifndef SIGNPOST_ROUTE53_LIST_H
#define SIGNPOST_ROUTE53_LIST_H

#include "answer.h"

/* A name, and where it stands in the lists: "www.example.com.", "com.example.www.". */
struct place {
    const char *name, *key;
};
struct place place_of(struct signpost_call *call, const char *name);

/* What the document of a list holds, and the parameters by which a page is positioned, beside the
 * elements that tell where the next page begins. */
struct list {
    const char *what, *root, *item, *page_size;
    const char *position[3], *next[3];
};

/* A list that is read as far as it takes to answer for the places. */
struct walk {
    struct signpost_call *call;
    const struct list *list;
    const char *const *path;
    size_t n_path;
    struct place *places; /* in any order; sorted and made unique by walk_read() */
    size_t n;
    void (*on_item)(struct walk *walk, const struct answer *answer, size_t i);
    void *arg; /* on_item()'s own */
};

/* Reads the pages that are needed. on_item() is called for each of their items, the I-th element of
 * the answer, whether it is at one of the places or not. */
int walk_read(struct walk *walk);
int walk_is_at(const struct walk *walk, const struct place *place);

#endif
