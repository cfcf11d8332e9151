/*
 * signpost: reads the command line, then hands over to one command.
 */
#include "base/limits.h"
#include "cli/command.h"
#include "cli/help.h"
#include "cli/process.h"
#include "cli/report_text.h"
#include "cli/wrap.h"
#include "config.h"

static int fail(const struct sp_err *err)
{
    struct sp_terminal terminal;
    struct sp_buf text = SP_BUF_INIT(SP_OUTPUT_MAX);
    sp_terminal_init(&terminal, false);
    struct sp_buf wrapped = SP_BUF_INIT(SP_OUTPUT_MAX);
    const struct sp_text_config config = {.has_color = terminal.has_error_color};
    sp_report_text_error(&text, NULL, err, &config);
    sp_wrap_puts(&wrapped, sp_buf_str(&text), terminal.error_width);
    fputs(sp_buf_str(&wrapped), stderr);
    sp_buf_fini(&wrapped);
    sp_buf_fini(&text);
    return sp_exit_code_of(err);
}

static int print_help(const struct sp_command *command, FILE *file, int exit_code)
{
    struct sp_buf text = SP_BUF_INIT(SP_OUTPUT_MAX);
    sp_help_put(&text, command);
    fputs(sp_buf_str(&text), file);
    sp_buf_fini(&text);
    return file == stdout && sp_output_flush() != 0 ? 1 : exit_code;
}

static int run_help(const struct sp_options *options, struct sp_err *err)
{
    const struct sp_command *command = NULL;
    if (options->arguments.n && !(command = sp_command_find(options->arguments.items[0], err)))
        return fail(err);
    return print_help(command, stdout, 0);
}

static int run_command(const struct sp_command *command, const struct sp_options *options,
                       struct sp_err *err)
{
    struct sp_session session;
    int exit_code = sp_session_init(&session, options, err) < 0 ? sp_session_fail(&session, err)
                                                                : command->run(&session);
    sp_session_fini(&session);
    return exit_code;
}

static int run(const struct sp_command *command, const struct sp_options *options,
               struct sp_err *err)
{
    if (options->wants_version) {
        puts("signpost " SP_VERSION);
        return sp_output_flush();
    }
    if (options->wants_help)
        return print_help(command, stdout, 0);
    if (!command)
        return print_help(NULL, stderr, 2);
    if (options->arguments.n > command->max_arguments) {
        sp_err_set(err, SP_ERR_USAGE, "bad-arguments", "too many arguments");
        sp_err_fix(err, "write: signpost %s%s%s", command->name, *command->arguments ? " " : "",
                   command->arguments);
        return fail(err);
    }
    return command->run ? run_command(command, options, err) : run_help(options, err);
}

int main(int argc, char **argv)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_options options = {0};
    const struct sp_command *command = NULL;
    size_t n = argc > 0 ? (size_t)argc : 0, at = sp_options_find_command(n, argv);
    int exit_code;
    sp_process_harden();
    if (at < n && !(command = sp_command_find(argv[at], &err)))
        return fail(&err);
    char *name = sp_asprintf("signpost%s%s", command ? " " : "", command ? command->name : "");
    if (sp_options_parse(&options, name, command ? command->bit : 0u, n, argv, at, &err) < 0)
        exit_code = fail(&err);
    else
        exit_code = run(command, &options, &err);
    sp_options_fini(&options);
    free(name);
    return exit_code;
}
