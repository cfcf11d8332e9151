#include "publish/past.h"

/* What the ledger has of it, where this run does not say otherwise. */
static void take_course(struct sp_course *course, const struct sp_course *known)
{
    if (course->window_s || course->finish_text || course->finish_url)
        return;
    sp_course_fini(course);
    *course = sp_course_dup(known);
}

int sp_past_read(struct sp_past *past, struct sp_ledger *ledger,
                 const struct sp_ledger_entry *entry, struct sp_result *result, struct sp_err *err)
{
    past->looked_at_s = entry->last.at_s;
    past->caches_until_s = entry->caches_until_s;
    past->was_connected = entry->last.status && strcmp(entry->last.status, "connected") == 0;
    free(past->zone_servers);
    past->zone_servers = sp_strdup(entry->zone_servers);
    result->published_at_s = entry->published_at_s;
    result->connected_at_s = entry->connected_at_s;
    take_course(&result->course, &entry->set.course);
    return sp_superseded_read(ledger, &entry->set.domain, &past->superseded, &past->written, err);
}

void sp_past_fini(struct sp_past *past)
{
    free(past->zone_servers);
    sp_array_free(&past->superseded);
    sp_array_free(&past->written);
}

void sp_past_tell(const struct sp_past *past, struct sp_verdict_context *context)
{
    context->superseded = past->superseded.items;
    context->n_superseded = past->superseded.n;
    context->written = past->written.items;
    context->n_written = past->written.n;
    context->looked_at_s = past->looked_at_s;
    context->caches_until_s = past->caches_until_s;
}
