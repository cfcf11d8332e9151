/*
 * For test_verdict.c: the facts about a set of records, and the verdict that CONTRACT.md wants.
 */
#ifndef TEST_VERDICT_ROWS_H
#define TEST_VERDICT_ROWS_H

#include "verify/verdict.h"

/*
 * The table. A set of three records for example.com: the return path, selector a, selector b. Facts
 * are letters, one a server: L live  N no such name  D no data  O another target  S target with the
 * zone behind it X no such name, but the doubled one exists  T no data, a TXT instead  4 no data,
 * an A instead F lame: REFUSED  A lame: no authority  V failing: SERVFAIL  U silent  ? not heard
 * yet and one a record
 * for what stands behind:
 *   - not asked  E exists, no key  K a valid key  M malformed  R revoked  G no such name  ? unknown
 * @ loop States: l live, m missing, w wrong, u unreachable, p partial.
 */
enum { HOUR = 3600, NOW = 1800000000 };

struct row {
    const char *name;
    const char *servers[3];
    const char *behind;
    /* context */
    enum sp_delegation_state delegation;
    bool is_zone_at_provider;
    enum sp_until until;
    int age_h;              /* since publishing; 0: unknown */
    const char *superseded; /* O: the other target was ours; T: the other types were; lower case:
                               too long ago */
    /* expected */
    enum sp_status status;
    const char *states; /* of the records */
    enum sp_code codes[3];
    const char *severities; /* b blocking, a advisory, - no diagnosis */
    enum sp_code warnings[3];
    bool is_key_live;
    bool is_permanent;
};

#define ALL(s)                                                                                     \
    {                                                                                              \
        s, s, s                                                                                    \
    }
#define SAME(c)                                                                                    \
    {                                                                                              \
        SP_CODE_##c, SP_CODE_##c, SP_CODE_##c                                                      \
    }
#define ONE(c)                                                                                     \
    {                                                                                              \
        SP_CODE_##c                                                                                \
    }
#define PENDING   .status = SP_STATUS_PENDING
#define CONNECTED .status = SP_STATUS_CONNECTED
#define ERROR     .status = SP_STATUS_ERROR

