#include "cli/endpoint.h"

char *sp_endpoint_variable(const char *provider)
{
    char *name = sp_asprintf("SIGNPOST_%s_ENDPOINT", provider);
    for (char *c = name; *c; c++)
        *c = *c == '-' ? '_' : (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
    return name;
}

char *sp_endpoint_of(const struct sp_description *description, const char *flag)
{
    if (!description->name || !description->origins.n)
        return NULL;
    if (flag)
        return sp_strdup(flag);
    const struct sp_origin *origin = &description->origins.items[0];
    char *variable = sp_endpoint_variable(description->name);
    const char *value = getenv(variable);
    free(variable);
    if ((!value || !*value) && origin->endpoint_env)
        value = getenv(origin->endpoint_env);
    return sp_strdup(value && *value ? value : origin->url);
}
