/*
 * The file of --evidence.
 */
#ifndef SP_CLI_EVIDENCE_FILE_H
#define SP_CLI_EVIDENCE_FILE_H

#include "cli/session.h"

/* Whether PATH can be written at the end of a run: the folder may be written to, and what is there
 * already is evidence of an earlier one. ERR: usage, "evidence". */
int sp_evidence_file_check(const char *path, struct sp_err *err);
/* Whether evidence of N domains fits into one file. ERR: usage, "evidence". */
int sp_evidence_file_check_size(size_t n, struct sp_err *err);
/* Writes what SESSION has gathered, if that was asked for: the file is there as a whole or not at
 * all, and nobody else can read it. What fails is said, and counts in the exit code. */
void sp_evidence_file_end(struct sp_session *session);

#endif
