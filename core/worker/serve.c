#include "worker/serve.h"

#include <unistd.h>

#include "plugin/wire.h"
#include "worker/call.h"
#include "worker/sandbox.h"

/* Best effort: the engine may be what is gone. */
static void tell_failure(struct sp_channel *channel, const struct sp_err *why)
{
    struct sp_err ignored = SP_ERR_INIT;
    char *code = sp_strdup(why->code), *message = sp_strdup(why->message);
    const struct sp_wire_fail fail = {.code = code, .message = message};
    sp_channel_send(channel, sp_wire_fail_to_json(&fail), NULL, 0, &ignored);
    free(code);
    free(message);
}

static int say_hello(struct sp_channel *channel, const struct sp_sandbox *sandbox,
                     struct sp_err *err)
{
    json_t *hello = json_pack("{s:s, s:i, s:o, s:o}", "type", "hello", "abi", (int)SIGNPOST_ABI,
                              "sandbox", sp_strings_to_json(&sandbox->applied), "missing",
                              sp_strings_to_json(&sandbox->missing));
    return sp_channel_send(channel, hello, NULL, 0, err);
}

static int say_description(struct sp_channel *channel, const struct sp_loaded *loaded,
                           struct sp_err *err)
{
    json_t *frame = json_pack("{s:s, s:o}", "type", "description", "description",
                              sp_description_to_json(&loaded->description));
    return sp_channel_send(channel, frame, NULL, 0, err);
}

/* Waits for a frame of this type: 1, 0 at the end of the conversation, -1 and ERR. */
static int receive(struct sp_channel *channel, const char *type, struct sp_frame *ret_frame,
                   struct sp_err *err)
{
    int result = sp_channel_receive(channel, ret_frame, err);
    if (result <= 0 || strcmp(sp_wire_type(ret_frame->meta), type) == 0)
        return result;
    sp_err_set(err, SP_ERR_PLUGIN, "bad-frame", "the engine sent \"%.32s\" instead of \"%s\"",
               sp_wire_type(ret_frame->meta), type);
    sp_frame_fini(ret_frame);
    return -1;
}

/* 1 when the plugin is there, 0 when the engine hung up instead of asking for it. */
static int load(struct sp_channel *channel, struct sp_sandbox *sandbox,
                struct sp_loaded *ret_loaded, struct sp_err *err)
{
    struct sp_frame frame;
    int result = receive(channel, "load", &frame, err);
    if (result <= 0)
        return result;
    sp_frame_fini(&frame);
    if (sp_loaded_open(ret_loaded, SP_WORKER_PLUGIN_FD, err))
        return -1;
    close(SP_WORKER_PLUGIN_FD);
    if (sp_sandbox_tighten(sandbox, err))
        return -1;
    return say_description(channel, ret_loaded, err) ? -1 : 1;
}

static int answer_calls(struct sp_channel *channel, const struct sp_loaded *loaded,
                        struct sp_err *err)
{
    struct sp_frame frame;
    int result;
    while ((result = receive(channel, "call", &frame, err)) > 0) {
        struct sp_wire_call call = {.function = 0};
        int is_bad = sp_wire_call_from_json(frame.meta, &call, err) ||
                     sp_call_run(channel, loaded, &call, err);
        sp_wire_call_fini(&call);
        sp_frame_fini(&frame);
        if (is_bad)
            return -1;
    }
    return result;
}

static int converse(struct sp_channel *channel, struct sp_sandbox *sandbox, bool is_required,
                    struct sp_err *err)
{
    struct sp_loaded loaded = {.raw_plugin = NULL};
    int result = -1;
    if (sp_sandbox_enter(sandbox, is_required, err) == 0 && say_hello(channel, sandbox, err) == 0) {
        result = load(channel, sandbox, &loaded, err);
        if (result > 0)
            result = answer_calls(channel, &loaded, err);
    }
    sp_loaded_fini(&loaded);
    return result;
}

int sp_serve(bool is_required, struct sp_err *err)
{
    struct sp_channel channel;
    struct sp_sandbox sandbox = {.has_filter = false};
    sp_channel_init(&channel, SP_WORKER_SOCKET_FD);
    int result = converse(&channel, &sandbox, is_required, err);
    if (result)
        tell_failure(&channel, err);
    sp_sandbox_fini(&sandbox);
    sp_channel_fini(&channel);
    return result;
}
