#include "base/err.h"

#include <stdarg.h>

int sp_err_set(struct sp_err *err, enum sp_err_kind kind, const char *code, const char *format, ...)
{
    va_list args;
    err->kind = kind;
    snprintf(err->code, sizeof(err->code), "%s", code);
    va_start(args, format);
    vsnprintf(err->message, sizeof(err->message), format, args);
    va_end(args);
    err->fix[0] = '\0';
    return -1;
}

int sp_err_fix(struct sp_err *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(err->fix, sizeof(err->fix), format, args);
    va_end(args);
    return -1;
}

int sp_err_prefix(struct sp_err *err, const char *format, ...)
{
    char prefix[256], message[sizeof(err->message)];
    va_list args;
    va_start(args, format);
    vsnprintf(prefix, sizeof(prefix), format, args);
    va_end(args);
    memcpy(message, err->message, sizeof(message));
    snprintf(err->message, sizeof(err->message), "%s: %.*s", prefix,
             (int)(sizeof(message) - sizeof(prefix) - 3), message);
    return -1;
}

void sp_err_clear(struct sp_err *err)
{
    *err = (struct sp_err)SP_ERR_INIT;
}

const char *sp_err_kind_name(enum sp_err_kind kind)
{
    switch (kind) {
    case SP_ERR_NONE:
        return "none";
    case SP_ERR_INTERNAL:
        return "internal";
    case SP_ERR_USAGE:
        return "usage";
    case SP_ERR_DNS:
        return "dns";
    case SP_ERR_REFUSED:
        return "refused";
    case SP_ERR_CREDENTIALS:
        return "credentials";
    case SP_ERR_PROVIDER:
        return "provider";
    case SP_ERR_PLUGIN:
        return "plugin";
    case SP_ERR_CANCELLED:
        return "cancelled";
    }
    return "internal";
}
