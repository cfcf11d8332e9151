/*
 * Whom `watch` tells of changes, and with which secret: from the flag, the environment and the
 * configuration.
 */
#ifndef SP_CLI_WEBHOOK_CONFIG_H
#define SP_CLI_WEBHOOK_CONFIG_H

#include "cli/session.h"

struct sp_webhook_config {
    char *url; /* NULL: nobody is told */
    struct sp_secret *key;
};

/*
 * The URL: --webhook, or the configuration's. The secret: SIGNPOST_WEBHOOK_SECRET, the file that
 * SIGNPOST_WEBHOOK_SECRET_FILE names, or the configuration's; its command is run here, on the loop.
 * ERR: usage, "bad-webhook"; credentials, "webhook-secret": there is none, or it cannot be used.
 */
int sp_webhook_config_read(struct sp_session *session, struct sp_webhook_config *ret_config,
                           struct sp_err *err);
void sp_webhook_config_fini(struct sp_webhook_config *config);

#endif
