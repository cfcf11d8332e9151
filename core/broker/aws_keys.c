#include "broker/aws_keys.h"

#include "base/json.h"
#include "base/limits.h"
#include "broker/aws_time.h"

void sp_aws_keys_fini(struct sp_aws_keys *keys)
{
    sp_secret_free(keys->access_key_id);
    sp_secret_free(keys->secret_access_key);
    sp_secret_free(keys->session_token);
    *keys = (struct sp_aws_keys){.expires_s = 0};
}

/* ---- the answer of a process --------------------------------------------------------------------
 */

static int bad(struct sp_err *err, const char *what)
{
    return sp_err_set(err, SP_ERR_CREDENTIALS, "credential-process", "%s", what);
}

/* The parser's copy of a secret goes before its memory does. */
static void wipe_strings(json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach (object, key, value) {
        const char *text = json_string_value(value);
        if (text)
            explicit_bzero((void *)(uintptr_t)text, json_string_length(value));
    }
}

static struct sp_secret *secret_of(json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    size_t len = json_string_length(value);
    if (!json_is_string(value) || len == 0 || len > SP_SECRET_MAX)
        return NULL;
    return sp_secret_new(json_string_value(value), len);
}

static int read_members(json_t *object, struct sp_aws_keys *ret, struct sp_err *err)
{
    json_t *version = json_object_get(object, "Version");
    json_t *token = json_object_get(object, "SessionToken");
    json_t *expiration = json_object_get(object, "Expiration");
    if (!json_is_object(object))
        return bad(err, "it wrote no JSON object");
    if (!json_is_integer(version) || json_integer_value(version) != 1)
        return bad(err, "its answer is not of Version 1");
    ret->access_key_id = secret_of(object, "AccessKeyId");
    if (!ret->access_key_id)
        return bad(err, "its answer has no AccessKeyId");
    ret->secret_access_key = secret_of(object, "SecretAccessKey");
    if (!ret->secret_access_key)
        return bad(err, "its answer has no SecretAccessKey");
    ret->session_token = secret_of(object, "SessionToken");
    if (token && !json_is_null(token) && !ret->session_token)
        return bad(err, "the SessionToken of its answer is no text, empty or too long");
    if (!expiration || json_is_null(expiration))
        return 0;
    ret->expires_s =
        json_is_string(expiration) ? sp_aws_time_parse(json_string_value(expiration)) : -1;
    if (ret->expires_s < 0)
        return bad(err, "the Expiration of its answer is no time such as 2026-01-31T12:00:00Z");
    return 0;
}

int sp_aws_keys_read(const char *text, size_t len, struct sp_aws_keys *ret, struct sp_err *err)
{
    struct sp_err ignored = SP_ERR_INIT; /* it may quote what was read */
    json_t *object = sp_json_parse(text, len, "the answer", &ignored);
    *ret = (struct sp_aws_keys){.expires_s = 0};
    int result = object ? read_members(object, ret, err) : bad(err, "it wrote no JSON object");
    if (result < 0)
        sp_aws_keys_fini(ret);
    wipe_strings(object);
    json_decref(object);
    return result;
}
