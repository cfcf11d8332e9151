#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "records/generate.h"

static struct sp_name name_of(const char *text)
{
    struct sp_name name;
    struct sp_err err = SP_ERR_INIT;
    if (sp_name_parse(&name, text, &err) < 0)
        fail_msg("%s: %s", text, err.message);
    return name;
}

static int generate(const char *domain, const char *platform, const char *account, const char *key,
                    struct sp_record_set *ret_set, struct sp_err *err)
{
    struct sp_secret *secret = key ? sp_secret_new(key, strlen(key)) : NULL;
    const struct sp_generate_input input = {.domain = name_of(domain),
                                            .platform = name_of(platform),
                                            .account = account,
                                            .key = secret};
    int rc = sp_generate_records(&input, ret_set, err);
    sp_secret_free(secret);
    return rc;
}

static void assert_record(const struct sp_record *record, const char *id, const char *host_tail,
                          const char *domain, const char *label, const char *target_tail)
{
    char *host = sp_asprintf("%s%s.%s", id, host_tail, domain);
    char *target = sp_asprintf("%s.%s.mailer.example", label, target_tail);
    assert_string_equal(SP_NAME_STR(&record->host), host);
    assert_string_equal(SP_NAME_STR(&record->target), target);
    assert_string_equal(record->type, "CNAME");
    free(host);
    free(target);
}

/*
 * These values stand in customers' zones: they must never change. They were not made by this code
 * but by Python's hashlib and hmac, from generate.h alone: s = lambda b: struct.pack('>I', len(b))
 * + b m = s(b'signpost records 1') + s(account) + s(domain) d = hashlib.sha256(m).digest(), or
 * hmac.new(key, m, hashlib.sha256).digest() id = 10000 + int.from_bytes(d[:8], 'big') % 90000 label
 * = base64.b32encode(d[8:]).decode().lower()[:20]
 */
static void test_golden_vectors(void **state)
{
    (void)state;
    static const struct {
        const char *domain, *account, *key, *id, *label;
    } rows[] = {
        {"example.com", "", NULL, "sk18154", "f7v27uabwdffyx62r6rw"},
        {"example.com", "acct-1", NULL, "sk25857", "ufsxntmkpdtrxteaexeb"},
        {"example.com", "acct-2", NULL, "sk15112", "3punkgqame7tthckcckj"},
        {"example.com", "", "operator secret", "sk50343", "46kgzbpjuxlfcrl2kw6y"},
        {"example.com", "acct-1", "operator secret", "sk12338", "mhqj5wu7njnr6t34b46g"},
        {"xn--bcher-kva.example", "ünï", NULL, "sk46554", "4joph7e7xbrkf7mw6xbd"},
        {"mail.example.co.uk", "", NULL, "sk29373", "e7n7juhddkscz7hvpjvq"},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_err err = SP_ERR_INIT;
        struct sp_record_set set;
        assert_int_equal(
            generate(rows[i].domain, "mailer.example", rows[i].account, rows[i].key, &set, &err),
            0);
        assert_int_equal(set.records.n, 3);
        assert_record(&set.records.items[0], rows[i].id, "", rows[i].domain, rows[i].label, "rp");
        assert_record(&set.records.items[1], rows[i].id, "a._domainkey", rows[i].domain,
                      rows[i].label, "a.dkim");
        assert_record(&set.records.items[2], rows[i].id, "b._domainkey", rows[i].domain,
                      rows[i].label, "b.dkim");
        assert_int_equal(set.records.items[0].leg, SP_LEG_RETURN_PATH);
        assert_int_equal(set.records.items[1].leg, SP_LEG_DKIM);
        assert_int_equal(set.records.items[2].leg, SP_LEG_DKIM);
        assert_int_equal(sp_record_set_check(&set, &err), 0);
        sp_record_set_fini(&set);
    }
}

static char *first_target(const char *domain, const char *account)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_record_set set;
    assert_int_equal(generate(domain, "mailer.example", account, NULL, &set, &err), 0);
    char *target = sp_strdup(SP_NAME_STR(&set.records.items[0].target));
    sp_record_set_fini(&set);
    return target;
}

/* The account's end and the domain's start cannot be moved against each other, and the way in which
 * the user wrote the domain does not matter. */
static void test_inputs_are_told_apart(void **state)
{
    (void)state;
    char *plain = first_target("b.example", "a"), *moved = first_target("a.b.example", "");
    char *written = first_target("B.Example.", "a");
    assert_string_not_equal(plain, moved);
    assert_string_equal(plain, written);
    free(plain);
    free(moved);
    free(written);
}

/* Over many domains the id keeps its five digits and hits both halves of its range. */
static void test_id_range(void **state)
{
    (void)state;
    unsigned n_low = 0;
    for (unsigned i = 0; i < 300; i++) {
        struct sp_err err = SP_ERR_INIT;
        struct sp_record_set set;
        char domain[32];
        snprintf(domain, sizeof(domain), "d%u.example", i);
        assert_int_equal(generate(domain, "mailer.example", "", NULL, &set, &err), 0);
        struct sp_span label = sp_name_label(&set.records.items[0].host, 0);
        assert_int_equal(label.len, 7);
        assert_memory_equal(label.bytes, "sk", 2);
        assert_in_range(label.bytes[2], '1', '9');
        n_low += label.bytes[2] < '5';
        sp_record_set_fini(&set);
    }
    assert_in_range(n_low, 90, 180);
}

static void test_refuses(void **state)
{
    (void)state;
    struct sp_err err = SP_ERR_INIT;
    struct sp_record_set set;
    char account[SP_TEXT_MAX + 2];
    memset(account, 'a', sizeof(account) - 1);
    account[sizeof(account) - 1] = '\0';
    assert_int_equal(generate("example.com", "mailer.example", account, NULL, &set, &err), -1);
    assert_string_equal(err.code, "account-too-long");
    assert_int_equal(err.kind, SP_ERR_USAGE);
    assert_int_equal(set.records.n, 0);

    account[SP_TEXT_MAX] = '\0';
    assert_int_equal(generate("example.com", "mailer.example", account, NULL, &set, &err), 0);
    sp_record_set_fini(&set);

    char label[64], text[SP_NAME_TEXT_SIZE];
    memset(label, 'x', 60);
    label[60] = '\0';
    snprintf(text, sizeof(text), "%s.%s.%s.%s", label, label, label, label);
    assert_int_equal(generate(text, "mailer.example", "", NULL, &set, &err), -1);
    assert_string_equal(err.code, "name-too-long");
    assert_int_equal(set.records.n, 0);
    assert_int_equal(generate("example.com", text, "", NULL, &set, &err), -1);
    assert_string_equal(err.code, "name-too-long");
    assert_non_null(strstr(err.message, "platform"));
    assert_int_equal(set.records.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden_vectors),
        cmocka_unit_test(test_inputs_are_told_apart),
        cmocka_unit_test(test_id_range),
        cmocka_unit_test(test_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
