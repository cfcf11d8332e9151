/*
 * Evidence out of a document that anybody may have written: every length is bounded, every name and
 * address is parsed, and what the verdict relies on is checked as if it came from a user.
 */
#include <openssl/evp.h>

#include "base/limits.h"
#include "base/text.h"
#include "verify/evidence.h"

#define WORD_MAX    64
#define TIME_MAX_S  253402300799 /* the year 9999 */
#define TIME_MAX_MS (TIME_MAX_S * 1000)

static const uint16_t types[] = {SP_DNS_A,   SP_DNS_NS,   SP_DNS_CNAME, SP_DNS_SOA, SP_DNS_MX,
                                 SP_DNS_TXT, SP_DNS_AAAA, SP_DNS_DNAME, SP_DNS_DS};

/* The place of the member KEY among WORDS; 0 after a failure. */
static int read_word(const struct sp_json_reader *object, const char *key, const char *const *words,
                     size_t n)
{
    struct sp_json_reader reader = sp_json_member(object, key);
    const char *word = sp_json_string(&reader, WORD_MAX);
    for (size_t i = 0; i < n; i++)
        if (strcmp(words[i], word) == 0)
            return (int)i;
    sp_json_fail(&reader, "an unknown word");
    return 0;
}

static bool read_bool(const struct sp_json_reader *object, const char *key)
{
    struct sp_json_reader reader = sp_json_member(object, key);
    return sp_json_bool(&reader);
}

static int64_t read_number(const struct sp_json_reader *object, const char *key, int64_t max)
{
    struct sp_json_reader reader = sp_json_member(object, key);
    return sp_json_integer(&reader, 0, max);
}

/* An absent name stays unset. */
static struct sp_name read_name(const struct sp_json_reader *reader)
{
    struct sp_name name = {0};
    struct sp_err err = SP_ERR_INIT;
    const char *text = sp_json_string(reader, SP_NAME_TEXT_SIZE - 1);
    if (*text && sp_name_parse(&name, text, &err) < 0)
        sp_json_fail(reader, "%s", err.message);
    return name;
}

static struct sp_name read_member_name(const struct sp_json_reader *object, const char *key)
{
    struct sp_json_reader reader = sp_json_member(object, key);
    if (!*sp_json_string(&reader, SP_NAME_TEXT_SIZE - 1))
        sp_json_fail(&reader, "expected a domain name");
    return read_name(&reader);
}

/* An absent address has family 0; a URL is a borrow of the document. */
static struct sp_address read_address(const struct sp_json_reader *reader)
{
    struct sp_address address = {0};
    struct sp_err err = SP_ERR_INIT;
    const char *text = sp_json_string(reader, SP_HTTP_URL_MAX);
    if (sp_ascii_starts(text, "https:"))
        address = (struct sp_address){.family = SP_ADDRESS_URL, .url = text};
    else if (*text && sp_address_parse(&address, text, 53, &err) < 0)
        sp_json_fail(reader, "%s", err.message);
    return address;
}

static struct sp_address read_optional_address(const struct sp_json_reader *object, const char *key)
{
    struct sp_json_reader reader = sp_json_optional(object, key);
    return read_address(&reader);
}

static uint16_t read_type(const struct sp_json_reader *object)
{
    struct sp_json_reader reader = sp_json_member(object, "type");
    const char *word = sp_json_string(&reader, WORD_MAX);
    uint64_t number;
    for (size_t i = 0; i < SP_ARRAY_LEN(types); i++)
        if (strcmp(sp_dns_type_name(types[i]), word) == 0)
            return types[i];
    if (strncmp(word, "TYPE", 4) == 0 && sp_parse_u64(word + 4, UINT16_MAX, &number) == 0)
        return (uint16_t)number;
    sp_json_fail(&reader, "an unknown type");
    return 0;
}

/* Strict: what decodes is encoded to the same text again. The octets are appended to OUT. */
static void read_base64(const struct sp_json_reader *reader, struct sp_buf *out)
{
    const char *text = sp_json_string(reader, (SP_DNS_MESSAGE_MAX + 2) / 3 * 4);
    size_t len = strlen(text),
           n_pads = len > 1 ? (text[len - 1] == '=') + (text[len - 2] == '=') : 0;
    char *octets = sp_alloc(len + 1, 1), *again = sp_alloc(len + 5, 1);
    int n = EVP_DecodeBlock((unsigned char *)octets, (const unsigned char *)text, (int)len);
    size_t n_octets = n > 0 ? (size_t)n - n_pads : 0;
    EVP_EncodeBlock((unsigned char *)again, (const unsigned char *)octets, (int)n_octets);
    if (n_octets == 0 || strcmp(again, text) != 0)
        sp_json_fail(reader, "is no base64");
    else
        sp_buf_append(out, octets, n_octets);
    free(octets);
    free(again);
}

