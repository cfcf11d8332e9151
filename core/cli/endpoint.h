/*
 * Which base URL a provider's API is asked at, to be shown.
 */
#ifndef SP_CLI_ENDPOINT_H
#define SP_CLI_ENDPOINT_H

#include "plugin/description.h"

/* FLAG (--endpoint) if given, SIGNPOST_<PROVIDER>_ENDPOINT, the variable of the provider's own
 * tools, the plugin's own URL. Owned; NULL for none. */
char *sp_endpoint_of(const struct sp_description *description, const char *flag);
/* "SIGNPOST_MY_PROVIDER_ENDPOINT" for "my-provider". Owned. */
char *sp_endpoint_variable(const char *provider);

#endif
