/*
 * For the DNS tests: a name server on loopback, UDP and TCP on one free port, on the test's own
 * loop. How it behaves is in the question: the first label is a `-`-separated list of words.
 *
 * drop      no answer by UDP
 * dead      no answer at all
 * tc        truncated by UDP
 * noaa      without the AA bit
 * refused / servfail / nxdomain: the rcode
 * wrongid   by UDP another id first, and the right answer 20 ms later
 * garbage   broken by UDP
 * broken    broken by both
 * hangup    TCP: the first connection is closed without an answer
 * slow      after 30 ms
 * formerr / notimp / badvers: the rcode, when asked with EDNS
 * bare      FORMERR without a question, when asked with EDNS
 * mute      no answer by UDP, when asked with EDNS
 * nsid      an OPT record with the server's own id "ns-1"
 * lower     the question in lower case
 * forged    the same by UDP alone
 * notcp     TCP: every connection is closed without an answer
 * limit     by UDP only the first SP_DNS_FAST questions are answered
 *
 * An answer holds one CNAME of the name to `udp.example` or `tcp.example`.
 */
#ifndef TEST_DNS_RESPONDER_H
#define TEST_DNS_RESPONDER_H

#include <sys/queue.h>
#include <uv.h>

#include "base/loop.h"
#include "dns/address.h"
#include "dns_answer.h"

struct responder {
    uv_udp_t udp;
    uv_tcp_t tcp;
    struct sp_loop *loop;
    struct sp_address address;
    unsigned n_udp, n_tcp; /* questions seen */
    unsigned n_recursive, n_edns;
    unsigned n_limited;          /* datagram questions with that word */
    unsigned n_open, n_open_max; /* datagram questions being delayed */
    bool has_hung_up;
    LIST_HEAD(, connection) connections;
    char udp_buffer[2048];
};

struct connection {
    LIST_ENTRY(connection) link;
    uv_tcp_t uv;
    struct responder *responder;
    uint8_t bytes[4096];
    size_t len;
    unsigned n_pending; /* delayed answers that point here */
    bool is_closed;
};

/* An answer on its way. */
struct delayed {
    struct responder *responder;
    struct connection *connection; /* NULL: by UDP */
    struct sockaddr_storage to;
    struct sp_buf bytes;
};

static inline bool has_word(const struct sp_name *question, const char *word)
{
    struct sp_span label = sp_name_label(question, 0);
    for (size_t at = 0; at < label.len;) {
        size_t end = at;
        while (end < label.len && label.bytes[end] != '-')
            end++;
        if (end - at == strlen(word) && memcmp(label.bytes + at, word, end - at) == 0)
            return true;
        at = end + 1;
    }
    return false;
}

static inline void free_connection(uv_handle_t *handle)
{
    struct connection *connection = handle->data;
    connection->is_closed = true;
    if (!connection->n_pending)
        free(connection);
}

static inline void close_connection(struct connection *connection)
{
    if (uv_is_closing((uv_handle_t *)&connection->uv))
        return;
    LIST_REMOVE(connection, link);
    uv_close((uv_handle_t *)&connection->uv, free_connection);
}

