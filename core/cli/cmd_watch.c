#include <signal.h>
#include <time.h>

#include "base/limits.h"
#include "cli/command.h"
#include "cli/webhook_config.h"
#include "http/url.h"
#include "watch/patrol.h"

struct run {
    struct sp_session *session;
    struct sp_webhook_config webhook_config;
    struct sp_webhook webhook;
    struct sp_service service;
    struct sp_patrol *patrol; /* NULL before it has started */
    bool is_broken;           /* nobody can read what is written */
    bool is_outdated;         /* the configuration is to be read again */
    bool is_reading;          /* that is being done, on the loop */
};

/* ---- what is printed ----------------------------------------------------------------------------
 */

/* Every line as it comes: whoever reads them waits for them. */
static void put(struct run *run, const struct sp_buf *line)
{
    sp_output_puts(&run->session->output, line);
    if (run->is_broken || sp_output_flush() == 0)
        return;
    run->is_broken = true;
    sp_loop_stop(run->session->loop);
}

static void put_json(struct run *run, const struct sp_result *result)
{
    struct sp_buf line = SP_BUF_INIT(SP_OUTPUT_MAX);
    json_t *json = sp_report_domain(result);
    char *text = json_dumps(json, JSON_COMPACT);
    sp_buf_puts(&line, text);
    sp_buf_putc(&line, '\n');
    put(run, &line);
    free(text);
    json_decref(json);
    sp_buf_fini(&line);
}

/* "2026-11-25T13:32:00Z example.com: Connected, was Pending validation: all 3 records are live" */
static void put_line(struct run *run, const struct sp_result *result, const char *how)
{
    struct sp_buf line = SP_BUF_INIT(SP_OUTPUT_MAX);
    time_t now_s = (time_t)sp_wall_s();
    struct tm tm;
    char at[32];
    strftime(at, sizeof(at), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now_s, &tm));
    sp_buf_printf(&line, "%s %s: %s%s: ", at, SP_NAME_STR(&result->domain),
                  sp_status_badge(result->status), how);
    sp_put_foreign(&line, result->message);
    sp_buf_putc(&line, '\n');
    put(run, &line);
    sp_buf_fini(&line);
}

static bool is_text(const struct run *run)
{
    return run->session->options->output == SP_FORMAT_TEXT;
}

static void on_change(void *arg, const struct sp_result *result, enum sp_status from)
{
    struct run *run = arg;
    char how[64] = "";
    if (!is_text(run)) {
        put_json(run, result);
        return;
    }
    if (from != SP_STATUS_NONE)
        snprintf(how, sizeof(how), ", was %s", sp_status_badge(from));
    put_line(run, result, how);
}

static void on_look(void *arg, const struct sp_result *result, bool has_counted)
{
    struct run *run = arg;
    if (!run->session->options->is_verbose || !is_text(run))
        return;
    put_line(run, result, has_counted ? ", as seen" : ", to be confirmed");
}

static void on_trouble(void *arg, const struct sp_err *err)
{
    struct run *run = arg;
    sp_output_error(&run->session->output, NULL, err);
}

/* ---- from the beginning to the end --------------------------------------------------------------
 */

static void on_interrupt(void *arg)
{
    struct run *run = arg;
    sp_service_say(&run->service, "STOPPING=1");
    sp_loop_stop(run->session->loop);
}

/* CONFIG is taken over. */
static void take_webhook(struct run *run, const struct sp_webhook_config *config)
{
    struct sp_session *session = run->session;
    sp_webhook_config_fini(&run->webhook_config);
    run->webhook_config = *config;
    if (config->url && !session->http)
        session->http = sp_http_new(session->loop);
    run->webhook =
        (struct sp_webhook){.http = session->http, .url = config->url, .key = config->key};
}

static int open_webhook(struct run *run, struct sp_err *err)
{
    struct sp_webhook_config config;
    int status = sp_webhook_config_read(run->session, &config, err);
    take_webhook(run, &config);
    return status;
}

static int refuse_none(struct sp_err *err)
{
    sp_err_set(err, SP_ERR_USAGE, "ledger", "there is nothing to watch without a ledger");
    return sp_err_fix(err, "leave --ledger none out, or name a file");
}

