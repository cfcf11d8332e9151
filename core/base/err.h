/*
 * An error is a kind (for branching and for the exit code), a code (for programs), a message (what
 * happened, naming the thing and the cause) and a fix (what the reader does next). The callee fills
 * it only on failure; nothing below cli prints.
 *
 * Convention: a function that can fail returns 0 or -1 and takes `struct sp_err *err` last.
 */
#ifndef SP_BASE_ERR_H
#define SP_BASE_ERR_H

#include "base/base.h"

enum sp_err_kind {
    SP_ERR_NONE = 0,
    SP_ERR_INTERNAL,    /* exit 1 */
    SP_ERR_USAGE,       /* exit 2: usage, files, config */
    SP_ERR_DNS,         /* exit 3 or 4, as the verdict says */
    SP_ERR_REFUSED,     /* exit 5 */
    SP_ERR_CREDENTIALS, /* exit 6 */
    SP_ERR_PROVIDER,    /* exit 7 */
    SP_ERR_PLUGIN,      /* exit 8 */
    SP_ERR_CANCELLED,   /* exit 130 */
};

struct sp_err {
    enum sp_err_kind kind;
    char code[48];      /* kebab-case, stable: "zone-not-found" */
    char message[1024]; /* one sentence or two, no final newline */
    char fix[512];      /* what to do next; "" if there is nothing to say */
};

/* A cleared error to hand to a callee: `struct sp_err err = SP_ERR_INIT;` */
#define SP_ERR_INIT                                                                                \
    {                                                                                              \
        .kind = SP_ERR_NONE                                                                        \
    }

/* Fills ERR and returns -1, so that a failing function can end in `return sp_err_set(...)`. */
int sp_err_set(struct sp_err *err, enum sp_err_kind kind, const char *code, const char *format, ...)
    SP_PRINTF(4, 5);
/* Adds the fix to an error just set; returns -1 as well. */
int sp_err_fix(struct sp_err *err, const char *format, ...) SP_PRINTF(2, 3);
/* Puts "PREFIX: " before the message; returns -1. */
int sp_err_prefix(struct sp_err *err, const char *format, ...) SP_PRINTF(2, 3);
void sp_err_clear(struct sp_err *err);
static inline bool sp_err_is_set(const struct sp_err *err)
{
    return err->kind != SP_ERR_NONE;
}
/* The report's word for a kind: "credentials", "provider", "plugin", "refused", "dns"; others give
 * "internal", "usage" or "cancelled", which never reach a report. */
const char *sp_err_kind_name(enum sp_err_kind kind);

#endif
