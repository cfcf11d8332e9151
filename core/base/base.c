#include "base/base.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/random.h>

static void SP_NORETURN die(const char *what)
{
    fprintf(stderr, "signpost: %s\n", what);
    abort();
}

void *sp_alloc(size_t n, size_t item_size)
{
    void *memory = calloc(n ? n : 1, item_size ? item_size : 1);
    if (!memory)
        die("out of memory");
    return memory;
}

void *sp_resize(void *memory, size_t n, size_t item_size)
{
    void *grown = reallocarray(memory, n ? n : 1, item_size ? item_size : 1);
    if (!grown)
        die("out of memory");
    return grown;
}

char *sp_strdup(const char *s)
{
    return s ? sp_memdup(s, strlen(s) + 1) : NULL;
}

char *sp_strndup(const char *s, size_t len)
{
    len = strnlen(s, len);
    char *copy = sp_alloc(len + 1, 1);
    memcpy(copy, s, len);
    return copy;
}

void *sp_memdup(const void *bytes, size_t len)
{
    void *copy = sp_alloc(len, 1);
    if (len)
        memcpy(copy, bytes, len);
    return copy;
}

char *sp_asprintf(const char *format, ...)
{
    va_list args;
    char *text = NULL;
    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        die("out of memory");
    va_end(args);
    return text;
}

void sp_random(void *ret_bytes, size_t len)
{
    char *at = ret_bytes;
    while (len) {
        ssize_t got = getrandom(at, len, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            die("the kernel gives no random bytes");
        at += got;
        len -= (size_t)got;
    }
}

uint32_t sp_random_below(uint32_t below)
{
    uint32_t limit = UINT32_MAX - UINT32_MAX % below, drawn;
    do
        sp_random(&drawn, sizeof(drawn));
    while (drawn >= limit);
    return drawn % below;
}

uint64_t sp_monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int64_t sp_wall_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec;
}

uint64_t sp_wall_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}
