#include "cli/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int sp_file_read_fd(int fd, const char *what, struct sp_buf *text, struct sp_err *err)
{
    char chunk[16384];
    for (;;) {
        ssize_t got = read(fd, chunk, sizeof(chunk));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            sp_err_set(err, SP_ERR_USAGE, "file", "cannot read %s: %s", what, strerror(errno));
            return sp_err_fix(err, "name a file with text in it");
        }
        if (got == 0)
            return 0;
        sp_buf_append(text, chunk, (size_t)got);
        if (!sp_buf_is_ok(text))
            return sp_err_set(err, SP_ERR_USAGE, "file", "%s is larger than the %zu bytes allowed",
                              what, text->max_bytes);
    }
}

int sp_file_read(const char *path, struct sp_buf *text, struct sp_err *err)
{
    if (strcmp(path, "-") == 0)
        return sp_file_read_fd(STDIN_FILENO, "standard input", text, err);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        sp_err_set(err, SP_ERR_USAGE, "file", "cannot read %s: %s", path, strerror(errno));
        return sp_err_fix(err, errno == EACCES ? "make it readable, or name another file"
                                               : "check the path, or give - for standard input");
    }
    int result = sp_file_read_fd(fd, path, text, err);
    close(fd);
    return result;
}
