/*
 * The gate: may this plugin send this request now? Pure, no I/O; raw requests go in, refusals or
 * the operation that allows them come out.
 */
#ifndef SP_BROKER_GATE_H
#define SP_BROKER_GATE_H

#include "plugin/wire.h"

struct sp_gate {
    const struct sp_description *description;
    uint32_t function; /* the SIGNPOST_IN_... bit of the call under way */
    bool is_dry_run;
    bool (*owns_header)(const void *arg, const char *name); /* headers of the auth scheme */
    const void *owns_header_arg;
};

/*
 * The operation that allows RAW_REQUEST: origin index known; method and path match a template; the
 * function is one the operation is declared for; a mutating one only outside a dry run; no empty,
 * "." or ".." segment and no separator inside one; header names are tokens, values without CR, LF,
 * NUL; none of Host, Authorization, Cookie, Proxy-*, Content-Length, Transfer-Encoding, Connection,
 * Expect, TE, Trailer, Upgrade, nor one the auth scheme writes; sizes within base/limits.h.
 * NULL and ERR (plugin, "request-refused") with one precise sentence otherwise.
 */
const struct sp_operation *sp_gate_check(const struct sp_gate *gate,
                                         const struct sp_wire_request *raw_request,
                                         struct sp_err *err);

/* True when OPERATION is declared to change something, or its method says so by itself. */
bool sp_operation_mutates(const struct sp_operation *operation);
/* True when sending it twice is the same as once. */
bool sp_operation_is_repeatable(const struct sp_operation *operation);
/* What a plugin does in a function, for messages: "finding zones". */
const char *sp_function_task(uint32_t function);

#endif
