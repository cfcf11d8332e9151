#include "cli/input.h"

#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "cli/ask.h"
#include "cli/evidence_file.h"
#include "cli/file.h"
#include "cli/profile_file.h"
#include "cli/suggest.h"
#include "names/sender.h"
#include "records/domain_index.h"
#include "records/generate.h"

typedef SP_ARRAY(struct sp_name) names;

void sp_input_fini(struct sp_input *input)
{
    sp_set_list_fini(&input->sets);
    sp_array_free(&input->withdrawn);
    sp_array_free(&input->readings);
}

static int read_domains(const sp_words *words, names *ret_domains, struct sp_err *err)
{
    struct sp_domain_index index = {0};
    int status = 0;
    if (words->n > SP_DOMAINS_MAX)
        return sp_err_set(err, SP_ERR_USAGE, "too-many-domains", "more than %d domains were given",
                          SP_DOMAINS_MAX);
    for (size_t i = 0; i < words->n && status == 0; i++) {
        struct sp_name domain;
        size_t known;
        status = sp_sender_parse(&domain, words->items[i], err);
        if (status < 0 || sp_domain_index_find(&index, &domain, &known))
            continue;
        sp_domain_index_add(&index, &domain, i);
        *sp_array_push(ret_domains) = domain;
    }
    sp_domain_index_fini(&index);
    return status;
}

/* ---- generated ---------------------------------------------------------------------------------
 */

struct variables {
    const char *platform, *account;
};

static int read_variables(const sp_words *sets, struct variables *ret_variables, struct sp_err *err)
{
    static const char *const known[] = {"platform", "account", NULL};
    *ret_variables = (struct variables){.account = ""};
    for (size_t i = 0; i < sets->n; i++) {
        const char *equals = strchr(sets->items[i], '=');
        if (!equals) {
            sp_err_set(err, SP_ERR_USAGE, "bad-variable", "--set %.200s has no value",
                       sets->items[i]);
            return sp_err_fix(err, "write --set platform=mailer.example");
        }
        char *name = sp_strndup(sets->items[i], (size_t)(equals - sets->items[i]));
        bool is_platform = strcmp(name, known[0]) == 0, is_account = strcmp(name, known[1]) == 0;
        const char *closest = sp_suggest(name, known);
        if (!is_platform && !is_account) {
            sp_err_set(err, SP_ERR_USAGE, "bad-variable", "the profile has no variable \"%.100s\"",
                       name);
            sp_err_fix(err, "did you mean %s?", closest ? closest : "platform");
        }
        free(name);
        if (sp_err_is_set(err))
            return -1;
        *(is_platform ? &ret_variables->platform : &ret_variables->account) = equals + 1;
    }
    if (!ret_variables->platform || !*ret_variables->platform) {
        sp_err_set(err, SP_ERR_USAGE, "bad-variable", "the profile needs its variable platform");
        return sp_err_fix(err, "add --set platform=NAME, the zone in which the targets live");
    }
    return 0;
}

/* SIGNPOST_PROFILE_KEY, or the file that SIGNPOST_PROFILE_KEY_FILE names. *RET_KEY is NULL without
 * either. */
static int read_profile_key(struct sp_secret **ret_key, struct sp_err *err)
{
    char *value = getenv("SIGNPOST_PROFILE_KEY"), *path = getenv("SIGNPOST_PROFILE_KEY_FILE");
    *ret_key = NULL;
    if (value && *value) {
        if (strlen(value) > SP_SECRET_MAX)
            return sp_err_set(err, SP_ERR_USAGE, "profile-key", "SIGNPOST_PROFILE_KEY is too long");
        *ret_key = sp_secret_new(value, strlen(value));
    } else if (path && *path) {
        *ret_key = sp_secret_read_file(path, err);
        if (!*ret_key)
            return sp_err_prefix(err, "SIGNPOST_PROFILE_KEY_FILE");
    }
    return 0;
}

static int generate(const struct sp_options *options, const names *domains, struct sp_input *input,
                    struct sp_err *err)
{
    struct variables variables;
    struct sp_secret *key = NULL;
    struct sp_generate_input wanted = {0};
    int result = -1;
    if (read_variables(&options->sets, &variables, err) < 0 || read_profile_key(&key, err) < 0)
        goto done;
    if (sp_sender_parse(&wanted.platform, variables.platform, err) < 0) {
        sp_err_prefix(err, "--set platform");
        goto done;
    }
    wanted.account = variables.account;
    wanted.key = key;
    SP_ARRAY_FOREACH (domains, domain) {
        struct sp_record_set set = {0};
        wanted.domain = *domain;
        if (sp_generate_records(&wanted, &set, err) < 0)
            goto done;
        sp_set_list_push(&input->sets, &set);
        sp_record_set_fini(&set);
    }
    result = 0;
done:
    sp_secret_free(key);
    input->source = SP_INPUT_GENERATED;
    return result;
}

