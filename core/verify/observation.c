#include "verify/observation.h"

void sp_observation_fini(struct sp_observation *observation)
{
    SP_ARRAY_FOREACH (&observation->records, record)
        sp_array_free(&record->seen);
    sp_array_free(&observation->records);
}
