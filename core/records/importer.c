#include "records/importer.h"

#include "base/limits.h"
#include "base/text.h"
#include "names/suffix.h"
#include "records/dkim_key.h"

static void index_set(struct sp_importer *importer, size_t place)
{
    struct sp_name domain = sp_set_list_domain(&importer->import->sets, place);
    sp_domain_index_add(&importer->sets, &domain, place);
}

void sp_importer_init(struct sp_importer *importer, struct sp_import *import, const char *what,
                      const struct sp_name *domains, size_t n_domains)
{
    *importer = (struct sp_importer){.import = import, .what = what, .domains = domains};
    for (size_t i = 0; i < n_domains; i++)
        sp_domain_index_add(&importer->asked, &domains[i], i);
    for (size_t i = 0; i < import->sets.n; i++)
        index_set(importer, i);
}

/* Files have a domain's rows one after another as a rule. */
static void close_set(struct sp_importer *importer)
{
    if (!sp_name_is_set(&importer->open.domain))
        return;
    sp_set_list_replace(&importer->import->sets, importer->open_place, &importer->open);
    sp_record_set_fini(&importer->open);
}

void sp_importer_fini(struct sp_importer *importer)
{
    close_set(importer);
    sp_domain_index_fini(&importer->asked);
    sp_domain_index_fini(&importer->sets);
}

char *sp_import_quote(struct sp_span span)
{
    enum { SHOWN_MAX = 100 };
    struct sp_buf out = SP_BUF_INIT(SP_TEXT_MAX);
    sp_escape_terminal(&out, span.bytes, span.len < SHOWN_MAX ? span.len : SHOWN_MAX);
    if (span.len > SHOWN_MAX)
        sp_buf_puts(&out, "...");
    return sp_buf_steal(&out);
}

int sp_importer_check_domain(const struct sp_importer *importer, const struct sp_name *domain,
                             struct sp_err *err)
{
    size_t place;
    if (importer->asked.entries.n == 0 || sp_domain_index_find(&importer->asked, domain, &place))
        return 0;
    char more[48] = "";
    if (importer->asked.entries.n > 1)
        snprintf(more, sizeof(more), " and %zu more", importer->asked.entries.n - 1);
    sp_err_set(err, SP_ERR_USAGE, "domain-not-asked",
               "the records are for %s, but the command names %s%s", SP_NAME_STR(domain),
               SP_NAME_STR(&importer->domains[0]), more);
    return sp_err_fix(err,
                      "name %s on the command line, or give the records of the domain you named",
                      SP_NAME_STR(domain));
}

/* A top-level domain of so many letters is as a rule a word that people also call a part of their
 * domain: news, shop, email. */
#define WORD_LEN_LEAST 4

/*
 * Whether NAME, as a whole name, would have its sender domain where domains are registered, right
 * below the root. The sender domain begins behind the last label with a "_" (RFC 8552); without
 * one, behind the first label, as a CNAME never stands at a domain itself.
 */
static bool is_below_no_domain(const struct sp_name *name)
{
    size_t n = sp_name_count_labels(name), above = 1;
    for (size_t i = 0; i < n; i++) {
        struct sp_span label = sp_name_label(name, i);
        if (memchr(label.bytes, '_', label.len))
            above = i + 1;
    }
    return above + 1 == n && sp_name_label(name, above).len >= WORD_LEN_LEAST;
}

/* True for names such as sk1.other.example, which a platform's page may mean as they stand: they
 * end in a top-level domain, and could be a record's host there. */
static bool is_whole_looking(const struct sp_name *name)
{
    return sp_name_count_labels(name) >= 2 && sp_suffix_has_top_level(name) &&
           !is_below_no_domain(name);
}

/* The longest run of labels that ends HOST and begins DOMAIN: 1 for em7.mail and mail.example.com,
 * a host relative to the zone above the domain. That zone is no top-level one. */
static size_t count_overlap(const struct sp_name *host, const struct sp_name *domain)
{
    enum { ZONE_LABELS_LEAST = 2 };
    for (size_t n = sp_name_count_labels(host); n > 0; n--) {
        if (n + ZONE_LABELS_LEAST > sp_name_count_labels(domain))
            continue;
        struct sp_name tail = sp_name_suffix(host, n), zone = sp_name_strip(domain, n);
        struct sp_name head = sp_name_relative(domain, &zone);
        if (sp_name_equal(&tail, &head))
            return n;
    }
    return 0;
}

