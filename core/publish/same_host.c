#include "publish/same_host.h"

#include "publish/errand.h"
#include "records/domain_index.h"

struct wish {
    const struct sp_record *record;
    const struct sp_errand *errand;
};
struct wishes {
    struct sp_domain_index by_host;
    SP_ARRAY(struct wish) list;
};

/* The wish of an errand before that RECORD contradicts, or NULL. */
static const struct wish *find_rival(const struct wishes *wishes, const struct sp_record *record)
{
    size_t number;
    if (!sp_domain_index_find(&wishes->by_host, &record->host, &number))
        return NULL;
    const struct wish *known = &wishes->list.items[number];
    return sp_name_equal(&known->record->target, &record->target) ? NULL : known;
}

static void add_wishes(struct wishes *wishes, const struct sp_errand *errand)
{
    SP_ARRAY_FOREACH (&errand->set->records, record) {
        sp_domain_index_add(&wishes->by_host, &record->host, wishes->list.n);
        *sp_array_push(&wishes->list) = (struct wish){record, errand};
    }
}

static void refuse(struct sp_errand *errand, const struct sp_record *record,
                   const struct wish *rival)
{
    struct sp_err err = SP_ERR_INIT;
    sp_err_set(&err, SP_ERR_REFUSED, "same-host-twice",
               "%s is to point to %s here, but to %s for %s in the same run",
               SP_NAME_STR(&record->host), SP_NAME_STR(&record->target),
               SP_NAME_STR(&rival->record->target), SP_NAME_STR(&rival->errand->set->domain));
    sp_err_fix(&err, "a host has one CNAME: leave one of the two records out");
    sp_errand_finish(errand, &err);
}

void sp_publication_refuse_same_hosts(struct sp_publication *publication)
{
    struct wishes wishes = {0};
    for (size_t i = 0; i < publication->n_errands; i++) {
        struct sp_errand *errand = &publication->errands[i];
        const struct sp_record *record = errand->set->records.items;
        const struct sp_record *end = record + errand->set->records.n;
        const struct wish *rival = NULL;
        while (record < end && !(rival = find_rival(&wishes, record)))
            record++;
        if (rival)
            refuse(errand, record, rival);
        else
            add_wishes(&wishes, errand);
    }
    sp_domain_index_fini(&wishes.by_host);
    sp_array_free(&wishes.list);
}
