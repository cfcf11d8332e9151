#include "cli/manual_text.h"

#include "cli/terminal.h"

#define TTL_S 3600 /* of the zone-file lines */

/* What is entered at one page: records of one zone. */
struct sheet {
    const struct sp_name *zone;
    const struct sp_dns_host *page; /* NULL: unknown */
    const struct sp_name *name_server;
    SP_ARRAY(const struct sp_result_record *) records;
};

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

/* ---- which records ------------------------------------------------------------------------------
 */

static bool is_to_be_deleted(const struct sp_result *result, const struct sp_name *host)
{
    SP_ARRAY_FOREACH (&result->changes, change) {
        if (change->action == SP_ACTION_DELETE && change->outcome == SP_OUTCOME_PLANNED &&
            (!host || sp_name_equal(&change->host, host)))
            return true;
    }
    return false;
}

/* Where an API writes the other records of the domain, those are not typed. */
static bool is_typed(const struct sp_result *result, const struct sp_result_record *record,
                     const struct sp_description *provider)
{
    if (record->provider && provider && strcmp(record->provider, provider->name) != 0)
        return false;
    return !is_to_be_deleted(result, NULL) || is_to_be_deleted(result, &record->record.host);
}

/* The records of ZONE that a person is to type, or to delete: then those that are still there. */
static struct sheet sheet_of(const struct sp_result *result, const struct sp_description *provider,
                             const struct sp_name *zone)
{
    struct sheet sheet = {.zone = zone};
    SP_ARRAY_FOREACH (&result->records, record) {
        if (!is_typed(result, record, provider) || !sp_name_equal(zone_of(result, record), zone))
            continue;
        sheet.page = record->page;
        sheet.name_server = &record->name_server;
        *sp_array_push(&sheet.records) = record;
    }
    return sheet;
}

/* ---- the table ----------------------------------------------------------------------------------
 */

enum { SHORT, WHOLE, TARGET, N_COLUMNS };

struct row {
    char cells[N_COLUMNS][SP_NAME_TEXT_SIZE + 1];
};

static struct row head_of(const struct sp_dns_host *page)
{
    const char *const words[N_COLUMNS] = {
        [SHORT] = page && page->host_box ? page->host_box : "Host, short",
        [WHOLE] = page ? "Subdomain" : "Host, whole",
        [TARGET] = page && page->target_box ? page->target_box : "Points to",
    };
    struct row row;
    for (size_t i = 0; i < N_COLUMNS; i++)
        snprintf(row.cells[i], sizeof(row.cells[i]), "%s", words[i]);
    return row;
}

static struct row row_of(const struct sheet *sheet, const struct sp_record *record)
{
    struct row row;
    short_form(&record->host, sheet->zone, row.cells[SHORT]);
    sp_name_format(&record->host, row.cells[WHOLE]);
    snprintf(row.cells[TARGET], sizeof(row.cells[TARGET]), "%s%s", SP_NAME_STR(&record->target),
             sheet->page && sheet->page->dot == SP_DOT_WITH ? "." : "");
    return row;
}

/* Of a page that is known, the form that it does not want would only mislead. */
static bool is_shown(const struct sp_dns_host *page, size_t column)
{
    return !page || column == TARGET || column == (page->entry == SP_ENTRY_PREFIX ? SHORT : WHOLE);
}

static void put_row(struct sp_buf *out, const struct sp_dns_host *page, const struct row *row,
                    const size_t widths[N_COLUMNS])
{
    for (size_t i = 0; i < N_COLUMNS; i++) {
        if (is_shown(page, i))
            sp_buf_printf(out, "  %-*s", i == TARGET ? 0 : (int)widths[i], row->cells[i]);
    }
    sp_buf_putc(out, '\n');
}

/* The host as one box wants it, or in both forms; and the target as its box wants it. */
static void put_table(struct sp_buf *out, const struct sheet *sheet)
{
    SP_ARRAY(struct row) rows = {0};
    size_t widths[N_COLUMNS] = {0};
    *sp_array_push(&rows) = head_of(sheet->page);
    SP_ARRAY_FOREACH (&sheet->records, record)
        *sp_array_push(&rows) = row_of(sheet, &(*record)->record);
    SP_ARRAY_FOREACH (&rows, row) {
        for (size_t i = 0; i < N_COLUMNS; i++)
            widths[i] = strlen(row->cells[i]) > widths[i] ? strlen(row->cells[i]) : widths[i];
    }
    SP_ARRAY_FOREACH (&rows, row)
        put_row(out, sheet->page, row, widths);
    sp_array_free(&rows);
}

