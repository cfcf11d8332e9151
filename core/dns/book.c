#include "dns/book.h"

#include "base/cursor.h"
#include "base/limits.h"
#include "base/text.h"

/* All questions about one name. */
struct entry {
    struct sp_name_node node;
    SP_ARRAY(struct sp_dns_page *) pages;
};

struct sp_dns_book *sp_dns_book_new(void)
{
    struct sp_dns_book *book = sp_new(struct sp_dns_book);
    book->names = sp_new(struct sp_name_table);
    sp_random(&book->nonce, sizeof(book->nonce));
    return book;
}

static void page_free(struct sp_dns_page *page)
{
    SP_ARRAY_FOREACH (&page->said, said)
        sp_buf_fini(&said->bytes);
    sp_array_free(&page->said);
    free(page);
}

void sp_dns_book_free(struct sp_dns_book *book)
{
    struct entry *entry;
    size_t bucket = 0;
    if (!book)
        return;
    while ((entry = sp_name_table_take(book->names, &bucket))) {
        sp_array_free(&entry->pages);
        free(entry);
    }
    SP_ARRAY_FOREACH (&book->pages, page)
        page_free(*page);
    sp_array_free(&book->pages);
    sp_array_free(&book->unroutable);
    for (size_t i = 0; i < SP_ARRAY_LEN(book->urls); i++)
        free(book->urls[i]);
    free(book->names);
    free(book);
}

int sp_dns_book_add_resolver(struct sp_dns_book *book, const struct sp_address *resolver)
{
    size_t i = book->n_resolvers;
    if (i == SP_ARRAY_LEN(book->resolvers))
        return -1;
    book->resolvers[i] = *resolver;
    book->resolvers[i].url = book->urls[i] = sp_strdup(resolver->url);
    book->n_resolvers++;
    return 0;
}

/* A URL that lives as long as the book. */
static void keep_url(const struct sp_dns_book *book, struct sp_address *server)
{
    const char *url = server->url;
    server->url = NULL;
    for (size_t i = 0; url && i < book->n_resolvers; i++)
        if (book->urls[i] && strcmp(book->urls[i], url) == 0)
            server->url = book->urls[i];
    if (url && !server->url)
        *server = (struct sp_address){0};
}

static bool is_same(const struct sp_dns_question *a, const struct sp_dns_question *b)
{
    return a->is_recursive == b->is_recursive && a->is_unchecked == b->is_unchecked &&
           a->type == b->type && sp_address_equal(&a->server, &b->server) &&
           sp_name_equal(&a->name, &b->name);
}

struct sp_dns_page *sp_dns_book_find(const struct sp_dns_book *book,
                                     const struct sp_dns_question *question)
{
    const struct entry *entry = sp_name_table_find(book->names, &question->name);
    if (!entry)
        return NULL;
    SP_ARRAY_FOREACH (&entry->pages, page)
        if (is_same(&(*page)->question, question))
            return *page;
    return NULL;
}

struct sp_dns_page *sp_dns_book_open(struct sp_dns_book *book,
                                     const struct sp_dns_question *question)
{
    struct sp_dns_page *page = sp_dns_book_find(book, question);
    if (page)
        return page;
    struct entry *entry = sp_name_table_find(book->names, &question->name);
    if (book->pages.n == SP_DNS_BOOK_PAGES_MAX || (entry && entry->pages.n == SP_DNS_BOOK_NAME_MAX))
        book->is_full = true;
    if (book->is_full)
        return NULL;
    if (!entry) {
        entry = sp_new(struct entry);
        entry->node.name = question->name;
        sp_name_table_add(book->names, &entry->node);
    }
    page = sp_new(struct sp_dns_page);
    page->question = *question;
    keep_url(book, &page->question.server);
    *sp_array_push(&entry->pages) = page;
    *sp_array_push(&book->pages) = page;
    return page;
}

static bool is_equal(struct sp_span a, struct sp_span b)
{
    return a.len == b.len && memcmp(a.bytes, b.bytes, a.len) == 0;
}

static bool is_next_equal(struct sp_cursor *a, struct sp_cursor *b, size_t len)
{
    return is_equal(sp_cursor_take(a, len), sp_cursor_take(b, len)) && sp_cursor_is_ok(a) &&
           sp_cursor_is_ok(b);
}

/* The name at A and at B, as it stands there: the same labels, in whatever letters, and the same
 * pointer at its end. */
