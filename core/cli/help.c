#include "cli/help.h"

#include "base/limits.h"
#include "cli/schemas.h"
#include "cli/wrap.h"

#define COLUMN 28 /* where explanations begin */
#define WIDTH  80 /* and where their lines end */

static void put_option(struct sp_buf *out, const struct sp_option *option)
{
    size_t start = out->len;
    if (option->letter)
        sp_buf_printf(out, "  -%c, --%s", option->letter, option->name);
    else
        sp_buf_printf(out, "  --%s", option->name);
    if (option->argument)
        sp_buf_printf(out, " %s", option->argument);
    size_t used = out->len - start;
    char *line = sp_asprintf("%*s%s\n", COLUMN, "", option->help);
    struct sp_buf explanation = SP_BUF_INIT(SP_TEXT_MAX);
    sp_wrap_puts(&explanation, line, WIDTH);
    if (used + 2 > COLUMN) {
        sp_buf_putc(out, '\n');
        used = 0;
    }
    sp_buf_puts(out, sp_buf_str(&explanation) + used);
    sp_buf_fini(&explanation);
    free(line);
}

static void put_options(struct sp_buf *out, const struct sp_command *command, bool is_common)
{
    size_t n;
    const struct sp_option *table = sp_option_table(&n);
    for (size_t i = 0; i < n; i++)
        if (table[i].commands & command->bit && (table[i].commands == SP_COMMAND_ALL) == is_common)
            put_option(out, &table[i]);
}

static bool has_own_options(const struct sp_command *command)
{
    size_t n;
    const struct sp_option *table = sp_option_table(&n);
    for (size_t i = 0; i < n; i++)
        if (table[i].commands & command->bit && table[i].commands != SP_COMMAND_ALL)
            return true;
    return false;
}

/* What `signpost schema` prints. */
static void put_schemas(struct sp_buf *out)
{
    struct sp_buf names = SP_BUF_INIT(SP_TEXT_MAX);
    for (const struct sp_schema *schema = sp_schemas; schema->name; schema++)
        sp_buf_printf(&names, "%s%s", names.len ? ", " : "  ", schema->name);
    sp_buf_putc(&names, '\n');
    sp_buf_puts(out, "\nSchemas:\n");
    sp_wrap_puts(out, sp_buf_str(&names), WIDTH);
    sp_buf_fini(&names);
}

static void put_command(struct sp_buf *out, const struct sp_command *command)
{
    sp_buf_printf(out, "signpost %s%s%s\n%s\n", command->name, *command->arguments ? " " : "",
                  command->arguments, command->purpose);
    if (command->bit == SP_COMMAND_SCHEMA)
        put_schemas(out);
    if (has_own_options(command)) {
        sp_buf_puts(out, "\nOptions:\n");
        put_options(out, command, false);
    }
    sp_buf_puts(out, "\nOptions of every command:\n");
    put_options(out, command, true);
    sp_buf_puts(out, "\nExamples:\n");
    for (const char *const *example = command->examples; *example; example++)
        sp_buf_printf(out, "  %s\n", *example);
}

static void put_overview(struct sp_buf *out)
{
    size_t n;
    const struct sp_command *table = sp_command_table(&n);
    sp_buf_puts(out, "signpost publishes the DNS records that connect a sender domain,\n"
                     "and verifies them at every name server.\n\nCommands:\n");
    for (size_t i = 0; i < n; i++)
        sp_buf_printf(out, "  %-10s%-14s  %s\n", table[i].name, table[i].arguments,
                      table[i].purpose);
    sp_buf_puts(out,
                "\nExit codes:\n"
                "  0 done or connected   3 pending        6 credentials     9 changes pending\n"
                "  1 internal fault      4 error found    7 provider's API  130 interrupted\n"
                "  2 usage               5 refused        8 plugin\n"
                "\n`signpost help COMMAND` explains a command. First steps:\n"
                "  signpost publish yourdomain.com --records FILE   with what a platform gave you\n"
                "  signpost verify yourdomain.com --wait\n");
}

void sp_help_put(struct sp_buf *out, const struct sp_command *command)
{
    if (command)
        put_command(out, command);
    else
        put_overview(out);
}
