/*
 * What the sentences about one record draw on, and the lists in them. For the wording alone.
 */
#ifndef SP_VERIFY_SUBJECT_H
#define SP_VERIFY_SUBJECT_H

#include "dns/dns_host.h"
#include "verify/judgement.h"

#define SP_STATE_BIT(state) (1u << (state))

struct sp_subject {
    const struct sp_observation *observation;
    const struct sp_record_observation *record;
    const struct sp_verdict_context *context;
    const struct sp_judgement *judgement;
    const struct sp_dns_host *page; /* where a person edits the zone, if known */
    const char *provider;           /* "GoDaddy", "your DNS provider" */
    char host[SP_NAME_TEXT_SIZE];   /* in full */
    char entry[SP_NAME_TEXT_SIZE];  /* as most providers' forms want it: relative to the zone */
    char target[SP_NAME_TEXT_SIZE]; /* the wanted one */
    char zone[SP_NAME_TEXT_SIZE];   /* the zone, or the domain while the zone is not known */
    char resolver[SP_ADDRESS_TEXT_SIZE];
};

/* Borrows all of it. */
void sp_subject_init(struct sp_subject *subject, const struct sp_observation *observation,
                     const struct sp_record_observation *record,
                     const struct sp_verdict_context *context,
                     const struct sp_judgement *judgement);

/* The first of RECORD's addresses that gives an answer of KIND (NODATA: beside other types), or
 * NULL. */
const struct sp_seen *sp_subject_find_kind(const struct sp_record_observation *record,
                                           enum sp_seen_kind kind);
/* Replaces OUT by "ns1.example.com, ns2.example.com (192.0.2.2) and 2 more": the servers of RECORD
 * in one of STATES (SP_STATE_BIT), with the zone's serial where it was asked for. */
void sp_subject_list_servers(struct sp_buf *out, const struct sp_record_observation *record,
                             unsigned states);
/* Appends "TXT", "A and AAAA": the types at the host. */
void sp_subject_list_types(struct sp_buf *out, const struct sp_seen *seen);
/* Appends "ns1.example.com answers SERVFAIL, ns2.example.com is silent and 1 more": every server of
 * RECORD. */
void sp_subject_list_answers(struct sp_buf *out, const struct sp_record_observation *record);
/* Appends how to enter the record, in the words of the page where that is done, if those are known:
 * `with "sk48601" in the box "Name" and "u1.mailer.example" in the box "Value"`. */
void sp_subject_put_entry(struct sp_buf *out, const struct sp_subject *subject);
/* "." when the page wants a target with its final dot, or "". */
const char *sp_subject_dot(const struct sp_subject *subject);

/* The sentences, by code; word_record.c: the record where it is served. */
void sp_word_missing(const struct sp_subject *s, struct sp_diagnosis *ret);
void sp_word_partial(const struct sp_subject *s, struct sp_diagnosis *ret);
void sp_word_wrong_target(const struct sp_subject *s, struct sp_diagnosis *ret);
void sp_word_doubled(const struct sp_subject *s, struct sp_diagnosis *ret);
void sp_word_suffix(const struct sp_subject *s, struct sp_diagnosis *ret);
void sp_word_conflict(const struct sp_subject *s, struct sp_diagnosis *ret);
void sp_word_addresses(const struct sp_subject *s, struct sp_diagnosis *ret);
void sp_word_wildcard(const struct sp_subject *s, struct sp_diagnosis *ret);
/* word_server.c: who serves it. */
void sp_word_lame(const struct sp_subject *s, struct sp_diagnosis *ret);
void sp_word_server_unreachable(const struct sp_subject *s, struct sp_diagnosis *ret);
void sp_word_not_delegated(const struct sp_subject *s, struct sp_diagnosis *ret);
void sp_word_domain_not_found(const struct sp_subject *s, struct sp_diagnosis *ret);
/* word_path.c: what resolvers alone say of it. */
void sp_word_hearsay(const struct sp_subject *s, struct sp_diagnosis *ret);
/* word_dnssec.c: its signatures, or those of what stands behind it. */
void sp_word_bogus(const struct sp_subject *s, struct sp_diagnosis *ret);
/* word_target.c: what stands behind it. */
void sp_word_loop(const struct sp_subject *s, struct sp_diagnosis *ret);
void sp_word_platform_waits(const struct sp_subject *s, struct sp_diagnosis *ret);
void sp_word_bad_key(const struct sp_subject *s, struct sp_diagnosis *ret);
void sp_word_other_key(const struct sp_subject *s, struct sp_diagnosis *ret);
void sp_word_weak_key(const struct sp_subject *s, struct sp_diagnosis *ret);
void sp_word_testing(const struct sp_subject *s, struct sp_diagnosis *ret);
void sp_word_no_mx(const struct sp_subject *s, struct sp_diagnosis *ret);
void sp_word_no_spf(const struct sp_subject *s, struct sp_diagnosis *ret);
void sp_word_idle(const struct sp_subject *s, struct sp_diagnosis *ret);

#endif
