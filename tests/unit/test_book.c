/*
 * What was asked and answered is written down, and told again without a network.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dns/client.h"
#include "dns_world.h"

static struct sp_dns_question question_of(const char *server, const char *name, uint16_t type)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_dns_question question = {.name = name_of(name), .type = type};
    if (server)
        assert_int_equal(sp_address_parse(&question.server, server, 53, &err), 0);
    question.is_recursive = !server;
    return question;
}

static void write_said(struct sp_dns_book *book, struct sp_dns_page *page, const char *bytes,
                       uint64_t at_ms)
{
    struct sp_dns_said said = {.first_ms = at_ms, .last_ms = at_ms};
    said.status = bytes ? SP_TRANSPORT_OK : SP_TRANSPORT_TIMEOUT;
    sp_dns_book_write(book, page, &said, bytes, bytes ? strlen(bytes) : 0);
}

/* ---- the book ---- */

static void test_questions_are_told_apart(void **state)
{
    struct sp_dns_book *book = sp_dns_book_new();
    struct sp_dns_question questions[] = {
        question_of("192.0.2.1", "a.example.com", SP_DNS_CNAME),
        question_of("192.0.2.2", "a.example.com", SP_DNS_CNAME),
        question_of("192.0.2.1:54", "a.example.com", SP_DNS_CNAME),
        question_of("192.0.2.1", "b.example.com", SP_DNS_CNAME),
        question_of("192.0.2.1", "a.example.com", SP_DNS_TXT),
        question_of(NULL, "a.example.com", SP_DNS_CNAME),
        question_of(NULL, "a.example.com", SP_DNS_CNAME),
    };
    (void)state;
    questions[6].is_unchecked = true;
    for (size_t i = 0; i < SP_ARRAY_LEN(questions); i++) {
        assert_null(sp_dns_book_find(book, &questions[i]));
        struct sp_dns_page *page = sp_dns_book_open(book, &questions[i]);
        assert_ptr_equal(sp_dns_book_open(book, &questions[i]), page);
        assert_ptr_equal(sp_dns_book_find(book, &questions[i]), page);
        assert_ptr_equal(book->pages.items[i], page);
    }
    assert_int_equal(book->pages.n, SP_ARRAY_LEN(questions));
    sp_dns_book_free(book);
}

static void test_repeats_are_one(void **state)
{
    struct sp_dns_book *book = sp_dns_book_new();
    struct sp_dns_question question = question_of("192.0.2.1", "a.example.com", SP_DNS_CNAME);
    struct sp_dns_page *page = sp_dns_book_open(book, &question);
    (void)state;
    assert_null(sp_dns_page_at(page, 1000));
    write_said(book, page, "12same", 10);
    write_said(book, page, "34same", 20); /* another id */
    assert_int_equal(page->said.n, 1);
    assert_int_equal(page->said.items[0].first_ms, 10);
    assert_int_equal(page->said.items[0].last_ms, 20);
    write_said(book, page, NULL, 30);
    write_said(book, page, NULL, 40);
    write_said(book, page, "12same", 50);
    write_said(book, page, "12SAME", 60); /* no message, and no question in it */
    assert_int_equal(page->said.n, 4);
    assert_null(sp_dns_page_at(page, 9));
    assert_ptr_equal(sp_dns_page_at(page, 29), &page->said.items[0]);
    assert_ptr_equal(sp_dns_page_at(page, 49), &page->said.items[1]);
    assert_ptr_equal(sp_dns_page_at(page, 59), &page->said.items[2]);
    assert_ptr_equal(sp_dns_page_at(page, 1000), &page->said.items[3]);
    sp_dns_book_free(book);
}

#define HEADER(id)          id "\x84\0\0\1\0\1\0\0\0\0"
#define QUESTION(name)      "\1" name "\0\0\1\0\1"
#define RECORD(owner, data) owner "\0\1\0\1\0\0\0\x3c\0\4" data

/* How many sayings two messages of this length are. */
static size_t count_sayings(const char *one, const char *other, size_t len)
{
    struct sp_dns_book *book = sp_dns_book_new();
    struct sp_dns_question question = question_of("192.0.2.1", "a", SP_DNS_A);
    struct sp_dns_page *page = sp_dns_book_open(book, &question);
    struct sp_dns_said said = {.status = SP_TRANSPORT_OK, .first_ms = 10, .last_ms = 10};
    sp_dns_book_write(book, page, &said, one, len);
    sp_dns_book_write(book, page, &said, other, len);
    size_t n = page->said.n;
    assert_int_equal(book->n_bytes, n * len);
    assert_memory_equal(page->said.items[0].bytes.data, one, len);
    sp_dns_book_free(book);
    return n;
}

