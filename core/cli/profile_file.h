/*
 * The profile of --profile, with its variables.
 */
#ifndef SP_CLI_PROFILE_FILE_H
#define SP_CLI_PROFILE_FILE_H

#include "cli/options.h"
#include "records/profile.h"

/* Reads the template that OPTIONS name, and its sidecar: NAME.signpost.json beside NAME.json, if it
 * is there. ERR: usage. On failure RET_PROFILE is empty. */
int sp_profile_file_read(const struct sp_options *options, struct sp_profile *ret_profile,
                         struct sp_err *err);
/* The set of DOMAIN, with the values of --set. ERR: usage. */
int sp_profile_file_make(const struct sp_options *options, const struct sp_profile *profile,
                         const struct sp_name *domain, struct sp_record_set *ret_set,
                         struct sp_err *err);

#endif
