#include "base/text.h"
#include "cli/ago.h"
#include "cli/command.h"
#include "cli/follow_up.h"
#include "cli/report_text.h"
#include "names/sender.h"

/* A result and the words that only the line of `status` has. */
struct row {
    struct sp_result result;
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
    result->status = parse_status(entry->last.status);
    if (result->status == SP_STATUS_NONE) {
        result->status = SP_STATUS_PENDING;
        sp_copy_text(result->message, sizeof(result->message), "not verified yet");
        return;
    }
    result->has_verdict = true;
    result->is_records_live = entry->last.is_records_live;
    result->is_key_live = entry->last.is_key_live;
    sp_copy_text(result->message, sizeof(result->message),
                 entry->last.message ? entry->last.message : "");
}

static int read_all(struct sp_ledger *ledger, row_list *ret_rows, struct sp_err *err)
{
    sp_ledger_entries entries = {0};
    if (sp_ledger_list(ledger, &entries, err) < 0)
        return -1;
    SP_ARRAY_FOREACH (&entries, entry) {
        fill_row(sp_array_push(ret_rows), entry);
        sp_ledger_entry_fini(entry);
    }
    sp_array_free(&entries);
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
        fill_row(sp_array_push(ret_rows), &entry);
        sp_ledger_entry_fini(&entry);
    }
    return 0;
}

static void put_line(struct sp_buf *out, const struct row *row, int width, bool has_color,
                     int64_t now_s)
{
    const struct sp_result *result = &row->result;
    sp_buf_printf(out, "%-*s  ", width, SP_NAME_STR(&result->domain));
    sp_style_puts(out, has_color, sp_report_text_style(result->status),
                  row->is_withdrawn ? "Unpublished" : sp_status_badge(result->status));
    sp_buf_puts(out, "  ");
    sp_put_foreign(out, result->message);
    if (result->checked_at_s) {
        sp_buf_puts(out, "; checked ");
        sp_ago_put(out, result->checked_at_s, now_s);
    }
    if (result->published_at_s) {
        sp_buf_puts(out, ", published ");
        sp_ago_put(out, result->published_at_s, now_s);
    }
    sp_buf_putc(out, '\n');
}

static void show_text(struct sp_session *session, const row_list *rows)
{
    struct sp_buf text = SP_BUF_INIT(SP_OUTPUT_MAX);
    struct sp_text_config config = {.has_color = session->terminal.has_color,
                                    .width = session->terminal.width};
    int width = 0;
    int64_t now_s = sp_wall_s();
    SP_ARRAY_FOREACH (rows, row) {
        int len = (int)strlen(SP_NAME_STR(&row->result.domain));
        width = len > width ? len : width;
    }
    SP_ARRAY_FOREACH (rows, row) {
        put_line(&text, row, width, session->terminal.has_color, now_s);
        if (session->options->is_verbose)
            sp_report_text_table(&text, &row->result, &config);
    }
    if (!rows->n)
        sp_buf_puts(&text, "nothing published or verified yet\n");
    sp_output_text(&session->output, &text);
    sp_buf_fini(&text);
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
                  : read_all(session->ledger, &rows, &err)) < 0) {
        exit_code = sp_session_fail(session, &err);
    } else {
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
        sp_result_fini(&row->result);
    }
    sp_array_free(&rows);
    return exit_code;
}
