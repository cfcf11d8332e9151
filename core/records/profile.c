#include "records/profile.h"

#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"

static bool is_variable_char(char c)
{
    return sp_ascii_is_alnum(c) || c == '-' || c == '_';
}

void sp_profile_fini(struct sp_profile *profile)
{
    SP_ARRAY_FOREACH (&profile->records, record) {
        free(record->host);
        free(record->target);
        free(record->ttl);
    }
    sp_array_free(&profile->records);
    sp_course_fini(&profile->course);
    free(profile->name);
    *profile = (struct sp_profile){0};
}

/* ---- the template -------------------------------------------------------------------------------
 */

/* The next variable of a pattern: [*RET_START, *RET_END) with its two %. False when there is none;
 * IS_BAD then tells of a % that begins no variable. */
static bool next_variable(const char *from, const char **ret_start, const char **ret_end,
                          bool *ret_is_bad)
{
    *ret_is_bad = false;
    *ret_start = strchr(from, '%');
    if (!*ret_start)
        return false;
    const char *end = *ret_start + 1;
    while (is_variable_char(*end))
        end++;
    *ret_is_bad = *end != '%' || end == *ret_start + 1;
    *ret_end = end + 1;
    return !*ret_is_bad;
}

static void check_pattern(const struct sp_json_reader *reader, const char *pattern)
{
    const char *start, *end = pattern;
    bool is_bad = false;
    while (next_variable(end, &start, &end, &is_bad))
        continue;
    if (is_bad)
        sp_json_fail(reader, "a %% that begins no variable: \"%s\"", SP_EXCERPT(pattern));
}

static char *read_pattern(const struct sp_json_reader *reader)
{
    const char *pattern = sp_json_string(reader, SP_TEXT_MAX);
    check_pattern(reader, pattern);
    return sp_strdup(pattern);
}

/* A number, or a string with a number or a variable: templates have all three. */
static char *read_ttl(const struct sp_json_reader *reader)
{
    if (!sp_json_is_present(reader))
        return sp_strdup("");
    if (json_is_string(reader->value))
        return read_pattern(reader);
    return sp_asprintf("%lld", (long long)sp_json_integer(reader, 0, SP_TTL_MAX));
}

static bool is_cname(const struct sp_json_reader *record, const char *what, struct sp_err *err)
{
    struct sp_json_reader type_at = sp_json_member(record, "type");
    struct sp_json_reader host_at = sp_json_optional(record, "host");
    const char *type = sp_json_string(&type_at, SP_TEXT_MAX);
    const char *host = json_is_string(host_at.value) ? json_string_value(host_at.value) : "";
    if (sp_err_is_set(err))
        return false;
    if (sp_ascii_equal(type, "CNAME"))
        return true;
    sp_err_set(err, SP_ERR_USAGE, "bad-type",
               "the profile %s has a %s record at \"%s\", and only CNAME is published", what,
               SP_EXCERPT(type), *host ? SP_EXCERPT(host) : "@");
    sp_err_fix(err, "use a copy of the template with its CNAME records alone, and add the others "
                    "at the provider by hand");
    return false;
}

static void read_records(struct sp_profile *profile, const struct sp_json_reader *template,
                         const char *what, struct sp_err *err)
{
    struct sp_json_reader list = sp_json_member(template, "records");
    size_t n = sp_json_length(&list, SP_RECORDS_MAX);
    if (n == 0)
        sp_json_fail(&list, "has no record");
    for (size_t i = 0; i < n && !sp_err_is_set(err); i++) {
        struct sp_json_reader item = sp_json_item(&list, i);
        if (!is_cname(&item, what, err))
            return;
        struct sp_json_reader host = sp_json_optional(&item, "host");
        struct sp_json_reader target = sp_json_member(&item, "pointsTo");
        struct sp_json_reader ttl = sp_json_optional(&item, "ttl");
        *sp_array_push(&profile->records) = (struct sp_profile_record){
            .host = read_pattern(&host), .target = read_pattern(&target), .ttl = read_ttl(&ttl)};
    }
}

