/*
 * A book of questions and answers: what a client of the DNS asked, and what it was told, as raw
 * messages with their times, so that the same can be told again later without any network
 * (dns/replay.h). It also keeps what else an outcome depends on: the resolvers, the routes of this
 * host, and the number that random labels come from.
 */
#ifndef SP_DNS_BOOK_H
#define SP_DNS_BOOK_H

#include "base/array.h"
#include "dns/name_table.h"
#include "dns/transport.h"

struct sp_dns_question {
    bool is_recursive;
    bool is_unchecked;        /* with validation disabled */
    struct sp_address server; /* family 0: the resolvers, whichever answers */
    struct sp_name name;
    uint16_t type;
};

enum sp_dns_via { SP_DNS_VIA_UDP, SP_DNS_VIA_TCP, SP_DNS_VIA_HTTPS };

/* What was told, for as long as the same was told. */
struct sp_dns_said {
    enum sp_transport_status status;
    struct sp_buf bytes;        /* the first message that said so; empty unless status is OK */
    enum sp_dns_via via;        /* how that was heard, or tried at the end */
    struct sp_address server;   /* who said it, or was asked at the end; a URL is the book's */
    uint64_t first_ms, last_ms; /* since 1970 */
    uint64_t order;             /* the later it was said first, the higher */
};

/* One question. */
struct sp_dns_page {
    struct sp_dns_question question;
    /* The oldest first, at most SP_DNS_BOOK_SAID_MAX, of which the first goes; none: nobody
     * answered before the question was dropped. */
    SP_ARRAY(struct sp_dns_said) said;
};

struct sp_dns_book {
    struct sp_address resolvers[SP_DNS_RESOLVERS_MAX]; /* their URLs are the book's */
    size_t n_resolvers;
    uint16_t authoritative_port;
    uint64_t nonce;
    bool has_ipv6;
    SP_ARRAY(struct sp_address) unroutable;
    SP_ARRAY(struct sp_dns_page *) pages; /* in the order in which they were first asked */
    bool is_full;                         /* something is missing, for want of room */
    size_t n_bytes;
    uint64_t n_written; /* the order of what was written last */
    struct sp_name_table *names;
    char *urls[SP_DNS_RESOLVERS_MAX];
};

/* An empty one with a nonce of its own. */
struct sp_dns_book *sp_dns_book_new(void);
void sp_dns_book_free(struct sp_dns_book *book); /* accepts NULL */

/* Adds a resolver; its URL is copied. At most SP_DNS_RESOLVERS_MAX: -1 for one too many. */
int sp_dns_book_add_resolver(struct sp_dns_book *book, const struct sp_address *resolver);
/* The page of QUESTION, or NULL; a borrow. */
struct sp_dns_page *sp_dns_book_find(const struct sp_dns_book *book,
                                     const struct sp_dns_question *question);
/* The same, made if it is not there; NULL when the book is full, as it is with more than
 * SP_DNS_BOOK_NAME_MAX questions about one name. */
struct sp_dns_page *sp_dns_book_open(struct sp_dns_book *book,
                                     const struct sp_dns_question *question);
/* Writes down what was said, BYTES copied. What repeats the last saying (its id, the letters of the
 * question's name and what it is carried by aside) only makes that last longer. Its order is given
 * here, unless it has one. */
void sp_dns_book_write(struct sp_dns_book *book, struct sp_dns_page *page,
                       const struct sp_dns_said *said, const void *bytes, size_t len);
/* What had been said last at AT_MS; NULL: nothing. A borrow. */
const struct sp_dns_said *sp_dns_page_at(const struct sp_dns_page *page, uint64_t at_ms);

void sp_dns_book_note_route(struct sp_dns_book *book, const struct sp_address *address,
                            bool has_route);
bool sp_dns_book_has_route(const struct sp_dns_book *book, const struct sp_address *address);

#endif
