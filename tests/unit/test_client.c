#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "dns/client.h"
#include "dns_responder.h"

struct fixture {
    struct sp_loop *loop;
    struct responder responders[2];
    struct sp_dns_client *client;
    unsigned counter;
};

struct result {
    unsigned n_calls;
    enum sp_transport_status status;
    unsigned rcode;
    bool is_authoritative, is_truncated, has_message;
    struct sp_address server;
    size_t nsid_len;
    char target[SP_NAME_TEXT_SIZE];
};

static void on_reply(void *arg, const struct sp_dns_reply *reply)
{
    struct result *result = arg;
    result->n_calls++;
    result->status = reply->status;
    result->server = reply->server;
    result->has_message = reply->message != NULL;
    if (!reply->message)
        return;
    result->rcode = reply->message->rcode;
    result->is_authoritative = reply->message->is_authoritative;
    result->is_truncated = reply->message->is_truncated;
    result->nsid_len = reply->message->nsid_len;
    if (result->nsid_len)
        assert_memory_equal(reply->message->nsid, "ns-1", 4);
    if (reply->message->records.n)
        sp_name_format(&reply->message->records.items[0].target, result->target);
}

static int setup(void **state)
{
    struct fixture *fixture = sp_new(struct fixture);
    struct sp_err err = SP_ERR_INIT;
    struct sp_address resolvers[2];
    fixture->loop = sp_loop_new();
    for (int i = 0; i < 2; i++) {
        responder_init(&fixture->responders[i], fixture->loop);
        resolvers[i] = fixture->responders[i].address;
    }
    struct sp_dns_config config = {resolvers, 2, 5300};
    fixture->client =
        sp_dns_client_new(fixture->loop, sp_transport_new(fixture->loop), &config, &err);
    assert_non_null(fixture->client);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    sp_dns_client_free(fixture->client);
    for (int i = 0; i < 2; i++)
        responder_close_all(&fixture->responders[i]);
    sp_loop_free(fixture->loop);
    free(fixture);
    return 0;
}

static struct result ask(struct fixture *fixture, const char *text)
{
    struct result result = {0};
    struct sp_name name = name_of(text);
    struct sp_dns_query *query = sp_dns_ask(fixture->client, &fixture->responders[0].address, &name,
                                            SP_DNS_CNAME, &fixture->counter, on_reply, &result);
    assert_non_null(query);
    assert_int_equal(result.n_calls, 0); /* never from inside the call */
    sp_loop_run(fixture->loop);
    assert_int_equal(result.n_calls, 1);
    return result;
}

static void answers(void **state)
{
    struct fixture *fixture = *state;
    struct responder *responder = fixture->responders;
    struct result result = ask(fixture, "ok.example.com");
    assert_int_equal(result.status, SP_TRANSPORT_OK);
    assert_true(result.is_authoritative);
    assert_string_equal(result.target, "udp.example");
    assert_true(sp_address_equal(&result.server, &responder->address));
    assert_int_equal(responder->n_udp, 1);
    assert_int_equal(responder->n_tcp, 0);
    assert_int_equal(responder->n_recursive, 0);
    assert_int_equal(fixture->counter, 1);
}

static void tells_answers_apart(void **state)
{
    static const struct {
        const char *name;
        unsigned rcode;
        bool is_authoritative;
    } rows[] = {
        {"noaa.example.com", SP_DNS_NOERROR, false},
        {"refused-noaa.example.com", SP_DNS_REFUSED, false},
        {"servfail.example.com", SP_DNS_SERVFAIL, true},
        {"nxdomain.example.com", SP_DNS_NXDOMAIN, true},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct result result = ask(fixture, rows[i].name);
        assert_int_equal(result.status, SP_TRANSPORT_OK);
        assert_int_equal(result.rcode, rows[i].rcode);
        assert_int_equal(result.is_authoritative, rows[i].is_authoritative);
    }
    /* One answer is an answer: nothing was asked again. */
    assert_int_equal(fixture->responders[0].n_udp, SP_ARRAY_LEN(rows));
    assert_int_equal(fixture->responders[0].n_tcp, 0);
}

static void goes_to_tcp_when_truncated(void **state)
{
    struct fixture *fixture = *state;
    struct result result = ask(fixture, "tc.example.com");
    assert_int_equal(result.status, SP_TRANSPORT_OK);
    assert_false(result.is_truncated);
    assert_string_equal(result.target, "tcp.example");
    assert_int_equal(fixture->responders[0].n_udp, 1);
    assert_int_equal(fixture->responders[0].n_tcp, 1);
    assert_int_equal(fixture->counter, 2);
}

