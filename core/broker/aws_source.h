/*
 * Where the AWS tools keep credentials, besides the environment: the profile that AWS_PROFILE names
 * (else "default") in the files of AWS_SHARED_CREDENTIALS_FILE (else ~/.aws/credentials) and of
 * AWS_CONFIG_FILE (else ~/.aws/config). In the order of botocore: keys in the credentials file, the
 * profile's credential_process, keys in the config file.
 */
#ifndef SP_BROKER_AWS_SOURCE_H
#define SP_BROKER_AWS_SOURCE_H

#include "broker/aws_keys.h"

struct sp_aws_source {
    struct sp_aws_keys keys; /* set, */
    char *command;           /* or the credential_process that hands them out */
    char *shown;             /* "AWS_PROFILE work in ~/.aws/credentials" */
};

/*
 * 1 when the profile has keys or a command; 0 when there is no profile and nothing was said that
 * asks for one. Reads files, runs nothing. ERR: usage, "aws-profile", for a file that cannot be
 * read or understood (with its name and the line); credentials, "aws-profile", for a profile that
 * was asked for and is not there, or has no keys in a form known here.
 */
int sp_aws_source_find(char *(*get_env)(const char *name), struct sp_aws_source *ret,
                       struct sp_err *err);
/* Wipes and empties. */
void sp_aws_source_fini(struct sp_aws_source *source);

#endif
