#include "cli/command.h"

#include "base/limits.h"
#include "cli/suggest.h"

static const char *const records_examples[] = {
    "signpost records example.com --set platform=mailer.example",
    "signpost records example.com --record sk48601=u1.mailer.example --output zone",
    NULL,
};
static const char *const publish_examples[] = {
    "signpost publish example.com --records records.txt",
    "signpost publish example.com --set platform=mailer.example --dry-run",
    NULL,
};
static const char *const verify_examples[] = {
    "signpost verify example.com --wait --timeout 1h",
    "signpost verify example.com --record sk48601=u1.mailer.example --why",
    "signpost verify --all --only-changed",
    NULL,
};
static const char *const status_examples[] = {
    "signpost status",
    "signpost status example.com --output json",
    NULL,
};
static const char *const explain_examples[] = {
    "signpost verify example.com --evidence evidence.json",
    "signpost explain evidence.json",
    NULL,
};
static const char *const unpublish_examples[] = {
    "signpost unpublish example.com --dry-run",
    "signpost unpublish example.com --yes",
    NULL,
};
static const char *const providers_examples[] = {
    "signpost providers",
    "signpost providers powerdns -v",
    NULL,
};
static const char *const watch_examples[] = {
    "signpost watch",
    "signpost watch --output jsonl --webhook https://hooks.example.com/signpost",
    NULL,
};
static const char *const schema_examples[] = {"signpost schema report", NULL};
static const char *const help_examples[] = {"signpost help publish", NULL};

static const struct sp_command table[] = {
    {"records", SP_COMMAND_RECORDS, "DOMAIN...", "generate or read the records and show them",
     SP_DOMAINS_MAX, sp_cmd_records, records_examples},
    {"publish", SP_COMMAND_PUBLISH, "DOMAIN...", "plan, publish at the DNS provider, and verify",
     SP_DOMAINS_MAX, sp_cmd_publish, publish_examples},
    {"verify", SP_COMMAND_VERIFY, "[DOMAIN...]",
     "ask every name server whether the records are live", SP_DOMAINS_MAX, sp_cmd_verify,
     verify_examples},
    {"status", SP_COMMAND_STATUS, "[DOMAIN...]", "what is known from earlier runs, a line a domain",
     SP_DOMAINS_MAX, sp_cmd_status, status_examples},
    {"explain", SP_COMMAND_EXPLAIN, "FILE", "reach verdicts again from evidence, offline", 1,
     sp_cmd_explain, explain_examples},
    {"unpublish", SP_COMMAND_UNPUBLISH, "DOMAIN...",
     "take back what was published, where it is still ours", SP_DOMAINS_MAX, sp_cmd_unpublish,
     unpublish_examples},
    {"providers", SP_COMMAND_PROVIDERS, "[NAME]",
     "the plugins found, and the credentials they need", 1, sp_cmd_providers, providers_examples},
    {"watch", SP_COMMAND_WATCH, "", "re-check every domain known, and tell what changes", 0,
     sp_cmd_watch, watch_examples},
    {"schema", SP_COMMAND_SCHEMA, "NAME", "print a JSON Schema", 1, sp_cmd_schema, schema_examples},
    {"help", SP_COMMAND_HELP, "[COMMAND]", "explain a command", 1, NULL, help_examples},
};

const struct sp_command *sp_command_table(size_t *ret_n)
{
    *ret_n = SP_ARRAY_LEN(table);
    return table;
}

const struct sp_command *sp_command_find(const char *name, struct sp_err *err)
{
    const char *names[SP_ARRAY_LEN(table) + 1] = {0};
    for (size_t i = 0; i < SP_ARRAY_LEN(table); i++) {
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
        names[i] = table[i].name;
    }
    const char *closest = sp_suggest(name, names);
    sp_err_set(err, SP_ERR_USAGE, "unknown-command", "unknown command %.200s", name);
    if (closest)
        sp_err_fix(err, "did you mean `signpost %s`?", closest);
    else
        sp_err_fix(err, "see `signpost --help`");
    return NULL;
}