static void goes_to_tcp_when_silent(void **state)
{
    struct fixture *fixture = *state;
    uint64_t started_ms = sp_monotonic_ms();
    struct result result = ask(fixture, "drop.example.com");
    assert_int_equal(result.status, SP_TRANSPORT_OK);
    assert_string_equal(result.target, "tcp.example");
    assert_int_equal(fixture->responders[0].n_udp, SP_DNS_UDP_TRIES);
    assert_int_equal(fixture->responders[0].n_tcp, 1);
    assert_in_range(sp_monotonic_ms() - started_ms, SP_DNS_UDP_TRIES * SP_DNS_UDP_TIMEOUT_MS - 5,
                    3000);
}

static void goes_to_tcp_when_broken(void **state)
{
    struct fixture *fixture = *state;
    struct result result = ask(fixture, "garbage.example.com");
    assert_int_equal(result.status, SP_TRANSPORT_OK);
    assert_string_equal(result.target, "tcp.example");
    result = ask(fixture, "broken.example.com");
    assert_int_equal(result.status, SP_TRANSPORT_FAILED);
    assert_false(result.has_message);
}

static void asks_again_after_a_hangup(void **state)
{
    struct fixture *fixture = *state;
    struct result result = ask(fixture, "tc-hangup.example.com");
    assert_int_equal(result.status, SP_TRANSPORT_OK);
    assert_string_equal(result.target, "tcp.example");
    assert_int_equal(fixture->responders[0].n_tcp, 2);
}

static void ignores_wrong_ids(void **state)
{
    struct fixture *fixture = *state;
    struct result result = ask(fixture, "wrongid.example.com");
    assert_int_equal(result.status, SP_TRANSPORT_OK);
    assert_string_equal(result.target, "udp.example");
    assert_int_equal(fixture->responders[0].n_udp, 1);
    assert_int_equal(fixture->counter, 1);
}

/* What a server's first and second answer took, by words of the question. */
static void check_manners(struct fixture *fixture, const char *text, const char *target,
                          unsigned n_udp, unsigned n_tcp, unsigned n_edns, unsigned n_second)
{
    struct responder *responder = fixture->responders;
    struct result result = ask(fixture, text);
    assert_int_equal(result.status, SP_TRANSPORT_OK);
    assert_string_equal(result.target, target);
    assert_int_equal(responder->n_udp, n_udp);
    assert_int_equal(responder->n_tcp, n_tcp);
    assert_int_equal(responder->n_edns, n_edns);
    assert_int_equal(fixture->counter, n_udp + n_tcp);
    ask(fixture, text);
    assert_int_equal(fixture->counter, n_udp + n_tcp + n_second);
}

static void asks_for_the_servers_id(void **state)
{
    struct result result = ask(*state, "nsid.example.com");
    assert_int_equal(result.nsid_len, 4);
    result = ask(*state, "ok.example.com");
    assert_int_equal(result.nsid_len, 0);
    assert_int_equal(((struct fixture *)*state)->responders[0].n_edns, 2);
}

static void drops_edns_on_formerr(void **state)
{
    check_manners(*state, "formerr.example.com", "udp.example", 2, 0, 1, 1);
}

static void drops_edns_on_notimp(void **state)
{
    check_manners(*state, "notimp.example.com", "udp.example", 2, 0, 1, 1);
}

static void drops_edns_on_badvers(void **state)
{
    check_manners(*state, "badvers.example.com", "udp.example", 2, 0, 1, 1);
}

static void drops_edns_on_an_error_without_question(void **state)
{
    check_manners(*state, "bare.example.com", "udp.example", 2, 0, 1, 1);
}

static void drops_edns_on_silence(void **state)
{
    struct fixture *fixture = *state;
    /* Once may have been a loss; twice is a manner. */
    check_manners(fixture, "mute.example.com", "udp.example", 2, 0, 1, 2);
    ask(fixture, "mute.example.com");
    assert_int_equal(fixture->counter, 5);
}

static void settles_other_letters_by_tcp(void **state)
{
    /* The answer by TCP shows that the server changes them: they are not mixed any more. */
    check_manners(*state, "lower.example.com", "tcp.example", 1, 1, 2, 1);
    assert_string_equal(ask(*state, "lower.example.com").target, "udp.example");
}

