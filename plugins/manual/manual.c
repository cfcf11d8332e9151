/*
 * No API: the records are typed by a person into the provider's page. The engine sees that there
 * are no functions, shows what to enter in both host forms, and waits by verifying.
 */
#include <signpost/plugin.h>

static const char *const record_types[] = {"CNAME"};

static const struct signpost_plugin plugin = {
    .name = "manual",
    .label = "your DNS provider's own page",
    .version = "1",
    .host_style = SIGNPOST_HOST_RELATIVE,
    .target_style = SIGNPOST_TARGET_PLAIN,
    .apex = "@",
    .record_types = record_types,
    .n_record_types = 1,
    .ttl_default = 3600,
};

SIGNPOST_PLUGIN(plugin)
