/* Crashes while it is loaded. */
#define EVIL_NAME "evil-crash-constructor"
#define EVIL_ENV  "EVIL_CRASH_CONSTRUCTOR_TOKEN"
#include "evil.h"

static int *volatile nowhere;

__attribute__((constructor)) static void crash(void)
{
    *nowhere = 1;
}

EVIL_FINDS_NOTHING
