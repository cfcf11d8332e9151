#include "cli/manual_text.h"

#include "cli/terminal.h"

/* The zone in which a record is entered. */
static const struct sp_name *zone_of(const struct sp_result *result,
                                     const struct sp_result_record *record)
{
    if (sp_name_is_set(&record->zone))
        return &record->zone;
    return sp_name_is_set(&result->zone) ? &result->zone : &result->domain;
}

static const char *short_form(const struct sp_name *host, const struct sp_name *zone,
                              char ret_text[SP_NAME_TEXT_SIZE])
{
    if (!sp_name_is_within(host, zone))
        return sp_name_format(host, ret_text);
    struct sp_name relative = sp_name_relative(host, zone);
    if (sp_name_count_labels(&relative) == 0)
        return "@";
    return sp_name_format(&relative, ret_text);
}

void sp_manual_text_put(struct sp_buf *out, const struct sp_result *result,
                        const struct sp_description *provider)
{
    char text[SP_NAME_TEXT_SIZE];
    int narrow = (int)strlen("Host, short"), wide = (int)strlen("Host, whole");
    const struct sp_name *zone = &result->domain;
    SP_ARRAY_FOREACH (&result->records, record) {
        zone = zone_of(result, record);
        int host = (int)strlen(SP_NAME_STR(&record->record.host));
        int relative = (int)strlen(short_form(&record->record.host, zone, text));
        wide = host > wide ? host : wide;
        narrow = relative > narrow ? relative : narrow;
    }
    sp_buf_printf(out, "%s  Enter these CNAME records where the zone %s is edited",
                  SP_NAME_STR(&result->domain), SP_NAME_STR(zone));
    if (provider && provider->url && *provider->url) {
        sp_buf_puts(out, " (");
        sp_put_foreign(out, provider->url);
        sp_buf_putc(out, ')');
    }
    sp_buf_printf(out, ":\n\n  %-*s  %-*s  Points to\n", narrow, "Host, short", wide,
                  "Host, whole");
    SP_ARRAY_FOREACH (&result->records, record) {
        sp_buf_printf(out, "  %-*s  %-*s  %s\n", narrow,
                      short_form(&record->record.host, zone_of(result, record), text), wide,
                      SP_NAME_STR(&record->record.host), SP_NAME_STR(&record->record.target));
    }
    sp_buf_printf(out,
                  "\n  If the page adds %s by itself, enter the short form, else the whole one.\n",
                  SP_NAME_STR(zone));
}
