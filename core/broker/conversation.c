#include "broker/conversation.h"

#include "base/limits.h"
#include "base/text.h"
#include "broker/failure.h"

enum state {
    AWAIT_HELLO,
    AWAIT_DESCRIPTION,
    IDLE,
    CALLING,
    ENDED,
};

struct sp_conversation {
    enum state state;
    struct sp_loop *loop;
    struct sp_worker *worker;
    char *subject;
    struct sp_greeting greeting;
    sp_greeted_fn on_greeted;
    void *greeted_arg;
    /* the call under way */
    struct sp_outlet *outlet;
    struct sp_gate gate;
    struct sp_called called;
    sp_called_fn on_called;
    void *called_arg;
    struct sp_exchange *exchange;
    const struct sp_operation *operation; /* of the exchange */
    size_t n_requests;
    unsigned call_ms;        /* of its own that a call may take */
    unsigned own_ms;         /* what is left of that */
    uint64_t thinking_since; /* the worker, when `overrun` is set */
    struct sp_timer *overrun;
    bool has_mutated;      /* a mutating request of this call may have reached the provider */
    char *engine_sentence; /* of the last exchange that failed */
};

static void greeting_fini(struct sp_greeting *greeting)
{
    sp_description_fini(&greeting->description);
    sp_strings_free(&greeting->sandbox);
    sp_strings_free(&greeting->missing);
}

/* ---- endings: each calls the owner last, who may free the conversation --------------------------
 */

static void end_call(struct sp_conversation *conversation, const struct sp_err *err)
{
    struct sp_called called = conversation->called;
    sp_called_fn fn = conversation->on_called;
    conversation->called = (struct sp_called){.value = 0};
    conversation->on_called = NULL;
    fn(conversation->called_arg, &called, err);
    sp_called_fini(&called);
}

static bool is_breach(const struct sp_err *err)
{
    return strcmp(err->code, "plugin-bad-frame") == 0 || strcmp(err->code, "plugin-violation") == 0;
}

/* The worker is of no use any more. */
static void end(struct sp_conversation *conversation, const struct sp_err *err)
{
    enum state state = conversation->state;
    conversation->state = ENDED;
    sp_timer_stop(&conversation->overrun);
    sp_worker_free(conversation->worker);
    conversation->worker = NULL;
    if (conversation->exchange)
        conversation->has_mutated |= sp_operation_mutates(conversation->operation);
    sp_exchange_free(conversation->exchange);
    conversation->exchange = NULL;
    if (state == CALLING) {
        /* What a plugin that cannot be asked any more had sent is anybody's guess. */
        conversation->called.is_unknown |= conversation->has_mutated;
        if (is_breach(err))
            sp_called_distrust(&conversation->called);
        end_call(conversation, err);
    } else if (state == AWAIT_HELLO || state == AWAIT_DESCRIPTION) {
        conversation->on_greeted(conversation->greeted_arg, NULL, err);
    }
}

static void on_worker_end(void *arg, const struct sp_err *err)
{
    end(arg, err);
}

/* The worker said what it may not say: on_worker_end() follows, with the precise sentence. */
static void give_up(struct sp_conversation *conversation, const char *why)
{
    char predicate[512];
    bool is_call = conversation->state == CALLING;
    snprintf(predicate, sizeof(predicate), "broke the protocol while %s: %.300s",
             is_call ? sp_function_task(conversation->gate.function) : "being loaded", why);
    sp_worker_give_up(conversation->worker, "plugin-bad-frame", predicate);
}

/* ---- the worker's own time ----------------------------------------------------------------------
 */

static void on_overrun(void *arg)
{
    struct sp_conversation *conversation = arg;
    char predicate[160];
    conversation->overrun = NULL;
    snprintf(predicate, sizeof(predicate),
             "did not finish %s within %g s of its own and was stopped",
             sp_function_task(conversation->gate.function), conversation->call_ms / 1000.0);
    sp_worker_give_up(conversation->worker, "plugin-timeout", predicate);
}

/* It is the worker's turn: frames that keep coming do not lengthen the call. */
static void start_thinking(struct sp_conversation *conversation)
{
    conversation->thinking_since = sp_monotonic_ms();
    conversation->overrun =
        sp_timer_start(conversation->loop, conversation->own_ms, on_overrun, conversation);
    sp_worker_expect_within(conversation->worker, SP_PLUGIN_THINK_MS);
}

