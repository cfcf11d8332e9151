#include "broker/credentials.h"

#include "base/limits.h"
#include "base/text.h"

struct value {
    const struct sp_secret_field *field;
    struct sp_secret *secret;
    char *source; /* the variable it came from */
};

struct sp_credentials {
    const struct sp_auth *auth; /* the way chosen; NULL when none is needed */
    SP_ARRAY(struct value) values;
};

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
    clear_values(credentials);
    free(credentials);
}

/* The secret in VARIABLE or in the file that VARIABLE_FILE names: 1; 0 when neither is set. */
static int load_variable(const char *variable, char *(*get_env)(const char *name),
                         struct value *ret_value, struct sp_err *err)
{
    const char *text = get_env(variable);
    char *file_variable = sp_asprintf("%s_FILE", variable);
    const char *path = get_env(file_variable);
    int ret = 0;
    if (text && *text) {
        *ret_value = (struct value){.secret = sp_secret_new(text, strlen(text)),
                                    .source = sp_strdup(variable)};
        ret = 1;
    } else if (path && *path) {
        struct sp_secret *secret = sp_secret_read_file(path, err);
        ret = secret ? 1 : sp_err_prefix(err, "%s", file_variable);
        *ret_value = (struct value){.secret = secret, .source = secret ? file_variable : NULL};
        if (secret)
            file_variable = NULL;
    }
    free(file_variable);
    return ret;
}

/* A line end in a secret would end the header it is put into. */
static int check_secret(const struct value *value, struct sp_err *err)
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
    return sp_err_fix(err, "set %s to the %s alone", value->source, value->field->label);
}

static int load_field(const struct sp_secret_field *field, char *(*get_env)(const char *name),
                      struct sp_credentials *credentials, struct sp_err *err)
{
    for (size_t i = 0; i < field->env.n; i++) {
        struct value value = {.secret = NULL};
        int got = load_variable(field->env.items[i], get_env, &value, err);
        if (got < 0)
            return -1;
        if (got) {
            value.field = field;
            *sp_array_push(&credentials->values) = value;
            return check_secret(&value, err) < 0 ? -1 : 1;
        }
    }
    return 0;
}

/* 1 when every secret of AUTH is set, 0 when one is not. */
static int load_way(const struct sp_auth *auth, char *(*get_env)(const char *name),
                    struct sp_credentials *credentials, struct sp_err *err)
{
    for (size_t i = 0; i < auth->secrets.n; i++) {
        int got = load_field(&auth->secrets.items[i], get_env, credentials, err);
        if (got <= 0) {
            clear_values(credentials);
            return got;
        }
    }
    credentials->auth = auth;
    return 1;
}

/* "A (or B, C, or A_FILE naming a file)" for each secret, joined by "and", ways by "or". */
static void name_ways(const struct sp_description *description, struct sp_buf *out)
{
    for (size_t w = 0; w < description->auths.n; w++) {
        const struct sp_auth *auth = &description->auths.items[w];
        sp_buf_puts(out, w ? ", or " : "");
        for (size_t s = 0; s < auth->secrets.n; s++) {
            const sp_strings *env = &auth->secrets.items[s].env;
            sp_buf_puts(out, s ? " and " : "");
            for (size_t i = 0; i < env->n; i++)
                sp_buf_printf(out, "%s%s", i == 0 ? "" : i == 1 ? " (or " : ", ", env->items[i]);
            if (env->n)
                sp_buf_printf(out, "%s%s_FILE naming a file)", env->n > 1 ? ", or " : " (or ",
                              env->items[0]);
        }
    }
}

static void report_missing(const struct sp_description *description, struct sp_err *err)
{
    struct sp_buf ways = SP_BUF_INIT(SP_TEXT_MAX * 4);
    const char *help = description->auths.items[0].help;
    name_ways(description, &ways);
    sp_err_set(err, SP_ERR_CREDENTIALS, "credentials-missing", "no credential for %s: set %.700s",
               description->label, sp_buf_str(&ways));
    sp_err_fix(err, "set %.200s%s%.300s", sp_buf_str(&ways), *help ? ". " : "", help);
    sp_buf_fini(&ways);
}

