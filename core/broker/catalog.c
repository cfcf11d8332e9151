#include "broker/catalog.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "base/text.h"
#include "broker/conversation.h"
#include "broker/reservation.h"
#include "names/server_pattern.h"

/* One file being described. */
struct describing {
    struct sp_catalog_load *load;
    struct sp_plugin *plugin;
    char *subject;
    struct sp_conversation *conversation;
};

struct sp_catalog_load {
    struct sp_catalog *catalog;
    struct sp_loop *loop;
    sp_catalog_fn fn;
    void *arg;
    struct sp_timer *step; /* starting, and the end, come from the loop */
    struct describing *items;
    size_t n, n_started, n_done;
};

static void plugin_free(struct sp_plugin *plugin)
{
    free(plugin->path);
    sp_description_fini(&plugin->description);
    sp_strings_free(&plugin->sandbox);
    sp_strings_free(&plugin->missing);
    free(plugin);
}

static void load_free(struct sp_catalog_load *load)
{
    if (!load)
        return;
    sp_timer_stop(&load->step);
    for (size_t i = 0; i < load->n; i++) {
        sp_conversation_free(load->items[i].conversation);
        free(load->items[i].subject);
    }
    free(load->items);
    free(load);
}

void sp_catalog_fini(struct sp_catalog *catalog)
{
    load_free(catalog->load);
    catalog->load = NULL;
    SP_ARRAY_FOREACH (&catalog->plugins, plugin) {
        plugin_free(*plugin);
    }
    sp_array_free(&catalog->plugins);
}

/* ---- what may be used ---------------------------------------------------------------------------
 */

/* Whether a described plugin may be used: those of the installation, and those that claim nothing
 * of theirs. Approval of a third-party plugin by its hash belongs here. */
static int may_be_used(const struct sp_catalog *catalog, const struct sp_plugin *plugin,
                       struct sp_err *err)
{
    const struct sp_description *description = &plugin->description;
    if (sp_reservation_is_word(description->name))
        return sp_reservation_refuse(description, plugin->path, "its name", "signpost itself", err);
    if (plugin->is_installed)
        return 0;
    if (sp_reservation_check(description, plugin->path, err) < 0)
        return -1;
    for (size_t i = 0; i < catalog->plugins.n; i++) {
        const struct sp_plugin *other = catalog->plugins.items[i];
        if (other->is_installed &&
            sp_reservation_check_beside(description, plugin->path, &other->description, err) < 0)
            return -1;
    }
    return 0;
}

static void check_claims(const struct sp_catalog *catalog)
{
    for (size_t i = 0; i < catalog->plugins.n; i++) {
        struct sp_plugin *plugin = catalog->plugins.items[i];
        if (plugin->is_usable && may_be_used(catalog, plugin, &plugin->err) < 0)
            plugin->is_usable = false;
    }
}

/* Of two with one name the earlier file counts; the installation's were looked for first. */
static void check_doubles(struct sp_catalog *catalog)
{
    for (size_t i = 0; i < catalog->plugins.n; i++)
        for (size_t j = 0; j < i; j++) {
            struct sp_plugin *plugin = catalog->plugins.items[i],
                             *other = catalog->plugins.items[j];
            if (plugin->is_usable && other->is_usable &&
                strcmp(plugin->description.name, other->description.name) == 0) {
                plugin->is_usable = false;
                sp_reservation_refuse(&plugin->description, plugin->path, "its name",
                                      SP_EXCERPT(other->path), &plugin->err);
            }
        }
}

static int compare_names(const void *a, const void *b)
{
    const struct sp_plugin *const *left = a, *const *right = b;
    int order = strcmp((*left)->description.name, (*right)->description.name);
    if (order == 0 && (*left)->is_usable != (*right)->is_usable)
        order = (*left)->is_usable ? -1 : 1; /* the one that counts is found first */
    return order ? order : strcmp((*left)->path, (*right)->path);
}

/* ---- describing ---------------------------------------------------------------------------------
 */

static void step(void *arg);

static void schedule(struct sp_catalog_load *load)
{
    if (!load->step)
        load->step = sp_timer_start(load->loop, 0, step, load);
}

static void conclude(struct sp_catalog_load *load)
{
    struct sp_catalog *catalog = load->catalog;
    sp_catalog_fn fn = load->fn;
    void *arg = load->arg;
    check_claims(catalog);
    check_doubles(catalog);
    if (catalog->plugins.n)
        qsort(catalog->plugins.items, catalog->plugins.n, sizeof(catalog->plugins.items[0]),
              compare_names);
    catalog->load = NULL;
    load_free(load);
    fn(arg);
}

/* "evil" of "/some/where/evil.so"; owned. */
static char *name_of_file(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    char *name = sp_strndup(base, strlen(base) - strlen(".so"));
    char *shown = sp_escaped(name);
    free(name);
    return shown;
}

static void on_greeted(void *arg, struct sp_greeting *greeting, const struct sp_err *err)
{
    struct describing *item = arg;
    struct sp_plugin *plugin = item->plugin;
    if (greeting) {
        sp_description_fini(&plugin->description);
        plugin->description = greeting->description;
        plugin->sandbox = greeting->sandbox;
        plugin->missing = greeting->missing;
        plugin->is_usable = true;
        *greeting = (struct sp_greeting){.sandbox.items = NULL};
    } else {
        plugin->err = *err;
    }
    sp_conversation_free(item->conversation);
    item->conversation = NULL;
    item->load->n_done++;
    schedule(item->load);
}

