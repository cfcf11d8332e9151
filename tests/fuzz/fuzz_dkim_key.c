/*
 * DKIM key records. Whitespace between tags and a final semicolon change no verdict; a tag given
 * twice is never valid; a key that is one has a size, and what is malformed has a reason.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "records/dkim_key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

static enum sp_dkim_key_state judge(const struct sp_buf *text)
{
    return sp_dkim_key_parse(sp_buf_str(text), text->len).state;
}

/* PREFIX, the input, SUFFIX. */
static enum sp_dkim_key_state judge_with(const char *prefix, const uint8_t *data, size_t size,
                                         const char *suffix)
{
    struct sp_buf text = SP_BUF_INIT(2 * SP_DNS_MESSAGE_MAX);
    sp_buf_puts(&text, prefix);
    sp_buf_append(&text, data, size);
    sp_buf_puts(&text, suffix);
    enum sp_dkim_key_state state = judge(&text);
    sp_buf_fini(&text);
    return state;
}

/* The input with every semicolon in whitespace. */
static enum sp_dkim_key_state judge_spaced(const uint8_t *data, size_t size)
{
    struct sp_buf text = SP_BUF_INIT(16 * SP_DNS_MESSAGE_MAX);
    for (size_t i = 0; i < size; i++) {
        if (data[i] == ';')
            sp_buf_puts(&text, " \r\n\t;\t ");
        else
            sp_buf_putc(&text, (char)data[i]);
    }
    enum sp_dkim_key_state state = judge(&text);
    sp_buf_fini(&text);
    return state;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > SP_DNS_TXT_MAX)
        return 0;
    struct sp_dkim_key key = sp_dkim_key_parse((const char *)data, size);
    enum sp_dkim_key_state state = key.state;
    bool has_bits = state == SP_DKIM_KEY_VALID || state == SP_DKIM_KEY_WEAK;
    require((key.fault != SP_DKIM_FAULT_NONE) == (state == SP_DKIM_KEY_MALFORMED));
    require((key.n_bits != 0) == has_bits && (has_bits || !key.is_testing));
    require(!has_bits || key.type != SP_DKIM_RSA ||
            (key.n_bits < SP_DKIM_RSA_BITS_MIN) == (state == SP_DKIM_KEY_WEAK));
    require(judge_with(" \t", data, size, "\r\n ") == state);
    require(judge_spaced(data, size) == state);
    bool is_key = has_bits || state == SP_DKIM_KEY_REVOKED;
    if (is_key) {
        require(memchr(data, 'p', size) && memchr(data, '=', size));
        require(judge_with("", data, size, ";p=QUJD") == SP_DKIM_KEY_MALFORMED);
        require(judge_with("", data, size, ";v=DKIM1") == SP_DKIM_KEY_MALFORMED);
        require(judge_with("k=rsa;", data, size, "") != SP_DKIM_KEY_NONE);
        if (data[size - 1] != ';' && !strchr(" \t\r\n", data[size - 1]))
            require(judge_with("", data, size, ";") == state);
    }
    if (state == SP_DKIM_KEY_NONE)
        require(judge_with("v=DKIM1;", data, size, "") == SP_DKIM_KEY_MALFORMED ||
                judge_with("v=DKIM1;", data, size, "") == SP_DKIM_KEY_NONE);
    return 0;
}
