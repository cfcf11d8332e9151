#include "cli/options.h"

#include "base/limits.h"
#include "base/text.h"
#include "cli/clock.h"
#include "cli/suggest.h"

#define READS_RECORDS                                                                              \
    (SP_COMMAND_RECORDS | SP_COMMAND_PUBLISH | SP_COMMAND_VERIFY | SP_COMMAND_UNPUBLISH)
#define WRITES  (SP_COMMAND_PUBLISH | SP_COMMAND_UNPUBLISH)
#define WAITS   (SP_COMMAND_PUBLISH | SP_COMMAND_VERIFY)
#define REPORTS (READS_RECORDS | SP_COMMAND_STATUS | SP_COMMAND_EXPLAIN)

/* `status` takes the options of a look, and says that it makes none. */
#define ASKS_NOBODY "without effect here, since status asks no server"

#define MEMBER(member) offsetof(struct sp_options, member)

static const char *const until_words[] = {"key", "records", NULL};
static const char *const output_words[] = {"text", "json", "jsonl", "zone", NULL};
static const char *const watch_words[] = {"text", "jsonl", NULL};
static const char *const list_words[] = {"text", "json", NULL}; /* of what has no records */

/* In the order in which --help shows them: a command's own first, then what every command takes. */
static const struct sp_option table[] = {
    {"profile", 0, SP_OPTION_TEXT, SP_CARRY_RECORDS, READS_RECORDS, MEMBER(profile), "FILE", NULL,
     "generate records with this Domain Connect template instead of the profile of --set platform; "
     "its variables come from --set"},
    {"set", 0, SP_OPTION_TEXTS, SP_CARRY_RECORDS, READS_RECORDS, MEMBER(sets), "VAR=VALUE", NULL,
     "generate the records: platform=mailer.example, and account=TEXT if wanted"},
    {"record", 0, SP_OPTION_TEXTS, SP_CARRY_RECORDS, READS_RECORDS, MEMBER(record_arguments),
     "HOST=TARGET", NULL, "a record that the platform gave (repeatable)"},
    {"records", 0, SP_OPTION_TEXT, SP_CARRY_RECORDS, READS_RECORDS, MEMBER(records), "FILE", NULL,
     "given records: JSON, zone-file or pasted lines; - is standard input"},
    {"provider", 0, SP_OPTION_TEXT, SP_CARRY_WRITE, WRITES, MEMBER(provider), "NAME", NULL,
     "the provider's plugin; default: auto, recognised from the zone's name servers"},
    {"dry-run", 0, SP_OPTION_FLAG, SP_CARRY_NEVER, WRITES, MEMBER(is_dry_run), NULL, NULL,
     "show the plan and change nothing"},
    {"exit-code", 0, SP_OPTION_FLAG, SP_CARRY_NEVER, WRITES, MEMBER(wants_exit_code), NULL, NULL,
     "with --dry-run: exit 9 when there is something to change"},
    {"replace", 0, SP_OPTION_FLAG, SP_CARRY_WRITE, SP_COMMAND_PUBLISH, MEMBER(may_replace), NULL,
     NULL, "allow changing a record that is there with another target"},
    {"replace-types", 0, SP_OPTION_TEXTS, SP_CARRY_WRITE, SP_COMMAND_PUBLISH, MEMBER(replace_types),
     "TYPE[,TYPE]", NULL, "allow removing records of these types that stand in a CNAME's way"},
    {"yes", 0, SP_OPTION_FLAG, SP_CARRY_WRITE, WRITES, MEMBER(has_yes), NULL, NULL,
     "make updates and deletions without asking"},
    {"wait", 0, SP_OPTION_FLAG, SP_CARRY_WRITE, WAITS, MEMBER(wants_wait), NULL, NULL,
     "look again until connected, error or the time-out; publish does by default"},
    {"no-wait", 0, SP_OPTION_FLAG, SP_CARRY_WRITE, WAITS, MEMBER(wants_no_wait), NULL, NULL,
     "look once; verify does by default"},
    {"timeout", 0, SP_OPTION_DURATION, SP_CARRY_ALWAYS, WAITS, MEMBER(timeout_ms), "DURATION", NULL,
     "how long to wait: 30s, 10m, 2h; default: 10m"},
    {"all", 0, SP_OPTION_FLAG, SP_CARRY_NEVER, SP_COMMAND_VERIFY, MEMBER(is_all), NULL, NULL,
     "every domain that the ledger knows, but for those taken back"},
    {"older", 0, SP_OPTION_AGE, SP_CARRY_NEVER, SP_COMMAND_VERIFY, MEMBER(older_s), "DURATION",
     NULL,
     "leave out domains that were looked at within it, 10m or 1d, or since a time like "
     "2026-11-24T15:00:00Z; goes on with an interrupted run"},
    {"only-changed", 0, SP_OPTION_FLAG, SP_CARRY_WRITE, SP_COMMAND_VERIFY, MEMBER(is_only_changed),
     NULL, NULL, "show only domains whose status is another than at the last look"},
    {"qps", 0, SP_OPTION_RATE, SP_CARRY_DNS, SP_COMMAND_VERIFY, MEMBER(qps), "N", NULL,
     "at most N questions a second to one address, a resolver's as well; default: 100 for more "
     "than 32 domains, resolvers and this host spared; else none"},
    {"until", 0, SP_OPTION_CHOICE, SP_CARRY_ALWAYS, WAITS | SP_COMMAND_WATCH, MEMBER(until),
     "records|key", until_words,
     "what counts as done: the records, or also a valid key behind them (default)"},
    {"evidence", 0, SP_OPTION_TEXT, SP_CARRY_NEVER, WAITS, MEMBER(evidence), "FILE", NULL,
     "keep what every server answered, so that `signpost explain FILE` reaches the same verdict "
     "again without asking; replaces FILE only if it is evidence of an earlier run"},
    {"history", 0, SP_OPTION_FLAG, SP_CARRY_NEVER, SP_COMMAND_STATUS, MEMBER(wants_history), NULL,
     NULL, "every look so far, equal ones as one line, and where each record was first seen live"},
    {"why", 0, SP_OPTION_FLAG, SP_CARRY_NEVER, WAITS | SP_COMMAND_EXPLAIN, MEMBER(wants_why), NULL,
     NULL,
     "show what the verdict rests on, as a tree: servers, answers, probes and the chain to the "
     "key"},
    {"trace", 0, SP_OPTION_TEXT, SP_CARRY_NEVER, WRITES | WAITS, MEMBER(trace), "FILE", NULL,
     "write every DNS message and every call of a provider's API as JSON lines, without secrets; "
     "- is standard error"},
    {"evidence", 0, SP_OPTION_TEXT, SP_CARRY_NEVER, SP_COMMAND_STATUS, MEMBER(evidence), "FILE",
     NULL, "of `signpost verify`: " ASKS_NOBODY},
    {"why", 0, SP_OPTION_FLAG, SP_CARRY_NEVER, SP_COMMAND_STATUS, MEMBER(wants_why), NULL, NULL,
     "of `signpost verify`: " ASKS_NOBODY},
    {"trace", 0, SP_OPTION_TEXT, SP_CARRY_NEVER, SP_COMMAND_STATUS, MEMBER(trace), "FILE", NULL,
     "of `signpost verify`: " ASKS_NOBODY},
    {"output", 0, SP_OPTION_CHOICE, SP_CARRY_NEVER, REPORTS, MEMBER(output), "FORMAT", output_words,
     "text, json, jsonl or zone"},
    {"output", 0, SP_OPTION_CHOICE, SP_CARRY_NEVER, SP_COMMAND_PROVIDERS, MEMBER(output), "FORMAT",
     list_words, "text or json"},
    {"output", 0, SP_OPTION_CHOICE, SP_CARRY_NEVER, SP_COMMAND_WATCH, MEMBER(output), "FORMAT",
     watch_words, "text, a line a change; or jsonl, the domain's report a line"},
    {"webhook", 0, SP_OPTION_TEXT, SP_CARRY_NEVER, SP_COMMAND_WATCH, MEMBER(webhook), "URL", NULL,
     "tell a server of every change, signed with SIGNPOST_WEBHOOK_SECRET; https, or plain http to "
     "a loopback address"},
    {"endpoint", 0, SP_OPTION_TEXT, SP_CARRY_WRITE, SP_COMMAND_ALL, MEMBER(endpoint), "URL", NULL,
     "the provider's API base URL, for the one named with --provider or the only one with a "
     "credential; plain http only to a loopback address"},
    {"resolver", 0, SP_OPTION_TEXTS, SP_CARRY_DNS, SP_COMMAND_ALL, MEMBER(resolvers), "ADDR[:PORT]",
     NULL,
     "a recursive resolver to ask, or the https:// URL of one (repeatable); default: the "
     "system's"},
    {"dns-port", 0, SP_OPTION_PORT, SP_CARRY_DNS, SP_COMMAND_ALL, MEMBER(dns_port), "N", NULL,
     "the port on which authoritative servers are asked; default: 53"},
    {"ledger", 0, SP_OPTION_TEXT, SP_CARRY_ALWAYS, SP_COMMAND_ALL, MEMBER(ledger), "PATH", NULL,
     "default: $XDG_STATE_HOME/signpost/ledger.db; none remembers nothing"},
    {"plugin-dir", 0, SP_OPTION_TEXTS, SP_CARRY_WRITE, SP_COMMAND_ALL, MEMBER(plugin_dirs), "DIR",
     NULL, "a further directory with plugins (repeatable)"},
    {"config", 0, SP_OPTION_TEXT, SP_CARRY_ALWAYS, SP_COMMAND_ALL, MEMBER(config), "FILE", NULL,
     "default: $XDG_CONFIG_HOME/signpost/config.json, if it is there"},
    {"quiet", 'q', SP_OPTION_FLAG, SP_CARRY_NEVER, SP_COMMAND_ALL, MEMBER(is_quiet), NULL, NULL,
     "no progress and no hints"},
    {"verbose", 'v', SP_OPTION_FLAG, SP_CARRY_NEVER, SP_COMMAND_ALL, MEMBER(is_verbose), NULL, NULL,
     "more detail: every server, counts, sandbox measures"},
    {"no-color", 0, SP_OPTION_FLAG, SP_CARRY_NEVER, SP_COMMAND_ALL, MEMBER(has_no_color), NULL,
     NULL, "no colours; the variable NO_COLOR does the same"},
    {"version", 0, SP_OPTION_FLAG, SP_CARRY_NEVER, SP_COMMAND_ALL, MEMBER(wants_version), NULL,
     NULL, "print the version and exit"},
    {"help", 'h', SP_OPTION_FLAG, SP_CARRY_NEVER, SP_COMMAND_ALL, MEMBER(wants_help), NULL, NULL,
     "print this help and exit"},
};
_Static_assert(SP_ARRAY_LEN(table) <= 64, "struct sp_options.given has a bit for each row");

