/*
 * A credential_process: a program of the operator's that hands out AWS keys. Run without a shell,
 * on the loop, bounded in time and in what it writes.
 */
#ifndef SP_BROKER_AWS_PROCESS_H
#define SP_BROKER_AWS_PROCESS_H

#include "base/array.h"
#include "base/loop.h"
#include "broker/aws_keys.h"

struct sp_aws_process;

/* KEYS may be moved out (zeroed); NULL after a failure, with ERR set: credentials,
 * "credential-process", naming the program, the cause, and what it wrote to standard error. */
typedef void (*sp_aws_process_fn)(void *arg, struct sp_aws_keys *keys, const struct sp_err *err);

/*
 * Starts COMMAND, split into words; it inherits our environment, as the AWS tools let it. SUBJECT
 * begins the messages ("credential_process of the profile work in ~/.aws/config"). FN comes once,
 * from the loop, and the pointer is dead when it comes.
 */
struct sp_aws_process *sp_aws_process_start(struct sp_loop *loop, const char *command,
                                            const char *subject, sp_aws_process_fn fn, void *arg);
/* Kills it; FN does not come. *PROCESS becomes NULL. Accepts a pointer to NULL. */
void sp_aws_process_cancel(struct sp_aws_process **process);

typedef SP_ARRAY(char *) sp_words; /* owned */
/* Splits COMMAND as a POSIX shell would, but for expansions: blanks divide; '...' is taken as it
 * is; in "..." a backslash escapes " and \\; elsewhere it escapes any character. ERR: credentials,
 * "credential-process". RET is empty then. */
int sp_words_split(const char *command, sp_words *ret, struct sp_err *err);
void sp_words_free(sp_words *words);

#endif
