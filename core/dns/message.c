#include "dns/message.h"

enum {
    CLASS_IN = 1,
    FLAG_QR = 0x8000,
    FLAG_AA = 0x0400,
    FLAG_TC = 0x0200,
    FLAG_RD = 0x0100,
    FLAG_AD = 0x0020,
    FLAG_CD = 0x0010,
    HEADER_LEN = 12,
    OPTION_NSID = 3,
    OPTION_EDE = 15,
};

void sp_dns_query_build(struct sp_buf *out, uint16_t id, const struct sp_name *name, uint16_t type,
                        bool wants_recursion)
{
    const uint16_t header[] = {id, wants_recursion ? FLAG_RD | FLAG_AD : 0, 1, 0, 0, 0};
    for (size_t i = 0; i < SP_ARRAY_LEN(header); i++)
        sp_buf_put_u16(out, header[i]);
    sp_buf_append(out, name->wire, name->len);
    sp_buf_put_u16(out, type);
    sp_buf_put_u16(out, CLASS_IN);
}

void sp_dns_query_disable_checking(struct sp_buf *query)
{
    query->data[3] = (char)(query->data[3] | FLAG_CD);
}

void sp_dns_query_mix_case(struct sp_buf *query)
{
    uint8_t bits[(SP_NAME_WIRE_MAX + 7) / 8];
    sp_random(bits, sizeof(bits));
    for (size_t at = HEADER_LEN; at < query->len && query->data[at];) {
        size_t end = at + 1 + (uint8_t)query->data[at];
        for (at++; at < end && at < query->len; at++) {
            char lower = (char)(query->data[at] | 0x20);
            size_t bit = at - HEADER_LEN;
            if (lower >= 'a' && lower <= 'z')
                query->data[at] = (char)(bits[bit / 8] >> bit % 8 & 1 ? lower : lower & ~0x20);
        }
    }
}

void sp_dns_query_add_edns(struct sp_buf *query)
{
    sp_buf_putc(query, 0); /* the root */
    sp_buf_put_u16(query, SP_DNS_OPT);
    sp_buf_put_u16(query, SP_DNS_EDNS_SIZE);
    sp_buf_put_u32(query, 0); /* extended rcode, version, flags */
    sp_buf_put_u16(query, 4);
    sp_buf_put_u16(query, OPTION_NSID);
    sp_buf_put_u16(query, 0);
    query->data[HEADER_LEN - 1]++;
}

static uint16_t u16_at(const uint8_t *bytes, size_t at)
{
    return (uint16_t)(bytes[at] << 8 | bytes[at + 1]);
}

/* Octets of the name at the header's end, or 0 when it does not end within LEN or is compressed. */
static size_t question_name_len(const uint8_t *bytes, size_t len)
{
    size_t at = HEADER_LEN;
    while (at < len && bytes[at] && bytes[at] <= SP_LABEL_MAX)
        at += 1u + bytes[at];
    if (at >= len || bytes[at] || at + 1 > HEADER_LEN + SP_NAME_WIRE_MAX)
        return 0;
    return at + 1 - HEADER_LEN;
}

static bool is_same_blind(const uint8_t *a, const uint8_t *b, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t lower = a[i] | 0x20;
        bool is_letter = lower >= 'a' && lower <= 'z';
        if (a[i] != b[i] && !(is_letter && lower == (b[i] | 0x20)))
            return false;
    }
    return true;
}

enum sp_dns_match sp_dns_match(const void *query, size_t query_len, const void *reply,
                               size_t reply_len)
{
    const uint8_t *q = query, *r = reply;
    if (query_len < HEADER_LEN || reply_len < HEADER_LEN || u16_at(q, 0) != u16_at(r, 0))
        return SP_DNS_MATCH_NONE;
    uint16_t flags = u16_at(r, 2);
    if (!(flags & FLAG_QR) || (flags >> 11 & 15) != 0)
        return SP_DNS_MATCH_NONE;
    if (u16_at(r, 4) == 0)
        return flags & 15 ? SP_DNS_MATCH_BARE : SP_DNS_MATCH_NONE;
    size_t name_len = question_name_len(q, query_len), end = HEADER_LEN + name_len + 4;
    if (!name_len || end > query_len || end > reply_len ||
        memcmp(q + end - 4, r + end - 4, 4) != 0 ||
        !is_same_blind(q + HEADER_LEN, r + HEADER_LEN, name_len))
        return SP_DNS_MATCH_NONE;
    return memcmp(q + HEADER_LEN, r + HEADER_LEN, name_len) == 0 ? SP_DNS_MATCH_EXACT
                                                                 : SP_DNS_MATCH_LOOSE;
}