static int start(struct run *run, struct sp_err *err)
{
    struct sp_session *session = run->session;
    const char *ledger = session->options->ledger;
    if (ledger && strcmp(ledger, "none") == 0)
        return refuse_none(err);
    if (open_webhook(run, err) < 0 || sp_session_open_ledger(session, err) < 0 ||
        sp_session_open_dns(session, err) < 0)
        return -1;
    const struct sp_patrol_config config = {
        .look = {.loop = session->loop,
                 .client = session->client,
                 .ledger = session->ledger,
                 .until = (enum sp_until)session->options->until},
        .webhook = run->webhook.url ? &run->webhook : NULL,
        .service = &run->service,
        .on_change = on_change,
        .on_look = on_look,
        .on_trouble = on_trouble,
        .arg = run,
    };
    run->patrol = sp_patrol_start(&config, err);
    return run->patrol ? 0 : -1;
}

static void say_hello(struct run *run, const char *why)
{
    char *origin = run->webhook.url ? sp_url_origin(run->webhook.url) : sp_strdup("");
    size_t n = sp_patrol_count(run->patrol);
    sp_output_note(&run->session->output, "%swatching %zu domain%s%s%s", why, n, n == 1 ? "" : "s",
                   *origin ? ", and telling " : "", origin);
    free(origin);
}

/* ---- the configuration, read again --------------------------------------------------------------
 */

/* Until it is known to be good, what was read before goes on. */
static int read_again(struct run *run, struct sp_err *err)
{
    struct sp_session *session = run->session;
    struct sp_config_file former = session->config;
    struct sp_webhook_config config = {0};
    int status = sp_config_file_read(session->options->config, &session->config, err);
    if (status == 0)
        status = sp_webhook_config_read(session, &config, err);
    if (status == 0)
        status = sp_patrol_set_webhook(run->patrol, config.url ? &run->webhook : NULL, err);
    if (status == 0) {
        sp_config_file_fini(&former);
        take_webhook(run, &config);
        return 0;
    }
    sp_config_file_fini(&session->config);
    session->config = former;
    sp_webhook_config_fini(&config);
    return -1;
}

static bool has_ended(const struct run *run)
{
    return run->is_broken || sp_loop_is_interrupted(run->session->loop);
}

/* Domains are looked at meanwhile: a secret may take its time. */
static void refresh(struct run *run)
{
    struct sp_err err = SP_ERR_INIT;
    run->is_outdated = false;
    run->is_reading = true;
    sp_service_say(&run->service, "RELOADING=1");
    int status = read_again(run, &err);
    run->is_reading = false;
    if (has_ended(run))
        return;
    sp_service_say(&run->service, "READY=1");
    if (status == 0) {
        say_hello(run, "the configuration was read again: ");
        return;
    }
    sp_output_error(&run->session->output, NULL, &err);
    sp_output_note(&run->session->output, "going on with the configuration as it was");
}

static void on_hangup(void *arg)
{
    struct run *run = arg;
    run->is_outdated = true;
    if (run->patrol && !run->is_reading)
        sp_loop_stop(run->session->loop);
}

/* On a terminal SIGHUP says that the terminal is gone, and ends the process as it always did. */
static void watch_hangup(struct run *run)
{
    const struct sp_terminal *terminal = &run->session->terminal;
    if (!terminal->width && !terminal->error_width)
        sp_loop_watch_hangup(run->session->loop, on_hangup, run);
}

/* Asked to end before it had begun: as much an end as any other, where nothing was interrupted. */
static int fail(const struct run *run, const struct sp_err *err)
{
    bool is_ended =
        err->kind == SP_ERR_CANCELLED && sp_loop_interrupted_by(run->session->loop) == SIGTERM;
    return is_ended ? 0 : sp_session_fail(run->session, err);
}

static int exit_code(const struct run *run)
{
    if (run->is_broken)
        return 1;
    return sp_loop_interrupted_by(run->session->loop) == SIGINT ? 130 : 0;
}

int sp_cmd_watch(struct sp_session *session)
{
    struct run run = {.session = session};
    struct sp_err err = SP_ERR_INIT;
    int code;
    sp_service_init(&run.service);
    sp_loop_watch_interrupt(session->loop, on_interrupt, &run);
    watch_hangup(&run);
    if (start(&run, &err) < 0) {
        code = fail(&run, &err);
    } else {
        say_hello(&run, "");
        while (!has_ended(&run)) {
            if (run.is_outdated)
                refresh(&run);
            else
                sp_loop_run(session->loop);
        }
        code = exit_code(&run);
    }
    sp_patrol_free(run.patrol);
    sp_webhook_config_fini(&run.webhook_config);
    sp_service_fini(&run.service);
    return code;
}
