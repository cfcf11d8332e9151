/* Any JSON as the members of a frame. The first byte chooses the kind. What is accepted is written
 * and read again to the same JSON: nothing is lost, nothing appears. */
#include <assert.h>
#include <stdlib.h>

#include "plugin/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DEFINE_KIND(noun, type)                                                                    \
    static json_t *pass_##noun(json_t *json)                                                       \
    {                                                                                              \
        struct sp_err err = SP_ERR_INIT;                                                           \
        struct type value;                                                                         \
        if (sp_##noun##_from_json(json, &value, &err)) {                                           \
            assert(err.kind == SP_ERR_PLUGIN && err.message[0]);                                   \
            return NULL;                                                                           \
        }                                                                                          \
        json_t *again = sp_##noun##_to_json(&value);                                               \
        sp_##noun##_fini(&value);                                                                  \
        return again;                                                                              \
    }

DEFINE_KIND(wire_call, sp_wire_call)
DEFINE_KIND(wire_request, sp_wire_request)
DEFINE_KIND(wire_answer, sp_wire_answer)
DEFINE_KIND(wire_fail, sp_wire_fail)
DEFINE_KIND(wire_zone, sp_wire_zone)
DEFINE_KIND(wire_record, sp_wire_record)
DEFINE_KIND(description, sp_description)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static json_t *(*const kinds[])(json_t * json) = {
        pass_wire_call, pass_wire_request, pass_wire_answer, pass_wire_fail,
        pass_wire_zone, pass_wire_record,  pass_description,
    };
    struct sp_err err = SP_ERR_INIT;
    if (size == 0)
        return 0;
    json_t *(*pass)(json_t *) = kinds[data[0] % SP_ARRAY_LEN(kinds)];
    json_t *json = sp_json_parse((const char *)data + 1, size - 1, "the input", &err);
    if (!json)
        return 0;
    json_t *once = pass(json);
    if (once) {
        /* Optional members may be null or absent in the input, so the second round is compared. */
        json_t *twice = pass(once);
        assert(twice && json_equal(once, twice));
        json_decref(twice);
    }
    json_decref(once);
    json_decref(json);
    return 0;
}
