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

/* In the values that N changes take away and bring; a target may be sent with its final dot. */
static size_t count_characters(const struct sp_change *changes, size_t n)
{
    size_t len = 0;
    for (size_t i = 0; i < n; i++) {
        const struct sp_change *change = &changes[i];
        if (change->before && change->before->value)
            len += strlen(change->before->value);
        if (change->action == SP_ACTION_UPDATE ||
            (change->action == SP_ACTION_CREATE && !change->before))
            len += strlen(SP_NAME_STR(&change->target)) + 1;
    }
    return len;
}

size_t sp_batch_len(const struct sp_change *changes, size_t n,
                    const struct sp_description *description)
{
    size_t characters_max =
        description->batch_characters_max ? description->batch_characters_max : SIZE_MAX;
    size_t len = host_len(changes, n), characters = count_characters(changes, len);
    if (!description->is_atomic && makes_room(changes, len))
        return len;
    while (len < n) {
        size_t more = host_len(changes + len, n - len);
        characters += count_characters(changes + len, more);
        if (len + more > description->batch_max || characters > characters_max ||
            (!description->is_atomic && makes_room(changes + len, more)))
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
