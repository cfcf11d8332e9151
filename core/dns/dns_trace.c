#include "dns/dns_trace.h"

#include "base/json.h"
#include "dns/message.h"

static json_t *line_of(const struct sp_dns_sent *sent)
{
    static const char *const vias[] = {
        [SP_DNS_VIA_UDP] = "udp", [SP_DNS_VIA_TCP] = "tcp", [SP_DNS_VIA_HTTPS] = "https"};
    const struct sp_dns_question *question = sent->question;
    const char *server = sent->server->family == SP_ADDRESS_URL ? sent->server->url
                                                                : SP_ADDRESS_PORT_STR(sent->server);
    json_t *line = json_object();
    json_object_set_new(line, "server", sp_json_text(server, strlen(server)));
    json_object_set_new(line, "via", json_string(vias[sent->via]));
    json_object_set_new(line, "name", json_string(SP_NAME_STR(&question->name)));
    json_object_set_new(line, "type", json_string(sp_dns_type_name(question->type)));
    return line;
}

void sp_dns_trace_sent(struct sp_trace *trace, const struct sp_dns_sent *sent)
{
    json_t *line = line_of(sent);
    json_object_set_new(line, "recursive", json_boolean(sent->question->is_recursive));
    json_object_set_new(line, "bytes", json_integer((json_int_t)sent->len));
    sp_trace_put(trace, "dns-query", line);
}

static json_t *flags_of(const struct sp_dns_message *message)
{
    json_t *flags = json_array();
    if (message->is_authoritative)
        json_array_append_new(flags, json_string("aa"));
    if (message->is_truncated)
        json_array_append_new(flags, json_string("tc"));
    if (message->is_authentic)
        json_array_append_new(flags, json_string("ad"));
    return flags;
}

static void put_message(json_t *line, const void *bytes, size_t len)
{
    struct sp_dns_message message = {0};
    bool is_read = sp_dns_message_parse(bytes, len, &message) == 0;
    json_object_set_new(line, "result", json_string(is_read ? "answer" : "unreadable"));
    json_object_set_new(line, "bytes", json_integer((json_int_t)len));
    if (is_read) {
        json_object_set_new(line, "rcode", json_string(sp_dns_rcode_name(message.rcode)));
        json_object_set_new(line, "flags", flags_of(&message));
        json_object_set_new(line, "records", json_integer((json_int_t)message.records.n));
    }
    sp_dns_message_fini(&message);
}

void sp_dns_trace_heard(struct sp_trace *trace, const struct sp_dns_sent *sent,
                        enum sp_transport_status status, const void *bytes, size_t len,
                        uint64_t took_ms)
{
    static const char *const results[] = {[SP_TRANSPORT_TIMEOUT] = "timeout",
                                          [SP_TRANSPORT_REFUSED] = "refused",
                                          [SP_TRANSPORT_FAILED] = "failed"};
    json_t *line = line_of(sent);
    json_object_set_new(line, "took_ms", json_integer((json_int_t)took_ms));
    if (status == SP_TRANSPORT_OK)
        put_message(line, bytes, len);
    else
        json_object_set_new(line, "result", json_string(results[status]));
    sp_trace_put(trace, "dns-answer", line);
}
