/*
 * The wire between a program and many name servers, for benches: listens at hundreds of loopback
 * addresses, passes every question on to a real server, and gives the answer back late, or never.
 *
 * usage: bench-wire PORT PLACES LOG
 *
 * PLACES has a line for each address: LISTEN SOURCE SERVER SERVER-PORT DELAY-MS LOSS-PER-MILLE,
 * where SOURCE is the address that the server sees (a rate limit is counted by that), DELAY-MS is
 * the whole way there and back, and SERVER "-" stands for a machine that says nothing at all. When
 * told to end it writes LOG, a line a question: microseconds since the start, LISTEN, udp or tcp,
 * lower-case name, type, and what became of it: "-" for no answer, else the response code, with
 * "+tc" when cut.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    SLOTS = 1024, /* datagrams under way at one place */
    MESSAGE_MAX = 65537,
    NAME_MAX_TEXT = 256,
    HEADER = 12,
};

enum kind { LISTEN_UDP, LISTEN_TCP, SERVER_UDP, ASKER, SERVER };

struct place;
struct link;

/* What epoll gives back. */
struct end {
    enum kind kind;
    int fd;
    struct place *place;
    struct link *link;
};

/* A question that was passed on as a datagram. */
struct slot {
    struct sockaddr_in asker;
    uint16_t id;
    bool is_used;
    size_t line; /* in the log */
};

struct place {
    char name[INET_ADDRSTRLEN];
    struct sockaddr_in listen, source, server;
    unsigned delay_us, loss_per_mille;
    bool is_dead;
    struct end udp, tcp, upstream;
    unsigned next;
    struct slot slots[SLOTS];
};

/* A TCP connection and its continuation to the server. */
struct link {
    struct end asker, server;
    struct place *place;
    unsigned n_late; /* chunks on their way back */
    bool is_over;
    size_t line;
};

/* Something to be sent later. */
struct late {
    uint64_t at_us, order;
    struct place *place; /* a datagram */
    struct sockaddr_in asker;
    struct link *link; /* or bytes of a connection, of which none means the end */
    size_t len;
    uint8_t *bytes;
};

struct line {
    uint64_t at_us;
    struct place *place;
    bool is_tcp;
    char name[NAME_MAX_TEXT];
    unsigned type;
    int code; /* -1: no answer; 256 and up: cut */
};

static struct late *lates;
static size_t n_lates, room_lates;
static uint64_t order;
static struct line *lines;
static size_t n_lines, room_lines;
static int poller;
static volatile sig_atomic_t is_told;
static uint64_t start_us;

