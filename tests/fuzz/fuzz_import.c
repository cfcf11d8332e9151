/*
 * The records import. What is accepted passes the checks of a set, lies in the domains asked for,
 * holds no host and no domain twice, and comes back equal from its JSON.
 * What is refused leaves nothing behind and says why. The first byte of the input chooses the
 * domains on the command line.
 */
#include <stdlib.h>

#include "base/json.h"
#include "records/import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const domain_texts[] = {"example.com", "mail.example.com", "shop.example"};

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

static bool is_equal(const struct sp_record_set *a, const struct sp_record_set *b)
{
    if (!sp_name_equal(&a->domain, &b->domain) || a->records.n != b->records.n)
        return false;
    for (size_t i = 0; i < a->records.n; i++) {
        const struct sp_record *x = &a->records.items[i], *y = &b->records.items[i];
        if (strcmp(x->type, y->type) != 0 || !sp_name_equal(&x->host, &y->host) ||
            !sp_name_equal(&x->target, &y->target) || x->ttl != y->ttl || x->leg != y->leg)
            return false;
    }
    return true;
}

/* The smallest records file, hosts as whole names (schemas/records.schema.json). */
static json_t *to_json(const struct sp_record_set *set)
{
    json_t *records = json_array();
    SP_ARRAY_FOREACH (&set->records, record) {
        json_t *item = json_object();
        json_object_set_new(item, "type", json_string(record->type));
        json_object_set_new(item, "host", json_string(SP_NAME_STR(&record->host)));
        json_object_set_new(item, "points_to", json_string(SP_NAME_STR(&record->target)));
        if (record->ttl)
            json_object_set_new(item, "ttl", json_integer(record->ttl));
        json_array_append_new(records, item);
    }
    return json_pack("{s:s, s:o}", "domain", SP_NAME_STR(&set->domain), "records", records);
}

static void check_import_again(const struct sp_record_set *set, json_t *json)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_import import;
    char *text = json_dumps(json, 0);
    require(text != NULL);
    require(sp_import_text(text, strlen(text), "again", &set->domain, 1, &import, &err) == 0);
    require(import.sets.n == 1);
    struct sp_record_set read = sp_set_list_get(&import.sets, 0);
    require(is_equal(&read, set));
    sp_record_set_fini(&read);
    require(import.hosts == SP_IMPORT_HOSTS_FULL && import.format == SP_IMPORT_JSON);
    sp_import_fini(&import);
    free(text);
}

static void check_set(const struct sp_record_set *set)
{
    struct sp_err err = SP_ERR_INIT;
    require(sp_record_set_check(set, &err) == 0);
    json_t *json = to_json(set);
    check_import_again(set, json);
    json_decref(json);
}

/* What was taken for a prefix stands in front of a domain, as it was written. */
static void check_reading(const struct sp_import *import, const struct sp_import_reading *reading)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_name joined;
    bool is_there = false;
    for (size_t i = 0; i < import->sets.n; i++) {
        struct sp_name domain = sp_set_list_domain(&import->sets, i);
        is_there |= sp_name_concat(&joined, &reading->written, &domain, &err) == 0 &&
                    sp_name_equal(&joined, &reading->host);
    }
    require(is_there && sp_name_count_labels(&reading->written) > 1);
}

static void check_import(const struct sp_import *import, const struct sp_name *domains, size_t n)
{
    require(import->sets.n > 0);
    for (size_t place = 0; place < import->sets.n; place++) {
        struct sp_record_set set = sp_set_list_get(&import->sets, place);
        bool is_asked = n == 0;
        for (size_t i = 0; i < n; i++)
            is_asked |= sp_name_equal(&set.domain, &domains[i]);
        require(is_asked);
        for (size_t i = 0; i < place; i++) {
            struct sp_name other = sp_set_list_domain(&import->sets, i);
            require(!sp_name_equal(&other, &set.domain));
        }
        check_set(&set);
        sp_record_set_fini(&set);
    }
    SP_ARRAY_FOREACH (&import->readings, reading)
        check_reading(import, reading);
}

static void check_refusal(const struct sp_import *import, const struct sp_err *err)
{
    require(import->sets.n == 0 && import->sets.items == NULL);
    require(err->kind == SP_ERR_USAGE && err->code[0] && err->message[0] && err->fix[0]);
}

static void try_argument(const char *text, const struct sp_name *domains, size_t n)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_import import = {0};
    if (sp_import_argument(text, domains, n, &import, &err) == 0)
        check_import(&import, domains, n);
    else
        check_refusal(&import, &err);
    sp_import_fini(&import);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sp_name domains[SP_ARRAY_LEN(domain_texts)];
    struct sp_err err = SP_ERR_INIT;
    struct sp_import import;
    for (size_t i = 0; i < SP_ARRAY_LEN(domain_texts); i++)
        require(sp_name_parse(&domains[i], domain_texts[i], &err) == 0);
    if (size == 0)
        return 0;
    size_t n = (data[0] - (size_t)'0') % (SP_ARRAY_LEN(domain_texts) + 1);
    char *text = sp_strndup((const char *)data + 1, size - 1);
    if (sp_import_text((const char *)data + 1, size - 1, "input", domains, n, &import, &err) == 0)
        check_import(&import, domains, n);
    else
        check_refusal(&import, &err);
    sp_import_fini(&import);
    try_argument(text, domains, n);
    free(text);
    return 0;
}