static void believes_no_other_letters(void **state)
{
    /* By TCP they are right: the datagram was not the server's, and the next is no better. */
    check_manners(*state, "forged.example.com", "tcp.example", 1, 1, 2, 2);
}

static void asks_in_lower_case_without_tcp(void **state)
{
    check_manners(*state, "lower-notcp.example.com", "udp.example", 2, 2, 4, 1);
}

static void takes_a_rate_limit_for_no_absence(void **state)
{
    struct fixture *fixture = *state;
    struct responder *responder = fixture->responders;
    for (unsigned i = 0; i < SP_DNS_FAST; i++)
        assert_string_equal(ask(fixture, "limit.example.com").target, "udp.example");
    uint64_t started_ms = sp_monotonic_ms();
    assert_string_equal(ask(fixture, "limit.example.com").target, "tcp.example");
    /* One time-out, and none any more: it is asked by TCP for a while. */
    assert_string_equal(ask(fixture, "limit.example.com").target, "tcp.example");
    assert_in_range(sp_monotonic_ms() - started_ms, SP_DNS_UDP_TIMEOUT_MS - 5,
                    2 * SP_DNS_UDP_TIMEOUT_MS - 5);
    assert_int_equal(responder->n_udp, SP_DNS_FAST + 1);
    assert_int_equal(responder->n_tcp, 2);
}

static void reports_silence(void **state)
{
    struct fixture *fixture = *state;
    struct result result = ask(fixture, "dead.example.com");
    assert_int_equal(result.status, SP_TRANSPORT_TIMEOUT);
    assert_false(result.has_message);
    assert_int_equal(fixture->responders[0].n_udp, SP_DNS_UDP_TRIES);
    assert_int_equal(fixture->responders[0].n_tcp, 1);
    assert_int_equal(fixture->counter, SP_DNS_UDP_TRIES + 1);
}

static void reports_a_dead_port(void **state)
{
    struct fixture *fixture = *state;
    struct sp_address nobody = address_of_nobody();
    struct sp_name name = name_of("ok.example.com");
    struct result results[20] = {0};
    uint64_t started_ms = sp_monotonic_ms();
    /* Several at once: an ICMP error that another one's datagram picks up is an error for all. */
    for (size_t i = 0; i < SP_ARRAY_LEN(results); i++)
        sp_dns_ask(fixture->client, &nobody, &name, SP_DNS_CNAME, &fixture->counter, on_reply,
                   &results[i]);
    sp_loop_run(fixture->loop);
    for (size_t i = 0; i < SP_ARRAY_LEN(results); i++) {
        assert_int_equal(results[i].n_calls, 1);
        assert_int_equal(results[i].status, SP_TRANSPORT_REFUSED);
    }
    assert_in_range(sp_monotonic_ms() - started_ms, 0, SP_DNS_UDP_TIMEOUT_MS - 100);
    assert_int_equal(fixture->counter, 2 * SP_ARRAY_LEN(results));
}

static struct result resolve(struct fixture *fixture, const char *text)
{
    struct result result = {0};
    struct sp_name name = name_of(text);
    sp_dns_resolve(fixture->client, &name, SP_DNS_CNAME, &fixture->counter, on_reply, &result);
    sp_loop_run(fixture->loop);
    assert_int_equal(result.n_calls, 1);
    return result;
}

static void resolves(void **state)
{
    struct fixture *fixture = *state;
    struct result result = resolve(fixture, "nxdomain.example.com");
    assert_int_equal(result.rcode, SP_DNS_NXDOMAIN);
    assert_int_equal(fixture->responders[0].n_recursive, 1);
    assert_int_equal(fixture->responders[1].n_udp, 0);
    assert_true(
        sp_address_equal(sp_dns_client_resolver(fixture->client), &fixture->responders[0].address));
    assert_int_equal(sp_dns_client_authoritative_port(fixture->client), 5300);
}

static void asks_the_next_resolver(void **state)
{
    struct fixture *fixture = *state;
    struct result result = resolve(fixture, "servfail.example.com");
    assert_int_equal(result.rcode, SP_DNS_SERVFAIL);
    assert_int_equal(fixture->responders[0].n_udp, 1);
    assert_int_equal(fixture->responders[1].n_udp, 1);
    assert_true(sp_address_equal(&result.server, &fixture->responders[1].address));
}

