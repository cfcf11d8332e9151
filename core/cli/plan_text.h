/*
 * Changes as lines for people: "+ CREATE CNAME sk48601.example.com -> u1.mailer.example".
 */
#ifndef SP_CLI_PLAN_TEXT_H
#define SP_CLI_PLAN_TEXT_H

#include "publish/result.h"

/* One line a change, each indented by two blanks. Foreign text is escaped. */
void sp_plan_text_lines(struct sp_buf *out, const struct sp_result *result, bool has_color);
/* "3 to create, 0 to change, 0 to remove, 1 kept", or in the past when something was written;
 * refused and failed ones are named only when there are any. No line end. */
void sp_plan_text_count(struct sp_buf *out, const struct sp_result *result);
/* Whether a change was refused, failed, was rolled back, or has an unknown outcome. */
bool sp_plan_text_has_trouble(const struct sp_result *result);

#endif
