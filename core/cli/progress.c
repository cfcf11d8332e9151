#include "cli/progress.h"

#include "base/text.h"
#include "cli/wrap.h"

void sp_progress_init(struct sp_progress *progress, const struct sp_terminal *terminal, bool is_on)
{
    *progress = (struct sp_progress){.terminal = terminal, .is_on = is_on};
}

void sp_progress_fini(struct sp_progress *progress)
{
    sp_progress_clear(progress);
    free(progress->last);
    progress->last = NULL;
}

void sp_progress_clear(struct sp_progress *progress)
{
    if (progress->is_drawn)
        fputs("\r\033[K", stderr);
    progress->is_drawn = false;
}

static unsigned row_width(const struct sp_terminal *terminal)
{
    const unsigned interrupt = (unsigned)strlen("^C");
    return terminal->error_width > interrupt + 1 ? terminal->error_width - interrupt - 1 : 1;
}

/* Takes LINE. */
static void show(struct sp_progress *progress, struct sp_buf *line)
{
    bool is_there = progress->is_drawn || !progress->terminal->may_rewrite;
    if (is_there && progress->last && strcmp(progress->last, sp_buf_str(line)) == 0) {
        sp_buf_fini(line);
        return;
    }
    free(progress->last);
    progress->last = sp_buf_steal(line);
    if (progress->terminal->may_rewrite) {
        /* Cut to one row: a wrapped line could not be wiped. The terminal may add "^C" to it. */
        struct sp_buf row = SP_BUF_INIT(2 * SP_TEXT_MAX);
        sp_wrap_cut(&row, progress->last, row_width(progress->terminal));
        fprintf(stderr, "\r\033[K%s", sp_buf_str(&row));
        sp_buf_fini(&row);
        progress->is_drawn = true;
    } else {
        fprintf(stderr, "%s\n", progress->last);
    }
    fflush(stderr);
}

void sp_progress_say(struct sp_progress *progress, const struct sp_name *domain, const char *text)
{
    struct sp_buf line = SP_BUF_INIT(2 * SP_TEXT_MAX);
    if (!progress->is_on)
        return;
    if (progress->n_domains > 1)
        sp_buf_printf(&line, "[%zu/%zu] ", progress->n_decided, progress->n_domains);
    sp_put_domain(&line, domain, progress->terminal->has_unicode);
    sp_buf_puts(&line, ": ");
    sp_put_foreign(&line, text);
    show(progress, &line);
}

/* In the unit that people would use. */
static void put_left(struct sp_buf *out, uint64_t ms)
{
    uint64_t s = ms / 1000 + 1;
    sp_buf_printf(out, s < 100 ? "about %llu s left" : "about %llu min left",
                  (unsigned long long)(s < 100 ? s : (s + 30) / 60));
}

static void put_wait(struct sp_buf *out, size_t n_domains, uint64_t left_ms)
{
    unsigned long long s = left_ms / 1000;
    sp_buf_printf(out, "waiting for %zu domain%s, ", n_domains, n_domains == 1 ? "" : "s");
    if (s >= 60)
        sp_buf_printf(out, "%llu min ", s / 60);
    sp_buf_printf(out, "%llu s at most", s % 60);
}

void sp_progress_count(struct sp_progress *progress)
{
    uint64_t now_ms = sp_monotonic_ms();
    uint64_t gap_ms = progress->terminal->may_rewrite ? SP_PROGRESS_MS : SP_PROGRESS_LOG_MS;
    struct sp_buf line = SP_BUF_INIT(SP_TEXT_MAX);
    size_t n_left = progress->n_domains - progress->n_decided;
    bool is_wait = progress->wait_end_ms != 0;
    if (!progress->started_ms)
        progress->started_ms = progress->counted_ms = now_ms;
    if (!progress->is_on || (!progress->n_decided && !is_wait) ||
        now_ms - progress->counted_ms < gap_ms)
        return;
    progress->counted_ms = now_ms;
    sp_buf_printf(&line, "[%zu/%zu] ", progress->n_decided, progress->n_domains);
    if (is_wait)
        put_wait(&line, n_left,
                 now_ms < progress->wait_end_ms ? progress->wait_end_ms - now_ms : 0);
    else
        put_left(&line, (now_ms - progress->started_ms) * n_left / progress->n_decided);
    show(progress, &line);
}