static int refuse_too_long(const struct sp_name *name, const struct sp_name *domain,
                           struct sp_err *err)
{
    sp_err_set(err, SP_ERR_USAGE, "host-outside-domain", "the host %s does not lie in %s",
               SP_NAME_STR(name), SP_NAME_STR(domain));
    return sp_err_fix(err, "write the full host, which ends in .%s", SP_NAME_STR(domain));
}

static int refuse_whole_looking(const struct sp_name *name, const struct sp_name *domain,
                                struct sp_err *err)
{
    struct sp_err unused = SP_ERR_INIT;
    struct sp_name rest = sp_name_strip(domain, count_overlap(name, domain)), as_prefix;
    if (sp_name_concat(&as_prefix, name, &rest, &unused) < 0)
        return refuse_too_long(name, domain, err);
    sp_err_set(err, SP_ERR_USAGE, "host-ambiguous",
               "the host %s may be a whole name, which does not lie in %s, or be short for %s",
               SP_NAME_STR(name), SP_NAME_STR(domain), SP_NAME_STR(&as_prefix));
    return sp_err_fix(
        err, "write the full host \"%s\", or \"%s.\" with a final dot and name its own domain",
        SP_NAME_STR(&as_prefix), SP_NAME_STR(name));
}

/* em7.mail for mail.example.com: relative to the zone above the domain, or below the domain. */
static int refuse_overlap(const struct sp_name *name, const struct sp_name *domain,
                          struct sp_err *err)
{
    struct sp_err unused = SP_ERR_INIT;
    struct sp_name rest = sp_name_strip(domain, count_overlap(name, domain)), above, below;
    if (sp_name_concat(&above, name, &rest, &unused) < 0 ||
        sp_name_concat(&below, name, domain, &unused) < 0)
        return refuse_too_long(name, domain, err);
    sp_err_set(err, SP_ERR_USAGE, "host-ambiguous",
               "the host %s may be short for %s or for %s: %s has these labels already",
               SP_NAME_STR(name), SP_NAME_STR(&above), SP_NAME_STR(&below), SP_NAME_STR(domain));
    return sp_err_fix(err, "write the full host, \"%s.\" or \"%s.\"", SP_NAME_STR(&above),
                      SP_NAME_STR(&below));
}

static int refuse_outside(const struct sp_importer *importer, const struct sp_import_row *row,
                          const struct sp_name *host, struct sp_err *err)
{
    const struct sp_name *domain = row->domain ? row->domain : importer->domains;
    if (row->domain || importer->asked.entries.n == 1)
        sp_err_set(err, SP_ERR_USAGE, "host-outside-domain", "the host %s does not lie in %s",
                   SP_NAME_STR(host), SP_NAME_STR(domain));
    else
        sp_err_set(err, SP_ERR_USAGE, "host-outside-domain",
                   "the host %s lies in none of the %zu domains given", SP_NAME_STR(host),
                   importer->asked.entries.n);
    return sp_err_fix(err,
                      "name the domain that these records were made for, or write the full host "
                      "(such as sk48601.%s)",
                      SP_NAME_STR(domain));
}

/* The domain that HOST lies in, or NULL. */
static const struct sp_name *domain_above(const struct sp_importer *importer,
                                          const struct sp_import_row *row,
                                          const struct sp_name *host)
{
    size_t place;
    if (row->domain)
        return sp_name_is_within(host, row->domain) ? row->domain : NULL;
    return sp_domain_index_find_above(&importer->asked, host, &place) ? &importer->domains[place]
                                                                      : NULL;
}

/* "@": the origin, or the domain, itself. No name, and never parsed as one. */
static bool is_apex(const struct sp_import_row *row)
{
    return strcmp(row->host, "@") == 0;
}

/* A host in a zone file without its final dot is relative to $ORIGIN (RFC 1035, section 5.1); one
 * that ends in the origin already has most likely lost that dot. */
static int complete_by_origin(const struct sp_import_row *row, struct sp_name *host,
                              struct sp_err *err)
{
    struct sp_name relative = *host;
    if (is_apex(row)) {
        *host = *row->origin;
        return 0;
    }
    if (!sp_name_is_within(host, row->origin))
        return sp_name_concat(host, &relative, row->origin, err);
    sp_err_set(err, SP_ERR_USAGE, "host-ambiguous",
               "the host %s has no final dot, so that $ORIGIN %s would be appended to it",
               SP_NAME_STR(host), SP_NAME_STR(row->origin));
    return sp_err_fix(err,
                      "write \"%s.\" with a final dot, or only the part in front of the origin",
                      SP_NAME_STR(host));
}

