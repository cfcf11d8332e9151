/*
 * A tiny HTTP server for tests, on a free loopback port and on the test's own loop. Its handles do
 * not keep the loop alive: sp_loop_run() ends when the client under test has nothing left to wait
 * for.
 */
#ifndef SP_TESTS_LOOPBACK_SERVER_H
#define SP_TESTS_LOOPBACK_SERVER_H

#include "base/buf.h"
#include "base/loop.h"

struct server;
struct connection;

/* A whole request has arrived. TARGET is its path and query, REQUEST all of its bytes. */
typedef void (*server_fn)(void *arg, struct connection *connection, const char *target,
                          const struct sp_buf *request);

struct server *server_new(struct sp_loop *loop, server_fn fn, void *arg);
void server_free(struct server *server);
unsigned server_port(const struct server *server);
/* "http://127.0.0.1:PORT" followed by PATH; owned by the caller. */
char *server_url(const struct server *server, const char *path);
unsigned server_connections(const struct server *server); /* accepted so far */
unsigned server_requests(const struct server *server);    /* whole ones, so far */

/* What a handler may do, at once or later while the connection lives. */
void connection_send(struct connection *connection, const void *bytes, size_t len);
/* A whole answer; HEADERS is "" or lines that each end in CR LF. */
void connection_answer(struct connection *connection, int status, const char *headers,
                       const char *body);
void connection_answer_later(struct connection *connection, unsigned delay_ms, int status);
void connection_close(struct connection *connection); /* after what was sent */
void connection_reset(struct connection *connection); /* RST */

#endif