static const struct row rows[] = {
    /* all is well */
    {"connected", ALL("LL"), "EKK", CONNECTED, .states = "lll", .severities = "---",
     .is_key_live = true},
    {"one server", ALL("L"), "EKK", CONNECTED, .states = "lll", .severities = "---",
     .is_key_live = true},
    {"connected for records, behind not asked", ALL("LL"), "---", .until = SP_UNTIL_RECORDS,
     CONNECTED, .states = "lll", .severities = "---"},
    {"behind not asked yet", ALL("LL"), "---", PENDING, .states = "lll", .severities = "---"},
    {"connected long after the window", ALL("LL"), "EKK", .age_h = 1000, CONNECTED, .states = "lll",
     .severities = "---", .is_key_live = true},

    /* missing */
    {"nothing there", ALL("NN"), "---", PENDING, .states = "mmm", .codes = SAME(MISSING),
     .severities = "bbb"},
    {"nothing there, no data", ALL("DD"), "---", PENDING, .states = "mmm", .codes = SAME(MISSING),
     .severities = "bbb"},
    {"no name and no data are the same", ALL("ND"), "---", PENDING, .states = "mmm",
     .codes = SAME(MISSING), .severities = "bbb"},
    {"missing within the window", ALL("NN"), "---", .age_h = 47, PENDING, .states = "mmm",
     .codes = SAME(MISSING), .severities = "bbb"},
    {"missing when the window ends", ALL("NN"), "---", .age_h = 48, PENDING, .states = "mmm",
     .codes = SAME(MISSING), .severities = "bbb"},
    {"missing after the window", ALL("NN"), "---", .age_h = 49, ERROR, .states = "mmm",
     .codes = SAME(MISSING), .severities = "bbb"},
    {"one of three live",
     {"LL", "NN", "NN"},
     "---",
     PENDING,
     .states = "lmm",
     .codes = {SP_CODE_NONE, SP_CODE_MISSING, SP_CODE_MISSING},
     .severities = "-bb"},
    {"two of three live",
     {"NN", "LL", "LL"},
     "---",
     PENDING,
     .states = "mll",
     .codes = ONE(MISSING),
     .severities = "b--"},
    {"missing, until records", ALL("NN"), "---", .until = SP_UNTIL_RECORDS, PENDING,
     .states = "mmm", .codes = SAME(MISSING), .severities = "bbb"},
    {"missing, and one server is silent", ALL("NU"), "---", PENDING, .states = "mmm",
     .codes = SAME(MISSING), .severities = "bbb", .warnings = ONE(SERVER_UNREACHABLE)},
    {"missing, and one server is lame", ALL("NF"), "---", PENDING, .states = "mmm",
     .codes = SAME(MISSING), .severities = "bbb", .warnings = ONE(LAME_SERVER)},

    /* partly there */
    {"live at one of two", ALL("LN"), "---", PENDING, .states = "ppp",
     .codes = SAME(PARTIAL_PROPAGATION), .severities = "bbb"},
    {"live at the other of two", ALL("DL"), "---", PENDING, .states = "ppp",
     .codes = SAME(PARTIAL_PROPAGATION), .severities = "bbb"},
    {"one record lags at one server",
     {"LL", "LN", "LL"},
     "---",
     PENDING,
     .states = "lpl",
     .codes = {SP_CODE_NONE, SP_CODE_PARTIAL_PROPAGATION},
     .severities = "-b-"},
    {"servers disagree about the target", ALL("LO"), "---", PENDING, .states = "ppp",
     .codes = SAME(PARTIAL_PROPAGATION), .severities = "bbb"},
    {"other records at one server", ALL("LT"), "---", PENDING, .states = "ppp",
     .codes = SAME(PARTIAL_PROPAGATION), .severities = "bbb"},
    {"partial with a silent third", ALL("LNU"), "---", PENDING, .states = "ppp",
     .codes = SAME(PARTIAL_PROPAGATION), .severities = "bbb", .warnings = ONE(SERVER_UNREACHABLE)},
    {"partial after the window", ALL("LN"), "---", .age_h = 49, ERROR, .states = "ppp",
     .codes = SAME(PARTIAL_PROPAGATION), .severities = "bbb"},
    {"disagreement after the window", ALL("LO"), "---", .age_h = 49, ERROR, .states = "ppp",
     .codes = SAME(PARTIAL_PROPAGATION), .severities = "bbb"},

    /* wrong target */
    {"another target", ALL("OO"), "---", ERROR, .states = "www", .codes = SAME(WRONG_TARGET),
     .severities = "bbb", .is_permanent = true},
    {"another target after the window", ALL("OO"), "---", .age_h = 49, ERROR, .states = "www",
     .codes = SAME(WRONG_TARGET), .severities = "bbb", .is_permanent = true},
    {"another target at one, missing at the other", ALL("ON"), "---", ERROR, .states = "www",
     .codes = SAME(WRONG_TARGET), .severities = "bbb", .is_permanent = true},
    {"another target, one record only",
     {"LL", "LL", "OO"},
     "---",
     ERROR,
     .states = "llw",
     .codes = {SP_CODE_NONE, SP_CODE_NONE, SP_CODE_WRONG_TARGET},
     .severities = "--b",
     .is_permanent = true},
    {"the replaced target is still served", ALL("OO"), "---", .superseded = "O", PENDING,
     .states = "www", .codes = SAME(WRONG_TARGET), .severities = "bbb"},
    {"the replaced target is still served at one, missing at the other", ALL("ON"), "---",
     .superseded = "O", PENDING, .states = "www", .codes = SAME(WRONG_TARGET), .severities = "bbb"},
    {"the replaced target at one, new at the other", ALL("OL"), "---", .superseded = "O", PENDING,
     .states = "ppp", .codes = SAME(PARTIAL_PROPAGATION), .severities = "bbb"},
    {"the replaced target is served for too long", ALL("OO"), "---", .superseded = "o", ERROR,
     .states = "www", .codes = SAME(WRONG_TARGET), .severities = "bbb", .is_permanent = true},
    {"what was replaced was other records, not this target", ALL("OO"), "---", .superseded = "T",
     ERROR, .states = "www", .codes = SAME(WRONG_TARGET), .severities = "bbb",
     .is_permanent = true},
    {"wrong target and a missing one",
     {"OO", "NN", "LL"},
     "---",
     ERROR,
     .states = "wml",
     .codes = {SP_CODE_WRONG_TARGET, SP_CODE_MISSING},
     .severities = "bb-",
     .is_permanent = true},

    /* the final dot was lost */
    {"suffix appended", ALL("SS"), "---", ERROR, .states = "www",
     .codes = SAME(TARGET_SUFFIX_APPENDED), .severities = "bbb", .is_permanent = true},
    {"suffix appended at one, missing at the other", ALL("SN"), "---", ERROR, .states = "www",
     .codes = SAME(TARGET_SUFFIX_APPENDED), .severities = "bbb", .is_permanent = true},
    {"suffix appended, the correction on its way", ALL("SL"), "---", PENDING, .states = "ppp",
     .codes = SAME(PARTIAL_PROPAGATION), .severities = "bbb"},
    {"suffix appended, one record",
     {"LL", "SS", "LL"},
     "---",
     ERROR,
     .states = "lwl",
     .codes = {SP_CODE_NONE, SP_CODE_TARGET_SUFFIX_APPENDED},
     .severities = "-b-",
     .is_permanent = true},

    /* doubled */
    {"doubled", ALL("XX"), "---", ERROR, .states = "mmm", .codes = SAME(DOUBLED_SUFFIX),
     .severities = "bbb", .is_permanent = true},
    {"doubled, seen at one server", ALL("XN"), "---", ERROR, .states = "mmm",
     .codes = SAME(DOUBLED_SUFFIX), .severities = "bbb", .is_permanent = true},
    {"doubled, but the right one is on its way", ALL("XL"), "---", PENDING, .states = "ppp",
     .codes = SAME(PARTIAL_PROPAGATION), .severities = "bbb"},
    {"another target tells more than doubled", ALL("XO"), "---", ERROR, .states = "www",
     .codes = SAME(WRONG_TARGET), .severities = "bbb", .is_permanent = true},
    {"doubled, one record",
     {"XX", "LL", "LL"},
     "---",
     ERROR,
     .states = "mll",
     .codes = ONE(DOUBLED_SUFFIX),
     .severities = "b--",
     .is_permanent = true},

    /* other records in the way */
    {"a TXT in the way", ALL("TT"), "---", ERROR, .states = "www",
     .codes = SAME(CONFLICTING_RECORDS), .severities = "bbb", .is_permanent = true},
    {"an address in the way", ALL("44"), "---", ERROR, .states = "www",
     .codes = SAME(CONFLICTING_RECORDS), .severities = "bbb", .is_permanent = true},
    {"other records tell more than another target", ALL("TO"), "---", ERROR, .states = "www",
     .codes = SAME(CONFLICTING_RECORDS), .severities = "bbb", .is_permanent = true},
    {"other records tell more than doubled", ALL("TX"), "---", ERROR, .states = "www",
     .codes = SAME(CONFLICTING_RECORDS), .severities = "bbb", .is_permanent = true},
    {"the removed records are still served", ALL("TN"), "---", .superseded = "T", PENDING,
     .states = "www", .codes = SAME(CONFLICTING_RECORDS), .severities = "bbb"},
    {"the removed records are served for too long", ALL("TT"), "---", .superseded = "t", ERROR,
     .states = "www", .codes = SAME(CONFLICTING_RECORDS), .severities = "bbb",
     .is_permanent = true},

    /* servers that are lame or silent */
    {"one of two lame", ALL("LF"), "EKK", CONNECTED, .states = "lll", .codes = SAME(LAME_SERVER),
     .severities = "aaa", .warnings = ONE(LAME_SERVER), .is_key_live = true},
    {"one of two without authority", ALL("AL"), "EKK", CONNECTED, .states = "lll",
     .codes = SAME(LAME_SERVER), .severities = "aaa", .warnings = ONE(LAME_SERVER),
     .is_key_live = true},
    {"one of two silent", ALL("LU"), "EKK", CONNECTED, .states = "lll",
     .codes = SAME(SERVER_UNREACHABLE), .severities = "aaa", .warnings = ONE(SERVER_UNREACHABLE),
     .is_key_live = true},
    {"one lame, one silent, one live", ALL("FUL"), "EKK", CONNECTED, .states = "lll",
     .codes = SAME(LAME_SERVER), .severities = "aaa",
     .warnings = {SP_CODE_LAME_SERVER, SP_CODE_SERVER_UNREACHABLE}, .is_key_live = true},
    {"lame for one record only",
     {"LL", "LF", "LL"},
     "EKK",
     CONNECTED,
     .states = "lll",
     .codes = {SP_CODE_NONE, SP_CODE_LAME_SERVER},
     .severities = "-a-",
     .warnings = ONE(LAME_SERVER),
     .is_key_live = true},
    {"all lame", ALL("FF"), "---", ERROR, .states = "uuu", .codes = SAME(NOT_DELEGATED),
     .severities = "bbb", .is_permanent = true},
    {"all without authority", ALL("AA"), "---", ERROR, .states = "uuu",
     .codes = SAME(NOT_DELEGATED), .severities = "bbb", .is_permanent = true},
    {"one of two fails", ALL("LV"), "EKK", CONNECTED, .states = "lll",
     .codes = SAME(SERVER_UNREACHABLE), .severities = "aaa", .warnings = ONE(SERVER_UNREACHABLE),
     .is_key_live = true},
    {"missing, and one server fails", ALL("NV"), "---", PENDING, .states = "mmm",
     .codes = SAME(MISSING), .severities = "bbb", .warnings = ONE(SERVER_UNREACHABLE)},
    {"all fail", ALL("VV"), "---", PENDING, .states = "uuu", .codes = SAME(SERVER_UNREACHABLE),
     .severities = "bbb"},
    {"all fail after the window", ALL("VV"), "---", .age_h = 49, ERROR, .states = "uuu",
     .codes = SAME(SERVER_UNREACHABLE), .severities = "bbb"},
    {"all fail, the zone is at the provider", ALL("VV"), "---", .is_zone_at_provider = true,
     PENDING, .states = "uuu", .codes = SAME(SERVER_UNREACHABLE), .severities = "bbb"},
    {"one lame, one fails", ALL("FV"), "---", PENDING, .states = "uuu",
     .codes = SAME(SERVER_UNREACHABLE), .severities = "bbb"},
    {"one fails, one is silent", ALL("VU"), "---", PENDING, .states = "uuu",
     .codes = SAME(SERVER_UNREACHABLE), .severities = "bbb"},
    {"refused and without authority", ALL("FA"), "---", ERROR, .states = "uuu",
     .codes = SAME(NOT_DELEGATED), .severities = "bbb", .is_permanent = true},
    {"all silent", ALL("UU"), "---", PENDING, .states = "uuu", .codes = SAME(SERVER_UNREACHABLE),
     .severities = "bbb"},
    {"all silent after the window", ALL("UU"), "---", .age_h = 49, ERROR, .states = "uuu",
     .codes = SAME(SERVER_UNREACHABLE), .severities = "bbb"},
    {"lame and silent", ALL("FU"), "---", PENDING, .states = "uuu",
     .codes = SAME(SERVER_UNREACHABLE), .severities = "bbb"},
    {"not heard yet", ALL("??"), "---", PENDING, .states = "uuu", .codes = SAME(SERVER_UNREACHABLE),
     .severities = "bbb"},
    {"no address to ask", ALL(""), "---", PENDING, .states = "uuu",
     .codes = SAME(SERVER_UNREACHABLE), .severities = "bbb"},

    /* delegation */
    {"no such domain", ALL(""), "---", .delegation = SP_DELEGATION_NXDOMAIN, ERROR, .states = "mmm",
     .codes = SAME(DOMAIN_NOT_FOUND), .severities = "bbb", .is_permanent = true},
    {"no such domain, but a zone at the provider", ALL(""), "---",
     .delegation = SP_DELEGATION_NXDOMAIN, .is_zone_at_provider = true, ERROR, .states = "mmm",
     .codes = SAME(NOT_DELEGATED), .severities = "bbb", .is_permanent = true},
    {"no name servers", ALL(""), "---", .delegation = SP_DELEGATION_NO_NS, ERROR, .states = "mmm",
     .codes = SAME(DOMAIN_NOT_FOUND), .severities = "bbb", .is_permanent = true},
    {"no name servers, but a zone at the provider", ALL(""), "---",
     .delegation = SP_DELEGATION_NO_NS, .is_zone_at_provider = true, ERROR, .states = "mmm",
     .codes = SAME(NOT_DELEGATED), .severities = "bbb", .is_permanent = true},
    {"the resolver refuses", ALL(""), "---", .delegation = SP_DELEGATION_REFUSED, PENDING,
     .states = "uuu", .codes = SAME(SERVER_UNREACHABLE), .severities = "bbb"},
    {"the resolver refuses after the window", ALL(""), "---", .delegation = SP_DELEGATION_REFUSED,
     .age_h = 49, ERROR, .states = "uuu", .codes = SAME(SERVER_UNREACHABLE), .severities = "bbb"},
    {"the resolver refuses, but a zone at the provider", ALL(""), "---",
     .delegation = SP_DELEGATION_REFUSED, .is_zone_at_provider = true, ERROR, .states = "uuu",
     .codes = SAME(NOT_DELEGATED), .severities = "bbb", .is_permanent = true},
    {"the resolver fails", ALL(""), "---", .delegation = SP_DELEGATION_FAILED,
     .is_zone_at_provider = true, PENDING, .states = "uuu", .codes = SAME(SERVER_UNREACHABLE),
     .severities = "bbb"},
    {"the resolver is silent", ALL(""), "---", .delegation = SP_DELEGATION_SILENT, PENDING,
     .states = "uuu", .codes = SAME(SERVER_UNREACHABLE), .severities = "bbb"},
    {"the resolver is silent after the window", ALL(""), "---", .delegation = SP_DELEGATION_SILENT,
     .age_h = 49, ERROR, .states = "uuu", .codes = SAME(SERVER_UNREACHABLE), .severities = "bbb"},

    /* behind: the platform has not published yet */
    {"return-path target missing", ALL("LL"), "GKK", PENDING, .states = "lll",
     .codes = ONE(TARGET_MISSING), .severities = "b--"},
    {"return-path target missing after the window", ALL("LL"), "GKK", .age_h = 49, ERROR,
     .states = "lll", .codes = ONE(TARGET_MISSING), .severities = "b--"},
    {"return-path target missing, until records", ALL("LL"), "GKK", .until = SP_UNTIL_RECORDS,
     CONNECTED, .states = "lll", .codes = ONE(TARGET_MISSING), .severities = "a--",
     .warnings = ONE(TARGET_MISSING)},
    {"no key at all", ALL("LL"), "EEE", PENDING, .states = "lll",
     .codes = {SP_CODE_NONE, SP_CODE_DKIM_KEY_MISSING, SP_CODE_DKIM_KEY_MISSING},
     .severities = "-bb"},
    {"no key at all after the window", ALL("LL"), "EEE", .age_h = 49, ERROR, .states = "lll",
     .codes = {SP_CODE_NONE, SP_CODE_DKIM_KEY_MISSING, SP_CODE_DKIM_KEY_MISSING},
     .severities = "-bb"},
    {"no key at all, until records", ALL("LL"), "EEE", .until = SP_UNTIL_RECORDS, CONNECTED,
     .states = "lll", .codes = {SP_CODE_NONE, SP_CODE_DKIM_KEY_MISSING, SP_CODE_DKIM_KEY_MISSING},
     .severities = "-aa", .warnings = {SP_CODE_DKIM_KEY_MISSING, SP_CODE_DKIM_KEY_MISSING}},
    {"no key names at all", ALL("LL"), "EGG", PENDING, .states = "lll",
     .codes = {SP_CODE_NONE, SP_CODE_TARGET_MISSING, SP_CODE_TARGET_MISSING}, .severities = "-bb"},
    {"nothing behind at all", ALL("LL"), "GGG", PENDING, .states = "lll",
     .codes = SAME(TARGET_MISSING), .severities = "bbb"},
    {"nothing behind at all after the window", ALL("LL"), "GGG", .age_h = 49, ERROR,
     .states = "lll", .codes = SAME(TARGET_MISSING), .severities = "bbb"},

    /* one valid selector is enough */
    {"selector b idle", ALL("LL"), "EKE", CONNECTED, .states = "lll",
     .codes = {SP_CODE_NONE, SP_CODE_NONE, SP_CODE_SELECTOR_IDLE}, .severities = "--a",
     .warnings = ONE(SELECTOR_IDLE), .is_key_live = true},
    {"selector a idle: no such name", ALL("LL"), "EGK", CONNECTED, .states = "lll",
     .codes = {SP_CODE_NONE, SP_CODE_SELECTOR_IDLE}, .severities = "-a-",
     .warnings = ONE(SELECTOR_IDLE), .is_key_live = true},
    {"selector idle after the window", ALL("LL"), "EKG", .age_h = 49, CONNECTED, .states = "lll",
     .codes = {SP_CODE_NONE, SP_CODE_NONE, SP_CODE_SELECTOR_IDLE}, .severities = "--a",
     .warnings = ONE(SELECTOR_IDLE), .is_key_live = true},
    {"selector idle, but the return path is not there", ALL("LL"), "GKE", PENDING, .states = "lll",
     .codes = {SP_CODE_TARGET_MISSING, SP_CODE_NONE, SP_CODE_SELECTOR_IDLE}, .severities = "b-a",
     .warnings = ONE(SELECTOR_IDLE)},
    {"one malformed, one valid", ALL("LL"), "EMK", CONNECTED, .states = "lll",
     .codes = {SP_CODE_NONE, SP_CODE_DKIM_KEY_MALFORMED}, .severities = "-a-",
     .warnings = ONE(DKIM_KEY_MALFORMED), .is_key_live = true},
    {"one revoked, one valid", ALL("LL"), "EKR", CONNECTED, .states = "lll",
     .codes = {SP_CODE_NONE, SP_CODE_NONE, SP_CODE_DKIM_KEY_REVOKED}, .severities = "--a",
     .warnings = ONE(DKIM_KEY_REVOKED), .is_key_live = true},
    {"one unknown, one valid", ALL("LL"), "E?K", CONNECTED, .states = "lll",
     .codes = {SP_CODE_NONE, SP_CODE_SERVER_UNREACHABLE}, .severities = "-a-",
     .warnings = ONE(SERVER_UNREACHABLE), .is_key_live = true},

    /* bad keys */
    {"malformed keys", ALL("LL"), "EMM", ERROR, .states = "lll",
     .codes = {SP_CODE_NONE, SP_CODE_DKIM_KEY_MALFORMED, SP_CODE_DKIM_KEY_MALFORMED},
     .severities = "-bb", .is_permanent = true},
    {"revoked keys", ALL("LL"), "ERR", ERROR, .states = "lll",
     .codes = {SP_CODE_NONE, SP_CODE_DKIM_KEY_REVOKED, SP_CODE_DKIM_KEY_REVOKED},
     .severities = "-bb", .is_permanent = true},
    {"one malformed, one missing", ALL("LL"), "EME", ERROR, .states = "lll",
     .codes = {SP_CODE_NONE, SP_CODE_DKIM_KEY_MALFORMED, SP_CODE_DKIM_KEY_MISSING},
     .severities = "-bb", .is_permanent = true},
    {"revoked, until records", ALL("LL"), "ERR", .until = SP_UNTIL_RECORDS, CONNECTED,
     .states = "lll", .codes = {SP_CODE_NONE, SP_CODE_DKIM_KEY_REVOKED, SP_CODE_DKIM_KEY_REVOKED},
     .severities = "-aa", .warnings = {SP_CODE_DKIM_KEY_REVOKED, SP_CODE_DKIM_KEY_REVOKED}},

    /* the resolver cannot tell: never an error */
    {"behind unknown", ALL("LL"), "???", PENDING, .states = "lll",
     .codes = SAME(SERVER_UNREACHABLE), .severities = "bbb"},
    {"behind unknown after the window", ALL("LL"), "???", .age_h = 49, PENDING, .states = "lll",
     .codes = SAME(SERVER_UNREACHABLE), .severities = "bbb"},
    {"return path unknown", ALL("LL"), "?KK", PENDING, .states = "lll",
     .codes = ONE(SERVER_UNREACHABLE), .severities = "b--"},
    {"behind unknown, until records", ALL("LL"), "?KK", .until = SP_UNTIL_RECORDS, CONNECTED,
     .states = "lll", .codes = ONE(SERVER_UNREACHABLE), .severities = "a--",
     .warnings = ONE(SERVER_UNREACHABLE)},

    /* loops */
    {"loop", ALL("LL"), "@KK", ERROR, .states = "lll", .codes = ONE(CNAME_LOOP),
     .severities = "b--", .is_permanent = true},
    {"loop behind a selector, the other is valid", ALL("LL"), "E@K", ERROR, .states = "lll",
     .codes = {SP_CODE_NONE, SP_CODE_CNAME_LOOP}, .severities = "-b-", .is_permanent = true},
    {"loop, until records", ALL("LL"), "@KK", .until = SP_UNTIL_RECORDS, ERROR, .states = "lll",
     .codes = ONE(CNAME_LOOP), .severities = "b--", .is_permanent = true},

    /* several at once */
    {"what is behind tells more than a lame server", ALL("LF"), "GKK", PENDING, .states = "lll",
     .codes = {SP_CODE_TARGET_MISSING, SP_CODE_LAME_SERVER, SP_CODE_LAME_SERVER},
     .severities = "baa", .warnings = ONE(LAME_SERVER)},
    {"a record that is missing again does not speak of its target",
     {"NN", "LL", "LL"},
     "GKK",
     PENDING,
     .states = "mll",
     .codes = ONE(MISSING),
     .severities = "b--"},
    {"missing after the window beside a wrong one",
     {"NN", "OO", "LL"},
     "---",
     .age_h = 49,
     ERROR,
     .states = "mwl",
     .codes = {SP_CODE_MISSING, SP_CODE_WRONG_TARGET},
     .severities = "bb-",
     .is_permanent = true},
    {"a replaced one beside a conflict",
     {"OO", "TT", "LL"},
     "---",
     .superseded = "O",
     ERROR,
     .states = "wwl",
     .codes = {SP_CODE_WRONG_TARGET, SP_CODE_CONFLICTING_RECORDS},
     .severities = "bb-",
     .is_permanent = true},
};

#endif
