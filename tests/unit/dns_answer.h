/*
 * For the DNS tests: answers built record by record.
 */
#ifndef TEST_DNS_ANSWER_H
#define TEST_DNS_ANSWER_H

#include <arpa/inet.h>

#include "base/buf.h"
#include "dns/message.h"

enum { QR = 0x8000, AA = 0x0400, TC = 0x0200, RA = 0x0080 };

static inline struct sp_name name_of(const char *text)
{
    struct sp_name name;
    struct sp_err err = SP_ERR_INIT;
    if (sp_name_parse(&name, text, &err) < 0)
        abort();
    return name;
}

/* Header and question; the counts of the three sections follow by add_record(). */
static inline void start_answer(struct sp_buf *out, uint16_t id, unsigned flags, unsigned rcode,
                                const struct sp_name *question, uint16_t type)
{
    sp_buf_clear(out);
    sp_dns_query_build(out, id, question, type, false);
    out->data[2] = (char)((flags | rcode) >> 8);
    out->data[3] = (char)(flags | rcode);
}

/* As servers do, the answer OUT repeats the letters of QUERY, whose question is the same. */
static inline void echo_letters(struct sp_buf *out, const uint8_t *query)
{
    for (size_t at = 12; at < out->len && query[at]; at++)
        out->data[at] = (char)query[at];
}

static inline void put_name(struct sp_buf *out, const char *text)
{
    struct sp_name name = name_of(text);
    sp_buf_append(out, name.wire, name.len);
}

static inline void put_data(struct sp_buf *out, uint16_t type, const char *data)
{
    uint8_t address[16];
    switch (type) {
    case SP_DNS_A:
        inet_pton(AF_INET, data, address);
        sp_buf_append(out, address, 4);
        break;
    case SP_DNS_AAAA:
        inet_pton(AF_INET6, data, address);
        sp_buf_append(out, address, 16);
        break;
    case SP_DNS_TXT:
        sp_buf_putc(out, (char)strlen(data));
        sp_buf_puts(out, data);
        break;
    case SP_DNS_MX:
        sp_buf_put_u16(out, 10);
        put_name(out, data);
        break;
    case SP_DNS_SOA:
        put_name(out, data);
        put_name(out, "hostmaster.example");
        for (uint32_t i = 1; i <= 5; i++)
            sp_buf_put_u32(out, i);
        break;
    default:
        put_name(out, data);
        break;
    }
}

/* Sections must be filled in their order. */
static inline void add_record(struct sp_buf *out, enum sp_dns_section section, const char *owner,
                              uint16_t type, const char *data)
{
    struct sp_buf rdata = SP_BUF_INIT(SP_DNS_MESSAGE_MAX);
    put_data(&rdata, type, data);
    put_name(out, owner);
    sp_buf_put_u16(out, type);
    sp_buf_put_u16(out, 1);
    sp_buf_put_u32(out, 300);
    sp_buf_put_u16(out, (uint16_t)rdata.len);
    sp_buf_append(out, sp_buf_str(&rdata), rdata.len);
    sp_buf_fini(&rdata);
    out->data[7 + 2 * (int)section]++;
}

#endif
