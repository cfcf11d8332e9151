/*
 * The names of one call, as names: those that are wanted, and the zone whose records are reported.
 * Plugins hold texts in their provider's convention; what has to be known about them as names is
 * found out here.
 */
#ifndef SP_WORKER_CALL_NAMES_H
#define SP_WORKER_CALL_NAMES_H

#include "plugin/wire.h"

struct sp_call_names {
    const struct sp_convention *convention; /* borrowed */
    struct sp_name zone;                    /* unset: records lie in none */
    SP_ARRAY(struct sp_name) wanted;        /* in sp_name_order() */
};

/* Reads the wanted names of WIRE: of zones in a find_zones call, of hosts in a list_records call.
 */
void sp_call_names_init(struct sp_call_names *names, const struct sp_convention *convention,
                        const struct sp_wire_call *wire);
void sp_call_names_fini(struct sp_call_names *names);
/* From now on records are those of ZONE; NULL, or what is no name: of none. */
void sp_call_names_enter(struct sp_call_names *names, const char *zone);
/* Whether HOST, in that zone, is one of the wanted names. One with letters outside ASCII may be:
 * the engine can tell. */
bool sp_call_names_may_want(const struct sp_call_names *names, const char *host);
/* signpost_name_order() and signpost_name_is_below(); NULL is no name. */
int sp_call_names_order(const struct sp_call_names *names, const char *a, const char *b);
bool sp_call_names_is_below(const struct sp_call_names *names, const char *name, const char *zone);

#endif
