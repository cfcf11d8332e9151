#include "names/server_pattern.h"

#include <string.h>

#define LABEL_BYTES "abcdefghijklmnopqrstuvwxyz0123456789-_"

bool sp_server_pattern_is_valid(const char *pattern)
{
    if (strlen(pattern) > SP_NAME_TEXT_MAX)
        return false;
    for (;;) {
        size_t len = strspn(pattern, LABEL_BYTES);
        if (len == 0)
            return false;
        pattern += len;
        pattern += *pattern == '*';
        if (*pattern == '\0')
            return true;
        if (*pattern++ != '.')
            return false;
    }
}

/* The last label of the first *END bytes of PATTERN; *END becomes where those before it end. */
static struct sp_span take_last(const char *pattern, size_t *end)
{
    size_t begin = *end, stop = *end;
    while (begin && pattern[begin - 1] != '.')
        begin--;
    *end = begin ? begin - 1 : 0;
    return (struct sp_span){.bytes = pattern + begin, .len = stop - begin};
}

static bool take_star(struct sp_span *label)
{
    bool is_open = label->len && label->bytes[label->len - 1] == '*';
    label->len -= is_open;
    return is_open;
}

/* An open label is one that may go on. */
static bool do_labels_meet(struct sp_span a, bool is_a_open, struct sp_span b, bool is_b_open)
{
    size_t len = a.len < b.len ? a.len : b.len;
    return (a.len >= b.len || is_a_open) && (b.len >= a.len || is_b_open) &&
           memcmp(a.bytes, b.bytes, len) == 0;
}

bool sp_server_pattern_matches(const char *pattern, const struct sp_name *server)
{
    size_t n = sp_name_count_labels(server), end = strlen(pattern);
    while (end) {
        struct sp_span label = take_last(pattern, &end);
        bool is_open = take_star(&label);
        if (n == 0 || !do_labels_meet(label, is_open, sp_name_label(server, --n), false))
            return false;
    }
    return true;
}

bool sp_server_patterns_meet(const char *a, const char *b)
{
    size_t a_end = strlen(a), b_end = strlen(b);
    while (a_end && b_end) {
        struct sp_span ours = take_last(a, &a_end), theirs = take_last(b, &b_end);
        bool is_ours_open = take_star(&ours), is_theirs_open = take_star(&theirs);
        if (!do_labels_meet(ours, is_ours_open, theirs, is_theirs_open))
            return false;
    }
    return true;
}
