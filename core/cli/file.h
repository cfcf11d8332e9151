/*
 * Whole files, bounded.
 */
#ifndef SP_CLI_FILE_H
#define SP_CLI_FILE_H

#include "base/buf.h"
#include "base/err.h"

/* Appends everything that FD gives, up to TEXT's maximum. WHAT is for messages. ERR: usage:
 * unreadable, or too large. */
int sp_file_read_fd(int fd, const char *what, struct sp_buf *text, struct sp_err *err);
/* The same for a path; "-" is standard input. */
int sp_file_read(const char *path, struct sp_buf *text, struct sp_err *err);

#endif
