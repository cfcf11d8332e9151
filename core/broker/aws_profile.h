/*
 * One profile of the files that the AWS tools share: ~/.aws/credentials and ~/.aws/config. Read as
 * botocore reads them, which is Python's configparser: sections, `key = value` or `key: value`,
 * whole-line comments, indented lines that continue a value.
 */
#ifndef SP_BROKER_AWS_PROFILE_H
#define SP_BROKER_AWS_PROFILE_H

#include "broker/aws_keys.h"

struct sp_aws_profile {
    unsigned line; /* of its section's first head; 0: it is not there */
    struct sp_aws_keys keys;
    char *command;      /* credential_process, or NULL */
    const char *unused; /* a setting that is a way to get keys, but none known here; or NULL */
};

/* Reads the profile NAME out of the LEN bytes of a file: the section [NAME], in the config file
 * ("IS_CONFIG") [profile NAME] and [default]. No such section is no error. ERR (usage,
 * "aws-profile"): "line N ...", and never what stands there. RET is empty then. */
int sp_aws_profile_read(const char *text, size_t len, const char *name, bool is_config,
                        struct sp_aws_profile *ret, struct sp_err *err);
/* Wipes and empties. */
void sp_aws_profile_fini(struct sp_aws_profile *profile);

#endif