/* ---- the book ---- */

static void read_said(const struct sp_json_reader *object, struct sp_dns_book *book,
                      struct sp_dns_page *page)
{
    static const char *const vias[] = {"udp", "tcp", "https"};
    static const char *const results[] = {"answer", "timeout", "refused", "failed"};
    struct sp_buf bytes = SP_BUF_INIT(SP_DNS_MESSAGE_MAX);
    struct sp_json_reader message = sp_json_optional(object, "message");
    struct sp_dns_said said = {
        .status =
            (enum sp_transport_status)read_word(object, "result", results, SP_ARRAY_LEN(results)),
        .via = (enum sp_dns_via)read_word(object, "via", vias, SP_ARRAY_LEN(vias)),
        .first_ms = (uint64_t)read_number(object, "first_ms", TIME_MAX_MS),
        .last_ms = (uint64_t)read_number(object, "last_ms", TIME_MAX_MS),
        .order = (uint64_t)read_number(object, "order", TIME_MAX_MS),
        .server = read_optional_address(object, "server"),
    };
    if (said.status == SP_TRANSPORT_OK)
        read_base64(&message, &bytes);
    if (!sp_err_is_set(object->err))
        sp_dns_book_write(book, page, &said, bytes.data, bytes.len);
    sp_buf_fini(&bytes);
}

static void read_page(const struct sp_json_reader *object, struct sp_dns_book *book)
{
    struct sp_json_reader answers = sp_json_member(object, "answers");
    const struct sp_dns_question question = {
        .name = read_member_name(object, "name"),
        .type = read_type(object),
        .server = read_optional_address(object, "server"),
        .is_recursive = read_bool(object, "recursive"),
        .is_unchecked = read_bool(object, "unchecked"),
    };
    size_t n = sp_json_length(&answers, SP_DNS_BOOK_SAID_MAX);
    if (sp_err_is_set(object->err))
        return;
    struct sp_dns_page *page = sp_dns_book_open(book, &question);
    for (size_t i = 0; page && i < n; i++) {
        struct sp_json_reader said = sp_json_item(&answers, i);
        read_said(&said, book, page);
    }
    if (book->is_full)
        sp_json_fail(object, "there is no room for more");
}

static void read_nonce(const struct sp_json_reader *document, struct sp_dns_book *book)
{
    struct sp_json_reader reader = sp_json_member(document, "nonce");
    const char *text = sp_json_string(&reader, WORD_MAX);
    book->nonce = 0;
    if (strlen(text) != 16 || strspn(text, "0123456789abcdef") != 16)
        sp_json_fail(&reader, "expected 16 hexadecimal digits");
    for (; *text && !sp_err_is_set(document->err); text++)
        book->nonce = book->nonce << 4 | (unsigned)(*text <= '9' ? *text - '0' : *text - 'a' + 10);
}

static void read_book(const struct sp_json_reader *document, struct sp_dns_book *book)
{
    struct sp_json_reader resolvers = sp_json_member(document, "resolvers");
    struct sp_json_reader unroutable = sp_json_member(document, "unroutable");
    struct sp_json_reader questions = sp_json_member(document, "questions");
    size_t n = sp_json_length(&resolvers, SP_DNS_RESOLVERS_MAX);
    if (n == 0)
        sp_json_fail(&resolvers, "names no resolver");
    for (size_t i = 0; i < n; i++) {
        struct sp_json_reader reader = sp_json_item(&resolvers, i);
        struct sp_address resolver = read_address(&reader);
        if (!resolver.family || sp_dns_book_add_resolver(book, &resolver) < 0)
            sp_json_fail(&reader, "expected an address or a URL");
    }
    n = sp_json_length(&unroutable, SP_DNS_BOOK_ROUTES_MAX);
    for (size_t i = 0; i < n && !sp_err_is_set(document->err); i++) {
        struct sp_json_reader reader = sp_json_item(&unroutable, i);
        struct sp_address address = read_address(&reader);
        sp_dns_book_note_route(book, &address, false);
    }
    book->authoritative_port = (uint16_t)read_number(document, "dns_port", UINT16_MAX);
    book->has_ipv6 = read_bool(document, "has_ipv6");
    read_nonce(document, book);
    n = sp_json_length(&questions, SP_DNS_BOOK_PAGES_MAX);
    for (size_t i = 0; i < n && !sp_err_is_set(document->err); i++) {
        struct sp_json_reader reader = sp_json_item(&questions, i);
        read_page(&reader, book);
    }
}

