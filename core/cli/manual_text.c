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

/* The records that a person is to type, or to delete: then those that are still there. */
typedef SP_ARRAY(const struct sp_result_record *) record_list;

static bool is_to_be_deleted(const struct sp_result *result, const struct sp_name *host)
{
    SP_ARRAY_FOREACH (&result->changes, change) {
        if (change->action == SP_ACTION_DELETE && change->outcome == SP_OUTCOME_PLANNED &&
            (!host || sp_name_equal(&change->host, host)))
            return true;
    }
    return false;
}

static record_list records_of(const struct sp_result *result, bool is_deletion)
{
    record_list records = {0};
    SP_ARRAY_FOREACH (&result->records, record) {
        if (!is_deletion || is_to_be_deleted(result, &record->record.host))
            *sp_array_push(&records) = record;
    }
    return records;
}

static void put_table(struct sp_buf *out, const struct sp_result *result,
                      const record_list *records)
{
    char text[SP_NAME_TEXT_SIZE];
    int narrow = (int)strlen("Host, short"), wide = (int)strlen("Host, whole");
    SP_ARRAY_FOREACH (records, item) {
        const struct sp_name *name = &(*item)->record.host;
        int host = (int)strlen(SP_NAME_STR(name));
        int relative = (int)strlen(short_form(name, zone_of(result, *item), text));
        wide = host > wide ? host : wide;
        narrow = relative > narrow ? relative : narrow;
    }
    sp_buf_printf(out, "  %-*s  %-*s  Points to\n", narrow, "Host, short", wide, "Host, whole");
    SP_ARRAY_FOREACH (records, item) {
        const struct sp_record *record = &(*item)->record;
        sp_buf_printf(out, "  %-*s  %-*s  %s\n", narrow,
                      short_form(&record->host, zone_of(result, *item), text), wide,
                      SP_NAME_STR(&record->host), SP_NAME_STR(&record->target));
    }
}

void sp_manual_text_put(struct sp_buf *out, const struct sp_result *result,
                        const struct sp_description *provider, bool has_unicode)
{
    bool is_deletion = is_to_be_deleted(result, NULL);
    record_list records = records_of(result, is_deletion);
    const struct sp_name *zone =
        records.n ? zone_of(result, records.items[records.n - 1]) : &result->domain;
    sp_put_domain(out, &result->domain, has_unicode);
    sp_buf_printf(out, "  %s these CNAME records where the zone %s is edited",
                  is_deletion ? "Delete" : "Enter", SP_NAME_STR(zone));
    if (provider && provider->url && *provider->url) {
        sp_buf_puts(out, " (");
        sp_put_foreign(out, provider->url);
        sp_buf_putc(out, ')');
    }
    sp_buf_puts(out, ":\n\n");
    put_table(out, result, &records);
    if (!is_deletion)
        sp_buf_printf(
            out, "\n  If the page adds %s by itself, enter the short form, else the whole one.\n",
            SP_NAME_STR(zone));
    sp_array_free(&records);
}
