#include "http/date.h"

#include "http/curl.h"

int64_t sp_http_date_parse(const char *text)
{
    struct sp_err err = SP_ERR_INIT;
    const struct sp_curl *curl = sp_curl_load(&err);
    return curl ? curl->getdate(text, NULL) : -1;
}
