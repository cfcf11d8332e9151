/*
 * DNS over HTTPS against a server on loopback, which here speaks plain HTTP: TLS is libcurl's. What
 * the server does is the path of the resolver's URL.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "dns/client.h"
#include "dns_answer.h"
#include "loopback_server.h"

struct world {
    struct sp_loop *loop;
    struct server *server;
    struct sp_dns_client *client;
    char *urls[2];
    unsigned n_calls;
    enum sp_transport_status status;
    unsigned rcode, counter;
    struct sp_address answered;
    char target[SP_NAME_TEXT_SIZE];
    bool frees_client;
};

static void on_reply(void *arg, const struct sp_dns_reply *reply)
{
    struct world *world = arg;
    world->n_calls++;
    world->status = reply->status;
    world->answered = reply->server;
    if (reply->message) {
        world->rcode = reply->message->rcode;
        if (reply->message->records.n)
            sp_name_format(&reply->message->records.items[0].target, world->target);
    }
    if (world->frees_client) {
        sp_dns_client_free(world->client);
        world->client = NULL;
    }
}

static void answer(struct connection *connection, const char *type, const struct sp_buf *body)
{
    struct sp_buf out = SP_BUF_INIT(SP_DNS_MESSAGE_MAX);
    sp_buf_printf(&out, "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n", type,
                  body->len);
    sp_buf_append(&out, body->data, body->len);
    connection_send(connection, out.data, out.len);
    sp_buf_fini(&out);
}

static void on_request(void *arg, struct connection *connection, const char *target,
                       const struct sp_buf *request)
{
    struct sp_buf bytes = SP_BUF_INIT(SP_DNS_MESSAGE_MAX);
    struct sp_dns_message query;
    const char *text = request->data, *body = strstr(text, "\r\n\r\n") + 4;
    (void)arg;
    assert_int_equal(strncmp(text, "POST /", 6), 0);
    assert_non_null(strstr(text, "Content-Type: application/dns-message\r\n"));
    assert_non_null(strstr(text, "Accept: application/dns-message\r\n"));
    assert_int_equal(sp_dns_message_parse(body, request->len - (size_t)(body - text), &query), 0);
    assert_int_equal(query.id, 0);
    assert_int_equal((uint8_t)body[2] & 1, 1); /* RD */
    bool is_other = strcmp(target, "/other-question") == 0;
    struct sp_name question = is_other ? name_of("other.example.com") : query.question;
    start_answer(&bytes, strcmp(target, "/other-id") == 0 ? 7 : 0, QR | RA,
                 strcmp(target, "/nxdomain") == 0 ? SP_DNS_NXDOMAIN : SP_DNS_NOERROR, &question,
                 query.question_type);
    if (strcmp(target, "/nxdomain") != 0)
        add_record(&bytes, SP_DNS_ANSWER, SP_NAME_STR(&query.question), SP_DNS_CNAME, "u1.example");
    if (strcmp(target, "/cut") == 0)
        bytes.len -= 3;
    if (strcmp(target, "/500") == 0)
        connection_answer(connection, 500, "Content-Type: application/dns-message\r\n", "");
    else if (strcmp(target, "/reset") == 0)
        connection_reset(connection);
    else if (strcmp(target, "/silent") != 0)
        answer(connection, strcmp(target, "/html") == 0 ? "text/html" : "application/dns-message",
               &bytes);
    sp_dns_message_fini(&query);
    sp_buf_fini(&bytes);
}

/* A client whose resolvers are at the paths; the second one may be NULL. */
static struct world *world_new(const char *path, const char *second)
{
    struct world *world = sp_new(struct world);
    const char *paths[] = {path, second};
    struct sp_address resolvers[2];
    struct sp_err err = SP_ERR_INIT;
    size_t n = second ? 2 : 1;
    world->loop = sp_loop_new();
    world->server = server_new(world->loop, on_request, world);
    for (size_t i = 0; i < n; i++) {
        world->urls[i] = server_url(world->server, paths[i]);
        resolvers[i] = (struct sp_address){.family = SP_ADDRESS_URL, .url = world->urls[i]};
    }
    struct sp_dns_config config = {
        .resolvers = resolvers, .n_resolvers = n, .https = sp_transport_https_new(world->loop)};
    world->client = sp_dns_client_new(world->loop, sp_transport_new(world->loop), &config, &err);
    assert_non_null(world->client);
    return world;
}

