#include "http/http.h"

#include <signal.h>

#include "base/limits.h"
#include "base/text.h"
#include "config.h"
#include "http/curl.h"
#include "http/url.h"

struct sp_http {
    struct sp_loop *loop;
    const struct sp_curl *curl; /* with MULTI: NULL before the first request */
    CURLM *multi;
    uv_timer_t *timer;             /* on the heap: it outlives the client until it is closed */
    struct sp_transfer *transfers; /* not delivered yet */
};

/* One a socket that curl waits for; freed by its close callback. */
struct socket_watch {
    uv_poll_t uv; /* first: the close callback frees the whole by it */
    struct sp_http *http;
    curl_socket_t fd;
};

struct sp_transfer {
    struct sp_http *http; /* NULL once it is off the client's list */
    struct sp_transfer *next, **link;
    CURL *easy;               /* NULL once it has ended: then only its delivery is left */
    struct curl_slist *lines; /* the headers; they may hold a credential */
    struct sp_http_response response;
    sp_http_fn fn; /* NULL once cancelled */
    void *arg;
    char *origin; /* "https://api.example.net", for messages */
    char curl_message[CURL_ERROR_SIZE];
    char *body;
    size_t body_len, body_at;
    unsigned timeout_ms;
    bool is_too_large;
};

/* ---- transfers ---------------------------------------------------------------------------------
 */

/* Every handle here begins its own allocation. */
static void free_handle(uv_handle_t *handle)
{
    free(handle);
}

/* Away from curl; must not run inside one of curl's callbacks. */
static void detach(struct sp_transfer *transfer)
{
    if (!transfer->easy)
        return;
    const struct sp_curl *curl = transfer->http->curl;
    curl->multi_remove_handle(transfer->http->multi, transfer->easy);
    curl->easy_cleanup(transfer->easy);
    for (struct curl_slist *line = transfer->lines; line; line = line->next)
        explicit_bzero(line->data, strlen(line->data));
    curl->slist_free_all(transfer->lines);
    transfer->lines = NULL;
    transfer->easy = NULL;
}

static void unlink_transfer(struct sp_transfer *transfer)
{
    if (!transfer->http)
        return;
    *transfer->link = transfer->next;
    if (transfer->next)
        transfer->next->link = transfer->link;
    transfer->http = NULL;
}

static void free_transfer(struct sp_transfer *transfer)
{
    detach(transfer);
    unlink_transfer(transfer);
    sp_http_headers_free(&transfer->response.headers);
    sp_buf_fini(&transfer->response.body);
    free(transfer->body);
    free(transfer->origin);
    free(transfer);
}

static void deliver(void *arg)
{
    struct sp_transfer *transfer = arg;
    sp_http_fn fn = transfer->fn;
    transfer->fn = NULL;
    if (fn)
        fn(transfer->arg, &transfer->response);
    free_transfer(transfer);
}

/* No callback any more; one that has ended already waits for its delivery, which frees it. */
static void abandon(struct sp_transfer *transfer)
{
    transfer->fn = NULL;
    if (transfer->easy)
        free_transfer(transfer);
    else
        unlink_transfer(transfer);
}

void sp_transfer_cancel(struct sp_transfer **transfer)
{
    if (*transfer)
        abandon(*transfer);
    *transfer = NULL;
}

/* ---- what curl has to say ----------------------------------------------------------------------
 */

static const char *reason_of(const struct sp_transfer *transfer, CURLcode code, char *text,
                             size_t size)
{
    const struct sp_curl *curl = transfer->http->curl;
    long number = 0;
    curl->easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &number);
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return "its name has no address";
    case CURLE_OPERATION_TIMEDOUT:
        snprintf(text, size, "no answer within %g s", transfer->timeout_ms / 1000.0);
        return text;
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_SEND_FAIL_REWIND:
        return "the server closed the connection";
    case CURLE_SSL_CONNECT_ERROR:
        snprintf(text, size, "the TLS handshake failed: %.200s", transfer->curl_message);
        return text;
    default:
        break;
    }
    if (number &&
        (code == CURLE_COULDNT_CONNECT || code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR))
        snprintf(text, size, "%s", strerror((int)number));
    else
        snprintf(text, size, "%s",
                 transfer->curl_message[0] ? transfer->curl_message : curl->easy_strerror(code));
    text[0] = sp_ascii_lower(text[0]);
    return text;
}

