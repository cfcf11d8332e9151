/*
 * Reading lists that are positioned, not filtered: a page begins at a name and goes on in the order
 * of signpost_name_order(), so that it answers for all names between its first and its last.
 */
#ifndef SIGNPOST_KIT_PAGES_H
#define SIGNPOST_KIT_PAGES_H

#include <signpost/plugin.h>

/* Names in that order, each once. */
struct kit_names {
    struct signpost_call *call; /* set by the caller; the rest is zero */
    const char **items;         /* borrowed texts */
    size_t n, size;
};

void kit_names_add(struct kit_names *names, const char *name);
int kit_names_has(const struct kit_names *names, const char *name);

/* Where a page begins: at a name, and behind it, where a page ended between two items of one name,
 * at what the list says further; "" or NULL: no further. */
struct kit_position {
    const char *name, *further[2];
};

/*
 * Reads as many pages as it takes to answer for N NAMES, in that order and each once. READ_PAGE
 * reads the one that begins at FROM and says in RET_NEXT where the next one does, with name NULL
 * after the last: SIGNPOST_OK, or the error, which ends the reading. SIGNPOST_BAD_REPLY and a
 * sentence for a page that leads backwards, to what is no name, or to itself.
 */
int kit_pages_read(struct signpost_call *call, const char *const *names, size_t n,
                   int (*read_page)(void *arg, const struct kit_position *from,
                                    struct kit_position *ret_next),
                   void *arg);

#endif
