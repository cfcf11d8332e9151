#include "loopback_server.h"

#include <arpa/inet.h>
#include <uv.h>

#include "base/limits.h"
#include "base/text.h"

struct server {
    uv_tcp_t *tcp; /* on the heap: it outlives the server until it is closed */
    struct sp_loop *loop;
    server_fn fn;
    void *arg;
    struct connection *connections;
    unsigned port, n_connections, n_requests;
};

struct connection {
    uv_tcp_t tcp; /* first: the close callback frees the whole by it */
    struct server *server;
    struct connection *next, **link;
    struct sp_buf in;
    char chunk[16384];
    struct sp_timer *timer;
    int later_status;
    bool is_closing;
};

struct sending {
    uv_write_t request; /* first */
    char *bytes;
};

static void free_connection(uv_handle_t *handle)
{
    struct connection *connection = (struct connection *)handle;
    sp_buf_fini(&connection->in);
    free(connection);
}

/* Off the server's list; true when that had not happened yet. */
static bool unlink_connection(struct connection *connection)
{
    if (connection->is_closing)
        return false;
    connection->is_closing = true;
    sp_timer_stop(&connection->timer);
    *connection->link = connection->next;
    if (connection->next)
        connection->next->link = connection->link;
    return true;
}

static void close_now(struct connection *connection)
{
    if (unlink_connection(connection))
        uv_close((uv_handle_t *)&connection->tcp, free_connection);
}

static void on_shutdown(uv_shutdown_t *request, int status SP_UNUSED)
{
    struct connection *connection = (struct connection *)request->handle;
    free(request);
    close_now(connection);
}

void connection_close(struct connection *connection)
{
    uv_shutdown_t *request = sp_new(uv_shutdown_t);
    if (uv_shutdown(request, (uv_stream_t *)&connection->tcp, on_shutdown) < 0) {
        free(request);
        close_now(connection);
    }
}

void connection_reset(struct connection *connection)
{
    if (unlink_connection(connection) && uv_tcp_close_reset(&connection->tcp, free_connection) < 0)
        uv_close((uv_handle_t *)&connection->tcp, free_connection);
}

static void on_sent(uv_write_t *request, int status SP_UNUSED)
{
    struct sending *sending = (struct sending *)request;
    free(sending->bytes);
    free(sending);
}

void connection_send(struct connection *connection, const void *bytes, size_t len)
{
    struct sending *sending = sp_new(struct sending);
    sending->bytes = sp_memdup(bytes, len);
    uv_buf_t buf = uv_buf_init(sending->bytes, (unsigned)len);
    if (uv_write(&sending->request, (uv_stream_t *)&connection->tcp, &buf, 1, on_sent) < 0)
        on_sent(&sending->request, 0);
}

void connection_answer(struct connection *connection, int status, const char *headers,
                       const char *body)
{
    struct sp_buf out = SP_BUF_INIT(SP_OUTPUT_MAX);
    sp_buf_printf(&out, "HTTP/1.1 %d Word\r\nContent-Length: %zu\r\n%s\r\n%s", status, strlen(body),
                  headers, body);
    connection_send(connection, out.data, out.len);
    sp_buf_fini(&out);
}

static void on_later(void *arg)
{
    struct connection *connection = arg;
    connection->timer = NULL;
    connection_answer(connection, connection->later_status, "", "later");
}

void connection_answer_later(struct connection *connection, unsigned delay_ms, int status)
{
    connection->later_status = status;
    sp_timer_stop(&connection->timer);
    connection->timer = sp_timer_start(connection->server->loop, delay_ms, on_later, connection);
}

/* The length of the whole request at the front of IN, or 0 while it is incomplete. */
static size_t whole_request(const struct sp_buf *in)
{
    const char *end = strstr(sp_buf_str(in), "\r\n\r\n");
    const char *field = strcasestr(sp_buf_str(in), "\r\nContent-Length:");
    if (!end)
        return 0;
    size_t len = (size_t)(end - in->data) + 4;
    if (field && field < end)
        len += (size_t)strtoul(field + 17, NULL, 10);
    return in->len >= len ? len : 0;
}

static void serve(struct connection *connection, size_t len)
{
    struct server *server = connection->server;
    struct sp_buf request = SP_BUF_INIT(SP_OUTPUT_MAX);
    sp_buf_append(&request, connection->in.data, len);
    sp_buf_drop(&connection->in, len);
    struct sp_cursor cursor = sp_cursor_of(request.data, request.len);
    (void)sp_cursor_until(&cursor, " ");
    sp_cursor_skip(&cursor, 1);
    char *target = sp_span_dup(sp_cursor_until(&cursor, " \r\n"));
    server->n_requests++;
    server->fn(server->arg, connection, target, &request);
    free(target);
    sp_buf_fini(&request);
}

static void on_alloc(uv_handle_t *handle, size_t wanted SP_UNUSED, uv_buf_t *ret)
{
    struct connection *connection = (struct connection *)handle;
    *ret = uv_buf_init(connection->chunk, sizeof(connection->chunk));
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
    struct connection *connection = (struct connection *)stream;
    size_t whole;
    if (len < 0) {
        close_now(connection);
        return;
    }
    sp_buf_append(&connection->in, buf->base, (size_t)len);
    while (!connection->is_closing && (whole = whole_request(&connection->in)))
        serve(connection, whole);
}

static void on_connection(uv_stream_t *stream, int status)
{
    struct server *server = stream->data;
    if (status < 0)
        return;
    struct connection *connection = sp_new(struct connection);
    sp_buf_init(&connection->in, SP_OUTPUT_MAX);
    connection->server = server;
    connection->next = server->connections;
    connection->link = &server->connections;
    if (server->connections)
        server->connections->link = &connection->next;
    server->connections = connection;
    server->n_connections++;
    uv_tcp_init(sp_loop_uv(server->loop), &connection->tcp);
    if (uv_accept(stream, (uv_stream_t *)&connection->tcp) < 0) {
        close_now(connection);
        return;
    }
    uv_read_start((uv_stream_t *)&connection->tcp, on_alloc, on_read);
    uv_unref((uv_handle_t *)&connection->tcp);
}

static void free_listener(uv_handle_t *handle)
{
    free(handle);
}

struct server *server_new(struct sp_loop *loop, server_fn fn, void *arg)
{
    struct server *server = sp_new(struct server);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int len = sizeof(address);
    server->loop = loop;
    server->fn = fn;
    server->arg = arg;
    server->tcp = sp_new(uv_tcp_t);
    server->tcp->data = server;
    if (uv_tcp_init(sp_loop_uv(loop), server->tcp) < 0 ||
        uv_tcp_bind(server->tcp, (struct sockaddr *)&address, 0) < 0 ||
        uv_listen((uv_stream_t *)server->tcp, 128, on_connection) < 0 ||
        uv_tcp_getsockname(server->tcp, (struct sockaddr *)&address, &len) < 0)
        abort();
    uv_unref((uv_handle_t *)server->tcp);
    server->port = ntohs(address.sin_port);
    return server;
}

void server_free(struct server *server)
{
    while (server->connections)
        close_now(server->connections);
    uv_close((uv_handle_t *)server->tcp, free_listener);
    free(server);
}

unsigned server_port(const struct server *server)
{
    return server->port;
}

char *server_url(const struct server *server, const char *path)
{
    return sp_asprintf("http://127.0.0.1:%u%s", server->port, path);
}

unsigned server_connections(const struct server *server)
{
    return server->n_connections;
}

unsigned server_requests(const struct server *server)
{
    return server->n_requests;
}
