#include "base/limits.h"
#include "cli/command.h"
#include "cli/follow_up.h"
#include "cli/input.h"
#include "publish/remember.h"
#include "publish/superseded.h"
#include "verify/observe.h"

/* One domain under verification. */
struct job {
    struct run *run;
    const struct sp_record_set *set;
    struct sp_result result;
    struct sp_verification *verification;
    sp_superseded_list superseded;
    uint64_t started_ms;
    char *provider; /* as the ledger knows it; "" if it does not */
    bool is_known;  /* the ledger has a set of this domain */
    bool is_whole;  /* and every record of it is looked at */
    bool is_decided;
};

struct run {
    struct sp_session *session;
    struct sp_input input;
    struct job *jobs; /* one a set */
    size_t n_open;
    struct sp_err ledger_err; /* why nothing is written any more */
};

/* A mistyped domain is not worth remembering. */
static bool is_domain_there(const struct sp_result *result)
{
    SP_ARRAY_FOREACH (&result->records, record) {
        if (record->diagnosis.code == SP_CODE_DOMAIN_NOT_FOUND)
            return false;
    }
    return true;
}

/* Remembers the set of a domain that the ledger did not know. */
static int put_set(struct job *job, struct sp_err *err)
{
    const struct sp_result *result = &job->result;
    const char *zone = sp_name_is_set(&result->zone) ? SP_NAME_STR(&result->zone) : "";
    return sp_ledger_put_set(job->run->session->ledger, job->set, "", zone, true, err);
}

/* A look changes no set that is known, and counts for the domain only if it was at all of it. That
 * what was seen could not be written is worth saying, but no other verdict. The first domain for
 * which it cannot is the last to try: a ledger in use holds everything up for SP_LEDGER_BUSY_MS. */
static void write_ledger(struct job *job)
{
    struct sp_ledger *ledger = job->run->session->ledger;
    struct sp_result *result = &job->result;
    struct sp_err *err = &job->run->ledger_err;
    if (job->is_known ? !job->is_whole : !is_domain_there(result))
        return;
    if (!sp_err_is_set(err) && (job->is_known || put_set(job, err) == 0))
        (void)sp_result_remember(result, ledger, err);
    if (sp_err_is_set(err))
        sp_result_warn(result, "ledger", err->fix, "this look is not remembered: %s", err->message);
}

static void finish(struct job *job)
{
    struct run *run = job->run;
    job->is_decided = true;
    job->result.elapsed_ms = sp_monotonic_ms() - job->started_ms;
    sp_output_domain(&run->session->output, &job->result);
    if (--run->n_open == 0)
        sp_loop_stop(run->session->loop);
}

static void on_verdict(void *arg, const struct sp_observation *observation,
                       const struct sp_verdict *verdict, bool is_final)
{
    struct job *job = arg;
    sp_result_set_verdict(&job->result, observation, verdict);
    if (!is_final) {
        sp_progress_say(&job->run->session->progress, &job->set->domain, verdict->message);
        return;
    }
    write_ledger(job);
    finish(job);
}

/* The last look is kept as the answer; what was never looked at is told as interrupted. */
static void on_interrupt(void *arg)
{
    struct run *run = arg;
    sp_output_interrupted(&run->session->output);
    for (size_t i = 0; i < run->input.sets.n; i++) {
        struct job *job = &run->jobs[i];
        if (job->is_decided)
            continue;
        sp_verification_free(&job->verification);
        sp_err_set(&job->result.err, SP_ERR_CANCELLED, "interrupted",
                   "interrupted; nothing is lost");
        finish(job);
    }
}

static int read_entry(struct job *job, int64_t *ret_published_at_s, struct sp_err *err)
{
    struct sp_ledger_entry entry = {0};
    bool is_found = false;
    struct sp_ledger *ledger = job->run->session->ledger;
    *ret_published_at_s = 0;
    if (sp_ledger_get(ledger, &job->set->domain, &entry, &is_found, err) < 0)
        return -1;
    bool is_used = is_found && !entry.is_withdrawn;
    job->provider = sp_strdup(is_used ? entry.provider : "");
    job->is_known = is_used;
    job->is_whole = is_used && sp_input_covers(job->set, &entry.set);
    if (is_used)
        *ret_published_at_s = entry.published_at_s;
    if (is_found)
        sp_ledger_entry_fini(&entry);
    return is_used ? sp_superseded_read(ledger, &job->set->domain, &job->superseded, err) : 0;
}

static int start(struct run *run, struct job *job, const struct sp_record_set *set,
                 struct sp_err *err)
{
    const struct sp_options *options = run->session->options;
    struct sp_verification_config config = {
        .client = run->session->client,
        .delegations = run->session->delegations,
        .context = {.window_s = SP_WINDOW_S, .until = (enum sp_until)options->until},
        .wait_ms = options->wants_wait ? options->timeout_ms : 0,
    };
    job->run = run;
    job->set = set;
    job->started_ms = sp_monotonic_ms();
    sp_result_init(&job->result, set);
    if (read_entry(job, &config.context.published_at_s, err) < 0)
        return -1;
    if (*job->provider)
        job->result.provider = sp_strdup(job->provider);
    job->result.published_at_s = config.context.published_at_s;
    config.context.is_zone_at_provider = *job->provider && strcmp(job->provider, "manual") != 0;
    config.context.superseded = job->superseded.items;
    config.context.n_superseded = job->superseded.n;
    job->verification = sp_verification_start(run->session->loop, &config, set,
                                              &job->result.dns_queries, on_verdict, job);
    run->n_open++;
    return 0;
}

static int prepare(struct run *run, struct sp_err *err)
{
    struct sp_session *session = run->session;
    if (sp_input_read(session, SP_INPUT_FROM_LEDGER, &run->input, err) < 0)
        return -1;
    sp_input_note_hosts(&run->input, &session->output);
    if (sp_options_has(session->options, "timeout") && !session->options->wants_wait)
        sp_output_note(&session->output, "--timeout has no effect without --wait");
    if (sp_session_open_ledger(session, err) < 0 || sp_session_open_dns(session, err) < 0)
        return -1;
    session->progress.n_domains = run->input.sets.n;
    run->jobs = sp_alloc(run->input.sets.n, sizeof(run->jobs[0]));
    for (size_t i = 0; i < run->input.sets.n; i++)
        if (start(run, &run->jobs[i], &run->input.sets.items[i], err) < 0)
            return -1;
    return 0;
}

static void fini(struct run *run)
{
    for (size_t i = 0; run->jobs && i < run->input.sets.n; i++) {
        sp_verification_free(&run->jobs[i].verification);
        sp_result_fini(&run->jobs[i].result);
        sp_array_free(&run->jobs[i].superseded);
        free(run->jobs[i].provider);
    }
    free(run->jobs);
    sp_input_fini(&run->input);
}

int sp_cmd_verify(struct sp_session *session)
{
    struct run run = {.session = session, .ledger_err = SP_ERR_INIT};
    struct sp_err err = SP_ERR_INIT;
    int exit_code;
    if (prepare(&run, &err) < 0) {
        exit_code = sp_session_fail(session, &err);
    } else {
        sp_loop_watch_interrupt(session->loop, on_interrupt, &run);
        sp_loop_run(session->loop);
        exit_code = sp_follow_up(session, "verify", SP_COMMAND_VERIFY, &run.input);
    }
    fini(&run);
    return exit_code;
}
