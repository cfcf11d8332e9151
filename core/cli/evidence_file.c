#include "cli/evidence_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"

static int refuse(const char *path, const char *cause, struct sp_err *err)
{
    sp_err_set(err, SP_ERR_USAGE, "evidence", "--evidence: cannot write %s: %s", path, cause);
    return sp_err_fix(err, "name a new file, or one that --evidence has written before");
}

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? sp_strndup(path, slash == path ? 1 : (size_t)(slash - path)) : sp_strdup(".");
}

static int check_present(const char *path, struct sp_err *err)
{
    char start[64];
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return refuse(path, errno == ELOOP ? "it is a symbolic link" : strerror(errno), err);
    bool is_file = fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
    ssize_t len = is_file ? read(fd, start, sizeof(start)) : -1;
    close(fd);
    if (len < 0)
        return refuse(path, "it is no ordinary file", err);
    return len == 0 || sp_evidence_is_start(start, (size_t)len)
               ? 0
               : refuse(path, "another file is there, which is no evidence", err);
}

int sp_evidence_file_check(const char *path, struct sp_err *err)
{
    struct stat status;
    if (strcmp(path, "-") == 0) {
        sp_err_set(err, SP_ERR_USAGE, "evidence",
                   "--evidence cannot go to standard output, where the results go");
        return sp_err_fix(err, "name a file, such as evidence.json");
    }
    char *folder = folder_of(path);
    int result = access(folder, W_OK) < 0    ? refuse(path, strerror(errno), err)
                 : lstat(path, &status) == 0 ? check_present(path, err)
                                             : 0;
    free(folder);
    return result;
}

static int fail(const char *path, const char *cause, struct sp_err *err)
{
    return sp_err_set(err, SP_ERR_INTERNAL, "evidence", "the evidence is not written to %s: %s",
                      path, cause);
}

static int write_whole(int fd, const char *bytes, size_t len)
{
    while (len) {
        ssize_t done = write(fd, bytes, len);
        if (done < 0 && errno != EINTR)
            return -1;
        if (done > 0) {
            bytes += done;
            len -= (size_t)done;
        }
    }
    return fsync(fd);
}

static int replace(const char *path, const char *text, size_t len, struct sp_err *err)
{
    char *draft = sp_asprintf("%s.XXXXXX", path);
    int result = 0, fd = mkostemp(draft, O_CLOEXEC); /* mode 0600 */
    if (fd < 0) {
        result = fail(path, strerror(errno), err);
    } else if (write_whole(fd, text, len) < 0 || rename(draft, path) < 0) {
        result = fail(path, strerror(errno), err);
        unlink(draft);
    }
    if (fd >= 0)
        close(fd);
    free(draft);
    return result;
}

int sp_evidence_file_check_size(size_t n, struct sp_err *err)
{
    if (n <= SP_EVIDENCE_DOMAINS_MAX)
        return 0;
    sp_err_set(err, SP_ERR_USAGE, "evidence",
               "--evidence: one file holds at most %d domains, not %zu", SP_EVIDENCE_DOMAINS_MAX,
               n);
    return sp_err_fix(err, "run it for fewer domains at a time, or leave --evidence out");
}

static int write_evidence(const char *path, const struct sp_evidence *evidence, struct sp_err *err)
{
    if (evidence->book->is_full) {
        fail(path, "there is too much of it", err);
        return sp_err_fix(err, "run it for fewer domains at a time");
    }
    json_t *json = sp_evidence_to_json(evidence);
    char *text = json_dumps(json, JSON_INDENT(1));
    size_t len = strlen(text);
    int result = len > SP_EVIDENCE_MAX ? fail(path, "there is too much of it", err)
                                       : replace(path, text, len, err);
    free(text);
    json_decref(json);
    return result;
}

void sp_evidence_file_end(struct sp_session *session)
{
    const char *path = session->options->evidence;
    struct sp_err err = SP_ERR_INIT;
    if (!session->evidence)
        return;
    if (!session->evidence->cases.n) {
        sp_output_note(&session->output, "no verdict was reached, so that %s is not written", path);
    } else if (write_evidence(path, session->evidence, &err) < 0) {
        int *exit_code = &session->output.totals.exit_code;
        sp_output_error(&session->output, NULL, &err);
        *exit_code = sp_exit_code_worst(*exit_code, sp_exit_code_of(&err));
    }
}