static int make_of_profile(const struct sp_options *options, const names *domains,
                           struct sp_input *input, struct sp_err *err)
{
    struct sp_profile profile;
    input->source = SP_INPUT_GENERATED;
    int status = sp_profile_file_read(options, &profile, err);
    for (size_t i = 0; i < domains->n && status == 0; i++) {
        struct sp_record_set set = {0};
        status = sp_profile_file_make(options, &profile, &domains->items[i], &set, err);
        if (status == 0)
            sp_set_list_push(&input->sets, &set);
        sp_record_set_fini(&set);
    }
    sp_profile_fini(&profile);
    return status;
}

/* ---- given -------------------------------------------------------------------------------------
 */

/* Takes the set of DOMAIN; false if there is none. Files usually have the order of the command
 * line: the search begins at HINT. */
static bool take_set(struct sp_import *import, const struct sp_name *domain, size_t hint,
                     struct sp_input *input)
{
    for (size_t i = 0; i < import->sets.n; i++) {
        size_t place = (hint + i) % import->sets.n;
        struct sp_name found = sp_set_list_domain(&import->sets, place);
        if (!sp_name_equal(&found, domain))
            continue;
        sp_set_list_move(&import->sets, place, &input->sets);
        return true;
    }
    return false;
}

/* Every domain of the command line must have got a set, and gives the order; without any there,
 * those of the file stand. */
static int take_sets(struct sp_import *import, const names *domains, struct sp_input *input,
                     struct sp_err *err)
{
    for (size_t i = 0; i < domains->n; i++) {
        if (!take_set(import, &domains->items[i], i, input)) {
            sp_err_set(err, SP_ERR_USAGE, "no-records", "no record was given for %s",
                       SP_NAME_STR(&domains->items[i]));
            return sp_err_fix(err, "add its records, or leave the domain out");
        }
    }
    for (size_t i = 0; domains->n == 0 && i < import->sets.n; i++)
        sp_set_list_move(&import->sets, i, &input->sets);
    input->hosts = import->hosts;
    SP_ARRAY_FOREACH (&import->readings, reading) {
        *sp_array_push(&input->readings) = *reading;
    }
    return 0;
}

static int import_given(const struct sp_options *options, const names *domains,
                        struct sp_input *input, struct sp_err *err)
{
    struct sp_import import = {0};
    struct sp_buf text = SP_BUF_INIT(SP_FILE_MAX);
    int result = -1;
    const char *path = options->records;
    const char *what = path && strcmp(path, "-") == 0 ? "standard input" : path;
    if (path && (sp_file_read(path, &text, err) < 0 ||
                 sp_import_text(sp_buf_str(&text), text.len, what, domains->items, domains->n,
                                &import, err) < 0))
        goto done;
    for (size_t i = 0; i < options->record_arguments.n; i++)
        if (sp_import_argument(options->record_arguments.items[i], domains->items, domains->n,
                               &import, err) < 0)
            goto done;
    result = take_sets(&import, domains, input, err);
done:
    sp_import_fini(&import);
    sp_buf_fini(&text);
    input->source = SP_INPUT_GIVEN;
    return result;
}

static int import_pasted(const names *domains, struct sp_input *input, struct sp_err *err)
{
    struct sp_import import = {0};
    struct sp_buf text = SP_BUF_INIT(SP_FILE_MAX);
    int result = -1;
    if (sp_ask_lines("Paste the platform's records (Host and Points to), then an empty line:",
                     &text, err) < 0)
        goto done;
    if (!text.len) {
        sp_err_set(err, SP_ERR_USAGE, "no-records", "nothing was pasted");
        sp_err_fix(err, "copy Host and Points to of each record from the platform's page, or pass "
                        "them with --record HOST=TARGET or --records FILE");
        goto done;
    }
    if (sp_import_text(sp_buf_str(&text), text.len, "the pasted text", domains->items, domains->n,
                       &import, err) < 0)
        goto done;
    result = take_sets(&import, domains, input, err);
done:
    sp_import_fini(&import);
    sp_buf_fini(&text);
    input->source = SP_INPUT_PASTED;
    return result;
}

/* ---- remembered --------------------------------------------------------------------------------
 */

