#include "cli/ask.h"

#include <signal.h>

#include "base/limits.h"
#include "base/text.h"

static volatile sig_atomic_t pending_signal;

static void on_signal(int number)
{
    pending_signal = number;
}

/* The loop's handlers restart a read, and the loop stands still meanwhile: without handlers of our
 * own a Ctrl-C would wait for the answer. */
struct handlers {
    struct sigaction interrupt, terminate;
};

static void take_signals(struct handlers *before)
{
    struct sigaction ours = {.sa_handler = on_signal};
    pending_signal = 0;
    sigaction(SIGINT, &ours, &before->interrupt);
    sigaction(SIGTERM, &ours, &before->terminate);
}

static void give_signals_back(const struct handlers *before)
{
    sigaction(SIGINT, &before->interrupt, NULL);
    sigaction(SIGTERM, &before->terminate, NULL);
}

/* A line without its end; false at the end of the input and after a signal. */
static bool read_line(char *line, int size)
{
    if (!fgets(line, size, stdin)) {
        clearerr(stdin);
        fputc('\n', stderr);
        return false;
    }
    line[strcspn(line, "\r\n")] = '\0';
    return true;
}

enum sp_answer sp_ask_yes(const char *question)
{
    struct handlers before;
    char line[64];
    take_signals(&before);
    fprintf(stderr, "%s [y/N] ", question);
    fflush(stderr);
    bool is_answered = read_line(line, sizeof(line));
    give_signals_back(&before);
    if (pending_signal) {
        raise(pending_signal);
        return SP_ANSWER_NO;
    }
    if (!is_answered)
        return SP_ANSWER_NONE;
    return sp_ascii_equal(line, "y") || sp_ascii_equal(line, "yes") ? SP_ANSWER_YES : SP_ANSWER_NO;
}

int sp_ask_lines(const char *prompt, struct sp_buf *ret_text, struct sp_err *err)
{
    struct handlers before;
    char line[SP_TEXT_MAX];
    take_signals(&before);
    fprintf(stderr, "%s\n", prompt);
    while (read_line(line, sizeof(line))) {
        bool is_empty = line[strspn(line, " \t")] == '\0';
        if (is_empty && ret_text->len)
            break;
        if (!is_empty) {
            sp_buf_puts(ret_text, line);
            sp_buf_putc(ret_text, '\n');
        }
    }
    give_signals_back(&before);
    if (pending_signal)
        return sp_err_set(err, SP_ERR_CANCELLED, "interrupted", "interrupted; nothing was changed");
    return 0;
}
