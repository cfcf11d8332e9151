/*
 * When to try a request again: pure decisions, no I/O.
 */
#ifndef SP_HTTP_RETRY_H
#define SP_HTTP_RETRY_H

#include "http/http.h"

struct sp_retry {
    unsigned tries;     /* made so far */
    bool is_repeatable; /* sending it twice is the same as once */
};

/*
 * After try number `tries` ended in RESPONSE: how long to wait before the next one, in ms, or -1 to
 * give up. Tried again: what was not sent, always; 429 and 503 with Retry-After (seconds or a date,
 * up to SP_HTTP_RETRY_AFTER_MAX_S), always, as the server says it did nothing; 500, 502, 504 and a
 * lost answer only when repeatable. Back-off doubles from SP_HTTP_BACKOFF_MS with full jitter;
 * RANDOM_BELOW is sp_random_below except in tests.
 */
int64_t sp_retry_delay_ms(const struct sp_retry *retry, const struct sp_http_response *response,
                          int64_t now_s, uint32_t (*random_below)(uint32_t below));

/* A back-off with full jitter: a random wait up to FIRST_MS, doubled with every one of the TRIES
 * made so far after the first. */
uint32_t sp_back_off_ms(uint32_t first_ms, unsigned tries,
                        uint32_t (*random_below)(uint32_t below));

#endif