static void describe(struct describing *item)
{
    struct sp_catalog_load *load = item->load;
    const struct sp_worker_config config = {
        .worker_path = load->catalog->config.worker_path,
        .plugin_path = item->plugin->path,
        .subject = item->subject,
    };
    item->conversation =
        sp_conversation_new(load->loop, &config, on_greeted, item, &item->plugin->err);
    if (!item->conversation)
        load->n_done++;
}

static void step(void *arg)
{
    struct sp_catalog_load *load = arg;
    load->step = NULL;
    while (load->n_started < load->n && load->n_started - load->n_done < SP_PLUGINS_AT_ONCE)
        describe(&load->items[load->n_started++]);
    if (load->n_done == load->n)
        conclude(load);
}

/* ---- finding files ------------------------------------------------------------------------------
 */

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_plugin_file(const char *path)
{
    struct stat info;
    size_t len = strlen(path);
    return len > 3 && strcmp(path + len - 3, ".so") == 0 && path[len - 4] != '/' &&
           stat(path, &info) == 0 && S_ISREG(info.st_mode) && info.st_size <= SP_PLUGIN_FILE_MAX;
}

/* The plugin files of DIR, sorted; -1 and errno when it cannot be read. */
static int list_files(const char *dir, sp_strings *ret_paths)
{
    DIR *stream = opendir(dir);
    const struct dirent *entry;
    if (!stream)
        return -1;
    while ((entry = readdir(stream)) && ret_paths->n < SP_PLUGINS_MAX) {
        char *path = sp_asprintf("%s/%s", dir, entry->d_name);
        if (is_plugin_file(path))
            *sp_array_push(ret_paths) = path;
        else
            free(path);
    }
    closedir(stream);
    if (ret_paths->n)
        qsort(ret_paths->items, ret_paths->n, sizeof(char *), compare_texts);
    return 0;
}

static int add_dir(struct sp_catalog *catalog, const char *dir, bool is_installed)
{
    sp_strings paths = {.n = 0};
    if (list_files(dir, &paths) < 0)
        return -1;
    for (size_t i = 0; i < paths.n && catalog->plugins.n < SP_PLUGINS_MAX; i++) {
        struct sp_plugin *plugin = sp_new(struct sp_plugin);
        plugin->path = sp_strdup(paths.items[i]);
        plugin->is_installed = is_installed;
        plugin->description.name = name_of_file(plugin->path);
        *sp_array_push(&catalog->plugins) = plugin;
    }
    sp_strings_free(&paths);
    return 0;
}

static int find_files(struct sp_catalog *catalog, struct sp_err *err)
{
    const struct sp_catalog_config *config = &catalog->config;
    /* An installation without plugins is poor, not broken: "plugin-not-found" will say it. */
    (void)add_dir(catalog, config->installed_dir, true);
    for (size_t i = 0; i < config->n_extra_dirs; i++)
        if (add_dir(catalog, config->extra_dirs[i], false) < 0)
            return sp_err_set(err, SP_ERR_USAGE, "plugin-dir",
                              "the plugin directory %s cannot be read: %s",
                              SP_EXCERPT(config->extra_dirs[i]), strerror(errno));
    return 0;
}

int sp_catalog_load(struct sp_catalog *catalog, struct sp_loop *loop,
                    const struct sp_catalog_config *config, sp_catalog_fn fn, void *arg,
                    struct sp_err *err)
{
    *catalog = (struct sp_catalog){.config = *config};
    if (!sp_worker_policy(err) || find_files(catalog, err) < 0) {
        sp_catalog_fini(catalog);
        return -1;
    }
    struct sp_catalog_load *load = sp_new(struct sp_catalog_load);
    load->catalog = catalog;
    load->loop = loop;
    load->fn = fn;
    load->arg = arg;
    load->n = catalog->plugins.n;
    load->items = sp_alloc(load->n, sizeof(*load->items));
    for (size_t i = 0; i < load->n; i++) {
        struct sp_plugin *plugin = catalog->plugins.items[i];
        load->items[i].load = load;
        load->items[i].plugin = plugin;
        load->items[i].subject = sp_asprintf("the plugin %s", plugin->description.name);
    }
    catalog->load = load;
    schedule(load);
    return 0;
}

/* ---- looking up ---------------------------------------------------------------------------------
 */

const struct sp_plugin *sp_catalog_find(const struct sp_catalog *catalog, const char *name,
                                        struct sp_err *err)
{
    for (size_t i = 0; i < catalog->plugins.n; i++) {
        const struct sp_plugin *plugin = catalog->plugins.items[i];
        if (strcmp(plugin->description.name, name) != 0)
            continue;
        if (plugin->is_usable)
            return plugin;
        *err = plugin->err;
        return NULL;
    }
    sp_err_set(err, SP_ERR_PLUGIN, "plugin-not-found", "there is no plugin \"%s\"",
               SP_EXCERPT(name));
    sp_err_fix(err, "`signpost providers` lists those that were found; --plugin-dir DIR adds a "
                    "directory to look in");
    return NULL;
}

static bool recognises(const struct sp_description *description, const struct sp_name *server)
{
    for (size_t i = 0; i < description->name_servers.n; i++)
        if (sp_server_pattern_matches(description->name_servers.items[i], server))
            return true;
    return false;
}

const struct sp_plugin *sp_catalog_recognise(const struct sp_catalog *catalog,
                                             const struct sp_name *const *name_servers, size_t n,
                                             size_t *ret_by)
{
    for (size_t i = 0; i < catalog->plugins.n; i++) {
        const struct sp_plugin *plugin = catalog->plugins.items[i];
        size_t n_known = 0;
        while (plugin->is_usable && n_known < n &&
               recognises(&plugin->description, name_servers[n_known]))
            n_known++;
        if (n && n_known == n) {
            *ret_by = 0;
            return plugin;
        }
    }
    return NULL;
}
