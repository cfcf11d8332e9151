#include "publish/remember.h"

int sp_result_remember(const struct sp_result *result, struct sp_ledger *ledger, struct sp_err *err)
{
    char *status = sp_strdup(sp_status_name(result->status)), *message = sp_strdup(result->message);
    const struct sp_ledger_check check = {
        .at_s = result->checked_at_s,
        .status = status,
        .message = message,
        .is_records_live = result->is_records_live,
        .is_key_live = result->is_key_live,
    };
    int ret = sp_ledger_add_check(ledger, &result->domain, &check, err);
    free(status);
    free(message);
    return ret;
}
