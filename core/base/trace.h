/*
 * What goes over the wire in a run, as JSON lines in a file of its own (schemas/trace.schema.json).
 * A line is in the file before its message has been answered.
 */
#ifndef SP_BASE_TRACE_H
#define SP_BASE_TRACE_H

#include <jansson.h>

#include "base/err.h"

struct sp_trace;

/* A new file with mode 0600, in place of one that is a trace already; "-" is standard error. ERR:
 * usage, "trace". */
struct sp_trace *sp_trace_open(const char *path, struct sp_err *err);
/* Writes one line, with the time in front. KIND is what it tells of; LINE, an object without
 * secrets, is taken. */
void sp_trace_put(struct sp_trace *trace, const char *kind, json_t *line);
/* Closes it. -1 with ERR (internal, "trace") when a line could not be written. Accepts NULL. */
int sp_trace_close(struct sp_trace *trace, struct sp_err *err);

#endif
