/*
 * Looks around inside the worker, at load and during a call, and reports what it sees as the
 * sentence of a failure: descriptors that are open beside 0 to 4, and variables in the environment.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include <signpost/plugin.h>

#define FIRST_UNKNOWN_FD 5
#define LAST_FD          40

static int n_open, n_variables;

__attribute__((constructor)) static void look(void)
{
    char byte;
    for (int fd = FIRST_UNKNOWN_FD; fd <= LAST_FD; fd++) {
        if (read(fd, &byte, 0) == 0 || errno != EBADF)
            n_open++;
    }
    for (char **variable = environ; variable && *variable; variable++)
        n_variables++;
}

static int probe_find_zones(struct signpost_call *call, const struct signpost_wanted *const *wanted,
                            size_t n)
{
    char *sentence = signpost_alloc(call, 100);
    (void)wanted;
    (void)n;
    /* stdio on a descriptor that is no terminal must work under the filter. */
    puts("to nobody");
    fputs("probe: seen\n", stderr);
    fflush(NULL);
    snprintf(sentence, 100, "%d descriptors, %d variables", n_open, n_variables);
    return signpost_fail(call, SIGNPOST_UNSUPPORTED, sentence);
}

static int probe_list_records(struct signpost_call *call, const struct signpost_zone *zone,
                              const char *const *hosts, size_t n)
{
    (void)call;
    (void)zone;
    (void)hosts;
    (void)n;
    return SIGNPOST_OK;
}

static int probe_apply_changes(struct signpost_call *call, const struct signpost_zone *zone,
                               const struct signpost_change *const *changes, size_t n)
{
    (void)call;
    (void)zone;
    (void)changes;
    (void)n;
    return SIGNPOST_OK;
}

static const struct signpost_origin origins[] = {{.url = "https://api.probe.example"}};
static const struct signpost_operation operations[] = {
    {.method = "GET", .path = "/", .functions = SIGNPOST_IN_FIND_ZONES},
};
static const char *const record_types[] = {"CNAME"};

static const struct signpost_plugin plugin = {
    .name = "probe",
    .label = "Probe",
    .host_style = SIGNPOST_HOST_RELATIVE,
    .target_style = SIGNPOST_TARGET_PLAIN,
    .apex = "@",
    .origins = origins,
    .n_origins = 1,
    .operations = operations,
    .n_operations = 1,
    .record_types = record_types,
    .n_record_types = 1,
    .find_zones = probe_find_zones,
    .list_records = probe_list_records,
    .apply_changes = probe_apply_changes,
};

SIGNPOST_PLUGIN(plugin)