static struct sp_dns_query *start(struct world *world)
{
    struct sp_name name = name_of("x.example.com");
    return sp_dns_resolve(world->client, &name, SP_DNS_CNAME, &world->counter, on_reply, world);
}

static void world_free(struct world *world)
{
    sp_dns_client_free(world->client);
    server_free(world->server);
    sp_loop_free(world->loop);
    free(world->urls[0]);
    free(world->urls[1]);
    free(world);
}

static void resolves(void **state)
{
    struct world *world = world_new("/dns-query", NULL);
    (void)state;
    for (unsigned i = 1; i <= 2; i++) {
        start(world);
        assert_int_equal(world->n_calls, i - 1);
        sp_loop_run(world->loop);
        assert_int_equal(world->n_calls, i);
        assert_int_equal(world->status, SP_TRANSPORT_OK);
        assert_string_equal(world->target, "u1.example");
    }
    assert_int_equal(world->counter, 2);
    assert_int_equal(server_connections(world->server), 1);
    world_free(world);
}

static void tells_failures_apart(void **state)
{
    static const struct {
        const char *path;
        enum sp_transport_status status;
        unsigned rcode;
    } rows[] = {
        {"/nxdomain", SP_TRANSPORT_OK, SP_DNS_NXDOMAIN},
        {"/500", SP_TRANSPORT_FAILED, 0},
        {"/html", SP_TRANSPORT_FAILED, 0},
        {"/cut", SP_TRANSPORT_FAILED, 0},
        {"/other-id", SP_TRANSPORT_FAILED, 0},
        {"/other-question", SP_TRANSPORT_FAILED, 0},
        {"/reset", SP_TRANSPORT_TIMEOUT, 0},
    };
    (void)state;
    for (size_t i = 0; i < SP_ARRAY_LEN(rows); i++) {
        struct world *world = world_new(rows[i].path, NULL);
        start(world);
        sp_loop_run(world->loop);
        if (world->status != rows[i].status || world->rcode != rows[i].rcode)
            fail_msg("%s: %d", rows[i].path, (int)world->status);
        assert_int_equal(world->n_calls, 1);
        assert_int_equal(world->counter, 1); /* there is no other way to ask */
        world_free(world);
    }
}

static void asks_the_next_resolver(void **state)
{
    struct world *world = world_new("/500", "/dns-query");
    (void)state;
    start(world);
    sp_loop_run(world->loop);
    assert_int_equal(world->status, SP_TRANSPORT_OK);
    assert_int_equal(world->counter, 2);
    assert_string_equal(world->answered.url, world->urls[1]);
    world_free(world);
}

static void cancels(void **state)
{
    struct world *world = world_new("/silent", NULL);
    (void)state;
    struct sp_dns_query *query = start(world);
    start(world);
    while (server_requests(world->server) < 2)
        uv_run(sp_loop_uv(world->loop), UV_RUN_ONCE);
    sp_dns_query_cancel(&query);
    world_free(world); /* with a question under way */
}

static void may_be_freed_inside(void **state)
{
    struct world *world = world_new("/dns-query", NULL);
    (void)state;
    world->frees_client = true;
    start(world);
    start(world);
    sp_loop_run(world->loop);
    assert_int_equal(world->n_calls, 1);
    world_free(world);
}

static void gives_up_in_time(void **state)
{
    struct world *world = world_new("/silent", NULL);
    uint64_t started_ms = sp_monotonic_ms();
    (void)state;
    start(world);
    sp_loop_run(world->loop);
    assert_int_equal(world->status, SP_TRANSPORT_TIMEOUT);
    assert_in_range(sp_monotonic_ms() - started_ms, SP_DNS_HTTPS_MS - 100, SP_DNS_HTTPS_MS + 3000);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resolves),
        cmocka_unit_test(tells_failures_apart),
        cmocka_unit_test(asks_the_next_resolver),
        cmocka_unit_test(cancels),
        cmocka_unit_test(may_be_freed_inside),
        cmocka_unit_test(gives_up_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
