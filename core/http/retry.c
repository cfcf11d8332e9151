#include "http/retry.h"

#include "base/limits.h"
#include "base/text.h"
#include "http/date.h"

uint32_t sp_back_off_ms(uint32_t first_ms, unsigned tries, uint32_t (*random_below)(uint32_t below))
{
    return random_below((first_ms << (tries ? tries - 1 : 0)) + 1);
}

static int64_t back_off_ms(unsigned tries, uint32_t (*random_below)(uint32_t below))
{
    return sp_back_off_ms(SP_HTTP_BACKOFF_MS, tries, random_below);
}

/* Retry-After (RFC 9110, section 10.2.3) in ms: -1 when it is absent or unreadable. */
static int64_t retry_after_ms(const struct sp_http_response *response, int64_t now_s)
{
    uint64_t seconds;
    const char *value = sp_http_headers_find(&response->headers, "retry-after");
    if (!value)
        return -1;
    if (sp_parse_u64(value, UINT32_MAX, &seconds) == 0)
        return (int64_t)seconds * 1000;
    int64_t at_s = sp_http_date_parse(value);
    if (at_s < 0)
        return -1;
    return at_s > now_s ? (at_s - now_s) * 1000 : 0;
}

/* 429, and 503 with Retry-After, say that nothing was done. */
static int64_t told_to_wait_ms(const struct sp_retry *retry,
                               const struct sp_http_response *response, int64_t now_s,
                               uint32_t (*random_below)(uint32_t below))
{
    int64_t asked_ms = retry_after_ms(response, now_s);
    if (asked_ms > (int64_t)SP_HTTP_RETRY_AFTER_MAX_S * 1000)
        return -1;
    int64_t own_ms = back_off_ms(retry->tries, random_below);
    return asked_ms > own_ms ? asked_ms : own_ms;
}

int64_t sp_retry_delay_ms(const struct sp_retry *retry, const struct sp_http_response *response,
                          int64_t now_s, uint32_t (*random_below)(uint32_t below))
{
    if (retry->tries >= SP_HTTP_TRIES)
        return -1;
    switch (response->status) {
    case SP_HTTP_NOT_SENT:
        return back_off_ms(retry->tries, random_below);
    case SP_HTTP_LOST:
        return retry->is_repeatable ? back_off_ms(retry->tries, random_below) : -1;
    case SP_HTTP_TOO_LARGE:
        return -1;
    case SP_HTTP_OK:
        break;
    }
    switch (response->code) {
    case 429:
        return told_to_wait_ms(retry, response, now_s, random_below);
    case 503:
        if (retry_after_ms(response, now_s) >= 0)
            return told_to_wait_ms(retry, response, now_s, random_below);
        return retry->is_repeatable ? back_off_ms(retry->tries, random_below) : -1;
    case 500:
    case 502:
    case 504:
        return retry->is_repeatable ? back_off_ms(retry->tries, random_below) : -1;
    default:
        return -1;
    }
}
