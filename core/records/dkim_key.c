#include "records/dkim_key.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/limits.h"
#include "base/text.h"

/* Folding whitespace (RFC 6376, section 2.8). The order of CR and LF in it tells nothing apart. */
static const char fws[] = " \t\r\n";

struct tag {
    struct sp_span name, value;
};

struct tag_list {
    struct tag tags[SP_DKIM_TAGS_MAX];
    size_t n;
    bool is_broken;
};

static bool is_tag_name(struct sp_span name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = sp_ascii_lower(name.bytes[i]);
        if ((c < 'a' || c > 'z') && (i == 0 || (c != '_' && !sp_ascii_is_alnum(c))))
            return false;
    }
    return name.len != 0;
}

/* VALCHAR and whitespace; a semicolon cannot occur, the list was split at it. */
static bool is_tag_value(struct sp_span value)
{
    for (size_t i = 0; i < value.len; i++) {
        uint8_t c = (uint8_t)value.bytes[i];
        if ((c < 0x21 || c > 0x7e) && (c == '\0' || !strchr(fws, c)))
            return false;
    }
    return true;
}

static const struct tag *find(const struct tag_list *list, struct sp_span name)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->tags[i].name.len == name.len &&
            memcmp(list->tags[i].name.bytes, name.bytes, name.len) == 0)
            return &list->tags[i];
    return NULL;
}

/* A tag twice invalidates the whole list (section 3.2). A tag with a bad value stays in it: it was
 * named. */
static void add_tag(struct tag_list *list, struct sp_span spec)
{
    struct sp_cursor cursor = sp_cursor_of(spec.bytes, spec.len);
    struct sp_span name = sp_span_trim(sp_cursor_until(&cursor, "="));
    sp_cursor_skip(&cursor, 1);
    struct sp_span value = sp_span_trim(sp_cursor_take(&cursor, sp_cursor_left(&cursor)));
    bool is_tag = sp_cursor_is_ok(&cursor) && is_tag_name(name) && !find(list, name) &&
                  list->n < SP_DKIM_TAGS_MAX;
    if (is_tag)
        list->tags[list->n++] = (struct tag){name, value};
    if (!is_tag || !is_tag_value(value))
        list->is_broken = true;
}

/* Goes on behind a broken tag: whether there is a p= tells a broken key from a record of another
 * kind. The empty tag after a final semicolon is no tag. */
static void read_tags(struct tag_list *list, const char *text, size_t len)
{
    struct sp_cursor cursor = sp_cursor_of(text, len);
    while (!sp_cursor_is_end(&cursor)) {
        struct sp_span spec = sp_span_trim(sp_cursor_until(&cursor, ";"));
        bool is_last = sp_cursor_is_end(&cursor);
        if (!is_last)
            sp_cursor_skip(&cursor, 1);
        if (spec.len || !is_last)
            add_tag(list, spec);
    }
}

/* base64string of section 2.10: folding whitespace anywhere, whole groups of four, at most two
 * pads. */
static bool is_base64(struct sp_span value)
{
    size_t n = 0, n_pads = 0;
    for (size_t i = 0; i < value.len; i++) {
        char c = value.bytes[i];
        if (strchr(fws, c))
            continue;
        if (c == '=')
            n_pads++;
        else if (n_pads || (!sp_ascii_is_alnum(c) && c != '+' && c != '/'))
            return false;
        n++;
    }
    return n % 4 == 0 && n_pads <= 2;
}

/* v=DKIM1 exactly and in front. A value that merely starts so lost its semicolon or its case. */
static enum sp_dkim_key_state judge_version(const struct tag_list *list, const struct tag *version)
{
    char *value = sp_span_dup(version->value);
    bool is_dkim = sp_ascii_starts(value, "DKIM1");
    bool is_exact = strcmp(value, "DKIM1") == 0;
    bool is_first = version == &list->tags[0];
    free(value);
    if (is_exact && is_first)
        return SP_DKIM_KEY_VALID;
    return is_dkim || !is_first ? SP_DKIM_KEY_MALFORMED : SP_DKIM_KEY_NONE;
}

/* Whether WORD, or ANY (may be NULL), is in TAG's list, with colons between (sections 3.2 and
 * 3.6.1); true without TAG. */
static bool has_word(const struct tag *tag, const char *word, const char *any)
{
    if (!tag)
        return true;
    struct sp_cursor cursor = sp_cursor_of(tag->value.bytes, tag->value.len);
    while (!sp_cursor_is_end(&cursor)) {
        struct sp_span part = sp_span_trim(sp_cursor_until(&cursor, ":"));
        if (!sp_cursor_is_end(&cursor))
            sp_cursor_skip(&cursor, 1);
        if (sp_span_is(part, word) || (any && sp_span_is(part, any)))
            return true;
    }
    return false;
}

/* The octets of base64 that is_base64() accepts. */
static void decode(struct sp_span value, struct sp_buf *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = 0;
    unsigned n_bits = 0;
    for (size_t i = 0; i < value.len; i++) {
        const char *digit = value.bytes[i] == '=' ? NULL : strchr(digits, value.bytes[i]);
        if (!digit)
            continue;
        bits = (bits << 6 | (uint32_t)(digit - digits)) & 0xfff;
        n_bits += 6;
        if (n_bits >= 8) {
            n_bits -= 8;
            sp_buf_putc(out, (char)(bits >> n_bits));
        }
    }
}

