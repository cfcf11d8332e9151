#include "cli/clock.h"

#include <time.h>

void sp_clock_put(struct sp_buf *out, int64_t at_s, int64_t now_s)
{
    time_t at = (time_t)at_s, now = (time_t)now_s;
    struct tm at_tm, now_tm;
    char text[64];
    if (!localtime_r(&at, &at_tm) || !localtime_r(&now, &now_tm))
        return;
    bool is_today = at_tm.tm_year == now_tm.tm_year && at_tm.tm_yday == now_tm.tm_yday;
    if (!is_today)
        sp_buf_append(out, text, strftime(text, sizeof(text), "%Y-%m-%d ", &at_tm));
    sp_buf_append(out, text, strftime(text, sizeof(text), "%H:%M %Z", &at_tm));
}

void sp_clock_put_day(struct sp_buf *out, int64_t at_s)
{
    time_t at = (time_t)at_s;
    struct tm tm;
    char text[64];
    if (localtime_r(&at, &tm))
        sp_buf_append(out, text, strftime(text, sizeof(text), "%Y-%m-%d %H:%M %Z", &tm));
}

void sp_clock_put_utc(struct sp_buf *out, int64_t at_s)
{
    time_t at = (time_t)at_s;
    struct tm tm;
    char text[64];
    if (gmtime_r(&at, &tm))
        sp_buf_append(out, text, strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm));
}

int64_t sp_clock_parse_utc(const char *text)
{
    struct tm tm = {0};
    const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    return end && !*end ? (int64_t)timegm(&tm) : -1;
}

json_t *sp_clock_to_json(int64_t at_s)
{
    struct sp_buf text = SP_BUF_INIT(64);
    sp_clock_put_utc(&text, at_s);
    json_t *json = json_string(sp_buf_str(&text));
    sp_buf_fini(&text);
    return json;
}
