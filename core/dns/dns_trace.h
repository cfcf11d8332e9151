/*
 * A DNS client's lines in the trace of a run.
 */
#ifndef SP_DNS_DNS_TRACE_H
#define SP_DNS_DNS_TRACE_H

#include "base/trace.h"
#include "dns/book.h"

/* One attempt at a question. */
struct sp_dns_sent {
    const struct sp_dns_question *question;
    const struct sp_address *server;
    enum sp_dns_via via;
    size_t len; /* of the message */
};

void sp_dns_trace_sent(struct sp_trace *trace, const struct sp_dns_sent *sent);
/* What came of it TOOK_MS later; BYTES are those of any answer, even one that cannot be read. */
void sp_dns_trace_heard(struct sp_trace *trace, const struct sp_dns_sent *sent,
                        enum sp_transport_status status, const void *bytes, size_t len,
                        uint64_t took_ms);

#endif
