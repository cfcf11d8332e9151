/*
 * What a plugin's typed error means to the engine: kind, code, sentence and fix.
 */
#ifndef SP_BROKER_FAILURE_H
#define SP_BROKER_FAILURE_H

#include "broker/exchange.h"

/* Fills ERR from a fail frame of a call to OUTLET's plugin. ENGINE_SENTENCE is what the engine
 * knows of the last request that failed, or "": it stands in where the plugin gives no sentence of
 * its own. A code that is no plugin's is the worker's: ERR (plugin) has it as it is. */
void sp_failure_explain(const struct sp_outlet *outlet, const struct sp_wire_fail *fail,
                        const char *engine_sentence, struct sp_err *err);
/* The same for a fail frame before the first call: "SUBJECT cannot be used: ...". */
void sp_failure_explain_load(const char *subject, const struct sp_wire_fail *fail,
                             struct sp_err *err);

#endif
