#include "records/import_json.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "names/sender.h"

/* A report's domains and records have more members than a records file; these alone are read. Rows
 * without a domain, as platforms' APIs give them, are for the only one asked for, and their type
 * may be left out. */
enum shape { SHAPE_FILE, SHAPE_REPORT, SHAPE_BARE };

static void read_row(const struct sp_json_reader *item, enum shape shape,
                     struct sp_import_row *ret_row)
{
    static const char *const keys[] = {"type", "host", "points_to", "ttl", "dkim_key", NULL};
    if (shape != SHAPE_REPORT)
        sp_json_only(item, keys);
    bool has_type = shape != SHAPE_BARE || json_object_get(item->value, "type");
    struct sp_json_reader type = has_type ? sp_json_member(item, "type") : *item;
    struct sp_json_reader host = sp_json_member(item, "host");
    struct sp_json_reader target = sp_json_member(item, "points_to");
    struct sp_json_reader ttl = sp_json_optional(item, "ttl");
    struct sp_json_reader key = sp_json_optional(item, "dkim_key");
    const char *type_name = has_type ? sp_json_string(&type, SP_TEXT_MAX) : "CNAME";
    if (!sp_err_is_set(item->err) && !sp_ascii_equal(type_name, "CNAME")) {
        char *shown = sp_import_quote(sp_span_of(type_name));
        sp_json_fail(&type, "records of type %s are not published, only CNAME", shown);
        sp_err_fix(item->err, "take this record out, and add it at the provider by hand");
        free(shown);
    }
    ret_row->host = sp_json_string(&host, SP_NAME_TEXT_SIZE);
    ret_row->target = sp_json_string(&target, SP_NAME_TEXT_SIZE);
    ret_row->ttl = (uint32_t)sp_json_integer(&ttl, 0, SP_TTL_MAX);
    if (sp_json_is_present(&key))
        ret_row->dkim_key = sp_json_string(&key, SP_DNS_TXT_MAX);
}

static int read_rows(struct sp_importer *importer, const struct sp_json_reader *records,
                     enum shape shape, const struct sp_name *domain, struct sp_err *err)
{
    size_t n = sp_json_length(records, SP_RECORDS_MAX);
    if (n == 0)
        sp_json_fail(records, "holds no record");
    for (size_t i = 0; i < n && !sp_err_is_set(err); i++) {
        struct sp_json_reader item = sp_json_item(records, i);
        struct sp_import_row row = {.domain = domain};
        read_row(&item, shape, &row);
        if (!sp_err_is_set(err) && sp_importer_add(importer, &row, err) < 0)
            return sp_err_prefix(err, "%s", item.path);
    }
    return sp_err_is_set(err) ? -1 : 0;
}

/* Rows that do not say for which domain they are. */
static int read_bare(struct sp_importer *importer, const struct sp_json_reader *records,
                     struct sp_err *err)
{
    if (importer->asked.entries.n == 1)
        return read_rows(importer, records, SHAPE_BARE, &importer->domains[0], err);
    sp_json_fail(records, "these records do not say for which domain they are");
    return sp_err_fix(err, "name one domain on the command line, or put the records into "
                           "{\"domain\": ..., \"records\": [...]}");
}

static int read_set(struct sp_importer *importer, const struct sp_json_reader *object,
                    enum shape shape, struct sp_err *err)
{
    static const char *const keys[] = {"domain", "records", NULL};
    struct sp_name domain;
    if (shape == SHAPE_FILE)
        sp_json_only(object, keys);
    struct sp_json_reader records = sp_json_optional(object, "records");
    if (shape == SHAPE_FILE && !sp_err_is_set(err) && sp_json_is_present(&records) &&
        !json_object_get(object->value, "domain"))
        return read_bare(importer, &records, err);
    struct sp_json_reader name = sp_json_member(object, "domain");
    records = sp_json_member(object, "records");
    const char *name_text = sp_json_string(&name, SP_TEXT_MAX);
    if (sp_err_is_set(err))
        return -1;
    if (sp_sender_parse(&domain, name_text, err) < 0 ||
        sp_importer_check_domain(importer, &domain, err) < 0)
        return sp_err_prefix(err, "%s", name.path);
    return read_rows(importer, &records, shape, &domain, err);
}

