#include "publish/past.h"

#include "base/limits.h"

static void replace(char **text, const char *with)
{
    free(*text);
    *text = with && *with ? sp_strdup(with) : NULL;
}

int sp_past_read(struct sp_past *past, struct sp_ledger *ledger,
                 const struct sp_ledger_entry *entry, struct sp_result *result, struct sp_err *err)
{
    past->window_s = entry->window_s;
    past->looked_at_s = entry->last.at_s;
    past->caches_until_s = entry->caches_until_s;
    result->published_at_s = entry->published_at_s;
    result->connected_at_s = entry->connected_at_s;
    replace(&result->finish_text, entry->finish_text);
    replace(&result->finish_url, entry->finish_url);
    return sp_superseded_read(ledger, &entry->set.domain, &past->superseded, &past->written, err);
}

void sp_past_fini(struct sp_past *past)
{
    sp_array_free(&past->superseded);
    sp_array_free(&past->written);
}

void sp_past_tell(const struct sp_past *past, struct sp_verdict_context *context)
{
    context->window_s = past->window_s ? past->window_s : SP_WINDOW_S;
    context->superseded = past->superseded.items;
    context->n_superseded = past->superseded.n;
    context->written = past->written.items;
    context->n_written = past->written.n;
    context->looked_at_s = past->looked_at_s;
    context->caches_until_s = past->caches_until_s;
}
