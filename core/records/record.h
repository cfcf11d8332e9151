/*
 * A record to publish, and the set of them that one sender domain needs.
 */
#ifndef SP_RECORDS_RECORD_H
#define SP_RECORDS_RECORD_H

#include "base/array.h"
#include "base/json.h"
#include "names/name.h"

/* What a record is for (CONTRACT, "leg"). */
enum sp_leg { SP_LEG_RETURN_PATH, SP_LEG_DKIM };

struct sp_record {
    char type[8]; /* "CNAME" */
    struct sp_name host;
    struct sp_name target;
    enum sp_leg leg;
    uint32_t ttl; /* seconds; 0: the provider's default */
};

struct sp_record_set {
    struct sp_name domain;
    SP_ARRAY(struct sp_record) records;
};

void sp_record_set_fini(struct sp_record_set *set);
/* Appends a CNAME; its leg is told from its host. */
void sp_record_set_add(struct sp_record_set *set, const struct sp_name *host,
                       const struct sp_name *target);
/* Deep copy; the caller owns it. */
struct sp_record_set sp_record_set_dup(const struct sp_record_set *set);

/* "dkim" when `_domainkey` is one of the host's labels, else "return-path". */
enum sp_leg sp_leg_of_host(const struct sp_name *host);
const char *sp_leg_name(enum sp_leg leg);

/* Refuses a set that cannot be published: hosts outside the domain, a host twice, a target equal to its
 * host, a host that is the domain itself, more than SP_RECORDS_MAX. ERR: usage. */
int sp_record_set_check(const struct sp_record_set *set, struct sp_err *err);

/* The smallest records file of CONTRACT, and back; used for `--output json` of a set and the ledger. */
json_t *sp_record_set_to_json(const struct sp_record_set *set);
int sp_record_set_from_json(json_t *json, struct sp_record_set *ret_set, struct sp_err *err);

#endif
