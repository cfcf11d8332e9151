#include "cli/ask.h"

#include <signal.h>

#include "base/text.h"

static volatile sig_atomic_t pending_signal;

static void on_signal(int number)
{
    pending_signal = number;
}

bool sp_ask_yes(const char *question)
{
    /* The loop's handlers restart a read, and the loop stands still meanwhile: without these a
     * Ctrl-C would wait for the answer. */
    struct sigaction ours = {.sa_handler = on_signal}, interrupt, terminate;
    char line[64] = "";
    pending_signal = 0;
    sigaction(SIGINT, &ours, &interrupt);
    sigaction(SIGTERM, &ours, &terminate);
    fprintf(stderr, "%s [y/N] ", question);
    fflush(stderr);
    if (!fgets(line, sizeof(line), stdin)) {
        line[0] = '\0';
        clearerr(stdin);
        fputc('\n', stderr);
    }
    sigaction(SIGINT, &interrupt, NULL);
    sigaction(SIGTERM, &terminate, NULL);
    if (pending_signal) {
        raise(pending_signal);
        return false;
    }
    line[strcspn(line, "\r\n")] = '\0';
    return sp_ascii_equal(line, "y") || sp_ascii_equal(line, "yes");
}
