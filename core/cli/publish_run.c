#include "cli/publish_run.h"

#include "base/limits.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/evidence_file.h"
#include "cli/follow_up.h"
#include "cli/input.h"
#include "cli/manual_text.h"
#include "cli/plan_text.h"
#include "cli/provider_report.h"
#include "cli/replace_type.h"
#include "publish/publish.h"

struct run {
    struct sp_session *session;
    struct sp_input input;
    SP_ARRAY(struct sp_record_set) sets; /* of the input */
    SP_ARRAY(char *) replace_types;      /* owned, upper case */
    SP_ARRAY(struct sp_name) unanswered; /* asked about, but the input had ended */
    struct sp_publication *publication;
};

static bool on_confirm(void *arg, const struct sp_result *result)
{
    struct run *run = arg;
    struct sp_buf text = SP_BUF_INIT(SP_OUTPUT_MAX);
    sp_put_domain(&text, &result->domain, run->session->terminal.has_unicode);
    sp_buf_putc(&text, '\n');
    sp_plan_text_lines(&text, result, run->session->terminal.has_error_color);
    sp_buf_puts(&text, "  ");
    sp_plan_text_count(&text, result);
    sp_buf_putc(&text, '\n');
    sp_output_aside(&run->session->output, &text);
    sp_buf_fini(&text);
    enum sp_answer answer = sp_ask_yes("Make these changes?");
    if (answer == SP_ANSWER_NONE)
        *sp_array_push(&run->unanswered) = result->domain;
    return answer == SP_ANSWER_YES;
}

/* What is under way, for people; while verifying, what was seen so far. */
static const char *phrase_of(const char *phase, const struct sp_result *result)
{
    static const char *const phrases[][2] = {
        {"zones", "finding its zones"},
        {"reading", "reading what is there"},
        {"writing", "writing"},
        {"verifying", "asking every name server"},
    };
    if (strcmp(phase, "verifying") == 0 && result->has_verdict)
        return result->message;
    for (size_t i = 0; i < SP_ARRAY_LEN(phrases); i++)
        if (strcmp(phrases[i][0], phase) == 0)
            return phrases[i][1];
    return phase;
}

static void on_progress(void *arg, const struct sp_result *result, const char *phase)
{
    struct run *run = arg;
    sp_progress_say(&run->session->progress, &result->domain, phrase_of(phase, result));
}

static void on_manual(void *arg, const struct sp_result *result,
                      const struct sp_description *provider)
{
    struct run *run = arg;
    struct sp_buf text = SP_BUF_INIT(SP_OUTPUT_MAX);
    bool is_text = run->session->options->output == SP_FORMAT_TEXT;
    sp_manual_text_put(&text, result, provider, run->session->terminal.has_unicode);
    if (is_text) {
        sp_buf_putc(&text, '\n');
        sp_output_text(&run->session->output, &text);
    } else {
        sp_output_aside(&run->session->output, &text);
    }
    sp_buf_fini(&text);
}

static bool is_unanswered(const struct run *run, const struct sp_name *domain)
{
    SP_ARRAY_FOREACH (&run->unanswered, other) {
        if (sp_name_equal(other, domain))
            return true;
    }
    return false;
}

/* To the engine no answer is a no; a person is told which of them it was. */
static void on_result(void *arg, const struct sp_result *result)
{
    struct run *run = arg;
    struct sp_result shown = *result;
    if (result->err.kind == SP_ERR_REFUSED && is_unanswered(run, &result->domain)) {
        sp_err_set(&shown.err, SP_ERR_REFUSED, "no-answer", "not changed: there was no answer");
        sp_err_fix(&shown.err, "run it again and answer y, or use --yes");
    }
    sp_output_domain(&run->session->output, &shown);
}

static void on_done(void *arg)
{
    struct run *run = arg;
    sp_loop_stop(run->session->loop);
}

static void on_interrupt(void *arg)
{
    struct run *run = arg;
    sp_output_interrupted(&run->session->output);
    sp_publication_cancel(run->publication);
}

/* "txt,MX" to TXT and MX. */
static int read_replace_types(struct run *run, struct sp_err *err)
{
    const sp_words *words = &run->session->options->replace_types;
    for (size_t i = 0; i < words->n; i++) {
        struct sp_cursor cursor = sp_cursor_of(words->items[i], strlen(words->items[i]));
        do {
            char *type = sp_span_dup(sp_span_trim(sp_cursor_until(&cursor, ",")));
            *sp_array_push(&run->replace_types) = type;
            if (sp_replace_type_read(type, err) < 0)
                return sp_err_prefix(err, "--replace-types");
        } while (sp_cursor_u8(&cursor) == ',');
    }
    return 0;
}

