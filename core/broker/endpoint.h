/*
 * Which base URL a provider's API is asked at: the operator's word comes before the plugin's.
 */
#ifndef SP_BROKER_ENDPOINT_H
#define SP_BROKER_ENDPOINT_H

#include "plugin/description.h"

/* "MY_PROVIDER_" for "my-provider": how the variables of a third-party plugin begin. Owned. */
char *sp_variable_prefix(const char *provider);
/* "SIGNPOST_MY_PROVIDER_ENDPOINT" for "my-provider". Owned. */
char *sp_endpoint_variable(const char *provider);
/* What the operator says of origin I, or NULL: of the first one FLAG (--endpoint) if given, then
 * OWN_VARIABLE (see above); of each the variable of the provider's own tools. An empty variable
 * says nothing. RET_FROM names the source, for messages. Both are borrows. */
const char *sp_endpoint_of_operator(const struct sp_description *description, size_t i,
                                    const char *flag, const char *own_variable,
                                    const char **ret_from);
/* The same of the first origin, or else the plugin's own URL: what will be used, to be shown.
 * Owned; NULL for none. */
char *sp_endpoint_of(const struct sp_description *description, const char *flag);

#endif
