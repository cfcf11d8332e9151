#include "broker/endpoint.h"

static char *in_capitals(char *name)
{
    for (char *c = name; *c; c++)
        *c = *c == '-' ? '_' : (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
    return name;
}

char *sp_variable_prefix(const char *provider)
{
    return in_capitals(sp_asprintf("%s_", provider));
}

char *sp_endpoint_variable(const char *provider)
{
    return in_capitals(sp_asprintf("SIGNPOST_%s_ENDPOINT", provider));
}

static const char *value_of(const char *variable)
{
    const char *value = variable ? getenv(variable) : NULL;
    return value && *value ? value : NULL;
}

const char *sp_endpoint_of_operator(const struct sp_description *description, size_t i,
                                    const char *flag, const char *own_variable,
                                    const char **ret_from)
{
    const char *text;
    *ret_from = "--endpoint";
    if (i == 0 && flag)
        return flag;
    *ret_from = own_variable;
    if (i == 0 && (text = value_of(own_variable)))
        return text;
    *ret_from = description->origins.items[i].endpoint_env;
    return value_of(*ret_from);
}

char *sp_endpoint_of(const struct sp_description *description, const char *flag)
{
    if (!description->name || !description->origins.n)
        return NULL;
    char *variable = sp_endpoint_variable(description->name);
    const char *from, *said = sp_endpoint_of_operator(description, 0, flag, variable, &from);
    char *url = sp_strdup(said ? said : description->origins.items[0].url);
    free(variable);
    return url;
}
