#include <time.h>

#include "base/limits.h"
#include "cli/command.h"
#include "cli/file.h"
#include "cli/tally.h"
#include "config.h"
#include "verify/observe.h"

struct run {
    struct sp_session *session;
    const struct sp_evidence *evidence;
    struct sp_tally tally;
    size_t n_same;
};

/* One domain of the file, looked at once more. */
struct look {
    struct run *run;
    const struct sp_evidence_case *item;
    struct sp_dns_client *client;
    struct sp_result result;
    struct sp_buf differences;
};

static const char *format_time(uint64_t at_ms, char ret_text[32])
{
    time_t at_s = (time_t)(at_ms / 1000);
    struct tm tm = {0};
    gmtime_r(&at_s, &tm);
    strftime(ret_text, 32, "%Y-%m-%d %H:%M:%S UTC", &tm);
    return ret_text;
}

static void on_verdict(void *arg, const struct sp_observation *observation,
                       const struct sp_verdict *verdict, bool is_final)
{
    struct look *look = arg;
    if (!is_final)
        return;
    sp_result_set_verdict(&look->result, observation, verdict);
    sp_result_share_provider(&look->result);
    sp_evidence_compare(look->item, verdict, &look->differences);
    sp_loop_stop(look->run->session->loop);
}

/* What the user has to know of the file beside the verdict. */
static void judge_file(struct look *look)
{
    const char *at = format_time(look->item->at_ms, (char[32]){0});
    unsigned n_absent = sp_dns_client_n_absent(look->client);
    if (look->differences.len)
        sp_result_warn(&look->result, "evidence-differs",
                       "compare the versions: this is " SP_VERSION
                       "; or somebody has changed the file",
                       "not the verdict of %s, by signpost %s: %s", at,
                       look->run->evidence->version, sp_buf_str(&look->differences));
    if (n_absent)
        sp_result_warn(&look->result, "evidence-incomplete",
                       "ask for the file to be written again, with this version",
                       "%u question%s not in the file, and counted as unanswered", n_absent,
                       n_absent == 1 ? " is" : "s are");
}

static void say(const struct look *look)
{
    struct run *run = look->run;
    struct sp_output *output = &run->session->output;
    const char *at = format_time(look->item->at_ms, (char[32]){0});
    char *name = sp_name_display(&look->item->set.domain);
    sp_tally_add(&run->tally, &look->result, look->differences.len != 0);
    sp_output_domain(output, &look->result);
    run->n_same += look->differences.len == 0;
    if (look->differences.len)
        sp_output_note(output, "%s: not the same verdict as on %s", name, at);
    else if (!output->line_width)
        sp_output_note(output, "%s: the same verdict as on %s, out of the file alone", name, at);
    free(name);
}

static void fill(struct look *look)
{
    const struct sp_evidence_case *item = look->item;
    sp_result_init(&look->result, &item->set);
    look->result.wants_why = look->run->session->options->wants_why;
    look->result.published_at_s = item->context.published_at_s;
    look->result.provider = sp_strdup(item->provider);
    sp_buf_init(&look->differences, SP_TEXT_MAX);
}

static int explain(struct run *run, const struct sp_evidence_case *item, struct sp_err *err)
{
    struct sp_session *session = run->session;
    const struct sp_evidence *evidence = run->evidence;
    struct look look = {.run = run, .item = item};
    const struct sp_dns_config config = {
        .resolvers = evidence->book->resolvers,
        .n_resolvers = evidence->book->n_resolvers,
        .authoritative_port = evidence->book->authoritative_port,
        .book = evidence->book,
        .replay_ms = item->at_ms,
    };
    look.client = sp_dns_client_new(session->loop, NULL, &config, err);
    if (!look.client)
        return -1;
    struct sp_verification_config how = {
        .client = look.client,
        .delegations = sp_delegations_new(session->loop, look.client),
        .context = item->context,
        .at_s = (int64_t)(item->at_ms / 1000),
    };
    fill(&look);
    struct sp_verification *verification = sp_verification_start(
        session->loop, &how, &item->set, &look.result.dns_queries, on_verdict, &look);
    sp_loop_run(session->loop);
    judge_file(&look);
    say(&look);
    sp_verification_free(&verification);
    sp_delegations_free(how.delegations);
    sp_dns_client_free(look.client);
    sp_buf_fini(&look.differences);
    sp_result_fini(&look.result);
    return 0;
}

static struct sp_evidence *read_file(const struct sp_session *session, struct sp_err *err)
{
    const sp_words *words = &session->options->arguments;
    struct sp_evidence *evidence = NULL;
    struct sp_buf text = SP_BUF_INIT(SP_EVIDENCE_MAX);
    if (words->n == 0) {
        sp_err_set(err, SP_ERR_USAGE, "no-file", "no file was named");
        sp_err_fix(err, "name one that `signpost verify DOMAIN --evidence FILE` has written");
        return NULL;
    }
    const char *path = words->items[0];
    const char *what = strcmp(path, "-") == 0 ? "standard input" : path;
    if (sp_file_read(path, &text, err) == 0 &&
        !(evidence = sp_evidence_parse(sp_buf_str(&text), text.len, what, err)))
        sp_err_fix(err, "name a file that `signpost verify DOMAIN --evidence FILE` has written, "
                        "and that nobody has changed");
    sp_buf_fini(&text);
    return evidence;
}

static void start_tally(struct run *run)
{
    SP_ARRAY(struct sp_name) domains = {0};
    SP_ARRAY_FOREACH (&run->evidence->cases, item)
        *sp_array_push(&domains) = (*item)->set.domain;
    sp_tally_init_file(&run->tally, run->session, domains.items, domains.n);
    sp_array_free(&domains);
}

static void say_sum(struct run *run)
{
    size_t n = run->evidence->cases.n;
    sp_tally_show(&run->tally);
    if (n > 1)
        sp_output_note(&run->session->output,
                       "%zu of %zu verdicts are the same as in the file, %zu %s not", run->n_same,
                       n, n - run->n_same, n - run->n_same == 1 ? "is" : "are");
}

int sp_cmd_explain(struct sp_session *session)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_evidence *evidence = read_file(session, &err);
    struct run run = {.session = session, .evidence = evidence};
    if (!evidence)
        return sp_session_fail(session, &err);
    session->progress.n_domains = evidence->cases.n;
    start_tally(&run);
    SP_ARRAY_FOREACH (&evidence->cases, item)
        if (explain(&run, *item, &err) < 0)
            break;
    if (!sp_err_is_set(&err))
        say_sum(&run);
    sp_evidence_free(evidence);
    if (sp_err_is_set(&err))
        return sp_session_fail(session, &err);
    return sp_output_end(&session->output, "");
}