static void die(const char *what)
{
    fprintf(stderr, "bench-wire: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static void *grown(void *items, size_t n, size_t *room, size_t size)
{
    if (n < *room)
        return items;
    *room = *room ? *room * 2 : 1024;
    items = realloc(items, *room * size);
    if (!items)
        die("memory");
    return items;
}

/* Chance that is the same in every run (xorshift32). */
static bool is_lost(const struct place *place)
{
    static uint32_t state = 2463534242u;
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % 2000 < place->loss_per_mille; /* on either way */
}

/* ---- the log ---- */

static size_t log_question(struct place *place, bool is_tcp, const uint8_t *query, size_t len)
{
    lines = grown(lines, n_lines, &room_lines, sizeof(*lines));
    struct line *line = &lines[n_lines];
    memset(line, 0, sizeof(*line));
    line->at_us = now_us() - start_us;
    line->place = place;
    line->is_tcp = is_tcp;
    line->code = -1;
    size_t at = HEADER, n = 0;
    while (at < len && query[at] && query[at] < 64 && at + query[at] < len &&
           n + query[at] + 1 < sizeof(line->name)) {
        for (size_t i = 1; i <= query[at]; i++) {
            uint8_t c = query[at + i];
            line->name[n++] = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c > 32 && c < 127 ? c : '?');
        }
        line->name[n++] = '.';
        at += query[at] + 1u;
    }
    if (n)
        line->name[n - 1] = '\0';
    if (at + 2 < len)
        line->type = query[at + 1] * 256u + query[at + 2];
    return n_lines++;
}

static void log_answer(size_t line, const uint8_t *answer)
{
    lines[line].code = (answer[3] & 15) + (answer[2] & 2 ? 256 : 0);
}

static void write_log(const char *path)
{
    FILE *out = fopen(path, "w");
    if (!out)
        die(path);
    for (size_t i = 0; i < n_lines; i++) {
        const struct line *line = &lines[i];
        fprintf(out, "%" PRIu64 " %s %s %s %u ", line->at_us, line->place->name,
                line->is_tcp ? "tcp" : "udp", *line->name ? line->name : ".", line->type);
        if (line->code < 0)
            fprintf(out, "-\n");
        else
            fprintf(out, "%d%s\n", line->code & 255, line->code & 256 ? "+tc" : "");
    }
    if (fclose(out))
        die(path);
}

/* ---- what is sent later: a heap by time ---- */

static bool is_before(const struct late *a, const struct late *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

static void put_late(struct late late)
{
    lates = grown(lates, n_lates, &room_lates, sizeof(*lates));
    size_t i = n_lates++;
    late.order = order++;
    while (i && is_before(&late, &lates[(i - 1) / 2])) {
        lates[i] = lates[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    lates[i] = late;
}

static struct late take_late(void)
{
    struct late first = lates[0], last = lates[--n_lates];
    size_t i = 0, child;
    while ((child = 2 * i + 1) < n_lates) {
        if (child + 1 < n_lates && is_before(&lates[child + 1], &lates[child]))
            child++;
        if (!is_before(&lates[child], &last))
            break;
        lates[i] = lates[child];
        i = child;
    }
    lates[i] = last;
    return first;
}

static struct late late_of(struct place *place, const uint8_t *bytes, size_t len)
{
    struct late late = {.at_us = now_us() + place->delay_us, .len = len};
    late.bytes = malloc(len ? len : 1);
    if (!late.bytes)
        die("memory");
    if (len)
        memcpy(late.bytes, bytes, len);
    return late;
}

/* ---- sockets ---- */

static struct end end_of(enum kind kind, int fd, struct place *place, struct link *link)
{
    return (struct end){.kind = kind, .fd = fd, .place = place, .link = link};
}

static void watch(struct end *end)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = end};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, end->fd, &event))
        die("epoll_ctl");
}

static int bound_socket(int type, const struct sockaddr_in *address)
{
    int fd = socket(AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
    if (fd < 0)
        die("socket");
    if (type == SOCK_STREAM)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(fd, (const struct sockaddr *)address, sizeof(*address)))
        die("bind");
    return fd;
}

static void open_place(struct place *place)
{
    place->udp = end_of(LISTEN_UDP, bound_socket(SOCK_DGRAM, &place->listen), place, NULL);
    watch(&place->udp);
    place->tcp = end_of(LISTEN_TCP, bound_socket(SOCK_STREAM, &place->listen), place, NULL);
    if (listen(place->tcp.fd, 64))
        die("listen");
    if (place->is_dead)
        return; /* connections to it are made and never served */
    watch(&place->tcp);
    place->upstream = end_of(SERVER_UDP, bound_socket(SOCK_DGRAM, &place->source), place, NULL);
    if (connect(place->upstream.fd, (struct sockaddr *)&place->server, sizeof(place->server)))
        die("connect");
    watch(&place->upstream);
}

/* ---- datagrams ---- */

