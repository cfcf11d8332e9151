#include "kit/pages.h"

#include <string.h>

/* Where NAME stands, or would stand. */
static size_t place_of(struct signpost_call *call, const char *const *names, size_t n,
                       const char *name, int *ret_is_there)
{
    size_t low = 0, high = n;
    *ret_is_there = 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = signpost_name_order(call, names[middle], name);
        *ret_is_there |= order == 0;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void kit_names_add(struct kit_names *names, const char *name)
{
    int is_there;
    size_t at = place_of(names->call, names->items, names->n, name, &is_there);
    if (is_there)
        return;
    if (names->n == names->size) {
        names->size = 2 * names->size + 16;
        const char **items = signpost_alloc(names->call, names->size * sizeof(*items));
        if (names->n)
            memcpy(items, names->items, names->n * sizeof(*items));
        names->items = items;
    }
    memmove(names->items + at + 1, names->items + at, (names->n - at) * sizeof(*names->items));
    names->items[at] = name;
    names->n++;
}

int kit_names_has(const struct kit_names *names, const char *name)
{
    int is_there;
    place_of(names->call, names->items, names->n, name, &is_there);
    return is_there;
}

static int is_same(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

int kit_pages_read(struct signpost_call *call, const char *const *names, size_t n,
                   int (*read_page)(void *arg, const struct kit_position *from,
                                    struct kit_position *ret_next),
                   void *arg)
{
    struct kit_position from = {NULL};
    for (size_t at = 0, start = 0; at < n; start = at) {
        struct kit_position next = {NULL};
        int is_inside, code;
        from.name = names[at];
        code = read_page(arg, &from, &next);
        if (code != SIGNPOST_OK || !next.name)
            return code;
        /* What is below itself is a name. */
        at = place_of(call, names, n, next.name, &is_inside);
        if (!signpost_name_is_below(call, next.name, next.name) || at < start ||
            (at == start && (!is_inside || (is_same(from.further[0], next.further[0]) &&
                                            is_same(from.further[1], next.further[1])))))
            return signpost_fail(call, SIGNPOST_BAD_REPLY, "a page of a list leads back to itself");
        from = is_inside ? next : (struct kit_position){NULL};
    }
    return SIGNPOST_OK;
}
