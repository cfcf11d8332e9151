/*
 * The ground everything stands on: compiler attributes, memory, and a few words that C lacks.
 *
 * Memory: allocation never returns NULL here. Every input is bounded (base/limits.h), so running
 * out means that the machine is broken, and the ledger survives a death at any instruction; an
 * error path that nobody can test would be worse than the abort. Release with free().
 */
#ifndef SP_BASE_BASE_H
#define SP_BASE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SP_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define SP_MUST_CHECK        __attribute__((warn_unused_result))
#define SP_NORETURN          __attribute__((noreturn))
#define SP_UNUSED            __attribute__((unused))

#define SP_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Zeroed memory for one TYPE. The caller owns it. */
#define sp_new(TYPE) ((TYPE *)sp_alloc(1, sizeof(TYPE)))

/* N zeroed items of ITEM_SIZE bytes; aborts on overflow and on exhaustion. The caller owns it. */
void *sp_alloc(size_t n, size_t item_size);
/* realloc() to N items of ITEM_SIZE bytes, same rules; bytes gained are not zeroed. */
void *sp_resize(void *memory, size_t n, size_t item_size);
/* Owned copies. sp_strdup(NULL) is NULL; sp_strndup copies at most LEN bytes. */
char *sp_strdup(const char *s);
char *sp_strndup(const char *s, size_t len);
void *sp_memdup(const void *bytes, size_t len);
/* An owned formatted string. */
char *sp_asprintf(const char *format, ...) SP_PRINTF(1, 2);

/* LEN bytes from the kernel's generator; aborts if it has none. */
void sp_random(void *ret_bytes, size_t len);
/* A uniform number in [0, below); BELOW must not be 0. */
uint32_t sp_random_below(uint32_t below);

/* Milliseconds of a clock that only goes forward. */
uint64_t sp_monotonic_ms(void);
/* Seconds since 1970 (UTC). */
int64_t sp_wall_s(void);
/* Milliseconds since 1970 (UTC). */
uint64_t sp_wall_ms(void);

#endif
