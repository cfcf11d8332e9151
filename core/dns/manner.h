/*
 * How one server wants to be asked, as far as its answers have shown: with EDNS or without, whether
 * it repeats the letters of a question, whether it limits its rate. And, from that, how a question
 * is asked first and how again. Pure: no clock, no network.
 *
 * A question goes by UDP, with EDNS and letters of mixed case. Whatever is doubtful about an answer
 * is settled by TCP, which nobody can forge from outside: a cut answer, one that cannot be read,
 * one in other letters. A server that declines EDNS (FORMERR, NOTIMP or BADVERS, RFC 6891, section
 * 7) or stays silent is asked without it.
 */
#ifndef SP_DNS_MANNER_H
#define SP_DNS_MANNER_H

#include "base/base.h"
#include "base/limits.h"

struct sp_manner {
    bool has_edns;     /* questions with EDNS were answered */
    bool refuses_edns; /* it is asked without */
    bool changes_case; /* its answers do not repeat the letters of the question, by TCP either */
    unsigned n_plain;  /* questions in a row that it answered only without EDNS */

    /* Datagrams: when the last ones were sent, in a ring, and when the last answer came. */
    uint64_t sent_ms[SP_DNS_FAST];
    size_t n_sent;
    uint64_t heard_ms;
    /* Sudden silence, or nothing but "use TCP", after fast asking is response-rate limiting and not
     * absence: until then it is asked by TCP, which is not limited. So is a server that has
     * answered by TCP alone. */
    uint64_t limited_until_ms;
    unsigned limited_ms; /* how long that lasts next time */
};

/* One question's attempts at one server. Begin with zeroed memory and sp_manner_begin(). */
struct sp_attempt {
    bool is_tcp, has_edns, is_mixed; /* how it is asked now */
    bool is_only;                    /* there is no other way: by HTTPS */
    bool has_answered_udp;           /* the server is alive */
    bool was_other_case, was_declined, was_silent;
    unsigned n_udp, n_tcp; /* attempts made, the present one included */
};

/* What came of an attempt. */
enum sp_outcome {
    SP_OUTCOME_ANSWER,
    SP_OUTCOME_TRUNCATED,
    SP_OUTCOME_EMPTIED,    /* truncated to no record at all, as rate limits do it */
    SP_OUTCOME_OTHER_CASE, /* in other letters than the question's */
    SP_OUTCOME_DECLINED,   /* an error that may be due to EDNS */
    SP_OUTCOME_BROKEN,     /* cannot be read */
    SP_OUTCOME_SILENCE,
    SP_OUTCOME_FAILED, /* nobody listens there, or the connection broke */
};

enum sp_next {
    SP_NEXT_TAKE,    /* the outcome is what the server says */
    SP_NEXT_GIVE_UP, /* nothing more can be tried */
    SP_NEXT_ASK,     /* again, as ATTEMPT says now */
};

void sp_manner_begin(struct sp_manner *manner, struct sp_attempt *attempt, uint64_t now_ms);
/* To be called for every attempt that is sent. */
void sp_manner_sent(struct sp_manner *manner, struct sp_attempt *attempt, uint64_t now_ms);
enum sp_next sp_manner_next(struct sp_manner *manner, struct sp_attempt *attempt,
                            enum sp_outcome outcome, uint64_t now_ms);
bool sp_manner_is_limited(const struct sp_manner *manner, uint64_t now_ms);

#endif
