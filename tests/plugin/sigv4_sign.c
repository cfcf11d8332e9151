/* Signs what standard input describes, for test_sigv4.py: an array of requests as JSON in, an array
 * of the headers added to each as JSON out. */
#include <stdio.h>

#include "base/json.h"
#include "base/limits.h"
#include "http/sigv4.h"

static const char *text_of(json_t *shape, const char *key)
{
    return json_string_value(json_object_get(shape, key));
}

static json_t *sign(json_t *shape)
{
    const char *secret = text_of(shape, "secret"), *body = text_of(shape, "body");
    struct sp_secret *secret_access_key = sp_secret_new(secret, strlen(secret));
    sp_http_headers headers = {.n = 0}, added = {.n = 0};
    json_t *pairs = json_object_get(shape, "headers"), *out = json_object();
    for (size_t i = 0; i < json_array_size(pairs); i++) {
        json_t *pair = json_array_get(pairs, i);
        sp_http_headers_add(&headers, json_string_value(json_array_get(pair, 0)),
                            json_string_value(json_array_get(pair, 1)));
    }
    const struct sp_sigv4_key key = {.access_key_id = text_of(shape, "key"),
                                     .secret_access_key = secret_access_key,
                                     .session_token = text_of(shape, "token"),
                                     .region = text_of(shape, "region"),
                                     .service = text_of(shape, "service")};
    const struct sp_sigv4_request request = {.method = text_of(shape, "method"),
                                             .url = text_of(shape, "url"),
                                             .headers = &headers,
                                             .body = body,
                                             .body_len = body ? strlen(body) : 0};
    if (sp_sigv4_sign(&key, &request, json_integer_value(json_object_get(shape, "time")), &added))
        exit(1);
    SP_ARRAY_FOREACH (&added, header) {
        json_object_set_new(out, header->name, json_string(header->value));
    }
    sp_http_headers_free(&headers);
    sp_http_headers_free(&added);
    sp_secret_free(secret_access_key);
    return out;
}

int main(void)
{
    static char text[1 << 20];
    struct sp_err err = SP_ERR_INIT;
    size_t len = fread(text, 1, sizeof(text), stdin);
    json_t *shapes = sp_json_parse(text, len, "the input", &err), *answers = json_array();
    if (!json_is_array(shapes)) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    for (size_t i = 0; i < json_array_size(shapes); i++)
        json_array_append_new(answers, sign(json_array_get(shapes, i)));
    json_dumpf(answers, stdout, 0);
    json_decref(answers);
    json_decref(shapes);
    return 0;
}