/* An argument taken apart: `--name=value`, `--name` or `-l`. */
struct argument {
    char name[SP_SUGGEST_MAX + 1]; /* cut if longer: then it is unknown anyway */
    const char *value;             /* NULL: none attached */
};

const struct sp_option *sp_option_table(size_t *ret_n)
{
    *ret_n = SP_ARRAY_LEN(table);
    return table;
}

static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] != '\0';
}

/* A row of the table by its name, one that COMMANDS take before any other. */
static const struct sp_option *find_row(const char *name, bool is_long, unsigned commands)
{
    const struct sp_option *found = NULL;
    for (size_t i = 0; i < SP_ARRAY_LEN(table); i++) {
        const struct sp_option *row = &table[i];
        bool is_named = is_long ? strcmp(row->name, name) == 0
                                : row->letter && row->letter == name[0] && name[1] == '\0';
        if (is_named && (!found || (row->commands & commands) == commands))
            found = row;
    }
    return found;
}

static const struct sp_option *find_option(const char *word, unsigned commands,
                                           struct argument *ret_argument)
{
    bool is_long = word[1] == '-';
    const char *name = word + (is_long ? 2 : 1);
    const char *equals = is_long ? strchr(name, '=') : NULL;
    size_t len = equals ? (size_t)(equals - name) : strlen(name);
    if (len >= sizeof(ret_argument->name))
        len = sizeof(ret_argument->name) - 1;
    memcpy(ret_argument->name, name, len);
    ret_argument->name[len] = '\0';
    ret_argument->value = equals ? equals + 1 : NULL;
    return find_row(ret_argument->name, is_long, commands);
}

