#include "cli/command.h"
#include "cli/follow_up.h"
#include "cli/input.h"
#include "publish/check.h"

/* One domain under verification. */
struct job {
    struct run *run;
    struct sp_check *check;
    bool is_decided;
};

struct run {
    struct sp_session *session;
    struct sp_check_config config;
    struct sp_input input;
    struct job *jobs; /* one a set */
    size_t n_open;
    struct sp_err ledger_err;
};

static void finish(struct job *job)
{
    struct run *run = job->run;
    job->is_decided = true;
    sp_output_domain(&run->session->output, sp_check_result(job->check));
    if (--run->n_open == 0)
        sp_loop_stop(run->session->loop);
}

static void on_verdict(void *arg, struct sp_check *check, bool is_final)
{
    struct job *job = arg;
    const struct sp_result *result = sp_check_result(check);
    if (is_final)
        finish(job);
    else
        sp_progress_say(&job->run->session->progress, &result->domain, result->message);
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
        sp_check_interrupt(job->check);
        finish(job);
    }
}

static int start(struct run *run, struct sp_err *err)
{
    struct sp_session *session = run->session;
    run->config = (struct sp_check_config){
        .loop = session->loop,
        .client = session->client,
        .delegations = session->delegations,
        .ledger = session->ledger,
        .until = (enum sp_until)session->options->until,
        .wait_ms = session->options->wants_wait ? session->options->timeout_ms : 0,
        .ledger_err = &run->ledger_err,
    };
    session->progress.n_domains = run->input.sets.n;
    run->jobs = sp_alloc(run->input.sets.n, sizeof(run->jobs[0]));
    for (size_t i = 0; i < run->input.sets.n; i++) {
        struct job *job = &run->jobs[i];
        job->run = run;
        job->check = sp_check_start(&run->config, &run->input.sets.items[i], on_verdict, job, err);
        if (!job->check)
            return -1;
        run->n_open++;
    }
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
    return start(run, err);
}

static void fini(struct run *run)
{
    for (size_t i = 0; run->jobs && i < run->input.sets.n; i++)
        sp_check_free(&run->jobs[i].check);
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