/* ---- around it ----------------------------------------------------------------------------------
 */

static void put_head(struct sp_buf *out, const struct sheet *sheet,
                     const struct sp_description *provider, bool is_deletion)
{
    sp_buf_printf(out, "  %s these CNAME records ", is_deletion ? "Delete" : "Enter");
    if (sheet->page) {
        sp_buf_printf(out, "at %s (recognised by %s):\n\n", sheet->page->name,
                      SP_NAME_STR(sheet->name_server));
        sp_buf_printf(out, "  %s\n", sheet->page->page);
        if (sheet->page->help)
            sp_buf_printf(out, "  %s\n", sheet->page->help);
        sp_buf_putc(out, '\n');
        return;
    }
    sp_buf_printf(out, "where the zone %s is edited", SP_NAME_STR(sheet->zone));
    if (provider && provider->url && *provider->url) {
        sp_buf_puts(out, " (");
        sp_put_foreign(out, provider->url);
        sp_buf_putc(out, ')');
    }
    sp_buf_puts(out, ":\n\n");
}

static void put_advice_for_page(struct sp_buf *out, const struct sheet *sheet)
{
    const struct sp_dns_host *page = sheet->page;
    const char *zone = SP_NAME_STR(sheet->zone);
    if (page->entry == SP_ENTRY_PREFIX)
        sp_buf_printf(out, "\n  %s adds %s by itself: enter \"%s\" as it stands here.", page->name,
                      zone, page->host_box);
    else
        sp_buf_printf(out,
                      "\n  %s has no box for the host: create each subdomain, then set its CNAME.",
                      page->name);
    if (page->dot == SP_DOT_WITH)
        sp_buf_puts(out, " The final dot of the target belongs to it.");
    else if (page->dot == SP_DOT_UNKNOWN)
        sp_buf_printf(out,
                      " Should %s appear behind the target afterwards, enter the target with a "
                      "final dot.",
                      zone);
    if (page->note)
        sp_buf_printf(out, " %s", page->note);
    sp_buf_putc(out, '\n');
}

/* Every page that is known and has a box for the host wants the short form. */
static void put_advice(struct sp_buf *out, const struct sheet *sheet)
{
    if (sheet->page)
        put_advice_for_page(out, sheet);
    else
        sp_buf_printf(
            out,
            "\n  If the page adds %s by itself, enter the short form, else the whole one. "
            "If it does not say, try the short form first: most pages want that. A page "
            "that adds %s to the target as well wants the target with a final dot.\n",
            SP_NAME_STR(sheet->zone), SP_NAME_STR(sheet->zone));
}

/* RFC 1035, section 5.1: for those who edit a zone file, or upload one. */
static void put_zone_file(struct sp_buf *out, const struct sheet *sheet)
{
    char text[SP_NAME_TEXT_SIZE];
    sp_buf_printf(out, "\n  As a zone file:\n\n  $ORIGIN %s.\n", SP_NAME_STR(sheet->zone));
    SP_ARRAY_FOREACH (&sheet->records, item) {
        const struct sp_record *record = &(*item)->record;
        bool is_within = sp_name_is_within(&record->host, sheet->zone);
        sp_buf_printf(out, "  %s%s %d IN CNAME %s.\n", short_form(&record->host, sheet->zone, text),
                      is_within ? "" : ".", TTL_S, SP_NAME_STR(&record->target));
    }
}

void sp_manual_text_put(struct sp_buf *out, const struct sp_result *result,
                        const struct sp_description *provider, bool has_unicode)
{
    bool is_deletion = is_to_be_deleted(result, NULL), is_first = true;
    SP_ARRAY_FOREACH (&result->records, record) {
        struct sheet sheet = sheet_of(result, provider, zone_of(result, record));
        /* Each zone once, at its first record. */
        if (sheet.records.n && sheet.records.items[0] == record) {
            if (!is_first)
                sp_buf_putc(out, '\n');
            is_first = false;
            sp_put_domain(out, &result->domain, has_unicode);
            put_head(out, &sheet, provider, is_deletion);
            put_table(out, &sheet);
            if (!is_deletion) {
                put_advice(out, &sheet);
                put_zone_file(out, &sheet);
            }
        }
        sp_array_free(&sheet.records);
    }
}
