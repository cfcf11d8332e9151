#include "cli/output.h"

#include <errno.h>
#include <stdarg.h>

#include "base/limits.h"
#include "cli/report_text.h"
#include "cli/why_text.h"
#include "cli/wrap.h"

void sp_output_init(struct sp_output *output, const struct sp_options *options,
                    const struct sp_terminal *terminal, struct sp_progress *progress)
{
    *output = (struct sp_output){.options = options,
                                 .terminal = terminal,
                                 .progress = progress,
                                 .domains = json_object(),
                                 .started_ms = sp_monotonic_ms()};
}

void sp_output_fini(struct sp_output *output)
{
    json_decref(output->domains);
    sp_array_free(&output->open);
    sp_array_free(&output->settled);
    sp_array_free(&output->planned);
}

int sp_exit_code_of(const struct sp_err *err)
{
    const struct sp_result result = {.err = *err};
    return sp_result_exit_code(&result, false);
}

void sp_output_puts(struct sp_output *output, const struct sp_buf *text)
{
    sp_progress_clear(output->progress);
    fwrite(sp_buf_str(text), 1, text->len, stdout);
    fflush(stdout);
}

void sp_output_aside(struct sp_output *output, const struct sp_buf *text)
{
    struct sp_buf wrapped = SP_BUF_INIT(SP_OUTPUT_MAX);
    sp_wrap_puts(&wrapped, sp_buf_str(text), output->terminal->error_width);
    sp_progress_clear(output->progress);
    fputs(sp_buf_str(&wrapped), stderr);
    sp_buf_fini(&wrapped);
}

void sp_output_text(struct sp_output *output, const struct sp_buf *text)
{
    struct sp_buf wrapped = SP_BUF_INIT(SP_OUTPUT_MAX);
    sp_wrap_puts(&wrapped, sp_buf_str(text), output->terminal->width);
    sp_output_puts(output, &wrapped);
    sp_buf_fini(&wrapped);
}

void sp_output_error(struct sp_output *output, const struct sp_name *domain,
                     const struct sp_err *err)
{
    struct sp_buf text = SP_BUF_INIT(SP_OUTPUT_MAX);
    const struct sp_text_config config = {.has_color = output->terminal->has_error_color,
                                          .has_unicode = output->terminal->has_unicode};
    sp_report_text_error(&text, domain, err, &config);
    sp_output_aside(output, &text);
    sp_buf_fini(&text);
}

void sp_output_interrupted(struct sp_output *output)
{
    sp_progress_clear(output->progress);
    output->progress->is_on = false;
    fputs("signpost: interrupted; nothing is lost\n", stderr);
}

void sp_output_note(struct sp_output *output, const char *format, ...)
{
    struct sp_buf text = SP_BUF_INIT(SP_OUTPUT_MAX);
    char line[SP_TEXT_MAX];
    va_list args;
    if (output->options->is_quiet)
        return;
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    sp_buf_puts(&text, "signpost: ");
    sp_put_foreign(&text, line);
    sp_buf_putc(&text, '\n');
    sp_output_aside(output, &text);
    sp_buf_fini(&text);
}

static void show_text(struct sp_output *output, const struct sp_result *result)
{
    if (result->err.kind == SP_ERR_CANCELLED && !result->has_verdict && !result->changes.n)
        return; /* nothing came of it */
    struct sp_buf text = SP_BUF_INIT(SP_OUTPUT_MAX);
    struct sp_text_config config = {.has_color = output->terminal->has_color,
                                    .has_unicode = output->terminal->has_unicode,
                                    .is_verbose = output->options->is_verbose,
                                    .width = output->terminal->width};
    if (output->line_width && !config.is_verbose) {
        sp_report_text_line(&text, result, output->line_width, &config);
        sp_output_puts(output, &text);
    } else {
        if (output->n_shown)
            sp_buf_putc(&text, '\n');
        sp_report_text(&text, result, &config);
        sp_output_text(output, &text);
    }
    output->n_shown++;
    sp_buf_fini(&text);
}

/* Beside a report for programs it goes to stderr. */
static void show_why(struct sp_output *output, const struct sp_result *result)
{
    struct sp_buf text = SP_BUF_INIT(SP_OUTPUT_MAX);
    const struct sp_terminal *terminal = output->terminal;
    bool is_text = output->options->output == SP_FORMAT_TEXT;
    if (!result->why.lines.n)
        return;
    sp_buf_printf(&text, "\nWhy %s, by %u DNS quer%s:\n", SP_NAME_STR(&result->domain),
                  result->dns_queries, result->dns_queries == 1 ? "y" : "ies");
    sp_why_text_put(&text, &result->why, terminal->has_unicode,
                    is_text ? terminal->width : terminal->error_width);
    sp_progress_clear(output->progress);
    fputs(sp_buf_str(&text), is_text ? stdout : stderr);
    sp_buf_fini(&text);
}

