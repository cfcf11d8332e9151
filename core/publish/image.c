#include "publish/image.h"

#include "base/text.h"

static json_t *image_of(const char *type, const char *value, uint32_t ttl, bool is_disabled)
{
    json_t *image = json_object();
    json_object_set_new(image, "type", sp_json_text(type, strlen(type)));
    json_object_set_new(image, "value", sp_json_text(value, strlen(value)));
    json_object_set_new(image, "ttl", json_integer(ttl));
    json_object_set_new(image, "disabled", json_boolean(is_disabled));
    return image;
}

json_t *sp_image_of_listed(const struct sp_listed *listed)
{
    bool has_target = sp_name_is_set(&listed->target);
    json_t *image = image_of(listed->type,
                             has_target      ? SP_NAME_STR(&listed->target)
                             : listed->value ? listed->value
                                             : "",
                             listed->ttl, listed->is_disabled);
    if (listed->id)
        json_object_set_new(image, "id", sp_json_text(listed->id, strlen(listed->id)));
    return image;
}

json_t *sp_image_of_wanted(const struct sp_name *target, uint32_t ttl)
{
    return image_of("CNAME", SP_NAME_STR(target), ttl, false);
}

static bool is_equal(const json_t *image, const char *key, const json_t *other)
{
    return json_equal(json_object_get(image, key), json_object_get(other, key));
}

static bool is_there(const json_t *image, const struct sp_name *host,
                     const struct sp_listed *listed, size_t n_listed)
{
    bool is_found = false;
    for (size_t i = 0; i < n_listed && !is_found; i++) {
        if (!sp_name_equal(&listed[i].host, host))
            continue;
        json_t *there = sp_image_of_listed(&listed[i]);
        is_found = is_equal(image, "type", there) && is_equal(image, "value", there) &&
                   is_equal(image, "disabled", there);
        json_decref(there);
    }
    return is_found;
}

enum sp_outcome sp_image_settle(const json_t *before, const json_t *after,
                                const struct sp_name *host, const struct sp_listed *listed,
                                size_t n_listed)
{
    bool is_before_there = before && is_there(before, host, listed, n_listed);
    if (after ? is_there(after, host, listed, n_listed) : !is_before_there)
        return SP_OUTCOME_APPLIED;
    if (is_before_there)
        return SP_OUTCOME_FAILED;
    /* A creation that left nothing at all behind did not happen. */
    for (size_t i = 0; i < n_listed; i++)
        if (sp_name_equal(&listed[i].host, host))
            return SP_OUTCOME_UNKNOWN;
    return before ? SP_OUTCOME_UNKNOWN : SP_OUTCOME_FAILED;
}
