#include "cli/command.h"
#include "cli/publish_run.h"

int sp_cmd_unpublish(struct sp_session *session)
{
    return sp_publish_run(session, true);
}
