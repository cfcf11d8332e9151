#include "cli/provider_report.h"

#include "base/limits.h"
#include "broker/credentials.h"
#include "broker/endpoint.h"
#include "cli/suggest.h"
#include "cli/terminal.h"
#include "cli/wrap.h"

/* The variable that holds the secret, or NAME_FILE, or where in the configuration it is; owned,
 * NULL when nothing gives it. */
static char *find_giver(const struct sp_plugin *plugin, const struct sp_secret_field *secret)
{
    SP_ARRAY_FOREACH (&secret->env, name) {
        const char *value = getenv(*name);
        if (value && *value)
            return sp_strdup(*name);
        char *file = sp_asprintf("%s_FILE", *name);
        value = getenv(file);
        if (value && *value)
            return file;
        free(file);
    }
    const struct sp_configured *configured = sp_configured_find(plugin->configured, secret->name);
    return configured ? sp_configured_source(configured) : NULL;
}

static bool is_auth_set(const struct sp_plugin *plugin, const struct sp_auth *auth)
{
    SP_ARRAY_FOREACH (&auth->secrets, secret) {
        char *variable = find_giver(plugin, secret);
        free(variable);
        if (!variable && !secret->is_optional)
            return false;
    }
    return true;
}

static bool has_auth_set(const struct sp_plugin *plugin)
{
    SP_ARRAY_FOREACH (&plugin->description.auths, auth) {
        if (is_auth_set(plugin, auth))
            return true;
    }
    return false;
}

/* Where the credential that publishing would use comes from: "" if none is needed; owned. NULL and
 * ERR when there is none that could be used. */
static char *find_source(const struct sp_plugin *plugin, struct sp_err *err)
{
    struct sp_credentials *credentials =
        sp_credentials_load(&plugin->description, plugin->configured, getenv, err);
    char *source = credentials ? sp_strdup(sp_credentials_source(credentials)) : NULL;
    sp_credentials_free(credentials);
    return source;
}

static const char *file_of(const struct sp_plugin *plugin)
{
    const char *slash = strrchr(plugin->path, '/');
    return slash ? slash + 1 : plugin->path;
}

bool sp_provider_report_is_named(const struct sp_plugin *plugin, const char *name)
{
    if (!name)
        return true;
    if (plugin->description.name)
        return strcmp(plugin->description.name, name) == 0;
    const char *file = file_of(plugin);
    size_t len = strlen(name);
    return strncmp(file, name, len) == 0 && strcmp(file + len, ".so") == 0;
}

void sp_provider_report_suggest(const struct sp_catalog *catalog, const char *name,
                                struct sp_err *err)
{
    SP_ARRAY(const char *) candidates = {0};
    char *lower = sp_strndup(name, strnlen(name, SP_SUGGEST_MAX + 1));
    for (char *c = lower; *c; c++)
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
    SP_ARRAY_FOREACH (&catalog->plugins, plugin) {
        if ((*plugin)->description.name)
            *sp_array_push(&candidates) = (*plugin)->description.name;
    }
    *sp_array_push(&candidates) = NULL;
    const char *closest = sp_suggest(lower, candidates.items);
    if (closest)
        sp_err_fix(err, "did you mean %s?", closest);
    sp_array_free(&candidates);
    free(lower);
}

/* ---- JSON --------------------------------------------------------------------------------------
 */

static json_t *auths_to_json(const struct sp_plugin *plugin)
{
    json_t *list = json_array();
    SP_ARRAY_FOREACH (&plugin->description.auths, auth) {
        json_t *json = json_object(), *secrets = json_array();
        SP_ARRAY_FOREACH (&auth->secrets, secret) {
            char *variable = find_giver(plugin, secret);
            json_t *item = json_object();
            json_object_set_new(item, "name", sp_json_text(secret->name, strlen(secret->name)));
            json_object_set_new(item, "label", sp_json_text(secret->label, strlen(secret->label)));
            json_object_set_new(item, "variables", sp_strings_to_json(&secret->env));
            json_object_set_new(item, "set_by", sp_json_text_or_null(variable));
            json_object_set_new(item, "is_optional", json_boolean(secret->is_optional));
            json_array_append_new(secrets, item);
            free(variable);
        }
        json_object_set_new(json, "secrets", secrets);
        json_object_set_new(json, "is_set", json_boolean(is_auth_set(plugin, auth)));
        json_object_set_new(json, "help", sp_json_text_or_null(auth->help ? auth->help : ""));
        json_array_append_new(list, json);
    }
    return list;
}

