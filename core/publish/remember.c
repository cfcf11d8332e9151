#include "publish/remember.h"

#include "ledger/history.h"

static void add_sightings(sp_ledger_sightings *sightings, const struct sp_result_record *record)
{
    SP_ARRAY_FOREACH (&record->servers, server) {
        if (server->state != SP_STATE_LIVE)
            continue;
        *sp_array_push(sightings) = (struct sp_ledger_sighting){
            .host = sp_strdup(SP_NAME_STR(&record->record.host)),
            .target = sp_strdup(SP_NAME_STR(&record->record.target)),
            .server = sp_strdup(SP_NAME_STR(&server->name)),
            .address = sp_strdup(SP_ADDRESS_STR(&server->address)),
        };
    }
}

int sp_result_remember(const struct sp_result *result, struct sp_ledger *ledger, struct sp_err *err)
{
    char *status = sp_strdup(sp_status_name(result->status)), *message = sp_strdup(result->message);
    sp_ledger_sightings sightings = {0};
    SP_ARRAY_FOREACH (&result->records, record)
        add_sightings(&sightings, record);
    const struct sp_ledger_check check = {
        .at_s = result->checked_at_s,
        .status = status,
        .message = message,
        .is_records_live = result->is_records_live,
        .is_key_live = result->is_key_live,
        .caches_until_s = result->caches_until_s,
        .sightings = sightings.items,
        .n_sightings = sightings.n,
    };
    int ret = sp_ledger_add_check(ledger, &result->domain, &check, err);
    sp_ledger_sightings_free(&sightings);
    free(status);
    free(message);
    return ret;
}
