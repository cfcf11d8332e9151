#include "cli/config_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "cli/config_credentials.h"
#include "cli/file.h"
#include "http/url.h"

char *sp_xdg_path(const char *variable, const char *fallback, const char *rest)
{
    const char *base = getenv(variable), *home = getenv("HOME");
    if (base && base[0] == '/')
        return sp_asprintf("%s/%s", base, rest);
    if (home && home[0] == '/')
        return sp_asprintf("%s/%s/%s", home, fallback, rest);
    return NULL;
}

void sp_config_file_fini(struct sp_config_file *config)
{
    SP_ARRAY_FOREACH (&config->providers, provider) {
        free(provider->name);
        free(provider->endpoint);
        sp_configured_fini(&provider->secrets);
    }
    sp_array_free(&config->providers);
    free(config->webhook);
    sp_configured_fini(&config->webhook_secret);
    free(config->path);
    config->path = NULL;
}

int sp_config_file_check_endpoints(const struct sp_config_file *config, struct sp_err *err)
{
    SP_ARRAY_FOREACH (&config->providers, provider) {
        char *ignored = NULL;
        int result = provider->endpoint ? sp_url_check_base(provider->endpoint, &ignored, err) : 0;
        free(ignored);
        if (result < 0)
            return sp_err_prefix(err, "%s: $.providers.%s.endpoint", config->path, provider->name);
    }
    return 0;
}

