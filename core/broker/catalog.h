/*
 * The plugins that are there: found in the installation's directory and in --plugin-dir alone,
 * described each by a worker of its own, checked against what is reserved.
 */
#ifndef SP_BROKER_CATALOG_H
#define SP_BROKER_CATALOG_H

#include "base/loop.h"
#include "broker/configured.h"
#include "plugin/description.h"

struct sp_catalog_config {
    const char *worker_path;       /* the signpost-worker program */
    const char *installed_dir;     /* the installation's plugin directory */
    const char *const *extra_dirs; /* --plugin-dir, in order */
    size_t n_extra_dirs;
};

struct sp_plugin {
    char *path;                        /* of the shared object; owned */
    bool is_installed;                 /* found in the installation's directory */
    bool is_usable;                    /* described, and nothing reserved was claimed */
    struct sp_description description; /* when described; name may be there without is_usable */
    struct sp_err err;                 /* why not, otherwise */
    /* The measures its worker really applied, and those that were not possible. */
    sp_strings sandbox, missing;
    const sp_configured_secrets *configured; /* the operator's, set by whoever has it; or NULL */
};

struct sp_catalog {
    SP_ARRAY(struct sp_plugin *) plugins; /* by name; owned */
    struct sp_catalog_load *load;         /* while it is being filled */
    struct sp_catalog_config config;      /* borrowed */
};

typedef void (*sp_catalog_fn)(void *arg);

/*
 * Fills CATALOG and calls FN from the loop; a plugin that cannot be used is listed with its error,
 * and harms no other. Third-party plugins (--plugin-dir) may not take what broker/reservation.h
 * reserves, whether the installed plugin that it is reserved for is usable or not; approval by hash
 * (`signpost plugin trust`) will be asked for in the same place, may_be_used() of catalog.c. ERR at
 * once: usage, when a directory given with --plugin-dir cannot be read, or SIGNPOST_SANDBOX has a
 * bad value.
 */
int sp_catalog_load(struct sp_catalog *catalog, struct sp_loop *loop,
                    const struct sp_catalog_config *config, sp_catalog_fn fn, void *arg,
                    struct sp_err *err);
void sp_catalog_fini(struct sp_catalog *catalog);
/* By name: usable, or NULL and ERR (plugin): "plugin-not-found", or why it cannot be used. */
const struct sp_plugin *sp_catalog_find(const struct sp_catalog *catalog, const char *name,
                                        struct sp_err *err);
/* The usable plugin that recognises ALL of these name servers; *RET_BY: the index of the one that
 * tells. NULL: none. */
const struct sp_plugin *sp_catalog_recognise(const struct sp_catalog *catalog,
                                             const struct sp_name *const *name_servers, size_t n,
                                             size_t *ret_by);

#endif
