#include "names/suffix.h"

#include <libpsl.h>

bool sp_suffix_is_public(const struct sp_name *name)
{
    return sp_name_count_labels(name) > 0 &&
           psl_is_public_suffix2(psl_builtin(), SP_NAME_STR(name),
                                 PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE) == 1;
}

bool sp_suffix_has_top_level(const struct sp_name *name)
{
    static const char *const reserved[] = {"example", "test",     "invalid", "localhost",
                                           "local",   "internal", "alt",     "onion"};
    size_t n = sp_name_count_labels(name);
    struct sp_name last = sp_name_suffix(name, 1);
    for (size_t i = 0; n && i < SP_ARRAY_LEN(reserved); i++)
        if (sp_span_is(sp_name_label(&last, 0), reserved[i]))
            return true;
    return sp_suffix_is_public(&last);
}

struct sp_name sp_suffix_registered(const struct sp_name *name)
{
    size_t n_labels = sp_name_count_labels(name), n_public = 1;
    for (size_t n = 2; n < n_labels; n++) {
        struct sp_name suffix = sp_name_suffix(name, n);
        if (sp_suffix_is_public(&suffix))
            n_public = n;
    }
    return n_labels > n_public ? sp_name_suffix(name, n_public + 1) : *name;
}
