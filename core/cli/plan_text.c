#include "cli/plan_text.h"

#include "cli/terminal.h"

static const struct {
    const char *symbol;
    enum sp_style style;
} verbs[] = {
    [SP_ACTION_CREATE] = {"+ CREATE", SP_STYLE_GOOD},
    [SP_ACTION_UPDATE] = {"~ UPDATE", SP_STYLE_WAIT},
    [SP_ACTION_DELETE] = {"- DELETE", SP_STYLE_BAD},
    [SP_ACTION_KEEP] = {"= KEEP  ", SP_STYLE_DIM},
};

static const char *outcome_note(enum sp_outcome outcome)
{
    switch (outcome) {
    case SP_OUTCOME_FAILED:
        return "  failed";
    case SP_OUTCOME_ROLLED_BACK:
        return "  rolled back";
    case SP_OUTCOME_UNKNOWN:
        return "  outcome unknown";
    case SP_OUTCOME_PLANNED:
    case SP_OUTCOME_APPLIED:
    case SP_OUTCOME_UNCHANGED:
    case SP_OUTCOME_REFUSED:
        return "";
    }
    return "";
}

static void put_values(struct sp_buf *out, const struct sp_result_change *change)
{
    if (change->to) {
        sp_buf_puts(out, " -> ");
        sp_put_foreign(out, change->to);
    }
    if (change->from && (!change->to || strcmp(change->from, change->to) != 0)) {
        sp_buf_puts(out, change->outcome == SP_OUTCOME_REFUSED ? "  (there is: " : "  (was: ");
        sp_put_foreign(out, change->from);
        sp_buf_puts(out, ")");
    }
}

/* Of what is refused, that which would have changed something that is there. */
static bool is_culprit(const struct sp_result_change *change)
{
    return change->outcome == SP_OUTCOME_REFUSED && change->from;
}

static bool has_culprit(const struct sp_result *result)
{
    SP_ARRAY_FOREACH (&result->changes, change) {
        if (is_culprit(change))
            return true;
    }
    return false;
}

/* IS_WITH_OTHERS: it is others that are to blame for what is refused. */
static void put_line(struct sp_buf *out, const struct sp_result_change *change, bool is_with_others,
                     bool has_color)
{
    char host[SP_NAME_TEXT_SIZE];
    bool is_refused = change->outcome == SP_OUTCOME_REFUSED && !is_with_others;
    sp_name_format(&change->host, host);
    sp_buf_puts(out, "  ");
    sp_style_puts(out, has_color, is_refused ? SP_STYLE_BAD : verbs[change->action].style,
                  is_refused ? "! REFUSE" : verbs[change->action].symbol);
    sp_buf_putc(out, ' ');
    sp_put_foreign(out, change->type);
    sp_buf_printf(out, " %s", host);
    put_values(out, change);
    if (change->sent_host && change->action != SP_ACTION_KEEP &&
        change->outcome != SP_OUTCOME_REFUSED && strcmp(change->sent_host, host) != 0) {
        sp_buf_puts(out, "  (sent as ");
        sp_put_foreign(out, change->sent_host);
        sp_buf_puts(out, ")");
    }
    sp_buf_printf(out, "%s\n", is_with_others ? "  (not made)" : outcome_note(change->outcome));
}

void sp_plan_text_lines(struct sp_buf *out, const struct sp_result *result, bool has_color)
{
    bool is_blamed = has_culprit(result);
    SP_ARRAY_FOREACH (&result->changes, change) {
        bool is_with_others =
            is_blamed && change->outcome == SP_OUTCOME_REFUSED && !is_culprit(change);
        put_line(out, change, is_with_others, has_color);
    }
}

bool sp_plan_text_has_trouble(const struct sp_result *result)
{
    SP_ARRAY_FOREACH (&result->changes, change) {
        if (change->outcome != SP_OUTCOME_PLANNED && change->outcome != SP_OUTCOME_APPLIED &&
            change->outcome != SP_OUTCOME_UNCHANGED)
            return true;
    }
    return false;
}

static void put_count(struct sp_buf *out, unsigned n, const char *what)
{
    if (n)
        sp_buf_printf(out, ", %u %s", n, what);
}

void sp_plan_text_count(struct sp_buf *out, const struct sp_result *result)
{
    unsigned done[4] = {0}, by_outcome[SP_OUTCOME_UNKNOWN + 1] = {0};
    bool is_plan = result->is_dry_run || sp_result_has_planned(result);
    SP_ARRAY_FOREACH (&result->changes, change) {
        by_outcome[change->outcome]++;
        done[change->action] += change->outcome == SP_OUTCOME_PLANNED ||
                                change->outcome == SP_OUTCOME_APPLIED ||
                                change->outcome == SP_OUTCOME_UNCHANGED;
    }
    sp_buf_printf(out,
                  is_plan ? "%u to create, %u to change, %u to remove, %u kept"
                          : "%u created, %u changed, %u removed, %u kept",
                  done[SP_ACTION_CREATE], done[SP_ACTION_UPDATE], done[SP_ACTION_DELETE],
                  done[SP_ACTION_KEEP]);
    put_count(out, by_outcome[SP_OUTCOME_REFUSED], "refused");
    put_count(out, by_outcome[SP_OUTCOME_FAILED] + by_outcome[SP_OUTCOME_ROLLED_BACK], "not done");
    put_count(out, by_outcome[SP_OUTCOME_UNKNOWN], "unknown");
}
