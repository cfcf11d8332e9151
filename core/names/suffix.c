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
