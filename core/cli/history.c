#include "cli/history.h"

#include "base/limits.h"
#include "cli/clock.h"
#include "cli/output.h"
#include "cli/report_text.h"

static const char *pick_status(const char *word, enum sp_status *ret_status)
{
    for (int status = SP_STATUS_PENDING; status <= SP_STATUS_ERROR; status++)
        if (strcmp(word, sp_status_name((enum sp_status)status)) == 0) {
            *ret_status = (enum sp_status)status;
            return sp_status_badge((enum sp_status)status);
        }
    *ret_status = SP_STATUS_NONE;
    return word;
}

/* "2026-11-24 01:10 CET", "2026-11-24 01:10 to 03:20 CET", or both in full on different days. */
static void put_span(struct sp_buf *out, int64_t from_s, int64_t to_s)
{
    struct sp_buf from = SP_BUF_INIT(SP_TEXT_MAX), to = SP_BUF_INIT(SP_TEXT_MAX);
    sp_clock_put_day(&from, from_s);
    sp_clock_put_day(&to, to_s);
    bool is_moment = strcmp(sp_buf_str(&from), sp_buf_str(&to)) == 0;
    sp_buf_puts(out, sp_buf_str(&from));
    if (!is_moment) {
        sp_buf_puts(out, " to ");
        sp_clock_put(out, to_s, from_s);
    }
    sp_buf_fini(&from);
    sp_buf_fini(&to);
}

static void put_look(struct sp_buf *out, const struct sp_ledger_span *span, bool has_color)
{
    enum sp_status status;
    const char *badge = pick_status(span->check.status, &status);
    sp_buf_puts(out, "    ");
    put_span(out, span->first_at_s, span->check.at_s);
    sp_buf_puts(out, "  ");
    sp_style_puts(out, has_color, sp_report_text_style(status), badge);
    sp_buf_printf(out, ", %lld look%s\n      ", (long long)span->n_looks,
                  span->n_looks == 1 ? "" : "s");
    sp_put_foreign(out, span->check.message);
    sp_buf_putc(out, '\n');
}

static void put_sightings(struct sp_buf *out, const sp_ledger_sightings *sightings)
{
    const char *host = "";
    sp_buf_puts(out, sightings->n ? "\n  First seen live\n" : "");
    SP_ARRAY_FOREACH (sightings, sighting) {
        if (strcmp(host, sighting->host) != 0) {
            sp_buf_puts(out, "    ");
            sp_put_foreign(out, sighting->host);
            sp_buf_putc(out, '\n');
        }
        host = sighting->host;
        sp_buf_puts(out, "      ");
        sp_clock_put_day(out, sighting->at_s);
        sp_buf_puts(out, " at ");
        sp_put_foreign(out, sighting->server);
        sp_buf_puts(out, " (");
        sp_put_foreign(out, sighting->address);
        sp_buf_puts(out, ")\n");
    }
}

void sp_history_put(struct sp_buf *out, const struct sp_ledger_history *history, bool has_color)
{
    sp_buf_puts(out, "\n  History\n");
    SP_ARRAY_FOREACH (&history->spans, span)
        put_look(out, span, has_color);
    if (!history->spans.n)
        sp_buf_puts(out, "    never looked at\n");
    put_sightings(out, &history->sightings);
}

/* ---- the report ---------------------------------------------------------------------------------
 */

static json_t *text(const char *value)
{
    return sp_json_text(value, strlen(value));
}

static json_t *look_to_json(const struct sp_ledger_span *span)
{
    json_t *json = json_object();
    json_object_set_new(json, "from", sp_clock_to_json(span->first_at_s));
    json_object_set_new(json, "to", sp_clock_to_json(span->check.at_s));
    json_object_set_new(json, "looks", json_integer(span->n_looks));
    json_object_set_new(json, "status", text(span->check.status));
    json_object_set_new(json, "message", text(span->check.message));
    json_object_set_new(json, "records_live", json_boolean(span->check.is_records_live));
    json_object_set_new(json, "key_live", json_boolean(span->check.is_key_live));
    return json;
}

static json_t *sighting_to_json(const struct sp_ledger_sighting *sighting)
{
    json_t *json = json_object();
    json_object_set_new(json, "host", text(sighting->host));
    json_object_set_new(json, "points_to", text(sighting->target));
    json_object_set_new(json, "server", text(sighting->server));
    json_object_set_new(json, "address", text(sighting->address));
    json_object_set_new(json, "at", sp_clock_to_json(sighting->at_s));
    return json;
}

json_t *sp_history_to_json(const struct sp_ledger_history *history, int64_t caches_until_s)
{
    json_t *json = json_object(), *looks = json_array(), *sightings = json_array();
    SP_ARRAY_FOREACH (&history->spans, span)
        json_array_append_new(looks, look_to_json(span));
    SP_ARRAY_FOREACH (&history->sightings, sighting)
        json_array_append_new(sightings, sighting_to_json(sighting));
    json_object_set_new(json, "checks", looks);
    json_object_set_new(json, "first_seen", sightings);
    json_object_set_new(json, "caches_until",
                        caches_until_s ? sp_clock_to_json(caches_until_s) : json_null());
    return json;
}
