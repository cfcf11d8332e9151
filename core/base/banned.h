/*
 * Calls that fail the compile. Included before everything else in every translation unit of the
 * project (meson passes `-include base/banned.h`), so that no review has to look for them.
 *
 * The libc headers that declare these names come first: a later include must not see the macros.
 */
#ifndef SP_BASE_BANNED_H
#define SP_BASE_BANNED_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#ifndef __cplusplus

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define SP_BANNED(name) use_of_banned_function_##name

/* No bound on what they write. Use struct sp_buf. */
#undef strcpy
#define strcpy(...) SP_BANNED(strcpy)
#undef strcat
#define strcat(...) SP_BANNED(strcat)
#undef strncpy
#define strncpy(...) SP_BANNED(strncpy)
#undef strncat
#define strncat(...) SP_BANNED(strncat)
#undef stpcpy
#define stpcpy(...) SP_BANNED(stpcpy)
#undef sprintf
#define sprintf(...) SP_BANNED(sprintf)
#undef vsprintf
#define vsprintf(...) SP_BANNED(vsprintf)
#undef gets
#define gets(...) SP_BANNED(gets)

/* Hidden state shared between callers. */
#undef strtok
#define strtok(...) SP_BANNED(strtok)
#undef gmtime
#define gmtime(...) SP_BANNED(gmtime)
#undef localtime
#define localtime(...) SP_BANNED(localtime)
#undef ctime
#define ctime(...) SP_BANNED(ctime)
#undef asctime
#define asctime(...) SP_BANNED(asctime)

/* No way to tell an error from a value. Use sp_parse_u64(). */
#undef atoi
#define atoi(...) SP_BANNED(atoi)
#undef atol
#define atol(...) SP_BANNED(atol)
#undef atoll
#define atoll(...) SP_BANNED(atoll)
#undef sscanf
#define sscanf(...) SP_BANNED(sscanf)

/* Not for secrets, ids or jitter. Use sp_random(). */
#undef rand
#define rand(...) SP_BANNED(rand)
#undef srand
#define srand(...) SP_BANNED(srand)
#undef random
#define random(...) SP_BANNED(random)

/* A shell between us and the program. Use uv_spawn(). */
#undef system
#define system(...) SP_BANNED(system)
#undef popen
#define popen(...) SP_BANNED(popen)

/* Predictable names. Use mkstemp(). */
#undef tmpnam
#define tmpnam(...) SP_BANNED(tmpnam)
#undef mktemp
#define mktemp(...) SP_BANNED(mktemp)

/* The stack is not a heap. */
#undef alloca
#define alloca(...) SP_BANNED(alloca)

/* Obey the locale. Use sp_ascii_equal() and its kin from base/text.h. */
#undef strcasecmp
#define strcasecmp(...) SP_BANNED(strcasecmp)
#undef strncasecmp
#define strncasecmp(...) SP_BANNED(strncasecmp)

#endif /* __cplusplus */
#endif
