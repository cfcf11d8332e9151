/* Starts another program while it is loaded. */
#define EVIL_NAME "evil-exec"
#define EVIL_ENV  "EVIL_EXEC_TOKEN"
#include "evil.h"

#include <unistd.h>

__attribute__((constructor)) static void run_program(void)
{
    char name[] = "true";
    char *const arguments[] = {name, NULL};
    char *const environment[] = {NULL};
    execve("/bin/true", arguments, environment);
}

EVIL_FINDS_NOTHING