static void show_json_line(struct sp_output *output, const struct sp_result *result)
{
    struct sp_buf text = SP_BUF_INIT(SP_OUTPUT_MAX);
    json_t *json = sp_report_domain(result);
    char *line = json_dumps(json, JSON_COMPACT);
    sp_buf_puts(&text, line);
    sp_buf_putc(&text, '\n');
    sp_output_puts(output, &text);
    free(line);
    json_decref(json);
    sp_buf_fini(&text);
}

static void show_zone(struct sp_output *output, const struct sp_result *result)
{
    struct sp_buf text = SP_BUF_INIT(SP_OUTPUT_MAX);
    sp_report_text_zone(&text, result);
    sp_output_puts(output, &text);
    sp_buf_fini(&text);
}

static void note(sp_names *list, const struct sp_name *domain)
{
    if (list->n <= SP_NEXT_DOMAINS)
        *sp_array_push(list) = *domain;
}

static void remember(struct sp_output *output, const struct sp_result *result)
{
    bool is_interrupted = result->err.kind == SP_ERR_CANCELLED;
    if (sp_err_is_set(&result->err) && !is_interrupted)
        return;
    if (result->is_dry_run && sp_result_has_planned(result))
        note(&output->planned, &result->domain);
    else if (result->status == SP_STATUS_CONNECTED)
        note(&output->settled, &result->domain);
    else if (result->status != SP_STATUS_NONE || is_interrupted)
        note(&output->open, &result->domain);
    output->may_come |= result->status == SP_STATUS_PENDING || is_interrupted;
}

void sp_output_count(struct sp_output *output, const struct sp_result *result)
{
    bool is_detailed = output->options->is_dry_run && output->options->wants_exit_code;
    output->totals.exit_code =
        sp_exit_code_worst(output->totals.exit_code, sp_result_exit_code(result, is_detailed));
    output->totals.http_calls += result->http_calls;
    output->totals.dns_queries += result->dns_queries;
    output->progress->n_decided++;
    remember(output, result);
}

void sp_output_domain(struct sp_output *output, const struct sp_result *result)
{
    sp_output_count(output, result);
    if (result->err.kind == SP_ERR_USAGE) {
        sp_output_error(output, &result->domain, &result->err);
        return;
    }
    if (output->options->output == SP_FORMAT_TEXT)
        show_text(output, result);
    else if (output->options->output == SP_FORMAT_JSON)
        json_object_set_new(output->domains, SP_NAME_STR(&result->domain),
                            sp_report_domain(result));
    else if (output->options->output == SP_FORMAT_JSONL)
        show_json_line(output, result);
    else
        show_zone(output, result);
    show_why(output, result);
    if (sp_err_is_set(&result->err) && result->err.kind != SP_ERR_CANCELLED)
        sp_output_error(output, &result->domain, &result->err);
}

void sp_output_sort(struct sp_output *output, const struct sp_set_list *sets)
{
    json_t *sorted = json_object();
    for (size_t i = 0; i < sets->n; i++) {
        struct sp_name set_domain = sp_set_list_domain(sets, i);
        const char *name = SP_NAME_STR(&set_domain);
        json_t *domain = json_object_get(output->domains, name);
        if (domain)
            json_object_set(sorted, name, domain);
    }
    json_object_update_missing(sorted, output->domains);
    json_decref(output->domains);
    output->domains = sorted;
}

static void end_json(struct sp_output *output)
{
    json_t *list = json_array(), *domain;
    const char *name;
    json_object_foreach (output->domains, name, domain) {
        json_array_append(list, domain);
    }
    output->totals.elapsed_ms = sp_monotonic_ms() - output->started_ms;
    json_t *document = sp_report_document(list, &output->totals);
    char *text = json_dumps(document, JSON_INDENT(2));
    fprintf(stdout, "%s\n", text);
    free(text);
    json_decref(document);
}

int sp_output_flush(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    fprintf(stderr, "signpost: cannot write the output: %s\n", strerror(errno));
    return 1;
}

static void show_next(struct sp_output *output, const char *next)
{
    struct sp_buf text = SP_BUF_INIT(SP_OUTPUT_MAX);
    sp_buf_puts(&text, "\nNext: ");
    sp_wrap_command(&text, next, (unsigned)strlen("Next: "), output->terminal->width);
    sp_buf_putc(&text, '\n');
    sp_output_puts(output, &text);
    sp_buf_fini(&text);
}

int sp_output_end(struct sp_output *output, const char *next)
{
    sp_progress_clear(output->progress);
    if (output->options->output == SP_FORMAT_JSON && output->totals.exit_code != 2)
        end_json(output);
    else if (output->options->output == SP_FORMAT_TEXT && *next && !output->options->is_quiet)
        show_next(output, next);
    return sp_output_flush() == 0 ? output->totals.exit_code : 1;
}
