/*
 * The DKIM key record behind a selector (RFC 6376, section 3.6.1; RFC 8301, RFC 8463).
 */
#ifndef SP_RECORDS_DKIM_KEY_H
#define SP_RECORDS_DKIM_KEY_H

#include "records/record.h"

enum sp_dkim_key_state {
    SP_DKIM_KEY_VALID,
    SP_DKIM_KEY_NONE,      /* not a key record at all: neither p= nor v=DKIM1, or another v= */
    SP_DKIM_KEY_REVOKED,   /* p= is empty */
    SP_DKIM_KEY_MALFORMED, /* no verifier can use it; see sp_dkim_fault */
    SP_DKIM_KEY_WEAK,      /* RSA of fewer bits than SP_DKIM_RSA_BITS_MIN */
};

/* Why a key is malformed. */
enum sp_dkim_fault {
    SP_DKIM_FAULT_NONE,
    SP_DKIM_FAULT_VERSION, /* v= is not DKIM1 exactly, or not in front */
    SP_DKIM_FAULT_LIST,    /* the tag list does not parse, or has a tag twice */
    SP_DKIM_FAULT_NO_KEY,  /* v=DKIM1 without p= */
    SP_DKIM_FAULT_TYPE,    /* k= is neither rsa nor ed25519 */
    SP_DKIM_FAULT_HASH,    /* h= leaves out sha256, and sha1 must not be used (RFC 8301) */
    SP_DKIM_FAULT_SERVICE, /* s= leaves out e-mail */
    SP_DKIM_FAULT_BASE64,  /* p= is no base64 */
    SP_DKIM_FAULT_KEY,     /* p= is no public key of the type */
    SP_DKIM_FAULT_SEVERAL, /* there is more than one key record: which one counts is undefined
                              (section 3.6.2.2); never of a single record */
};

enum sp_dkim_type { SP_DKIM_RSA, SP_DKIM_ED25519 };

/* RFC 8301, section 3.2: verifiers must not accept fewer bits; signers should use more. */
#define SP_DKIM_RSA_BITS_MIN    1024
#define SP_DKIM_RSA_BITS_ENOUGH 2048

struct sp_dkim_key {
    enum sp_dkim_key_state state;
    enum sp_dkim_fault fault;    /* MALFORMED */
    enum sp_dkim_type type;      /* VALID, WEAK */
    unsigned n_bits;             /* VALID, WEAK: of the modulus; 256 for ed25519 */
    bool is_testing;             /* VALID, WEAK: t=y */
    struct sp_key_digest digest; /* VALID, WEAK: what it is recognised by */
};

/* Judges one TXT record's joined strings. */
struct sp_dkim_key sp_dkim_key_parse(const char *text, size_t len);
/* What the key TEXT is recognised by: a whole key record, or the value of its p= alone, which tells
 * an Ed25519 key by its length. -1: it is no key that could be used. */
int sp_dkim_key_digest(struct sp_key_digest *ret_digest, const char *text);

#endif
