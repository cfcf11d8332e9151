/*
 * A program of the operator's that hands out a credential: a credential_process of the AWS tools,
 * or a command of the configuration. Run without a shell, on the loop, bounded in time and in what
 * it writes.
 */
#ifndef SP_BROKER_COMMAND_H
#define SP_BROKER_COMMAND_H

#include "base/array.h"
#include "base/err.h"
#include "base/loop.h"

typedef SP_ARRAY(char *) sp_command_words; /* owned */

struct sp_command;

/* Takes what the program wrote, which is wiped afterwards. ERR's message says what is wrong with
 * it, never what it is. */
typedef int (*sp_command_read_fn)(void *arg, const char *text, size_t len, struct sp_err *err);
/* The end. ERR is cleared when READ has taken the answer; otherwise credentials,
 * "credential-process", naming the program, the cause, and what it wrote to standard error. */
typedef void (*sp_command_fn)(void *arg, const struct sp_err *err);

/*
 * Starts the program WORDS[0], as PATH finds it; it inherits our environment. It may ask a person
 * at our terminal, which ends it with all that it started, as it does us; without one it has a
 * session of its own, and we end it so. SUBJECT begins the messages ("credential_process of the
 * profile work in ~/.aws/config"). FN comes once, from the loop, and the pointer is dead when it
 * comes; READ, if it comes, right before it.
 */
struct sp_command *sp_command_start(struct sp_loop *loop, const sp_command_words *words,
                                    const char *subject, sp_command_read_fn read, sp_command_fn fn,
                                    void *arg);
/* The same for LINE, which is split into words first. */
struct sp_command *sp_command_start_line(struct sp_loop *loop, const char *line,
                                         const char *subject, sp_command_read_fn read,
                                         sp_command_fn fn, void *arg);
/* Kills it, and in a session of its own what it started; nothing is called. *COMMAND becomes NULL.
 * Accepts a pointer to NULL. */
void sp_command_cancel(struct sp_command **command);

/* Splits COMMAND as a POSIX shell would, but for expansions: blanks divide; '...' is taken as it
 * is; in "..." a backslash escapes " and \\; elsewhere it escapes any character. ERR: credentials,
 * "credential-process". RET is empty then. */
int sp_command_split(const char *command, sp_command_words *ret, struct sp_err *err);
void sp_command_words_free(sp_command_words *words);

#endif