#define COUNT(one, other) count_sayings(one, other, sizeof(one) - 1)

/* The letters of a name are the question's game (0x20), those of the data are what was said. */
static void test_letters_count_in_data_alone(void **state)
{
    static const char said[] = HEADER("12") QUESTION("a") RECORD("\xc0\x0c", "k=Ab");
    static const char written_out[] = HEADER("12") QUESTION("a") RECORD("\1"
                                                                        "a"
                                                                        "\0",
                                                                        "k=Ab");
    (void)state;
    assert_int_equal(COUNT(said, HEADER("34") QUESTION("A") RECORD("\xc0\x0c", "k=Ab")), 1);
    assert_int_equal(COUNT(said, HEADER("34") QUESTION("a") RECORD("\xc0\x0c", "k=aB")), 2);
    assert_int_equal(COUNT(said, HEADER("34") QUESTION("b") RECORD("\xc0\x0c", "k=Ab")), 2);
    assert_int_equal(COUNT(written_out, HEADER("34") QUESTION("A") RECORD("\1"
                                                                          "A"
                                                                          "\0",
                                                                          "k=Ab")),
                     1);
    assert_int_equal(COUNT(written_out, HEADER("34") QUESTION("A") RECORD("\1"
                                                                          "A"
                                                                          "\0",
                                                                          "k=ab")),
                     2);
    /* 192.0.2.65 and 192.0.2.97, a pair of a capital and a small letter. */
    assert_int_equal(COUNT(HEADER("12") QUESTION("a") RECORD("\xc0\x0c", "\xc0\0\2\x41"),
                           HEADER("12") QUESTION("a") RECORD("\xc0\x0c", "\xc0\0\2\x61")),
                     2);
    /* Cut short in a label, in a pointer and in the data. */
    for (size_t len = 3; len < sizeof(said); len++)
        assert_int_equal(count_sayings(said, said, len), 1);
}

static void test_the_newest_are_kept(void **state)
{
    struct sp_dns_book *book = sp_dns_book_new();
    struct sp_dns_question question = question_of("192.0.2.1", "a.example.com", SP_DNS_CNAME);
    struct sp_dns_page *page = sp_dns_book_open(book, &question);
    char text[] = "12 answer 0";
    (void)state;
    for (unsigned i = 0; i < 9; i++) {
        text[10] = (char)('0' + i);
        write_said(book, page, text, i);
    }
    assert_int_equal(page->said.n, SP_DNS_BOOK_SAID_MAX);
    assert_memory_equal(page->said.items[page->said.n - 1].bytes.data, "12 answer 8", 11);
    assert_int_equal(book->n_bytes, SP_DNS_BOOK_SAID_MAX * strlen(text));
    assert_false(book->is_full);
    sp_dns_book_free(book);
}

static void test_it_fills_up(void **state)
{
    struct sp_dns_book *book = sp_dns_book_new();
    char *text = sp_alloc(SP_DNS_MESSAGE_MAX, 1);
    (void)state;
    memset(text, 'x', SP_DNS_MESSAGE_MAX - 1);
    for (unsigned i = 0; !book->is_full; i++) {
        assert_true(i < SP_DNS_BOOK_BYTES_MAX / 1000);
        struct sp_dns_question question = question_of(NULL, "a.example.com", (uint16_t)(i + 1));
        write_said(book, sp_dns_book_open(book, &question), text, i);
    }
    assert_true(book->n_bytes <= SP_DNS_BOOK_BYTES_MAX);
    struct sp_dns_question another = question_of(NULL, "b.example.com", SP_DNS_A);
    assert_null(sp_dns_book_open(book, &another));
    free(text);
    sp_dns_book_free(book);
}

/* Lists that are searched from one end to the other stay short, whatever a file holds. */
static void test_lists_are_short(void **state)
{
    struct sp_dns_book *book = sp_dns_book_new();
    struct sp_address address = {.family = 4, .port = 53};
    (void)state;
    for (unsigned i = 0; i < 60000 && !book->is_full; i++) {
        struct sp_dns_question question = question_of(NULL, "a.example.com", (uint16_t)(i + 1));
        (void)sp_dns_book_open(book, &question);
    }
    assert_int_equal(book->pages.n, SP_DNS_BOOK_NAME_MAX);
    assert_true(book->is_full);
    book->is_full = false;
    for (unsigned i = 0; i < 60000 && !book->is_full; i++) {
        memcpy(address.bytes, &i, sizeof(i));
        sp_dns_book_note_route(book, &address, false);
    }
    assert_int_equal(book->unroutable.n, SP_DNS_BOOK_ROUTES_MAX);
    assert_true(book->is_full);
    sp_dns_book_free(book);
}