static void stop_thinking(struct sp_conversation *conversation)
{
    uint64_t used_ms = sp_monotonic_ms() - conversation->thinking_since;
    sp_timer_stop(&conversation->overrun);
    conversation->own_ms -=
        used_ms < conversation->own_ms ? (unsigned)used_ms : conversation->own_ms;
    sp_worker_expect_within(conversation->worker, 0);
}

/* ---- the greeting -------------------------------------------------------------------------------
 */

static int read_measures(const struct sp_json_reader *top, const char *key, sp_strings *ret)
{
    struct sp_json_reader array = sp_json_member(top, key);
    size_t n = sp_json_length(&array, SP_PLUGIN_LIST_MAX);
    for (size_t i = 0; i < n; i++) {
        struct sp_json_reader item = sp_json_item(&array, i);
        char *shown = sp_escaped(sp_json_string(&item, SP_PLUGIN_STRING_MAX));
        sp_strings_add(ret, shown);
        free(shown);
    }
    return sp_err_is_set(top->err) ? -1 : 0;
}

static void send_word(struct sp_conversation *conversation, const char *type)
{
    json_t *meta = json_pack("{s:s}", "type", type);
    sp_worker_send(conversation->worker, meta, NULL, 0);
    json_decref(meta);
}

static void take_hello(struct sp_conversation *conversation, json_t *meta)
{
    static const char *const keys[] = {"type", "abi", "sandbox", "missing", NULL};
    struct sp_err err = SP_ERR_INIT;
    struct sp_json_reader top = sp_json_reader_of(meta, "hello", &err);
    sp_json_only(&top, keys);
    struct sp_json_reader abi = sp_json_member(&top, "abi");
    (void)sp_json_integer(&abi, SIGNPOST_ABI, SIGNPOST_ABI);
    if (read_measures(&top, "sandbox", &conversation->greeting.sandbox) < 0 ||
        read_measures(&top, "missing", &conversation->greeting.missing) < 0) {
        give_up(conversation, err.message);
        return;
    }
    conversation->state = AWAIT_DESCRIPTION;
    sp_worker_expect_within(conversation->worker, SP_PLUGIN_START_MS);
    send_word(conversation, "load");
}

static void take_description(struct sp_conversation *conversation, json_t *meta)
{
    struct sp_err why = SP_ERR_INIT;
    if (sp_description_from_json(json_object_get(meta, "description"),
                                 &conversation->greeting.description, &why) < 0) {
        struct sp_err err = SP_ERR_INIT;
        sp_err_set(&err, SP_ERR_PLUGIN, why.code, "%s cannot be used: %.800s",
                   conversation->subject, why.message);
        sp_err_fix(&err, "this is for the plugin's author to put right: docs/writing-a-plugin.md "
                         "says how; without the file everything else works as before");
        end(conversation, &err);
        return;
    }
    conversation->state = IDLE;
    sp_worker_set_task(conversation->worker, NULL);
    sp_worker_expect_within(conversation->worker, 0);
    struct sp_greeting greeting = conversation->greeting;
    conversation->greeting = (struct sp_greeting){.sandbox.items = NULL};
    conversation->on_greeted(conversation->greeted_arg, &greeting, &why);
    greeting_fini(&greeting);
}

static void take_load_failure(struct sp_conversation *conversation, json_t *meta)
{
    struct sp_wire_fail fail;
    struct sp_err err = SP_ERR_INIT;
    if (sp_wire_fail_from_json(meta, &fail, &err) < 0) {
        give_up(conversation, err.message);
        return;
    }
    sp_failure_explain_load(conversation->subject, &fail, &err);
    sp_wire_fail_fini(&fail);
    end(conversation, &err);
}

/* ---- requests -----------------------------------------------------------------------------------
 */

static void on_exchanged(void *arg, const struct sp_exchanged *exchanged)
{
    struct sp_conversation *conversation = arg;
    bool is_mutation = sp_operation_mutates(conversation->operation);
    conversation->exchange = NULL;
    if (is_mutation) {
        conversation->has_mutated |= exchanged->answer.code == SIGNPOST_OK || exchanged->is_lost;
        conversation->called.is_unknown |= exchanged->is_lost;
        conversation->called.has_written |= exchanged->answer.status / 100 == 2;
    }
    conversation->called.has_repeated |= exchanged->was_repeated;
    if (exchanged->answer.message) {
        free(conversation->engine_sentence);
        conversation->engine_sentence = sp_escaped(exchanged->answer.message);
    }
    json_t *meta = sp_wire_answer_to_json(&exchanged->answer);
    start_thinking(conversation);
    sp_worker_send(conversation->worker, meta, exchanged->body, exchanged->body_len);
    json_decref(meta);
}