int sp_profile_parse(struct sp_profile *ret_profile, const char *text, size_t len, const char *what,
                     struct sp_err *err)
{
    struct sp_err failure = SP_ERR_INIT;
    *ret_profile = (struct sp_profile){0};
    json_t *json = sp_json_parse(text, len, what, err);
    if (!json)
        return -1;
    struct sp_json_reader template = sp_json_reader_of(json, what, &failure);
    struct sp_json_reader provider = sp_json_member(&template, "providerId");
    struct sp_json_reader service = sp_json_member(&template, "serviceId");
    ret_profile->name = sp_asprintf("%s.%s", sp_json_string(&provider, SP_TEXT_MAX),
                                    sp_json_string(&service, SP_TEXT_MAX));
    if (!sp_err_is_set(&failure))
        read_records(ret_profile, &template, what, &failure);
    json_decref(json);
    if (!sp_err_is_set(&failure))
        return 0;
    sp_profile_fini(ret_profile);
    *err = failure;
    return -1;
}

/* ---- the sidecar --------------------------------------------------------------------------------
 */

static void read_window(struct sp_course *course, const struct sp_json_reader *reader)
{
    uint64_t ms = 0;
    if (!sp_json_is_present(reader))
        return;
    const char *text = sp_json_string(reader, SP_TEXT_MAX);
    if (sp_err_is_set(reader->err))
        return;
    if (sp_parse_duration_ms(text, &ms) == 0 && text[strspn(text, "0123456789")] == '\0') {
        sp_json_fail(reader, "\"%s\" has no unit", SP_EXCERPT(text));
        (void)sp_err_fix(reader->err, "write \"%sh\" for hours; s, m and d are the other units",
                         SP_EXCERPT(text));
    } else if (sp_parse_duration_ms(text, &ms) < 0 || ms < 1000 || ms / 1000 > SP_WINDOW_MAX_S) {
        sp_json_fail(reader, "\"%s\" is no duration from 1s to 90d", SP_EXCERPT(text));
        (void)sp_err_fix(reader->err, "write it as 30s, 10m, 72h or 3d");
    }
    course->window_s = (int64_t)(ms / 1000);
}

static char *read_finish_text(const struct sp_json_reader *reader)
{
    const char *text = sp_json_string(reader, SP_FINISH_MAX);
    if (text[strspn(text, " \t\r\n")] == '\0')
        sp_json_fail(reader, "says nothing");
    return sp_strdup(text);
}

/* A link is printed for a person to follow, and goes nowhere but to a web site. */
static void check_url(const struct sp_json_reader *reader, const char *url)
{
    bool is_good = strncmp(url, "https://", 8) == 0 && url[8];
    for (const char *c = url; *c; c++)
        is_good = is_good && *c > ' ' && *c < 0x7f;
    if (!is_good)
        sp_json_fail(reader, "is no https:// link of printable ASCII");
}

static void read_finish(struct sp_course *course, const struct sp_json_reader *finish)
{
    static const char *const keys[] = {"text", "url", NULL};
    if (!sp_json_is_present(finish))
        return;
    sp_json_only(finish, keys);
    struct sp_json_reader text = sp_json_optional(finish, "text");
    struct sp_json_reader url = sp_json_optional(finish, "url");
    if (!sp_json_is_present(&text) && !sp_json_is_present(&url))
        sp_json_fail(finish, "has neither text nor url");
    if (sp_json_is_present(&text))
        course->finish_text = read_finish_text(&text);
    if (sp_json_is_present(&url)) {
        course->finish_url = sp_strdup(sp_json_string(&url, SP_FINISH_MAX));
        check_url(&url, course->finish_url);
    }
}

static void read_leg(struct sp_profile *profile, const struct sp_json_reader *legs,
                     const char *host)
{
    struct sp_json_reader leg_at = sp_json_member(legs, host);
    const char *leg = sp_json_string(&leg_at, SP_TEXT_MAX);
    bool is_dkim = strcmp(leg, sp_leg_name(SP_LEG_DKIM)) == 0, is_found = false;
    if (!is_dkim && strcmp(leg, sp_leg_name(SP_LEG_RETURN_PATH)) != 0)
        sp_json_fail(&leg_at, "is neither dkim nor return-path");
    SP_ARRAY_FOREACH (&profile->records, record) {
        if (strcmp(record->host, host) != 0)
            continue;
        is_found = record->has_leg = true;
        record->leg = is_dkim ? SP_LEG_DKIM : SP_LEG_RETURN_PATH;
    }
    if (!is_found)
        sp_json_fail(&leg_at, "the template has no record with this host");
}