static bool is_provider_name(const char *name)
{
    return name[0] >= 'a' && name[0] <= 'z' && strlen(name) <= SP_LABEL_MAX &&
           name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

const sp_configured_secrets *sp_config_file_secrets(const struct sp_config_file *config,
                                                    const char *name)
{
    SP_ARRAY_FOREACH (&config->providers, provider) {
        if (name && strcmp(provider->name, name) == 0 && provider->secrets.n)
            return &provider->secrets;
    }
    return NULL;
}

/* True when a secret itself stands in the file. */
static bool read_provider(const struct sp_json_reader *reader, const char *name,
                          struct sp_config_file *config)
{
    static const char *const members[] = {"endpoint", "credentials", NULL};
    struct sp_config_provider *provider = sp_array_push(&config->providers);
    provider->name = sp_strdup(name);
    sp_json_only(reader, members);
    if (!is_provider_name(name))
        sp_json_fail(reader, "is no provider's name");
    struct sp_json_reader endpoint = sp_json_optional(reader, "endpoint");
    const char *url = sp_json_string(&endpoint, SP_PLUGIN_STRING_MAX);
    if (*url)
        provider->endpoint = sp_strdup(url);
    struct sp_json_reader credentials = sp_json_optional(reader, "credentials");
    return sp_config_credentials_read(&credentials, &provider->secrets);
}

/* True when a secret itself stands there. */
static bool read_watch(const struct sp_json_reader *watch, struct sp_config_file *config)
{
    static const char *const members[] = {"webhook", "secret", NULL};
    if (!sp_json_is_present(watch))
        return false;
    sp_json_only(watch, members);
    struct sp_json_reader webhook = sp_json_optional(watch, "webhook");
    struct sp_json_reader secret = sp_json_optional(watch, "secret");
    const char *url = sp_json_string(&webhook, SP_HTTP_URL_MAX);
    if (*url)
        config->webhook = sp_strdup(url);
    return sp_json_is_present(&secret) &&
           sp_config_secret_read(&secret, "webhook", &config->webhook_secret);
}

/* What is not valid may be cited by its words, which may be a secret: the place is enough. */
static json_t *parse(const struct sp_buf *text, const char *path, struct sp_err *err)
{
    json_t *json = sp_json_parse(sp_buf_str(text), text->len, path, err);
    char *cited = json ? NULL : strstr(err->message, " near ");
    if (cited)
        *cited = '\0';
    return json;
}

/* 1 when a secret stands in it, 0 when none does. */
static int read_json(json_t *json, struct sp_config_file *config, struct sp_err *err)
{
    bool has_value = false;
    static const char *const members[] = {"providers", "watch", NULL};
    struct sp_json_reader top = sp_json_reader_of(json, "$", err);
    const char *name;
    json_t *value;
    sp_json_only(&top, members);
    struct sp_json_reader providers = sp_json_optional(&top, "providers");
    if (sp_json_is_present(&providers) && !json_is_object(providers.value))
        sp_json_fail(&providers, "expected an object");
    if (json_object_size(providers.value) > SP_PLUGINS_MAX)
        sp_json_fail(&providers, "has more than %d members", SP_PLUGINS_MAX);
    if (sp_err_is_set(err))
        return -1;
    json_object_foreach (providers.value, name, value) {
        struct sp_json_reader reader = sp_json_member(&providers, name);
        has_value = read_provider(&reader, name, config) || has_value;
    }
    struct sp_json_reader watch = sp_json_optional(&top, "watch");
    has_value = read_watch(&watch, config) || has_value;
    return sp_err_is_set(err) ? -1 : has_value;
}

/* Others could send our credentials elsewhere by writing an endpoint into it. */
static int check_mode(int fd, const char *path, struct sp_err *err)
{
    struct stat info;
    if (fstat(fd, &info) < 0)
        return sp_err_set(err, SP_ERR_USAGE, "config", "cannot read %s: %s", path, strerror(errno));
    bool is_ours = info.st_uid == geteuid() || info.st_uid == 0;
    if (S_ISREG(info.st_mode) && (!is_ours || info.st_mode & (S_IWGRP | S_IWOTH))) {
        sp_err_set(err, SP_ERR_USAGE, "config", "the configuration %s can be written by others",
                   path);
        return sp_err_fix(err, "own it and run: chmod 600 %s", path);
    }
    return 0;
}

static int check_private(int fd, const char *path, struct sp_err *err)
{
    struct stat info;
    if (fstat(fd, &info) == 0 && (!S_ISREG(info.st_mode) || !(info.st_mode & (S_IRGRP | S_IROTH))))
        return 0;
    sp_err_set(err, SP_ERR_USAGE, "config",
               "the configuration %s holds a secret and can be read by others", path);
    return sp_err_fix(err, "run: chmod 600 %s", path);
}

static int read_path(const char *path, bool is_optional, struct sp_config_file *config,
                     struct sp_err *err)
{
    struct sp_buf text = SP_BUF_INIT(SP_FILE_MAX);
    json_t *json = NULL;
    int result = -1;
    text.is_secret = true;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && is_optional && (errno == ENOENT || errno == ENOTDIR)) {
        result = 0;
        goto done;
    }
    if (fd < 0) {
        sp_err_set(err, SP_ERR_USAGE, "config", "cannot read %s: %s", path, strerror(errno));
        sp_err_fix(err, "check the path, or leave --config out");
        goto done;
    }
    if (check_mode(fd, path, err) < 0 || sp_file_read_fd(fd, path, &text, err) < 0)
        goto done;
    json = parse(&text, path, err);
    if (!json)
        goto done;
    config->path = sp_strdup(path);
    result = read_json(json, config, err);
    if (result < 0)
        sp_err_prefix(err, "%s", path);
    else if (result > 0)
        result = check_private(fd, path, err);
done:
    if (result < 0 && !*err->fix)
        sp_err_fix(err, "mend it; for what it may hold see `signpost schema config`");
    if (fd >= 0)
        close(fd);
    json_decref(json);
    sp_buf_fini(&text);
    return result;
}

int sp_config_file_read(const char *path, struct sp_config_file *ret_config, struct sp_err *err)
{
    *ret_config = (struct sp_config_file){0};
    char *own = path ? NULL : sp_xdg_path("XDG_CONFIG_HOME", ".config", "signpost/config.json");
    int result = 0;
    if (path || own)
        result = read_path(path ? path : own, !path, ret_config, err);
    free(own);
    return result;
}
