#include "list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_SIZE = 4 * 256 }; /* with every byte escaped */

/* The final dot counts in the order (documentation of ListResourceRecordSets), which is that of the
 * plain names: `*` is listed as `\052`. */
struct place place_of(struct signpost_call *call, const char *name)
{
    char plain[NAME_SIZE], key[NAME_SIZE], *dot;
    struct place place = {.name = name};
    size_t len = 0, n = 0;
    for (; *name && len < sizeof(plain) - 2; name++) {
        int is_escape = *name == '\\' && strspn(name + 1, "01234567") >= 3;
        plain[len++] =
            is_escape ? (char)((name[1] & 3) * 64 + (name[2] & 7) * 8 + (name[3] & 7)) : *name;
        name += is_escape ? 3 : 0;
    }
    plain[len && plain[len - 1] == '.' ? len - 1 : len] = '\0';
    do {
        dot = strrchr(plain, '.');
        n += (size_t)snprintf(key + n, sizeof(key) - n, "%s.", dot ? dot + 1 : plain);
        if (dot)
            *dot = '\0';
    } while (dot);
    place.key = answer_copy(call, key);
    return place;
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct place *)a)->key, ((const struct place *)b)->key);
}

static void sort(struct walk *walk)
{
    size_t n = 0;
    qsort(walk->places, walk->n, sizeof(*walk->places), by_key);
    for (size_t i = 0; i < walk->n; i++)
        if (n == 0 || by_key(&walk->places[n - 1], &walk->places[i]) != 0)
            walk->places[n++] = walk->places[i];
    walk->n = n;
}

int walk_is_at(const struct walk *walk, const struct place *place)
{
    return bsearch(place, walk->places, walk->n, sizeof(*place), by_key) != NULL;
}

static int read_page(struct walk *walk, const char *const from[3], struct answer *answer)
{
    const struct list *list = walk->list;
    struct signpost_pair query[4] = {{"maxitems", list->page_size}};
    size_t n = 0;
    for (; n < 3 && from[n]; n++)
        query[n + 1] = (struct signpost_pair){list->position[n], from[n]};
    int code = answer_get(answer, list->what, walk->path, walk->n_path, query, n + 1, list->root);
    for (size_t i = 0; code == SIGNPOST_OK && i < answer->n; i++)
        if (answer_is(answer, i, list->item))
            walk->on_item(walk, answer, i);
    return code;
}

int walk_read(struct walk *walk)
{
    sort(walk);
    const char *from[3] = {NULL};
    for (size_t at = 0, start = 0; at < walk->n; start = at) {
        struct answer answer = {.call = walk->call};
        from[0] = walk->places[at].name;
        int code = read_page(walk, from, &answer);
        if (code != SIGNPOST_OK || strcmp(answer_text(&answer, 0, "IsTruncated"), "true") != 0)
            return code;
        struct place next = place_of(walk->call, answer_text(&answer, 0, walk->list->next[0]));
        while (at < walk->n && by_key(&walk->places[at], &next) < 0)
            at++;
        int is_same = at < walk->n && by_key(&walk->places[at], &next) == 0;
        if (at == start && !is_same)
            return signpost_fail(walk->call, SIGNPOST_BAD_REPLY, "a page of a list goes backwards");
        /* A page may end between two items of one name. */
        for (int i = 1; i < 3; i++) {
            const char *name = is_same ? walk->list->next[i] : NULL;
            const char *text = name ? answer_text(&answer, 0, name) : "";
            from[i] = *text ? text : NULL;
        }
    }
    return SIGNPOST_OK;
}
