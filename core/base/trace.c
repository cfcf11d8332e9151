#include "base/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"

static const char first_member[] = "{\"at_ms\":";

struct sp_trace {
    int fd;
    char *path;
    int failure; /* the errno of the first line that could not be written */
};

static int refuse(const char *path, const char *cause, struct sp_err *err)
{
    sp_err_set(err, SP_ERR_USAGE, "trace", "--trace: cannot write %s: %s", path, cause);
    return sp_err_fix(err, "name a new file, or one that --trace has written before, or - for "
                           "standard error");
}

/* Empty, or a trace. */
static bool is_replaceable(int fd)
{
    char start[sizeof(first_member) - 1];
    struct stat status;
    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
        return false;
    return status.st_size == 0 || (read(fd, start, sizeof(start)) == sizeof(start) &&
                                   memcmp(start, first_member, sizeof(start)) == 0);
}

static int open_file(const char *path, struct sp_err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (fd < 0)
        return refuse(path, errno == ELOOP ? "it is a symbolic link" : strerror(errno), err);
    if (is_replaceable(fd) && ftruncate(fd, 0) == 0 && fchmod(fd, 0600) == 0)
        return fd;
    close(fd);
    return refuse(path, "another file is there, which is no trace", err);
}

struct sp_trace *sp_trace_open(const char *path, struct sp_err *err)
{
    int fd = strcmp(path, "-") == 0 ? dup(STDERR_FILENO) : open_file(path, err);
    if (fd < 0)
        return NULL;
    struct sp_trace *trace = sp_new(struct sp_trace);
    trace->fd = fd;
    trace->path = sp_strdup(path);
    return trace;
}

void sp_trace_put(struct sp_trace *trace, const char *kind, json_t *line)
{
    json_t *whole = json_object();
    json_object_set_new(whole, "at_ms", json_integer((json_int_t)sp_wall_ms()));
    json_object_set_new(whole, "kind", json_string(kind));
    json_object_update(whole, line);
    char *text = json_dumps(whole, JSON_COMPACT);
    size_t len = strlen(text);
    text[len++] = '\n'; /* in place of the NUL: each line is one write */
    ssize_t done;
    do
        done = write(trace->fd, text, len);
    while (done < 0 && errno == EINTR);
    if (done != (ssize_t)len && !trace->failure)
        trace->failure = done < 0 ? errno : ENOSPC;
    free(text);
    json_decref(whole);
    json_decref(line);
}

int sp_trace_close(struct sp_trace *trace, struct sp_err *err)
{
    if (!trace)
        return 0;
    int failure = trace->failure;
    if (failure)
        sp_err_set(err, SP_ERR_INTERNAL, "trace", "the trace in %s is not whole: %s", trace->path,
                   strerror(failure));
    close(trace->fd);
    free(trace->path);
    free(trace);
    return failure ? -1 : 0;
}
