#include "verify/parking.h"

/* Name servers that these services tell their customers to set, and use for nothing else. */
static const struct {
    const char *zone, *service;
} services[] = {
    {"sedoparking.com", "Sedo"},
    {"parkingcrew.net", "ParkingCrew"},
    {"afternic.com", "Afternic"},
};

static const char *service_of(const struct sp_name *server)
{
    for (size_t i = 0; i < SP_ARRAY_LEN(services); i++) {
        struct sp_name zone;
        struct sp_err err = SP_ERR_INIT;
        if (sp_name_parse(&zone, services[i].zone, &err) == 0 && sp_name_is_within(server, &zone))
            return services[i].service;
    }
    return NULL;
}

const char *sp_parking_of(const struct sp_delegation *delegation)
{
    const char *found = NULL;
    SP_ARRAY_FOREACH (&delegation->servers, server) {
        const char *service = service_of(&server->name);
        if (!service || (found && strcmp(found, service) != 0))
            return NULL;
        found = service;
    }
    return found;
}
