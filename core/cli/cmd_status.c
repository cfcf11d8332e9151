#include "base/limits.h"
#include "base/text.h"
#include "cli/ago.h"
#include "cli/command.h"
#include "cli/follow_up.h"
#include "cli/history.h"
#include "cli/report_text.h"
#include "cli/wrap.h"
#include "names/sender.h"
#include "publish/whereabouts.h"

/* A result and the words that only the line of `status` has. */
struct row {
    struct sp_result result;
    struct sp_ledger_history history;
    bool is_withdrawn;
};
typedef SP_ARRAY(struct row) row_list;

static enum sp_status parse_status(const char *word)
{
    for (int status = SP_STATUS_NONE; status <= SP_STATUS_ERROR; status++)
        if (word && strcmp(word, sp_status_name((enum sp_status)status)) == 0)
            return (enum sp_status)status;
    return SP_STATUS_NONE;
}

static void fill_row(struct row *row, const struct sp_ledger_entry *entry)
{
    struct sp_result *result = &row->result;
    struct sp_err ignored = SP_ERR_INIT;
    sp_result_init(result, &entry->set);
    row->is_withdrawn = entry->is_withdrawn;
    if (*entry->zone)
        (void)sp_name_parse(&result->zone, entry->zone, &ignored);
    if (*entry->provider)
        result->provider = sp_strdup(entry->provider);
    if (entry->is_withdrawn) {
        sp_copy_text(result->message, sizeof(result->message), "taken back");
        return;
    }
    result->published_at_s = entry->published_at_s;
    result->checked_at_s = entry->last.at_s;
    if (entry->caches_until_s > sp_wall_s())
        result->caches_until_s = entry->caches_until_s;
    result->status = parse_status(entry->last.status);
    if (result->status == SP_STATUS_NONE) {
        result->status = SP_STATUS_PENDING;
        sp_copy_text(result->message, sizeof(result->message), "not verified yet");
        return;
    }
    result->has_verdict = true;
    result->is_records_live = entry->last.is_records_live;
    result->is_key_live = entry->last.is_key_live;
    sp_result_set_kept(result, entry->last.message ? entry->last.message : "");
}

static int add_row(struct sp_ledger *ledger, row_list *rows, const struct sp_ledger_entry *entry,
                   struct sp_err *err)
{
    struct sp_whereabouts whereabouts = {0};
    struct row *row = sp_array_push(rows);
    fill_row(row, entry);
    int status = entry->is_withdrawn ? 0 : sp_whereabouts_read(ledger, entry, &whereabouts, err);
    sp_whereabouts_tell_zones(&whereabouts, &row->result);
    sp_whereabouts_tell_providers(&whereabouts, &row->result);
    sp_whereabouts_fini(&whereabouts);
    return status;
}

static int read_all(struct sp_ledger *ledger, row_list *ret_rows, struct sp_err *err)
{
    sp_ledger_entries entries = {0};
    int status = sp_ledger_list(ledger, &entries, err);
    SP_ARRAY_FOREACH (&entries, entry) {
        if (status == 0)
            status = add_row(ledger, ret_rows, entry, err);
        sp_ledger_entry_fini(entry);
    }
    sp_array_free(&entries);
    return status;
}

static int read_histories(struct sp_ledger *ledger, row_list *rows, struct sp_err *err)
{
    SP_ARRAY_FOREACH (rows, row) {
        if (sp_ledger_read_history(ledger, &row->result.domain, &row->history, err) < 0)
            return -1;
        row->result.history = &row->history;
    }
    return 0;
}

static int read_named(struct sp_ledger *ledger, const sp_words *words, row_list *ret_rows,
                      struct sp_err *err)
{
    for (size_t i = 0; i < words->n; i++) {
        struct sp_name domain;
        struct sp_ledger_entry entry = {0};
        bool is_found = false;
        if (sp_sender_parse(&domain, words->items[i], err) < 0 ||
            sp_ledger_get(ledger, &domain, &entry, &is_found, err) < 0)
            return -1;
        if (!is_found) {
            sp_err_set(err, SP_ERR_USAGE, "unknown-domain", "nothing is known of %s",
                       SP_NAME_STR(&domain));
            return sp_err_fix(err, "publish or verify it first");
        }
        int status = add_row(ledger, ret_rows, &entry, err);
        sp_ledger_entry_fini(&entry);
        if (status < 0)
            return -1;
    }
    return 0;
}

