/* Any answers to the Route 53 plugin, as its engine would hand them over. The first byte chooses
 * the function, the rest is answers, each begun by a byte that chooses its status and ended by a
 * NUL. What goes out is a request that the API knows, what is reported is whole and was asked for,
 * and the plugin stops by itself. */
#include <assert.h>
#include <expat.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signpost/plugin.h>

#include "names/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const struct signpost_plugin *signpost_plugin_v1(void);

enum { HOSTS = 3, CALLS_MAX = 64 };
static const char *const hosts[HOSTS] = {"k._domainkey.z.example.", "a-1.z.example.",
                                         "a.z.example."};

struct fuzz_call {
    struct signpost_call base;
    const char *answers, *end;
    void *blocks[1 << 16];
    size_t n_blocks, n_requests, n_failed;
    const char *values[2 * HOSTS]; /* of a write: what must be in its document */
    size_t n_values, n_seen;
};

static void *alloc(struct signpost_call *call, size_t len)
{
    struct fuzz_call *fuzz = (struct fuzz_call *)call;
    void *block = calloc(1, len ? len : 1);
    assert(block && fuzz->n_blocks < sizeof(fuzz->blocks) / sizeof(fuzz->blocks[0]));
    return fuzz->blocks[fuzz->n_blocks++] = block;
}

/* Every value of the write is in its document once, whatever bytes it has. */
static void on_text(void *arg, const char *text, int len)
{
    struct fuzz_call *fuzz = arg;
    fuzz->n_seen += (size_t)len;
    (void)text;
}

static void check_document(struct fuzz_call *fuzz, const char *body, size_t len)
{
    XML_Parser parser = XML_ParserCreate("UTF-8");
    size_t wanted = 0;
    XML_SetUserData(parser, fuzz);
    XML_SetCharacterDataHandler(parser, on_text);
    fuzz->n_seen = 0;
    assert(XML_Parse(parser, body, (int)len, 1) == XML_STATUS_OK);
    XML_ParserFree(parser);
    for (size_t i = 0; i < fuzz->n_values; i++)
        wanted += strlen(fuzz->values[i]);
    assert(fuzz->n_seen > wanted);
}

static int http(struct signpost_call *call, const struct signpost_request *request,
                struct signpost_response *response)
{
    static const int statuses[] = {200, 200, 200, 400, 403, 404, 500, 302};
    struct fuzz_call *fuzz = (struct fuzz_call *)call;
    assert(request->n_path >= 2 && strcmp(request->path[0], "2013-04-01") == 0);
    for (size_t i = 0; i < request->n_path; i++)
        assert(request->path[i][0]);
    assert(request->n_query <= 4);
    for (size_t i = 0; i < request->n_query; i++)
        assert(request->query[i].name && request->query[i].value && request->query[i].value[0]);
    if (request->body)
        check_document(fuzz, request->body, request->body_len);
    if (++fuzz->n_requests > CALLS_MAX || fuzz->answers >= fuzz->end)
        return SIGNPOST_AMBIGUOUS;
    response->status = statuses[(uint8_t)*fuzz->answers++ % 8];
    size_t len = strnlen(fuzz->answers, (size_t)(fuzz->end - fuzz->answers));
    char *body = alloc(call, len + 1);
    memcpy(body, fuzz->answers, len);
    response->body = body;
    response->body_len = len;
    fuzz->answers += len + 1;
    return SIGNPOST_OK;
}

static void found_zone(struct signpost_call *call, const struct signpost_zone *zone)
{
    (void)call;
    assert(zone->id && zone->name && !strchr(zone->id, '/'));
    for (size_t i = 0; i < zone->n_name_servers; i++)
        assert(zone->name_servers[i]);
}

static void found_record(struct signpost_call *call, const struct signpost_record *record)
{
    (void)call;
    assert(record->host && record->type && record->value);
    assert(!record->note == !(record->flags & SIGNPOST_RECORD_FOREIGN));
}

/* The answer to a batch counts for all of it: the plugin tells of no single change. */
static void applied(struct signpost_call *call, size_t i)
{
    (void)call, (void)i;
    abort();
}

static int fail(struct signpost_call *call, int code, const char *message)
{
    ((struct fuzz_call *)call)->n_failed++;
    assert(code < 0 && message[0]);
    return code;
}

