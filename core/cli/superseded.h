/*
 * Targets that earlier runs replaced, out of the ledger: while caches and slow servers may still
 * hold one, seeing it is no error.
 */
#ifndef SP_CLI_SUPERSEDED_H
#define SP_CLI_SUPERSEDED_H

#include "ledger/ledger.h"
#include "verify/verdict.h"

typedef SP_ARRAY(struct sp_superseded) sp_superseded_list;

/* Appends what was replaced at DOMAIN's hosts. ERR: internal. */
int sp_superseded_read(struct sp_ledger *ledger, const struct sp_name *domain,
                       sp_superseded_list *ret_list, struct sp_err *err);

#endif