/*
 * Reads the name at the cursor and leaves the cursor behind it. Every pointer must lead to before
 * the run of labels it ends (RFC 1035, section 4.1.4: "a prior occurrence"), so the offsets fall
 * strictly and the walk ends; the bound on hops keeps a chain of bare pointers from costing its
 * square.
 */
static void read_name(struct sp_cursor *cursor, struct sp_name *ret_name)
{
    struct sp_cursor at = *cursor;
    struct sp_name name = {0};
    size_t run_start = cursor->at, end = 0, n_hops = 0;
    for (;;) {
        uint8_t len = sp_cursor_u8(&at);
        if (!sp_cursor_is_ok(&at))
            break;
        if (len >= 0xc0) {
            size_t target = (size_t)(len & 0x3f) << 8 | sp_cursor_u8(&at);
            if (!n_hops)
                end = at.at;
            if (target >= run_start || ++n_hops > SP_DNS_POINTERS_MAX)
                sp_cursor_fail(&at);
            run_start = target;
            sp_cursor_seek(&at, target);
        } else if (len == 0) {
            break;
        } else {
            struct sp_span label = sp_cursor_take(&at, len);
            /* 0x40 and 0x80 are no lengths (RFC 6891, section 5): push refuses more than 63. */
            if (sp_cursor_is_ok(&at) && sp_name_push_label(&name, label.bytes, label.len) < 0)
                sp_cursor_fail(&at);
        }
    }
    if (!sp_cursor_is_ok(&at) || sp_name_close(&name) < 0) {
        sp_cursor_fail(cursor);
        return;
    }
    sp_cursor_seek(cursor, n_hops ? end : at.at);
    *ret_name = name;
}

static void read_text(struct sp_cursor *cursor, size_t end, struct sp_dns_rr *rr)
{
    struct sp_buf text = SP_BUF_INIT(SP_DNS_TXT_MAX);
    while (sp_cursor_is_ok(cursor) && cursor->at < end) {
        struct sp_span part = sp_cursor_take(cursor, sp_cursor_u8(cursor));
        /* Past the maximum the buffer keeps what it has: no key or policy is that long. */
        sp_buf_append(&text, part.bytes, part.len);
    }
    rr->text_len = text.len;
    rr->text = sp_buf_steal(&text);
}

static void read_soa(struct sp_cursor *cursor, struct sp_dns_rr *rr)
{
    struct sp_dns_soa *soa = rr->soa = sp_new(struct sp_dns_soa);
    read_name(cursor, &soa->mname);
    read_name(cursor, &soa->rname);
    soa->serial = sp_cursor_u32(cursor);
    soa->refresh = sp_cursor_u32(cursor);
    soa->retry = sp_cursor_u32(cursor);
    soa->expire = sp_cursor_u32(cursor);
    soa->minimum = sp_cursor_u32(cursor);
}

static void read_address(struct sp_cursor *cursor, size_t len, struct sp_dns_rr *rr)
{
    struct sp_span bytes = sp_cursor_take(cursor, len);
    memcpy(rr->address, bytes.bytes, bytes.len);
}

/* The data must fill its declared length exactly. */
static void read_data(struct sp_cursor *cursor, size_t len, struct sp_dns_rr *rr)
{
    size_t end = cursor->at + len;
    if (len > sp_cursor_left(cursor)) {
        sp_cursor_fail(cursor);
        return;
    }
    switch (rr->type) {
    case SP_DNS_A:
        read_address(cursor, 4, rr);
        break;
    case SP_DNS_AAAA:
        read_address(cursor, 16, rr);
        break;
    case SP_DNS_MX:
        sp_cursor_skip(cursor, 2);
        read_name(cursor, &rr->target);
        break;
    case SP_DNS_NS:
    case SP_DNS_CNAME:
    case SP_DNS_DNAME:
        read_name(cursor, &rr->target);
        break;
    case SP_DNS_SOA:
        read_soa(cursor, rr);
        break;
    case SP_DNS_TXT:
        read_text(cursor, end, rr);
        break;
    default:
        sp_cursor_skip(cursor, len);
        break;
    }
    if (cursor->at != end)
        sp_cursor_fail(cursor);
}

