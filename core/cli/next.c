#include "cli/next.h"

#include "base/limits.h"
#include "base/text.h"
#include "cli/clock.h"

/* Appends WORD as one word of a POSIX shell. */
static void put_quoted(struct sp_buf *out, const char *word)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-";
    if (word[strspn(word, plain)] == '\0') {
        sp_buf_puts(out, word);
        return;
    }
    sp_buf_putc(out, '\'');
    for (; *word; word++) {
        if (*word == '\'')
            sp_buf_puts(out, "'\\''");
        else
            sp_buf_putc(out, *word);
    }
    sp_buf_putc(out, '\'');
}

static bool is_carried(const struct sp_option *option, const struct sp_next *next)
{
    const unsigned asks_dns = SP_COMMAND_PUBLISH | SP_COMMAND_VERIFY | SP_COMMAND_UNPUBLISH;
    if (!(option->commands & next->command_bit))
        return false;
    return option->carry == SP_CARRY_ALWAYS ||
           (option->carry == SP_CARRY_DNS && next->command_bit & asks_dns) ||
           (option->carry == SP_CARRY_RECORDS && next->has_records) ||
           (option->carry == SP_CARRY_WRITE && next->has_write);
}

static void put_value(struct sp_buf *out, const struct sp_option *option, const char *value)
{
    sp_buf_printf(out, " --%s ", option->name);
    put_quoted(out, value);
}

/* In the largest unit that leaves nothing over. */
static void put_duration(struct sp_buf *out, uint64_t ms)
{
    static const struct {
        const char *unit;
        uint64_t ms;
    } units[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
    size_t i = 0;
    while (ms % units[i].ms || (ms == 0 && units[i].ms > 1000))
        i++;
    sp_buf_printf(out, "%llu%s", (unsigned long long)(ms / units[i].ms), units[i].unit);
}

static void put_option(struct sp_buf *out, const struct sp_options *options,
                       const struct sp_option *option)
{
    const void *member = (const char *)options + option->offset;
    const sp_words *words = member;
    switch (option->kind) {
    case SP_OPTION_FLAG:
        sp_buf_printf(out, " --%s", option->name);
        break;
    case SP_OPTION_TEXT:
        put_value(out, option, *(const char *const *)member);
        break;
    case SP_OPTION_TEXTS:
        for (size_t i = 0; i < words->n; i++)
            put_value(out, option, words->items[i]);
        break;
    case SP_OPTION_DURATION:
        sp_buf_printf(out, " --%s ", option->name);
        put_duration(out, *(const uint64_t *)member);
        break;
    case SP_OPTION_AGE:
        sp_buf_printf(out, " --%s ", option->name);
        sp_clock_put_utc(out, *(const int64_t *)member);
        break;
    case SP_OPTION_PORT:
    case SP_OPTION_RATE:
        sp_buf_printf(out, " --%s %llu", option->name,
                      (unsigned long long)*(const uint64_t *)member);
        break;
    case SP_OPTION_CHOICE:
        put_value(out, option, option->choices[*(const int *)member]);
        break;
    }
}

/* A command line that a terminal would show otherwise than it has to be typed is not shown. */
static bool is_typeable(const struct sp_buf *line)
{
    struct sp_buf shown = SP_BUF_INIT(4 * SP_FILE_MAX);
    sp_escape_terminal(&shown, sp_buf_str(line), line->len);
    bool is_same = sp_buf_is_ok(line) && strcmp(sp_buf_str(&shown), sp_buf_str(line)) == 0;
    sp_buf_fini(&shown);
    return is_same;
}

void sp_next_put(struct sp_buf *out, const struct sp_options *options, const struct sp_next *next)
{
    size_t n;
    const struct sp_option *table = sp_option_table(&n);
    struct sp_buf line = SP_BUF_INIT(SP_FILE_MAX);
    if (next->has_records && options->records && strcmp(options->records, "-") == 0)
        return;
    sp_buf_printf(&line, "signpost %s", next->command);
    for (size_t i = 0; i < next->n_domains; i++)
        sp_buf_printf(&line, " %s", SP_NAME_STR(&next->domains[i]));
    if (next->extra)
        sp_buf_printf(&line, " %s", next->extra);
    for (size_t i = 0; i < n; i++)
        if (options->given >> i & 1 && is_carried(&table[i], next))
            put_option(&line, options, &table[i]);
    if (is_typeable(&line))
        sp_buf_append(out, sp_buf_str(&line), line.len);
    sp_buf_fini(&line);
}