static void on_question(struct place *place)
{
    static uint8_t bytes[MESSAGE_MAX];
    for (;;) {
        struct slot *slot = &place->slots[place->next % SLOTS];
        socklen_t size = sizeof(slot->asker);
        ssize_t len = recvfrom(place->udp.fd, bytes, sizeof(bytes), 0,
                               (struct sockaddr *)&slot->asker, &size);
        if (len < 0)
            return;
        if (len < HEADER)
            continue;
        slot->line = log_question(place, false, bytes, (size_t)len);
        if (place->is_dead || is_lost(place))
            continue;
        uint16_t id = (uint16_t)(place->next++ % SLOTS);
        memcpy(&slot->id, bytes, sizeof(slot->id));
        memcpy(bytes, &id, sizeof(id));
        slot->is_used = true;
        (void)!send(place->upstream.fd, bytes, (size_t)len, 0);
    }
}

static void on_answer(struct place *place)
{
    static uint8_t bytes[MESSAGE_MAX];
    ssize_t len;
    while ((len = recv(place->upstream.fd, bytes, sizeof(bytes), 0)) >= 0) {
        uint16_t id;
        memcpy(&id, bytes, sizeof(id));
        struct slot *slot = &place->slots[id % SLOTS];
        if (len < HEADER || id >= SLOTS || !slot->is_used)
            continue;
        slot->is_used = false;
        if (is_lost(place))
            continue;
        log_answer(slot->line, bytes);
        memcpy(bytes, &slot->id, sizeof(slot->id));
        struct late late = late_of(place, bytes, (size_t)len);
        late.place = place;
        late.asker = slot->asker;
        put_late(late);
    }
}

/* ---- connections ---- */

static void free_if_done(struct link *link)
{
    if (!link->is_over || link->n_late)
        return;
    close(link->asker.fd);
    close(link->server.fd);
    free(link);
}

