/*
 * What has to change in one zone: a pure function of what is wanted and what was found.
 */
#ifndef SP_PUBLISH_PLAN_H
#define SP_PUBLISH_PLAN_H

#include "broker/provider.h"
#include "records/record.h"

struct sp_plan_policy {
    bool may_replace;                 /* --replace: another CNAME target at the host */
    const char *const *replace_types; /* --replace-types: other types that may be removed */
    size_t n_replace_types;
    uint32_t ttl_min, ttl_max, ttl_default;
};

/* One step for one wanted record; a step that removes what stands in the way comes before its
 * creation. */
struct sp_step {
    size_t record; /* index into the wanted records */
    enum sp_action action;
    bool is_refused;
    bool is_barred;                 /* refused, and no flag would allow it */
    bool is_left;                   /* kept when taking back: it is not this domain's to remove */
    const struct sp_listed *before; /* what is there; a borrow from the listing, or NULL */
    uint32_t ttl;
    struct sp_err err; /* refused: why, and the flag that would allow it */
};

struct sp_plan {
    SP_ARRAY(struct sp_step) steps;
    bool is_refused;  /* at least one step is */
    bool has_changes; /* something to write */
    bool needs_yes;   /* updates or deletions are among it */
    /* What would allow the refused steps that are not barred: --replace, and --replace-types. */
    bool wants_replace;
    sp_strings wants_types; /* each once */
};

/*
 * Publishing: records equal as DNS compares them are kept (the TTL does not matter). A CNAME with
 * another target: an update, if allowed. Other types at the host: deletions plus a creation, if
 * allowed for every one of them; NS, SOA and foreign records never. A disabled identical record is
 * an update. A host equal to ZONE is refused ("cname-at-apex"). Codes: "other-target",
 * "other-type", "foreign-record", "cname-at-apex".
 */
void sp_plan_publish(const struct sp_name *zone, const struct sp_record *wanted, size_t n_wanted,
                     const struct sp_listed *listed, size_t n_listed,
                     const struct sp_plan_policy *policy, struct sp_plan *ret_plan);
/* Taking back: a CNAME that still has the wanted target is deleted, unless MAY_DELETE (by wanted
 * record; NULL: every one) says that it stays ("is_left"); what is absent is kept as it is;
 * another target is refused ("not-ours"). */
void sp_plan_unpublish(const struct sp_record *wanted, size_t n_wanted,
                       const struct sp_listed *listed, size_t n_listed, const bool *may_delete,
                       struct sp_plan *ret_plan);
void sp_plan_fini(struct sp_plan *plan);

#endif
