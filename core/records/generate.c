#include "records/generate.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "base/buf.h"
#include "base/limits.h"

enum {
    DIGEST_SIZE = 32,
    ID_BYTES = 8,     /* of the digest, for the id */
    LABEL_CHARS = 20, /* of 5 bits each */
};

struct digest {
    uint8_t bytes[DIGEST_SIZE];
};

static void put_string(struct sp_buf *out, const char *text)
{
    size_t len = strlen(text);
    sp_buf_put_u32(out, (uint32_t)len);
    sp_buf_append(out, text, len);
}

static bool hash(const struct sp_buf *message, struct digest *ret_digest)
{
    unsigned len = DIGEST_SIZE;
    return EVP_Digest(message->data, message->len, ret_digest->bytes, &len, EVP_sha256(), NULL) ==
           1;
}

static bool hash_keyed(const struct sp_buf *message, const struct sp_secret *key,
                       struct digest *ret_digest)
{
    char name[] = "SHA256";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                                 OSSL_PARAM_construct_end()};
    size_t len = 0;
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(mac);
    bool is_done = context &&
                   EVP_MAC_init(context, (const unsigned char *)sp_secret_peek(key),
                                sp_secret_len(key), params) &&
                   EVP_MAC_update(context, (const unsigned char *)message->data, message->len) &&
                   EVP_MAC_final(context, ret_digest->bytes, &len, DIGEST_SIZE) &&
                   len == DIGEST_SIZE;
    EVP_MAC_CTX_free(context);
    EVP_MAC_free(mac);
    return is_done;
}

static int digest_of(const struct sp_generate_input *input, struct digest *ret_digest,
                     struct sp_err *err)
{
    struct sp_buf message = SP_BUF_INIT(4 * SP_TEXT_MAX);
    put_string(&message, "signpost records 1");
    put_string(&message, input->account);
    put_string(&message, SP_NAME_STR(&input->domain));
    bool is_done =
        input->key ? hash_keyed(&message, input->key, ret_digest) : hash(&message, ret_digest);
    sp_buf_fini(&message);
    if (is_done)
        return 0;
    sp_err_set(err, SP_ERR_INTERNAL, "no-digest", "libcrypto has no %s",
               input->key ? "HMAC-SHA-256" : "SHA-256");
    return sp_err_fix(
        err, "check the OpenSSL configuration of this machine (openssl list -digest-algorithms)");
}

static unsigned id_of(const struct digest *digest)
{
    uint64_t value = 0;
    for (size_t i = 0; i < ID_BYTES; i++)
        value = value << 8 | digest->bytes[i];
    return 10000 + (unsigned)(value % 90000);
}

static void label_of(const struct digest *digest, char ret_label[LABEL_CHARS + 1])
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
    for (size_t i = 0; i < LABEL_CHARS; i++) {
        size_t bit = 8 * ID_BYTES + 5 * i;
        unsigned pair = (unsigned)digest->bytes[bit / 8] << 8 | digest->bytes[bit / 8 + 1];
        ret_label[i] = alphabet[pair >> (11 - bit % 8) & 31];
    }
    ret_label[LABEL_CHARS] = '\0';
}

/* HOST_PREFIX in front of the domain points to TARGET_PREFIX in front of the platform. */
static int add(struct sp_record_set *set, const struct sp_generate_input *input,
               const char *host_prefix, const char *target_prefix, struct sp_err *err)
{
    struct sp_name prefix, host, target;
    if (sp_name_parse(&prefix, host_prefix, err) < 0 ||
        sp_name_concat(&host, &prefix, &input->domain, err) < 0)
        return sp_err_prefix(err, "no host for %s", SP_NAME_STR(&input->domain));
    if (sp_name_parse(&prefix, target_prefix, err) < 0 ||
        sp_name_concat(&target, &prefix, &input->platform, err) < 0)
        return sp_err_prefix(err, "no target in the platform's zone %s",
                             SP_NAME_STR(&input->platform));
    sp_record_set_add(set, &host, &target);
    return 0;
}

int sp_generate_records(const struct sp_generate_input *input, struct sp_record_set *ret_set,
                        struct sp_err *err)
{
    static const struct {
        const char *host, *target;
    } legs[] = {{"", "rp"}, {"a._domainkey", "a.dkim"}, {"b._domainkey", "b.dkim"}};
    struct sp_record_set set = {.domain = input->domain};
    struct digest digest;
    char label[LABEL_CHARS + 1], host[64], target[64];
    *ret_set = (struct sp_record_set){0};
    if (strlen(input->account) > SP_TEXT_MAX)
        return sp_err_set(err, SP_ERR_USAGE, "account-too-long",
                          "the account is longer than %d bytes", SP_TEXT_MAX);
    if (digest_of(input, &digest, err) < 0)
        return -1;
    label_of(&digest, label);
    for (size_t i = 0; i < SP_ARRAY_LEN(legs); i++) {
        snprintf(host, sizeof(host), "sk%u%s", id_of(&digest), legs[i].host);
        snprintf(target, sizeof(target), "%s.%s", label, legs[i].target);
        if (add(&set, input, host, target, err) < 0) {
            sp_record_set_fini(&set);
            return -1;
        }
    }
    *ret_set = set;
    return 0;
}