/* ---- text: a line a domain, or all of one ------------------------------------------------------
 */

/* The cells of a line, its message excepted. */
struct cells {
    struct sp_buf domain, checked;
    const char *badge;
};

static struct cells cells_of(const struct row *row, bool has_unicode, int64_t now_s)
{
    struct cells cells = {.domain = SP_BUF_INIT(SP_TEXT_MAX), .checked = SP_BUF_INIT(SP_TEXT_MAX)};
    sp_put_domain(&cells.domain, &row->result.domain, has_unicode);
    cells.badge = row->is_withdrawn ? "Unpublished" : sp_status_badge(row->result.status);
    if (row->result.checked_at_s) {
        sp_buf_puts(&cells.checked, "checked ");
        sp_ago_put(&cells.checked, row->result.checked_at_s, now_s);
    } else {
        sp_buf_puts(&cells.checked, "never checked");
    }
    return cells;
}

static void cells_fini(struct cells *cells)
{
    sp_buf_fini(&cells->domain);
    sp_buf_fini(&cells->checked);
}

struct widths {
    unsigned domain, badge, checked;
};

static void grow(unsigned *width, const char *text)
{
    unsigned columns = sp_wrap_columns(text);
    *width = columns > *width ? columns : *width;
}

static struct widths measure(const row_list *rows, bool has_unicode, int64_t now_s)
{
    struct widths widths = {0};
    SP_ARRAY_FOREACH (rows, row) {
        struct cells cells = cells_of(row, has_unicode, now_s);
        grow(&widths.domain, sp_buf_str(&cells.domain));
        grow(&widths.badge, cells.badge);
        grow(&widths.checked, sp_buf_str(&cells.checked));
        cells_fini(&cells);
    }
    return widths;
}

static void put_cell(struct sp_buf *out, const char *text, unsigned width, bool has_color,
                     enum sp_style style)
{
    sp_style_puts(out, has_color, style, text);
    sp_buf_printf(out, "%*s", (int)(width - sp_wrap_columns(text) + 2), "");
}

/* The message is cut where the terminal ends: `status DOMAIN` shows all of it. Where there is no
 * room for a part of it, it has its own lines. */
static void put_line(struct sp_buf *out, const struct row *row, const struct widths *widths,
                     const struct sp_text_config *config, int64_t now_s)
{
    enum { MESSAGE_LEAST = 10 };
    struct cells cells = cells_of(row, config->has_unicode, now_s);
    struct sp_buf message = SP_BUF_INIT(SP_OUTPUT_MAX);
    unsigned used = widths->domain + widths->badge + widths->checked + 6;
    put_cell(out, sp_buf_str(&cells.domain), widths->domain, false, SP_STYLE_PLAIN);
    put_cell(out, cells.badge, widths->badge, config->has_color,
             sp_report_text_style(row->result.status));
    put_cell(out, sp_buf_str(&cells.checked), widths->checked, false, SP_STYLE_PLAIN);
    bool is_cut = config->width >= used + MESSAGE_LEAST;
    sp_report_text_reason(&message, &row->result, is_cut ? config->width : 0);
    if (config->width == 0) {
        sp_buf_puts(out, sp_buf_str(&message));
    } else if (is_cut) {
        sp_wrap_cut(out, sp_buf_str(&message), config->width - used);
    } else {
        sp_buf_puts(out, "\n  ");
        sp_wrap_from(out, sp_buf_str(&message), 2, config->width);
    }
    sp_buf_putc(out, '\n');
    sp_buf_fini(&message);
    cells_fini(&cells);
}

static void put_lines(struct sp_buf *out, const row_list *rows, const struct sp_text_config *config,
                      int64_t now_s)
{
    struct widths widths = measure(rows, config->has_unicode, now_s);
    SP_ARRAY_FOREACH (rows, row) {
        put_line(out, row, &widths, config, now_s);
        if (config->is_verbose)
            sp_report_text_table(out, &row->result, config);
    }
    if (!rows->n)
        sp_buf_puts(out, "nothing published or verified yet\n");
}

