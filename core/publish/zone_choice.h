/*
 * Which of a provider's zones a record goes to: the longest that holds its host, cross-checked with
 * what the DNS says of that host. Pure.
 */
#ifndef SP_PUBLISH_ZONE_CHOICE_H
#define SP_PUBLISH_ZONE_CHOICE_H

#include "publish/result.h"

struct sp_zone_question {
    const struct sp_name *host;
    const struct sp_delegation *delegation; /* of HOST */
    const char *label;                      /* the provider, for people */
    bool is_named;                /* the user named the provider: an undelegated zone will do */
    const struct sp_name *domain; /* the sender domain */
};

/*
 * The index of the zone. -1 and ERR: "zone-not-found" (provider); "zone-shadowed" (refused: a
 * deeper zone is delegated elsewhere); "not-delegated" (refused, unless the provider was named);
 * "delegation-unknown" (the same, when no resolver could tell); "zone-ambiguous" (refused: two
 * zones of one name, and nothing tells which is served).
 */
ssize_t sp_zone_choose(const struct sp_zone_question *question, const struct sp_zone *const *zones,
                       size_t n, struct sp_err *err);
/* How much speaks for ZONE being the one that is served, among zones of one name. */
int sp_zone_rank(const struct sp_zone_question *question, const struct sp_zone *zone);
/* Adds what is odd about a chosen zone to RESULT: "not-delegated", "delegation-unknown",
 * "zone-not-active", "other-name-servers". */
void sp_zone_warn(const struct sp_zone_question *question, const struct sp_zone *zone,
                  struct sp_result *result);

#endif
