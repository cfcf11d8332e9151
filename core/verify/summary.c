#include "verify/wording.h"

#include "base/text.h"

/* "all 3 records are", "1 of 3 records is", "none of the 3 records is"; "both records are",
 * "neither record is"; "the record is". */
static void count_records(struct sp_buf *out, size_t n_live, size_t n)
{
    if (n == 1)
        sp_buf_printf(out, n_live ? "the record is" : "the record is not");
    else if (n == 2 && n_live != 1)
        sp_buf_puts(out, n_live ? "both records are" : "neither record is");
    else if (n_live == n)
        sp_buf_printf(out, "all %zu records are", n);
    else if (n_live == 0)
        sp_buf_printf(out, "none of the %zu records is", n);
    else
        sp_buf_printf(out, "%zu of %zu records %s", n_live, n, n_live == 1 ? "is" : "are");
}

void sp_word_put_window(struct sp_buf *out, const struct sp_verdict_context *context)
{
    int64_t window_s = context->window_s > 0 ? context->window_s : SP_WINDOW_S;
    bool is_hours = window_s % 3600 == 0, is_minutes = window_s % 60 == 0;
    long long n = window_s / (is_hours ? 3600 : is_minutes ? 60 : 1);
    sp_buf_printf(out, "%lld %s%s", n,
                  is_hours     ? "hour"
                  : is_minutes ? "minute"
                               : "second",
                  n == 1 ? "" : "s");
}

static void put_late(struct sp_buf *out, const struct sp_verdict_context *context)
{
    sp_buf_puts(out, "after ");
    sp_word_put_window(out, context);
    sp_buf_puts(out, ", ");
}

static void put_where(struct sp_buf *out, const struct sp_observation *observation,
                      const struct sp_verdict *verdict, size_t n_servers, size_t n_all)
{
    const struct sp_record_observation *first = observation->records.items;
    if (verdict->records.n && first->path != SP_PATH_OPEN) {
        sp_buf_puts(out, " live, as seen by ");
        sp_word_put_resolvers(out, observation, &first->hearsay);
        sp_buf_puts(out, " only");
    } else if (verdict->is_records_live) {
        sp_buf_printf(out, " live at %zu of %zu name server%s", n_servers, n_all,
                      n_all == 1 ? "" : "s");
    } else {
        sp_buf_puts(out, " live at every name server");
    }
}

void sp_word_verdict(const struct sp_observation *observation,
                     const struct sp_verdict_context *context,
                     const struct sp_record_verdict *worst, size_t n_servers, size_t n_all,
                     struct sp_verdict *verdict)
{
    struct sp_buf text = SP_BUF_INIT(SP_TEXT_MAX);
    size_t n_live = 0;
    SP_ARRAY_FOREACH (&verdict->records, record)
        n_live += record->state == SP_STATE_LIVE;
    if (verdict->status == SP_STATUS_ERROR && !verdict->is_permanent)
        put_late(&text, context);
    verdict->parts = (struct sp_message_parts){.count_at = text.len};
    count_records(&text, n_live, verdict->records.n);
    put_where(&text, observation, verdict, n_servers, n_all);
    if (worst) {
        verdict->parts.finding_at = text.len;
        verdict->parts.worst = (size_t)(worst - verdict->records.items);
        sp_buf_printf(&text, "; %s", worst->diagnosis.message);
    } else if (verdict->status == SP_STATUS_PENDING) {
        sp_buf_puts(&text, "; what stands behind them has not been looked up yet");
    }
    sp_copy_text(verdict->message, sizeof(verdict->message), sp_buf_str(&text));
    sp_buf_fini(&text);
}