static void test_urls_are_its_own(void **state)
{
    struct sp_dns_book *book = sp_dns_book_new();
    char url[] = "https://dns.example/dns-query";
    struct sp_address resolver = {.family = SP_ADDRESS_URL, .url = url};
    struct sp_dns_question question = question_of(NULL, "a.example.com", SP_DNS_A);
    (void)state;
    assert_int_equal(sp_dns_book_add_resolver(book, &resolver), 0);
    struct sp_dns_said said = {.status = SP_TRANSPORT_TIMEOUT, .server = resolver};
    struct sp_dns_page *page = sp_dns_book_open(book, &question);
    sp_dns_book_write(book, page, &said, NULL, 0);
    url[0] = 'X';
    assert_string_equal(page->said.items[0].server.url, "https://dns.example/dns-query");
    for (size_t i = 1; i < SP_DNS_RESOLVERS_MAX; i++)
        assert_int_equal(sp_dns_book_add_resolver(book, &resolver), 0);
    assert_int_equal(sp_dns_book_add_resolver(book, &resolver), -1);
    sp_dns_book_free(book);
}

static void test_routes(void **state)
{
    struct sp_dns_book *book = sp_dns_book_new();
    struct sp_address four, six;
    struct sp_err err = SP_ERR_INIT;
    (void)state;
    assert_int_equal(sp_address_parse(&four, "192.0.2.1", 53, &err), 0);
    assert_int_equal(sp_address_parse(&six, "2001:db8::1", 53, &err), 0);
    sp_dns_book_note_route(book, &four, true);
    sp_dns_book_note_route(book, &six, false);
    sp_dns_book_note_route(book, &six, false);
    assert_int_equal(book->unroutable.n, 1);
    assert_true(sp_dns_book_has_route(book, &four));
    assert_false(sp_dns_book_has_route(book, &six));
    sp_dns_book_free(book);
}

/* ---- telling it again ---- */

struct tale {
    struct sp_loop *loop;
    struct sp_dns_client *client;
    struct sp_buf told; /* "a.example.com=u1.mailer.example " ... */
    unsigned n_told, n_queries;
    struct sp_dns_query *open;
};

static void on_reply(void *arg, const struct sp_dns_reply *reply)
{
    struct tale *tale = arg;
    const struct sp_dns_rr *rr =
        reply->message && reply->message->records.n ? &reply->message->records.items[0] : NULL;
    tale->n_told++;
    if (reply->status == SP_TRANSPORT_TIMEOUT)
        sp_buf_puts(&tale->told, "silence ");
    else if (reply->status == SP_TRANSPORT_REFUSED)
        sp_buf_puts(&tale->told, "refused ");
    else if (rr && rr->type == SP_DNS_CNAME)
        sp_buf_printf(&tale->told, "%s ", SP_NAME_STR(&rr->target));
    else
        sp_buf_printf(&tale->told, "%s ", sp_dns_rcode_name(reply->message->rcode));
}

static void ask_all(struct tale *tale)
{
    struct sp_address servers[2];
    struct sp_err err = SP_ERR_INIT;
    struct sp_name name = name_of("a.example.com"), other = name_of("b.example.com");
    assert_int_equal(sp_address_parse(&servers[0], "127.0.0.1", 53, &err), 0);
    assert_int_equal(sp_address_parse(&servers[1], "127.0.0.2", 53, &err), 0);
    sp_dns_ask(tale->client, &servers[0], &name, SP_DNS_CNAME, &tale->n_queries, on_reply, tale);
    sp_dns_ask(tale->client, &servers[1], &name, SP_DNS_CNAME, &tale->n_queries, on_reply, tale);
    sp_dns_ask(tale->client, &servers[1], &other, SP_DNS_A, &tale->n_queries, on_reply, tale);
    sp_dns_resolve(tale->client, &other, SP_DNS_TXT, &tale->n_queries, on_reply, tale);
    sp_loop_run(tale->loop);
    assert_int_equal(tale->n_told, 4);
}

static void tale_fini(struct tale *tale)
{
    sp_dns_client_free(tale->client);
    sp_loop_free(tale->loop);
    sp_buf_fini(&tale->told);
}

