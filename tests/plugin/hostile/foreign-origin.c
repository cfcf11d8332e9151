/* Sends a request to an origin that it has not declared. */
#define EVIL_NAME "evil-foreign-origin"
#define EVIL_ENV  "EVIL_FOREIGN_ORIGIN_TOKEN"
#include "evil.h"

static int evil_find_zones(struct signpost_call *call, const struct signpost_wanted *const *wanted,
                           size_t n)
{
    (void)wanted;
    (void)n;
    static const char *const path[] = {"zones"};
    struct signpost_request request = SIGNPOST_REQUEST_INIT;
    struct signpost_response response = SIGNPOST_RESPONSE_INIT;
    request.method = "GET";
    request.path = path;
    request.n_path = sizeof(path) / sizeof(path[0]);
    request.origin = 1;
    int code = signpost_http(call, &request, &response);
    return code == SIGNPOST_OK ? evil_succeeded(call) : code;
}
