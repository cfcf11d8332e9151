/* The words for host styles, apart from the conversions: the worker needs them, but no names and no
 * IDN library in its address space. */
#include "names/convention.h"

static const char *const style_names[] = {
    [SP_HOST_FQDN] = "fqdn",
    [SP_HOST_FQDN_DOT] = "fqdn-dot",
    [SP_HOST_RELATIVE] = "relative",
};

const char *sp_host_style_name(enum sp_host_style style)
{
    return style_names[style];
}

int sp_host_style_parse(const char *word, enum sp_host_style *ret_style)
{
    for (size_t i = 0; i < SP_ARRAY_LEN(style_names); i++) {
        if (strcmp(word, style_names[i]) == 0) {
            *ret_style = (enum sp_host_style)i;
            return 0;
        }
    }
    return -1;
}
