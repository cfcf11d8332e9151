#include "broker/aws_source.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "broker/aws_profile.h"

/* One of the two files, and the profile in it. */
struct file {
    char *path;    /* NULL without a home directory */
    char *shown;   /* with ~ for it */
    bool is_named; /* by a variable */
    struct sp_aws_profile profile;
};

void sp_aws_source_fini(struct sp_aws_source *source)
{
    sp_aws_keys_fini(&source->keys);
    if (source->command)
        explicit_bzero(source->command, strlen(source->command));
    free(source->command);
    free(source->shown);
    *source = (struct sp_aws_source){.command = NULL};
}

static const char *value_of(char *(*get_env)(const char *name), const char *name)
{
    const char *value = get_env(name);
    return value && *value ? value : NULL;
}

/* ---- files -------------------------------------------------------------------------------------
 */

static struct file file_of(char *(*get_env)(const char *name), const char *variable,
                           const char *below_home)
{
    const char *home = value_of(get_env, "HOME"), *named = value_of(get_env, variable);
    struct file file = {.is_named = named != NULL};
    if (named && (strncmp(named, "~/", 2) != 0 || !home))
        file.path = sp_strdup(named);
    else if (home)
        file.path = sp_asprintf("%s/%s", home, named ? named + 2 : below_home);
    if (!file.path)
        return file;
    size_t len = home ? strlen(home) : 0;
    bool is_below = len && strncmp(file.path, home, len) == 0 && file.path[len] == '/';
    char *text = is_below ? sp_asprintf("~%s", file.path + len) : sp_strdup(file.path);
    file.shown = sp_escaped(text);
    free(text);
    return file;
}

static void file_fini(struct file *file)
{
    sp_aws_profile_fini(&file->profile);
    free(file->path);
    free(file->shown);
}

static int fail_to_read(const struct file *file, const char *why, struct sp_err *err)
{
    return sp_err_set(err, SP_ERR_USAGE, "aws-profile", "cannot read %.300s: %s", file->shown, why);
}

/* The bytes behind FD, a regular file alone: a device or a pipe would hold us up. */
static int read_bytes(const struct file *file, int fd, struct sp_buf *ret, struct sp_err *err)
{
    struct stat info;
    if (fstat(fd, &info) < 0)
        return fail_to_read(file, strerror(errno), err);
    if (!S_ISREG(info.st_mode))
        return fail_to_read(file, "it is no regular file", err);
    for (;;) {
        char chunk[4096];
        ssize_t got = read(fd, chunk, sizeof(chunk));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail_to_read(file, strerror(errno), err);
        sp_buf_append(ret, chunk, (size_t)got);
        explicit_bzero(chunk, sizeof(chunk));
        if (!sp_buf_is_ok(ret))
            return fail_to_read(file, "it is too large", err);
        if (got == 0)
            return 0;
    }
}

/* A file that is not there has no profile. */
static int read_profile(struct file *file, const char *name, bool is_config, struct sp_err *err)
{
    struct sp_buf text = SP_BUF_INIT(SP_AWS_FILE_MAX);
    if (!file->path)
        return 0;
    int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && !file->is_named && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    if (fd < 0)
        return fail_to_read(file, strerror(errno), err);
    text.is_secret = true;
    int ret = read_bytes(file, fd, &text, err);
    if (ret == 0) {
        ret =
            sp_aws_profile_read(sp_buf_str(&text), text.len, name, is_config, &file->profile, err);
        if (ret < 0)
            sp_err_prefix(err, "%.300s", file->shown);
    }
    close(fd);
    sp_buf_fini(&text);
    return ret;
}

/* ---- choosing ----------------------------------------------------------------------------------
 */

static int choose(const char *name, bool is_asked, struct file *file, const char *what,
                  struct sp_aws_source *ret)
{
    char *shown = sp_escaped(name);
    ret->shown = sp_asprintf("%s%s %s in %s", what, is_asked ? "AWS_PROFILE" : "the profile", shown,
                             file->shown);
    free(shown);
    return 1;
}

/* Keys of FILE's profile: 1, 0 without, -1 when half of them is missing. */
static int take_keys(const char *name, bool is_asked, struct file *file, struct sp_aws_source *ret,
                     struct sp_err *err)
{
    struct sp_aws_keys *keys = &file->profile.keys;
    if (!keys->access_key_id && !keys->secret_access_key)
        return 0;
    if (!keys->access_key_id || !keys->secret_access_key) {
        sp_err_set(err, SP_ERR_CREDENTIALS, "aws-profile",
                   "%.300s, line %u: the profile %s has %s, but not %s", file->shown,
                   file->profile.line, SP_EXCERPT(name),
                   keys->access_key_id ? "aws_access_key_id" : "aws_secret_access_key",
                   keys->access_key_id ? "aws_secret_access_key" : "aws_access_key_id");
        return sp_err_fix(err, "add the other one");
    }
    ret->keys = *keys;
    *keys = (struct sp_aws_keys){.expires_s = 0};
    return choose(name, is_asked, file, "", ret);
}

static int take_command(const char *name, bool is_asked, struct file *file,
                        struct sp_aws_source *ret)
{
    if (!file->profile.command)
        return 0;
    ret->command = file->profile.command;
    file->profile.command = NULL;
    return choose(name, is_asked, file, "credential_process of ", ret);
}

static int explain_nothing(const char *name, bool is_asked, const struct file *credentials,
                           const struct file *config, struct sp_err *err)
{
    const struct file *file = config->profile.line ? config : credentials;
    const char *unused = file->profile.unused;
    if (!file->profile.line && !is_asked)
        return 0;
    if (!file->profile.line) {
        sp_err_set(err, SP_ERR_CREDENTIALS, "aws-profile",
                   "the profile %s, which AWS_PROFILE names, is neither in %.200s nor in %.200s",
                   SP_EXCERPT(name), credentials->shown ? credentials->shown : "~/.aws/credentials",
                   config->shown ? config->shown : "~/.aws/config");
        return sp_err_fix(err, "set AWS_PROFILE to a profile that is there, or set "
                               "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
    }
    if (!unused && !is_asked)
        return 0; /* a profile of settings alone, such as a region */
    sp_err_set(err, SP_ERR_CREDENTIALS, "aws-profile",
               "%.300s, line %u: the profile %s has no keys and no credential_process%s%s%s",
               file->shown, file->profile.line, SP_EXCERPT(name), unused ? "; " : "",
               unused ? unused : "", unused ? " is not read here" : "");
    return sp_err_fix(err,
                      "export them: aws configure export-credentials --profile %s --format env",
                      SP_EXCERPT(name));
}

int sp_aws_source_find(char *(*get_env)(const char *name), struct sp_aws_source *ret,
                       struct sp_err *err)
{
    const char *asked = value_of(get_env, "AWS_PROFILE"), *name = asked ? asked : "default";
    struct file credentials = file_of(get_env, "AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials");
    struct file config = file_of(get_env, "AWS_CONFIG_FILE", ".aws/config");
    int got = -1;
    *ret = (struct sp_aws_source){.command = NULL};
    if (read_profile(&credentials, name, false, err) == 0 &&
        read_profile(&config, name, true, err) == 0)
        got = take_keys(name, asked, &credentials, ret, err);
    if (got == 0)
        got = take_command(name, asked, &credentials, ret);
    if (got == 0)
        got = take_command(name, asked, &config, ret);
    if (got == 0)
        got = take_keys(name, asked, &config, ret, err);
    if (got == 0)
        got = explain_nothing(name, asked, &credentials, &config, err);
    file_fini(&credentials);
    file_fini(&config);
    return got;
}