static void on_connection(struct place *place)
{
    int fd;
    while ((fd = accept4(place->tcp.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct link *link = calloc(1, sizeof(*link));
        if (!link)
            die("memory");
        int one = 1, server = bound_socket(SOCK_STREAM, &place->source);
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
        fcntl(server, F_SETFL, 0); /* on loopback it takes no time */
        if (connect(server, (struct sockaddr *)&place->server, sizeof(place->server)))
            die("connect to a server by TCP");
        fcntl(server, F_SETFL, O_NONBLOCK);
        link->place = place;
        link->asker = end_of(ASKER, fd, place, link);
        link->server = end_of(SERVER, server, place, link);
        watch(&link->asker);
        watch(&link->server);
    }
}

static void end_link(struct link *link)
{
    if (link->is_over)
        return;
    link->is_over = true;
    epoll_ctl(poller, EPOLL_CTL_DEL, link->asker.fd, NULL);
    epoll_ctl(poller, EPOLL_CTL_DEL, link->server.fd, NULL);
}

/* Whole messages arrive in one piece on loopback, but for the largest; the log needs no more. */
static bool pass_on(struct link *link)
{
    static uint8_t bytes[MESSAGE_MAX];
    ssize_t len = recv(link->asker.fd, bytes, sizeof(bytes), 0);
    if (len <= 0)
        return len < 0 && errno == EAGAIN;
    if (len > HEADER + 2)
        link->line = log_question(link->place, true, bytes + 2, (size_t)len - 2);
    return send(link->server.fd, bytes, (size_t)len, MSG_NOSIGNAL) == len;
}

/* The way there and back once for the connection, once for the question. */
static bool pass_back(struct link *link)
{
    static uint8_t bytes[MESSAGE_MAX];
    ssize_t len = recv(link->server.fd, bytes, sizeof(bytes), 0);
    if (len < 0 && errno == EAGAIN)
        return true;
    if (len > HEADER + 2)
        log_answer(link->line, bytes + 2);
    struct late late = late_of(link->place, bytes, len > 0 ? (size_t)len : 0);
    late.at_us += link->place->delay_us;
    late.link = link;
    link->n_late++;
    put_late(late);
    if (len <= 0)
        epoll_ctl(poller, EPOLL_CTL_DEL, link->server.fd, NULL);
    return true;
}

static void on_link(struct end *end)
{
    struct link *link = end->link;
    if (link->is_over)
        return;
    if (!(end->kind == ASKER ? pass_on(link) : pass_back(link)))
        end_link(link);
    free_if_done(link);
}

/* ---- the loop ---- */

static void send_late(struct late *late)
{
    if (late->place) {
        (void)!sendto(late->place->udp.fd, late->bytes, late->len, 0,
                      (struct sockaddr *)&late->asker, sizeof(late->asker));
    } else {
        struct link *link = late->link;
        link->n_late--;
        if (!late->len)
            end_link(link);
        else if (!link->is_over)
            (void)!send(link->asker.fd, late->bytes, late->len, MSG_NOSIGNAL);
        free_if_done(link);
    }
    free(late->bytes);
}

static int send_due(void)
{
    while (n_lates && lates[0].at_us <= now_us()) {
        struct late late = take_late();
        send_late(&late);
    }
    return n_lates ? (int)((lates[0].at_us - now_us() + 999) / 1000) : 1000;
}

static void on_event(struct end *end)
{
    switch (end->kind) {
    case LISTEN_UDP:
        on_question(end->place);
        break;
    case SERVER_UDP:
        on_answer(end->place);
        break;
    case LISTEN_TCP:
        on_connection(end->place);
        break;
    case ASKER:
    case SERVER:
        on_link(end);
    }
}

static void run(void)
{
    while (!is_told) {
        /* One at a time: an event may free the ends of others. */
        struct epoll_event event;
        int wait_ms = send_due(), n;
        for (n = 0; n < 256 && epoll_wait(poller, &event, 1, n || wait_ms < 0 ? 0 : wait_ms) == 1;
             n++)
            on_event(event.data.ptr);
    }
}

/* ---- the start ---- */

static struct sockaddr_in address_of(const char *text, unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    if (inet_pton(AF_INET, text, &address.sin_addr) != 1) {
        fprintf(stderr, "bench-wire: not an address: %s\n", text);
        exit(2);
    }
    return address;
}

/* TEXT: LISTEN SOURCE SERVER SERVER-PORT DELAY-MS LOSS-PER-MILLE. */
static void read_place(char *text, unsigned port)
{
    const char *words[6];
    for (size_t i = 0; i < 6; i++) {
        words[i] = strsep(&text, " \n");
        if (!words[i]) {
            fprintf(stderr, "bench-wire: a place has six words\n");
            exit(2);
        }
    }
    struct place *place = calloc(1, sizeof(*place));
    if (!place)
        die("memory");
    snprintf(place->name, sizeof(place->name), "%s", words[0]);
    place->listen = address_of(words[0], port);
    place->source = address_of(words[1], 0);
    place->is_dead = !strcmp(words[2], "-");
    if (!place->is_dead)
        place->server = address_of(words[2], (unsigned)strtoul(words[3], NULL, 10));
    place->delay_us = (unsigned)strtoul(words[4], NULL, 10) * 1000;
    place->loss_per_mille = (unsigned)strtoul(words[5], NULL, 10);
    open_place(place);
}

static void read_places(const char *path, unsigned port)
{
    FILE *in = fopen(path, "r");
    char text[256];
    if (!in)
        die(path);
    while (fgets(text, sizeof(text), in))
        read_place(text, port);
    fclose(in);
}

static void on_signal(int signal)
{
    (void)signal;
    is_told = 1;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: bench-wire PORT PLACES LOG\n");
        return 2;
    }
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    poller = epoll_create1(EPOLL_CLOEXEC);
    start_us = now_us();
    read_places(argv[2], (unsigned)strtoul(argv[1], NULL, 10));
    printf("%" PRIu64 "\n", start_us); /* ready; CLOCK_MONOTONIC, for the times of the log */
    fflush(stdout);
    run();
    write_log(argv[3]);
    return 0;
}
