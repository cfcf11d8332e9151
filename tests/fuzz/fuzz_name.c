/* A name that was read is well-formed on the wire, and comes back from both of its written forms.
 */
#include "base/text.h"
#include "names/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

static void check_wire(const struct sp_name *name)
{
    size_t at = 0;
    while (name->wire[at]) {
        require(name->wire[at] <= SP_LABEL_MAX);
        for (size_t i = 1; i <= name->wire[at]; i++)
            require((char)name->wire[at + i] == sp_ascii_lower((char)name->wire[at + i]));
        at += name->wire[at] + 1u;
    }
    require(at + 1 == name->len);
}

static void check_round_trips(const struct sp_name *name)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_name back;
    char *shown = sp_name_display(name);
    require(sp_name_parse(&back, SP_NAME_STR(name), &err) == 0 && sp_name_equal(&back, name));
    require(sp_name_parse(&back, shown, &err) == 0 && sp_name_equal(&back, name));
    free(shown);
}

static void check_parts(const struct sp_name *name)
{
    size_t n = sp_name_count_labels(name);
    for (size_t i = 0; i <= n; i++) {
        struct sp_err err = SP_ERR_INIT;
        struct sp_name zone = sp_name_strip(name, i), joined;
        struct sp_name suffix = sp_name_suffix(name, n - i), prefix = sp_name_relative(name, &zone);
        check_wire(&zone);
        require(sp_name_equal(&zone, &suffix) && sp_name_is_within(name, &zone));
        require(sp_name_count_labels(&prefix) == i);
        require(sp_name_concat(&joined, &prefix, &zone, &err) == 0 && sp_name_equal(&joined, name));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    char *text = sp_strndup((const char *)bytes, len);
    struct sp_err err = SP_ERR_INIT;
    struct sp_name name;
    if (sp_name_parse(&name, text, &err) == 0) {
        check_wire(&name);
        check_round_trips(&name);
        check_parts(&name);
    } else {
        require(!sp_name_is_set(&name) && sp_err_is_set(&err));
    }
    free(text);
    return 0;
}
