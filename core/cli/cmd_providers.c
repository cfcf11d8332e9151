#include "cli/command.h"
#include "cli/provider_report.h"

static void show_json(const struct sp_catalog *catalog, const char *name, const char *endpoint)
{
    json_t *document = json_object(), *list = json_array();
    SP_ARRAY_FOREACH (&catalog->plugins, plugin) {
        if (sp_provider_report_is_named(*plugin, name))
            json_array_append_new(list, sp_provider_report_json(*plugin, endpoint));
    }
    json_object_set_new(document, "signpost", json_integer(1));
    json_object_set_new(document, "providers", list);
    char *text = json_dumps(document, JSON_INDENT(2));
    fprintf(stdout, "%s\n", text);
    free(text);
    json_decref(document);
}

static void show_text(struct sp_session *session, const char *name)
{
    struct sp_buf text = SP_BUF_INIT(SP_OUTPUT_MAX);
    bool is_detailed = session->options->is_verbose || name;
    if (session->catalog.plugins.n && !name)
        sp_provider_report_head(&text, session->terminal.width);
    SP_ARRAY_FOREACH (&session->catalog.plugins, plugin) {
        if (sp_provider_report_is_named(*plugin, name))
            sp_provider_report_text(&text, *plugin, session->options->endpoint, is_detailed,
                                    session->terminal.width);
    }
    if (!session->catalog.plugins.n) {
        sp_buf_puts(&text, "no plugins were found in ");
        sp_put_foreign(&text, session->plugin_dir);
        sp_buf_putc(&text, '\n');
    }
    sp_output_puts(&session->output, &text);
    sp_buf_fini(&text);
}

int sp_cmd_providers(struct sp_session *session)
{
    const sp_words *words = &session->options->arguments;
    const char *name = words->n ? words->items[0] : NULL;
    struct sp_err err = SP_ERR_INIT;
    if (sp_config_file_check_endpoints(&session->config, &err) < 0 ||
        sp_session_load_catalog(session, &err) < 0)
        return sp_session_fail(session, &err);
    bool is_found = !name;
    SP_ARRAY_FOREACH (&session->catalog.plugins, plugin) {
        is_found = is_found || sp_provider_report_is_named(*plugin, name);
    }
    if (!is_found) {
        (void)sp_catalog_find(&session->catalog, name, &err);
        sp_provider_report_suggest(&session->catalog, name, &err);
        return sp_session_fail(session, &err);
    }
    if (session->options->output == SP_FORMAT_JSON)
        show_json(&session->catalog, name, session->options->endpoint);
    else
        show_text(session, name);
    return sp_output_flush();
}
