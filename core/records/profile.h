/*
 * A profile: how a platform's records are made for a sender domain. Two files: a Domain Connect
 * template (draft-ietf-dconn-domainconnect, "Template Definition"; the public ones load as they
 * are, as long as they have CNAME records alone), and beside it, if there is one, a sidecar with
 * what templates have no word for (schemas/profile.schema.json).
 */
#ifndef SP_RECORDS_PROFILE_H
#define SP_RECORDS_PROFILE_H

#include "base/err.h"
#include "records/record.h"

struct sp_profile_record {
    char *host, *target; /* with their variables: "%selector%._domainkey" */
    char *ttl;           /* "" if none; a number, or one variable */
    enum sp_leg leg;
    bool has_leg; /* the sidecar says it; else it is told from the host */
};

struct sp_profile {
    char *name; /* "mailer.example.sending": what the file is called by the standard */
    SP_ARRAY(struct sp_profile_record) records;
    struct sp_course course;
};

struct sp_profile_variable {
    const char *name, *value;
};

/* Reads a template. WHAT names the file in messages. ERR: usage: "bad-json" for what is no
 * template, "bad-type" for a record that is no CNAME, "bad-variable" for a % without its second
 * one. On failure RET_PROFILE is empty. */
int sp_profile_parse(struct sp_profile *ret_profile, const char *text, size_t len, const char *what,
                     struct sp_err *err);
/* Adds what a sidecar says. ERR: usage, "bad-json". PROFILE has to be freed in any case. */
int sp_profile_parse_sidecar(struct sp_profile *profile, const char *text, size_t len,
                             const char *what, struct sp_err *err);
void sp_profile_fini(struct sp_profile *profile);

/*
 * The records for DOMAIN, with its course. Variables are case-sensitive; %domain% and %fqdn% are
 * DOMAIN, %host% is empty. A host is relative to DOMAIN unless it ends in a dot, a target is always
 * absolute; "@" is DOMAIN. ERR: usage: "missing-variable" names all that have no value,
 * "unknown-variable" one that the profile has not; and what sp_record_set_check() refuses.
 */
int sp_profile_make(const struct sp_profile *profile, const struct sp_name *domain,
                    const struct sp_profile_variable *variables, size_t n_variables,
                    struct sp_record_set *ret_set, struct sp_err *err);

#endif
