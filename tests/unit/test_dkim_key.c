#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "dkim_keys.h"
#include "records/dkim_key.h"

#define V           SP_DKIM_KEY_VALID
#define N           SP_DKIM_KEY_NONE
#define R           SP_DKIM_KEY_REVOKED
#define W           SP_DKIM_KEY_WEAK
#define M(f)        SP_DKIM_KEY_MALFORMED, SP_DKIM_FAULT_##f
#define K           RSA_2048
#define SPELLED_OUT "-----BEGIN PUBLIC KEY-----"

static void test_states(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum sp_dkim_key_state state;
        enum sp_dkim_fault fault;
    } rows[] = {
        /* RFC 6376, section 3.6.1 and appendix C; RFC 8463, appendix A.2 */
        {"v=DKIM1; k=rsa; p=" K, V},
        {"v=DKIM1; k=ed25519; p=" ED25519, V},
        {"p=" K, V},
        {"p=" K ";", V},
        {"p=" K "; ", V},
        {"k=rsa;p=" K, V},
        {"v=DKIM1;p=" K ";h=sha256;s=email;t=y:s;n=a note, with = and \"quotes\"", V},
        {"v=DKIM1; x_unknown9=1; p=" K, V},
        {"v=DKIM1; g=; p=" K, V},
        /* Folding whitespace: around names and values, and anywhere in base64. */
        {" v = DKIM1 ;\r\n\tk = rsa ;\r\n p = " K " \r\n", V},
        {"v=DKIM1; k=ed25519; p=11qY AYKxCr\r\n fVS/7TyWQHOg7hcvPapi\tMlrwIaaPcHURo =", V},
        /* Lists: words between colons, in any order, with blanks. */
        {"v=DKIM1; h=sha1:sha256; p=" K, V},
        {"v=DKIM1; h=sha256 : sha1; p=" K, V},
        {"v=DKIM1; s=*; p=" K, V},
        {"v=DKIM1; s=other : email; p=" K, V},
        {"v=DKIM1; h=sha1; p=" K, M(HASH)},
        {"v=DKIM1; h=; p=" K, M(HASH)},
        {"v=DKIM1; h=sha2567; p=" K, M(HASH)},
        {"v=DKIM1; h=SHA256; p=" K, M(HASH)},
        {"v=DKIM1; s=tlsrpt; p=" K, M(SERVICE)},
        {"v=DKIM1; s=; p=" K, M(SERVICE)},
        {"v=DKIM1; s=emails:e:*x; p=" K, M(SERVICE)},
        /* Revoked: p= has nothing, or blanks. */
        {"v=DKIM1; p=", R},
        {"p=", R},
        {"p= \r\n ;", R},
        {"v=DKIM1; k=rsa; p=; t=y", R},
        /* No key records. */
        {"", N},
        {" ", N},
        {"v=spf1 include:mailer.example ~all", N},
        {"v=DMARC1; p=none; rua=mailto:a@example.com", N},
        {"v=TLSRPTv1; rua=mailto:a@example.com", N},
        {"google-site-verification=abcdefg", N},
        {"k=rsa", N},
        {"some text; without a key", N},
        {"P=" K, N},                   /* tag names are case-sensitive */
        {"v=DKIM2; v=DKIM1; p=" K, N}, /* "records beginning with another v= are discarded" */
        /* Broken: the version. */
        {"v=DKIM1", M(NO_KEY)},
        {"v=DKIM1; k=rsa", M(NO_KEY)},
        {"v=dkim1; p=" K, M(VERSION)},
        {"v=DKIM1 p=" K, M(VERSION)},
        {"v=DKIM12; p=" K, M(VERSION)},
        {"k=rsa; v=DKIM1; p=" K, M(VERSION)},
        {"p=" K "; v=spf1", M(VERSION)},
        /* Broken: the list. */
        {"v=DKIM1; v=DKIM1; p=" K, M(LIST)},
        {"v=DKIM1; p=" K "; p=" K, M(LIST)},
        {"v=DKIM1; t=y; t=s; p=" K, M(LIST)},
        {"v=DKIM1;; p=" K, M(LIST)},
        {"; p=" K, M(LIST)},
        {"p=" K ";;", M(LIST)},
        {"v=DKIM1; rsa; p=" K, M(LIST)},
        {"v=DKIM1; =x; p=" K, M(LIST)},
        {"v=DKIM1; 1a=x; p=" K, M(LIST)},
        {"v=DKIM1; _a=x; p=" K, M(LIST)},
        {"v=DKIM1; a-b=x; p=" K, M(LIST)},
        {"\"v=DKIM1; p=" K "\"", M(LIST)},
        {"v=DKIM1\\; p=" K, M(VERSION)},
        {"v=DKIM1; n=\x01; p=" K, M(LIST)},
        {"v=DKIM1; p=" K "\xff", M(LIST)},
        /* Broken: the key type. */
        {"v=DKIM1; k=RSA; p=" K, M(TYPE)},
        {"v=DKIM1; k=dsa; p=" K, M(TYPE)},
        {"v=DKIM1; k=; p=" K, M(TYPE)},
        {"v=DKIM1; k=unknown; p=", M(TYPE)},
        /* Broken: the base64. */
        {"v=DKIM1; p=Q", M(BASE64)},
        {"v=DKIM1; p=QU", M(BASE64)},
        {"v=DKIM1; p=QUJ", M(BASE64)},
        {"v=DKIM1; p=QUJDQ", M(BASE64)},
        {"v=DKIM1; p=Q===", M(BASE64)},
        {"v=DKIM1; p====", M(BASE64)},
        {"v=DKIM1; p=QU=D", M(BASE64)},
        {"v=DKIM1; p=QUI=QUJD", M(BASE64)},
        {"v=DKIM1; p=QU-D", M(BASE64)},
        {"v=DKIM1; p=QU_D", M(BASE64)},
        {"v=DKIM1; p=" K "\"QUJD\"", M(BASE64)},
        {"p=" SPELLED_OUT, M(BASE64)},
        /* Broken: the key in it. */
        {"v=DKIM1; p=QUJD", M(KEY)},
        {"v=DKIM1; p=" ECDSA, M(KEY)},
        {"v=DKIM1; p=" ED25519, M(KEY)},
        {"v=DKIM1; k=ed25519; p=" RSA_2048, M(KEY)},
        {"v=DKIM1; k=ed25519; p=" ED25519_INFO, M(KEY)},
        {"v=DKIM1; k=ed25519; p=QUJD", M(KEY)},
        /* Sizes (RFC 8301). */
        {"v=DKIM1; p=" RSA_512, W},
        {"v=DKIM1; p=" RSA_1023, W},
        {"v=DKIM1; p=" BARE_512, W},
        {"v=DKIM1; p=" RSA_1024, V},
        {"v=DKIM1; p=" BARE_2048, V},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        /* Without a terminator behind it, so that a read too far shows. */
        size_t len = strlen(rows[i].text);
        char *text = sp_memdup(rows[i].text, len);
        struct sp_dkim_key found = sp_dkim_key_parse(text, len);
        free(text);
        if (found.state != rows[i].state || found.fault != rows[i].fault)
            fail_msg("\"%s\": %d %d, not %d %d", rows[i].text, (int)found.state, (int)found.fault,
                     (int)rows[i].state, (int)rows[i].fault);
    }
}