static void put_time(struct sp_buf *out, const char *event, int64_t at_s, int64_t now_s)
{
    sp_buf_printf(out, "  %-9s  ", event);
    if (at_s)
        sp_ago_put(out, at_s, now_s);
    else
        sp_buf_puts(out, "never");
    sp_buf_putc(out, '\n');
}

static void put_details(struct sp_buf *out, const struct row *row,
                        const struct sp_text_config *config, int64_t now_s)
{
    struct sp_text_config plain = *config;
    plain.is_verbose = false;
    sp_report_text(out, &row->result, &plain);
    if (row->is_withdrawn)
        return;
    sp_buf_putc(out, '\n');
    put_time(out, "Published", row->result.published_at_s, now_s);
    put_time(out, "Checked", row->result.checked_at_s, now_s);
    if (row->result.provider) {
        sp_buf_puts(out, "  Provider   ");
        sp_put_foreign(out, row->result.provider);
        sp_buf_putc(out, '\n');
    }
    if (sp_name_is_set(&row->result.zone))
        sp_buf_printf(out, "  Zone       %s\n", SP_NAME_STR(&row->result.zone));
}

static void put_histories(struct sp_buf *out, const row_list *rows,
                          const struct sp_text_config *config, int64_t now_s)
{
    SP_ARRAY_FOREACH (rows, row) {
        sp_buf_puts(out, row == rows->items ? "" : "\n");
        put_details(out, row, config, now_s);
        sp_history_put(out, &row->history, config->has_color);
    }
}

static void show_text(struct sp_session *session, const row_list *rows)
{
    struct sp_buf text = SP_BUF_INIT(SP_OUTPUT_MAX);
    const struct sp_text_config config = {.has_color = session->terminal.has_color,
                                          .has_unicode = session->terminal.has_unicode,
                                          .is_verbose = session->options->is_verbose,
                                          .width = session->terminal.width};
    if (session->options->wants_history)
        put_histories(&text, rows, &config, sp_wall_s());
    else if (session->options->arguments.n == 1)
        put_details(&text, &rows->items[0], &config, sp_wall_s());
    else
        put_lines(&text, rows, &config, sp_wall_s());
    sp_output_text(&session->output, &text);
    sp_buf_fini(&text);
}

/* What only a look at the servers can give. */
static void note_idle_options(struct sp_session *session)
{
    static const char *const names[] = {"why", "evidence", "trace"};
    for (size_t i = 0; i < SP_ARRAY_LEN(names); i++)
        if (sp_options_has(session->options, names[i]))
            sp_output_note(&session->output,
                           "--%s has no effect with status, which asks no server; verify does",
                           names[i]);
}

int sp_cmd_status(struct sp_session *session)
{
    row_list rows = {0};
    struct sp_err err = SP_ERR_INIT;
    const sp_words *words = &session->options->arguments;
    bool is_text = session->options->output == SP_FORMAT_TEXT;
    int exit_code;
    if (sp_session_peek_ledger(session, &err) < 0 ||
        (words->n ? read_named(session->ledger, words, &rows, &err)
                  : read_all(session->ledger, &rows, &err)) < 0 ||
        (session->options->wants_history && read_histories(session->ledger, &rows, &err) < 0)) {
        exit_code = sp_session_fail(session, &err);
    } else {
        note_idle_options(session);
        if (is_text)
            show_text(session, &rows);
        SP_ARRAY_FOREACH (&rows, row) {
            if (is_text)
                sp_output_count(&session->output, &row->result);
            else
                sp_output_domain(&session->output, &row->result);
        }
        exit_code = sp_follow_up(session, "status", SP_COMMAND_STATUS, NULL);
    }
    SP_ARRAY_FOREACH (&rows, row) {
        sp_ledger_history_fini(&row->history);
        sp_result_fini(&row->result);
    }
    sp_array_free(&rows);
    return exit_code;
}
