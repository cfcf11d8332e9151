/*
 * Services at which domains are parked: their name servers answer for every domain that is pointed
 * at them, and serve nothing that was entered anywhere else.
 */
#ifndef SP_VERIFY_PARKING_H
#define SP_VERIFY_PARKING_H

#include "dns/delegation.h"

/* The service to which every name server of DELEGATION belongs ("Sedo"), or NULL. Told by the names
 * of the servers alone. A static string. */
const char *sp_parking_of(const struct sp_delegation *delegation);

#endif