static void check_key(const char *text, enum sp_dkim_type type, unsigned n_bits, bool is_testing)
{
    struct sp_dkim_key key = sp_dkim_key_parse(text, strlen(text));
    assert_int_equal(key.type, type);
    assert_int_equal(key.n_bits, n_bits);
    assert_int_equal(key.is_testing, is_testing);
}

static void test_keys(void **state)
{
    (void)state;
    check_key("p=" RSA_2048, SP_DKIM_RSA, 2048, false);
    check_key("p=" BARE_2048, SP_DKIM_RSA, 2048, false);
    check_key("p=" RSA_1280, SP_DKIM_RSA, 1280, false);
    check_key("p=" RSA_1024, SP_DKIM_RSA, 1024, false);
    check_key("p=" RSA_1023, SP_DKIM_RSA, 1023, false);
    check_key("p=" BARE_512, SP_DKIM_RSA, 512, false);
    check_key("k=ed25519; p=" ED25519, SP_DKIM_ED25519, 256, false);
    /* The flags. */
    check_key("t=y; p=" RSA_1024, SP_DKIM_RSA, 1024, true);
    check_key("t=s:y; p=" RSA_1024, SP_DKIM_RSA, 1024, true);
    check_key("t= y : s ; p=" RSA_512, SP_DKIM_RSA, 512, true);
    check_key("t=s; p=" RSA_1024, SP_DKIM_RSA, 1024, false);
    check_key("t=; p=" RSA_1024, SP_DKIM_RSA, 1024, false);
    check_key("t=yes; p=" RSA_1024, SP_DKIM_RSA, 1024, false);
}

