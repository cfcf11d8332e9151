#include "cli/follow_up.h"

#include "base/limits.h"
#include "cli/clock.h"
#include "cli/next.h"

static bool is_remembered(struct sp_ledger *ledger, const struct sp_set_list *sets, size_t place)
{
    struct sp_ledger_entry entry = {0};
    struct sp_err ignored = SP_ERR_INIT;
    bool is_found = false;
    struct sp_name domain = sp_set_list_domain(sets, place);
    if (sp_ledger_get(ledger, &domain, &entry, &is_found, &ignored) < 0 || !is_found)
        return false;
    struct sp_record_set set = sp_set_list_get(sets, place);
    bool is_same = !entry.is_withdrawn && sp_record_set_covers(&entry.set, &set);
    sp_record_set_fini(&set);
    sp_ledger_entry_fini(&entry);
    return is_same;
}

/* Records that only this command line knew must be given again. */
static bool must_repeat_records(const struct sp_session *session, const struct sp_input *input,
                                const struct sp_name *domains, size_t n)
{
    if (!input || input->source == SP_INPUT_LEDGER || n > SP_NEXT_DOMAINS)
        return false;
    if (!session->ledger || !sp_ledger_is_kept(session->ledger))
        return true;
    for (size_t i = 0; i < n; i++)
        for (size_t place = 0; place < input->sets.n; place++) {
            struct sp_name domain = sp_set_list_domain(&input->sets, place);
            if (sp_name_equal(&domain, &domains[i]) &&
                !is_remembered(session->ledger, &input->sets, place))
                return true;
        }
    return false;
}

static void set_domains(struct sp_next *next, const struct sp_name *domains, size_t n)
{
    next->domains = domains;
    next->n_domains = n;
}

static void put_records_next(struct sp_session *session, const struct sp_input *input,
                             struct sp_buf *out)
{
    struct sp_next next = {.command = "publish",
                           .command_bit = SP_COMMAND_PUBLISH,
                           .has_records = true,
                           .has_write = true};
    SP_ARRAY(struct sp_name) domains = {0};
    for (size_t i = 0; i < input->sets.n; i++)
        *sp_array_push(&domains) = sp_set_list_domain(&input->sets, i);
    set_domains(&next, domains.items, domains.n);
    if (input->source != SP_INPUT_LEDGER && domains.n <= SP_NEXT_DOMAINS)
        sp_next_put(out, session->options, &next);
    sp_array_free(&domains);
}

/* What was interrupted before it was remembered, or while it was taken back, is not yet there to be
 * verified. */
static bool must_run_again(const struct sp_session *session, enum sp_command_bit bit,
                           const struct sp_input *input)
{
    const struct sp_output *output = &session->output;
    if (!sp_loop_is_interrupted(session->loop))
        return false;
    return bit == SP_COMMAND_UNPUBLISH ||
           (bit == SP_COMMAND_PUBLISH &&
            must_repeat_records(session, input, output->open.items, output->open.n));
}

/* Many domains are gone on with by the time of their looks: those since the run began are left out.
 */
static bool is_rest_known(const struct sp_session *session, enum sp_command_bit bit)
{
    return bit == SP_COMMAND_VERIFY && sp_loop_is_interrupted(session->loop) &&
           session->output.open.n > SP_NEXT_DOMAINS && session->options->arguments.n == 0 &&
           session->ledger && sp_ledger_is_kept(session->ledger);
}

static void put_rest(struct sp_session *session, struct sp_buf *out)
{
    uint64_t ran_ms = sp_monotonic_ms() - session->output.started_ms;
    struct sp_buf extra = SP_BUF_INIT(64);
    sp_buf_printf(&extra, "%s--older ", session->options->is_all ? "--all " : "");
    sp_clock_put_utc(&extra, sp_wall_s() - (int64_t)((ran_ms + 999) / 1000));
    const struct sp_next next = {.command = "verify",
                                 .command_bit = SP_COMMAND_VERIFY,
                                 .extra = sp_buf_str(&extra),
                                 .has_records = !session->options->is_all,
                                 .has_write = true};
    sp_next_put(out, session->options, &next);
    sp_buf_fini(&extra);
}

static void put_next(struct sp_session *session, const char *name, enum sp_command_bit bit,
                     const struct sp_input *input, struct sp_buf *out)
{
    const struct sp_output *output = &session->output;
    struct sp_next next = {0};
    if (bit == SP_COMMAND_RECORDS) {
        put_records_next(session, input, out);
        return;
    }
    if (is_rest_known(session, bit)) {
        put_rest(session, out);
        return;
    }
    if (output->planned.n) {
        next.command = name;
        next.command_bit = bit;
        next.has_records = next.has_write = true;
        set_domains(&next, output->planned.items, output->planned.n);
    } else if (output->open.n && must_run_again(session, bit, input)) {
        next.command = name;
        next.command_bit = bit;
        next.has_records = next.has_write = true;
        set_domains(&next, output->open.items, output->open.n);
    } else if (output->open.n) {
        next.has_records = must_repeat_records(session, input, output->open.items, output->open.n);
        next.command = "verify";
        next.command_bit = SP_COMMAND_VERIFY;
        next.extra = output->may_come ? "--wait" : NULL;
        set_domains(&next, output->open.items, output->open.n);
    } else if (output->settled.n && bit != SP_COMMAND_STATUS && session->ledger &&
               sp_ledger_is_kept(session->ledger)) {
        next.command = "status";
        next.command_bit = SP_COMMAND_STATUS;
        set_domains(&next, output->settled.items, output->settled.n);
    } else {
        return;
    }
    /* What was pasted cannot be repeated. */
    if (next.n_domains <= SP_NEXT_DOMAINS &&
        !(next.has_records && input && input->source == SP_INPUT_PASTED))
        sp_next_put(out, session->options, &next);
}

int sp_follow_up(struct sp_session *session, const char *name, enum sp_command_bit bit,
                 const struct sp_input *input)
{
    struct sp_buf next = SP_BUF_INIT(SP_FILE_MAX);
    if (sp_loop_is_interrupted(session->loop))
        session->output.totals.exit_code = 130;
    if (input)
        sp_output_sort(&session->output, &input->sets);
    put_next(session, name, bit, input, &next);
    int exit_code = sp_output_end(&session->output, sp_buf_str(&next));
    sp_buf_fini(&next);
    return exit_code;
}
