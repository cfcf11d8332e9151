#include "publish/batch.h"

/* The changes from the first on that have its host. */
static size_t host_len(const struct sp_change *changes, size_t n)
{
    size_t len = 1;
    while (len < n && sp_name_equal(&changes[len].host, &changes[0].host))
        len++;
    return len;
}

/* Deletions that make room for another change of the same host. */
static bool makes_room(const struct sp_change *changes, size_t n)
{
    return changes[0].action == SP_ACTION_DELETE && changes[n - 1].action != SP_ACTION_DELETE;
}

size_t sp_batch_len(const struct sp_change *changes, size_t n, size_t batch_max, bool is_atomic)
{
    size_t len = host_len(changes, n);
    if (!is_atomic && makes_room(changes, len))
        return len;
    while (len < n) {
        size_t more = host_len(changes + len, n - len);
        if (len + more > batch_max || (!is_atomic && makes_room(changes + len, more)))
            return len;
        len += more;
    }
    return len;
}

void sp_batch_list_orphaned(const struct sp_change *changes, size_t n, sp_batch_indexes *ret_list)
{
    *ret_list = (sp_batch_indexes){0};
    for (size_t first = 0, len; first < n; first += len) {
        len = host_len(changes + first, n - first);
        if (!makes_room(changes + first, len) || changes[first + len - 1].is_applied)
            continue;
        for (size_t i = first; i < first + len; i++)
            if (changes[i].action == SP_ACTION_DELETE && changes[i].is_applied)
                *sp_array_push(ret_list) = i;
    }
}
