/*
 * Which name servers are a provider's: a suffix of host names in which a `*` may end a label,
 * "domaincontrol.com" or "awsdns-*.co.uk". Lower case, without final dot.
 */
#ifndef SP_NAMES_SERVER_PATTERN_H
#define SP_NAMES_SERVER_PATTERN_H

#include "names/name.h"

/* Labels of lower-case letters, digits, "-" and "_", of which each may have a `*` behind them. */
bool sp_server_pattern_is_valid(const char *pattern);
/* True when SERVER ends in labels that are like those of PATTERN, which is valid. */
bool sp_server_pattern_matches(const char *pattern, const struct sp_name *server);
/* True when there could be a server that both match. */
bool sp_server_patterns_meet(const char *a, const char *b);

#endif
