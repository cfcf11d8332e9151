/*
 * What publish and unpublish share: one publication from start to end, shown as it goes.
 */
#ifndef SP_CLI_PUBLISH_RUN_H
#define SP_CLI_PUBLISH_RUN_H

#include "cli/command.h"

/* Reads the records, runs the publication (or the taking back) and shows what came of it. The exit
 * code. */
int sp_publish_run(struct sp_session *session, bool is_unpublish);

#endif
