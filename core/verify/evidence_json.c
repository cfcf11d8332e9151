/*
 * Evidence as a document (schemas/evidence.schema.json).
 */
#include <openssl/evp.h>

#include "base/limits.h"
#include "base/text.h"
#include "verify/evidence.h"

static const char *const until_words[] = {[SP_UNTIL_KEY] = "key", [SP_UNTIL_RECORDS] = "records"};
static const char *const via_words[] = {
    [SP_DNS_VIA_UDP] = "udp", [SP_DNS_VIA_TCP] = "tcp", [SP_DNS_VIA_HTTPS] = "https"};
static const char *const result_words[] = {[SP_TRANSPORT_OK] = "answer",
                                           [SP_TRANSPORT_TIMEOUT] = "timeout",
                                           [SP_TRANSPORT_REFUSED] = "refused",
                                           [SP_TRANSPORT_FAILED] = "failed"};
/* Other types are written as RFC 3597, section 5, has it. */
static const uint16_t types[] = {SP_DNS_A,   SP_DNS_NS,   SP_DNS_CNAME, SP_DNS_SOA, SP_DNS_MX,
                                 SP_DNS_TXT, SP_DNS_AAAA, SP_DNS_DNAME, SP_DNS_DS};

/* ---- writing ---- */

static json_t *name_to_json(const struct sp_name *name)
{
    return sp_name_is_set(name) ? json_string(SP_NAME_STR(name)) : json_null();
}

static json_t *address_to_json(const struct sp_address *address)
{
    if (address->family == SP_ADDRESS_URL)
        return sp_json_text(address->url, strlen(address->url));
    return address->family ? json_string(SP_ADDRESS_PORT_STR(address)) : json_null();
}

static json_t *ms_to_json(uint64_t ms)
{
    return json_integer((json_int_t)ms);
}

static json_t *base64_to_json(const struct sp_buf *bytes)
{
    char *text = sp_alloc(bytes->len / 3 * 4 + 5, 1);
    EVP_EncodeBlock((unsigned char *)text, (const unsigned char *)sp_buf_str(bytes),
                    (int)bytes->len);
    json_t *json = json_string(text);
    free(text);
    return json;
}

static json_t *type_to_json(uint16_t type)
{
    for (size_t i = 0; i < SP_ARRAY_LEN(types); i++)
        if (types[i] == type)
            return json_string(sp_dns_type_name(type));
    return json_sprintf("TYPE%u", type);
}

/* The server's own name for itself, for readers: hexadecimal, as most are no text. */
static json_t *nsid_to_json(const struct sp_dns_said *said)
{
    struct sp_dns_message message = {0};
    char text[2 * SP_DNS_NSID_MAX + 1] = "";
    if (said->status == SP_TRANSPORT_OK &&
        sp_dns_message_parse(said->bytes.data, said->bytes.len, &message) == 0)
        for (size_t i = 0; i < message.nsid_len; i++)
            snprintf(text + 2 * i, 3, "%02x", message.nsid[i]);
    sp_dns_message_fini(&message);
    return *text ? json_string(text) : json_null();
}

static json_t *said_to_json(const struct sp_dns_said *said)
{
    json_t *json = json_object();
    json_object_set_new(json, "first_ms", ms_to_json(said->first_ms));
    json_object_set_new(json, "last_ms", ms_to_json(said->last_ms));
    json_object_set_new(json, "order", json_integer((json_int_t)said->order));
    json_object_set_new(json, "result", json_string(result_words[said->status]));
    json_object_set_new(json, "server", address_to_json(&said->server));
    json_object_set_new(json, "via", json_string(via_words[said->via]));
    json_object_set_new(json, "nsid", nsid_to_json(said));
    json_object_set_new(json, "message",
                        said->status == SP_TRANSPORT_OK ? base64_to_json(&said->bytes)
                                                        : json_null());
    return json;
}

static json_t *page_to_json(const struct sp_dns_page *page)
{
    const struct sp_dns_question *question = &page->question;
    json_t *json = json_object(), *answers = json_array();
    json_object_set_new(json, "name", name_to_json(&question->name));
    json_object_set_new(json, "type", type_to_json(question->type));
    json_object_set_new(json, "server", address_to_json(&question->server));
    json_object_set_new(json, "recursive", json_boolean(question->is_recursive));
    json_object_set_new(json, "unchecked", json_boolean(question->is_unchecked));
    SP_ARRAY_FOREACH (&page->said, said)
        json_array_append_new(answers, said_to_json(said));
    json_object_set_new(json, "answers", answers);
    return json;
}

