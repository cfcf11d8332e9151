#include "dns/book.h"

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
    if (book->pages.n == SP_DNS_BOOK_PAGES_MAX)
        book->is_full = true;
    if (book->is_full)
        return NULL;
    struct entry *entry = sp_name_table_find(book->names, &question->name);
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

/* The id, in the first two octets, is another each time, and so are the letters of the question. */
static bool is_repeated(const struct sp_dns_said *last, const struct sp_dns_said *said,
                        const uint8_t *bytes, size_t len)
{
    const uint8_t *known = (const uint8_t *)last->bytes.data;
    if (last->status != said->status || last->bytes.len != len ||
        !sp_address_equal(&last->server, &said->server))
        return false;
    for (size_t i = 2; i < len; i++)
        if (sp_ascii_lower((char)known[i]) != sp_ascii_lower((char)bytes[i]))
            return false;
    return true;
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
    if (book->unroutable.n == SP_DNS_BOOK_PAGES_MAX)
        book->is_full = true;
    else
        *sp_array_push(&book->unroutable) = *address;
}
