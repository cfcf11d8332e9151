#include "cli/session.h"

#include <errno.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "base/trace.h"
#include "broker/endpoint.h"
#include "cli/evidence_file.h"
#include "config.h"
#include "http/url.h"

/* The folder of the running program. Owned. */
static char *program_dir(void)
{
    char path[4096];
    ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);
    if (len <= 0)
        return sp_strdup(".");
    path[len] = '\0';
    char *slash = strrchr(path, '/');
    return slash ? sp_strndup(path, (size_t)(slash - path)) : sp_strdup(".");
}

/* In a build tree the worker lies beside the program; installed, both folders are relative to it,
 * so that an installation can be moved as a whole. */
static void find_parts(struct sp_session *session)
{
    char *dir = program_dir();
    session->worker_path = sp_asprintf("%s/signpost-worker", dir);
    if (access(session->worker_path, X_OK) == 0) {
        session->plugin_dir = sp_asprintf("%s/plugins", dir);
    } else {
        free(session->worker_path);
        session->worker_path = sp_asprintf("%s/%s/signpost-worker", dir, SP_LIBEXEC_FROM_BIN);
        session->plugin_dir = sp_asprintf("%s/%s", dir, SP_PLUGINS_FROM_BIN);
    }
    free(dir);
}

/* The configuration's endpoints stand in for variables that are not set, or empty: one place
 * decides which counts. */
static void export_endpoints(const struct sp_config_file *config)
{
    SP_ARRAY_FOREACH (&config->providers, provider) {
        char *variable = sp_endpoint_variable(provider->name);
        const char *value = getenv(variable);
        if (provider->endpoint && (!value || !*value))
            setenv(variable, provider->endpoint, 1);
        free(variable);
    }
}

int sp_session_init(struct sp_session *ret_session, const struct sp_options *options,
                    struct sp_err *err)
{
    char *url = NULL;
    *ret_session = (struct sp_session){.options = options};
    sp_terminal_init(&ret_session->terminal, options->has_no_color);
    sp_progress_init(&ret_session->progress, &ret_session->terminal, !options->is_quiet);
    sp_output_init(&ret_session->output, options, &ret_session->terminal, &ret_session->progress);
    find_parts(ret_session);
    ret_session->loop = sp_loop_new();
    if (options->endpoint && sp_url_check_base(options->endpoint, &url, err) < 0)
        return sp_err_prefix(err, "--endpoint");
    free(url);
    if (sp_config_file_read(options->config, &ret_session->config, err) < 0)
        return -1;
    export_endpoints(&ret_session->config);
    return 0;
}

void sp_session_fini(struct sp_session *session)
{
    sp_delegations_free(session->delegations);
    sp_dns_client_free(session->client);
    sp_evidence_free(session->evidence);
    sp_http_free(session->http);
    if (session->has_catalog)
        sp_catalog_fini(&session->catalog);
    sp_ledger_close(session->ledger);
    sp_session_end_trace(session);
    sp_loop_free(session->loop);
    sp_progress_fini(&session->progress);
    sp_output_fini(&session->output);
    sp_config_file_fini(&session->config);
    free(session->worker_path);
    free(session->plugin_dir);
    for (size_t i = 0; i < SP_ARRAY_LEN(session->resolver_urls); i++)
        free(session->resolver_urls[i]);
}

/* Owned; NULL where there is none to take. */
static char *ledger_path(const struct sp_session *session)
{
    const char *given = session->options->ledger;
    return given ? sp_strdup(given)
                 : sp_xdg_path("XDG_STATE_HOME", ".local/state", "signpost/ledger.db");
}

static int open_ledger(struct sp_session *session, bool may_make, struct sp_err *err)
{
    if (session->ledger)
        return 0;
    char *path = ledger_path(session);
    if (!path) {
        sp_err_set(err, SP_ERR_USAGE, "ledger",
                   "there is no place for the ledger: HOME is not set");
        return sp_err_fix(err, "pass --ledger PATH, or --ledger none");
    }
    bool is_absent = access(path, F_OK) < 0 && (errno == ENOENT || errno == ENOTDIR);
    session->ledger = sp_ledger_open(is_absent && !may_make ? "none" : path, err);
    free(path);
    return session->ledger ? 0 : -1;
}

int sp_session_refuse_empty_ledger(const struct sp_session *session, struct sp_err *err)
{
    char *path = ledger_path(session);
    if (strcmp(path, "none") == 0) {
        sp_err_set(err, SP_ERR_USAGE, "ledger", "without a ledger no domain is known");
        sp_err_fix(err, "leave --ledger none out, or name the domains");
    } else {
        char *shown = sp_escaped(path);
        bool is_kept = sp_ledger_is_kept(session->ledger);
        sp_err_set(err, SP_ERR_USAGE, "ledger",
                   is_kept ? "the ledger at %.300s knows no domain"
                           : "there is no ledger at %.300s",
                   shown);
        sp_err_fix(err, "publish or verify a domain first, or name another ledger with --ledger; "
                        "it is looked for below XDG_STATE_HOME or HOME");
        free(shown);
    }
    free(path);
    return -1;
}

