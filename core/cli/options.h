/*
 * The command line as data. One table of options drives parsing, the help of every command and the
 * command to type next; what was read lands in one struct.
 */
#ifndef SP_CLI_OPTIONS_H
#define SP_CLI_OPTIONS_H

#include "base/array.h"
#include "base/err.h"

typedef SP_ARRAY(const char *) sp_words; /* borrows of argv; free with sp_array_free() */

/* Commands as bits: which options a command takes. */
enum sp_command_bit {
    SP_COMMAND_RECORDS = 1u << 0,
    SP_COMMAND_PUBLISH = 1u << 1,
    SP_COMMAND_VERIFY = 1u << 2,
    SP_COMMAND_STATUS = 1u << 3,
    SP_COMMAND_UNPUBLISH = 1u << 4,
    SP_COMMAND_PROVIDERS = 1u << 5,
    SP_COMMAND_SCHEMA = 1u << 6,
    SP_COMMAND_HELP = 1u << 7,
    SP_COMMAND_EXPLAIN = 1u << 8,
    SP_COMMAND_WATCH = 1u << 9,
    SP_COMMAND_ALL = (1u << 10) - 1,
};

enum sp_output_format { SP_FORMAT_TEXT, SP_FORMAT_JSON, SP_FORMAT_JSONL, SP_FORMAT_ZONE };

struct sp_options {
    sp_words arguments; /* what is no option, the command's name excluded */
    const char *provider, *endpoint, *records, *ledger, *config; /* NULL: not given */
    const char *profile;
    const char *evidence, *trace, *webhook;
    sp_words sets, record_arguments, replace_types, resolvers, plugin_dirs;
    uint64_t dns_port;   /* 0: not given */
    uint64_t timeout_ms; /* SP_WAIT_DEFAULT_MS unless given */
    int64_t older_s;     /* looked at before this time; 0: not given */
    uint64_t qps;        /* 0: not given */
    int until;           /* enum sp_until */
    int output;          /* enum sp_output_format */
    bool is_dry_run, wants_exit_code, may_replace, has_yes, wants_wait, wants_no_wait;
    bool is_all, is_only_changed;
    bool wants_history;
    bool wants_why, is_quiet, is_verbose, has_no_color, wants_help, wants_version;
    uint64_t given; /* bit I: row I of the table was given */
};

enum sp_option_kind {
    SP_OPTION_FLAG,     /* bool */
    SP_OPTION_TEXT,     /* const char * */
    SP_OPTION_TEXTS,    /* sp_words: may be repeated */
    SP_OPTION_DURATION, /* uint64_t, ms */
    SP_OPTION_AGE,      /* int64_t: a time, in seconds since 1970 */
    SP_OPTION_PORT,     /* uint64_t */
    SP_OPTION_RATE,     /* uint64_t, a second */
    SP_OPTION_CHOICE,   /* int: index into choices */
};

/* In which kind of "Next:" command an option is repeated. */
enum sp_option_carry {
    SP_CARRY_NEVER,
    SP_CARRY_ALWAYS,  /* what is remembered and what counts: --ledger, --until, --timeout */
    SP_CARRY_DNS,     /* where to ask: --resolver, --dns-port */
    SP_CARRY_RECORDS, /* which records: --record, --set */
    SP_CARRY_WRITE,   /* how to write, in the same command again: --provider, --no-wait */
};

struct sp_option {
    const char *name; /* without the dashes */
    char letter;      /* 0: none */
    enum sp_option_kind kind;
    enum sp_option_carry carry;
    unsigned commands;          /* SP_COMMAND_... */
    size_t offset;              /* of the member in struct sp_options */
    const char *argument;       /* "NAME"; NULL for a flag */
    const char *const *choices; /* NULL-terminated, for SP_OPTION_CHOICE */
    const char *help;
};

const struct sp_option *sp_option_table(size_t *ret_n);

/*
 * The index in ARGV of the first word that is neither an option nor an option's value: the command.
 * ARGC when there is none. Options may stand before the command.
 */
size_t sp_options_find_command(size_t argc, char *const *argv);

/*
 * Reads ARGV without its element COMMAND_AT (ARGC: no command). COMMANDS: the command's bit, or 0
 * when there is none, which takes the options that every command takes. NAME is for messages. `-qv`
 * is `-q -v`, `--x V` and `--x=V` are the same, `--` ends the options, a single-valued option given
 * twice takes its last value. RET_OPTIONS borrows from ARGV; free with sp_options_fini, also after
 * a failure. ERR: usage.
 */
int sp_options_parse(struct sp_options *ret_options, const char *name, unsigned commands,
                     size_t argc, char *const *argv, size_t command_at, struct sp_err *err);
void sp_options_fini(struct sp_options *options);

/* Whether the option NAME was given. NAME must be in the table. */
bool sp_options_has(const struct sp_options *options, const char *name);

#endif
