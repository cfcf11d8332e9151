/*
 * What verdicts were reached from: the questions and answers of a run, and for each domain the
 * records, what was known beside the DNS, and the verdict. From that alone, the same verdict is
 * reached again later, without any network.
 */
#ifndef SP_VERIFY_EVIDENCE_H
#define SP_VERIFY_EVIDENCE_H

#include "base/json.h"
#include "dns/book.h"
#include "verify/verdict.h"

/* One domain. */
struct sp_evidence_case {
    struct sp_record_set set;
    struct sp_verdict_context context; /* what it points to is the case's */
    char *provider;                    /* its name, for the report; or NULL */
    uint64_t at_ms;                    /* of the verdict, since 1970 */
    json_t *verdict;                   /* as in schemas/evidence.schema.json */
};

struct sp_evidence {
    struct sp_dns_book *book;
    char *version; /* of the program that wrote it */
    SP_ARRAY(struct sp_evidence_case *) cases;
};

/* Without a case, and with an empty book. */
struct sp_evidence *sp_evidence_new(const char *version);
void sp_evidence_free(struct sp_evidence *evidence); /* accepts NULL */

/* Keeps the verdict of OBSERVATION's domain, in place of an earlier one. Everything is copied;
 * PROVIDER may be NULL. */
void sp_evidence_note(struct sp_evidence *evidence, const struct sp_observation *observation,
                      const struct sp_verdict_context *context, const char *provider,
                      const struct sp_verdict *verdict);
/* Appends in what VERDICT differs from that of the case, "; " in between: nothing if it is the
 * same. The wording does not count. */
void sp_evidence_compare(const struct sp_evidence_case *item, const struct sp_verdict *verdict,
                         struct sp_buf *out);

/* evidence_json.c. The caller owns the document. */
json_t *sp_evidence_to_json(const struct sp_evidence *evidence);
/* evidence_read.c. Reads what was written; WHAT is for messages. NULL with ERR: usage, "bad-json"
 * or "bad-evidence".
 */
struct sp_evidence *sp_evidence_parse(const char *text, size_t len, const char *what,
                                      struct sp_err *err);
/* Whether a file that begins with these bytes is one of those. */
bool sp_evidence_is_start(const char *text, size_t len);

#endif
