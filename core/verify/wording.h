/*
 * The sentences: what a judgement is called, what it says to a person and what that person should
 * do. Everything foreign in them is a name, and names are escaped by their own formatter.
 */
#ifndef SP_VERIFY_WORDING_H
#define SP_VERIFY_WORDING_H

#include "verify/judgement.h"

/* Words JUDGEMENT, which must not be of code NONE, about RECORD, one of OBSERVATION's. */
void sp_word_diagnosis(const struct sp_observation *observation,
                       const struct sp_record_observation *record,
                       const struct sp_verdict_context *context,
                       const struct sp_judgement *judgement, struct sp_diagnosis *ret_diagnosis);
/* Words an advisory about one server address of RECORD's zone that is lame, failing or silent while
 * others serve. */
void sp_word_server(const struct sp_record_observation *record, const struct sp_seen *seen,
                    const struct sp_verdict_context *context, struct sp_diagnosis *ret_diagnosis);
/* The same about a server of which no address can be asked from here. */
void sp_word_unaddressed(const struct sp_dns_server *server, struct sp_diagnosis *ret_diagnosis);
/* The same about DELEGATION's silent parent. */
void sp_word_parent(const struct sp_observation *observation,
                    const struct sp_delegation *delegation, struct sp_diagnosis *ret_diagnosis);
/* Words an advisory about DELEGATION, whose zone and the zone above name different servers. */
void sp_word_mismatch(const struct sp_delegation *delegation, struct sp_diagnosis *ret_diagnosis);
/* The same about RECORD, whose name servers cannot be asked from here. */
void sp_word_path(const struct sp_observation *observation,
                  const struct sp_record_observation *record, struct sp_diagnosis *ret_diagnosis);
/* Appends "the resolver 192.0.2.53:53", or "the 2 resolvers": those asked for HEARSAY. */
void sp_word_put_resolvers(struct sp_buf *out, const struct sp_observation *observation,
                           const struct sp_hearsay *hearsay);
/* Appends "48 hours", "90 minutes": for how long CONTEXT's window is open. */
void sp_word_put_window(struct sp_buf *out, const struct sp_verdict_context *context);
/* printf into a diagnosis' message or fix. */
void SP_PRINTF(2, 3) sp_word_say(char ret_text[512], const char *format, ...);
/* "REFUSED", "without authority", "with a referral to a zone below": what a LAME or FAILING server
 * answers. */
const char *sp_word_answer(const struct sp_seen *seen);
/* The answer in one line: VERDICT's message and its parts, from its records, WORST and N_SERVERS of
 * N_ALL at which all is live. WORST is the most telling of these records, or NULL when none is
 * blocking. */
void sp_word_verdict(const struct sp_observation *observation,
                     const struct sp_verdict_context *context,
                     const struct sp_record_verdict *worst, size_t n_servers, size_t n_all,
                     struct sp_verdict *verdict);

#endif
