#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dns/manner.h"

enum { NOW_MS = 1000000 };

/* How an attempt is made: `U`DP or `T`CP, `e`dns or none, letters `m`ixed or not. */
static void describe(const struct sp_attempt *attempt, char ret_text[4])
{
    ret_text[0] = attempt->is_tcp ? 'T' : 'U';
    ret_text[1] = attempt->has_edns ? 'e' : '-';
    ret_text[2] = attempt->is_mixed ? 'm' : '-';
    ret_text[3] = '\0';
}

static enum sp_outcome outcome_of(char letter)
{
    static const char letters[] = "AtEODBsf"; /* in the order of the enumeration */
    return (enum sp_outcome)(strchr(letters, letter) - letters);
}

/* Runs one question at NOW_MS: the outcomes in, the attempts and the end out, as in the rows. */
static void run(struct sp_manner *manner, const char *outcomes, uint64_t now_ms, char ret_text[64])
{
    struct sp_attempt attempt = {0};
    enum sp_next next = SP_NEXT_ASK;
    size_t at = 0;
    sp_manner_begin(manner, &attempt, now_ms);
    for (; *outcomes && next == SP_NEXT_ASK; outcomes++) {
        sp_manner_sent(manner, &attempt, now_ms);
        describe(&attempt, ret_text + at);
        at += 3;
        next = sp_manner_next(manner, &attempt, outcome_of(*outcomes), now_ms);
        ret_text[at++] = next == SP_NEXT_ASK ? ' ' : next == SP_NEXT_TAKE ? '!' : '.';
    }
    ret_text[at] = '\0';
    if (*outcomes || next == SP_NEXT_ASK)
        fail_msg("%s, and %s is left", ret_text, outcomes);
}

/* What becomes of a first question and of a second one, by what the server does:
 * A answer, t truncated, E emptied, O other letters, D declined, B broken, s silence, f failed. */
static void asks_as_the_server_wants(void **state)
{
    static const struct {
        const char *what, *first, *first_asked, *second, *second_asked;
    } rows[] = {
        {"plain", "A", "Uem!", "A", "Uem!"},
        {"long answer", "tA", "Uem Tem!", "A", "Uem!"},
        {"empty but for TC", "EA", "Uem Tem!", "A", "Uem!"},
        {"long answer, no TCP", "tff", "Uem Tem Tem.", "A", "Uem!"},
        {"long answer, silent TCP", "ts", "Uem Tem.", "A", "Uem!"},
        {"declines EDNS", "DA", "Uem U-m!", "A", "U-m!"},
        {"declines EDNS, long answer", "DtA", "Uem U-m T-m!", "A", "U-m!"},
        {"declines EDNS, broken by both", "DBB", "Uem U-m T-m.", "A", "Uem!"},
        {"silent once", "sA", "Uem U-m!", "A", "Uem!"},
        {"silent to EDNS", "sA", "Uem U-m!", "sA", "Uem U-m!"},
        {"silent by UDP", "ssA", "Uem U-m T-m!", "ssA", "Uem U-m T-m!"}, /* after a while */
        {"silent", "sss", "Uem U-m T-m.", "sss", "Uem U-m T-m."},
        {"nobody there", "ff", "Uem Tem.", "ff", "Uem Tem."},
        {"broken by UDP", "BA", "Uem Tem!", "BA", "Uem Tem!"},
        {"broken", "BB", "Uem Tem.", "BB", "Uem Tem."},
        {"connection closed", "tfA", "Uem Tem Tem!", "A", "Uem!"},
        {"other letters", "OO", "Uem Tem!", "A", "Ue-!"},
        {"other letters by UDP alone", "OA", "Uem Tem!", "OA", "Uem Tem!"},
        {"other letters, TCP refused", "OffA", "Uem Tem Tem Ue-!", "A", "Ue-!"},
        {"other letters, TCP silent", "OsA", "Uem Tem Ue-!", "A", "Ue-!"},
        {"other letters, then nothing", "Oss", "Uem Tem Ue-.", "A", "Uem!"},
        {"other letters, declined", "OsDA", "Uem Tem Ue- U--!", "A", "U--!"},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct sp_manner manner = {0};
        char asked[64];
        run(&manner, rows[i].first, NOW_MS, asked);
        if (strcmp(asked, rows[i].first_asked) != 0)
            fail_msg("%s: %s", rows[i].what, asked);
        run(&manner, rows[i].second, NOW_MS + 5000, asked);
        if (strcmp(asked, rows[i].second_asked) != 0)
            fail_msg("%s, the second time: %s", rows[i].what, asked);
    }
}

static void believes_silence_to_edns_twice(void **state)
{
    struct sp_manner manner = {0};
    char asked[64];
    (void)state;
    run(&manner, "sA", NOW_MS, asked);
    run(&manner, "A", NOW_MS, asked); /* so the first was a loss */
    assert_string_equal(asked, "Uem!");
    run(&manner, "sA", NOW_MS, asked);
    assert_string_equal(asked, "Uem Uem!"); /* it is known to speak EDNS */
    manner = (struct sp_manner){0};
    run(&manner, "sA", NOW_MS, asked);
    run(&manner, "sA", NOW_MS, asked);
    run(&manner, "A", NOW_MS, asked);
    assert_string_equal(asked, "U-m!");
}

