/*
 * What one message tells a step of the walk. For delegation_walk.c alone.
 */
#ifndef SP_DNS_DELEGATION_WORD_H
#define SP_DNS_DELEGATION_WORD_H

#include "dns/delegation_walk.h"

/* Whether domains are registered right below ZONE: a top-level domain or a public suffix. */
bool sp_word_is_above_domains(const struct sp_name *zone);

/* What a server of step->zone says. */
enum sp_word sp_word_judge(struct sp_step *step, const struct sp_dns_message *message);
/*
 * The step's name does not exist, says SERVER, and there is a zone above it. Right below a public
 * suffix the domain is not registered, whereas mail.example.com need not exist before its records
 * are published. Without the list both would look alike; where a zone is cut it never decides.
 */
void sp_word_end_below_zone(struct sp_step *step, const struct sp_address *server);

/* A zone made of the resolver's answer, or NULL. A server that is no resolver but holds the parent
 * zone answers with a referral instead. */
struct sp_zone *sp_word_resolved_zone(struct sp_step *step, const struct sp_dns_message *message);
/* No zone is known yet, and the resolver's reply names none. */
void sp_word_fail_resolved(struct sp_step *step, const struct sp_dns_reply *reply);

#endif