/* ---- the domains ---- */

static void read_record(const struct sp_json_reader *object, struct sp_record_set *set)
{
    static const char *const legs[] = {"return-path", "dkim"};
    struct sp_err err = SP_ERR_INIT;
    struct sp_json_reader key = sp_json_optional(object, "key_sha256");
    struct sp_record record = {
        .type = "CNAME",
        .host = read_member_name(object, "host"),
        .target = read_member_name(object, "points_to"),
        .leg =
            read_word(object, "leg", legs, SP_ARRAY_LEN(legs)) ? SP_LEG_DKIM : SP_LEG_RETURN_PATH,
    };
    if (sp_err_is_set(object->err))
        return;
    if (sp_record_check(&record, &set->domain, &err) < 0)
        sp_json_fail(object, "%s", err.message);
    if (sp_json_is_present(&key) &&
        sp_key_digest_parse(&record.key, sp_json_string(&key, SP_KEY_DIGEST_SIZE)) < 0)
        sp_json_fail(&key, "is no SHA-256 in lower-case hexadecimal");
    *sp_array_push(&set->records) = record;
}

static void read_set(const struct sp_json_reader *object, struct sp_record_set *set)
{
    struct sp_json_reader records = sp_json_member(object, "records");
    size_t n = sp_json_length(&records, SP_RECORDS_MAX);
    set->domain = read_member_name(object, "domain");
    if (n == 0)
        sp_json_fail(&records, "has no record");
    for (size_t i = 0; i < n; i++) {
        struct sp_json_reader record = sp_json_item(&records, i);
        read_record(&record, set);
    }
}

static void read_written(const struct sp_json_reader *object, struct sp_verdict_context *context)
{
    struct sp_json_reader list = sp_json_member(object, "written");
    size_t n = sp_json_length(&list, SP_TEXT_MAX);
    struct sp_written *items = sp_alloc(n, sizeof(*items));
    for (size_t i = 0; i < n; i++) {
        struct sp_json_reader item = sp_json_item(&list, i);
        items[i] = (struct sp_written){
            .host = read_member_name(&item, "host"),
            .at_s = read_number(&item, "at_s", TIME_MAX_S),
            .was_absent = read_bool(&item, "was_absent"),
            .old_ttl_s = (uint32_t)read_number(&item, "old_ttl_s", UINT32_MAX),
        };
    }
    context->written = items;
    context->n_written = n;
    context->looked_at_s = read_number(object, "looked_at_s", TIME_MAX_S);
    context->caches_until_s = read_number(object, "caches_until_s", TIME_MAX_S);
}

static void read_context(const struct sp_json_reader *object, struct sp_verdict_context *context)
{
    static const char *const untils[] = {"key", "records"};
    struct sp_json_reader label = sp_json_optional(object, "provider_label");
    struct sp_json_reader list = sp_json_member(object, "superseded");
    size_t n = sp_json_length(&list, SP_TEXT_MAX);
    struct sp_superseded *items = sp_alloc(n, sizeof(*items));
    for (size_t i = 0; i < n; i++) {
        struct sp_json_reader item = sp_json_item(&list, i);
        struct sp_json_reader target = sp_json_optional(&item, "points_to");
        items[i].host = read_member_name(&item, "host");
        items[i].target = read_name(&target);
        items[i].until_s = read_number(&item, "until_s", TIME_MAX_S);
    }
    read_written(object, context);
    context->superseded = items;
    context->n_superseded = n;
    context->published_at_s = read_number(object, "published_at_s", TIME_MAX_S);
    context->window_s = read_number(object, "window_s", TIME_MAX_S);
    context->until = read_word(object, "until", untils, 2) ? SP_UNTIL_RECORDS : SP_UNTIL_KEY;
    context->is_zone_at_provider = read_bool(object, "is_zone_at_provider");
    if (sp_json_is_present(&label))
        context->provider_label = sp_strdup(sp_json_string(&label, SP_TEXT_MAX));
}