/* As in the engine, on its names. */
static int name_order(struct signpost_call *call, const char *a, const char *b)
{
    const struct sp_name_syntax syntax = {.is_octal = true};
    struct sp_err ignored = SP_ERR_INIT;
    struct sp_name left, right;
    (void)call;
    int is_none = sp_name_parse_as(&left, a, &syntax, &ignored);
    int is_other_none = sp_name_parse_as(&right, b, &syntax, &ignored);
    return is_none || is_other_none ? is_other_none - is_none : sp_name_order(&left, &right);
}

static int name_is_below(struct signpost_call *call, const char *name, const char *zone)
{
    const struct sp_name_syntax syntax = {.is_octal = true};
    struct sp_err ignored = SP_ERR_INIT;
    struct sp_name left, right;
    (void)call;
    sp_name_parse_as(&left, name, &syntax, &ignored);
    sp_name_parse_as(&right, zone, &syntax, &ignored);
    return sp_name_is_within(&left, &right);
}

static void retry_after(struct signpost_call *call, uint32_t seconds)
{
    (void)call, (void)seconds;
}

/* A value of the kind that a provider lists: any bytes but control characters. */
static char *value_of(struct fuzz_call *fuzz, size_t i)
{
    size_t len = strnlen(fuzz->answers, (size_t)(fuzz->end - fuzz->answers));
    char *value = alloc(&fuzz->base, len + 1);
    for (size_t at = 0; at < len; at++)
        value[at] = (char)(' ' + ((uint8_t)fuzz->answers[at] + i) % 95);
    return value;
}

static int apply(const struct signpost_plugin *plugin, struct fuzz_call *fuzz,
                 const struct signpost_zone *zone)
{
    struct signpost_record before[HOSTS], after[HOSTS];
    struct signpost_change changes[HOSTS];
    const struct signpost_change *list[HOSTS];
    for (size_t i = 0; i < HOSTS; i++) {
        before[i] = (struct signpost_record){.type = i == 2 ? "TXT" : "CNAME", .host = hosts[i]};
        before[i].value = value_of(fuzz, i);
        after[i] =
            (struct signpost_record){.type = "CNAME", .host = hosts[i], .value = "t.example."};
        changes[i] = (struct signpost_change){.before = i ? &before[i] : NULL,
                                              .after = i < 2 ? &after[i] : NULL};
        changes[i].action = i == 0 ? SIGNPOST_CREATE : i == 1 ? SIGNPOST_UPDATE : SIGNPOST_DELETE;
        list[i] = &changes[i];
        if (i)
            fuzz->values[fuzz->n_values++] = before[i].value;
    }
    return plugin->apply_changes(&fuzz->base, zone, list, HOSTS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct signpost_host host = {
        .size = sizeof(host),
        .http = http,
        .found_zone = found_zone,
        .found_record = found_record,
        .applied = applied,
        .fail = fail,
        .retry_after = retry_after,
        .alloc = alloc,
        .name_order = name_order,
        .name_is_below = name_is_below,
    };
    static struct fuzz_call fuzz;
    const struct signpost_plugin *plugin = signpost_plugin_v1();
    const struct signpost_zone zone = {.id = "Z1", .name = "z.example."};
    const struct signpost_wanted wanted[] = {{sizeof(wanted[0]), hosts[0], NULL},
                                             {sizeof(wanted[0]), hosts[2], "z.example."}};
    const struct signpost_wanted *const list[] = {&wanted[0], &wanted[1]};
    int code;
    if (size == 0)
        return 0;
    memset(&fuzz, 0, sizeof(fuzz));
    fuzz.base.host = &host;
    fuzz.answers = (const char *)data + 1;
    fuzz.end = (const char *)data + size;
    if (data[0] % 3 == 0)
        code = plugin->find_zones(&fuzz.base, list, 2);
    else if (data[0] % 3 == 1)
        code = plugin->list_records(&fuzz.base, &zone, hosts, HOSTS);
    else
        code = apply(plugin, &fuzz, &zone);
    assert(code >= SIGNPOST_AMBIGUOUS && code <= SIGNPOST_OK);
    assert(fuzz.n_failed <= (code != SIGNPOST_OK));
    for (size_t i = 0; i < fuzz.n_blocks; i++)
        free(fuzz.blocks[i]);
    return 0;
}