static int refuse_host(struct sp_err *err)
{
    if (!*err->fix)
        sp_err_fix(err, "copy the host alone, as the platform shows it");
    return sp_err_prefix(err, "the host");
}

static int complete_by_domain(const struct sp_importer *importer, const struct sp_import_row *row,
                              const struct sp_name **ret_domain, struct sp_name *host,
                              struct sp_err *err)
{
    const struct sp_name *only = row->domain                      ? row->domain
                                 : importer->asked.entries.n == 1 ? importer->domains
                                                                  : NULL;
    struct sp_name prefix = *host;
    const char *shown = is_apex(row) ? "@" : SP_NAME_STR(host);
    if (!is_apex(row) && is_whole_looking(host))
        return only ? refuse_whole_looking(host, only, err)
                    : refuse_outside(importer, row, host, err);
    if (!only) {
        sp_err_set(err, SP_ERR_USAGE, "host-without-domain",
                   "the host %s is only a prefix, and %zu domains are given", shown,
                   importer->asked.entries.n);
        return sp_err_fix(err,
                          "write full hosts (such as sk48601.%s), or give one domain at a time",
                          SP_NAME_STR(importer->domains));
    }
    *ret_domain = only;
    if (is_apex(row)) {
        *host = *only;
        return 0;
    }
    if (sp_name_count_labels(host) > 1 && count_overlap(host, only))
        return refuse_overlap(host, only, err);
    return sp_name_concat(host, &prefix, only, err) < 0 ? refuse_host(err) : 0;
}

/* What was taken for a prefix although it has the looks of a name. */
static void note_reading(struct sp_import *import, const char *text, const struct sp_name *host)
{
    struct sp_err unused = SP_ERR_INIT;
    struct sp_import_reading reading = {.host = *host};
    if (sp_name_parse(&reading.written, text, &unused) < 0)
        return;
    size_t n = sp_name_count_labels(&reading.written);
    struct sp_span last = n > 1 ? sp_name_label(&reading.written, n - 1) : sp_span_of("_");
    if (!memchr(last.bytes, '_', last.len))
        *sp_array_push(&import->readings) = reading;
}

static int resolve_host(const struct sp_importer *importer, const struct sp_import_row *row,
                        const struct sp_name **ret_domain, struct sp_name *ret_host,
                        enum sp_import_hosts *ret_style, struct sp_err *err)
{
    size_t len = strlen(row->host);
    bool is_absolute = len > 0 && row->host[len - 1] == '.';
    *ret_host = (struct sp_name){0};
    if (!is_apex(row) && sp_name_parse(ret_host, row->host, err) < 0)
        return refuse_host(err);
    if (row->origin && !is_absolute) {
        if (complete_by_origin(row, ret_host, err) < 0)
            return -1;
        is_absolute = true;
    }
    *ret_style = SP_IMPORT_HOSTS_FULL;
    *ret_domain = sp_name_is_set(ret_host) ? domain_above(importer, row, ret_host) : NULL;
    if (*ret_domain)
        return 0;
    if (is_absolute)
        return refuse_outside(importer, row, ret_host, err);
    *ret_style = SP_IMPORT_HOSTS_PREFIX;
    return complete_by_domain(importer, row, ret_domain, ret_host, err);
}

/* A target is always a whole name; an address or a lone label shows that something else was pasted.
 */
static int read_target(const char *text, struct sp_name *ret_target, struct sp_err *err)
{
    if (sp_name_parse(ret_target, text, err) < 0)
        return sp_err_prefix(err, "the target");
    size_t n = sp_name_count_labels(ret_target);
    struct sp_span last = n ? sp_name_label(ret_target, n - 1) : sp_span_of("");
    struct sp_cursor cursor = sp_cursor_of(last.bytes, last.len);
    bool is_number = sp_cursor_while(&cursor, "0123456789").len == last.len;
    if (n >= 2 && !is_number)
        return 0;
    sp_err_set(err, SP_ERR_USAGE, "bad-target", "the target %s is not a whole host name",
               SP_NAME_STR(ret_target));
    return sp_err_fix(
        err, n >= 2 ? "a CNAME points to a name, never to an address: copy the \"Points to\" value"
                    : "copy the whole \"Points to\" value, such as u1.mailer.example");
}