static struct sp_key_digest digest_of(EVP_PKEY *key)
{
    struct sp_key_digest digest = {0};
    unsigned char *der = NULL;
    int len = key ? i2d_PUBKEY(key, &der) : 0;
    digest.is_set = len > 0 && SHA256(der, (size_t)len, digest.sha256);
    OPENSSL_free(der);
    return digest;
}

/* A SubjectPublicKeyInfo, as everybody publishes, or the bare RSAPublicKey that section 3.6.1 asks
 * for. 0: neither. */
static unsigned read_rsa(const struct sp_buf *octets, struct sp_key_digest *ret_digest)
{
    const unsigned char *at = (const unsigned char *)octets->data;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)octets->len);
    if (!key) {
        at = (const unsigned char *)octets->data;
        key = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, (long)octets->len);
    }
    ERR_clear_error();
    bool is_rsa = key && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
    int n_bits = is_rsa ? EVP_PKEY_get_bits(key) : 0;
    *ret_digest = digest_of(is_rsa ? key : NULL);
    EVP_PKEY_free(key);
    return n_bits > 0 ? (unsigned)n_bits : 0;
}

static struct sp_dkim_key malformed(enum sp_dkim_fault fault)
{
    return (struct sp_dkim_key){.state = SP_DKIM_KEY_MALFORMED, .fault = fault};
}

static struct sp_key_digest read_ed25519(const struct sp_buf *octets)
{
    EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
                                                (const unsigned char *)octets->data, octets->len);
    struct sp_key_digest digest = digest_of(key);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return digest;
}

static struct sp_dkim_key judge_octets(const struct sp_buf *octets, bool is_rsa)
{
    struct sp_dkim_key key = {.type = SP_DKIM_ED25519, .n_bits = 256};
    if (!is_rsa && octets->len != 32) /* RFC 8463, section 4.2: the octets as they are */
        return malformed(SP_DKIM_FAULT_KEY);
    if (!is_rsa) {
        key.digest = read_ed25519(octets);
        return key;
    }
    key.type = SP_DKIM_RSA;
    key.n_bits = read_rsa(octets, &key.digest);
    if (key.n_bits == 0)
        return malformed(SP_DKIM_FAULT_KEY);
    if (key.n_bits < SP_DKIM_RSA_BITS_MIN)
        key.state = SP_DKIM_KEY_WEAK;
    return key;
}

/* The record says that it is a key. */
static struct sp_dkim_key judge_key(const struct tag_list *list)
{
    const struct tag *public = find(list, sp_span_of("p")), *type = find(list, sp_span_of("k"));
    bool is_rsa = !type || sp_span_is(type->value, "rsa");
    if (list->is_broken)
        return malformed(SP_DKIM_FAULT_LIST);
    if (!public)
        return malformed(SP_DKIM_FAULT_NO_KEY);
    if (!is_rsa && !sp_span_is(type->value, "ed25519"))
        return malformed(SP_DKIM_FAULT_TYPE);
    if (public->value.len == 0)
        return (struct sp_dkim_key){.state = SP_DKIM_KEY_REVOKED};
    if (!has_word(find(list, sp_span_of("h")), "sha256", NULL))
        return malformed(SP_DKIM_FAULT_HASH);
    if (!has_word(find(list, sp_span_of("s")), "email", "*"))
        return malformed(SP_DKIM_FAULT_SERVICE);
    if (!is_base64(public->value))
        return malformed(SP_DKIM_FAULT_BASE64);
    struct sp_buf octets = SP_BUF_INIT(SP_DNS_TXT_MAX);
    decode(public->value, &octets);
    struct sp_dkim_key key = judge_octets(&octets, is_rsa);
    const struct tag *flags = find(list, sp_span_of("t"));
    key.is_testing = key.state != SP_DKIM_KEY_MALFORMED && flags && has_word(flags, "y", NULL);
    sp_buf_fini(&octets);
    return key;
}

struct sp_dkim_key sp_dkim_key_parse(const char *text, size_t len)
{
    struct tag_list list = {.n = 0};
    read_tags(&list, text, len);
    const struct tag *version = find(&list, sp_span_of("v"));
    if (!version && !find(&list, sp_span_of("p")))
        return (struct sp_dkim_key){.state = SP_DKIM_KEY_NONE};
    enum sp_dkim_key_state state = version ? judge_version(&list, version) : SP_DKIM_KEY_VALID;
    if (state == SP_DKIM_KEY_MALFORMED)
        return malformed(SP_DKIM_FAULT_VERSION);
    return state == SP_DKIM_KEY_NONE ? (struct sp_dkim_key){.state = state} : judge_key(&list);
}

int sp_dkim_key_digest(struct sp_key_digest *ret_digest, const char *text)
{
    static const char *const fronts[] = {"", "p=", "k=ed25519; p="};
    struct sp_buf record = SP_BUF_INIT(SP_DNS_TXT_MAX);
    *ret_digest = (struct sp_key_digest){0};
    for (size_t i = 0; i < SP_ARRAY_LEN(fronts) && !ret_digest->is_set; i++) {
        sp_buf_clear(&record);
        sp_buf_printf(&record, "%s%s", fronts[i], text);
        *ret_digest = sp_dkim_key_parse(sp_buf_str(&record), record.len).digest;
    }
    sp_buf_fini(&record);
    return ret_digest->is_set ? 0 : -1;
}
