#include "batch.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer.h"

/* A record to remove or to create: a change has one of them or both. */
struct part {
    const struct signpost_record *record;
    int is_creation;
    size_t change;
    int is_last; /* its change is done with it */
};

/* A host's parts side by side, so that no batch ends between them; of them the removals first, and
 * the values of one record set together. */
static int by_host(const void *a, const void *b)
{
    const struct part *x = a, *y = b;
    int difference = strcmp(x->record->host, y->record->host);
    difference = difference ? difference : x->is_creation - y->is_creation;
    difference = difference ? difference : strcmp(x->record->type, y->record->type);
    return difference ? difference : (x->change > y->change) - (x->change < y->change);
}

static int is_same_set(const struct part *a, const struct part *b)
{
    return a->is_creation == b->is_creation && strcmp(a->record->host, b->record->host) == 0 &&
           strcmp(a->record->type, b->record->type) == 0;
}

struct body {
    char *text;
    size_t len, size;
};

static void add(struct body *body, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct body *body, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    body->len += (size_t)vsnprintf(body->text + body->len, body->size - body->len, format, args);
    va_end(args);
}

/* Names and values hold no quotes around them, so that these three are all that must be escaped. */
static void add_text(struct body *body, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&':
            add(body, "&amp;");
            break;
        case '<':
            add(body, "&lt;");
            break;
        case '>':
            add(body, "&gt;");
            break;
        default:
            add(body, "%c", *text);
        }
    }
}

/* Adds the record set whose values N parts are. A removal must repeat all that is there. */
static void add_set(struct body *body, const struct part *parts, size_t n)
{
    const struct signpost_record *record = parts->record;
    add(body, "<Change><Action>%s</Action><ResourceRecordSet><Name>",
        parts->is_creation ? "CREATE" : "DELETE");
    add_text(body, record->host);
    add(body, "</Name><Type>%s</Type><TTL>%u</TTL><ResourceRecords>", record->type,
        (unsigned)record->ttl);
    for (size_t i = 0; i < n; i++) {
        add(body, "<ResourceRecord><Value>");
        add_text(body, parts[i].record->value);
        add(body, "</Value></ResourceRecord>");
    }
    add(body, "</ResourceRecords></ResourceRecordSet></Change>");
}

/* One batch of N parts. */
static int post(struct signpost_call *call, const char *const *path, size_t n_path,
                const struct part *parts, size_t n)
{
    struct answer answer = {.call = call};
    struct body body = {.size = 512};
    for (size_t i = 0; i < n; i++)
        body.size += 320 + 5 * (strlen(parts[i].record->host) + strlen(parts[i].record->value));
    body.text = signpost_alloc(call, body.size);
    add(&body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ChangeResourceRecordSetsRequest "
               "xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ChangeBatch>"
               "<Comment>signpost</Comment><Changes>");
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && is_same_set(&parts[i], &parts[end]);)
            end++;
        add_set(&body, &parts[i], end - i);
    }
    add(&body, "</Changes></ChangeBatch></ChangeResourceRecordSetsRequest>");
    int code = answer_post(&answer, "changing the zone", path, n_path, body.text,
                           "ChangeResourceRecordSetsResponse");
    for (size_t i = 0; i < n && code == SIGNPOST_OK; i++)
        if (parts[i].is_last)
            signpost_applied(call, parts[i].change);
    return code;
}

/* The end of the parts that go with FIRST: all of its host. */
static size_t host_end(const struct part *parts, size_t n, size_t first, size_t *ret_characters)
{
    size_t end = first;
    for (; end < n && strcmp(parts[end].record->host, parts[first].record->host) == 0; end++)
        *ret_characters += strlen(parts[end].record->value);
    return end;
}

int batch_apply(struct signpost_call *call, const char *const *path, size_t n_path,
                const struct signpost_change *const *changes, size_t n)
{
    struct part *parts = signpost_alloc(call, 2 * n * sizeof(*parts));
    size_t n_parts = 0, start = 0, characters = 0;
    int code = SIGNPOST_OK;
    for (size_t i = 0; i < n; i++) {
        if (changes[i]->before)
            parts[n_parts++] = (struct part){changes[i]->before, 0, i, !changes[i]->after};
        if (changes[i]->after)
            parts[n_parts++] = (struct part){changes[i]->after, 1, i, 1};
    }
    qsort(parts, n_parts, sizeof(*parts), by_host);
    for (size_t at = 0, end; at < n_parts && code == SIGNPOST_OK; at = end) {
        size_t more = 0;
        end = host_end(parts, n_parts, at, &more);
        if (at > start &&
            (characters + more > BATCH_CHARACTERS_MAX || end - start > BATCH_ELEMENTS_MAX)) {
            code = post(call, path, n_path, parts + start, at - start);
            start = at;
            characters = 0;
        }
        characters += more;
    }
    return code == SIGNPOST_OK && start < n_parts
               ? post(call, path, n_path, parts + start, n_parts - start)
               : code;
}
