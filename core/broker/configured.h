/*
 * A secret as the operator's configuration gives it: its value, a file that holds it, or a program
 * that prints it.
 */
#ifndef SP_BROKER_CONFIGURED_H
#define SP_BROKER_CONFIGURED_H

#include "base/secret.h"
#include "broker/command.h"

struct sp_configured {
    char *name; /* the secret's in the plugin's description */
    /* One of these. */
    struct sp_secret *value;
    char *file;
    sp_command_words command;
};

/* Those of one provider; owned. */
typedef SP_ARRAY(struct sp_configured) sp_configured_secrets;

/* NULL when there is none of that name, or SECRETS is NULL. */
const struct sp_configured *sp_configured_find(const sp_configured_secrets *secrets,
                                               const char *name);
/* Where it comes from, for people: "config: command pass", "config: file /run/key", "config:
 * value"; owned. */
char *sp_configured_source(const struct sp_configured *configured);
/* Wipes and empties. */
void sp_configured_fini(sp_configured_secrets *secrets);

#endif
