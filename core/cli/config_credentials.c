#include "cli/config_credentials.h"

#include <stdint.h>
#include <string.h>

#include "base/limits.h"

static void read_command(const struct sp_json_reader *command, sp_command_words *ret)
{
    size_t n = sp_json_length(command, SP_COMMAND_WORDS_MAX);
    for (size_t i = 0; i < n; i++) {
        struct sp_json_reader word = sp_json_item(command, i);
        *sp_array_push(ret) = sp_strdup(sp_json_string(&word, SP_TEXT_MAX));
    }
    if (n == 0 || !ret->items[0][0])
        sp_json_fail(command, "names no program");
}

static void read_secret(const struct sp_json_reader *secret, struct sp_configured *ret)
{
    static const char *const members[] = {"value", "file", "command", NULL};
    sp_json_only(secret, members);
    struct sp_json_reader value = sp_json_optional(secret, "value");
    struct sp_json_reader file = sp_json_optional(secret, "file");
    struct sp_json_reader command = sp_json_optional(secret, "command");
    if (sp_json_is_present(&value) + sp_json_is_present(&file) + sp_json_is_present(&command) != 1)
        sp_json_fail(secret, "expected one of value, file and command");
    if (sp_json_is_present(&value)) {
        const char *text = sp_json_string(&value, SP_SECRET_MAX);
        ret->value = sp_secret_new(text, strlen(text));
        /* jansson's own copy: nobody else reads the document, and it has no call that wipes. */
        explicit_bzero((void *)(uintptr_t)text, strlen(text));
    } else if (sp_json_is_present(&file)) {
        const char *path = sp_json_string(&file, SP_TEXT_MAX);
        ret->file = sp_strdup(path);
        if (*path != '/')
            sp_json_fail(&file, "is no absolute path");
    } else if (sp_json_is_present(&command)) {
        read_command(&command, &ret->command);
    }
}

bool sp_config_secret_read(const struct sp_json_reader *secret, const char *name,
                           sp_configured_secrets *ret_secrets)
{
    struct sp_configured *configured = sp_array_push(ret_secrets);
    *configured = (struct sp_configured){.name = sp_strdup(name)};
    read_secret(secret, configured);
    return configured->value != NULL;
}

bool sp_config_credentials_read(const struct sp_json_reader *credentials,
                                sp_configured_secrets *ret_secrets)
{
    bool has_value = false;
    const char *name;
    json_t *json;
    if (!sp_json_is_present(credentials))
        return false;
    if (!json_is_object(credentials->value))
        sp_json_fail(credentials, "expected an object");
    if (json_object_size(credentials->value) > SP_PLUGIN_LIST_MAX)
        sp_json_fail(credentials, "has more than %d members", SP_PLUGIN_LIST_MAX);
    if (sp_err_is_set(credentials->err))
        return false;
    json_object_foreach (credentials->value, name, json) {
        struct sp_json_reader secret = sp_json_member(credentials, name);
        has_value = sp_config_secret_read(&secret, name, ret_secrets) || has_value;
    }
    return has_value;
}