int sp_profile_parse_sidecar(struct sp_profile *profile, const char *text, size_t len,
                             const char *what, struct sp_err *err)
{
    static const char *const keys[] = {"$schema", "window", "finish", "legs", NULL};
    struct sp_err failure = SP_ERR_INIT;
    json_t *json = sp_json_parse(text, len, what, err);
    if (!json)
        return -1;
    struct sp_json_reader sidecar = sp_json_reader_of(json, what, &failure);
    sp_json_only(&sidecar, keys);
    struct sp_json_reader window = sp_json_optional(&sidecar, "window");
    struct sp_json_reader finish = sp_json_optional(&sidecar, "finish");
    struct sp_json_reader legs = sp_json_optional(&sidecar, "legs");
    read_window(&profile->course, &window);
    read_finish(&profile->course, &finish);
    if (sp_json_is_present(&legs) && !json_is_object(legs.value))
        sp_json_fail(&legs, "expected an object");
    const char *host;
    json_t *leg;
    json_object_foreach (legs.value, host, leg)
        read_leg(profile, &legs, host);
    json_decref(json);
    if (!sp_err_is_set(&failure))
        return 0;
    *err = failure;
    return -1;
}

/* ---- records for a domain -----------------------------------------------------------------------
 */

struct making {
    const char *profile;
    const char *domain;
    const struct sp_profile_variable *variables;
    size_t n_variables;
    bool *is_used;         /* parallel to the variables */
    struct sp_buf missing; /* ", "-separated names */
};

static const char *value_of(struct making *making, const char *name, size_t len)
{
    static const char *const own[] = {"domain", "fqdn", "host"};
    for (size_t i = 0; i < SP_ARRAY_LEN(own); i++)
        if (strlen(own[i]) == len && memcmp(own[i], name, len) == 0)
            return strcmp(own[i], "host") == 0 ? "" : making->domain;
    for (size_t i = 0; i < making->n_variables; i++) {
        if (strlen(making->variables[i].name) != len ||
            memcmp(making->variables[i].name, name, len) != 0)
            continue;
        making->is_used[i] = true;
        return making->variables[i].value;
    }
    return NULL;
}

/* Each once. */
static void note_missing(struct sp_buf *missing, const char *name, size_t len)
{
    char *wanted = sp_strndup(name, len);
    char *listed = sp_asprintf(", %s,", sp_buf_str(missing));
    char *item = sp_asprintf(", %s,", wanted);
    if (!strstr(listed, item))
        sp_buf_printf(missing, "%s%s", missing->len ? ", " : "", wanted);
    free(item);
    free(listed);
    free(wanted);
}

/* Replaces OUT by PATTERN with values for its variables. */
static void fill_in(struct making *making, const char *pattern, struct sp_buf *out)
{
    const char *start, *end, *at = pattern;
    bool is_bad;
    sp_buf_clear(out);
    while (next_variable(at, &start, &end, &is_bad)) {
        const char *value = value_of(making, start + 1, (size_t)(end - start) - 2);
        if (!value)
            note_missing(&making->missing, start + 1, (size_t)(end - start) - 2);
        sp_buf_append(out, at, (size_t)(start - at));
        sp_buf_puts(out, value ? value : "");
        at = end;
    }
    sp_buf_puts(out, at);
}

/* TEXT, of at most SP_TEXT_MAX bytes, as a name; relative ones get the domain behind them. */
static int place(const struct making *making, struct sp_buf *text, bool is_relative,
                 struct sp_name *ret_name, struct sp_err *err)
{
    bool is_domain = text->len == 0 ? is_relative : strcmp(sp_buf_str(text), "@") == 0;
    bool is_absolute = text->len && text->data[text->len - 1] == '.';
    if (is_domain) {
        sp_buf_clear(text);
        sp_buf_puts(text, making->domain);
    } else if (is_relative && !is_absolute) {
        sp_buf_printf(text, ".%s", making->domain);
    }
    if (!sp_buf_is_ok(text))
        return sp_err_set(err, SP_ERR_USAGE, "bad-variable",
                          "a name of the profile %s is longer than a name may be", making->profile);
    if (sp_name_parse(ret_name, sp_buf_str(text), err) == 0)
        return 0;
    return sp_err_fix(err,
                      "see the values of --set: together with the template they make the name");
}