/* The set of DOMAIN, opened; NULL: there is none. */
static struct sp_record_set *find_set(struct sp_importer *importer, const struct sp_name *domain)
{
    size_t place;
    if (sp_name_equal(&importer->open.domain, domain))
        return &importer->open;
    if (!sp_domain_index_find(&importer->sets, domain, &place))
        return NULL;
    close_set(importer);
    importer->open = sp_set_list_get(&importer->import->sets, place);
    importer->open_place = place;
    return &importer->open;
}

static struct sp_record_set *set_of(struct sp_importer *importer, const struct sp_name *domain)
{
    struct sp_record_set *set = find_set(importer, domain);
    if (set)
        return set;
    close_set(importer);
    importer->open.domain = *domain;
    importer->open_place = importer->import->sets.n;
    (void)sp_array_push(&importer->import->sets); /* is filled in when the set is closed */
    sp_domain_index_add(&importer->sets, domain, importer->open_place);
    return &importer->open;
}

/* 1 when the record is there already, 0 when it can be added. */
static int check_fits(struct sp_importer *importer, const struct sp_name *domain,
                      const struct sp_record *record, struct sp_err *err)
{
    const struct sp_record_set *set = find_set(importer, domain);
    if (!set) {
        if (importer->import->sets.n < SP_DOMAINS_MAX)
            return 0;
        return sp_err_set(err, SP_ERR_USAGE, "too-many-domains", "more than %d domains",
                          SP_DOMAINS_MAX);
    }
    SP_ARRAY_FOREACH (&set->records, other) {
        if (!sp_name_equal(&other->host, &record->host))
            continue;
        if (sp_name_equal(&other->target, &record->target))
            return 1;
        sp_err_set(err, SP_ERR_USAGE, "records-contradict",
                   "the host %s points to %s here and to %s further up", SP_NAME_STR(&record->host),
                   SP_NAME_STR(&record->target), SP_NAME_STR(&other->target));
        return sp_err_fix(
            err, "keep the one that the platform shows now: a host can have only one CNAME");
    }
    if (set->records.n < SP_RECORDS_MAX)
        return 0;
    return sp_err_set(err, SP_ERR_USAGE, "too-many-records", "more than %d records for %s",
                      SP_RECORDS_MAX, SP_NAME_STR(domain));
}

static int read_key(const struct sp_import_row *row, struct sp_record *record, struct sp_err *err)
{
    if (!row->dkim_key || !*row->dkim_key)
        return 0;
    if (sp_leg_of_host(&record->host) != SP_LEG_DKIM) {
        sp_err_set(err, SP_ERR_USAGE, "key-without-selector",
                   "%s has a DKIM key, but is no selector: there is no _domainkey in it",
                   SP_NAME_STR(&record->host));
        return sp_err_fix(err, "take the key out, or put it to the record of its selector");
    }
    if (sp_dkim_key_digest(&record->key, row->dkim_key) == 0)
        return 0;
    sp_err_set(err, SP_ERR_USAGE, "bad-key", "the DKIM key for %s cannot be read",
               SP_NAME_STR(&record->host));
    return sp_err_fix(err, "write the value of p= as the platform gave it, or the whole key record "
                           "(\"v=DKIM1; k=rsa; p=...\")");
}

int sp_importer_add(struct sp_importer *importer, const struct sp_import_row *row,
                    struct sp_err *err)
{
    struct sp_import *import = importer->import;
    struct sp_record record = {.type = "CNAME", .ttl = row->ttl};
    const struct sp_name *domain = NULL;
    enum sp_import_hosts style = SP_IMPORT_HOSTS_FULL;
    if (resolve_host(importer, row, &domain, &record.host, &style, err) < 0 ||
        read_target(row->target, &record.target, err) < 0 ||
        sp_record_check(&record, domain, err) < 0 || read_key(row, &record, err) < 0)
        return -1;
    int fits = check_fits(importer, domain, &record, err);
    if (fits < 0)
        return -1;
    if (import->sets.n == 0)
        import->hosts = style;
    else if (import->hosts != style)
        import->hosts = SP_IMPORT_HOSTS_MIXED;
    if (fits == 1)
        return 0;
    struct sp_record_set *set = set_of(importer, domain);
    sp_record_set_add(set, &record.host, &record.target);
    set->records.items[set->records.n - 1].ttl = record.ttl;
    set->records.items[set->records.n - 1].key = record.key;
    if (style == SP_IMPORT_HOSTS_PREFIX && strcmp(row->host, "@") != 0)
        note_reading(import, row->host, &record.host);
    return 0;
}
