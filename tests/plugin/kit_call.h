/*
 * A call that stands in for the engine's: one answer, and what the plugin sent and said.
 */
#ifndef SP_TESTS_KIT_CALL_H
#define SP_TESTS_KIT_CALL_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signpost/plugin.h>

struct kit_call {
    struct signpost_call base;
    int code;       /* what comes back from signpost_http() */
    int32_t status; /* and the answer, if that is SIGNPOST_OK */
    const char *body;
    char sent[1024]; /* "GET 2 segments a=b Content-Type: application/json {...}" */
    char said[4096]; /* the sentence of the failure */
    uint32_t retry_after_s;
    void *blocks[1 << 16];
    size_t n_blocks;
};

static inline void *kit_call_alloc(struct signpost_call *call, size_t len)
{
    struct kit_call *kit = (struct kit_call *)call;
    void *block = calloc(1, len ? len : 1);
    if (!block || kit->n_blocks == sizeof(kit->blocks) / sizeof(kit->blocks[0]))
        abort();
    return kit->blocks[kit->n_blocks++] = block;
}

static inline int kit_call_http(struct signpost_call *call, const struct signpost_request *request,
                                struct signpost_response *response)
{
    struct kit_call *kit = (struct kit_call *)call;
    size_t n =
        (size_t)snprintf(kit->sent, sizeof(kit->sent), "%s %zu", request->method, request->n_path);
    for (size_t i = 0; i < request->n_query; i++)
        n += (size_t)snprintf(kit->sent + n, sizeof(kit->sent) - n, " %s=%s",
                              request->query[i].name, request->query[i].value);
    for (size_t i = 0; i < request->n_headers; i++)
        n += (size_t)snprintf(kit->sent + n, sizeof(kit->sent) - n, " %s: %s",
                              request->headers[i].name, request->headers[i].value);
    if (request->body)
        snprintf(kit->sent + n, sizeof(kit->sent) - n, " %.*s", (int)request->body_len,
                 (const char *)request->body);
    response->status = kit->status;
    response->body = kit->body;
    response->body_len = strlen(kit->body);
    return kit->code;
}

static inline int kit_call_fail(struct signpost_call *call, int code, const char *message)
{
    struct kit_call *kit = (struct kit_call *)call;
    snprintf(kit->said, sizeof(kit->said), "%s", message);
    return code;
}

static inline void kit_call_retry_after(struct signpost_call *call, uint32_t seconds)
{
    ((struct kit_call *)call)->retry_after_s = seconds;
}

/* Lower-case names without escapes; "?" is none, and comes last. */
static inline void kit_call_reverse(const char *name, char ret_text[1024])
{
    size_t end = strlen(name), n = 0;
    end -= end && name[end - 1] == '.';
    while (end) {
        size_t start = end;
        while (start && name[start - 1] != '.')
            start--;
        n += (size_t)snprintf(ret_text + n, 1024 - n, "%.*s.", (int)(end - start), name + start);
        end = start ? start - 1 : 0;
    }
    if (strchr(name, '?') || !*name)
        snprintf(ret_text, 1024, "\x7f");
}

static inline int kit_call_name_order(struct signpost_call *call, const char *a, const char *b)
{
    char left[1024], right[1024];
    (void)call;
    kit_call_reverse(a, left);
    kit_call_reverse(b, right);
    return strcmp(left, right);
}

static inline int kit_call_name_is_below(struct signpost_call *call, const char *name,
                                         const char *zone)
{
    char left[1024], right[1024];
    (void)call;
    kit_call_reverse(name, left);
    kit_call_reverse(zone, right);
    return *left != 0x7f && *right != 0x7f && strncmp(left, right, strlen(right)) == 0;
}

static inline void kit_call_init(struct kit_call *kit)
{
    static const struct signpost_host host = {
        .size = sizeof(host),
        .http = kit_call_http,
        .fail = kit_call_fail,
        .retry_after = kit_call_retry_after,
        .alloc = kit_call_alloc,
        .name_order = kit_call_name_order,
        .name_is_below = kit_call_name_is_below,
    };
    *kit = (struct kit_call){.base = {.host = &host}, .status = 200, .body = ""};
}

static inline void kit_call_fini(struct kit_call *kit)
{
    while (kit->n_blocks)
        free(kit->blocks[--kit->n_blocks]);
}

#endif
