#include "kit/json.h"

#include <stdlib.h>
#include <string.h>

enum { ERROR_SIZE = 1024 };

const char *kit_json_text(const json_t *json, const char *key)
{
    const char *text = json_string_value(json_object_get(json, key));
    return text ? text : "";
}

static int is_answer(const struct kit_json_api *api, const struct signpost_request *request,
                     const struct signpost_response *response, const json_t *json)
{
    if (api->is_answer)
        return api->is_answer(request, response, json);
    return response->status / 100 == 2 && (json || strcmp(request->method, "GET") != 0);
}

static int judge(struct signpost_call *call, const struct kit_json_api *api, const char *what,
                 const struct signpost_request *request, const struct signpost_response *response,
                 const json_t *json)
{
    char error[ERROR_SIZE] = "";
    if (is_answer(api, request, response, json))
        return SIGNPOST_OK;
    if (api->read_error)
        api->read_error(call, json, error, sizeof(error));
    return kit_reply_fail(call, api->rules, what, request, response, error);
}

int kit_json_send(struct signpost_call *call, const struct kit_json_api *api, const char *what,
                  struct signpost_request request, json_t *body, json_t **ret_json)
{
    static const struct signpost_pair headers[] = {{"Content-Type", "application/json"}};
    struct signpost_response response = SIGNPOST_RESPONSE_INIT;
    char *text = body ? json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    json_decref(body);
    if (text) {
        request.headers = headers;
        request.n_headers = 1;
        request.body = text;
        request.body_len = strlen(text);
    }
    int code = signpost_http(call, &request, &response);
    free(text);
    if (code != SIGNPOST_OK)
        return code;
    json_t *json = json_loadb(response.body, response.body_len, 0, NULL);
    code = judge(call, api, what, &request, &response, json);
    if (code == SIGNPOST_OK && ret_json)
        *ret_json = json_incref(json);
    json_decref(json);
    return code;
}
