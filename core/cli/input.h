/*
 * Which records a command is about: the domains of the command line joined with given, generated,
 * remembered or pasted records.
 */
#ifndef SP_CLI_INPUT_H
#define SP_CLI_INPUT_H

#include "cli/session.h"
#include "records/import.h"

enum sp_input_source {
    SP_INPUT_GENERATED, /* --set platform= */
    SP_INPUT_GIVEN,     /* --record, --records */
    SP_INPUT_LEDGER,
    SP_INPUT_PASTED,
};

struct sp_input {
    struct sp_set_list sets;            /* one a domain */
    SP_ARRAY(struct sp_name) withdrawn; /* asked for, known, and taken back already */
    size_t n_left_out;                  /* by --older */
    enum sp_input_source source;
    enum sp_import_hosts hosts; /* how given hosts were written */
    SP_ARRAY(struct sp_import_reading) readings;
};

/* What to do when the command line says nothing about records. */
enum sp_input_fallback {
    SP_INPUT_FROM_LEDGER,
    SP_INPUT_TO_WITHDRAW, /* the ledger, where what was taken back is no error */
    SP_INPUT_FROM_PASTE,
};

/*
 * Checks everything before anything is done. ERR: usage: not a domain, bad records, no records
 * known (then both roles are explained); internal (the ledger). Opens the ledger when it is needed.
 */
int sp_input_read(struct sp_session *session, enum sp_input_fallback fallback,
                  struct sp_input *ret_input, struct sp_err *err);
void sp_input_fini(struct sp_input *input);
/* Says on stderr that hosts were read as prefixes, if they were. */
void sp_input_note_hosts(const struct sp_input *input, struct sp_output *output);

#endif
