/*
 * The commands as data: one table drives dispatch, help and suggestions.
 */
#ifndef SP_CLI_COMMAND_H
#define SP_CLI_COMMAND_H

#include "cli/options.h"
#include "cli/session.h"

struct sp_command {
    const char *name;
    enum sp_command_bit bit;
    const char *arguments; /* "DOMAIN..." */
    const char *purpose;   /* one line */
    size_t max_arguments;
    /* The exit code. Everything it has to say is said. NULL: help. */
    int (*run)(struct sp_session *session);
    const char *const *examples; /* NULL-terminated */
};

const struct sp_command *sp_command_table(size_t *ret_n);
/* NULL and ERR (usage), with a suggestion, for an unknown one. */
const struct sp_command *sp_command_find(const char *name, struct sp_err *err);

int sp_cmd_records(struct sp_session *session);
int sp_cmd_publish(struct sp_session *session);
int sp_cmd_verify(struct sp_session *session);
int sp_cmd_status(struct sp_session *session);
int sp_cmd_unpublish(struct sp_session *session);
int sp_cmd_explain(struct sp_session *session);
int sp_cmd_providers(struct sp_session *session);
int sp_cmd_watch(struct sp_session *session);
int sp_cmd_schema(struct sp_session *session);

#endif
