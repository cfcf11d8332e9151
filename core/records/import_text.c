#include "records/import_text.h"

#include "records/import_line.h"

struct reader {
    struct sp_importer *importer;
    struct sp_import_line line;
    size_t number;
    struct sp_name origin; /* $ORIGIN; unset: none */
    uint32_t ttl;          /* $TTL, seconds */
    char *host;            /* of the line before, which had no target yet; owned */
    size_t host_number;
    size_t n_zone, n_pasted; /* records of either kind */
};

static int put_place(const struct reader *reader, size_t number, struct sp_err *err)
{
    if (!*err->fix)
        sp_err_fix(err, "write one record a line, host and target: sk48601.%s u1.mailer.example",
                   SP_NAME_STR(reader->importer->domains));
    return sp_err_prefix(err, "line %zu of %s", number, reader->importer->what);
}

static int refuse_lone_host(const struct reader *reader, struct sp_err *err)
{
    char *shown = sp_import_quote(sp_span_of(reader->host));
    sp_err_set(err, SP_ERR_USAGE, "no-target", "there is no target for the host \"%s\"", shown);
    free(shown);
    sp_err_fix(err, "write what it points to on the same line, or on the next one");
    return put_place(reader, reader->host_number, err);
}

static int add(struct reader *reader, const char *host, const char *target, size_t host_number,
               struct sp_err *err)
{
    const struct sp_import_line *line = &reader->line;
    bool is_zone = line->kind == SP_IMPORT_LINE_ZONE;
    const struct sp_import_row row = {
        .host = host,
        .target = target,
        .origin = sp_name_is_set(&reader->origin) ? &reader->origin : NULL,
        .ttl = line->ttl ? line->ttl
               : is_zone ? reader->ttl
                         : 0,
    };
    reader->n_zone += is_zone;
    reader->n_pasted += !is_zone;
    return sp_importer_add(reader->importer, &row, err) < 0 ? put_place(reader, host_number, err)
                                                            : 0;
}

/* A column of hosts above a column of targets would otherwise make one host point to the next. */
static bool is_another_host(const struct reader *reader, const char *target)
{
    struct sp_err unused = SP_ERR_INIT;
    struct sp_name name;
    size_t place;
    return sp_name_parse(&name, target, &unused) == 0 &&
           sp_domain_index_find_above(&reader->importer->asked, &name, &place);
}

static int read_half(struct reader *reader, struct sp_err *err)
{
    const char *name = reader->line.first;
    int rc;
    if (!reader->host) {
        reader->host = sp_strdup(name);
        reader->host_number = reader->number;
        return 0;
    }
    if (is_another_host(reader, name)) {
        char *host = sp_import_quote(sp_span_of(reader->host)),
             *next = sp_import_quote(sp_span_of(name));
        sp_err_set(err, SP_ERR_USAGE, "no-target",
                   "the host \"%s\" is followed by another host, \"%s\", not by its target", host,
                   next);
        free(host);
        free(next);
        sp_err_fix(err, "write each host and what it points to on one line: HOST TARGET");
        return put_place(reader, reader->host_number, err);
    }
    rc = add(reader, reader->host, name, reader->host_number, err);
    free(reader->host);
    reader->host = NULL;
    return rc;
}

static int read_origin(struct reader *reader, struct sp_err *err)
{
    return sp_name_parse(&reader->origin, reader->line.first, err) < 0
               ? put_place(reader, reader->number, err)
               : 0;
}

static int read_line(struct reader *reader, struct sp_span span, struct sp_err *err)
{
    const struct sp_import_line *line = &reader->line;
    reader->number++;
    if (sp_import_line_read(&reader->line, span, err) < 0)
        return put_place(reader, reader->number, err);
    if (line->kind == SP_IMPORT_LINE_BLANK)
        return 0;
    if (line->kind == SP_IMPORT_LINE_HALF)
        return read_half(reader, err);
    if (reader->host)
        return refuse_lone_host(reader, err);
    if (line->kind == SP_IMPORT_LINE_ORIGIN)
        return read_origin(reader, err);
    if (line->kind == SP_IMPORT_LINE_TTL) {
        reader->ttl = line->ttl;
        return 0;
    }
    return add(reader, line->first, line->second, reader->number, err);
}

int sp_import_text_read(struct sp_importer *importer, const char *text, size_t len,
                        struct sp_err *err)
{
    struct reader reader = {.importer = importer};
    struct sp_cursor cursor = sp_cursor_of(text, len);
    struct sp_span span;
    int rc = 0;
    while (rc == 0 && sp_cursor_line(&cursor, &span))
        rc = read_line(&reader, span, err);
    if (rc == 0 && reader.host)
        rc = refuse_lone_host(&reader, err);
    free(reader.host);
    importer->import->format = reader.n_zone && !reader.n_pasted ? SP_IMPORT_ZONE : SP_IMPORT_LINES;
    return rc;
}

/* HOST=TARGET means what it says: no word of it is a column to skip. */
static int add_assignment(struct sp_importer *importer, struct sp_span before, struct sp_span after,
                          struct sp_err *err)
{
    static const char blanks[] = " \t\r\n\v\f";
    char *host = sp_span_dup(sp_span_trim(before)), *target = sp_span_dup(sp_span_trim(after));
    const struct sp_import_row row = {.host = host, .target = target};
    int rc = -1;
    if (!*host || !*target)
        sp_err_set(err, SP_ERR_USAGE, "bad-record",
                   "it does not name a host and what it points to");
    else if (strpbrk(host, blanks) || strpbrk(target, blanks))
        sp_err_set(err, SP_ERR_USAGE, "bad-record", "there is a blank in the %s",
                   strpbrk(host, blanks) ? "host" : "target");
    else if (strchr(target, '='))
        sp_err_set(err, SP_ERR_USAGE, "bad-record", "it has more than one \"=\"");
    else
        rc = sp_importer_add(importer, &row, err);
    free(host);
    free(target);
    return rc;
}

static int add_argument_line(struct sp_importer *importer, const char *argument, struct sp_err *err)
{
    struct sp_import_line line;
    if (sp_import_line_read(&line, sp_span_of(argument), err) < 0)
        return -1;
    if (line.kind != SP_IMPORT_LINE_PAIR && line.kind != SP_IMPORT_LINE_ZONE)
        return sp_err_set(err, SP_ERR_USAGE, "bad-record",
                          "it does not name a host and what it points to");
    const struct sp_import_row row = {.host = line.first, .target = line.second, .ttl = line.ttl};
    return sp_importer_add(importer, &row, err);
}

int sp_import_text_read_argument(struct sp_importer *importer, const char *argument,
                                 struct sp_err *err)
{
    struct sp_cursor cursor = sp_cursor_of(argument, strlen(argument));
    struct sp_span before = sp_cursor_until(&cursor, "=");
    bool is_assignment = sp_cursor_u8(&cursor) == '=' && sp_cursor_peek(&cursor) != '>';
    struct sp_span after = sp_cursor_take(&cursor, sp_cursor_left(&cursor));
    int rc = is_assignment ? add_assignment(importer, before, after, err)
                           : add_argument_line(importer, argument, err);
    if (rc < 0) {
        char *shown = sp_import_quote(sp_span_of(argument));
        if (!*err->fix)
            sp_err_fix(err, "write HOST=TARGET, such as --record sk48601.%s=u1.mailer.example",
                       SP_NAME_STR(importer->domains));
        sp_err_prefix(err, "%s \"%s\"", importer->what, shown);
        free(shown);
    }
    return rc;
}