/* A server that has answered so many datagrams, all within one second before NOW_MS. */
static struct sp_manner manner_after(unsigned n_answers, uint64_t now_ms)
{
    struct sp_manner manner = {0};
    char asked[64];
    for (unsigned i = 0; i < n_answers; i++)
        run(&manner, "A", now_ms - 900 + i, asked);
    return manner;
}

static void check_limit(unsigned n_answers, uint64_t later_ms, const char *outcomes,
                        const char *expected, bool is_limited)
{
    struct sp_manner manner = manner_after(n_answers, NOW_MS);
    char asked[64];
    run(&manner, outcomes, NOW_MS + later_ms, asked);
    assert_string_equal(asked, expected);
    assert_int_equal(sp_manner_is_limited(&manner, NOW_MS + later_ms), is_limited);
}

static void knows_rate_limits(void **state)
{
    (void)state;
    check_limit(SP_DNS_FAST, 0, "sA", "Uem Tem!", true);
    check_limit(SP_DNS_FAST, 0, "EA", "Uem Tem!", true);
    check_limit(SP_DNS_FAST, 0, "tA", "Uem Tem!", false);     /* cut, yet not empty */
    check_limit(SP_DNS_FAST - 2, 0, "sA", "Uem Uem!", false); /* not fast */
    check_limit(SP_DNS_FAST - 2, 0, "EA", "Uem Tem!", false);
    check_limit(SP_DNS_FAST, 1500, "sA", "Uem Uem!", false); /* not any more */
    check_limit(0, 0, "ssA", "Uem U-m T-m!", true);          /* answers by TCP alone */
    check_limit(0, 0, "sss", "Uem U-m T-m.", false);         /* dead */
}

/* Many at once to a server that has answered, but never a question with EDNS. */
static void tells_silence_to_edns_from_a_rate_limit(void **state)
{
    struct sp_manner manner = {0};
    char asked[64];
    (void)state;
    run(&manner, "sA", NOW_MS, asked);
    for (unsigned i = 0; i < SP_DNS_FAST; i++)
        manner.sent_ms[manner.n_sent++ % SP_DNS_FAST] = NOW_MS;
    run(&manner, "sA", NOW_MS, asked);
    assert_string_equal(asked, "Uem U-m!");
    assert_false(sp_manner_is_limited(&manner, NOW_MS));
}

static void leaves_a_rate_limit(void **state)
{
    struct sp_manner manner = manner_after(SP_DNS_FAST, NOW_MS);
    uint64_t now_ms = NOW_MS;
    char asked[64];
    (void)state;
    for (unsigned wait_ms = SP_DNS_LIMITED_MS; wait_ms < SP_DNS_LIMITED_MAX_MS; wait_ms *= 2) {
        run(&manner, "EA", now_ms, asked);
        run(&manner, "A", now_ms + wait_ms - 1, asked);
        assert_string_equal(asked, "Tem!");
        now_ms += wait_ms;
        assert_false(sp_manner_is_limited(&manner, now_ms));
        for (unsigned i = 0; i < SP_DNS_FAST; i++)
            run(&manner, "A", now_ms, asked);
        assert_string_equal(asked, "Uem!");
    }
    run(&manner, "EA", now_ms, asked);
    assert_int_equal(manner.limited_until_ms, now_ms + SP_DNS_LIMITED_MAX_MS);
    /* Long after, it begins anew. */
    now_ms += 3 * SP_DNS_LIMITED_MAX_MS;
    for (unsigned i = 0; i < SP_DNS_FAST; i++)
        run(&manner, "A", now_ms, asked);
    run(&manner, "EA", now_ms, asked);
    assert_int_equal(manner.limited_until_ms, now_ms + SP_DNS_LIMITED_MS);
}

static void goes_back_to_udp_without_tcp(void **state)
{
    struct sp_manner manner = manner_after(SP_DNS_FAST, NOW_MS);
    char asked[64];
    (void)state;
    run(&manner, "sf", NOW_MS, asked);
    assert_string_equal(asked, "Uem Tem.");
    run(&manner, "fA", NOW_MS + 1, asked);
    assert_string_equal(asked, "Tem Uem!");
    assert_false(sp_manner_is_limited(&manner, NOW_MS + 1));
    run(&manner, "A", NOW_MS + 2, asked);
    assert_string_equal(asked, "Uem!");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_as_the_server_wants),
        cmocka_unit_test(believes_silence_to_edns_twice),
        cmocka_unit_test(knows_rate_limits),
        cmocka_unit_test(tells_silence_to_edns_from_a_rate_limit),
        cmocka_unit_test(leaves_a_rate_limit),
        cmocka_unit_test(goes_back_to_udp_without_tcp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
