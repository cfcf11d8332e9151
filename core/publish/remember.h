/*
 * What a look at a domain found, for the ledger.
 */
#ifndef SP_PUBLISH_REMEMBER_H
#define SP_PUBLISH_REMEMBER_H

#include "ledger/ledger.h"
#include "publish/result.h"

/* Writes down the last verdict of RESULT. ERR: internal. */
int sp_result_remember(const struct sp_result *result, struct sp_ledger *ledger,
                       struct sp_err *err);

#endif
