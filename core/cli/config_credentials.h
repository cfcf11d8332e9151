/*
 * The member `credentials` of a provider in the configuration.
 */
#ifndef SP_CLI_CONFIG_CREDENTIALS_H
#define SP_CLI_CONFIG_CREDENTIALS_H

#include "base/json.h"
#include "broker/configured.h"

/* Reads CREDENTIALS, an object of secrets by name, each {"value"}, {"file"} or {"command"}; absent:
 * none. The first error stays in its reader, and never has a value in it. True when a value itself
 * stands there. */
bool sp_config_credentials_read(const struct sp_json_reader *credentials,
                                sp_configured_secrets *ret_secrets);
/* The same of one SECRET, kept as NAME. */
bool sp_config_secret_read(const struct sp_json_reader *secret, const char *name,
                           sp_configured_secrets *ret_secrets);
#endif
