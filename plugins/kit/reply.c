#include "kit/reply.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

enum { ERROR_MAX = 1000 }; /* bytes of a provider's words in a sentence */

static int is_fit(const struct kit_rule *rule, const char *method, int status, const char *error)
{
    return (!rule->status || rule->status == status) &&
           (!rule->method || strcmp(rule->method, method) == 0) &&
           (!rule->error || fnmatch(rule->error, error, 0) == 0);
}

static int usual_meaning(int status, int is_write)
{
    if (status == 401 || status == 403)
        return SIGNPOST_AUTH;
    if (status == 404)
        return SIGNPOST_ZONE_NOT_FOUND;
    if (status == 429)
        return SIGNPOST_RATE_LIMITED;
    if (status >= 500)
        return is_write ? SIGNPOST_AMBIGUOUS : SIGNPOST_TRANSIENT;
    if (status >= 400)
        return SIGNPOST_UNSUPPORTED;
    return is_write && status < 300 ? SIGNPOST_AMBIGUOUS : SIGNPOST_BAD_REPLY;
}

int kit_reply_fail(struct signpost_call *call, const struct kit_rule *rules, const char *what,
                   const struct signpost_request *request, const struct signpost_response *response,
                   const char *error)
{
    const char *told = *error ? error : response->body;
    int status = (int)response->status;
    int code = usual_meaning(status, strcmp(request->method, "GET") != 0);
    char sentence[ERROR_MAX + 200];
    for (; rules && rules->code != SIGNPOST_OK; rules++) {
        if (is_fit(rules, request->method, status, error)) {
            code = rules->code;
            break;
        }
    }
    /* Of several lines the first: others may repeat the request, with what was secret in it. */
    int len = (int)strcspn(told, "\r\n");
    snprintf(sentence, sizeof(sentence), "%.100s: HTTP %d%s%.*s", what, status, len ? ": " : "",
             len < ERROR_MAX ? len : ERROR_MAX, told);
    return signpost_fail(call, code, sentence);
}