static int fail_unknown(const struct sp_name *domain, struct sp_err *err)
{
    sp_err_set(err, SP_ERR_USAGE, "no-records", "no records are known for %s", SP_NAME_STR(domain));
    return sp_err_fix(
        err, "a customer of a platform passes what the platform gave: --record HOST=TARGET, or "
             "--records FILE; a platform operator generates them: --set platform=mailer.example");
}

static int fail_withdrawn(const struct sp_name *domain, struct sp_err *err)
{
    sp_err_set(err, SP_ERR_USAGE, "no-records", "the records of %s were taken back",
               SP_NAME_STR(domain));
    return sp_err_fix(err, "name the records that are meant: --record HOST=TARGET, --records FILE, "
                           "or --set platform=NAME");
}

enum memory { MEMORY_NONE, MEMORY_SET, MEMORY_WITHDRAWN };

/* What the ledger knows of DOMAIN; its set is appended to INPUT. */
static int recall_one(struct sp_ledger *ledger, const struct sp_name *domain,
                      struct sp_input *input, enum memory *ret_memory, struct sp_err *err)
{
    struct sp_ledger_entry entry = {0};
    bool is_found = false;
    *ret_memory = MEMORY_NONE;
    if (sp_ledger_get(ledger, domain, &entry, &is_found, err) < 0)
        return -1;
    if (!is_found)
        return 0;
    if (entry.is_withdrawn) {
        *ret_memory = MEMORY_WITHDRAWN;
    } else if (entry.set.records.n) {
        *ret_memory = MEMORY_SET;
        sp_set_list_push(&input->sets, &entry.set);
    }
    sp_ledger_entry_fini(&entry);
    return 0;
}

static int recall(struct sp_session *session, const names *domains, bool may_be_withdrawn,
                  struct sp_input *input, struct sp_err *err)
{
    enum memory memory;
    input->source = SP_INPUT_LEDGER;
    if (sp_session_open_ledger(session, err) < 0)
        return -1;
    SP_ARRAY_FOREACH (domains, domain) {
        if (recall_one(session->ledger, domain, input, &memory, err) < 0)
            return -1;
        if (memory == MEMORY_WITHDRAWN && may_be_withdrawn)
            *sp_array_push(&input->withdrawn) = *domain;
        else if (memory != MEMORY_SET)
            return memory == MEMORY_NONE ? fail_unknown(domain, err) : fail_withdrawn(domain, err);
    }
    return 0;
}

struct recalling {
    struct sp_input *input;
    size_t n_known; /* those taken back, too */
};

static void take_entry(void *arg, struct sp_ledger_entry *entry)
{
    struct recalling *recalling = arg;
    recalling->n_known++;
    if (!entry->is_withdrawn && entry->set.records.n)
        sp_set_list_push(&recalling->input->sets, &entry->set);
    sp_ledger_entry_fini(entry);
}

static int recall_all(struct sp_session *session, struct sp_input *input, struct sp_err *err)
{
    struct recalling recalling = {.input = input};
    input->source = SP_INPUT_LEDGER;
    if (sp_session_peek_ledger(session, err) < 0 ||
        sp_ledger_each(session->ledger, take_entry, &recalling, err) < 0)
        return -1;
    return recalling.n_known ? 0 : sp_session_refuse_empty_ledger(session, err);
}

/* Whether KNOWN has every record of the set at PLACE. */
static bool is_within(const struct sp_record_set *known, const struct sp_set_list *sets,
                      size_t place)
{
    struct sp_record_set set = sp_set_list_get(sets, place);
    bool is_covered = sp_record_set_covers(known, &set);
    sp_record_set_fini(&set);
    return is_covered;
}

/* --older: whatever was looked at since then is left out; a look at other records counts for
 * nothing. */
static int leave_out_recent(struct sp_session *session, struct sp_input *input, struct sp_err *err)
{
    int64_t from_s = session->options->older_s;
    struct sp_set_list due = {0};
    if (!from_s)
        return 0;
    if (sp_session_open_ledger(session, err) < 0)
        return -1;
    for (size_t i = 0; i < input->sets.n; i++) {
        struct sp_ledger_entry entry = {0};
        struct sp_name domain = sp_set_list_domain(&input->sets, i);
        bool is_found = false;
        if (sp_ledger_get(session->ledger, &domain, &entry, &is_found, err) < 0) {
            sp_set_list_fini(&due);
            return -1;
        }
        bool is_recent = is_found && entry.last.status && entry.last.at_s >= from_s &&
                         is_within(&entry.set, &input->sets, i);
        if (is_found)
            sp_ledger_entry_fini(&entry);
        if (!is_recent)
            sp_set_list_move(&input->sets, i, &due);
    }
    input->n_left_out = input->sets.n - due.n;
    sp_set_list_fini(&input->sets);
    input->sets = due;
    return 0;
}

