#include "watch/signature.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/limits.h"

#define PREFIX  "whsec_"
#define MAC_LEN 32

static struct sp_secret *refuse(const char *why, struct sp_err *err)
{
    sp_err_set(err, SP_ERR_CREDENTIALS, "webhook-secret", "the secret of the webhook %s", why);
    sp_err_fix(err, "make one with: echo whsec_$(openssl rand -base64 32)");
    return NULL;
}

/* The number of octets, or -1. OpenSSL counts the padding's zeros in. */
static int decode(const char *text, size_t len, unsigned char *ret)
{
    if (len == 0 || len % 4)
        return -1;
    size_t n_padding = (text[len - 1] == '=') + (text[len - 2] == '=');
    int n = EVP_DecodeBlock(ret, (const unsigned char *)text, (int)len);
    return n < 0 ? -1 : n - (int)n_padding;
}

struct sp_secret *sp_signature_key(const struct sp_secret *secret, struct sp_err *err)
{
    const char *text = sp_secret_peek(secret);
    size_t len = sp_secret_len(secret);
    unsigned char bytes[SP_SECRET_MAX];
    if (len > SP_SECRET_MAX)
        return refuse("is too long", err);
    if (strncmp(text, PREFIX, strlen(PREFIX)) != 0)
        return len < SP_WEBHOOK_KEY_MIN ? refuse("is too short", err) : sp_secret_new(text, len);
    int n = decode(text + strlen(PREFIX), len - strlen(PREFIX), bytes);
    struct sp_secret *key = n < 0                    ? refuse("is no base64 after " PREFIX, err)
                            : n < SP_WEBHOOK_KEY_MIN ? refuse("is too short", err)
                                                     : sp_secret_new(bytes, (size_t)n);
    explicit_bzero(bytes, sizeof(bytes));
    return key;
}

void sp_signature_put(struct sp_buf *out, const struct sp_secret *key, const char *id, int64_t at_s,
                      const char *body)
{
    unsigned char mac[MAC_LEN], digits[4 * (MAC_LEN / 3 + 1) + 1];
    char *text = sp_asprintf("%s.%lld.%s", id, (long long)at_s, body);
    if (!HMAC(EVP_sha256(), sp_secret_peek(key), (int)sp_secret_len(key),
              (const unsigned char *)text, strlen(text), mac, NULL))
        abort();
    EVP_EncodeBlock(digits, mac, MAC_LEN);
    sp_buf_printf(out, "v1,%s", (const char *)digits);
    free(text);
}