static int read_sets(struct sp_importer *importer, const struct sp_json_reader *array,
                     enum shape shape, struct sp_err *err)
{
    size_t n = sp_json_length(array, SP_DOMAINS_MAX);
    for (size_t i = 0; i < n && !sp_err_is_set(err); i++) {
        struct sp_json_reader item = sp_json_item(array, i);
        if (read_set(importer, &item, shape, err) < 0)
            return -1;
    }
    return sp_err_is_set(err) ? -1 : 0;
}

/* Rows, not sets of them, stand in this array. */
static bool is_rows(const json_t *array)
{
    return json_object_get(json_array_get(array, 0), "host") != NULL;
}

static int read_value(struct sp_importer *importer, json_t *value, size_t line, struct sp_err *err)
{
    char place[96];
    snprintf(place, sizeof(place), "%.60s: object at line %zu: $", importer->what, line);
    struct sp_json_reader top = sp_json_reader_of(value, place, err);
    if (is_rows(value))
        return read_bare(importer, &top, err);
    if (json_is_array(value))
        return read_sets(importer, &top, SHAPE_FILE, err);
    if (!json_object_get(value, "signpost"))
        return read_set(importer, &top, SHAPE_FILE, err);
    struct sp_json_reader domains = sp_json_member(&top, "domains");
    return read_sets(importer, &domains, SHAPE_REPORT, err);
}

static void skip_blanks(struct sp_cursor *cursor, size_t *line)
{
    struct sp_span gap = sp_cursor_while(cursor, " \t\r\n");
    for (size_t i = 0; i < gap.len; i++)
        *line += gap.bytes[i] == '\n';
}

/* One top-level value: up to the bracket that closes its first one; a broken one goes to the end.
 */
static struct sp_span take_value(struct sp_cursor *cursor, size_t *ret_n_lines)
{
    struct sp_cursor start = *cursor;
    size_t depth = 0;
    bool is_in_string = false;
    *ret_n_lines = 0;
    while (!sp_cursor_is_end(cursor)) {
        char c = (char)sp_cursor_u8(cursor);
        *ret_n_lines += c == '\n';
        if (is_in_string) {
            if (c == '\\' && sp_cursor_peek(cursor) != '\n' && !sp_cursor_is_end(cursor))
                sp_cursor_skip(cursor, 1);
            else if (c == '"')
                is_in_string = false;
        } else if (c == '"') {
            is_in_string = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if ((c == '}' || c == ']') && (depth == 0 || --depth == 0)) {
            break;
        }
    }
    return sp_cursor_take(&start, cursor->at - start.at);
}

/* Parsed by itself, so that a long file never is in memory twice; parsed again behind as many line
 * ends as stood in front of it, only for an error with the line of the file. */
static json_t *parse_value(struct sp_span span, const char *what, size_t line, struct sp_err *err)
{
    json_t *value = sp_json_parse(span.bytes, span.len, what, err);
    if (value || line == 1)
        return value;
    struct sp_buf padded = SP_BUF_INIT(2 * SP_FILE_MAX);
    for (size_t i = 1; i < line; i++)
        sp_buf_putc(&padded, '\n');
    sp_buf_append(&padded, span.bytes, span.len);
    sp_err_clear(err);
    value = sp_json_parse(padded.data, padded.len, what, err);
    sp_buf_fini(&padded);
    return value;
}

int sp_import_json_read(struct sp_importer *importer, const char *text, size_t len,
                        struct sp_err *err)
{
    struct sp_cursor cursor = sp_cursor_of(text, len);
    size_t line = 1, n_lines;
    int rc = 0;
    importer->import->format = SP_IMPORT_JSON;
    skip_blanks(&cursor, &line);
    while (rc == 0 && !sp_cursor_is_end(&cursor)) {
        struct sp_span span = take_value(&cursor, &n_lines);
        json_t *value = parse_value(span, importer->what, line, err);
        rc = value ? read_value(importer, value, line, err) : -1;
        json_decref(value);
        line += n_lines;
        skip_blanks(&cursor, &line);
    }
    if (rc < 0 && !*err->fix)
        sp_err_fix(err,
                   "write {\"domain\": \"%s\", \"records\": [{\"type\": \"CNAME\", \"host\": "
                   "\"sk48601\", \"points_to\": \"u1.mailer.example\"}]}",
                   importer->asked.entries.n ? SP_NAME_STR(importer->domains) : "yourdomain.com");
    return rc;
}
