/*
 * The operator's configuration (schemas/config.schema.json).
 */
#ifndef SP_CLI_CONFIG_FILE_H
#define SP_CLI_CONFIG_FILE_H

#include "base/array.h"
#include "base/err.h"
#include "broker/configured.h"

struct sp_config_provider {
    char *name, *endpoint; /* owned; endpoint NULL if not set */
    sp_configured_secrets secrets;
};

struct sp_config_file {
    char *path; /* owned; NULL: there is none */
    SP_ARRAY(struct sp_config_provider) providers;
    char *webhook;                        /* whom `watch` tells, as it stands there; NULL: nobody */
    sp_configured_secrets webhook_secret; /* one, or none */
};

/*
 * Reads PATH, or when that is NULL $XDG_CONFIG_HOME/signpost/config.json (~/.config without the
 * variable) if it exists. ERR: usage: not readable, writable by others, readable by others though a
 * secret stands in it, not strict JSON, an unknown member.
 */
int sp_config_file_read(const char *path, struct sp_config_file *ret_config, struct sp_err *err);
void sp_config_file_fini(struct sp_config_file *config);
/* The credentials of provider NAME (may be NULL): a borrow, or NULL without. */
const sp_configured_secrets *sp_config_file_secrets(const struct sp_config_file *config,
                                                    const char *name);
/* Whether each endpoint is a base URL. Apart from reading, because it takes libcurl, and most
 * commands send nothing. ERR: usage, with the file and the provider; internal (no libcurl). */
int sp_config_file_check_endpoints(const struct sp_config_file *config, struct sp_err *err);
/* "$VARIABLE/REST", or "$HOME/FALLBACK/REST" when VARIABLE is unset or relative (XDG base
 * directories); owned. NULL when neither is there. */
char *sp_xdg_path(const char *variable, const char *fallback, const char *rest);

#endif