static void record(struct sp_dns_book *book)
{
    struct world world = {.transport.ops = &ops};
    struct tale tale = {.loop = sp_loop_new(), .told = SP_BUF_INIT(4096)};
    struct sp_address resolver;
    struct sp_err err = SP_ERR_INIT;
    world.loop = tale.loop;
    world.moods[0] = SILENT;
    *sp_array_push(&world.facts) =
        (struct fact){"127.0.0.2", "a.example.com", SP_DNS_CNAME, "u1.mailer.example"};
    assert_int_equal(sp_address_parse(&resolver, RESOLVER, 53, &err), 0);
    tale.client = sp_dns_client_new(
        tale.loop, &world.transport,
        &(struct sp_dns_config){.resolvers = &resolver, .n_resolvers = 1, .book = book}, &err);
    ask_all(&tale);
    assert_true(tale.n_queries >= 4);
    assert_int_equal(book->n_resolvers, 1);
    assert_int_equal(book->authoritative_port, 53);
    assert_true(sp_dns_client_nonce(tale.client) == book->nonce);
    tale_fini(&tale);
    sp_array_free(&world.facts);
    sp_array_free(&world.asked);
}

static struct sp_dns_client *replaying(struct sp_loop *loop, struct sp_dns_book *book)
{
    struct sp_err err = SP_ERR_INIT;
    return sp_dns_client_new(loop, NULL,
                             &(struct sp_dns_config){.resolvers = book->resolvers,
                                                     .n_resolvers = book->n_resolvers,
                                                     .book = book,
                                                     .replay_ms = UINT64_MAX},
                             &err);
}

static void test_what_was_heard_is_told_again(void **state)
{
    struct sp_dns_book *book = sp_dns_book_new();
    struct tale tale = {.loop = sp_loop_new(), .told = SP_BUF_INIT(4096)};
    (void)state;
    record(book);
    assert_int_equal(book->pages.n, 4);
    tale.client = replaying(tale.loop, book);
    ask_all(&tale);
    /* Silence comes last, whenever it was asked for. */
    assert_string_equal(sp_buf_str(&tale.told), "u1.mailer.example NXDOMAIN NXDOMAIN silence ");
    assert_int_equal(tale.n_queries, 0);
    assert_int_equal(sp_dns_client_n_absent(tale.client), 0);
    assert_true(sp_dns_client_nonce(tale.client) == book->nonce);
    tale_fini(&tale);
    sp_dns_book_free(book);
}

static void test_what_is_not_in_the_book(void **state)
{
    struct sp_dns_book *book = sp_dns_book_new();
    struct tale tale = {.loop = sp_loop_new(), .told = SP_BUF_INIT(4096)};
    struct sp_name name = name_of("never.example.com");
    (void)state;
    record(book);
    tale.client = replaying(tale.loop, book);
    sp_dns_resolve(tale.client, &name, SP_DNS_A, &tale.n_queries, on_reply, &tale);
    sp_loop_run(tale.loop);
    assert_string_equal(sp_buf_str(&tale.told), "silence ");
    assert_int_equal(sp_dns_client_n_absent(tale.client), 1);
    tale_fini(&tale);
    sp_dns_book_free(book);
}

static void test_a_dropped_question_is_not_told(void **state)
{
    struct sp_dns_book *book = sp_dns_book_new();
    struct tale tale = {.loop = sp_loop_new(), .told = SP_BUF_INIT(4096)};
    struct sp_name name = name_of("b.example.com");
    (void)state;
    record(book);
    tale.client = replaying(tale.loop, book);
    tale.open = sp_dns_resolve(tale.client, &name, SP_DNS_TXT, NULL, on_reply, &tale);
    sp_dns_query_cancel(&tale.open);
    sp_dns_resolve(tale.client, &name, SP_DNS_TXT, NULL, on_reply, &tale); /* freed unanswered */
    uv_run(sp_loop_uv(tale.loop), UV_RUN_NOWAIT);
    tale.n_told = 0;
    sp_dns_resolve(tale.client, &name, SP_DNS_TXT, NULL, on_reply, &tale);
    sp_dns_client_free(tale.client);
    tale.client = NULL;
    sp_loop_run(tale.loop);
    assert_int_equal(tale.n_told, 0);
    tale_fini(&tale);
    sp_dns_book_free(book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_questions_are_told_apart),
        cmocka_unit_test(test_repeats_are_one),
        cmocka_unit_test(test_letters_count_in_data_alone),
        cmocka_unit_test(test_the_newest_are_kept),
        cmocka_unit_test(test_it_fills_up),
        cmocka_unit_test(test_lists_are_short),
        cmocka_unit_test(test_urls_are_its_own),
        cmocka_unit_test(test_routes),
        cmocka_unit_test(test_what_was_heard_is_told_again),
        cmocka_unit_test(test_what_is_not_in_the_book),
        cmocka_unit_test(test_a_dropped_question_is_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
