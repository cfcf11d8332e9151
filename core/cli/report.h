/*
 * The JSON report (docs and schemas/report.schema.json): what came of each domain, for programs.
 */
#ifndef SP_CLI_REPORT_H
#define SP_CLI_REPORT_H

#include "publish/result.h"

struct sp_report_totals {
    unsigned http_calls, dns_queries;
    uint64_t elapsed_ms;
    int exit_code;
};

/* One element of `domains`. The caller owns it. Foreign bytes become valid UTF-8. An error of a
 * kind that the report does not know (an internal fault, an interruption) becomes a warning. */
json_t *sp_report_domain(const struct sp_result *result);
/* The whole document; takes DOMAINS over. */
json_t *sp_report_document(json_t *domains, const struct sp_report_totals *totals);

#endif
