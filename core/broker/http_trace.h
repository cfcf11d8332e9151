/*
 * The lines of HTTP requests to providers in the trace of a run. Headers and bodies are left out,
 * and whatever of a credential may stand elsewhere.
 */
#ifndef SP_BROKER_HTTP_TRACE_H
#define SP_BROKER_HTTP_TRACE_H

#include "base/trace.h"
#include "broker/credentials.h"
#include "http/http.h"

/* One attempt. */
struct sp_http_attempt {
    const char *provider, *method, *url;
    unsigned number; /* 1: the first */
    const struct sp_credentials *credentials;
};

void sp_http_trace_sent(struct sp_trace *trace, const struct sp_http_attempt *attempt,
                        size_t body_len);
void sp_http_trace_heard(struct sp_trace *trace, const struct sp_http_attempt *attempt,
                         const struct sp_http_response *response, uint64_t took_ms);

#endif
