#include "broker/reservation.h"

#include "base/text.h"
#include "broker/endpoint.h"
#include "names/server_pattern.h"

/* Kept for the installation's plugins, those to come included, and what they are also called. */
static const char *const names[] = {"cloudflare", "cf",       "godaddy", "route53",
                                    "aws",        "powerdns", "pdns",    "manual"};
static const char *const words[] = {"signpost", "auto"};
/* How the variables begin that the tools of these providers read, and signpost's own. */
static const char *const prefixes[] = {"CLOUDFLARE_", "CF_",   "GODADDY_",
                                       "AWS_",        "PDNS_", "SIGNPOST_"};

static bool is_among(const char *text, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i], text) == 0)
            return true;
    return false;
}

bool sp_reservation_is_word(const char *name)
{
    return is_among(name, words, SP_ARRAY_LEN(words));
}

static bool begins_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_reserved_variable(const char *variable, const void *arg SP_UNUSED)
{
    for (size_t i = 0; i < SP_ARRAY_LEN(prefixes); i++)
        if (begins_with(variable, prefixes[i]))
            return true;
    return false;
}

/* ---- variables ----------------------------------------------------------------------------------
 */

typedef bool (*variable_fn)(const char *variable, const void *arg);

/* The first variable of the description, of those that decide about credentials or addresses, of
 * which FN is true; NULL: none. */
static const char *find_variable(const struct sp_description *description, variable_fn fn,
                                 const void *arg)
{
    for (size_t o = 0; o < description->origins.n; o++) {
        const char *variable = description->origins.items[o].endpoint_env;
        if (variable && fn(variable, arg))
            return variable;
    }
    for (size_t w = 0; w < description->auths.n; w++) {
        const struct sp_auth *auth = &description->auths.items[w];
        for (size_t s = 0; s < auth->secrets.n; s++)
            for (size_t i = 0; i < auth->secrets.items[s].env.n; i++)
                if (fn(auth->secrets.items[s].env.items[i], arg))
                    return auth->secrets.items[s].env.items[i];
    }
    return NULL;
}

/* Each is also read as NAME_FILE. */
static bool is_same_variable(const char *variable, const void *arg)
{
    const char *other = arg;
    size_t len = strlen(variable), other_len = strlen(other);
    size_t shorter = len < other_len ? len : other_len;
    const char *rest = len < other_len ? other + shorter : variable + shorter;
    return strncmp(variable, other, shorter) == 0 && (!*rest || strcmp(rest, "_FILE") == 0);
}

static bool is_variable_of(const char *variable, const void *arg)
{
    return find_variable(arg, is_same_variable, variable) != NULL;
}

static bool begins_with_prefix(const char *variable, const void *arg)
{
    return begins_with(variable, arg);
}

static bool is_strange_variable(const char *variable, const void *arg)
{
    return !begins_with(variable, arg);
}

/* ---- refusals -----------------------------------------------------------------------------------
 */

int sp_reservation_refuse(const struct sp_description *description, const char *path,
                          const char *what, const char *owner, struct sp_err *err)
{
    sp_err_set(err, SP_ERR_PLUGIN, "plugin-reserved",
               "the plugin %s in %s cannot be used: %s belongs to %s", description->name,
               SP_EXCERPT(path), what, owner);
    return sp_err_fix(err,
                      "a third-party plugin has a name of its own; to use the installed one, "
                      "take %s out of the folder given with --plugin-dir",
                      SP_EXCERPT(path));
}

static int refuse_variable(const struct sp_description *description, const char *path,
                           const char *variable, const char *owner, struct sp_err *err)
{
    char *prefix = sp_variable_prefix(description->name);
    sp_err_set(err, SP_ERR_PLUGIN, "plugin-reserved",
               "the plugin %s in %s cannot be used: one of its variables, %.100s, belongs to %s",
               description->name, SP_EXCERPT(path), variable, owner);
    if (is_reserved_variable(prefix, NULL))
        sp_err_fix(err, "give the plugin a name of its own, and its variables with it");
    else
        sp_err_fix(err, "a third-party plugin's variables start with its own name: %.100s...",
                   prefix);
    free(prefix);
    return -1;
}

static int refuse_strange(const struct sp_description *description, const char *path,
                          const char *variable, const char *prefix, struct sp_err *err)
{
    sp_err_set(err, SP_ERR_PLUGIN, "plugin-reserved",
               "the plugin %s in %s cannot be used: its variables must start with its own name, "
               "and %.100s does not",
               description->name, SP_EXCERPT(path), variable);
    return sp_err_fix(err, "a third-party plugin's variables start with its own name: %.100s...",
                      prefix);
}

static int check_variables(const struct sp_description *description, const char *path,
                           const char *prefix, struct sp_err *err)
{
    const char *variable = find_variable(description, is_reserved_variable, NULL);
    if (variable)
        return refuse_variable(description, path, variable, "signpost's own plugins", err);
    variable = find_variable(description, is_strange_variable, prefix);
    return variable ? refuse_strange(description, path, variable, prefix, err) : 0;
}

int sp_reservation_check(const struct sp_description *description, const char *path,
                         struct sp_err *err)
{
    const char *name = description->name;
    if (sp_reservation_is_word(name) || is_among(name, names, SP_ARRAY_LEN(names)))
        return sp_reservation_refuse(description, path, "its name",
                                     "signpost itself and its own plugins", err);
    char *prefix = sp_variable_prefix(name);
    int result = check_variables(description, path, prefix, err);
    free(prefix);
    return result;
}

/* ---- beside an installed plugin -----------------------------------------------------------------
 */

static const char *find_shared_suffix(const struct sp_description *ours,
                                      const struct sp_description *theirs)
{
    for (size_t i = 0; i < ours->name_servers.n; i++)
        for (size_t j = 0; j < theirs->name_servers.n; j++) {
            const char *a = ours->name_servers.items[i], *b = theirs->name_servers.items[j];
            if (sp_server_patterns_meet(a, b))
                return a;
        }
    return NULL;
}

/* A description that is not there may have held any variable that begins like its name. */
static const char *find_shared_variable(const struct sp_description *ours,
                                        const struct sp_description *theirs)
{
    if (theirs->label)
        return find_variable(ours, is_variable_of, theirs);
    char *prefix = sp_variable_prefix(theirs->name);
    const char *variable = find_variable(ours, begins_with_prefix, prefix);
    free(prefix);
    return variable;
}

int sp_reservation_check_beside(const struct sp_description *description, const char *path,
                                const struct sp_description *installed, struct sp_err *err)
{
    char owner[128], what[384];
    const char *claim;
    snprintf(owner, sizeof(owner), "the installed plugin %.64s", installed->name);
    if (strcmp(description->name, installed->name) == 0)
        return sp_reservation_refuse(description, path, "its name", owner, err);
    if ((claim = find_shared_variable(description, installed)))
        return refuse_variable(description, path, claim, owner, err);
    if (!(claim = find_shared_suffix(description, installed)))
        return 0;
    snprintf(what, sizeof(what), "one of its name-server suffixes, %.256s,", claim);
    sp_reservation_refuse(description, path, what, owner, err);
    return sp_err_fix(err,
                      "its author must leave that suffix out; zones of these servers are then "
                      "reached with --provider %.64s",
                      description->name);
}
