#include "http/curl.h"

#include <assert.h>
#include <dlfcn.h>

#include "base/base.h"

#define FILE_NAME "libcurl.so.4"
/* An older one would answer to the newest options (CURLOPT_PROTOCOLS_STR, CURLOPT_QUICK_EXIT) that
 * it does not know them, and the limits they set would be missing. */
#define OLDEST_NUMBER 0x075700
#define OLDEST_NAME   "7.87.0"

static int fail(struct sp_err *err, const char *why)
{
    sp_err_set(err, SP_ERR_INTERNAL, "libcurl", FILE_NAME " cannot be loaded: %s", why);
    return sp_err_fix(err,
                      "install libcurl " OLDEST_NAME " or newer (Debian's package is libcurl4)");
}

/* What dlerror() says begins with the file's name, which is said already. */
static const char *last_reason(void)
{
    const char *text = dlerror();
    size_t len = strlen(FILE_NAME ": ");
    if (!text)
        return "no reason given";
    return strncmp(text, FILE_NAME ": ", len) == 0 ? text + len : text;
}

static int find_functions(void *handle, struct sp_curl *ret_curl, struct sp_err *err)
{
    static const struct {
        const char *name;
        size_t offset;
    } functions[] = {
#define ROW(name) {"curl_" #name, offsetof(struct sp_curl, name)},
        SP_CURL_FUNCTIONS(ROW)
#undef ROW
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(functions); i++) {
        void *symbol = dlsym(handle, functions[i].name);
        if (!symbol)
            return fail(err, last_reason());
        /* ISO C has no cast from an object pointer to a function pointer; POSIX promises the bits.
         */
        static_assert(sizeof(*ret_curl) == SP_ARRAY_LEN(functions) * sizeof(symbol),
                      "a member is a function pointer, and dlsym() must fit it");
        memcpy((char *)ret_curl + functions[i].offset, &symbol, sizeof(symbol));
    }
    return 0;
}

static int check_build(const struct sp_curl *curl, struct sp_err *err)
{
    const curl_version_info_data *info = curl->version_info(CURLVERSION_NOW);
    if (info->version_num < OLDEST_NUMBER) {
        char why[80];
        snprintf(why, sizeof(why), "it is version %.20s, and " OLDEST_NAME " or newer is needed",
                 info->version);
        return fail(err, why);
    }
    /* Without its threaded resolver libcurl would stop the loop for each look-up; with c-ares
     * inside it closes sockets that the loop still watches (curl issues 1776 and 3238). */
    if (!(info->features & CURL_VERSION_ASYNCHDNS) || info->ares)
        return fail(err, "it has no threaded resolver");
    return 0;
}

const struct sp_curl *sp_curl_load(struct sp_err *err)
{
    static struct sp_curl curl;
    static bool is_loaded;
    if (is_loaded)
        return &curl;
    void *handle = dlopen(FILE_NAME, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        fail(err, last_reason());
        return NULL;
    }
    is_loaded = find_functions(handle, &curl, err) == 0 && check_build(&curl, err) == 0;
    if (!is_loaded)
        dlclose(handle);
    return is_loaded ? &curl : NULL;
}
