#include "cli/ago.h"

void sp_ago_put(struct sp_buf *out, int64_t at_s, int64_t now_s)
{
    static const struct {
        const char *unit;
        int64_t seconds;
    } units[] = {{"day", 86400}, {"hour", 3600}, {"minute", 60}, {"second", 1}};
    int64_t age = now_s - at_s;
    if (age < 5) { /* also what a clock that was set back makes of the future */
        sp_buf_puts(out, "just now");
        return;
    }
    size_t i = 0;
    while (age < 2 * units[i].seconds && units[i].seconds > 1)
        i++;
    long long n = age / units[i].seconds;
    sp_buf_printf(out, "%lld %s%s ago", n, units[i].unit, n == 1 ? "" : "s");
}