static void take_request(struct sp_conversation *conversation, struct sp_frame *frame)
{
    struct sp_wire_request request;
    struct sp_err err = SP_ERR_INIT;
    if (conversation->exchange) {
        give_up(conversation, "it sent a second request before the answer to the first");
        return;
    }
    if (++conversation->n_requests > SP_PLUGIN_REQUESTS_MAX) {
        give_up(conversation, "it sent more requests than one call may");
        return;
    }
    if (sp_wire_request_from_json(frame->meta, &request, &err) < 0) {
        give_up(conversation, err.message);
        return;
    }
    request.body = frame->body;
    request.body_len = frame->body_len;
    frame->body = NULL;
    conversation->operation = sp_gate_check(&conversation->gate, &request, &err);
    if (conversation->operation) {
        stop_thinking(conversation);
        conversation->exchange = sp_exchange_new(conversation->outlet, conversation->operation,
                                                 &request, on_exchanged, conversation, &err);
    }
    sp_wire_request_fini(&request);
    if (!conversation->exchange)
        end(conversation, &err);
}

/* ---- results ------------------------------------------------------------------------------------
 */

static void take_found(struct sp_conversation *conversation, const struct sp_frame *frame)
{
    struct sp_err err = SP_ERR_INIT;
    if (sp_called_take_found(&conversation->called, frame, &err) < 0)
        give_up(conversation, err.message);
    else
        sp_worker_expect_within(conversation->worker, SP_PLUGIN_THINK_MS);
}

static void take_applied(struct sp_conversation *conversation, json_t *meta)
{
    struct sp_err err = SP_ERR_INIT;
    if (sp_called_take_applied(&conversation->called, meta, &err) < 0)
        give_up(conversation, err.message);
    else
        sp_worker_expect_within(conversation->worker, SP_PLUGIN_THINK_MS);
}

static void rest(struct sp_conversation *conversation)
{
    conversation->state = IDLE;
    sp_worker_set_task(conversation->worker, NULL);
    stop_thinking(conversation);
}

static void take_done(struct sp_conversation *conversation, json_t *meta)
{
    const struct sp_err none = SP_ERR_INIT;
    json_t *value = json_object_get(meta, "value");
    if (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) > 1) {
        give_up(conversation, "it returned a value that does not exist");
        return;
    }
    sp_called_succeed(&conversation->called, (int)json_integer_value(value));
    rest(conversation);
    end_call(conversation, &none);
}

static void take_failure(struct sp_conversation *conversation, json_t *meta)
{
    struct sp_wire_fail fail;
    struct sp_err err = SP_ERR_INIT;
    if (sp_wire_fail_from_json(meta, &fail, &err) < 0) {
        give_up(conversation, err.message);
        return;
    }
    int code = sp_wire_code_parse(fail.code);
    conversation->called.code = code;
    conversation->called.retry_after_s = fail.retry_after_s;
    const char *sentence = conversation->engine_sentence;
    sp_failure_explain(conversation->outlet, &fail, sentence ? sentence : "", &err);
    sp_wire_fail_fini(&fail);
    /* The plugin could not read the answer to its write, or could not be trusted with it. */
    if (code == SIGNPOST_AMBIGUOUS || code == SIGNPOST_BAD_REPLY || code == SIGNPOST_OK)
        conversation->called.is_unknown |= conversation->has_mutated;
    rest(conversation);
    end_call(conversation, &err);
}

/* ---- frames -------------------------------------------------------------------------------------
 */

static void take_call_frame(struct sp_conversation *conversation, const char *type,
                            struct sp_frame *frame)
{
    if (strcmp(type, "http") == 0)
        take_request(conversation, frame);
    else if (conversation->exchange)
        give_up(conversation, "it went on while its request was under way");
    else if (strcmp(type, "found") == 0)
        take_found(conversation, frame);
    else if (strcmp(type, "applied") == 0)
        take_applied(conversation, frame->meta);
    else if (strcmp(type, "done") == 0)
        take_done(conversation, frame->meta);
    else if (strcmp(type, "fail") == 0)
        take_failure(conversation, frame->meta);
    else
        give_up(conversation, "it sent a frame that has no place in a call");
}

