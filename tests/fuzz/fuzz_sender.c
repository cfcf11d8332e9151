/* A sender domain that was accepted is a plain one and is accepted again as it is written; a
 * suggestion that is made is accepted as well. */
#include "base/text.h"
#include "names/sender.h"
#include "names/suffix.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

static void check_domain(const struct sp_name *domain)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_name back;
    char *shown = sp_name_display(domain);
    require(sp_name_count_labels(domain) >= 2 && !sp_suffix_is_public(domain));
    require(sp_name_check_host(domain, &err) == 0);
    require(!strpbrk(SP_NAME_STR(domain), "_*@/: \\"));
    require(sp_sender_parse(&back, SP_NAME_STR(domain), &err) == 0 && sp_name_equal(&back, domain));
    require(sp_sender_parse(&back, shown, &err) == 0 && sp_name_equal(&back, domain));
    free(shown);
}

static void check_refusal(const struct sp_err *err)
{
    static const char before[] = "did you mean \"";
    struct sp_err second = SP_ERR_INIT;
    struct sp_name domain;
    require(err->kind == SP_ERR_USAGE && sp_ascii_starts(err->code, "sender-"));
    require(*err->message && *err->fix);
    for (const char *c = err->message; *c; c++)
        require((uint8_t)*c >= 0x20 && *c != 0x7f);
    size_t len = strlen(err->fix);
    if (!sp_ascii_starts(err->fix, before) || len + 1 >= sizeof(err->fix))
        return;
    char *suggestion = sp_strdup(err->fix + strlen(before));
    suggestion[strcspn(suggestion, "\"")] = '\0';
    require(sp_sender_parse(&domain, suggestion, &second) == 0);
    free(suggestion);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    char *text = sp_strndup((const char *)bytes, len);
    struct sp_err err = SP_ERR_INIT;
    struct sp_name domain;
    if (sp_sender_parse(&domain, text, &err) == 0)
        check_domain(&domain);
    else
        check_refusal(&err);
    free(text);
    return 0;
}
