#include "cli/command.h"
#include "cli/schemas.h"

int sp_cmd_schema(struct sp_session *session)
{
    const sp_words *arguments = &session->options->arguments;
    struct sp_buf names = SP_BUF_INIT(4096);
    struct sp_err err = SP_ERR_INIT;
    for (const struct sp_schema *schema = sp_schemas; schema->name; schema++) {
        if (arguments->n && strcmp(schema->name, arguments->items[0]) == 0) {
            fwrite(schema->text, 1, schema->len, stdout);
            sp_buf_fini(&names);
            return sp_output_flush();
        }
        sp_buf_printf(&names, "%s%s", names.len ? ", " : "", schema->name);
    }
    if (arguments->n)
        sp_err_set(&err, SP_ERR_USAGE, "unknown-schema", "there is no schema \"%.100s\"",
                   arguments->items[0]);
    else
        sp_err_set(&err, SP_ERR_USAGE, "no-schema", "no schema was named");
    sp_err_fix(&err, "name one of: %s", sp_buf_str(&names));
    sp_buf_fini(&names);
    return sp_session_fail(session, &err);
}
