/*
 * What a third-party plugin may not claim: names, variables and name-server suffixes that lead to a
 * credential which is not its own. What is signpost's stays reserved when an installed plugin is
 * damaged or missing, which is when a stranger could step in for it.
 */
#ifndef SP_BROKER_RESERVATION_H
#define SP_BROKER_RESERVATION_H

#include "plugin/description.h"

/* The words that signpost uses itself and no plugin at all may have as its name. */
bool sp_reservation_is_word(const char *name);

/*
 * Whether a plugin that is not of the installation may be as DESCRIPTION says. -1 and ERR (plugin,
 * "plugin-reserved"), which names PATH, the claim and what to do: its name, or the beginning of a
 * variable, is kept for the installation's plugins, or a variable does not start with the plugin's
 * own name. It does not matter which plugins are installed.
 */
int sp_reservation_check(const struct sp_description *description, const char *path,
                         struct sp_err *err);
/* The same beside INSTALLED, a plugin of the installation: its name, variables and suffixes. When
 * it could not be described, only its name is there, and what begins with that is taken to be its
 * own. */
int sp_reservation_check_beside(const struct sp_description *description, const char *path,
                                const struct sp_description *installed, struct sp_err *err);
/* Fills ERR: WHAT ("its name") of this plugin belongs to OWNER; returns -1. */
int sp_reservation_refuse(const struct sp_description *description, const char *path,
                          const char *what, const char *owner, struct sp_err *err);

#endif
