#include "cli/tally.h"

#include "base/limits.h"
#include "cli/wrap.h"

#define DOMAIN_COLUMNS_MAX 40 /* longer ones are out of line */

static void widen(struct sp_tally *tally, const struct sp_name *name)
{
    struct sp_session *session = tally->session;
    struct sp_buf domain = SP_BUF_INIT(SP_TEXT_MAX);
    sp_put_domain(&domain, name, session->terminal.has_unicode);
    unsigned columns = sp_wrap_columns(sp_buf_str(&domain));
    if (columns > session->output.line_width && columns <= DOMAIN_COLUMNS_MAX)
        session->output.line_width = columns;
    sp_buf_fini(&domain);
}

static bool is_by_line(const struct sp_tally *tally)
{
    return sp_tally_is_long(tally) && tally->session->options->output == SP_FORMAT_TEXT;
}

void sp_tally_init(struct sp_tally *tally, struct sp_session *session, const struct sp_input *input)
{
    const struct sp_options *options = session->options;
    *tally = (struct sp_tally){
        .session = session,
        .n = input->sets.n,
        .n_left_out = input->n_left_out,
        .started_ms = sp_monotonic_ms(),
        .has_sum = input->sets.n > SP_LINES_FROM || options->is_all || options->is_only_changed,
        .hint = "`signpost verify DOMAIN` says what to do about one of them",
    };
    for (size_t i = 0; is_by_line(tally) && i < input->sets.n; i++) {
        struct sp_name name = sp_set_list_domain(&input->sets, i);
        widen(tally, &name);
    }
}

void sp_tally_init_file(struct sp_tally *tally, struct sp_session *session,
                        const struct sp_name *domains, size_t n)
{
    *tally = (struct sp_tally){
        .session = session,
        .n = n,
        .started_ms = sp_monotonic_ms(),
        .has_sum = n > SP_LINES_FROM,
        .hint = "`signpost explain FILE -v` says what to do about each of them",
    };
    for (size_t i = 0; is_by_line(tally) && i < n; i++)
        widen(tally, &domains[i]);
}

bool sp_tally_is_long(const struct sp_tally *tally)
{
    return tally->n > SP_LINES_FROM;
}

void sp_tally_add(struct sp_tally *tally, const struct sp_result *result, bool has_changed)
{
    if (result->err.kind == SP_ERR_CANCELLED)
        tally->n_interrupted++;
    else if (result->status == SP_STATUS_CONNECTED)
        tally->n_connected++;
    else if (result->status == SP_STATUS_PENDING)
        tally->n_pending++;
    else if (result->status == SP_STATUS_ERROR)
        tally->n_error++;
    else
        tally->n_failed++;
    tally->n_changed += has_changed;
}

/* "10,000": a large number is read by its commas. */
static void put_number(struct sp_buf *out, size_t number)
{
    if (number >= 1000) {
        put_number(out, number / 1000);
        sp_buf_printf(out, ",%03zu", number % 1000);
    } else {
        sp_buf_printf(out, "%zu", number);
    }
}

static void put_part(struct sp_buf *out, size_t number, const char *what, bool is_always)
{
    if (!number && !is_always)
        return;
    sp_buf_puts(out, sp_buf_str(out)[out->len - 1] == ':' ? " " : ", ");
    put_number(out, number);
    sp_buf_printf(out, " %s", what);
}

static void put_sum(struct sp_buf *out, const struct sp_tally *tally)
{
    uint64_t took_ms = sp_monotonic_ms() - tally->started_ms;
    put_number(out, tally->n);
    sp_buf_puts(out, tally->n == 1 ? " domain:" : " domains:");
    put_part(out, tally->n_connected, "connected", true);
    put_part(out, tally->n_pending, "pending", true);
    put_part(out, tally->n_error, "error", true);
    put_part(out, tally->n_failed, "not verified", false);
    put_part(out, tally->n_interrupted, "interrupted", false);
    if (tally->session->options->is_only_changed)
        put_part(out, tally->n_changed, "changed", true);
    sp_buf_printf(out, " (%llu.%llu s)\n", (unsigned long long)(took_ms / 1000),
                  (unsigned long long)(took_ms % 1000 / 100));
}

void sp_tally_show(struct sp_tally *tally)
{
    const struct sp_options *options = tally->session->options;
    struct sp_buf text = SP_BUF_INIT(SP_OUTPUT_MAX);
    if (!tally->has_sum || options->output != SP_FORMAT_TEXT)
        return;
    if (tally->session->output.n_shown)
        sp_buf_putc(&text, '\n');
    put_sum(&text, tally);
    if (tally->n_left_out) {
        put_number(&text, tally->n_left_out);
        sp_buf_puts(&text, tally->n_left_out == 1 ? " more was" : " more were");
        sp_buf_puts(&text, " looked at lately enough and left out\n");
    }
    if (tally->n_pending + tally->n_error && tally->session->output.line_width &&
        !options->is_verbose)
        sp_buf_printf(&text, "%s\n", tally->hint);
    sp_output_text(&tally->session->output, &text);
    sp_buf_fini(&text);
}