/* Publishing writes what is said now, never what was said once. */
static int fail_not_given(struct sp_session *session, const struct sp_name *domain,
                          struct sp_input *input, struct sp_err *err)
{
    enum memory memory;
    if (sp_session_peek_ledger(session, err) < 0 ||
        recall_one(session->ledger, domain, input, &memory, err) < 0)
        return -1;
    if (memory != MEMORY_SET)
        return fail_unknown(domain, err);
    sp_err_set(err, SP_ERR_USAGE, "no-records",
               "publish needs the records of %s again: none were given", SP_NAME_STR(domain));
    return sp_err_fix(err,
                      "add --records FILE, --record HOST=TARGET or --set platform=NAME; `signpost "
                      "records %s --output zone` writes the remembered ones as such a file",
                      SP_NAME_STR(domain));
}

/* ---- all of it ---------------------------------------------------------------------------------
 */

static int read_sets(struct sp_session *session, const names *domains,
                     enum sp_input_fallback fallback, struct sp_input *input, struct sp_err *err)
{
    const struct sp_options *options = session->options;
    bool is_given = options->records || options->record_arguments.n;
    bool is_generated = options->profile || options->sets.n;
    if (is_given && is_generated) {
        sp_err_set(err, SP_ERR_USAGE, "bad-option",
                   "records are either given or generated, not both");
        return sp_err_fix(err, "leave out --set and --profile, or --record and --records");
    }
    if (options->is_all && (domains->n || is_given || is_generated)) {
        sp_err_set(err, SP_ERR_USAGE, "bad-option", "--all means what the ledger knows");
        return sp_err_fix(err, "leave out the domains and records, or --all");
    }
    if (options->is_all)
        return recall_all(session, input, err);
    if (domains->n == 0 && !options->records) {
        sp_err_set(err, SP_ERR_USAGE, "no-domain", "no domain was given");
        return sp_err_fix(err, "name the domain in the send-from address: yourdomain.com");
    }
    if (is_given)
        return import_given(options, domains, input, err);
    if (options->profile)
        return make_of_profile(options, domains, input, err);
    if (options->sets.n)
        return generate(options, domains, input, err);
    if (fallback != SP_INPUT_FROM_PASTE)
        return recall(session, domains, fallback == SP_INPUT_TO_WITHDRAW, input, err);
    if (session->terminal.may_ask)
        return import_pasted(domains, input, err);
    return fail_not_given(session, &domains->items[0], input, err);
}

int sp_input_read(struct sp_session *session, enum sp_input_fallback fallback,
                  struct sp_input *ret_input, struct sp_err *err)
{
    names domains = {0};
    *ret_input = (struct sp_input){0};
    int result = read_domains(&session->options->arguments, &domains, err);
    if (result == 0)
        result = read_sets(session, &domains, fallback, ret_input, err);
    for (size_t i = 0; i < ret_input->sets.n && result == 0; i++) {
        struct sp_record_set set = sp_set_list_get(&ret_input->sets, i);
        result = sp_record_set_check(&set, err);
        sp_record_set_fini(&set);
    }
    if (result == 0)
        result = leave_out_recent(session, ret_input, err);
    if (result == 0 && session->options->evidence)
        result = sp_evidence_file_check_size(ret_input->sets.n, err);
    if (result < 0)
        sp_input_fini(ret_input);
    sp_array_free(&domains);
    return result;
}

#define READINGS_SHOWN 8

void sp_input_note_hosts(const struct sp_input *input, struct sp_output *output)
{
    if (input->hosts == SP_IMPORT_HOSTS_FULL || !input->sets.n)
        return;
    struct sp_record_set first = sp_set_list_get(&input->sets, 0);
    const char *domain = input->sets.n == 1 ? SP_NAME_STR(&first.domain) : "their domain";
    if (input->sets.n == 1 && first.records.n == 1)
        sp_output_note(output, "the host was read as a prefix: %s was appended", domain);
    else
        sp_output_note(output, "%s read as prefixes: %s was appended",
                       input->hosts == SP_IMPORT_HOSTS_MIXED ? "some hosts were" : "the hosts were",
                       domain);
    sp_record_set_fini(&first);
    for (size_t i = 0; i < input->readings.n && i < READINGS_SHOWN; i++)
        sp_output_note(output, "%s -> %s", SP_NAME_STR(&input->readings.items[i].written),
                       SP_NAME_STR(&input->readings.items[i].host));
    if (input->readings.n > READINGS_SHOWN)
        sp_output_note(output, "and %zu more hosts likewise", input->readings.n - READINGS_SHOWN);
}