static void fini_rr(struct sp_dns_rr *rr)
{
    free(rr->text);
    free(rr->soa);
}

/* Of an option's data: the code, then a text in UTF-8, which may end with a NUL (RFC 8914, section
 * 2). */
static void read_ede(struct sp_span data, struct sp_dns_message *message)
{
    struct sp_dns_ede ede = {.is_given = true};
    struct sp_cursor cursor = sp_cursor_of(data.bytes, data.len);
    ede.code = sp_cursor_u16(&cursor);
    if (!sp_cursor_is_ok(&cursor))
        return;
    for (size_t n = 0; n + 1 < sizeof(ede.text) && !sp_cursor_is_end(&cursor); n++) {
        uint8_t octet = sp_cursor_u8(&cursor);
        if (octet == 0)
            break;
        ede.text[n] = (char)(octet >= ' ' && octet <= '~' ? octet : '?');
    }
    if (!message->ede.is_given ||
        (sp_dns_ede_is_bogus(&ede) && !sp_dns_ede_is_bogus(&message->ede)))
        message->ede = ede;
}

/* RFC 6891, section 6.1: a second OPT record is an error of the sender's, and the first one counts.
 */
static void read_opt(struct sp_cursor *cursor, size_t len, uint32_t ttl,
                     struct sp_dns_message *message)
{
    size_t end = cursor->at + len;
    if (len > sp_cursor_left(cursor)) {
        sp_cursor_fail(cursor);
        return;
    }
    bool is_first = !message->has_edns;
    if (is_first)
        message->rcode |= (uint16_t)(ttl >> 24 << 4);
    message->has_edns = true;
    while (sp_cursor_is_ok(cursor) && cursor->at < end) {
        uint16_t code = sp_cursor_u16(cursor);
        struct sp_span data = sp_cursor_take(cursor, sp_cursor_u16(cursor));
        if (is_first && code == OPTION_EDE)
            read_ede(data, message);
        if (code != OPTION_NSID || !is_first)
            continue;
        message->nsid_len = data.len < SP_DNS_NSID_MAX ? data.len : SP_DNS_NSID_MAX;
        memcpy(message->nsid, data.bytes, message->nsid_len);
    }
    if (cursor->at != end)
        sp_cursor_fail(cursor);
}

static void read_record(struct sp_cursor *cursor, enum sp_dns_section section,
                        struct sp_dns_message *message)
{
    struct sp_dns_rr rr = {.section = section};
    read_name(cursor, &rr.owner);
    rr.type = sp_cursor_u16(cursor);
    uint16_t class = sp_cursor_u16(cursor);
    uint32_t ttl = sp_cursor_u32(cursor);
    rr.ttl = ttl > INT32_MAX ? 0 : ttl;
    size_t len = sp_cursor_u16(cursor);
    if (rr.type == SP_DNS_OPT && section == SP_DNS_ADDITIONAL) {
        read_opt(cursor, len, ttl, message);
        return;
    }
    if (class != CLASS_IN || message->records.n == SP_DNS_RECORDS_MAX) {
        sp_cursor_skip(cursor, len);
        return;
    }
    read_data(cursor, len, &rr);
    if (sp_cursor_is_ok(cursor))
        *sp_array_push(&message->records) = rr;
    else
        fini_rr(&rr);
}

