/*
 * One request of a plugin, from the gate's yes to its answer: URL, pace, credential, attempts, and
 * what of the answer a plugin may see.
 */
#ifndef SP_BROKER_EXCHANGE_H
#define SP_BROKER_EXCHANGE_H

#include "broker/credentials.h"
#include "http/http.h"
#include "http/pace.h"
#include "http/retry.h"
#include "plugin/wire.h"

/* Why nothing is sent for a while. */
enum sp_wait {
    SP_WAIT_ASKED,  /* the provider wants it so */
    SP_WAIT_UNWELL, /* the provider does not work right now */
    SP_WAIT_LIMIT,  /* its limit on requests is used up */
};
typedef void (*sp_wait_fn)(void *arg, uint64_t wait_ms, enum sp_wait why);

/* What all requests of one provider share. */
struct sp_outlet {
    struct sp_loop *loop;
    struct sp_http *http;
    const struct sp_description *description;
    const struct sp_credentials *credentials;
    sp_strings bases;                /* per origin its base URL, checked by sp_url_check_base() */
    struct sp_pace pace;             /* of all operations but those with a limit of their own, */
    struct sp_pace *operation_paces; /* one for each operation; NULL: none has */
    unsigned n_sent;                 /* attempts that reached the provider */
    sp_wait_fn on_wait;              /* told of waits of a second and more; or NULL */
    void *on_wait_arg;
    int64_t clock_skew_s; /* what to add to our clock for a signature; 0 until one was refused */
};

/* Starts the paces; DESCRIPTION is set. */
void sp_outlet_start(struct sp_outlet *outlet);
/* Frees the bases and the paces. */
void sp_outlet_fini(struct sp_outlet *outlet);

struct sp_exchange;

/* What became of it. Lives during the callback. */
struct sp_exchanged {
    struct sp_wire_answer answer;
    const char *body;
    size_t body_len;
    bool is_lost;      /* an attempt was sent and not answered: its effect is unknown */
    bool was_repeated; /* there was more than one attempt */
};
typedef void (*sp_exchanged_fn)(void *arg, const struct sp_exchanged *exchanged);

/* Starts it; OPERATION allows REQUEST, whose contents are moved in. FN comes once, from the loop,
 * and the exchange is gone when it comes. NULL and ERR (plugin, "request-refused") when no URL can
 * be made of it. */
struct sp_exchange *sp_exchange_new(struct sp_outlet *outlet, const struct sp_operation *operation,
                                    struct sp_wire_request *request, sp_exchanged_fn fn, void *arg,
                                    struct sp_err *err);
/* Tells on_wait, if it is long enough for people to wonder. */
void sp_outlet_tell_wait(const struct sp_outlet *outlet, uint64_t wait_ms, enum sp_wait why);
/* Ends a wait before the next attempt, or before the first: FN comes from inside, with an answer as
 * after the last attempt. Does nothing while one is under way. */
void sp_exchange_hurry(struct sp_exchange *exchange);
void sp_exchange_free(struct sp_exchange *exchange); /* cancels; accepts NULL */

#endif
