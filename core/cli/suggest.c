#include "cli/suggest.h"

static size_t least(size_t a, size_t b, size_t c)
{
    size_t n = a < b ? a : b;
    return n < c ? n : c;
}

/* Edits (insert, remove, change, swap neighbours) from A to B, both at most SP_SUGGEST_MAX long. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t d[SP_SUGGEST_MAX + 1][SP_SUGGEST_MAX + 1];
    for (size_t i = 0; i <= a_len; i++)
        d[i][0] = i;
    for (size_t j = 0; j <= b_len; j++)
        d[0][j] = j;
    for (size_t i = 1; i <= a_len; i++)
        for (size_t j = 1; j <= b_len; j++) {
            d[i][j] =
                least(d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                d[i - 2][j - 2] + 1 < d[i][j])
                d[i][j] = d[i - 2][j - 2] + 1;
        }
    return d[a_len][b_len];
}

const char *sp_suggest(const char *word, const char *const *candidates)
{
    const char *best = NULL;
    size_t best_distance = SIZE_MAX, len = strlen(word);
    if (len < 2 || len > SP_SUGGEST_MAX)
        return NULL;
    for (; *candidates; candidates++) {
        size_t candidate_len = strlen(*candidates);
        if (candidate_len > SP_SUGGEST_MAX)
            continue;
        size_t apart = distance(word, len, *candidates, candidate_len);
        bool is_close = apart <= (candidate_len + 2) / 3;
        bool is_beginning = strncmp(word, *candidates, len) == 0;
        if ((is_close || is_beginning) && apart < best_distance) {
            best = *candidates;
            best_distance = apart;
        }
    }
    return best;
}
