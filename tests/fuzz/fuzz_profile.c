/*
 * Profiles. The input is a template, a zero byte, and a sidecar; every variable that a template
 * asks for gets the text "v". What is accepted passes the checks of a set, lies in the domain, and
 * has what a sidecar may say and nothing else; what is refused leaves nothing behind and says why.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "records/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

static void check_course(const struct sp_course *course)
{
    require(course->window_s >= 0 && course->window_s <= SP_WINDOW_MAX_S);
    require(!course->finish_text || strlen(course->finish_text) <= SP_FINISH_MAX);
    require(!course->finish_url || strncmp(course->finish_url, "https://", 8) == 0);
    for (const char *c = course->finish_url; c && *c; c++)
        require(*c > ' ' && *c < 0x7f);
}

static void check_made(const struct sp_profile *profile, const struct sp_name *domain)
{
    static const struct sp_profile_variable variables[] = {{"t", "v"}, {"sel", "s1"}};
    struct sp_err err = SP_ERR_INIT;
    struct sp_record_set set;
    for (size_t n = 0; n <= SP_ARRAY_LEN(variables); n++) {
        if (sp_profile_make(profile, domain, variables, n, &set, &err) < 0) {
            require(err.kind == SP_ERR_USAGE && *err.message && set.records.n == 0);
            continue;
        }
        require(sp_record_set_check(&set, &err) == 0 && set.records.n == profile->records.n);
        SP_ARRAY_FOREACH (&set.records, record)
            require(sp_name_is_within(&record->host, domain));
        check_course(&set.course);
        sp_record_set_fini(&set);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_profile profile;
    struct sp_name domain;
    const uint8_t *end = size ? memchr(data, 0, size) : NULL;
    size_t len = end ? (size_t)(end - data) : size;
    require(sp_name_parse(&domain, "example.com", &err) == 0);
    if (sp_profile_parse(&profile, (const char *)data, len, "template", &err) < 0) {
        require(err.kind == SP_ERR_USAGE && *err.message && profile.records.n == 0);
        return 0;
    }
    require(profile.records.n > 0 && profile.records.n <= SP_RECORDS_MAX);
    if (!end || sp_profile_parse_sidecar(&profile, (const char *)end + 1, size - len - 1, "sidecar",
                                         &err) == 0)
        check_made(&profile, &domain);
    else
        require(err.kind == SP_ERR_USAGE && *err.message);
    sp_profile_fini(&profile);
    return 0;
}