static void judge_failure(struct sp_transfer *transfer, CURLcode code)
{
    struct sp_http_response *response = &transfer->response;
    char text[CURL_ERROR_SIZE];
    long n_sent = 0;
    if (transfer->is_too_large) {
        response->status = SP_HTTP_TOO_LARGE;
        snprintf(response->message, sizeof(response->message),
                 "%.120s sent an answer that is larger than allowed", transfer->origin);
        return;
    }
    /* Bytes of requests that left us, over all attempts curl made by itself. */
    transfer->http->curl->easy_getinfo(transfer->easy, CURLINFO_REQUEST_SIZE, &n_sent);
    response->status = n_sent == 0 ? SP_HTTP_NOT_SENT : SP_HTTP_LOST;
    snprintf(response->message, sizeof(response->message),
             n_sent == 0 ? "cannot connect to %.120s: %.80s" : "%.120s gave no whole answer: %.80s",
             transfer->origin, reason_of(transfer, code, text, sizeof(text)));
}

/* Everything needed is copied out of curl; the callback comes from the loop. */
static void finish(struct sp_transfer *transfer, CURLcode code)
{
    const struct sp_http *http = transfer->http;
    if (code == CURLE_OK) {
        transfer->response.status = SP_HTTP_OK;
        http->curl->easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &transfer->response.code);
    } else {
        judge_failure(transfer, code);
        sp_http_headers_free(&transfer->response.headers);
        sp_buf_clear(&transfer->response.body);
    }
    detach(transfer);
    sp_loop_defer(http->loop, deliver, transfer);
}

static void collect_finished(struct sp_http *http)
{
    CURLMsg *message;
    int n_left;
    while ((message = http->curl->multi_info_read(http->multi, &n_left))) {
        struct sp_transfer *transfer = NULL;
        CURLcode code = message->data.result;
        http->curl->easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
        finish(transfer, code);
    }
}

static void drive(struct sp_http *http, curl_socket_t fd, int events)
{
    int n_running;
    CURLMcode code = http->curl->multi_socket_action(http->multi, fd, events, &n_running);
    collect_finished(http);
    /* A multi handle that reports an error moves no transfer any more. */
    if (code == CURLM_OK)
        return;
    for (struct sp_transfer *transfer = http->transfers; transfer; transfer = transfer->next)
        if (transfer->easy)
            finish(transfer, CURLE_ABORTED_BY_CALLBACK);
}

static void on_timer(uv_timer_t *uv)
{
    drive(uv->data, CURL_SOCKET_TIMEOUT, 0);
}

static void on_poll(uv_poll_t *uv, int status, int events)
{
    const struct socket_watch *watch = uv->data;
    int bits = status < 0 ? CURL_CSELECT_ERR : 0;
    if (events & UV_READABLE)
        bits |= CURL_CSELECT_IN;
    if (events & UV_WRITABLE)
        bits |= CURL_CSELECT_OUT;
    /* WATCH may be closing when this returns. */
    drive(watch->http, watch->fd, bits);
}

/* ---- curl's callbacks: they start and stop waiting, nothing else -------------------------------
 */

static int on_curl_timer(CURLM *multi SP_UNUSED, long timeout_ms, void *arg)
{
    struct sp_http *http = arg;
    if (timeout_ms < 0)
        return uv_timer_stop(http->timer);
    return uv_timer_start(http->timer, on_timer, (uint64_t)timeout_ms, 0);
}

static struct socket_watch *watch_socket(struct sp_http *http, curl_socket_t fd)
{
    struct socket_watch *watch = sp_new(struct socket_watch);
    if (uv_poll_init(sp_loop_uv(http->loop), &watch->uv, fd) < 0) {
        free(watch);
        return NULL;
    }
    watch->uv.data = watch;
    watch->http = http;
    watch->fd = fd;
    return watch;
}

