/*
 * The next command to type, quoted for a POSIX shell, with the flags it needs to mean the same.
 */
#ifndef SP_CLI_NEXT_H
#define SP_CLI_NEXT_H

#include "base/buf.h"
#include "cli/options.h"
#include "names/name.h"

struct sp_next {
    const char *command;  /* "verify" */
    unsigned command_bit; /* only options it takes are repeated */
    const char *extra;    /* "--wait", or NULL */
    bool has_records;     /* repeat which records: the ledger does not know them */
    bool has_write;       /* repeat how to write */
    const struct sp_name *domains;
    size_t n_domains;
};

/* Appends "signpost verify example.com --wait --resolver 127.0.0.1:5300". Nothing when that command
 * could not be typed: the records came from standard input, or a value holds control characters. */
void sp_next_put(struct sp_buf *out, const struct sp_options *options, const struct sp_next *next);

#endif
