#include "records/record.h"

#include "base/limits.h"
#include "base/text.h"

static const char type_cname[] = "CNAME";

void sp_key_digest_print(const struct sp_key_digest *digest, char ret_text[SP_KEY_DIGEST_SIZE])
{
    ret_text[0] = '\0';
    for (size_t i = 0; digest->is_set && i < sizeof(digest->sha256); i++)
        snprintf(ret_text + 2 * i, 3, "%02x", digest->sha256[i]);
}

/* -1: no lower-case hexadecimal digit. */
static int digit_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

int sp_key_digest_parse(struct sp_key_digest *ret_digest, const char *text)
{
    *ret_digest = (struct sp_key_digest){0};
    if (!*text)
        return 0;
    if (strlen(text) != SP_KEY_DIGEST_SIZE - 1)
        return -1;
    for (size_t i = 0; i < sizeof(ret_digest->sha256); i++) {
        int high = digit_value(text[2 * i]), low = digit_value(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return -1;
        ret_digest->sha256[i] = (uint8_t)(high << 4 | low);
    }
    ret_digest->is_set = true;
    return 0;
}

void sp_course_fini(struct sp_course *course)
{
    free(course->finish_text);
    free(course->finish_url);
    *course = (struct sp_course){0};
}

struct sp_course sp_course_dup(const struct sp_course *course)
{
    return (struct sp_course){
        .window_s = course->window_s,
        .finish_text = sp_strdup(course->finish_text),
        .finish_url = sp_strdup(course->finish_url),
    };
}

void sp_record_set_fini(struct sp_record_set *set)
{
    sp_array_free(&set->records);
    sp_course_fini(&set->course);
    set->domain = (struct sp_name){0};
}

void sp_record_set_add(struct sp_record_set *set, const struct sp_name *host,
                       const struct sp_name *target)
{
    struct sp_record *record = sp_array_push(&set->records);
    sp_copy_text(record->type, sizeof(record->type), type_cname);
    record->host = *host;
    record->target = *target;
    record->leg = sp_leg_of_host(host);
}

static bool has_record(const struct sp_record_set *set, const struct sp_record *record)
{
    SP_ARRAY_FOREACH (&set->records, other) {
        if (sp_name_equal(&other->host, &record->host) &&
            sp_name_equal(&other->target, &record->target))
            return true;
    }
    return false;
}

bool sp_record_set_covers(const struct sp_record_set *set, const struct sp_record_set *other)
{
    SP_ARRAY_FOREACH (&other->records, record) {
        if (!has_record(set, record))
            return false;
    }
    return true;
}

enum sp_leg sp_leg_of_host(const struct sp_name *host)
{
    return sp_name_has_label(host, "_domainkey") ? SP_LEG_DKIM : SP_LEG_RETURN_PATH;
}

const char *sp_leg_name(enum sp_leg leg)
{
    return leg == SP_LEG_DKIM ? "dkim" : "return-path";
}

/* The same rules as for a host: what a provider's form takes in its "points to" field. */
static int check_target(const struct sp_record *record, struct sp_err *err)
{
    struct sp_err reason = SP_ERR_INIT;
    if (!sp_name_is_set(&record->target) || sp_name_check_host(&record->target, &reason) < 0) {
        sp_err_set(err, SP_ERR_USAGE, "bad-target",
                   "%s cannot point to \"%s\": it is not a host name", SP_NAME_STR(&record->host),
                   SP_NAME_STR(&record->target));
        return sp_err_fix(err,
                          "copy the \"Points to\" value again: letters, digits, hyphens and dots");
    }
    if (sp_name_equal(&record->host, &record->target)) {
        sp_err_set(err, SP_ERR_USAGE, "target-is-host", "%s points to itself",
                   SP_NAME_STR(&record->host));
        return sp_err_fix(err,
                          "the target is the other name on the platform's page, \"Points to\"");
    }
    return 0;
}

int sp_record_check(const struct sp_record *record, const struct sp_name *domain,
                    struct sp_err *err)
{
    if (!sp_ascii_equal(record->type, type_cname)) {
        sp_err_set(err, SP_ERR_USAGE, "bad-type", "%s is a %s record, and only CNAME is published",
                   SP_NAME_STR(&record->host), record->type);
        return sp_err_fix(err, "take it out, and add it at the provider by hand");
    }
    if (!sp_name_is_set(&record->host))
        return sp_err_set(err, SP_ERR_USAGE, "bad-host", "a record has no host");
    if (sp_name_equal(&record->host, domain)) {
        /* RFC 1034, section 3.6.2: no other data may stand beside a CNAME, and a domain that sends
         * mail has MX or TXT, at a zone's apex SOA and NS. */
        sp_err_set(
            err, SP_ERR_USAGE, "host-is-domain",
            "a CNAME cannot stand at %s itself: it would hide the other records of the domain",
            SP_NAME_STR(domain));
        return sp_err_fix(
            err, "check the host: it has a part in front of the domain, such as sk48601.%s",
            SP_NAME_STR(domain));
    }
    if (!sp_name_is_within(&record->host, domain)) {
        sp_err_set(err, SP_ERR_USAGE, "host-outside-domain", "the host %s does not lie in %s",
                   SP_NAME_STR(&record->host), SP_NAME_STR(domain));
        return sp_err_fix(err, "name the domain that these records were made for");
    }
    return sp_name_check_host(&record->host, err) < 0 ? -1 : check_target(record, err);
}

int sp_record_set_check(const struct sp_record_set *set, struct sp_err *err)
{
    if (set->records.n == 0)
        return sp_err_set(err, SP_ERR_USAGE, "no-records", "there are no records for %s",
                          SP_NAME_STR(&set->domain));
    if (set->records.n > SP_RECORDS_MAX)
        return sp_err_set(err, SP_ERR_USAGE, "too-many-records",
                          "%zu records for %s are more than the %d allowed", set->records.n,
                          SP_NAME_STR(&set->domain), SP_RECORDS_MAX);
    SP_ARRAY_FOREACH (&set->records, record) {
        if (sp_record_check(record, &set->domain, err) < 0)
            return -1;
        for (const struct sp_record *other = set->records.items; other < record; other++)
            if (sp_name_equal(&other->host, &record->host)) {
                sp_err_set(err, SP_ERR_USAGE, "host-twice", "the host %s stands in two records",
                           SP_NAME_STR(&record->host));
                return sp_err_fix(err, "keep one of them: a host can have only one CNAME");
            }
    }
    return 0;
}