/* Not uv_write(), which raises SIGPIPE: a soak must see whether the client's side does. */
static inline void write_tcp(struct connection *connection, const struct sp_buf *bytes)
{
    struct sp_buf framed = SP_BUF_INIT(SP_DNS_MESSAGE_MAX + 2);
    uv_os_fd_t fd;
    sp_buf_put_u16(&framed, (uint16_t)bytes->len);
    sp_buf_append(&framed, bytes->data, bytes->len);
    if (uv_fileno((uv_handle_t *)&connection->uv, &fd) == 0)
        (void)send(fd, framed.data, framed.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    sp_buf_fini(&framed);
}

static inline void send_delayed(void *arg)
{
    struct delayed *delayed = arg;
    struct connection *connection = delayed->connection;
    if (connection) {
        connection->n_pending--;
        if (!connection->is_closed && !uv_is_closing((uv_handle_t *)&connection->uv))
            write_tcp(connection, &delayed->bytes);
        else if (connection->is_closed && !connection->n_pending)
            free(connection);
    } else {
        uv_buf_t buf = uv_buf_init(delayed->bytes.data, (unsigned)delayed->bytes.len);
        delayed->responder->n_open--;
        if (!uv_is_closing((uv_handle_t *)&delayed->responder->udp))
            uv_udp_try_send(&delayed->responder->udp, &buf, 1,
                            (const struct sockaddr *)&delayed->to);
    }
    sp_buf_fini(&delayed->bytes);
    free(delayed);
}

static inline void answer(struct responder *responder, struct connection *connection,
                          const struct sockaddr *to, const struct sp_buf *bytes, unsigned delay_ms)
{
    struct delayed *delayed = sp_new(struct delayed);
    delayed->responder = responder;
    delayed->connection = connection;
    if (to)
        memcpy(&delayed->to, to, sizeof(struct sockaddr_in));
    sp_buf_init(&delayed->bytes, SP_DNS_MESSAGE_MAX);
    sp_buf_append(&delayed->bytes, bytes->data, bytes->len);
    if (connection)
        connection->n_pending++;
    else if (++responder->n_open > responder->n_open_max)
        responder->n_open_max = responder->n_open;
    if (delay_ms)
        sp_timer_start(responder->loop, delay_ms, send_delayed, delayed);
    else
        send_delayed(delayed);
}

static inline unsigned rcode_for(const struct sp_dns_message *query)
{
    const struct sp_name *question = &query->question;
    if (query->has_edns && has_word(question, "formerr"))
        return SP_DNS_FORMERR;
    if (query->has_edns && has_word(question, "notimp"))
        return SP_DNS_NOTIMP;
    return has_word(question, "refused")    ? SP_DNS_REFUSED
           : has_word(question, "servfail") ? SP_DNS_SERVFAIL
           : has_word(question, "nxdomain") ? SP_DNS_NXDOMAIN
                                            : SP_DNS_NOERROR;
}

/* An OPT record with the upper bits of an extended rcode and an NSID. */
static inline void put_opt(struct sp_buf *out, uint8_t rcode_above)
{
    static const char nsid[] = "\0\3\0\4ns-1";
    sp_buf_putc(out, 0);
    sp_buf_put_u16(out, SP_DNS_OPT);
    sp_buf_put_u16(out, 1232);
    sp_buf_put_u32(out, (uint32_t)rcode_above << 24);
    sp_buf_put_u16(out, sizeof(nsid) - 1);
    sp_buf_append(out, nsid, sizeof(nsid) - 1);
    out->data[11]++;
}

static inline void build_answer(struct sp_buf *out, uint16_t id, const struct sp_dns_message *query,
                                const uint8_t *bytes, bool is_tcp)
{
    const struct sp_name *question = &query->question;
    unsigned rcode = rcode_for(query);
    unsigned flags = QR | (has_word(question, "noaa") ? 0u : (unsigned)AA);
    bool is_badvers = query->has_edns && has_word(question, "badvers");
    if (has_word(question, "tc") && !is_tcp)
        flags |= TC;
    start_answer(out, id, flags, rcode, question, query->question_type);
    if (!has_word(question, "lower") && (is_tcp || !has_word(question, "forged")))
        echo_letters(out, bytes);
    if (rcode == SP_DNS_NOERROR && !is_badvers && !(flags & TC))
        add_record(out, SP_DNS_ANSWER, SP_NAME_STR(question), SP_DNS_CNAME,
                   is_tcp ? "tcp.example" : "udp.example");
    if (has_word(question, "broken") || (has_word(question, "garbage") && !is_tcp))
        out->data[7]++;
    if (query->has_edns && (is_badvers || has_word(question, "nsid")))
        put_opt(out, is_badvers);
    if (query->has_edns && has_word(question, "bare")) {
        sp_buf_clear(out);
        for (int i = 0; i < 6; i++)
            sp_buf_put_u16(out, (uint16_t)(i == 0 ? id : i == 1 ? QR | SP_DNS_FORMERR : 0));
    }
}

static inline bool is_silent(struct responder *responder, const struct sp_dns_message *query,
                             bool is_tcp)
{
    const struct sp_name *question = &query->question;
    if (has_word(question, "dead"))
        return true;
    if (!is_tcp && has_word(question, "limit") && responder->n_limited++ >= SP_DNS_FAST)
        return true;
    return !is_tcp &&
           (has_word(question, "drop") || (query->has_edns && has_word(question, "mute")));
}

static inline void on_question(struct responder *responder, struct connection *connection,
                               const struct sockaddr *from, const void *bytes, size_t len)
{
    struct sp_dns_message query;
    struct sp_buf out = SP_BUF_INIT(SP_DNS_MESSAGE_MAX);
    if (sp_dns_message_parse(bytes, len, &query) < 0)
        abort();
    *(connection ? &responder->n_tcp : &responder->n_udp) += 1;
    responder->n_recursive += ((const uint8_t *)bytes)[2] & 1;
    responder->n_edns += query.has_edns;
    unsigned delay_ms = has_word(&query.question, "slow") ? 30 : 0;
    if (!connection && has_word(&query.question, "wrongid")) {
        build_answer(&out, (uint16_t)(query.id + 1), &query, bytes, false);
        answer(responder, NULL, from, &out, 0);
        delay_ms = 20;
    }
    build_answer(&out, query.id, &query, bytes, connection != NULL);
    bool is_hangup = has_word(&query.question, "hangup") && !responder->has_hung_up;
    if (connection && (is_hangup || has_word(&query.question, "notcp"))) {
        responder->has_hung_up = true;
        close_connection(connection);
    } else if (!is_silent(responder, &query, connection != NULL)) {
        answer(responder, connection, from, &out, delay_ms);
    }
    sp_dns_message_fini(&query);
    sp_buf_fini(&out);
}

static inline void on_udp_buffer(uv_handle_t *handle, size_t size, uv_buf_t *ret_buf)
{
    struct responder *responder = handle->data;
    (void)size;
    *ret_buf = uv_buf_init(responder->udp_buffer, sizeof(responder->udp_buffer));
}

static inline void on_udp(uv_udp_t *udp, ssize_t len, const uv_buf_t *buf,
                          const struct sockaddr *from, unsigned flags)
{
    (void)flags;
    if (len > 0 && from)
        on_question(udp->data, NULL, from, buf->base, (size_t)len);
}

static inline void on_tcp_buffer(uv_handle_t *handle, size_t size, uv_buf_t *ret_buf)
{
    struct connection *connection = handle->data;
    (void)size;
    *ret_buf = uv_buf_init((char *)connection->bytes + connection->len,
                           (unsigned)(sizeof(connection->bytes) - connection->len));
}

static inline void on_tcp(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
    struct connection *connection = stream->data;
    (void)buf;
    if (len < 0) {
        close_connection(connection);
        return;
    }
    connection->len += (size_t)len;
    for (;;) {
        size_t whole = 2 + (size_t)(connection->bytes[0] << 8 | connection->bytes[1]);
        if (connection->len < 2 || connection->len < whole || uv_is_closing((uv_handle_t *)stream))
            break;
        on_question(connection->responder, connection, NULL, connection->bytes + 2, whole - 2);
        memmove(connection->bytes, connection->bytes + whole, connection->len - whole);
        connection->len -= whole;
    }
}

static inline void on_connection(uv_stream_t *server, int status)
{
    struct connection *connection = sp_new(struct connection);
    (void)status;
    connection->responder = server->data;
    uv_tcp_init(server->loop, &connection->uv);
    connection->uv.data = connection;
    LIST_INSERT_HEAD(&connection->responder->connections, connection, link);
    if (uv_accept(server, (uv_stream_t *)&connection->uv) < 0)
        close_connection(connection);
    else
        uv_read_start((uv_stream_t *)&connection->uv, on_tcp_buffer, on_tcp);
    /* The tests' loops end when the questions have ended. */
    uv_unref((uv_handle_t *)&connection->uv);
}

static inline bool bind_both(struct responder *responder)
{
    struct sockaddr_storage any;
    struct sockaddr_in bound = {0};
    int len = sizeof(bound);
    responder->address = (struct sp_address){.family = 4, .bytes = {127, 0, 0, 1}};
    sp_address_to_sockaddr(&responder->address, &any);
    uv_udp_init(sp_loop_uv(responder->loop), &responder->udp);
    uv_tcp_init(sp_loop_uv(responder->loop), &responder->tcp);
    responder->udp.data = responder->tcp.data = responder;
    if (uv_udp_bind(&responder->udp, (struct sockaddr *)&any, 0) < 0)
        abort();
    uv_udp_getsockname(&responder->udp, (struct sockaddr *)&bound, &len);
    responder->address.port = ntohs(bound.sin_port);
    return uv_tcp_bind(&responder->tcp, (struct sockaddr *)&bound, 0) == 0 &&
           uv_listen((uv_stream_t *)&responder->tcp, 128, on_connection) == 0;
}

static inline void responder_fini(struct responder *responder)
{
    uv_close((uv_handle_t *)&responder->udp, NULL);
    uv_close((uv_handle_t *)&responder->tcp, NULL);
}

/* Call before sp_loop_free(): closes the connections that clients have left open, too. */
static inline void responder_close_all(struct responder *responder)
{
    while (!LIST_EMPTY(&responder->connections))
        close_connection(LIST_FIRST(&responder->connections));
    responder_fini(responder);
}

/* An address at which nobody listens: a loopback address that no test binds, with the discard port.
 */
static inline struct sp_address address_of_nobody(void)
{
    return (struct sp_address){.family = 4, .bytes = {127, 99, 99, 99}, .port = 9};
}

static inline void responder_init(struct responder *responder, struct sp_loop *loop)
{
    memset(responder, 0, sizeof(*responder));
    responder->loop = loop;
    while (!bind_both(responder)) {
        responder_fini(responder); /* somebody has the TCP port */
        uv_run(sp_loop_uv(loop), UV_RUN_NOWAIT);
    }
    uv_udp_recv_start(&responder->udp, on_udp_buffer, on_udp);
    uv_unref((uv_handle_t *)&responder->udp);
    uv_unref((uv_handle_t *)&responder->tcp);
}

#endif
