#include "cli/webhook_config.h"

#include "http/url.h"
#include "watch/signature.h"

#define VARIABLE "SIGNPOST_WEBHOOK_SECRET"

/* What a command hands out. */
struct asking {
    struct sp_loop *loop;
    struct sp_command *command; /* NULL: it has ended */
    struct sp_secret *secret;
    struct sp_err *err;
};

static int take_line(void *arg, const char *text, size_t len, struct sp_err *err)
{
    struct asking *asking = arg;
    size_t line_len = 0;
    while (line_len < len && text[line_len] != '\n' && text[line_len] != '\r')
        line_len++;
    if (line_len == 0)
        return sp_err_set(err, SP_ERR_CREDENTIALS, "webhook-secret", "its first line is empty");
    asking->secret = sp_secret_new(text, line_len);
    return 0;
}

static void on_end(void *arg, const struct sp_err *err)
{
    struct asking *asking = arg;
    asking->command = NULL;
    *asking->err = *err;
    sp_loop_stop(asking->loop);
}

static struct sp_secret *run_command(struct sp_loop *loop, const sp_command_words *words,
                                     struct sp_err *err)
{
    struct asking asking = {.loop = loop, .err = err};
    asking.command =
        sp_command_start(loop, words, "the configuration's command for the webhook's secret",
                         take_line, on_end, &asking);
    sp_loop_run(loop);
    sp_command_cancel(&asking.command);
    if (sp_loop_is_interrupted(loop)) { /* which may have ended the command too */
        sp_secret_free(asking.secret);
        asking.secret = NULL;
        sp_err_set(err, SP_ERR_CANCELLED, "interrupted", "interrupted; nothing is lost");
    }
    return asking.secret;
}

static struct sp_secret *read_configured(struct sp_loop *loop,
                                         const struct sp_configured *configured, struct sp_err *err)
{
    if (configured->command.n)
        return run_command(loop, &configured->command, err);
    if (configured->file)
        return sp_secret_read_file(configured->file, err);
    const char *text = sp_secret_peek(configured->value);
    return sp_secret_new(text, strlen(text));
}

static struct sp_secret *read_secret(struct sp_session *session, struct sp_err *err)
{
    const char *text = getenv(VARIABLE), *path = getenv(VARIABLE "_FILE");
    if (text && *text)
        return sp_secret_new(text, strlen(text));
    if (path && *path)
        return sp_secret_read_file(path, err);
    if (session->config.webhook_secret.n)
        return read_configured(session->loop, &session->config.webhook_secret.items[0], err);
    sp_err_set(err, SP_ERR_CREDENTIALS, "webhook-secret",
               "there is no secret to sign what the webhook is sent");
    sp_err_fix(err, "set " VARIABLE " or " VARIABLE "_FILE, or watch.secret in the configuration");
    return NULL;
}

int sp_webhook_config_read(struct sp_session *session, struct sp_webhook_config *ret_config,
                           struct sp_err *err)
{
    const char *flag = session->options->webhook;
    const char *given = flag ? flag : session->config.webhook;
    *ret_config = (struct sp_webhook_config){0};
    if (!given)
        return 0;
    if (sp_url_check_target(given, &ret_config->url, err) < 0)
        return flag ? sp_err_prefix(err, "--webhook")
                    : sp_err_prefix(err, "%s: $.watch.webhook", session->config.path);
    struct sp_secret *secret = read_secret(session, err);
    if (secret)
        ret_config->key = sp_signature_key(secret, err);
    sp_secret_free(secret);
    return ret_config->key ? 0 : -1;
}

void sp_webhook_config_fini(struct sp_webhook_config *config)
{
    free(config->url);
    sp_secret_free(config->key);
}