struct sp_credentials *sp_credentials_load(const struct sp_description *description,
                                           char *(*get_env)(const char *name), struct sp_err *err)
{
    struct sp_credentials *credentials = sp_new(struct sp_credentials);
    int got = description->auths.n == 0;
    for (size_t i = 0; i < description->auths.n && got == 0; i++)
        got = load_way(&description->auths.items[i], get_env, credentials, err);
    if (got > 0)
        return credentials;
    if (got == 0)
        report_missing(description, err);
    sp_credentials_free(credentials);
    return NULL;
}

void sp_credentials_scrub_environment(const struct sp_description *description)
{
    for (size_t w = 0; w < description->auths.n; w++) {
        const struct sp_auth *auth = &description->auths.items[w];
        for (size_t s = 0; s < auth->secrets.n; s++) {
            const sp_strings *env = &auth->secrets.items[s].env;
            for (size_t i = 0; i < env->n; i++) {
                char *file_variable = sp_asprintf("%s_FILE", env->items[i]);
                unsetenv(env->items[i]);
                unsetenv(file_variable);
                free(file_variable);
            }
        }
    }
}

const char *sp_credentials_source(const struct sp_credentials *credentials)
{
    return credentials->values.n ? credentials->values.items[0].source : "";
}

/* ---- applying ----------------------------------------------------------------------------------
 */

bool sp_credentials_own_header(const struct sp_credentials *credentials, const char *name)
{
    const struct sp_auth *auth = credentials->auth;
    if (!auth)
        return false;
    if (auth->scheme == SP_AUTH_BEARER)
        return sp_ascii_equal(name, "Authorization");
    for (size_t i = 0; i < auth->headers.n; i++)
        if (sp_ascii_equal(name, auth->headers.items[i].name))
            return true;
    return false;
}

static void put_secret(const struct sp_credentials *credentials, struct sp_span name,
                       struct sp_buf *out)
{
    for (size_t i = 0; i < credentials->values.n; i++) {
        const struct value *value = &credentials->values.items[i];
        if (sp_span_is(name, value->field->name))
            sp_buf_append(out, sp_secret_peek(value->secret), sp_secret_len(value->secret));
    }
}

/* TEMPLATE with every {name} replaced by that secret; the description's check knows the names. */
static void expand(const struct sp_credentials *credentials, const char *template,
                   struct sp_buf *out)
{
    struct sp_cursor cursor = sp_cursor_of(template, strlen(template));
    while (!sp_cursor_is_end(&cursor)) {
        struct sp_span text = sp_cursor_until(&cursor, "{");
        sp_buf_append(out, text.bytes, text.len);
        if (sp_cursor_is_end(&cursor))
            break;
        sp_cursor_skip(&cursor, 1);
        put_secret(credentials, sp_cursor_until(&cursor, "}"), out);
        if (!sp_cursor_is_end(&cursor))
            sp_cursor_skip(&cursor, 1);
    }
}

void sp_credentials_apply(const struct sp_credentials *credentials, sp_http_headers *headers)
{
    const struct sp_auth *auth = credentials->auth;
    struct sp_buf text = SP_BUF_INIT((size_t)SP_SECRET_MAX * SP_PLUGIN_LIST_MAX);
    text.is_secret = true;
    if (auth && auth->scheme == SP_AUTH_BEARER) {
        const struct sp_secret *secret = credentials->values.items[0].secret;
        sp_buf_puts(&text, "Bearer ");
        sp_buf_append(&text, sp_secret_peek(secret), sp_secret_len(secret));
        sp_http_headers_add(headers, "Authorization", sp_buf_str(&text));
    } else if (auth) {
        for (size_t i = 0; i < auth->headers.n; i++) {
            sp_buf_clear(&text);
            expand(credentials, auth->headers.items[i].value, &text);
            sp_http_headers_add(headers, auth->headers.items[i].name, sp_buf_str(&text));
        }
    }
    sp_buf_fini(&text);
}

size_t sp_credentials_redact(const struct sp_credentials *credentials, struct sp_buf *text)
{
    size_t n = 0;
    for (size_t i = 0; i < credentials->values.n; i++)
        n += sp_secret_redact(credentials->values.items[i].secret, text);
    return n;
}
