/*
 * The region that a signature for AWS names, where the address decides it.
 */
#ifndef SP_BROKER_AWS_REGION_H
#define SP_BROKER_AWS_REGION_H

/* The region in which the global services (Route 53 among them) of another partition than the
 * commercial one are signed, by the host of URL (botocore, endpoint-rule-set-1.json of route53);
 * NULL for every other host. Static. */
const char *sp_aws_region_of(const char *url);

#endif