static bool is_name_equal(struct sp_cursor *a, struct sp_cursor *b)
{
    for (;;) {
        int len = sp_cursor_peek(a);
        if (!is_next_equal(a, b, 1))
            return false;
        if (len == 0)
            return true;
        if (len > SP_LABEL_MAX)
            return is_next_equal(a, b, 1);
        struct sp_span one = sp_cursor_take(a, (size_t)len), other = sp_cursor_take(b, (size_t)len);
        if (one.len != other.len)
            return false;
        for (size_t i = 0; i < one.len; i++)
            if (sp_ascii_lower(one.bytes[i]) != sp_ascii_lower(other.bytes[i]))
                return false;
    }
}

/* Type, class, TTL and data: letters count here, a key's first of all. */
static bool is_data_equal(struct sp_cursor *a, struct sp_cursor *b)
{
    if (!is_next_equal(a, b, 8))
        return false;
    size_t len = sp_cursor_u16(a);
    return len == sp_cursor_u16(b) && is_next_equal(a, b, len);
}

/* The header behind the id and all sections; false as well for what ends before they do. */
static bool is_content_equal(struct sp_cursor a, struct sp_cursor b)
{
    struct sp_cursor counts = a;
    sp_cursor_skip(&counts, 2);
    unsigned n_questions = sp_cursor_u16(&counts), n_records = 0;
    for (unsigned i = 0; i < 3; i++)
        n_records += sp_cursor_u16(&counts);
    bool is_same = is_next_equal(&a, &b, 10);
    for (unsigned i = 0; i < n_questions && is_same; i++)
        is_same = is_name_equal(&a, &b) && is_next_equal(&a, &b, 4);
    for (unsigned i = 0; i < n_records && is_same; i++)
        is_same = is_name_equal(&a, &b) && is_data_equal(&a, &b);
    return is_same && is_next_equal(&a, &b, sp_cursor_left(&a));
}

/* The id is another each time, and so are the letters of the question (0x20), which some servers
 * write out once more before each record. What is no message is compared octet by octet. */
static bool is_message_equal(const struct sp_dns_said *last, const uint8_t *bytes, size_t len)
{
    struct sp_cursor known = sp_cursor_of(last->bytes.data, last->bytes.len);
    struct sp_cursor now = sp_cursor_of(bytes, len);
    sp_cursor_skip(&known, 2);
    sp_cursor_skip(&now, 2);
    return is_content_equal(known, now) || is_next_equal(&known, &now, sp_cursor_left(&known));
}

static bool is_repeated(const struct sp_dns_said *last, const struct sp_dns_said *said,
                        const uint8_t *bytes, size_t len)
{
    return last->status == said->status && last->bytes.len == len &&
           sp_address_equal(&last->server, &said->server) &&
           (len == 0 || is_message_equal(last, bytes, len));
}

void sp_dns_book_write(struct sp_dns_book *book, struct sp_dns_page *page,
                       const struct sp_dns_said *said, const void *bytes, size_t len)
{
    struct sp_dns_said now = *said, *last = NULL;
    keep_url(book, &now.server);
    if (page->said.n)
        last = &page->said.items[page->said.n - 1];
    if (last && is_repeated(last, &now, bytes, len)) {
        last->last_ms = said->last_ms;
        return;
    }
    if (book->n_bytes + len > SP_DNS_BOOK_BYTES_MAX) {
        book->is_full = true;
        return;
    }
    if (page->said.n == SP_DNS_BOOK_SAID_MAX) {
        book->n_bytes -= page->said.items[0].bytes.len;
        sp_buf_fini(&page->said.items[0].bytes);
        memmove(page->said.items, page->said.items + 1,
                (page->said.n - 1) * sizeof(page->said.items[0]));
        page->said.n--;
    }
    sp_buf_init(&now.bytes, SP_DNS_MESSAGE_MAX);
    sp_buf_append(&now.bytes, bytes, len);
    book->n_bytes += now.bytes.len;
    if (!now.order)
        now.order = ++book->n_written;
    *sp_array_push(&page->said) = now;
}

const struct sp_dns_said *sp_dns_page_at(const struct sp_dns_page *page, uint64_t at_ms)
{
    for (size_t i = page->said.n; i-- > 0;)
        if (page->said.items[i].first_ms <= at_ms)
            return &page->said.items[i];
    return NULL;
}

bool sp_dns_book_has_route(const struct sp_dns_book *book, const struct sp_address *address)
{
    SP_ARRAY_FOREACH (&book->unroutable, known)
        if (sp_address_equal(known, address))
            return false;
    return true;
}

void sp_dns_book_note_route(struct sp_dns_book *book, const struct sp_address *address,
                            bool has_route)
{
    if (has_route || !sp_dns_book_has_route(book, address))
        return;
    if (book->unroutable.n == SP_DNS_BOOK_ROUTES_MAX)
        book->is_full = true;
    else
        *sp_array_push(&book->unroutable) = *address;
}
