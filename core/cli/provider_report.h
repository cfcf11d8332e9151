/*
 * A plugin for `signpost providers`: conventions, endpoint, and the credentials it needs, by the
 * names of their variables and never by their values.
 */
#ifndef SP_CLI_PROVIDER_REPORT_H
#define SP_CLI_PROVIDER_REPORT_H

#include "broker/catalog.h"

/* Whether PLUGIN is NAME's (NULL: any), by its description or, without one, by its file. */
bool sp_provider_report_is_named(const struct sp_plugin *plugin, const char *name);
/* An element of schemas/providers.schema.json. ENDPOINT: --endpoint or NULL. */
json_t *sp_provider_report_json(const struct sp_plugin *plugin, const char *endpoint);
/* The line above a list of them. */
void sp_provider_report_head(struct sp_buf *out, unsigned width);
/* One line, and the rest indented below it if IS_DETAILED or if the plugin cannot be used; broken
 * to fit WIDTH columns, 0: never. */
void sp_provider_report_text(struct sp_buf *out, const struct sp_plugin *plugin,
                             const char *endpoint, bool is_detailed, unsigned width);

/* Puts the name of a plugin that NAME was probably meant to be into ERR's fix, if there is one. */
void sp_provider_report_suggest(const struct sp_catalog *catalog, const char *name,
                                struct sp_err *err);

#endif
