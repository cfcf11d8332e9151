/*
 * Requests to an API that speaks JSON, made and judged.
 */
#ifndef SIGNPOST_KIT_JSON_H
#define SIGNPOST_KIT_JSON_H

#include <jansson.h>

#include "kit/reply.h"

struct kit_json_api {
    const struct kit_rule *rules; /* what failures mean (kit/reply.h) */
    /* Writes what JSON (NULL: the answer is none) says of a failure, as rules match it; RET_ERROR
     * is "" before. May call signpost_retry_after(). */
    void (*read_error)(struct signpost_call *call, const json_t *json, char *ret_error,
                       size_t size);
    /* Whether this says that what REQUEST asked for was done. NULL: 2xx does, to a GET with any
     * JSON. */
    int (*is_answer)(const struct signpost_request *request,
                     const struct signpost_response *response, const json_t *json);
};

/*
 * Sends REQUEST, with BODY (taken over; NULL: none) as its body. SIGNPOST_OK and what was answered,
 * which is freed with json_decref() and may be NULL where the API answers without JSON, or the
 * error. RET_JSON may be NULL. WHAT is what is done, for the sentence of an error.
 */
int kit_json_send(struct signpost_call *call, const struct kit_json_api *api, const char *what,
                  struct signpost_request request, json_t *body, json_t **ret_json);

/* The text under KEY; "" when JSON is no object, or has none there. */
const char *kit_json_text(const json_t *json, const char *key);

#endif