/* The verdict is kept as it is: it is only compared with, word by word. */
static void check_verdict(const struct sp_json_reader *object, size_t n_records)
{
    struct sp_json_reader records = sp_json_member(object, "records");
    struct sp_json_reader warnings = sp_json_member(object, "warnings");
    struct sp_json_reader status = sp_json_member(object, "status");
    struct sp_json_reader message = sp_json_member(object, "message");
    size_t n = sp_json_length(&records, SP_RECORDS_MAX);
    (void)sp_json_string(&status, WORD_MAX);
    (void)sp_json_string(&message, SP_TEXT_MAX);
    (void)read_bool(object, "records_live");
    (void)read_bool(object, "key_live");
    if (n != n_records)
        sp_json_fail(&records, "has %zu items for %zu records", n, n_records);
    for (size_t i = 0; i < n; i++) {
        struct sp_json_reader record = sp_json_item(&records, i);
        struct sp_json_reader state = sp_json_member(&record, "state");
        struct sp_json_reader diagnosis = sp_json_optional(&record, "diagnosis");
        (void)sp_json_string(&state, WORD_MAX);
        (void)sp_json_string(&diagnosis, WORD_MAX);
    }
    n = sp_json_length(&warnings, SP_TEXT_MAX);
    for (size_t i = 0; i < n; i++) {
        struct sp_json_reader warning = sp_json_item(&warnings, i);
        (void)sp_json_string(&warning, WORD_MAX);
    }
}

static void read_case(const struct sp_json_reader *object, struct sp_evidence *evidence)
{
    struct sp_evidence_case *item = sp_new(struct sp_evidence_case);
    struct sp_json_reader provider = sp_json_optional(object, "provider");
    struct sp_json_reader context = sp_json_member(object, "context");
    struct sp_json_reader verdict = sp_json_member(object, "verdict");
    *sp_array_push(&evidence->cases) = item;
    item->at_ms = (uint64_t)read_number(object, "at_ms", TIME_MAX_MS);
    if (item->at_ms == 0)
        sp_json_fail(object, "has no time");
    if (sp_json_is_present(&provider))
        item->provider = sp_strdup(sp_json_string(&provider, SP_TEXT_MAX));
    read_set(object, &item->set);
    read_context(&context, &item->context);
    check_verdict(&verdict, item->set.records.n);
    item->verdict = json_incref(verdict.value);
}

static void read_document(const struct sp_json_reader *document, struct sp_evidence *evidence)
{
    struct sp_json_reader number = sp_json_member(document, "signpost_evidence");
    struct sp_json_reader version = sp_json_member(document, "version");
    struct sp_json_reader domains = sp_json_member(document, "domains");
    (void)sp_json_integer(&number, 1, 1);
    evidence->version = sp_strdup(sp_json_string(&version, WORD_MAX));
    size_t n = sp_json_length(&domains, SP_DOMAINS_MAX);
    if (n == 0)
        sp_json_fail(&domains, "has no domain");
    for (size_t i = 0; i < n && !sp_err_is_set(document->err); i++) {
        struct sp_json_reader domain = sp_json_item(&domains, i);
        read_case(&domain, evidence);
    }
    if (!sp_err_is_set(document->err))
        read_book(document, evidence->book);
}

struct sp_evidence *sp_evidence_parse(const char *text, size_t len, const char *what,
                                      struct sp_err *err)
{
    json_t *json = sp_json_parse(text, len, what, err);
    if (!json)
        return NULL;
    struct sp_json_reader document = sp_json_reader_of(json, what, err);
    struct sp_evidence *evidence = sp_evidence_new(NULL);
    read_document(&document, evidence);
    json_decref(json);
    if (!sp_err_is_set(err))
        return evidence;
    sp_evidence_free(evidence);
    return NULL;
}

bool sp_evidence_is_start(const char *text, size_t len)
{
    struct sp_cursor cursor = sp_cursor_of(text, len);
    (void)sp_cursor_while(&cursor, " \t\r\n");
    (void)sp_cursor_while(&cursor, "{");
    (void)sp_cursor_while(&cursor, " \t\r\n");
    return sp_span_is(sp_cursor_take(&cursor, strlen("\"signpost_evidence\"")),
                      "\"signpost_evidence\"");
}