/* A key is the same in either encoding, and as the value of p= alone. */
static void test_digests(void **state)
{
    static const char *const same[] = {RSA_2048, "p=" RSA_2048, BARE_2048,
                                       "v=DKIM1; t=y; k=rsa; p=" BARE_2048, " " RSA_2048 " "};
    static const char *const none[] = {
        "", "p=", "v=DKIM1; k=rsa; p=", "no key", "AAAA", "v=DKIM1; k=ed25519; p=" RSA_2048};
    struct sp_key_digest wanted, digest;
    (void)state;
    assert_int_equal(sp_dkim_key_digest(&wanted, RSA_2048), 0);
    for (size_t i = 0; i < SP_ARRAY_LEN(same); i++) {
        assert_int_equal(sp_dkim_key_digest(&digest, same[i]), 0);
        assert_memory_equal(digest.sha256, wanted.sha256, sizeof(wanted.sha256));
    }
    for (size_t i = 0; i < SP_ARRAY_LEN(none); i++)
        assert_int_equal(sp_dkim_key_digest(&digest, none[i]), -1);
    assert_int_equal(sp_dkim_key_digest(&wanted, ED25519), 0);
    assert_int_equal(sp_dkim_key_digest(&digest, "v=DKIM1; k=ed25519; p=" ED25519), 0);
    assert_memory_equal(digest.sha256, wanted.sha256, sizeof(wanted.sha256));
    assert_int_equal(sp_dkim_key_digest(&digest, RSA_1280), 0);
    assert_memory_not_equal(digest.sha256, wanted.sha256, sizeof(wanted.sha256));
}

static void test_zero_byte(void **state)
{
    (void)state;
    static const char text[] = "v=DKIM1; p=QU\0D";
    assert_int_equal(sp_dkim_key_parse(text, sizeof(text) - 1).state, SP_DKIM_KEY_MALFORMED);
}

static void test_many_tags(void **state)
{
    (void)state;
    struct sp_buf text = SP_BUF_INIT(1 << 20);
    sp_buf_puts(&text, "v=DKIM1; p=" K);
    for (unsigned i = 2; i < SP_DKIM_TAGS_MAX; i++)
        sp_buf_printf(&text, "; t%u=x", i);
    assert_int_equal(sp_dkim_key_parse(text.data, text.len).state, SP_DKIM_KEY_VALID);
    sp_buf_puts(&text, "; more=x");
    assert_int_equal(sp_dkim_key_parse(text.data, text.len).fault, SP_DKIM_FAULT_LIST);
    sp_buf_fini(&text);
}

/* Every octet of a key changed, and every length: nothing but a judgement. */
static void test_damaged_keys(void **state)
{
    static const char whole[] = "v=DKIM1; p=" RSA_1024;
    char text[sizeof(whole)];
    (void)state;
    for (size_t i = 11; i < sizeof(whole) - 1; i++) {
        memcpy(text, whole, sizeof(text));
        text[i] = text[i] == 'A' ? 'B' : 'A';
        struct sp_dkim_key key = sp_dkim_key_parse(text, sizeof(whole) - 1);
        assert_true(key.state != SP_DKIM_KEY_NONE && key.state != SP_DKIM_KEY_REVOKED);
        assert_in_range(key.n_bits, 0, 1032);
        assert_true(sp_dkim_key_parse(whole, i).state != SP_DKIM_KEY_VALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states),    cmocka_unit_test(test_keys),
        cmocka_unit_test(test_digests),   cmocka_unit_test(test_zero_byte),
        cmocka_unit_test(test_many_tags), cmocka_unit_test(test_damaged_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
