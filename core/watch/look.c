#include "watch/look.h"

#include "dns/delegation.h"
#include "publish/check.h"

struct sp_look {
    struct sp_check_config config;
    struct sp_ledger_entry entry;
    struct sp_delegations *delegations;
    struct sp_check *check;
    struct sp_err ledger_err;
    sp_look_fn fn;
    void *arg;
};

static void on_verdict(void *arg, SP_UNUSED struct sp_check *check, bool is_final)
{
    struct sp_look *look = arg;
    if (is_final)
        look->fn(look->arg, look);
}

static int read_entry(struct sp_look *look, const struct sp_name *domain, struct sp_err *err)
{
    bool is_found;
    if (sp_ledger_get(look->config.ledger, domain, &look->entry, &is_found, err) < 0)
        return -1;
    if (is_found && !look->entry.is_withdrawn)
        return 0;
    return sp_err_set(err, SP_ERR_REFUSED, "unknown-domain", "%s is not in the ledger",
                      SP_NAME_STR(domain));
}

struct sp_look *sp_look_start(const struct sp_look_config *config, const struct sp_name *domain,
                              uint64_t wait_ms, sp_look_fn fn, void *arg, struct sp_err *err)
{
    struct sp_look *look = sp_new(struct sp_look);
    look->fn = fn;
    look->arg = arg;
    look->config = (struct sp_check_config){
        .loop = config->loop,
        .client = config->client,
        .ledger = config->ledger,
        .until = config->until,
        .wait_ms = wait_ms,
        .is_remembered_later = true,
        .ledger_err = &look->ledger_err,
    };
    look->config.delegations = look->delegations = sp_delegations_new(config->loop, config->client);
    if (read_entry(look, domain, err) == 0)
        look->check = sp_check_start(&look->config, &look->entry.set, on_verdict, look, err);
    if (!look->check)
        sp_look_free(&look);
    return look;
}

const struct sp_result *sp_look_result(const struct sp_look *look)
{
    return sp_check_result(look->check);
}

int sp_look_remember(struct sp_look *look, struct sp_err *err)
{
    sp_checks_remember(&look->check, 1);
    if (!sp_err_is_set(&look->ledger_err))
        return 0;
    *err = look->ledger_err;
    return -1;
}

void sp_look_free(struct sp_look **look)
{
    struct sp_look *l = *look;
    if (!l)
        return;
    sp_check_free(&l->check);
    sp_delegations_free(l->delegations);
    sp_ledger_entry_fini(&l->entry);
    free(l);
    *look = NULL;
}
