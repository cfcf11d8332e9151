#include "cli/why_text.h"

#include "base/limits.h"
#include "cli/terminal.h"

enum { BRANCH_COLUMNS = 3, TEXT_COLUMNS_LEAST = 20 };

struct strokes {
    const char *fork, *last, *pass, *none;
};

/* Whether another line of DEPTH follows line I below the same parent. */
static bool has_next(const struct sp_why *why, size_t i, unsigned depth)
{
    for (size_t k = i + 1; k < why->lines.n && why->lines.items[k].depth >= depth; k++)
        if (why->lines.items[k].depth == depth)
            return true;
    return false;
}

/* What stands before the text of line I: on its first line of the terminal, or on the others. */
static void put_branches(struct sp_buf *out, const struct sp_why *why, size_t i,
                         const struct strokes *strokes, bool is_first)
{
    unsigned depth = why->lines.items[i].depth;
    for (unsigned level = 1; level <= depth; level++) {
        bool goes_on = has_next(why, i, level);
        if (level == depth && is_first)
            sp_buf_puts(out, goes_on ? strokes->fork : strokes->last);
        else
            sp_buf_puts(out, goes_on ? strokes->pass : strokes->none);
    }
    bool has_children = i + 1 < why->lines.n && why->lines.items[i + 1].depth > depth;
    if (!is_first)
        sp_buf_puts(out, has_children ? strokes->pass : strokes->none);
}

/* How much of TEXT fits into COLUMNS, up to a blank; a word that is too long is left whole. */
static size_t fit(const char *text, size_t columns)
{
    size_t len = 0;
    for (size_t at = 0;; at++) {
        if (text[at] != ' ' && text[at] != '\0')
            continue;
        if (len && at > columns)
            return len;
        len = at;
        if (text[at] == '\0')
            return len;
    }
}

static void put_line(struct sp_buf *out, const struct sp_why *why, size_t i,
                     const struct strokes *strokes, unsigned width)
{
    const struct sp_why_line *line = &why->lines.items[i];
    unsigned used = line->depth * BRANCH_COLUMNS;
    struct sp_buf text = SP_BUF_INIT(SP_OUTPUT_MAX);
    sp_put_foreign(&text, line->text);
    bool is_first = true;
    for (const char *rest = sp_buf_str(&text); *rest || is_first; is_first = false) {
        unsigned before = is_first ? used : used + BRANCH_COLUMNS;
        size_t columns = width == 0                            ? SIZE_MAX
                         : width > before + TEXT_COLUMNS_LEAST ? width - before
                                                               : TEXT_COLUMNS_LEAST;
        size_t len = fit(rest, columns);
        put_branches(out, why, i, strokes, is_first);
        sp_buf_append(out, rest, len);
        sp_buf_putc(out, '\n');
        rest += len + (rest[len] == ' ');
    }
    sp_buf_fini(&text);
}

void sp_why_text_put(struct sp_buf *out, const struct sp_why *why, bool has_unicode, unsigned width)
{
    static const struct strokes plain = {"|- ", "`- ", "|  ", "   "};
    static const struct strokes drawn = {"├─ ", "└─ ", "│  ", "   "};
    for (size_t i = 0; i < why->lines.n; i++)
        put_line(out, why, i, has_unicode ? &drawn : &plain, width);
}
