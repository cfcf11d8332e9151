/*
 * How a provider wants names written, and the two-way conversion: the one place in which a name
 * becomes a provider's text and a provider's text becomes a name. Everything is relative to the
 * ZONE that holds the record, never to the sender domain.
 */
#ifndef SP_NAMES_CONVENTION_H
#define SP_NAMES_CONVENTION_H

#include "names/name.h"

enum sp_host_style {
    SP_HOST_FQDN,     /* sk48601.example.com */
    SP_HOST_FQDN_DOT, /* sk48601.example.com. */
    SP_HOST_RELATIVE, /* sk48601, and the apex token for the zone itself */
};

enum sp_target_style {
    SP_TARGET_PLAIN, /* u1.mailer.example */
    SP_TARGET_DOT,   /* u1.mailer.example. */
};

struct sp_convention {
    enum sp_host_style host;
    enum sp_target_style target;
    /* What a relative host is at the zone's apex: "@" or "". On reading both are understood in
     * hosts, and "@" also in targets, where some providers mean the zone by it. */
    char apex[16];
    /* Escapes are octal (Route 53: `\052` is `*`), not decimal, in both directions. */
    bool octal_read;
};

/* HOST (within ZONE) as the provider wants it. ERR: internal, "host-outside-zone". */
int sp_convention_write_host(const struct sp_convention *convention, const struct sp_name *host,
                             const struct sp_name *zone, struct sp_buf *out, struct sp_err *err);
/* What the provider lists as a host of ZONE. Case, final dot and U-labels do not matter. In the
 * relative style a name that already ends in the zone is still relative (sk.example.com listed in
 * example.com is the doubled sk.example.com.example.com), unless it has a final dot. In the FQDN
 * styles a name outside ZONE fails: ERR usage, "host-outside-zone". */
int sp_convention_read_host(const struct sp_convention *convention, const char *text,
                            const struct sp_name *zone, struct sp_name *ret_host,
                            struct sp_err *err);
/* The same, for processes without libidn2. */
int sp_convention_read_host_as(const struct sp_convention *convention, const char *text,
                               const struct sp_name *zone, sp_label_encode_fn encode,
                               struct sp_name *ret_host, struct sp_err *err);
/* Targets are always whole names. Reading understands the apex token in the relative style. */
void sp_convention_write_target(const struct sp_convention *convention,
                                const struct sp_name *target, struct sp_buf *out);
int sp_convention_read_target(const struct sp_convention *convention, const char *text,
                              const struct sp_name *zone, struct sp_name *ret_target,
                              struct sp_err *err);
/* A zone's name: with final dot exactly in the FQDN_DOT style. Reading accepts U-labels and
 * escapes. */
void sp_convention_write_zone(const struct sp_convention *convention, const struct sp_name *zone,
                              struct sp_buf *out);
int sp_convention_read_zone(const struct sp_convention *convention, const char *text,
                            struct sp_name *ret_zone, struct sp_err *err);

/* "fqdn", "fqdn-dot", "relative" and back; -1 for another word. */
const char *sp_host_style_name(enum sp_host_style style);
int sp_host_style_parse(const char *word, enum sp_host_style *ret_style);

#endif
