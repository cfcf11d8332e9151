/*
 * Any bytes as a DNS message. What is accepted is bounded and well-formed, whatever is refused
 * leaves nothing behind, and the question of an accepted message survives being asked again.
 */
#include "dns/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check(bool is_true)
{
    if (!is_true)
        abort();
}

/* A name that is set is in wire form: lower-case labels of 1 to 63 octets, ended by the root. */
static void check_name(const struct sp_name *name)
{
    size_t at = 0;
    if (!sp_name_is_set(name))
        return;
    while (at < name->len && name->wire[at]) {
        check(name->wire[at] <= SP_LABEL_MAX);
        for (size_t i = 1; i <= name->wire[at]; i++)
            check(name->wire[at + i] < 'A' || name->wire[at + i] > 'Z');
        at += 1u + name->wire[at];
    }
    check(at + 1 == name->len);
}

static void check_record(const struct sp_dns_rr *rr)
{
    check(rr->section <= SP_DNS_ADDITIONAL);
    check(rr->ttl <= INT32_MAX);
    check(sp_name_is_set(&rr->owner));
    check_name(&rr->owner);
    check_name(&rr->target);
    check(rr->text_len <= SP_DNS_TXT_MAX);
    check((rr->text != NULL) == (rr->type == SP_DNS_TXT));
    check(!rr->text || rr->text[rr->text_len] == '\0');
    check((rr->soa != NULL) == (rr->type == SP_DNS_SOA));
    if (rr->soa) {
        check_name(&rr->soa->mname);
        check_name(&rr->soa->rname);
    }
}

static void check_round_trip(const struct sp_dns_message *message)
{
    struct sp_buf query = SP_BUF_INIT(SP_DNS_MESSAGE_MAX);
    struct sp_dns_message again;
    sp_dns_query_build(&query, message->id, &message->question, message->question_type, false);
    sp_dns_query_add_edns(&query);
    sp_dns_query_mix_case(&query);
    check(sp_dns_message_parse(sp_buf_str(&query), query.len, &again) == 0);
    check(again.has_edns && again.nsid_len == 0);
    check(again.id == message->id && again.question_type == message->question_type);
    check(sp_name_equal(&again.question, &message->question));
    check(!again.is_response && again.records.n == 0);
    sp_dns_message_fini(&again);
    sp_buf_fini(&query);
}

/* What answers a query with exactly its question also answers it in other letters, unless there are
 * no letters; what has no question is bare. */
static void check_match(const uint8_t *bytes, size_t len)
{
    struct sp_buf query = SP_BUF_INIT(SP_DNS_MESSAGE_MAX);
    sp_buf_append(&query, bytes, len);
    if (sp_dns_match(bytes, len, bytes, len) == SP_DNS_MATCH_EXACT) {
        sp_dns_query_mix_case(&query);
        check(sp_dns_match(query.data, query.len, bytes, len) >= SP_DNS_MATCH_LOOSE);
    }
    sp_buf_fini(&query);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct sp_dns_message message;
    check_match(bytes, len);
    if (sp_dns_message_parse(bytes, len, &message) < 0) {
        check(message.records.n == 0 && message.records.items == NULL && message.id == 0);
        return 0;
    }
    check(message.records.n <= SP_DNS_RECORDS_MAX);
    check(message.rcode < (message.has_edns ? 4096 : 16) && message.opcode < 16);
    check(message.nsid_len <= SP_DNS_NSID_MAX && (message.has_edns || message.nsid_len == 0));
    check(message.has_edns || !message.ede.is_given);
    check(strnlen(message.ede.text, SP_DNS_EDE_MAX) < SP_DNS_EDE_MAX);
    for (const char *at = message.ede.text; *at; at++)
        check(*at >= ' ' && *at <= '~');
    check_name(&message.question);
    for (size_t i = 0; i < message.records.n; i++) {
        const struct sp_dns_rr *rr = &message.records.items[i];
        check_record(rr);
        const struct sp_dns_rr *first =
            sp_dns_message_find(&message, rr->section, &rr->owner, rr->type);
        check(first && first <= rr);
    }
    check_round_trip(&message);
    sp_dns_message_fini(&message);
    return 0;
}