int sp_session_open_ledger(struct sp_session *session, struct sp_err *err)
{
    return open_ledger(session, !session->options->is_dry_run, err);
}

int sp_session_peek_ledger(struct sp_session *session, struct sp_err *err)
{
    return open_ledger(session, false, err);
}

static int read_resolver(const char *word, char **ret_url, struct sp_address *ret_address,
                         struct sp_err *err)
{
    bool is_url = strstr(word, "//") || sp_ascii_starts(word, "https:");
    int status = is_url ? sp_url_check_resolver(word, ret_url, err)
                        : sp_address_parse(ret_address, word, 53, err);
    if (status < 0 && !is_url && err->kind == SP_ERR_USAGE)
        (void)sp_err_fix(err, "write 192.0.2.1, 192.0.2.1:5300 or [2001:db8::1]:5300, or the URL "
                              "of a DNS-over-HTTPS resolver: https://HOST/dns-query");
    if (status < 0)
        return sp_err_prefix(err, "--resolver");
    if (is_url)
        *ret_address = (struct sp_address){.family = SP_ADDRESS_URL, .url = *ret_url};
    return 0;
}

static int read_resolvers(struct sp_session *session, struct sp_address *ret_addresses,
                          struct sp_err *err)
{
    const sp_words *words = &session->options->resolvers;
    if (words->n > SP_DNS_RESOLVERS_MAX)
        return sp_err_set(err, SP_ERR_USAGE, "bad-resolver", "more than %d resolvers were given",
                          SP_DNS_RESOLVERS_MAX);
    for (size_t i = 0; i < words->n; i++)
        if (read_resolver(words->items[i], &session->resolver_urls[i], &ret_addresses[i], err) < 0)
            return -1;
    return 0;
}

int sp_session_open_dns(struct sp_session *session, struct sp_err *err)
{
    struct sp_address resolvers[SP_DNS_RESOLVERS_MAX];
    const char *evidence = session->options->evidence;
    if (session->client)
        return 0;
    if (evidence && sp_evidence_file_check(evidence, err) < 0)
        return -1;
    if (read_resolvers(session, resolvers, err) < 0)
        return -1;
    bool has_url = false;
    for (size_t i = 0; i < session->options->resolvers.n; i++)
        has_url |= session->resolver_urls[i] != NULL;
    if (session->options->trace && !session->trace &&
        !(session->trace = sp_trace_open(session->options->trace, err)))
        return -1;
    sp_loop_set_trace(session->loop, session->trace);
    if (evidence)
        session->evidence = sp_evidence_new(SP_VERSION);
    struct sp_dns_config config = {
        .resolvers = resolvers,
        .n_resolvers = session->options->resolvers.n,
        .authoritative_port =
            session->options->dns_port ? (uint16_t)session->options->dns_port : 53,
        .https = has_url ? sp_transport_https_new(session->loop) : NULL,
        .book = session->evidence ? session->evidence->book : NULL,
    };
    session->client =
        sp_dns_client_new(session->loop, sp_transport_new(session->loop), &config, err);
    if (!session->client)
        return -1;
    session->delegations = sp_delegations_new(session->loop, session->client);
    return 0;
}

void sp_session_end_trace(struct sp_session *session)
{
    struct sp_err err = SP_ERR_INIT;
    int *exit_code = &session->output.totals.exit_code;
    if (!session->trace)
        return;
    sp_loop_set_trace(session->loop, NULL);
    if (sp_trace_close(session->trace, &err) < 0) {
        sp_output_error(&session->output, NULL, &err);
        *exit_code = sp_exit_code_worst(*exit_code, sp_exit_code_of(&err));
    }
    session->trace = NULL;
}

static void on_catalog(void *arg)
{
    struct sp_session *session = arg;
    sp_loop_stop(session->loop);
}

int sp_session_load_catalog(struct sp_session *session, struct sp_err *err)
{
    if (session->has_catalog)
        return 0;
    struct sp_catalog_config config = {
        .worker_path = session->worker_path,
        .installed_dir = session->plugin_dir,
        .extra_dirs = session->options->plugin_dirs.items,
        .n_extra_dirs = session->options->plugin_dirs.n,
    };
    if (sp_catalog_load(&session->catalog, session->loop, &config, on_catalog, session, err) < 0)
        return -1;
    session->has_catalog = true;
    sp_loop_run(session->loop);
    SP_ARRAY_FOREACH (&session->catalog.plugins, plugin) {
        (*plugin)->configured =
            sp_config_file_secrets(&session->config, (*plugin)->description.name);
    }
    return 0;
}

int sp_session_fail(struct sp_session *session, const struct sp_err *err)
{
    sp_output_error(&session->output, NULL, err);
    return sp_exit_code_of(err);
}
