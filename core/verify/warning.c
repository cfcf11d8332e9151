#include "verify/wording.h"

#include <stdarg.h>

void sp_word_say(char ret_text[512], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(ret_text, 512, format, args);
    va_end(args);
}

const char *sp_word_answer(const struct sp_seen *seen)
{
    return seen->rcode ? sp_dns_rcode_name(seen->rcode) : "without authority";
}

void sp_word_server(const struct sp_record_observation *record, const struct sp_seen *seen,
                    const struct sp_verdict_context *context, struct sp_diagnosis *ret_diagnosis)
{
    const char *server = SP_NAME_STR(seen->server), *address = SP_ADDRESS_STR(&seen->address);
    const char *zone = SP_NAME_STR(&record->delegation->zone);
    memset(ret_diagnosis, 0, sizeof(*ret_diagnosis));
    if (seen->kind == SP_SEEN_LAME) {
        ret_diagnosis->code = SP_CODE_LAME_SERVER;
        sp_word_say(ret_diagnosis->message,
                    "the name server %s (%s) does not serve %s: it answers %s", server, address,
                    zone, sp_word_answer(seen));
        sp_word_say(ret_diagnosis->fix,
                    "ask %s to let %s serve %s, or take it off the name servers of the domain",
                    context->provider_label ? context->provider_label : "your DNS provider", server,
                    zone);
        return;
    }
    ret_diagnosis->code = SP_CODE_SERVER_UNREACHABLE;
    if (seen->kind == SP_SEEN_FAILING) {
        sp_word_say(ret_diagnosis->message, "the name server %s (%s) fails: it answers %s for %s",
                    server, address, sp_word_answer(seen), zone);
        sp_word_say(ret_diagnosis->fix, "wait; if it lasts, ask %s why %s fails",
                    context->provider_label ? context->provider_label : "your DNS provider",
                    server);
        return;
    }
    sp_word_say(ret_diagnosis->message, "the name server %s (%s) does not answer over UDP or TCP",
                server, address);
    sp_word_say(ret_diagnosis->fix,
                "check whether %s is up; mail servers that ask it see nothing of %s", server, zone);
}

void sp_word_unaddressed(const struct sp_dns_server *server, struct sp_diagnosis *ret_diagnosis)
{
    const char *name = SP_NAME_STR(&server->name);
    *ret_diagnosis = (struct sp_diagnosis){.code = SP_CODE_SERVER_UNREACHABLE};
    if (server->has_unroutable) {
        sp_word_say(ret_diagnosis->message,
                    "the name server %s was not asked: this machine has no route to its "
                    "addresses",
                    name);
        sp_word_say(ret_diagnosis->fix, "verify from a machine that has a route to %s as well",
                    name);
    } else {
        sp_word_say(ret_diagnosis->message, "the name server %s has no address", name);
        sp_word_say(ret_diagnosis->fix,
                    "take %s off the name servers of the domain, or give it an address", name);
    }
}

void sp_word_parent(const struct sp_observation *observation,
                    const struct sp_delegation *delegation, struct sp_diagnosis *ret_diagnosis)
{
    const char *zone = SP_NAME_STR(&delegation->zone);
    *ret_diagnosis = (struct sp_diagnosis){.code = SP_CODE_DELEGATION_FROM_RESOLVER};
    sp_word_say(ret_diagnosis->message,
                "the parent zone %s did not say who serves %s; the name servers asked are those "
                "that the resolver %s names",
                SP_NAME_STR(&delegation->silent_parent), zone,
                SP_ADDRESS_PORT_STR(&observation->resolver));
    sp_word_say(ret_diagnosis->fix,
                "nothing, if they are the ones you expect; else verify again when the name servers "
                "of %s answer",
                SP_NAME_STR(&delegation->silent_parent));
}
