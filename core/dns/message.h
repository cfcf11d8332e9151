/*
 * DNS messages (RFC 1035, section 4): building a query, reading an answer. Everything in an answer
 * is hostile: it is read through a bounded cursor and copied into owned, validated values.
 */
#ifndef SP_DNS_MESSAGE_H
#define SP_DNS_MESSAGE_H

#include "base/array.h"
#include "names/name.h"

enum sp_dns_type {
    SP_DNS_A = 1,
    SP_DNS_NS = 2,
    SP_DNS_CNAME = 5,
    SP_DNS_SOA = 6,
    SP_DNS_MX = 15,
    SP_DNS_TXT = 16,
    SP_DNS_AAAA = 28,
    SP_DNS_DNAME = 39,
    SP_DNS_OPT = 41, /* never among the records: see has_edns */
    SP_DNS_DS = 43,
    SP_DNS_ANY = 255,
};

enum sp_dns_rcode {
    SP_DNS_NOERROR = 0,
    SP_DNS_FORMERR = 1,
    SP_DNS_SERVFAIL = 2,
    SP_DNS_NXDOMAIN = 3,
    SP_DNS_NOTIMP = 4,
    SP_DNS_REFUSED = 5,
    SP_DNS_BADVERS = 16, /* RFC 6891, section 6.1.3 */
};

enum sp_dns_section { SP_DNS_ANSWER, SP_DNS_AUTHORITY, SP_DNS_ADDITIONAL };

struct sp_dns_soa {
    struct sp_name mname, rname;
    uint32_t serial, refresh, retry, expire, minimum;
};

struct sp_dns_rr {
    struct sp_name owner;
    enum sp_dns_section section;
    uint16_t type;
    uint32_t ttl; /* seconds; values with the top bit set are 0 (RFC 2181, section 8) */
    /* By type: */
    struct sp_name target; /* CNAME, NS, DNAME, MX exchange */
    uint8_t address[16];   /* A (4 bytes), AAAA */
    char *text;            /* TXT: the character-strings joined; owned by the message */
    size_t text_len;
    struct sp_dns_soa *soa; /* SOA; owned by the message */
};

/* Why an answer is as it is, in its server's words (RFC 8914). */
struct sp_dns_ede {
    bool is_given;
    uint16_t code;
    char text[SP_DNS_EDE_MAX]; /* printable ASCII: other octets became '?'; may be empty */
};

struct sp_dns_message {
    uint16_t id;
    uint8_t opcode;
    uint16_t rcode; /* 12 bits wide where there is an OPT record */
    bool is_response, is_authoritative, is_truncated;
    bool is_authentic; /* AD: the resolver found it signed and valid (RFC 4035, section 3.2.3) */
    bool has_edns;
    /* Which of the servers behind one address answered (RFC 5001): any octets, cut at the maximum;
     * none when nsid_len is 0. */
    uint8_t nsid[SP_DNS_NSID_MAX];
    size_t nsid_len;
    struct sp_dns_ede ede; /* of several, the first that tells of DNSSEC, else the first */
    struct sp_name question;
    uint16_t question_type;
    SP_ARRAY(struct sp_dns_rr) records; /* class IN only, at most SP_DNS_RECORDS_MAX */
};

/* Appends a query with one question of class IN. OUT must be empty. With recursion the AD bit is
 * set: the resolver shall say whether it has validated the answer (RFC 6840, section 5.7). */
void sp_dns_query_build(struct sp_buf *out, uint16_t id, const struct sp_name *name, uint16_t type,
                        bool wants_recursion);
/* Checking disabled: a resolver that validates gives its answer all the same (RFC 4035, section
 * 3.2.2). */
void sp_dns_query_disable_checking(struct sp_buf *query);
/* Makes every letter of the question upper or lower case at random: an answer that repeats it is
 * harder to forge ("0x20"; the comparison of names is blind to it, RFC 4343). */
void sp_dns_query_mix_case(struct sp_buf *query);
/* Appends the OPT record of RFC 6891: datagrams up to SP_DNS_EDNS_SIZE octets, and the NSID wanted.
 */
void sp_dns_query_add_edns(struct sp_buf *query);

/* How bytes that came from a server relate to the query sent to it. */
enum sp_dns_match {
    SP_DNS_MATCH_NONE,  /* no response to it */
    SP_DNS_MATCH_BARE,  /* our id and an error, but no question: servers before RFC 6891 do that */
    SP_DNS_MATCH_LOOSE, /* our id, and our question in other letters */
    SP_DNS_MATCH_EXACT,
};
enum sp_dns_match sp_dns_match(const void *query, size_t query_len, const void *reply,
                               size_t reply_len);

/* Reads one whole message. 0, or -1 when it is malformed in any way (then RET_MESSAGE is empty); a
 * compression pointer must point backwards (RFC 1035, section 4.1.4), so loops cannot be. */
int sp_dns_message_parse(const void *bytes, size_t len, struct sp_dns_message *ret_message);
void sp_dns_message_fini(struct sp_dns_message *message);

/* The first record of OWNER with TYPE in SECTION, or NULL; a borrow. */
const struct sp_dns_rr *sp_dns_message_find(const struct sp_dns_message *message,
                                            enum sp_dns_section section,
                                            const struct sp_name *owner, uint16_t type);
/* Whether the server says that DNSSEC validation failed. */
bool sp_dns_ede_is_bogus(const struct sp_dns_ede *ede);
/* "signature expired", ...; RFC 8914, section 4; "" for a code without a name of DNSSEC's. */
const char *sp_dns_ede_name(unsigned code);
/* "NXDOMAIN", "REFUSED", ... or "RCODE11" written into a static table; "CNAME", "TXT", ... */
const char *sp_dns_rcode_name(unsigned rcode);
const char *sp_dns_type_name(unsigned type);

#endif
