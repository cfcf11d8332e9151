/*
 * What came of one domain, for people. The first line answers the question; then the records, what
 * is wrong with each and its fix; then warnings and what was changed. Foreign text is escaped.
 */
#ifndef SP_CLI_REPORT_TEXT_H
#define SP_CLI_REPORT_TEXT_H

#include "cli/terminal.h"
#include "publish/result.h"

struct sp_text_config {
    bool has_color;
    bool has_unicode; /* domains are shown in their own script as well */
    bool is_verbose;  /* every server, every change, counts */
    unsigned width;   /* columns; 0: no limit. Too narrow for the table: one block a record */
};

void sp_report_text(struct sp_buf *out, const struct sp_result *result,
                    const struct sp_text_config *config);
/* One line: the domain, in DOMAIN_WIDTH columns, its status and the message, cut where the terminal
 * ends. */
void sp_report_text_line(struct sp_buf *out, const struct sp_result *result, unsigned domain_width,
                         const struct sp_text_config *config);
/* Why the domain is in its status: on a line that ends, at WIDTH, the finding without the count. */
void sp_report_text_reason(struct sp_buf *out, const struct sp_result *result, unsigned width);
/* "signpost: example.com: MESSAGE" and "  fix: FIX"; DOMAIN may be NULL. For stderr. */
void sp_report_text_error(struct sp_buf *out, const struct sp_name *domain,
                          const struct sp_err *err, const struct sp_text_config *config);
/* The records as zone-file lines (RFC 1035, section 5.1), their states as comments. */
void sp_report_text_zone(struct sp_buf *out, const struct sp_result *result);
/* "Host / Points to" alone, aligned, indented by two blanks. */
void sp_report_text_table(struct sp_buf *out, const struct sp_result *result,
                          const struct sp_text_config *config);
/* The style in which a status is shown. */
enum sp_style sp_report_text_style(enum sp_status status);

#endif