static json_t *error_to_json(const struct sp_plugin *plugin)
{
    if (plugin->is_usable)
        return json_null();
    json_t *json = json_object();
    json_object_set_new(json, "code", sp_json_text_or_null(plugin->err.code));
    json_object_set_new(json, "message", sp_json_text_or_null(plugin->err.message));
    json_object_set_new(json, "fix", sp_json_text_or_null(plugin->err.fix));
    return json;
}

json_t *sp_provider_report_json(const struct sp_plugin *plugin, const char *endpoint)
{
    const struct sp_description *description = &plugin->description;
    bool is_described = description->name != NULL;
    char *url = sp_endpoint_of(description, endpoint);
    struct sp_err ignored = SP_ERR_INIT;
    char *source = is_described ? find_source(plugin, &ignored) : NULL;
    json_t *json = json_object();
    json_object_set_new(json, "name", sp_json_text_or_null(description->name));
    json_object_set_new(json, "label", sp_json_text_or_null(description->label));
    json_object_set_new(json, "version", sp_json_text_or_null(description->version));
    json_object_set_new(json, "path", sp_json_text_or_null(plugin->path));
    json_object_set_new(json, "is_installed", json_boolean(plugin->is_installed));
    json_object_set_new(json, "is_usable", json_boolean(plugin->is_usable));
    json_object_set_new(json, "has_api",
                        is_described ? json_boolean(description->has_functions) : json_null());
    json_object_set_new(json, "host_style",
                        sp_json_text_or_null(is_described
                                                 ? sp_host_style_name(description->convention.host)
                                                 : NULL));
    json_object_set_new(json, "name_servers", sp_strings_to_json(&description->name_servers));
    json_object_set_new(json, "endpoint", sp_json_text_or_null(url));
    json_object_set_new(json, "credentials", auths_to_json(plugin));
    json_object_set_new(json, "has_credentials", json_boolean(source != NULL));
    json_object_set_new(json, "source", sp_json_text_or_null(source && *source ? source : NULL));
    json_object_set_new(json, "sandbox", sp_strings_to_json(&plugin->sandbox));
    json_object_set_new(json, "error", error_to_json(plugin));
    free(source);
    free(url);
    return json;
}

/* ---- text --------------------------------------------------------------------------------------
 */

#define FIELD_COLUMN       20 /* where what a label is about begins */
#define CREDENTIALS_COLUMN 46 /* in the list, where a variable and a word have room there */
#define CREDENTIALS_LEAST  32

static void put_field(struct sp_buf *out, const char *label, const char *text, unsigned width)
{
    struct sp_buf safe = SP_BUF_INIT(SP_FRAME_META_MAX);
    if (!text || !*text)
        return;
    sp_put_foreign(&safe, text);
    sp_buf_printf(out, "    %-14s  ", label);
    sp_wrap_from(out, sp_buf_str(&safe), FIELD_COLUMN, width);
    sp_buf_putc(out, '\n');
    sp_buf_fini(&safe);
}

static void put_strings(struct sp_buf *out, const char *label, const sp_strings *strings,
                        unsigned width)
{
    struct sp_buf joined = SP_BUF_INIT(SP_FRAME_META_MAX);
    SP_ARRAY_FOREACH (strings, text) {
        sp_buf_printf(&joined, "%s%s", joined.len ? ", " : "", *text);
    }
    put_field(out, label, sp_buf_str(&joined), width);
    sp_buf_fini(&joined);
}

/* "PDNS_API_KEY (set)"; what is optional only where it is set. */
static void put_auth(struct sp_buf *out, const struct sp_plugin *plugin, const struct sp_auth *auth)
{
    bool is_first = true;
    SP_ARRAY_FOREACH (&auth->secrets, secret) {
        char *variable = find_giver(plugin, secret);
        if (variable || !secret->is_optional) {
            sp_buf_puts(out, is_first ? "" : " + ");
            sp_put_foreign(out, variable        ? variable
                                : secret->env.n ? secret->env.items[0]
                                                : secret->name);
            sp_buf_puts(out, variable ? " (set)" : " (not set)");
            is_first = false;
        }
        free(variable);
    }
}