static void leaves_a_silent_resolver(void **state)
{
    struct sp_address resolvers[2] = {address_of_nobody()};
    struct fixture *fixture = *state;
    struct sp_err err = SP_ERR_INIT;
    resolvers[1] = fixture->responders[1].address;
    struct sp_dns_config config = {resolvers, 2, 53};
    sp_dns_client_free(fixture->client);
    fixture->client =
        sp_dns_client_new(fixture->loop, sp_transport_new(fixture->loop), &config, &err);
    assert_int_equal(resolve(fixture, "ok.example.com").status, SP_TRANSPORT_OK);
    assert_int_equal(fixture->counter, 3); /* UDP and TCP in vain */
    assert_int_equal(resolve(fixture, "ok.example.com").status, SP_TRANSPORT_OK);
    assert_int_equal(fixture->counter, 4);
}

static void caps_what_is_under_way(void **state)
{
    struct fixture *fixture = *state;
    struct result results[4 * SP_DNS_INFLIGHT_MAX] = {0};
    struct sp_dns_query *queries[SP_ARRAY_LEN(results)];
    struct sp_name name = name_of("slow.example.com");
    for (size_t i = 0; i < SP_ARRAY_LEN(results); i++)
        queries[i] = sp_dns_ask(fixture->client, &fixture->responders[0].address, &name,
                                SP_DNS_CNAME, NULL, on_reply, &results[i]);
    /* One that is under way, one that waits, and the last: the others still come through. */
    sp_dns_query_cancel(&queries[0]);
    sp_dns_query_cancel(&queries[SP_DNS_INFLIGHT_MAX + 1]);
    sp_dns_query_cancel(&queries[SP_ARRAY_LEN(results) - 1]);
    assert_null(queries[0]);
    sp_dns_query_cancel(&queries[0]);
    sp_loop_run(fixture->loop);
    unsigned n_calls = 0;
    for (size_t i = 0; i < SP_ARRAY_LEN(results); i++) {
        n_calls += results[i].n_calls;
        assert_int_equal(results[i].n_calls, queries[i] ? 1 : 0);
    }
    assert_int_equal(n_calls, SP_ARRAY_LEN(results) - 3);
    assert_in_range(fixture->responders[0].n_open_max, SP_DNS_INFLIGHT_MAX / 2,
                    SP_DNS_INFLIGHT_MAX + 1);
}

static void asks_a_bounded_number_of_resolvers(void **state)
{
    struct fixture *fixture = *state;
    struct sp_err err = SP_ERR_INIT;
    struct sp_address resolvers[SP_DNS_RESOLVERS_MAX + 4];
    for (size_t i = 0; i < SP_ARRAY_LEN(resolvers); i++)
        resolvers[i] = fixture->responders[0].address;
    struct sp_dns_config config = {resolvers, SP_ARRAY_LEN(resolvers), 0};
    struct sp_dns_client *client =
        sp_dns_client_new(fixture->loop, sp_transport_new(fixture->loop), &config, &err);
    assert_non_null(client);
    assert_int_equal(sp_dns_client_authoritative_port(client), 53);
    sp_dns_client_free(fixture->client);
    fixture->client = client;
    assert_int_equal(resolve(fixture, "servfail.example.com").rcode, SP_DNS_SERVFAIL);
    assert_int_equal(fixture->counter, SP_DNS_RESOLVERS_MAX);
    sp_dns_client_free(NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(answers),
        TEST(tells_answers_apart),
        TEST(goes_to_tcp_when_truncated),
        TEST(goes_to_tcp_when_silent),
        TEST(goes_to_tcp_when_broken),
        TEST(asks_again_after_a_hangup),
        TEST(ignores_wrong_ids),
        TEST(asks_for_the_servers_id),
        TEST(drops_edns_on_formerr),
        TEST(drops_edns_on_notimp),
        TEST(drops_edns_on_badvers),
        TEST(drops_edns_on_an_error_without_question),
        TEST(drops_edns_on_silence),
        TEST(settles_other_letters_by_tcp),
        TEST(believes_no_other_letters),
        TEST(asks_in_lower_case_without_tcp),
        TEST(takes_a_rate_limit_for_no_absence),
        TEST(reports_silence),
        TEST(reports_a_dead_port),
        TEST(resolves),
        TEST(asks_the_next_resolver),
        TEST(leaves_a_silent_resolver),
        TEST(caps_what_is_under_way),
        TEST(asks_a_bounded_number_of_resolvers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