size_t sp_options_find_command(size_t argc, char *const *argv)
{
    struct argument argument;
    for (size_t i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0)
            return i + 1 < argc ? i + 1 : argc;
        if (!is_option(argv[i]))
            return i;
        const struct sp_option *option = find_option(argv[i], 0, &argument);
        if (option && option->argument && !argument.value)
            i++;
    }
    return argc;
}

static int fail_unknown(const char *word, const char *name, unsigned commands, struct sp_err *err)
{
    const char *candidates[SP_ARRAY_LEN(table) + 1] = {0};
    struct argument argument;
    size_t n = 0;
    const struct sp_option *option = find_option(word, commands, &argument);
    if (option) {
        sp_err_set(err, SP_ERR_USAGE, "unknown-option", "--%s is no option of `%s`", option->name,
                   name);
        return sp_err_fix(err, "see `%s --help`", name);
    }
    sp_err_set(err, SP_ERR_USAGE, "unknown-option", "unknown option %.200s", word);
    for (size_t i = 0; i < SP_ARRAY_LEN(table); i++)
        if ((table[i].commands & commands) == commands)
            candidates[n++] = table[i].name;
    const char *closest = sp_suggest(argument.name, candidates);
    if (closest)
        return sp_err_fix(err, "did you mean --%s?", closest);
    return sp_err_fix(err, "see `%s --help`", name);
}

