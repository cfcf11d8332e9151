#include "broker/gate.h"

#include <stdarg.h>

#include "base/limits.h"
#include "base/text.h"

bool sp_operation_mutates(const struct sp_operation *operation)
{
    return (strcmp(operation->method, "GET") != 0 && strcmp(operation->method, "HEAD") != 0) ||
           (operation->flags & SIGNPOST_MUTATES);
}

bool sp_operation_is_repeatable(const struct sp_operation *operation)
{
    return !sp_operation_mutates(operation) || (operation->flags & SIGNPOST_REPEATABLE);
}

const char *sp_function_task(uint32_t function)
{
    switch (function) {
    case SIGNPOST_IN_FIND_ZONES:
        return "finding zones";
    case SIGNPOST_IN_LIST_RECORDS:
        return "listing records";
    case SIGNPOST_IN_APPLY_CHANGES:
        return "applying changes";
    default:
        return "asking for the sync status";
    }
}

static int refuse(const struct sp_gate *gate, struct sp_err *err, const char *format, ...)
    SP_PRINTF(3, 4);
static int refuse(const struct sp_gate *gate, struct sp_err *err, const char *format, ...)
{
    char why[640];
    va_list args;
    va_start(args, format);
    vsnprintf(why, sizeof(why), format, args);
    va_end(args);
    return sp_err_set(err, SP_ERR_PLUGIN, "request-refused",
                      "a request of the plugin %s was refused while %s: %s",
                      gate->description->name, sp_function_task(gate->function), why);
}

static bool has_control(const char *text)
{
    for (; *text; text++)
        if ((uint8_t)*text < 0x20 || *text == 0x7f)
            return true;
    return false;
}

static int check_path(const struct sp_gate *gate, const struct sp_wire_request *request,
                      struct sp_err *err)
{
    if (request->path.n > SP_PLUGIN_LIST_MAX)
        return refuse(gate, err, "its path has %zu segments, more than the %d allowed",
                      request->path.n, SP_PLUGIN_LIST_MAX);
    for (size_t i = 0; i < request->path.n; i++) {
        const char *segment = request->path.items[i];
        if (!*segment)
            return refuse(gate, err, "segment %zu of its path is empty", i + 1);
        if (strcmp(segment, ".") == 0 || strcmp(segment, "..") == 0)
            return refuse(gate, err, "segment %zu of its path is \"%s\"", i + 1, segment);
        if (strpbrk(segment, "/\\"))
            return refuse(gate, err, "segment %zu of its path holds a separator: \"%s\"", i + 1,
                          SP_EXCERPT(segment));
        if (has_control(segment))
            return refuse(gate, err, "segment %zu of its path holds a control character: \"%s\"",
                          i + 1, SP_EXCERPT(segment));
        if (strlen(segment) > SP_PLUGIN_STRING_MAX)
            return refuse(gate, err,
                          "segment %zu of its path has %zu bytes, more than the %d allowed", i + 1,
                          strlen(segment), SP_PLUGIN_STRING_MAX);
    }
    return 0;
}

/* RFC 9110, section 5.6.2. */
static bool is_token(const char *text)
{
    static const char token[] = "!#$%&'*+-.^_`|~0123456789"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    return *text && text[strspn(text, token)] == '\0';
}

/* Headers that decide where a request goes, who sends it or where it ends. */
static bool is_engine_header(const char *name)
{
    static const char *const names[] = {
        "Host",
        "Authorization",
        "Cookie",
        "Content-Length",
        "Transfer-Encoding",
        "Connection",
        "Expect",
        "TE",
        "Trailer",
        "Upgrade",
        "Keep-Alive",
        "Cookie2",
        "Via",
        "Forwarded",
        /* These turn a request that reads into one that writes, where a server honours them. */
        "X-HTTP-Method",
        "X-HTTP-Method-Override",
        "X-Method-Override",
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(names); i++)
        if (sp_ascii_equal(name, names[i]))
            return true;
    return sp_ascii_starts(name, "Proxy-");
}

/* RFC 9110, section 5.5: a tab may stand in a value, no other control character. */
static bool is_value(const char *text)
{
    for (; *text; text++)
        if (((uint8_t)*text < 0x20 && *text != '\t') || *text == 0x7f)
            return false;
    return true;
}

