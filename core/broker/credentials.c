#include "broker/credentials.h"

#include "base/limits.h"
#include "base/text.h"
#include "broker/aws_source.h"
#include "broker/credentials_kept.h"
#include "broker/endpoint.h"

/* ---- loading -----------------------------------------------------------------------------------
 */

static void clear_values(struct sp_credentials *credentials)
{
    SP_ARRAY_FOREACH (&credentials->values, value) {
        sp_secret_free(value->secret);
        free(value->source);
    }
    sp_array_free(&credentials->values);
}

void sp_credentials_free(struct sp_credentials *credentials)
{
    if (!credentials)
        return;
    sp_command_cancel(&credentials->process);
    clear_values(credentials);
    if (credentials->command)
        explicit_bzero(credentials->command, strlen(credentials->command));
    free(credentials->command);
    free(credentials->command_source);
    free(credentials->region);
    free(credentials);
}

/* The secret in VARIABLE or in the file that VARIABLE_FILE names: 1; 0 when neither is set. */
static int load_variable(const char *variable, char *(*get_env)(const char *name),
                         struct sp_credential *ret_value, struct sp_err *err)
{
    const char *text = get_env(variable);
    char *file_variable = sp_asprintf("%s_FILE", variable);
    const char *path = get_env(file_variable);
    int ret = 0;
    if (text && *text) {
        *ret_value = (struct sp_credential){.secret = sp_secret_new(text, strlen(text)),
                                            .source = sp_strdup(variable)};
        ret = 1;
    } else if (path && *path) {
        struct sp_secret *secret = sp_secret_read_file(path, err);
        ret = secret ? 1 : sp_err_prefix(err, "%s", file_variable);
        *ret_value =
            (struct sp_credential){.secret = secret, .source = secret ? file_variable : NULL};
        if (secret)
            file_variable = NULL;
    }
    free(file_variable);
    return ret;
}

/* A line end in a secret would end the header it is put into. */
static int check_secret(const struct sp_credential *value, const char *label, struct sp_err *err)
{
    const char *text = sp_secret_peek(value->secret);
    size_t len = sp_secret_len(value->secret);
    bool is_bad = len == 0 || len > SP_SECRET_MAX;
    for (size_t i = 0; i < len && !is_bad; i++)
        is_bad = (uint8_t)text[i] < 0x20 || text[i] == 0x7f;
    if (!is_bad)
        return 0;
    sp_err_set(err, SP_ERR_CREDENTIALS, "credentials-unusable",
               "the value of %s is too long, or holds a line end or another control character",
               value->source);
    if (sp_ascii_starts(value->source, "config:"))
        return sp_err_fix(err, "see that it gives the %s alone", label);
    return sp_err_fix(err, "set %s to the %s alone", value->source, label);
}

static int load_field(const struct sp_secret_field *field, char *(*get_env)(const char *name),
                      struct sp_credentials *credentials, struct sp_err *err)
{
    for (size_t i = 0; i < field->env.n; i++) {
        struct sp_credential value = {.secret = NULL};
        int got = load_variable(field->env.items[i], get_env, &value, err);
        if (got < 0)
            return -1;
        if (got) {
            value.name = field->name;
            *sp_array_push(&credentials->values) = value;
            return check_secret(&value, field->label, err) < 0 ? -1 : 1;
        }
    }
    return 0;
}

/* The same from the configuration; a command is not run here. */
static int load_configured(const struct sp_secret_field *field,
                           const sp_configured_secrets *configured,
                           struct sp_credentials *credentials, struct sp_err *err)
{
    const struct sp_configured *given = sp_configured_find(configured, field->name);
    if (!given)
        return 0;
    struct sp_credential *value = sp_array_push(&credentials->values);
    *value = (struct sp_credential){.name = field->name, .source = sp_configured_source(given)};
    if (given->command.n) {
        value->command = &given->command;
        return 1;
    }
    value->secret = given->file
                        ? sp_secret_read_file(given->file, err)
                        : sp_secret_new(sp_secret_peek(given->value), sp_secret_len(given->value));
    if (!value->secret)
        return sp_err_prefix(err, "config");
    return check_secret(value, field->label, err) < 0 ? -1 : 1;
}

/* 1 when every secret of AUTH that is needed is set, 0 when one is not. */
static int load_secrets(const struct sp_auth *auth, const sp_configured_secrets *configured,
                        char *(*get_env)(const char *name), struct sp_credentials *credentials,
                        struct sp_err *err)
{
    for (size_t i = 0; i < auth->secrets.n; i++) {
        int got = load_field(&auth->secrets.items[i], get_env, credentials, err);
        if (got == 0)
            got = load_configured(&auth->secrets.items[i], configured, credentials, err);
        if (got < 0 || (got == 0 && !auth->secrets.items[i].is_optional)) {
            clear_values(credentials);
            return got;
        }
    }
    return 1;
}

