/*
 * What a credential is made of, for the two files that read it: credentials.c fills it,
 * credentials_apply.c puts it into requests.
 */
#ifndef SP_BROKER_CREDENTIALS_KEPT_H
#define SP_BROKER_CREDENTIALS_KEPT_H

#include "broker/aws_keys.h"
#include "broker/command.h"
#include "broker/credentials.h"

struct sp_credential {
    const char *name;                /* the secret's in the description */
    struct sp_secret *secret;        /* NULL until the command was run */
    char *source;                    /* the variable it came from, or where in the configuration */
    const sp_command_words *command; /* that prints it; the configuration's; or NULL */
};

struct sp_credentials {
    const struct sp_auth *auth; /* the way chosen; NULL when none is needed */
    SP_ARRAY(struct sp_credential) values;
    char *region; /* the operator's word, or NULL */
    /* Of a profile that has a command: what to run, and until when its last answer is good. */
    char *command, *command_source;
    int64_t expires_s;             /* 0: never */
    struct sp_command *process;    /* while it runs, */
    struct sp_credential *awaited; /* the value that it prints */
    struct sp_loop *loop;          /* there */
    struct sp_aws_keys answer;     /* what it said */
    sp_renewed_fn on_renewed;
    void *renewed_arg;
};

#endif