int sp_dns_message_parse(const void *bytes, size_t len, struct sp_dns_message *ret_message)
{
    struct sp_cursor cursor = sp_cursor_of(bytes, len);
    struct sp_dns_message message = {.id = sp_cursor_u16(&cursor)};
    uint16_t flags = sp_cursor_u16(&cursor), n_questions = sp_cursor_u16(&cursor), counts[3];
    for (size_t i = 0; i < SP_ARRAY_LEN(counts); i++)
        counts[i] = sp_cursor_u16(&cursor);
    message.is_response = flags & FLAG_QR;
    message.opcode = flags >> 11 & 15;
    message.is_authoritative = flags & FLAG_AA;
    message.is_truncated = flags & FLAG_TC;
    message.is_authentic = flags & FLAG_AD;
    message.rcode = flags & 15;
    /* One question a message (RFC 9619). */
    if (n_questions != 1 || len > SP_DNS_MESSAGE_MAX)
        sp_cursor_fail(&cursor);
    read_name(&cursor, &message.question);
    message.question_type = sp_cursor_u16(&cursor);
    if (sp_cursor_u16(&cursor) != CLASS_IN)
        sp_cursor_fail(&cursor);
    for (int section = SP_DNS_ANSWER; section <= SP_DNS_ADDITIONAL; section++)
        for (unsigned i = 0; i < counts[section] && sp_cursor_is_ok(&cursor); i++)
            read_record(&cursor, (enum sp_dns_section)section, &message);
    if (!sp_cursor_is_ok(&cursor) || !sp_cursor_is_end(&cursor)) {
        sp_dns_message_fini(&message);
        *ret_message = (struct sp_dns_message){0};
        return -1;
    }
    *ret_message = message;
    return 0;
}

void sp_dns_message_fini(struct sp_dns_message *message)
{
    SP_ARRAY_FOREACH (&message->records, rr)
        fini_rr(rr);
    sp_array_free(&message->records);
}

const struct sp_dns_rr *sp_dns_message_find(const struct sp_dns_message *message,
                                            enum sp_dns_section section,
                                            const struct sp_name *owner, uint16_t type)
{
    for (size_t i = 0; i < message->records.n; i++) {
        const struct sp_dns_rr *rr = &message->records.items[i];
        if (rr->section == section && rr->type == type && sp_name_equal(&rr->owner, owner))
            return rr;
    }
    return NULL;
}

const char *sp_dns_ede_name(unsigned code)
{
    static const char *const names[] = {
        [5] = "DNSSEC indeterminate",
        [6] = "DNSSEC bogus",
        [7] = "signature expired",
        [8] = "signature not yet valid",
        [9] = "DNSKEY missing",
        [10] = "RRSIGs missing",
        [11] = "no zone key bit set",
        [12] = "NSEC missing",
        [25] = "signature expired before valid",
        [27] = "unsupported NSEC3 iterations value",
    };
    return code < SP_ARRAY_LEN(names) && names[code] ? names[code] : "";
}

bool sp_dns_ede_is_bogus(const struct sp_dns_ede *ede)
{
    return ede->is_given && sp_dns_ede_name(ede->code)[0];
}

const char *sp_dns_rcode_name(unsigned rcode)
{
    static const char *const names[] = {
        "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP",  "REFUSED", "YXDOMAIN", "YXRRSET",
        "NXRRSET", "NOTAUTH", "NOTZONE",  "RCODE11",  "RCODE12", "RCODE13", "RCODE14",  "RCODE15"};
    if (rcode == SP_DNS_BADVERS)
        return "BADVERS";
    return rcode < SP_ARRAY_LEN(names) ? names[rcode] : "RCODE";
}

const char *sp_dns_type_name(unsigned type)
{
    static const struct {
        unsigned type;
        const char *name;
    } types[] = {
        {SP_DNS_A, "A"},     {SP_DNS_NS, "NS"}, {SP_DNS_CNAME, "CNAME"}, {SP_DNS_SOA, "SOA"},
        {12, "PTR"},         {SP_DNS_MX, "MX"}, {SP_DNS_TXT, "TXT"},     {SP_DNS_AAAA, "AAAA"},
        {33, "SRV"},         {35, "NAPTR"},     {SP_DNS_DNAME, "DNAME"}, {SP_DNS_DS, "DS"},
        {46, "RRSIG"},       {47, "NSEC"},      {48, "DNSKEY"},          {50, "NSEC3"},
        {52, "TLSA"},        {64, "SVCB"},      {65, "HTTPS"},           {99, "SPF"},
        {SP_DNS_ANY, "ANY"}, {257, "CAA"},
    };
    for (size_t i = 0; i < SP_ARRAY_LEN(types); i++)
        if (types[i].type == type)
            return types[i].name;
    return "another type";
}