/* ---- the profile of the AWS tools ---------------------------------------------------------------
 */

static bool may_use_profile(const struct sp_auth *auth)
{
    if (auth->scheme != SP_AUTH_AWS_SIGV4)
        return false;
    SP_ARRAY_FOREACH (&auth->secrets.items[0].env, variable) {
        if (strcmp(*variable, "AWS_ACCESS_KEY_ID") == 0)
            return true;
    }
    return false;
}

/* Half a pair of keys was meant to be used: a profile in its place would be another identity. */
static int refuse_half(const struct sp_auth *auth, char *(*get_env)(const char *name),
                       struct sp_err *err)
{
    for (size_t i = 0; i < 2; i++) {
        const struct sp_secret_field *field = &auth->secrets.items[i];
        const struct sp_secret_field *other = &auth->secrets.items[1 - i];
        struct sp_credentials found = {.auth = NULL};
        int got = load_field(field, get_env, &found, err);
        if (got > 0) {
            sp_err_set(err, SP_ERR_CREDENTIALS, "credentials-missing", "%s is set, but not %s",
                       found.values.items[0].source, other->env.items[0]);
            sp_err_fix(err, "set both, or neither to use a profile (AWS_PROFILE)");
        }
        clear_values(&found);
        if (got)
            return -1;
    }
    return 0;
}

static int take_key(struct sp_credentials *credentials, const char *name, struct sp_secret **secret,
                    const char *source, struct sp_err *err)
{
    if (!*secret)
        return 0;
    struct sp_credential *value = sp_array_push(&credentials->values);
    *value = (struct sp_credential){name, *secret, sp_strdup(source), NULL};
    *secret = NULL;
    return check_secret(value, name, err);
}

static int take_keys(struct sp_credentials *credentials, struct sp_aws_keys *keys,
                     const char *source, struct sp_err *err)
{
    clear_values(credentials);
    credentials->expires_s = keys->expires_s;
    if (take_key(credentials, SP_AWS_ACCESS_KEY_ID, &keys->access_key_id, source, err) < 0 ||
        take_key(credentials, SP_AWS_SECRET_ACCESS_KEY, &keys->secret_access_key, source, err) < 0)
        return -1;
    return take_key(credentials, SP_AWS_SESSION_TOKEN, &keys->session_token, source, err);
}

static int load_profile(const struct sp_auth *auth, char *(*get_env)(const char *name),
                        struct sp_credentials *credentials, struct sp_err *err)
{
    struct sp_aws_source source;
    if (refuse_half(auth, get_env, err) < 0)
        return -1;
    int got = sp_aws_source_find(get_env, &source, err);
    if (got > 0 && source.command) {
        credentials->command = source.command;
        credentials->command_source = source.shown;
        source.command = source.shown = NULL;
    } else if (got > 0 && take_keys(credentials, &source.keys, source.shown, err) < 0) {
        got = -1;
    }
    sp_aws_source_fini(&source);
    return got;
}

/* ---- choosing a way ----------------------------------------------------------------------------
 */

static int load_way(const struct sp_auth *auth, const sp_configured_secrets *configured,
                    char *(*get_env)(const char *name), struct sp_credentials *credentials,
                    struct sp_err *err)
{
    int got = load_secrets(auth, configured, get_env, credentials, err);
    if (got == 0 && !configured && may_use_profile(auth))
        got = load_profile(auth, get_env, credentials, err);
    if (got > 0)
        credentials->auth = auth;
    return got;
}

