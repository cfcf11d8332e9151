/*
 * The default profile: a platform operator's three CNAMEs for a sender domain. Ids are a hash, so
 * the same input gives the same records on every machine and no ledger is needed.
 */
#ifndef SP_RECORDS_GENERATE_H
#define SP_RECORDS_GENERATE_H

#include "base/secret.h"
#include "records/record.h"

struct sp_generate_input {
    struct sp_name domain;
    struct sp_name platform;     /* the zone of the targets: mailer.example */
    const char *account;         /* "" if none; UTF-8, at most SP_TEXT_MAX bytes */
    const struct sp_secret *key; /* the operator's secret, or NULL: then the hash is unkeyed */
};

/*
 * sk<id>.DOMAIN             -> <label>.rp.PLATFORM
 * sk<id>a._domainkey.DOMAIN -> <label>.a.dkim.PLATFORM
 * sk<id>b._domainkey.DOMAIN -> <label>.b.dkim.PLATFORM
 *
 * <id>: five digits, 10000 to 99999. <label>: 100 bits in base32 (RFC 4648 alphabet, lower case).
 * Both are cut from one digest, SHA-256 or, with a key, HMAC-SHA-256, of three strings, each behind
 * its length as a 32-bit big-endian number: "signpost records 1", the account, the domain
 * (A-labels, lower case, no final dot). No two inputs encode alike. <id> is 10000 plus the digest's
 * first 64 bits modulo 90000; <label> is the 100 bits after these. What comes out must never
 * change: it stands in customers' zones. ERR: usage (the account or a name would be too long);
 * internal (libcrypto).
 */
int sp_generate_records(const struct sp_generate_input *input, struct sp_record_set *ret_set,
                        struct sp_err *err);

#endif
