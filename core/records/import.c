#include "records/import.h"

#include "base/limits.h"
#include "records/import_json.h"
#include "records/import_text.h"

void sp_import_fini(struct sp_import *import)
{
    sp_set_list_fini(&import->sets);
    sp_array_free(&import->readings);
    *import = (struct sp_import){0};
}

static int check_sets(const struct sp_import *import, const char *what, struct sp_err *err)
{
    if (import->sets.n == 0) {
        sp_err_set(err, SP_ERR_USAGE, "no-records", "there are no records in %s", what);
        return sp_err_fix(
            err, "give one record a line, HOST and TARGET, as the platform's page shows them");
    }
    int rc = 0;
    for (size_t i = 0; i < import->sets.n && rc == 0; i++) {
        struct sp_record_set set = sp_set_list_get(&import->sets, i);
        if (sp_record_set_check(&set, err) < 0)
            rc = sp_err_prefix(err, "%s", what);
        sp_record_set_fini(&set);
    }
    return rc;
}

static int refuse_empty(const char *what, struct sp_err *err)
{
    sp_err_set(err, SP_ERR_USAGE, "no-records", "%s is empty", what);
    return sp_err_fix(err,
                      "give one record a line, HOST and TARGET, as the platform's page shows them");
}

static int refuse_no_domain(const char *what, struct sp_err *err)
{
    sp_err_set(err, SP_ERR_USAGE, "no-domain", "%s does not say for which domain its records are",
               what);
    return sp_err_fix(err, "name the domain on the command line");
}

static int read_all(struct sp_importer *importer, const char *text, size_t len, struct sp_err *err)
{
    struct sp_cursor cursor = sp_cursor_of(text, len);
    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        sp_cursor_skip(&cursor, 3); /* byte order mark */
    struct sp_cursor body = cursor;
    sp_cursor_while(&cursor, " \t\r\n");
    int first = sp_cursor_peek(&cursor);
    struct sp_span rest = sp_cursor_take(&body, sp_cursor_left(&body));
    if (first == '{' || first == '[')
        return sp_import_json_read(importer, rest.bytes, rest.len, err);
    if (first < 0)
        return refuse_empty(importer->what, err);
    if (importer->asked.entries.n == 0)
        return refuse_no_domain(importer->what, err);
    return sp_import_text_read(importer, rest.bytes, rest.len, err);
}

int sp_import_text(const char *text, size_t len, const char *what, const struct sp_name *domains,
                   size_t n_domains, struct sp_import *ret_import, struct sp_err *err)
{
    struct sp_importer importer;
    *ret_import = (struct sp_import){0};
    if (len > SP_FILE_MAX) {
        sp_err_set(err, SP_ERR_USAGE, "file-too-long", "%s is longer than %u bytes", what,
                   SP_FILE_MAX);
        return sp_err_fix(err, "give it in several files");
    }
    sp_importer_init(&importer, ret_import, what, domains, n_domains);
    int rc = read_all(&importer, text, len, err);
    sp_importer_fini(&importer);
    if (rc == 0)
        rc = check_sets(ret_import, what, err);
    if (rc < 0)
        sp_import_fini(ret_import);
    return rc;
}

int sp_import_argument(const char *argument, const struct sp_name *domains, size_t n_domains,
                       struct sp_import *import, struct sp_err *err)
{
    struct sp_importer importer;
    if (n_domains == 0)
        return refuse_no_domain("--record", err);
    if (import->sets.n == 0)
        import->format = SP_IMPORT_LINES;
    sp_importer_init(&importer, import, "--record", domains, n_domains);
    int rc = sp_import_text_read_argument(&importer, argument, err);
    sp_importer_fini(&importer);
    return rc;
}