static json_t *records_to_json(const struct sp_record_set *set)
{
    json_t *records = json_array();
    char key[SP_KEY_DIGEST_SIZE];
    SP_ARRAY_FOREACH (&set->records, record) {
        json_t *json = json_object();
        json_object_set_new(json, "type", json_string(record->type));
        json_object_set_new(json, "host", name_to_json(&record->host));
        json_object_set_new(json, "points_to", name_to_json(&record->target));
        json_object_set_new(json, "leg", json_string(sp_leg_name(record->leg)));
        sp_key_digest_print(&record->key, key);
        if (*key)
            json_object_set_new(json, "key_sha256", json_string(key));
        json_array_append_new(records, json);
    }
    return records;
}

static json_t *written_to_json(const struct sp_verdict_context *context)
{
    json_t *list = json_array();
    for (size_t i = 0; i < context->n_written; i++) {
        const struct sp_written *item = &context->written[i];
        json_t *one = json_object();
        json_object_set_new(one, "host", name_to_json(&item->host));
        json_object_set_new(one, "at_s", json_integer(item->at_s));
        json_object_set_new(one, "was_absent", json_boolean(item->was_absent));
        json_object_set_new(one, "old_ttl_s", json_integer(item->old_ttl_s));
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *context_to_json(const struct sp_verdict_context *context)
{
    json_t *json = json_object(), *superseded = json_array();
    for (size_t i = 0; i < context->n_superseded; i++) {
        const struct sp_superseded *item = &context->superseded[i];
        json_t *one = json_object();
        json_object_set_new(one, "host", name_to_json(&item->host));
        json_object_set_new(one, "points_to", name_to_json(&item->target));
        json_object_set_new(one, "until_s", json_integer(item->until_s));
        json_array_append_new(superseded, one);
    }
    json_object_set_new(json, "published_at_s", json_integer(context->published_at_s));
    json_object_set_new(json, "window_s", json_integer(context->window_s));
    json_object_set_new(json, "until", json_string(until_words[context->until]));
    json_object_set_new(json, "is_zone_at_provider", json_boolean(context->is_zone_at_provider));
    json_object_set_new(json, "provider_label", sp_json_text_or_null(context->provider_label));
    json_object_set_new(json, "superseded", superseded);
    json_object_set_new(json, "written", written_to_json(context));
    json_object_set_new(json, "looked_at_s", json_integer(context->looked_at_s));
    json_object_set_new(json, "caches_until_s", json_integer(context->caches_until_s));
    return json;
}

static json_t *case_to_json(const struct sp_evidence_case *item)
{
    json_t *json = json_object();
    json_object_set_new(json, "domain", name_to_json(&item->set.domain));
    json_object_set_new(json, "at_ms", ms_to_json(item->at_ms));
    json_object_set_new(json, "provider", sp_json_text_or_null(item->provider));
    json_object_set_new(json, "records", records_to_json(&item->set));
    json_object_set_new(json, "context", context_to_json(&item->context));
    json_object_set(json, "verdict", item->verdict);
    return json;
}

json_t *sp_evidence_to_json(const struct sp_evidence *evidence)
{
    const struct sp_dns_book *book = evidence->book;
    json_t *json = json_object(), *domains = json_array(), *questions = json_array();
    json_t *resolvers = json_array(), *unroutable = json_array();
    for (size_t i = 0; i < book->n_resolvers; i++)
        json_array_append_new(resolvers, address_to_json(&book->resolvers[i]));
    SP_ARRAY_FOREACH (&book->unroutable, address)
        json_array_append_new(unroutable, address_to_json(address));
    SP_ARRAY_FOREACH (&evidence->cases, item)
        json_array_append_new(domains, case_to_json(*item));
    SP_ARRAY_FOREACH (&book->pages, page)
        json_array_append_new(questions, page_to_json(*page));
    json_object_set_new(json, "signpost_evidence", json_integer(1));
    json_object_set_new(json, "version", sp_json_text_or_null(evidence->version));
    json_object_set_new(json, "resolvers", resolvers);
    json_object_set_new(json, "dns_port", json_integer(book->authoritative_port));
    json_object_set_new(json, "nonce", json_sprintf("%016llx", (unsigned long long)book->nonce));
    json_object_set_new(json, "has_ipv6", json_boolean(book->has_ipv6));
    json_object_set_new(json, "unroutable", unroutable);
    json_object_set_new(json, "domains", domains);
    json_object_set_new(json, "questions", questions);
    return json;
}
