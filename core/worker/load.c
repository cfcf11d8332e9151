#include "worker/load.h"

#include <assert.h>
#include <dlfcn.h>

#define ENTRY_POINT "signpost_plugin_v1"

/* What dlerror() says starts with the path, which means nothing to a reader. */
static const char *why_not(const char *path)
{
    const char *message = dlerror();
    size_t len = strlen(path);
    if (!message)
        return "no reason given";
    return strncmp(message, path, len) == 0 && message[len] == ':' ? message + len + 2 : message;
}

static int find_entry_point(void *handle, signpost_plugin_v1_fn *ret_fn, struct sp_err *err)
{
    void *symbol = dlsym(handle, ENTRY_POINT);
    if (!symbol) {
        sp_err_set(err, SP_ERR_PLUGIN, "plugin-load",
                   "the plugin does not export " ENTRY_POINT
                   "(): it is no signpost plugin, or one for another ABI than %u",
                   SIGNPOST_ABI);
        return sp_err_fix(err, "Build it against this signpost's <signpost/plugin.h>, with "
                               "SIGNPOST_PLUGIN() once.");
    }
    /* ISO C has no cast from an object pointer to a function pointer; POSIX promises the bits. */
    static_assert(sizeof(symbol) == sizeof(*ret_fn), "dlsym() must fit a function pointer");
    memcpy(ret_fn, &symbol, sizeof(symbol));
    return 0;
}

int sp_loaded_open(struct sp_loaded *ret, int fd, struct sp_err *err)
{
    char path[32];
    signpost_plugin_v1_fn entry_point = NULL;
    *ret = (struct sp_loaded){.raw_plugin = NULL};
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        return sp_err_set(err, SP_ERR_PLUGIN, "plugin-load", "the plugin would not load: %s",
                          why_not(path));
    if (find_entry_point(handle, &entry_point, err))
        return -1;
    ret->raw_plugin = entry_point();
    return sp_description_read(ret->raw_plugin, &ret->description, err);
}

void sp_loaded_fini(struct sp_loaded *loaded)
{
    sp_description_fini(&loaded->description);
    loaded->raw_plugin = NULL;
}
