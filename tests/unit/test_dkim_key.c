#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "records/dkim_key.h"

#define V SP_DKIM_KEY_VALID
#define N SP_DKIM_KEY_NONE
#define R SP_DKIM_KEY_REVOKED
#define M SP_DKIM_KEY_MALFORMED

static void test_states(void **state)
{
    (void)state;
    static const struct {
        enum sp_dkim_key_state state;
        const char *text;
    } rows[] = {
        /* RFC 6376, section 3.6.1 and appendix C; RFC 8463, appendix A.2 */
        {V, "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkM"},
        {V, "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="},
        {V, "p=QUJD"},
        {V, "p=QUJD;"},
        {V, "p=QUJD; "},
        {V, "k=rsa;p=QUJD"},
        {V, "v=DKIM1;p=QUI=;h=sha256;s=email;t=y:s;n=a note, with = and \"quotes\""},
        {V, "v=DKIM1; x_unknown9=1; p=QUJD"},
        {V, "v=DKIM1; g=; p=QUJD"},
        /* Folding whitespace: around names and values, and anywhere in base64. */
        {V, " v = DKIM1 ;\r\n\tk = rsa ;\r\n p = QU JD\r\n QU\tI= \r\n"},
        {V, "p=Q U J D Q Q = ="},
        /* Revoked: p= has nothing, or blanks. */
        {R, "v=DKIM1; p="},
        {R, "p="},
        {R, "p= \r\n ;"},
        {R, "v=DKIM1; k=rsa; p=; t=y"},
        /* No key records. */
        {N, ""},
        {N, " "},
        {N, "v=spf1 include:mailer.example ~all"},
        {N, "v=DMARC1; p=none; rua=mailto:a@example.com"},
        {N, "v=TLSRPTv1; rua=mailto:a@example.com"},
        {N, "google-site-verification=abcdefg"},
        {N, "k=rsa"},
        {N, "some text; without a key"},
        {N, "P=QUJD"}, /* tag names are case-sensitive */
        /* Broken: the version. */
        {M, "v=DKIM1"},
        {M, "v=DKIM1; k=rsa"},
        {M, "v=dkim1; p=QUJD"},
        {M, "v=DKIM1 p=QUJD"},
        {N, "v=DKIM2; v=DKIM1; p=QUJD"}, /* "records beginning with another v= are discarded" */
        {M, "v=DKIM12; p=QUJD"},
        {M, "k=rsa; v=DKIM1; p=QUJD"},
        {M, "p=QUJD; v=spf1"},
        {M, "v=DKIM1; v=DKIM1; p=QUJD"},
        /* Broken: the list. */
        {M, "v=DKIM1; p=QUJD; p=QUJD"},
        {M, "v=DKIM1; t=y; t=s; p=QUJD"},
        {M, "v=DKIM1;; p=QUJD"},
        {M, "; p=QUJD"},
        {M, "p=QUJD;;"},
        {M, "v=DKIM1; rsa; p=QUJD"},
        {M, "v=DKIM1; =x; p=QUJD"},
        {M, "v=DKIM1; 1a=x; p=QUJD"},
        {M, "v=DKIM1; _a=x; p=QUJD"},
        {M, "v=DKIM1; a-b=x; p=QUJD"},
        {M, "\"v=DKIM1; p=QUJD\""},
        {M, "v=DKIM1\\; p=QUJD"},
        {M, "v=DKIM1; n=\x01; p=QUJD"},
        {M, "v=DKIM1; p=QUJD\xff"},
        /* Broken: the key type. */
        {M, "v=DKIM1; k=RSA; p=QUJD"},
        {M, "v=DKIM1; k=dsa; p=QUJD"},
        {M, "v=DKIM1; k=; p=QUJD"},
        {M, "v=DKIM1; k=unknown; p="},
        /* Broken: the base64. */
        {M, "v=DKIM1; p=Q"},
        {M, "v=DKIM1; p=QU"},
        {M, "v=DKIM1; p=QUJ"},
        {M, "v=DKIM1; p=QUJDQ"},
        {M, "v=DKIM1; p=Q==="},
        {M, "v=DKIM1; p===="},
        {M, "v=DKIM1; p=QU=D"},
        {M, "v=DKIM1; p=QUI=QUJD"},
        {M, "v=DKIM1; p=QU-D"},
        {M, "v=DKIM1; p=QU_D"},
        {M, "v=DKIM1; p=QUJD\"QUJD\""},
        {M, "p=-----BEGIN PUBLIC KEY-----"},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        /* Without a terminator behind it, so that a read too far shows. */
        size_t len = strlen(rows[i].text);
        char *text = sp_memdup(rows[i].text, len);
        enum sp_dkim_key_state found = sp_dkim_key_parse(text, len);
        free(text);
        if (found != rows[i].state)
            fail_msg("\"%s\": %d, not %d", rows[i].text, (int)found, (int)rows[i].state);
    }
}

static void test_zero_byte(void **state)
{
    (void)state;
    static const char text[] = "v=DKIM1; p=QU\0D";
    assert_int_equal(sp_dkim_key_parse(text, sizeof(text) - 1), SP_DKIM_KEY_MALFORMED);
}

static void test_many_tags(void **state)
{
    (void)state;
    struct sp_buf text = SP_BUF_INIT(1 << 20);
    sp_buf_puts(&text, "v=DKIM1; p=QUJD");
    for (unsigned i = 2; i < SP_DKIM_TAGS_MAX; i++)
        sp_buf_printf(&text, "; t%u=x", i);
    assert_int_equal(sp_dkim_key_parse(text.data, text.len), SP_DKIM_KEY_VALID);
    sp_buf_puts(&text, "; more=x");
    assert_int_equal(sp_dkim_key_parse(text.data, text.len), SP_DKIM_KEY_MALFORMED);
    sp_buf_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_zero_byte),
        cmocka_unit_test(test_many_tags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
