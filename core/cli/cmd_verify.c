#include "base/limits.h"
#include "cli/command.h"
#include "cli/evidence_file.h"
#include "cli/follow_up.h"
#include "cli/input.h"
#include "cli/tally.h"
#include "publish/sweep.h"

struct run {
    struct sp_session *session;
    struct sp_input input;
    struct sp_sweep *sweep;
    struct sp_tally tally;
    struct sp_timer *tick; /* of a wait on a terminal */
    struct sp_err ledger_err;
    struct sp_err err; /* why it ended early */
};

static void on_news(void *arg, const struct sp_result *result)
{
    struct run *run = arg;
    if (!sp_tally_is_long(&run->tally))
        sp_progress_say(&run->session->progress, &result->domain, result->message);
}

static void on_decided(void *arg, const struct sp_result *result, bool has_changed)
{
    struct run *run = arg;
    struct sp_output *output = &run->session->output;
    sp_tally_add(&run->tally, result, has_changed);
    if (run->session->options->is_only_changed && !has_changed)
        sp_output_count(output, result);
    else
        sp_output_domain(output, result);
    if (sp_tally_is_long(&run->tally))
        sp_progress_count(&run->session->progress);
}

static void on_over(void *arg, const struct sp_err *err)
{
    struct run *run = arg;
    if (err)
        run->err = *err;
    sp_loop_stop(run->session->loop);
}

static void on_interrupt(void *arg)
{
    struct run *run = arg;
    sp_output_interrupted(&run->session->output);
    sp_sweep_interrupt(run->sweep);
}

/* While nothing is decided, the time that is left shows that the wait goes on. */
static void on_tick(void *arg)
{
    struct run *run = arg;
    sp_progress_count(&run->session->progress);
    run->tick = sp_timer_start(run->session->loop, SP_PROGRESS_TICK_MS, on_tick, run);
}

static void start_progress(struct run *run)
{
    struct sp_session *session = run->session;
    struct sp_progress *progress = &session->progress;
    progress->n_domains = run->input.sets.n;
    if (!sp_tally_is_long(&run->tally) || !session->options->wants_wait)
        return;
    progress->wait_end_ms = sp_monotonic_ms() + session->options->timeout_ms;
    if (session->terminal.may_rewrite)
        on_tick(run);
}

/* Nobody asked for a pace: few domains ask no server much, and a server on this host has no
 * neighbours to be considered. */
static void set_pace(const struct run *run)
{
    uint64_t qps = run->session->options->qps;
    if (qps)
        sp_dns_client_set_pace(run->session->client, (unsigned)qps, false);
    else if (run->input.sets.n > SP_SWEEP_FEW)
        sp_dns_client_set_pace(run->session->client, SP_DNS_QPS_DEFAULT, true);
}

static void start(struct run *run)
{
    struct sp_session *session = run->session;
    static const struct sp_sweep_events events = {on_news, on_decided, on_over};
    const struct sp_check_config config = {
        .loop = session->loop,
        .client = session->client,
        .ledger = session->ledger,
        .until = (enum sp_until)session->options->until,
        .wants_why = session->options->wants_why,
        .wait_ms = session->options->wants_wait ? session->options->timeout_ms : 0,
        .ledger_err = &run->ledger_err,
        .evidence = session->evidence,
    };
    start_progress(run);
    set_pace(run);
    run->sweep = sp_sweep_start(&config, &run->input.sets, &events, run);
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
    sp_tally_init(&run->tally, session, &run->input);
    return 0;
}

static int verify(struct run *run)
{
    struct sp_session *session = run->session;
    if (run->input.sets.n) {
        start(run);
        sp_loop_watch_interrupt(session->loop, on_interrupt, run);
        sp_loop_run(session->loop);
        sp_timer_stop(&run->tick);
    }
    if (sp_err_is_set(&run->err))
        return sp_session_fail(session, &run->err);
    sp_evidence_file_end(session);
    sp_session_end_trace(session);
    sp_tally_show(&run->tally);
    return sp_follow_up(session, "verify", SP_COMMAND_VERIFY, &run->input);
}

int sp_cmd_verify(struct sp_session *session)
{
    struct run run = {.session = session, .ledger_err = SP_ERR_INIT, .err = SP_ERR_INIT};
    struct sp_err err = SP_ERR_INIT;
    int exit_code = prepare(&run, &err) < 0 ? sp_session_fail(session, &err) : verify(&run);
    sp_sweep_free(&run.sweep);
    sp_input_fini(&run.input);
    return exit_code;
}
