#include "broker/failure.h"

#include "base/limits.h"
#include "base/text.h"

static const struct meaning {
    int value;
    enum sp_err_kind kind;
    const char *code, *sentence, *fix;
} meanings[] = {
    {SIGNPOST_AUTH, SP_ERR_CREDENTIALS, "credentials-rejected", "the credential was rejected",
     "check the credential and its permissions"},
    {SIGNPOST_FORBIDDEN_BY_PLAN, SP_ERR_CREDENTIALS, "forbidden-by-plan",
     "the account's plan does not include the API",
     "change the plan, or use --provider manual and type the records in"},
    {SIGNPOST_ZONE_NOT_FOUND, SP_ERR_PROVIDER, "zone-not-found", "the zone is not there any more",
     "run the same command again: it looks the zone up anew"},
    {SIGNPOST_CONFLICT, SP_ERR_REFUSED, "conflict", "another record stands in the way",
     "run the same command again: it shows what stands there now"},
    {SIGNPOST_RATE_LIMITED, SP_ERR_PROVIDER, "rate-limited", "too many requests",
     "wait a minute and run the same command again"},
    {SIGNPOST_TRANSIENT, SP_ERR_PROVIDER, "provider-unavailable", "the API does not work right now",
     "check the network connection, and run the same command again later"},
    {SIGNPOST_BAD_REPLY, SP_ERR_PROVIDER, "bad-reply", "the reply is not what the API documents",
     "run the same command again, or use --provider manual and type the records in"},
    {SIGNPOST_UNSUPPORTED, SP_ERR_PROVIDER, "unsupported",
     "the API cannot handle this zone or record", "use --provider manual and type the records in"},
    {SIGNPOST_AMBIGUOUS, SP_ERR_PROVIDER, "ambiguous",
     "the request was sent, and whether it took effect is unknown",
     "run the same command again: it reads before it writes"},
    {SIGNPOST_QUOTA_EXCEEDED, SP_ERR_PROVIDER, "quota-exceeded",
     "the zone or the account holds as many records as it may",
     "delete records that nobody needs any more or change the plan, and run the same command "
     "again"},
};

static const struct meaning *meaning_of(const char *code)
{
    int value = sp_wire_code_parse(code);
    for (size_t i = 0; i < SP_ARRAY_LEN(meanings); i++)
        if (meanings[i].value == value)
            return &meanings[i];
    return NULL;
}

/* A stranger chose it: kebab-case or nothing. */
static const char *safe_code(const char *code)
{
    static const char kebab[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    return *code && code[strspn(code, kebab)] == '\0' ? code : "plugin-failed";
}

static const char *help_of(const struct sp_description *description)
{
    for (size_t i = 0; i < description->auths.n; i++)
        if (description->auths.items[i].help[0])
            return description->auths.items[i].help;
    return "";
}

/* The operator's own base URL, which may be wrong; NULL when it is the one that is documented. */
static const char *own_endpoint(const struct sp_outlet *outlet)
{
    const struct sp_description *description = outlet->description;
    if (outlet->bases.n == 0 || description->origins.n == 0)
        return NULL;
    const char *documented = description->origins.items[0].url, *used = outlet->bases.items[0];
    return documented && strcmp(documented, used) == 0 ? NULL : used;
}

static void fix_credential(const struct sp_outlet *outlet, struct sp_err *err)
{
    const char *source = sp_credentials_source(outlet->credentials);
    const char *help = help_of(outlet->description);
    sp_err_fix(err, "check the value of %.100s, which was refused%s%.350s",
               *source ? source : "the credential", *help ? ". " : "", help);
}

/* Another way to authenticate may not need another plan. */
static void fix_plan(const struct sp_outlet *outlet, const char *otherwise, struct sp_err *err)
{
    struct sp_buf advice = SP_BUF_INIT(SP_TEXT_MAX);
    if (sp_credentials_advise(outlet->credentials, outlet->description, &advice))
        sp_err_fix(err, "%.400s Or use --provider manual and type the records in",
                   sp_buf_str(&advice));
    else
        sp_err_fix(err, "%s", otherwise);
    sp_buf_fini(&advice);
}

/* Nobody answered: the address is as likely a cause as the server. */
static void fix_silence(const char *endpoint, struct sp_err *err)
{
    bool is_tls = strncmp(endpoint, "https:", 6) == 0;
    sp_err_fix(err,
               "check that the endpoint URL %.200s is right, that the server runs%s and that it "
               "lets your address in; then run the same command again",
               endpoint, is_tls ? ", that it speaks https" : "");
}

static void add_fix(const struct sp_outlet *outlet, const struct sp_wire_fail *fail,
                    const struct meaning *meaning, bool is_engines, struct sp_err *err)
{
    const char *endpoint = own_endpoint(outlet);
    if (meaning->value == SIGNPOST_AUTH)
        fix_credential(outlet, err);
    else if (meaning->value == SIGNPOST_FORBIDDEN_BY_PLAN)
        fix_plan(outlet, meaning->fix, err);
    else if (meaning->value == SIGNPOST_RATE_LIMITED && fail->retry_after_s)
        sp_err_fix(err, "wait %u s and run the same command again", fail->retry_after_s);
    else if (meaning->value == SIGNPOST_TRANSIENT && is_engines && endpoint)
        fix_silence(endpoint, err);
    else if (meaning->value == SIGNPOST_BAD_REPLY && endpoint)
        sp_err_fix(err,
                   "check that the endpoint URL %.200s is the base address of %.100s: the path of "
                   "the API is added to it",
                   endpoint, outlet->description->label);
    else
        sp_err_fix(err, "%s", meaning->fix);
}

void sp_failure_explain(const struct sp_outlet *outlet, const struct sp_wire_fail *fail,
                        const char *engine_sentence, struct sp_err *err)
{
    const struct sp_description *description = outlet->description;
    const struct meaning *meaning = meaning_of(fail->code);
    char *told = sp_escaped(fail->message);
    if (!meaning) {
        sp_err_set(err, SP_ERR_PLUGIN, safe_code(fail->code), "the plugin %s failed: %.800s",
                   description->name, told);
    } else {
        const char *sentence = *told              ? told
                               : *engine_sentence ? engine_sentence
                                                  : meaning->sentence;
        sp_err_set(err, meaning->kind, meaning->code, "%.100s: %.800s", description->label,
                   sentence);
        add_fix(outlet, fail, meaning, !*told && *engine_sentence, err);
    }
    free(told);
}

void sp_failure_explain_load(const char *subject, const struct sp_wire_fail *fail,
                             struct sp_err *err)
{
    char *told = sp_escaped(fail->message);
    sp_err_set(err, SP_ERR_PLUGIN, safe_code(fail->code), "%s cannot be used: %.800s", subject,
               told);
    if (strcmp(fail->code, "sandbox") == 0)
        sp_err_fix(err, "use a system that has it, or set SIGNPOST_SANDBOX=best-effort to run "
                        "plugins you trust without it");
    free(told);
}