static int read_made_ttl(const struct making *making, const char *text, uint32_t *ret_ttl,
                         struct sp_err *err)
{
    uint64_t ttl = 0;
    if (*text && sp_parse_u64(text, SP_TTL_MAX, &ttl) < 0) {
        sp_err_set(err, SP_ERR_USAGE, "bad-variable", "\"%s\" in the profile %s is no TTL",
                   SP_EXCERPT(text), making->profile);
        return sp_err_fix(err, "give seconds, from 0 to %d", SP_TTL_MAX);
    }
    *ret_ttl = (uint32_t)ttl;
    return 0;
}

static int make_record(struct making *making, const struct sp_profile_record *pattern,
                       struct sp_record_set *set, struct sp_err *err)
{
    struct sp_buf host = SP_BUF_INIT(SP_TEXT_MAX), target = SP_BUF_INIT(SP_TEXT_MAX),
                  ttl = SP_BUF_INIT(SP_TEXT_MAX);
    struct sp_name host_name, target_name;
    uint32_t ttl_s = 0;
    int status = 0;
    fill_in(making, pattern->host, &host);
    fill_in(making, pattern->target, &target);
    fill_in(making, pattern->ttl, &ttl);
    if (making->missing.len == 0) {
        status = -1;
        if (place(making, &host, true, &host_name, err) == 0 &&
            place(making, &target, false, &target_name, err) == 0 &&
            read_made_ttl(making, sp_buf_str(&ttl), &ttl_s, err) == 0) {
            status = 0;
            sp_record_set_add(set, &host_name, &target_name);
            struct sp_record *record = &set->records.items[set->records.n - 1];
            record->ttl = ttl_s;
            record->leg = pattern->has_leg ? pattern->leg : record->leg;
        }
    }
    sp_buf_fini(&host);
    sp_buf_fini(&target);
    sp_buf_fini(&ttl);
    return status;
}

static int check_variables(const struct making *making, struct sp_err *err)
{
    if (making->missing.len) {
        sp_err_set(err, SP_ERR_USAGE, "missing-variable", "the profile %s needs a value for %s",
                   making->profile, sp_buf_str(&making->missing));
        return sp_err_fix(err, "add --set NAME=VALUE for each, with what the platform's page says");
    }
    for (size_t i = 0; i < making->n_variables; i++) {
        if (making->is_used[i])
            continue;
        sp_err_set(err, SP_ERR_USAGE, "unknown-variable", "the profile %s has no variable \"%s\"",
                   making->profile, SP_EXCERPT(making->variables[i].name));
        return sp_err_fix(err, "leave it out, or see that it is spelled as in the template: "
                               "capitals count");
    }
    return 0;
}

int sp_profile_make(const struct sp_profile *profile, const struct sp_name *domain,
                    const struct sp_profile_variable *variables, size_t n_variables,
                    struct sp_record_set *ret_set, struct sp_err *err)
{
    char excerpt[SP_EXCERPT_SIZE], text[SP_NAME_TEXT_SIZE];
    struct making making = {.profile = sp_excerpt(profile->name, excerpt),
                            .domain = sp_name_format(domain, text),
                            .variables = variables,
                            .n_variables = n_variables,
                            .is_used = sp_alloc(n_variables, sizeof(bool)),
                            .missing = SP_BUF_INIT(SP_TEXT_MAX)};
    int status = 0;
    *ret_set = (struct sp_record_set){.domain = *domain};
    for (size_t i = 0; i < profile->records.n && status == 0; i++)
        status = make_record(&making, &profile->records.items[i], ret_set, err);
    if (status == 0)
        status = check_variables(&making, err);
    if (status == 0)
        status = sp_record_set_check(ret_set, err);
    if (status == 0)
        ret_set->course = sp_course_dup(&profile->course);
    else
        sp_record_set_fini(ret_set);
    free(making.is_used);
    sp_buf_fini(&making.missing);
    return status;
}
