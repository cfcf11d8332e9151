#include "cli/command.h"
#include "cli/follow_up.h"
#include "cli/input.h"

int sp_cmd_records(struct sp_session *session)
{
    struct sp_input input;
    struct sp_err err = SP_ERR_INIT;
    if (sp_input_read(session, SP_INPUT_FROM_LEDGER, &input, &err) < 0)
        return sp_session_fail(session, &err);
    sp_input_note_hosts(&input, &session->output);
    for (size_t i = 0; i < input.sets.n; i++) {
        struct sp_result result;
        struct sp_record_set set = sp_set_list_get(&input.sets, i);
        sp_result_init(&result, &set);
        sp_output_domain(&session->output, &result);
        sp_result_fini(&result);
        sp_record_set_fini(&set);
    }
    int exit_code = sp_follow_up(session, "records", SP_COMMAND_RECORDS, &input);
    sp_input_fini(&input);
    return exit_code;
}