static int load_region(const struct sp_description *description, char *(*get_env)(const char *name),
                       struct sp_credentials *credentials, struct sp_err *err)
{
    static const char word[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    if (!credentials->auth || credentials->auth->scheme != SP_AUTH_AWS_SIGV4)
        return 0;
    char *prefix = sp_variable_prefix(description->name);
    char *variable = sp_asprintf("SIGNPOST_%sREGION", prefix);
    const char *region = get_env(variable);
    bool is_set = region && *region;
    bool is_bad = is_set && (region[strspn(region, word)] || strlen(region) > SP_LABEL_MAX);
    if (is_bad) {
        sp_err_set(err, SP_ERR_USAGE, "bad-region", "%s is \"%s\", which is no region", variable,
                   SP_EXCERPT(region));
        sp_err_fix(err, "set it to a name such as us-east-1, or unset it");
    } else if (is_set) {
        credentials->region = sp_strdup(region);
    }
    free(prefix);
    free(variable);
    return is_bad ? -1 : 0;
}

/* "A (or B, C)" for a secret; for a fix "A (or A_FILE naming a file)". */
static void name_secret(const sp_strings *env, bool is_fix, struct sp_buf *out)
{
    sp_buf_puts(out, env->items[0]);
    if (is_fix)
        sp_buf_printf(out, " (or %s_FILE naming a file)", env->items[0]);
    for (size_t i = 1; i < env->n && !is_fix; i++)
        sp_buf_printf(out, "%s%s", i == 1 ? " (or " : ", ", env->items[i]);
    sp_buf_puts(out, env->n > 1 && !is_fix ? ")" : "");
}

/* What a way to authenticate cannot do without. */
static void name_way(const struct sp_auth *auth, bool is_fix, struct sp_buf *out)
{
    bool is_first = true;
    SP_ARRAY_FOREACH (&auth->secrets, secret) {
        if (secret->is_optional || !secret->env.n)
            continue;
        sp_buf_puts(out, is_first ? "" : " and ");
        name_secret(&secret->env, is_fix, out);
        is_first = false;
    }
    if (may_use_profile(auth))
        sp_buf_puts(out, is_fix ? ", or AWS_PROFILE to a profile of the AWS tools"
                                : ", or a profile of the AWS tools");
}

/* The first way, which is the one that is advised. */
static void advise_first(const struct sp_description *description, struct sp_buf *out)
{
    const char *help = description->auths.items[0].help;
    struct sp_buf way = SP_BUF_INIT(SP_TEXT_MAX);
    name_way(&description->auths.items[0], true, &way);
    sp_buf_printf(out, "set %.240s%s%.250s", sp_buf_str(&way), *help ? ". " : "", help);
    sp_buf_fini(&way);
}

/* The message has every way, the fix the first of them. */
static void report_missing(const struct sp_description *description, struct sp_err *err)
{
    struct sp_buf ways = SP_BUF_INIT(SP_TEXT_MAX), advice = SP_BUF_INIT(SP_TEXT_MAX);
    SP_ARRAY_FOREACH (&description->auths, auth) {
        sp_buf_puts(&ways, auth == description->auths.items ? "" : ", or ");
        name_way(auth, false, &ways);
    }
    advise_first(description, &advice);
    sp_err_set(err, SP_ERR_CREDENTIALS, "credentials-missing",
               "no credential for %s is set: it takes %.700s", description->label,
               sp_buf_str(&ways));
    sp_err_fix(err, "%s", sp_buf_str(&advice));
    sp_buf_fini(&ways);
    sp_buf_fini(&advice);
}

bool sp_credentials_advise(const struct sp_credentials *credentials,
                           const struct sp_description *description, struct sp_buf *out)
{
    if (!credentials->auth || credentials->auth == description->auths.items)
        return false;
    advise_first(description, out);
    return true;
}

/* A misspelt name would be a secret that is never used. */
static int check_names(const struct sp_description *description,
                       const sp_configured_secrets *configured, struct sp_err *err)
{
    for (size_t i = 0; configured && i < configured->n; i++) {
        struct sp_buf names = SP_BUF_INIT(SP_TEXT_MAX);
        const char *name = configured->items[i].name;
        bool is_known = false;
        SP_ARRAY_FOREACH (&description->auths, auth) {
            SP_ARRAY_FOREACH (&auth->secrets, secret) {
                is_known = is_known || strcmp(secret->name, name) == 0;
                sp_buf_printf(&names, "%s%s", names.len ? ", " : "", secret->name);
            }
        }
        if (!is_known) {
            sp_err_set(err, SP_ERR_USAGE, "config",
                       "the configuration gives %s a credential \"%s\", which it does not take",
                       description->name, SP_EXCERPT(name));
            sp_err_fix(err, "name one of: %.300s", names.len ? sp_buf_str(&names) : "(none)");
        }
        sp_buf_fini(&names);
        if (!is_known)
            return -1;
    }
    return 0;
}

struct sp_credentials *sp_credentials_load(const struct sp_description *description,
                                           const sp_configured_secrets *configured,
                                           char *(*get_env)(const char *name), struct sp_err *err)
{
    struct sp_credentials *credentials = sp_new(struct sp_credentials);
    int got = check_names(description, configured, err);
    if (got == 0)
        got = description->auths.n == 0;
    for (size_t i = 0; i < description->auths.n && got == 0; i++)
        got = load_way(&description->auths.items[i], NULL, get_env, credentials, err);
    for (size_t i = 0; i < description->auths.n && got == 0 && configured; i++)
        got = load_way(&description->auths.items[i], configured, get_env, credentials, err);
    if (got > 0 && load_region(description, get_env, credentials, err) == 0)
        return credentials;
    if (got == 0)
        report_missing(description, err);
    sp_credentials_free(credentials);
    return NULL;
}

const char *sp_credentials_source(const struct sp_credentials *credentials)
{
    if (credentials->command)
        return credentials->command_source;
    return credentials->values.n ? credentials->values.items[0].source : "";
}

/* ---- renewing ----------------------------------------------------------------------------------
 */

/* The next one whose command has not been run. */
static struct sp_credential *next_value(const struct sp_credentials *credentials)
{
    SP_ARRAY_FOREACH (&credentials->values, value) {
        if (!value->secret)
            return value;
    }
    return NULL;
}

bool sp_credentials_need_renewal(const struct sp_credentials *credentials, int64_t now_s)
{
    if (next_value(credentials))
        return true;
    if (!credentials->command)
        return false;
    return credentials->values.n == 0 ||
           (credentials->expires_s && credentials->expires_s - SP_AWS_RENEW_S <= now_s);
}

static int read_keys(void *arg, const char *text, size_t len, struct sp_err *err)
{
    struct sp_credentials *credentials = arg;
    return sp_aws_keys_read(text, len, &credentials->answer, err);
}

static int take_answer(struct sp_credentials *credentials, struct sp_err *err)
{
    int64_t expires_s = credentials->answer.expires_s;
    if (take_keys(credentials, &credentials->answer, credentials->command_source, err) < 0) {
        clear_values(credentials);
        return -1;
    }
    if (!expires_s || expires_s > sp_wall_s())
        return 0;
    sp_err_set(err, SP_ERR_CREDENTIALS, "credential-process",
               "%s handed out keys whose Expiration is over", credentials->command_source);
    return sp_err_fix(err, "log in again with the tool that makes them, and check the clock");
}

static void on_keys(void *arg, const struct sp_err *err)
{
    struct sp_credentials *credentials = arg;
    struct sp_err told = *err;
    credentials->process = NULL;
    if (!sp_err_is_set(&told))
        (void)take_answer(credentials, &told);
    sp_aws_keys_fini(&credentials->answer);
    credentials->on_renewed(credentials->renewed_arg, &told);
}

/* The first line, as of a password store that keeps more in an entry. */
static int read_value(void *arg, const char *text, size_t len, struct sp_err *err)
{
    struct sp_credentials *credentials = arg;
    struct sp_credential *value = credentials->awaited;
    const char *end = memchr(text, '\n', len);
    size_t line_len = end ? (size_t)(end - text) : len;
    if (line_len && text[line_len - 1] == '\r')
        line_len--;
    if (!line_len)
        return sp_err_set(err, SP_ERR_CREDENTIALS, "credential-process", "its first line is empty");
    value->secret = sp_secret_new(text, line_len);
    if (check_secret(value, "secret", err) == 0)
        return 0;
    sp_secret_free(value->secret);
    value->secret = NULL;
    return -1;
}

static void start_value(struct sp_credentials *credentials, struct sp_credential *value);

static void on_value(void *arg, const struct sp_err *err)
{
    struct sp_credentials *credentials = arg;
    struct sp_credential *next = next_value(credentials);
    credentials->process = NULL;
    if (!sp_err_is_set(err) && next)
        start_value(credentials, next);
    else
        credentials->on_renewed(credentials->renewed_arg, err);
}

static void start_value(struct sp_credentials *credentials, struct sp_credential *value)
{
    credentials->awaited = value;
    char *subject = sp_asprintf("the configuration's command for %s", value->name);
    credentials->process = sp_command_start(credentials->loop, value->command, subject, read_value,
                                            on_value, credentials);
    free(subject);
}

void sp_credentials_renew(struct sp_credentials *credentials, struct sp_loop *loop,
                          sp_renewed_fn fn, void *arg)
{
    credentials->on_renewed = fn;
    credentials->renewed_arg = arg;
    struct sp_credential *value = next_value(credentials);
    credentials->loop = loop;
    if (value)
        start_value(credentials, value);
    else
        credentials->process =
            sp_command_start_line(loop, credentials->command, credentials->command_source,
                                  read_keys, on_keys, credentials);
}
