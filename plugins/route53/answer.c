#include "answer.h"

#include <expat.h>
#include <stdio.h>
#include <string.h>

char *answer_copy(struct signpost_call *call, const char *text)
{
    size_t len = strlen(text) + 1;
    return memcpy(signpost_alloc(call, len), text, len);
}

static void on_start(void *arg, const char *name, const char **attributes)
{
    struct answer *answer = arg;
    (void)attributes;
    if (answer->n == answer->size) {
        size_t size = 2 * answer->size + 64;
        struct element *elements = signpost_alloc(answer->call, size * sizeof(*elements));
        if (answer->n)
            memcpy(elements, answer->elements, answer->n * sizeof(*elements));
        answer->elements = elements;
        answer->size = size;
    }
    answer->elements[answer->n++] = (struct element){answer_copy(answer->call, name), ""};
    answer->text_len = 0;
    if (answer->n > ANSWER_ELEMENTS_MAX)
        XML_StopParser(answer->parser, 0);
}

static void on_text(void *arg, const char *text, int len)
{
    struct answer *answer = arg;
    if (answer->text_len + (size_t)len >= ANSWER_TEXT_SIZE) {
        XML_StopParser(answer->parser, 0);
        return;
    }
    memcpy(answer->text + answer->text_len, text, (size_t)len);
    answer->text_len += (size_t)len;
}

/* The end of a leaf follows its start; a parent's text is the blanks between its children. */
static void on_end(void *arg, const char *name)
{
    struct answer *answer = arg;
    struct element *last = &answer->elements[answer->n - 1];
    answer->text[answer->text_len] = '\0';
    if (answer->text_len && !*last->text && strcmp(last->name, name) == 0)
        last->text = answer_copy(answer->call, answer->text);
    answer->text_len = 0;
}

static void on_doctype(void *arg, const char *name, const char *system_id, const char *public_id,
                       int has_subset)
{
    (void)name, (void)system_id, (void)public_id, (void)has_subset;
    XML_StopParser(((struct answer *)arg)->parser, 0);
}

/* Whether it is a document, and none with more in it than is ever sent. */
static int parse(struct answer *answer, const struct signpost_response *response)
{
    XML_Parser parser = XML_ParserCreate("UTF-8");
    if (!parser || response->body_len > INT32_MAX)
        return 0;
    answer->parser = parser;
    XML_SetUserData(parser, answer);
    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetCharacterDataHandler(parser, on_text);
    XML_SetStartDoctypeDeclHandler(parser, on_doctype);
    int is_whole = XML_Parse(parser, response->body, (int)response->body_len, 1) == XML_STATUS_OK;
    XML_ParserFree(parser);
    return is_whole;
}

int answer_is(const struct answer *answer, size_t i, const char *name)
{
    return strcmp(answer->elements[i].name, name) == 0;
}

const char *answer_text(const struct answer *answer, size_t i, const char *name)
{
    for (size_t at = i; at < answer->n; at++) {
        if (at > i && answer_is(answer, at, answer->elements[i].name))
            break;
        if (answer_is(answer, at, name))
            return answer->elements[at].text;
    }
    return "";
}

static int is_one_of(const char *text, const char *const *words)
{
    while (*words && !strstr(text, *words))
        words++;
    return *words != NULL;
}

static int meaning_of(int status, const char *error, const char *told, int is_write)
{
    /* Too many requests are answered with 400, and without Retry-After. */
    static const char *const busy[] = {"Throttling", "PriorRequestNotComplete", NULL};
    /* A batch that the zone as it is now does not take; others are refused for what they hold. */
    static const char *const stale[] = {"exist", "not found", "do not match", NULL};
    if (status == 200 || status >= 500)
        return is_write        ? SIGNPOST_AMBIGUOUS
               : status == 200 ? SIGNPOST_BAD_REPLY
                               : SIGNPOST_TRANSIENT;
    if (status == 429 || is_one_of(error, busy))
        return SIGNPOST_RATE_LIMITED;
    if (status == 401 || status == 403 || strcmp(error, "IncompleteSignature") == 0)
        return SIGNPOST_AUTH;
    if (strcmp(error, "NoSuchHostedZone") == 0)
        return SIGNPOST_ZONE_NOT_FOUND;
    if (strcmp(error, "InvalidChangeBatch") == 0 && is_one_of(told, stale))
        return SIGNPOST_CONFLICT;
    return *error ? SIGNPOST_UNSUPPORTED : SIGNPOST_BAD_REPLY;
}

/* The error of an answer that is not the document ROOT. */
static int judge(struct signpost_call *call, const char *what, int is_write,
                 const struct signpost_response *response, const char *root)
{
    struct answer answer = {.call = call};
    const char *error = "", *told = "";
    char sentence[640], none[100];
    if (response->status == 200) {
        snprintf(none, sizeof(none), "the answer is no %s", root);
        told = none;
    } else if (parse(&answer, response)) {
        error = answer_text(&answer, 0, "Code");
        told = answer_text(&answer, 0, "Message");
        /* Until 2024 this one had a form of its own: its code was the root. */
        if (answer_is(&answer, 0, "InvalidChangeBatch"))
            error = answer.elements[0].name;
    }
    /* The first line: the others of a wrong signature hold what was signed, token included. */
    snprintf(sentence, sizeof(sentence), "%s: HTTP %d%s%.60s%s%.*s", what, (int)response->status,
             *error ? " " : "", error, *told ? ": " : "", (int)strcspn(told, "\r\n"), told);
    return signpost_fail(call, meaning_of((int)response->status, error, told, is_write), sentence);
}

static int exchange(struct answer *answer, const char *what, struct signpost_request *request,
                    const char *root)
{
    struct signpost_response response = SIGNPOST_RESPONSE_INIT;
    int code = signpost_http(answer->call, request, &response);
    if (code != SIGNPOST_OK)
        return code;
    return response.status == 200 && parse(answer, &response) && answer_is(answer, 0, root)
               ? SIGNPOST_OK
               : judge(answer->call, what, request->body != NULL, &response, root);
}

int answer_get(struct answer *answer, const char *what, const char *const *path, size_t n_path,
               const struct signpost_pair *query, size_t n_query, const char *root)
{
    struct signpost_request request = SIGNPOST_REQUEST_INIT;
    request.method = "GET";
    request.path = path;
    request.n_path = n_path;
    request.query = query;
    request.n_query = n_query;
    return exchange(answer, what, &request, root);
}

int answer_post(struct answer *answer, const char *what, const char *const *path, size_t n_path,
                const char *body, const char *root)
{
    static const struct signpost_pair headers[] = {{"Content-Type", "text/xml"}};
    struct signpost_request request = SIGNPOST_REQUEST_INIT;
    request.method = "POST";
    request.path = path;
    request.n_path = n_path;
    request.headers = headers;
    request.n_headers = 1;
    request.body = body;
    request.body_len = strlen(body);
    return exchange(answer, what, &request, root);
}