/* The ways to authenticate, joined by "or"; in front of them what is used and is no variable. */
static void put_ways(struct sp_buf *out, const struct sp_plugin *plugin, const char *source)
{
    const struct sp_description *description = &plugin->description;
    bool is_elsewhere = source && *source && !has_auth_set(plugin);
    if (!description->auths.n)
        sp_buf_puts(out, "no credentials needed");
    if (is_elsewhere) {
        sp_put_foreign(out, source);
        sp_buf_puts(out, " (set)");
    }
    SP_ARRAY_FOREACH (&description->auths, auth) {
        if (is_elsewhere || auth != description->auths.items)
            sp_buf_puts(out, " or ");
        put_auth(out, plugin, auth);
    }
}

static bool has_credentials_column(unsigned width)
{
    return width == 0 || width >= CREDENTIALS_COLUMN + CREDENTIALS_LEAST;
}

static void put_name(struct sp_buf *out, const char *name, const char *label, unsigned width)
{
    if (has_credentials_column(width))
        sp_buf_printf(out, "%-12s  %-30s  ", name, label);
    else
        sp_buf_printf(out, "%-12s  %s", name, label);
}

void sp_provider_report_head(struct sp_buf *out, unsigned width)
{
    put_name(out, "Name", "Provider", width);
    sp_buf_puts(out, has_credentials_column(width) ? "Credentials\n" : "\n");
}

/* Behind the name and the label, or below them where there is no room. */
static void put_credentials(struct sp_buf *out, const struct sp_plugin *plugin, unsigned width)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_buf ways = SP_BUF_INIT(SP_FRAME_META_MAX);
    char *source = find_source(plugin, &err);
    bool has_room = has_credentials_column(width);
    put_ways(&ways, plugin, source);
    if (!has_room)
        sp_buf_puts(out, "\n    ");
    sp_wrap_from(out, sp_buf_str(&ways), has_room ? CREDENTIALS_COLUMN : 4, width);
    sp_buf_putc(out, '\n');
    if (!source && strcmp(err.code, "credentials-missing") != 0)
        put_field(out, "problem", err.message, width);
    sp_buf_fini(&ways);
    free(source);
}

/* The host of an example record as this provider wants it written. */
static const char *example_of(enum sp_host_style style)
{
    switch (style) {
    case SP_HOST_FQDN:
        return "sk48601.example.com";
    case SP_HOST_FQDN_DOT:
        return "sk48601.example.com.";
    case SP_HOST_RELATIVE:
        return "sk48601";
    }
    return "";
}

static void put_details(struct sp_buf *out, const struct sp_plugin *plugin, const char *endpoint,
                        unsigned width)
{
    const struct sp_description *description = &plugin->description;
    char *url = sp_endpoint_of(description, endpoint);
    put_field(out, "host written", example_of(description->convention.host), width);
    put_strings(out, "recognised by", &description->name_servers, width);
    put_field(out, "endpoint", url, width);
    SP_ARRAY_FOREACH (&description->auths, auth) {
        put_field(out, "credentials", auth->help, width);
    }
    put_field(out, "documentation", description->url, width);
    put_field(out, "version", description->version, width);
    put_field(out, "file", plugin->path, width);
    put_strings(out, "sandbox", &plugin->sandbox, width);
    free(url);
}

void sp_provider_report_text(struct sp_buf *out, const struct sp_plugin *plugin,
                             const char *endpoint, bool is_detailed, unsigned width)
{
    const struct sp_description *description = &plugin->description;
    struct sp_buf name = SP_BUF_INIT(SP_TEXT_MAX), label = SP_BUF_INIT(SP_TEXT_MAX);
    sp_put_foreign(&name, description->name ? description->name : file_of(plugin));
    sp_put_foreign(&label, description->label ? description->label : "");
    if (plugin->is_usable) {
        put_name(out, sp_buf_str(&name), sp_buf_str(&label), width);
        put_credentials(out, plugin, width);
        if (is_detailed)
            put_details(out, plugin, endpoint, width);
    } else {
        sp_buf_printf(out, "%-12s  cannot be used\n", sp_buf_str(&name));
        put_field(out, "error", plugin->err.message, width);
        put_field(out, "fix", plugin->err.fix, width);
        put_field(out, "file", plugin->path, width);
    }
    sp_buf_fini(&name);
    sp_buf_fini(&label);
}
