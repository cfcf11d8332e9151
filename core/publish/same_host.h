/*
 * Hosts that several domains of one run share.
 */
#ifndef SP_PUBLISH_SAME_HOST_H
#define SP_PUBLISH_SAME_HOST_H

#include "publish/publication.h"

/* A host has one CNAME: finishes each errand that wants another target for a host than an errand
 * before it, as refused ("same-host-twice"). */
void sp_publication_refuse_same_hosts(struct sp_publication *publication);

#endif
