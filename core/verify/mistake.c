#include "verify/mistake.h"

/* Letters that may differ in a name that was mistyped. */
#define LETTERS_MAX 2

bool sp_mistake_doubled(const struct sp_name *host, const struct sp_name *zone,
                        struct sp_name *ret_name)
{
    struct sp_err err = SP_ERR_INIT;
    return sp_name_concat(ret_name, host, zone, &err) == 0;
}

bool sp_mistake_short(const struct sp_name *host, const struct sp_name *domain,
                      const struct sp_name *zone, struct sp_name *ret_name)
{
    struct sp_err err = SP_ERR_INIT;
    if (sp_name_equal(domain, zone) || !sp_name_is_within(domain, zone) ||
        !sp_name_is_within(host, domain) || sp_name_equal(host, domain))
        return false;
    struct sp_name prefix = sp_name_relative(host, domain);
    return sp_name_concat(ret_name, &prefix, zone, &err) == 0;
}

static bool is_appended(const struct sp_name *wanted, const struct sp_name *zone,
                        const struct sp_name *found)
{
    struct sp_name appended;
    return sp_mistake_doubled(wanted, zone, &appended) && sp_name_equal(&appended, found);
}

static bool is_cut(const struct sp_name *wanted, const struct sp_name *found)
{
    size_t n = sp_name_count_labels(found), n_wanted = sp_name_count_labels(wanted);
    if (n == 0 || n >= n_wanted)
        return false;
    struct sp_name end = sp_name_suffix(wanted, n_wanted - n);
    struct sp_name start = sp_name_relative(wanted, &end);
    return sp_name_equal(&start, found);
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* The optimal string alignment distance: letters replaced, added, left out, or swapped with their
 * neighbour. A and B are shorter than SP_NAME_WIRE_MAX. */
static unsigned distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    unsigned rows[3][SP_NAME_WIRE_MAX + 1];
    unsigned *older = rows[0], *old = rows[1], *row = rows[2];
    for (size_t k = 0; k <= b_len; k++)
        old[k] = older[k] = (unsigned)k;
    for (size_t i = 1; i <= a_len; i++) {
        row[0] = (unsigned)i;
        for (size_t k = 1; k <= b_len; k++) {
            row[k] = least(old[k - 1] + (a[i - 1] != b[k - 1]), least(old[k], row[k - 1]) + 1);
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
                row[k] = least(row[k], older[k - 2] + 1);
        }
        unsigned *next = older;
        older = old;
        old = row;
        row = next;
    }
    return old[b_len];
}

static bool is_mistyped(const struct sp_name *wanted, const struct sp_name *found)
{
    const char *a = SP_NAME_STR(wanted), *b = SP_NAME_STR(found);
    size_t a_len = strlen(a), b_len = strlen(b);
    if (a_len > SP_NAME_TEXT_MAX || b_len > SP_NAME_TEXT_MAX)
        return false;
    return distance(a, a_len, b, b_len) <= LETTERS_MAX;
}

enum sp_target_mistake sp_mistake_in_target(const struct sp_name *wanted,
                                            const struct sp_name *zone, const struct sp_name *found)
{
    if (is_appended(wanted, zone, found))
        return SP_TARGET_APPENDED;
    if (is_cut(wanted, found))
        return SP_TARGET_CUT;
    return is_mistyped(wanted, found) ? SP_TARGET_MISTYPED : SP_TARGET_OTHER;
}
