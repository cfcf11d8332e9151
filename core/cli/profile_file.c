#include "cli/profile_file.h"

#include <unistd.h>

#include "base/limits.h"
#include "cli/file.h"

typedef SP_ARRAY(struct sp_profile_variable) variable_list;

static char *sidecar_of(const char *path)
{
    static const char json[] = ".json";
    size_t len = strlen(path), ending = sizeof(json) - 1;
    bool has_ending = len > ending && strcmp(path + len - ending, json) == 0;
    char *stem = sp_strndup(path, has_ending ? len - ending : len);
    char *sidecar = sp_asprintf("%s.signpost.json", stem);
    free(stem);
    return sidecar;
}

static int read_sidecar(const char *path, struct sp_profile *profile, struct sp_err *err)
{
    char *sidecar = sidecar_of(path);
    struct sp_buf text = SP_BUF_INIT(SP_FILE_MAX);
    int status = 0;
    if (strcmp(path, "-") != 0 && access(sidecar, F_OK) == 0) {
        status = sp_file_read(sidecar, &text, err);
        if (status == 0)
            status = sp_profile_parse_sidecar(profile, sp_buf_str(&text), text.len, sidecar, err);
    }
    sp_buf_fini(&text);
    free(sidecar);
    return status;
}

int sp_profile_file_read(const struct sp_options *options, struct sp_profile *ret_profile,
                         struct sp_err *err)
{
    const char *path = options->profile;
    struct sp_buf text = SP_BUF_INIT(SP_FILE_MAX);
    *ret_profile = (struct sp_profile){0};
    int status = sp_file_read(path, &text, err);
    if (status == 0)
        status = sp_profile_parse(ret_profile, sp_buf_str(&text), text.len,
                                  strcmp(path, "-") == 0 ? "standard input" : path, err);
    if (status == 0)
        status = read_sidecar(path, ret_profile, err);
    if (status < 0)
        sp_profile_fini(ret_profile);
    sp_buf_fini(&text);
    return status;
}

/* Takes NAME. A variable given twice has its last value. */
static void set_variable(variable_list *variables, char *name, const char *value)
{
    SP_ARRAY_FOREACH (variables, variable) {
        if (strcmp(variable->name, name) != 0)
            continue;
        variable->value = value;
        free(name);
        return;
    }
    *sp_array_push(variables) = (struct sp_profile_variable){.name = name, .value = value};
}

/* The values point into OPTIONS, the names are owned. */
static int read_variables(const struct sp_options *options, variable_list *variables,
                          struct sp_err *err)
{
    SP_ARRAY_FOREACH (&options->sets, word) {
        const char *equals = strchr(*word, '=');
        if (!equals || equals == *word) {
            sp_err_set(err, SP_ERR_USAGE, "bad-variable", "--set %.200s has no %s", *word,
                       equals ? "name" : "value");
            return sp_err_fix(err, "write --set NAME=VALUE");
        }
        set_variable(variables, sp_strndup(*word, (size_t)(equals - *word)), equals + 1);
    }
    return 0;
}

int sp_profile_file_make(const struct sp_options *options, const struct sp_profile *profile,
                         const struct sp_name *domain, struct sp_record_set *ret_set,
                         struct sp_err *err)
{
    variable_list variables = {0};
    *ret_set = (struct sp_record_set){0};
    int status = read_variables(options, &variables, err);
    if (status == 0)
        status = sp_profile_make(profile, domain, variables.items, variables.n, ret_set, err);
    SP_ARRAY_FOREACH (&variables, variable)
        free((char *)(uintptr_t)variable->name);
    sp_array_free(&variables);
    return status;
}
