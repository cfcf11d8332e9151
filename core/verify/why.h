/*
 * What a verdict rests on, for a person to follow: who serves the records and who says so, what
 * each server answered, what was asked besides, and the chain behind each record. Pure; plain
 * lines of a tree, which whoever prints them draws.
 */
#ifndef SP_VERIFY_WHY_H
#define SP_VERIFY_WHY_H

#include "verify/verdict.h"

struct sp_why_line {
    unsigned depth; /* 0: a root; else one below the closest line above of a lesser depth */
    char *text;     /* one line; names in it are escaped, what else is foreign is printable */
};
struct sp_why {
    SP_ARRAY(struct sp_why_line) lines;
};

/* Fills RET_WHY, which is owned by the caller. */
void sp_why_tell(const struct sp_observation *observation, const struct sp_verdict *verdict,
                 struct sp_why *ret_why);
void sp_why_fini(struct sp_why *why); /* leaves it empty */

/* Appends a line. For the parts of it, why_record.c and why.c, alone. */
void sp_why_say(struct sp_why *why, unsigned depth, const char *format, ...) SP_PRINTF(3, 4);
/* Appends one record: the answers of every server, what was asked besides, what stands behind. */
void sp_why_tell_record(struct sp_why *why, const struct sp_observation *observation,
                        const struct sp_record_observation *record,
                        const struct sp_record_verdict *verdict);

#endif