static int on_curl_socket(CURL *easy SP_UNUSED, curl_socket_t fd, int what, void *arg,
                          void *socket_arg)
{
    struct sp_http *http = arg;
    struct socket_watch *watch = socket_arg;
    if (what == CURL_POLL_REMOVE) {
        http->curl->multi_assign(http->multi, fd, NULL);
        if (watch)
            uv_close((uv_handle_t *)&watch->uv, free_handle);
        return 0;
    }
    if (!watch) {
        watch = watch_socket(http, fd);
        if (!watch || http->curl->multi_assign(http->multi, fd, watch) != CURLM_OK)
            return -1;
    }
    int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    return uv_poll_start(&watch->uv, events, on_poll);
}

static size_t on_body(char *bytes, size_t size, size_t n, void *arg)
{
    struct sp_transfer *transfer = arg;
    sp_buf_append(&transfer->response.body, bytes, size * n);
    if (sp_buf_is_ok(&transfer->response.body))
        return size * n;
    transfer->is_too_large = true;
    return 0;
}

static size_t on_header(char *bytes, size_t size, size_t n, void *arg)
{
    struct sp_transfer *transfer = arg;
    if (sp_http_headers_read_line(&transfer->response.headers, bytes, size * n) == 0)
        return size * n;
    transfer->is_too_large = true;
    return 0;
}

static size_t on_read(char *ret_bytes, size_t size, size_t n, void *arg)
{
    struct sp_transfer *transfer = arg;
    size_t len = transfer->body_len - transfer->body_at;
    if (len > size * n)
        len = size * n;
    memcpy(ret_bytes, transfer->body + transfer->body_at, len);
    transfer->body_at += len;
    return len;
}

/* curl rewinds a body to send it again on a fresh connection; where that could do a thing twice, it
 * may not. */
static int on_seek(void *arg SP_UNUSED, curl_off_t offset SP_UNUSED, int origin SP_UNUSED)
{
    return CURL_SEEKFUNC_FAIL;
}

/* ---- setting a transfer up ---------------------------------------------------------------------
 */

static void add_line(struct sp_transfer *transfer, const char *line)
{
    struct curl_slist *longer = transfer->http->curl->slist_append(transfer->lines, line);
    if (!longer)
        abort();
    transfer->lines = longer;
}

static void add_headers(struct sp_transfer *transfer, const sp_http_headers *headers)
{
    SP_ARRAY_FOREACH (headers, header) {
        struct sp_buf line =
            SP_BUF_INIT(strlen(header->name) + strlen(": ") + strlen(header->value));
        line.is_secret = true;
        sp_buf_puts(&line, header->name);
        sp_buf_puts(&line, *header->value ? ": " : ";"); /* curl's way to send an empty value */
        sp_buf_puts(&line, header->value);
        add_line(transfer, sp_buf_str(&line));
        sp_buf_fini(&line);
    }
}

static void set_body(struct sp_transfer *transfer, const struct sp_http_request *request)
{
    const struct sp_curl *curl = transfer->http->curl;
    CURL *easy = transfer->easy;
    curl->easy_setopt(easy, CURLOPT_POST, 1L);
    curl->easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)transfer->body_len);
    if (request->is_repeatable) {
        curl->easy_setopt(easy, CURLOPT_POSTFIELDS, transfer->body);
    } else {
        curl->easy_setopt(easy, CURLOPT_READFUNCTION, on_read);
        curl->easy_setopt(easy, CURLOPT_READDATA, transfer);
        curl->easy_setopt(easy, CURLOPT_SEEKFUNCTION, on_seek);
    }
    add_line(transfer, "Expect:");
    if (!request->headers || !sp_http_headers_find(request->headers, "content-type"))
        add_line(transfer, "Content-Type:"); /* else curl claims a form */
}

static void set_request(struct sp_transfer *transfer, const struct sp_http_request *request)
{
    const struct sp_curl *curl = transfer->http->curl;
    CURL *easy = transfer->easy;
    bool is_get = strcmp(request->method, "GET") == 0,
         is_head = strcmp(request->method, "HEAD") == 0;
    curl->easy_setopt(easy, CURLOPT_URL, request->url);
    if (request->headers)
        add_headers(transfer, request->headers);
    if (is_head)
        curl->easy_setopt(easy, CURLOPT_NOBODY, 1L);
    else if (request->body_len || strcmp(request->method, "POST") == 0)
        set_body(transfer, request);
    else if (!is_get && !request->is_repeatable)
        curl->easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L); /* no body that could not be rewound */
    if (!is_get && !is_head)
        curl->easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
    curl->easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->lines);
}