static int prepare(struct run *run, bool is_unpublish, struct sp_err *err)
{
    struct sp_session *session = run->session;
    if (sp_config_file_check_endpoints(&session->config, err) < 0 ||
        read_replace_types(run, err) < 0)
        return -1;
    /* Publishing takes a paste where nothing is said; taking back knows what was published. */
    if (sp_input_read(session, is_unpublish ? SP_INPUT_TO_WITHDRAW : SP_INPUT_FROM_PASTE,
                      &run->input, err) < 0)
        return -1;
    sp_input_note_hosts(&run->input, &session->output);
    if (sp_session_open_ledger(session, err) < 0 || sp_session_open_dns(session, err) < 0 ||
        sp_session_load_catalog(session, err) < 0)
        return -1;
    session->http = sp_http_new(session->loop);
    session->progress.n_domains = run->input.sets.n;
    return 0;
}

/* Said as a domain of its own, in the form asked for. */
static void tell_withdrawn(struct run *run)
{
    SP_ARRAY_FOREACH (&run->input.withdrawn, domain) {
        const struct sp_record_set none = {.domain = *domain};
        struct sp_result result;
        sp_result_init(&result, &none);
        sp_copy_text(result.message, sizeof(result.message), "already taken back");
        sp_output_domain(&run->session->output, &result);
        sp_result_fini(&result);
    }
}

/* A name that no plugin has, with the name that was probably meant. */
static int check_provider(const struct run *run, struct sp_err *err)
{
    const struct sp_catalog *catalog = &run->session->catalog;
    const char *name = run->session->options->provider;
    if (!name || strcmp(name, "auto") == 0 || sp_catalog_find(catalog, name, err))
        return 0;
    if (strcmp(err->code, "plugin-not-found") == 0)
        sp_provider_report_suggest(catalog, name, err);
    return -1;
}

static void tell_failure(struct run *run, const struct sp_err *err)
{
    SP_ARRAY_FOREACH (&run->sets, set) {
        struct sp_result result;
        sp_result_init(&result, set);
        result.err = *err;
        sp_output_domain(&run->session->output, &result);
        sp_result_fini(&result);
    }
}

static void publish(struct run *run, bool is_unpublish)
{
    struct sp_session *session = run->session;
    const struct sp_options *options = session->options;
    struct sp_publish_config config = {
        .loop = session->loop,
        .client = session->client,
        .delegations = session->delegations,
        .catalog = &session->catalog,
        .http = session->http,
        .ledger = session->ledger,
        .evidence = session->evidence,
        .provider = options->provider ? options->provider : "auto",
        .endpoint = options->endpoint,
        .is_unpublish = is_unpublish,
        .only_ours = is_unpublish && run->input.source == SP_INPUT_LEDGER,
        .is_dry_run = options->is_dry_run,
        .may_replace = options->may_replace,
        .replace_types = (const char *const *)run->replace_types.items,
        .n_replace_types = run->replace_types.n,
        .has_yes = options->has_yes,
        .until = (enum sp_until)options->until,
        .wants_why = options->wants_why,
        .wait_ms = is_unpublish || options->wants_no_wait ? 0 : options->timeout_ms,
        .confirm = session->terminal.may_ask ? on_confirm : NULL,
        .on_progress = on_progress,
        .on_manual = on_manual,
        .on_result = on_result,
        .on_done = on_done,
        .arg = run,
    };
    run->publication = sp_publication_start(&config, run->sets.items, run->sets.n);
    sp_loop_watch_interrupt(session->loop, on_interrupt, run);
    sp_loop_run(session->loop);
    session->output.totals.http_calls = sp_publication_http_calls(run->publication);
    sp_publication_free(run->publication);
}

int sp_publish_run(struct sp_session *session, bool is_unpublish)
{
    struct run run = {.session = session};
    struct sp_err err = SP_ERR_INIT;
    int exit_code;
    if (prepare(&run, is_unpublish, &err) < 0) {
        exit_code = sp_session_fail(session, &err);
    } else {
        tell_withdrawn(&run);
        for (size_t i = 0; i < run.input.sets.n; i++)
            *sp_array_push(&run.sets) = sp_set_list_get(&run.input.sets, i);
        if (check_provider(&run, &err) < 0)
            tell_failure(&run, &err);
        else if (run.sets.n)
            publish(&run, is_unpublish);
        sp_evidence_file_end(session);
        sp_session_end_trace(session);
        exit_code =
            sp_follow_up(session, is_unpublish ? "unpublish" : "publish",
                         is_unpublish ? SP_COMMAND_UNPUBLISH : SP_COMMAND_PUBLISH, &run.input);
    }
    SP_ARRAY_FOREACH (&run.replace_types, type) {
        free(*type);
    }
    sp_array_free(&run.replace_types);
    sp_array_free(&run.unanswered);
    SP_ARRAY_FOREACH (&run.sets, set) {
        sp_record_set_fini(set);
    }
    sp_array_free(&run.sets);
    sp_input_fini(&run.input);
    return exit_code;
}
