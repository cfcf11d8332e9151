/*
 * A record to publish, and the set of them that one sender domain needs.
 */
#ifndef SP_RECORDS_RECORD_H
#define SP_RECORDS_RECORD_H

#include "base/array.h"
#include "names/name.h"

/* What a record is for (CONTRACT, "leg"). */
enum sp_leg { SP_LEG_RETURN_PATH, SP_LEG_DKIM };

/* What a public key is recognised by: the SHA-256 of its SubjectPublicKeyInfo in DER (RFC 5280,
 * section 4.1.2.7), so that the two encodings of an RSA key in a DKIM record are the same key. */
struct sp_key_digest {
    bool is_set;
    uint8_t sha256[32];
};
#define SP_KEY_DIGEST_SIZE 65 /* of its text, with the NUL */

struct sp_record {
    char type[8]; /* "CNAME" */
    struct sp_name host;
    struct sp_name target;
    enum sp_leg leg;
    uint32_t ttl;             /* seconds; 0: the provider's default */
    struct sp_key_digest key; /* the key that must stand behind a dkim leg, if it is known */
};

/* What a profile says of the time after publishing. Owned. */
struct sp_course {
    int64_t window_s;               /* until then what is missing is pending; 0: SP_WINDOW_S */
    char *finish_text, *finish_url; /* what to do at the platform once the records are live: foreign
                                       text; or NULL */
};
void sp_course_fini(struct sp_course *course);
struct sp_course sp_course_dup(const struct sp_course *course);

struct sp_record_set {
    struct sp_name domain;
    SP_ARRAY(struct sp_record) records;
    struct sp_course course;
};

/* In lower-case hexadecimal, "" when it is not set; and back, -1 for anything else. */
void sp_key_digest_print(const struct sp_key_digest *digest, char ret_text[SP_KEY_DIGEST_SIZE]);
int sp_key_digest_parse(struct sp_key_digest *ret_digest, const char *text);

void sp_record_set_fini(struct sp_record_set *set);
/* Appends a CNAME; its leg is told from its host. */
void sp_record_set_add(struct sp_record_set *set, const struct sp_name *host,
                       const struct sp_name *target);
/* Whether SET has every record of OTHER, with the same target. */
bool sp_record_set_covers(const struct sp_record_set *set, const struct sp_record_set *other);

/* "dkim" when `_domainkey` is one of the host's labels, else "return-path". */
enum sp_leg sp_leg_of_host(const struct sp_name *host);
const char *sp_leg_name(enum sp_leg leg);

/* Refuses a record that cannot be published for DOMAIN: a type other than CNAME, a host outside the
 * domain
 * ("host-outside-domain") or equal to it ("host-is-domain"), a host or target that is no host name
 * ("bad-host", "bad-target"), a target equal to its host ("target-is-host"). ERR: usage. */
int sp_record_check(const struct sp_record *record, const struct sp_name *domain,
                    struct sp_err *err);
/* Refuses a set that cannot be published: a record that sp_record_check refuses, a host twice
 * ("host-twice"), no record ("no-records") or more than SP_RECORDS_MAX ("too-many-records"). ERR:
 * usage. */
int sp_record_set_check(const struct sp_record_set *set, struct sp_err *err);

#endif