static int set_choice(const struct sp_option *option, const char *value, int *ret_index,
                      struct sp_err *err)
{
    struct sp_buf words = SP_BUF_INIT(SP_TEXT_MAX);
    for (int i = 0; option->choices[i]; i++) {
        if (strcmp(option->choices[i], value) == 0) {
            *ret_index = i;
            sp_buf_fini(&words);
            return 0;
        }
        sp_buf_printf(&words, "%s%s", i ? ", " : "", option->choices[i]);
    }
    sp_err_set(err, SP_ERR_USAGE, "bad-option", "--%s does not know \"%.200s\"", option->name,
               value);
    sp_err_fix(err, "use one of: %s", sp_buf_str(&words));
    sp_buf_fini(&words);
    return -1;
}

static int set_duration(const struct sp_option *option, const char *value, uint64_t *ret_ms,
                        struct sp_err *err)
{
    uint64_t ms;
    if (sp_parse_duration_ms(value, &ms) < 0 || ms > SP_WAIT_MAX_MS) {
        sp_err_set(err, SP_ERR_USAGE, "bad-option", "--%s: \"%.200s\" is no duration", option->name,
                   value);
        return sp_err_fix(err, "write it as 90, 500ms, 30s, 10m, 2h or 1d, at most 7d");
    }
    *ret_ms = ms;
    return 0;
}

/* Kept as a time: a duration goes back from now. */
static int set_age(const struct sp_option *option, const char *value, int64_t *ret_s,
                   struct sp_err *err)
{
    uint64_t ms = 0;
    int64_t now_s = sp_wall_s();
    bool is_duration = sp_parse_duration_ms(value, &ms) == 0 && ms <= SP_WAIT_MAX_MS;
    *ret_s = is_duration ? now_s - (int64_t)(ms / 1000) : sp_clock_parse_utc(value);
    if (*ret_s > 0 && *ret_s <= now_s)
        return 0;
    sp_err_set(err, SP_ERR_USAGE, "bad-option",
               *ret_s > now_s ? "--%s: %.200s is still to come"
                              : "--%s: \"%.200s\" is neither a duration nor a time",
               option->name, value);
    return sp_err_fix(err, "write how long ago, as 30s, 10m, 2h or 1d, at most 7d; or since when, "
                           "as 2026-11-24T15:00:00Z");
}

static int set_number(const struct sp_option *option, const char *value, unsigned max,
                      const char *what, uint64_t *ret_number, struct sp_err *err)
{
    uint64_t number;
    if (sp_parse_u64(value, UINT64_MAX, &number) < 0) {
        sp_err_set(err, SP_ERR_USAGE, "bad-option", "--%s: \"%.200s\" is no %s", option->name,
                   value, what);
        return sp_err_fix(err, "give a number from 1 to %u", max);
    }
    if (number == 0 || number > max) {
        sp_err_set(err, SP_ERR_USAGE, "bad-option", "--%s: %.200s is not from 1 to %u",
                   option->name, value, max);
        return sp_err_fix(err, "give a number from 1 to %u", max);
    }
    *ret_number = number;
    return 0;
}

static int set_value(struct sp_options *options, const struct sp_option *option, const char *value,
                     struct sp_err *err)
{
    void *member = (char *)options + option->offset;
    switch (option->kind) {
    case SP_OPTION_FLAG:
        *(bool *)member = true;
        return 0;
    case SP_OPTION_TEXT:
        *(const char **)member = value;
        return 0;
    case SP_OPTION_TEXTS:
        *sp_array_push((sp_words *)member) = value;
        return 0;
    case SP_OPTION_DURATION:
        return set_duration(option, value, member, err);
    case SP_OPTION_AGE:
        return set_age(option, value, member, err);
    case SP_OPTION_PORT:
        return set_number(option, value, UINT16_MAX, "port", member, err);
    case SP_OPTION_RATE:
        return set_number(option, value, SP_DNS_QPS_MAX, "number", member, err);
    case SP_OPTION_CHOICE:
        return set_choice(option, value, member, err);
    }
    return -1;
}