/* What holds for every request, whatever it is. */
static void set_policy(struct sp_transfer *transfer, const char *url)
{
    const struct sp_curl *curl = transfer->http->curl;
    CURL *easy = transfer->easy;
    curl->easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl->easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl->easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "");
    curl->easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl->easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    if (sp_ascii_starts(url, "http:") || sp_url_is_loopback(url))
        curl->easy_setopt(easy, CURLOPT_PROXY, "");
    curl->easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl->easy_setopt(easy, CURLOPT_USERAGENT, "signpost/" SP_VERSION);
    curl->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl->easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* giving up never waits for a look-up */
    curl->easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl->easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)SP_HTTP_CONNECT_MS);
    curl->easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)transfer->timeout_ms);
    curl->easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl->easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    curl->easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl->easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    curl->easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->curl_message);
    curl->easy_setopt(easy, CURLOPT_PRIVATE, transfer);
}

static void attach(struct sp_http *http, struct sp_transfer *transfer)
{
    transfer->http = http;
    transfer->next = http->transfers;
    transfer->link = &http->transfers;
    if (http->transfers)
        http->transfers->link = &transfer->next;
    http->transfers = transfer;
}

/* Has libcurl ready, from the first request on. */
static int start(struct sp_http *http, struct sp_err *err)
{
    if (http->multi)
        return 0;
    const struct sp_curl *curl = http->curl = sp_curl_load(err);
    if (!curl)
        return -1;
    if (curl->global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(http->multi = curl->multi_init()))
        abort();
    curl->multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
    curl->multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
    curl->multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
    curl->multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
    curl->multi_setopt(http->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)SP_HTTP_CONCURRENCY);
    return 0;
}

static void submit(struct sp_transfer *transfer, const struct sp_http_request *request)
{
    struct sp_http *http = transfer->http;
    transfer->easy = http->curl->easy_init();
    if (!transfer->easy)
        abort();
    set_policy(transfer, request->url);
    set_request(transfer, request);
    if (http->curl->multi_add_handle(http->multi, transfer->easy) != CURLM_OK) {
        snprintf(transfer->curl_message, sizeof(transfer->curl_message),
                 "libcurl does not take the request");
        finish(transfer, CURLE_FAILED_INIT);
    }
}

struct sp_transfer *sp_http_send(struct sp_http *http, const struct sp_http_request *request,
                                 sp_http_fn fn, void *arg)
{
    struct sp_transfer *transfer = sp_new(struct sp_transfer);
    struct sp_err err = SP_ERR_INIT;
    transfer->fn = fn;
    transfer->arg = arg;
    transfer->origin = sp_url_origin(request->url);
    transfer->body = sp_memdup(request->body, request->body_len);
    transfer->body_len = request->body_len;
    transfer->timeout_ms = request->timeout_ms ? request->timeout_ms : SP_HTTP_TOTAL_MS;
    sp_buf_init(&transfer->response.body, SP_FRAME_BODY_MAX);
    attach(http, transfer);
    if (start(http, &err) == 0) {
        submit(transfer, request);
    } else {
        transfer->response.status = SP_HTTP_NOT_SENT;
        snprintf(transfer->response.message, sizeof(transfer->response.message),
                 "nothing can be sent: %.200s", err.message);
        sp_loop_defer(http->loop, deliver, transfer);
    }
    return transfer;
}

/* ---- the client --------------------------------------------------------------------------------
 */

struct sp_http *sp_http_new(struct sp_loop *loop)
{
    struct sp_http *http = sp_new(struct sp_http);
    http->loop = loop;
    http->timer = sp_new(uv_timer_t);
    if (uv_timer_init(sp_loop_uv(loop), http->timer) < 0)
        abort();
    http->timer->data = http;
    (void)signal(SIGPIPE, SIG_IGN); /* a server that hangs up is an error of one transfer */
    return http;
}

void sp_http_free(struct sp_http *http)
{
    if (!http)
        return;
    while (http->transfers)
        abandon(http->transfers);
    /* Closes the idle connections, and with them the watches that are left. */
    if (http->multi) {
        http->curl->multi_cleanup(http->multi);
        http->curl->global_cleanup();
    }
    uv_close((uv_handle_t *)http->timer, free_handle);
    free(http);
}