static int check_header(const struct sp_gate *gate, const struct sp_pair *header,
                        struct sp_err *err)
{
    if (!is_token(header->name))
        return refuse(gate, err, "\"%s\" is not a header name", SP_EXCERPT(header->name));
    if (is_engine_header(header->name))
        return refuse(gate, err, "the header %s is never a plugin's", SP_EXCERPT(header->name));
    if (gate->owns_header && gate->owns_header(gate->owns_header_arg, header->name))
        return refuse(gate, err, "the header %s belongs to the credential",
                      SP_EXCERPT(header->name));
    if (!is_value(header->value))
        return refuse(gate, err, "the value of its header %s holds a control character",
                      SP_EXCERPT(header->name));
    if (strlen(header->name) + strlen(header->value) + 4 > SP_HTTP_HEADER_MAX)
        return refuse(gate, err, "its header %s has more than the %d bytes allowed",
                      SP_EXCERPT(header->name), SP_HTTP_HEADER_MAX);
    return 0;
}

static int check_sizes(const struct sp_gate *gate, const struct sp_wire_request *request,
                       struct sp_err *err)
{
    if (request->body_len > SP_HTTP_REQUEST_MAX)
        return refuse(gate, err, "its body has %zu bytes, more than the %u allowed",
                      request->body_len, SP_HTTP_REQUEST_MAX);
    if (request->headers.n > SP_HTTP_HEADERS_MAX)
        return refuse(gate, err, "it has %zu headers, more than the %d allowed", request->headers.n,
                      SP_HTTP_HEADERS_MAX);
    if (request->query.n > SP_PLUGIN_LIST_MAX)
        return refuse(gate, err, "its query has %zu pairs, more than the %d allowed",
                      request->query.n, SP_PLUGIN_LIST_MAX);
    for (size_t i = 0; i < request->query.n; i++)
        if (!request->query.items[i].name[0])
            return refuse(gate, err, "pair %zu of its query has no name", i + 1);
    return 0;
}

static bool is_match(const struct sp_operation *operation, const struct sp_wire_request *request)
{
    if (operation->origin != request->origin || operation->path.n != request->path.n ||
        strcmp(operation->method, request->method) != 0)
        return false;
    for (size_t i = 0; i < operation->path.n; i++) {
        const char *want = operation->path.items[i];
        if (!sp_segment_is_variable(want) && strcmp(want, request->path.items[i]) != 0)
            return false;
    }
    return true;
}

/* "GET /zones/x", safe to print; owned. */
static char *describe(const struct sp_wire_request *request)
{
    char *path = sp_operation_join_path(&request->path);
    char *text = sp_asprintf("%s %s", SP_EXCERPT(request->method), SP_EXCERPT(path));
    free(path);
    return text;
}

static const struct sp_operation *find_operation(const struct sp_gate *gate,
                                                 const struct sp_wire_request *request,
                                                 struct sp_err *err)
{
    const struct sp_description *description = gate->description;
    const struct sp_operation *found = NULL, *other = NULL;
    for (size_t i = 0; i < description->operations.n && !found; i++) {
        const struct sp_operation *operation = &description->operations.items[i];
        if (!is_match(operation, request))
            continue;
        if (operation->functions & gate->function)
            found = operation;
        else
            other = operation;
    }
    char *what = describe(request);
    if (!found && other)
        refuse(gate, err, "%s is declared, but not for %s", what, sp_function_task(gate->function));
    else if (!found)
        refuse(gate, err, "%s is not among its declared operations", what);
    else if (gate->is_dry_run && sp_operation_mutates(found)) {
        refuse(gate, err, "%s would change something, and this is a dry run", what);
        found = NULL;
    }
    free(what);
    return found;
}

const struct sp_operation *sp_gate_check(const struct sp_gate *gate,
                                         const struct sp_wire_request *raw_request,
                                         struct sp_err *err)
{
    size_t n_origins = gate->description->origins.n;
    if (raw_request->origin >= n_origins) {
        refuse(gate, err, "it names origin %u, and %zu %s declared", raw_request->origin, n_origins,
               n_origins == 1 ? "is" : "are");
        return NULL;
    }
    if (check_sizes(gate, raw_request, err) < 0 || check_path(gate, raw_request, err) < 0)
        return NULL;
    for (size_t i = 0; i < raw_request->headers.n; i++)
        if (check_header(gate, &raw_request->headers.items[i], err) < 0)
            return NULL;
    return find_operation(gate, raw_request, err);
}