/* Takes the option at argv[*AT], and the word after it when that is its value. */
static int take_option(struct sp_options *options, const char *name, unsigned commands, size_t argc,
                       char *const *argv, size_t *at, size_t command_at, struct sp_err *err)
{
    struct argument argument;
    const char *word = argv[*at];
    const struct sp_option *option = find_option(word, commands, &argument);
    if (!option || (option->commands & commands) != commands)
        return fail_unknown(word, name, commands, err);
    if (!option->argument && argument.value) {
        sp_err_set(err, SP_ERR_USAGE, "bad-option", "--%s takes no value", option->name);
        return sp_err_fix(err, "write --%s alone, or leave it out", option->name);
    }
    if (option->argument && !argument.value) {
        size_t next = *at + 1;
        if (next < argc && next != command_at && strncmp(argv[next], "--", 2) != 0) {
            argument.value = argv[next];
            *at = next;
        }
    }
    if (option->argument && (!argument.value || !*argument.value)) {
        sp_err_set(err, SP_ERR_USAGE, "bad-option", "--%s %s", option->name,
                   argument.value ? "is empty" : "needs a value");
        return sp_err_fix(err, "write --%s %s", option->name, option->argument);
    }
    options->given |= 1ull << (option - table);
    return set_value(options, option, argument.value, err);
}

/* "-qv": several letters, each a flag. Anything else behind one dash is no group. */
static bool is_group(const char *word)
{
    if (word[0] != '-' || word[1] == '-' || strlen(word) < 3)
        return false;
    for (const char *letter = word + 1; *letter; letter++) {
        const char name[] = {*letter, '\0'};
        const struct sp_option *row = find_row(name, false, 0);
        if (!row || row->kind != SP_OPTION_FLAG)
            return false;
    }
    return true;
}

static int take_group(struct sp_options *options, const char *name, unsigned commands,
                      const char *word, struct sp_err *err)
{
    for (const char *letter = word + 1; *letter; letter++) {
        char flag[] = {'-', *letter, '\0'}, *const argv[] = {flag};
        size_t at = 0;
        if (take_option(options, name, commands, 1, argv, &at, 1, err) < 0)
            return -1;
    }
    return 0;
}

int sp_options_parse(struct sp_options *ret_options, const char *name, unsigned commands,
                     size_t argc, char *const *argv, size_t command_at, struct sp_err *err)
{
    bool is_over = false;
    *ret_options = (struct sp_options){.timeout_ms = SP_WAIT_DEFAULT_MS};
    if (commands == 0)
        commands = SP_COMMAND_ALL;
    for (size_t i = 1; i < argc; i++) {
        if (i == command_at)
            continue;
        if (!is_over && strcmp(argv[i], "--") == 0)
            is_over = true;
        else if (is_over || !is_option(argv[i]))
            *sp_array_push(&ret_options->arguments) = argv[i];
        else if (is_group(argv[i])) {
            if (take_group(ret_options, name, commands, argv[i], err) < 0)
                return -1;
        } else if (take_option(ret_options, name, commands, argc, argv, &i, command_at, err) < 0)
            return -1;
    }
    if (ret_options->wants_wait && ret_options->wants_no_wait) {
        sp_err_set(err, SP_ERR_USAGE, "bad-option", "--wait and --no-wait contradict each other");
        return sp_err_fix(err, "leave one of them out");
    }
    if (ret_options->wants_exit_code && !ret_options->is_dry_run) {
        sp_err_set(err, SP_ERR_USAGE, "bad-option", "--exit-code says what a dry run found");
        return sp_err_fix(err, "add --dry-run");
    }
    return 0;
}

void sp_options_fini(struct sp_options *options)
{
    sp_array_free(&options->arguments);
    sp_array_free(&options->sets);
    sp_array_free(&options->record_arguments);
    sp_array_free(&options->replace_types);
    sp_array_free(&options->resolvers);
    sp_array_free(&options->plugin_dirs);
}

bool sp_options_has(const struct sp_options *options, const char *name)
{
    for (size_t i = 0; i < SP_ARRAY_LEN(table); i++)
        if (options->given >> i & 1 && strcmp(table[i].name, name) == 0)
            return true;
    return false;
}
