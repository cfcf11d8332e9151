#include "broker/configured.h"

#include <stdlib.h>
#include <string.h>

const struct sp_configured *sp_configured_find(const sp_configured_secrets *secrets,
                                               const char *name)
{
    for (size_t i = 0; secrets && i < secrets->n; i++)
        if (strcmp(secrets->items[i].name, name) == 0)
            return &secrets->items[i];
    return NULL;
}

char *sp_configured_source(const struct sp_configured *configured)
{
    if (configured->command.n)
        return sp_asprintf("config: command %s", configured->command.items[0]);
    if (configured->file)
        return sp_asprintf("config: file %s", configured->file);
    return sp_strdup("config: value");
}

void sp_configured_fini(sp_configured_secrets *secrets)
{
    SP_ARRAY_FOREACH (secrets, configured) {
        free(configured->name);
        sp_secret_free(configured->value);
        free(configured->file);
        sp_command_words_free(&configured->command);
    }
    sp_array_free(secrets);
}