static void on_frame(void *arg, struct sp_frame *frame)
{
    struct sp_conversation *conversation = arg;
    const char *type = sp_wire_type(frame->meta);
    bool is_greeting =
        conversation->state == AWAIT_HELLO || conversation->state == AWAIT_DESCRIPTION;
    if (frame->body_len && strcmp(type, "http") != 0)
        give_up(conversation, "it sent a body where none belongs");
    else if (conversation->state == CALLING)
        take_call_frame(conversation, type, frame);
    else if (is_greeting && strcmp(type, "fail") == 0)
        take_load_failure(conversation, frame->meta);
    else if (conversation->state == AWAIT_HELLO && strcmp(type, "hello") == 0)
        take_hello(conversation, frame->meta);
    else if (conversation->state == AWAIT_DESCRIPTION && strcmp(type, "description") == 0)
        take_description(conversation, frame->meta);
    else
        give_up(conversation, "it spoke out of turn");
}

/* ---- for the owner ------------------------------------------------------------------------------
 */

struct sp_conversation *sp_conversation_new(struct sp_loop *loop,
                                            const struct sp_worker_config *config, sp_greeted_fn fn,
                                            void *arg, struct sp_err *err)
{
    static const struct sp_worker_events events = {.on_frame = on_frame, .on_end = on_worker_end};
    struct sp_conversation *conversation = sp_new(struct sp_conversation);
    conversation->loop = loop;
    conversation->call_ms = SP_PLUGIN_CALL_MS;
    conversation->subject = sp_strdup(config->subject);
    conversation->on_greeted = fn;
    conversation->greeted_arg = arg;
    conversation->worker = sp_worker_new(loop, config, &events, conversation, err);
    if (!conversation->worker) {
        sp_conversation_free(conversation);
        return NULL;
    }
    sp_worker_set_task(conversation->worker, "being loaded");
    sp_worker_expect_within(conversation->worker, SP_PLUGIN_START_MS);
    return conversation;
}

void sp_conversation_free(struct sp_conversation *conversation)
{
    if (!conversation)
        return;
    sp_timer_stop(&conversation->overrun);
    sp_worker_free(conversation->worker);
    sp_exchange_free(conversation->exchange);
    greeting_fini(&conversation->greeting);
    sp_called_fini(&conversation->called);
    free(conversation->engine_sentence);
    free(conversation->subject);
    free(conversation);
}

bool sp_conversation_is_alive(const struct sp_conversation *conversation)
{
    return conversation->state != ENDED;
}

void sp_conversation_limit(struct sp_conversation *conversation, unsigned call_ms)
{
    conversation->call_ms = call_ms;
}

static bool owns_header(const void *arg, const char *name)
{
    return sp_credentials_own_header(arg, name);
}

void sp_conversation_call(struct sp_conversation *conversation, struct sp_outlet *outlet,
                          const struct sp_wire_call *call, sp_called_fn fn, void *arg)
{
    conversation->state = CALLING;
    conversation->outlet = outlet;
    conversation->gate = (struct sp_gate){
        .description = outlet->description,
        .function = call->function,
        .is_dry_run = call->is_dry_run,
        .owns_header = owns_header,
        .owns_header_arg = outlet->credentials,
    };
    sp_called_init(&conversation->called, call->function, call->changes.n);
    conversation->on_called = fn;
    conversation->called_arg = arg;
    conversation->n_requests = 0;
    conversation->own_ms = conversation->call_ms;
    conversation->has_mutated = false;
    free(conversation->engine_sentence);
    conversation->engine_sentence = NULL;
    json_t *meta = sp_wire_call_to_json(call);
    sp_worker_set_task(conversation->worker, sp_function_task(call->function));
    start_thinking(conversation);
    sp_worker_send(conversation->worker, meta, NULL, 0);
    json_decref(meta);
}

void sp_conversation_hurry(struct sp_conversation *conversation)
{
    if (conversation->exchange)
        sp_exchange_hurry(conversation->exchange);
}
