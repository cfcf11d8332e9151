#include "verify/wording.h"

#include <stdarg.h>

#include "verify/seen.h"

void sp_word_say(char ret_text[512], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(ret_text, 512, format, args);
    va_end(args);
}

const char *sp_word_answer(const struct sp_seen *seen)
{
    if (seen->rcode)
        return sp_dns_rcode_name(seen->rcode);
    return sp_seen_is_referral(seen) ? "with a referral to a zone below" : "without authority";
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
    const char *parent = SP_NAME_STR(&delegation->silent_parent);
    bool is_denied = delegation->parent == SP_PARENT_DENIES;
    sp_word_say(ret_diagnosis->message,
                "the parent zone %s %s %s; the name servers asked are those that the resolver %s "
                "names",
                parent, is_denied ? "does not delegate" : "did not say who serves", zone,
                SP_ADDRESS_PORT_STR(&observation->resolver));
    if (is_denied)
        sp_word_say(
            ret_diagnosis->fix,
            "nothing, if %s is meant for your own network alone; else check at its registrar "
            "that it is registered and has its name servers",
            zone);
    else
        sp_word_say(ret_diagnosis->fix,
                    "nothing, if they are the ones you expect; else verify again when the name "
                    "servers of %s answer",
                    parent);
}

/* "ns1.example.com and ns2.example.com": the servers that only the one side names; the first few.
 */
static void list_named(struct sp_buf *out, const struct sp_delegation *delegation, bool is_own)
{
    SP_ARRAY_FOREACH (&delegation->servers, server)
        if (is_own ? server->is_own && !server->is_parents : server->is_parents && !server->is_own)
            sp_buf_printf(out, "%s%.*s", out->len ? ", " : "", SP_NAME_TEXT_MAX / 4,
                          SP_NAME_STR(&server->name));
    if (out->len == 0)
        sp_buf_puts(out, "none");
}

void sp_word_mismatch(const struct sp_delegation *delegation, struct sp_diagnosis *ret_diagnosis)
{
    struct sp_buf own = SP_BUF_INIT(SP_TEXT_MAX), parents = SP_BUF_INIT(SP_TEXT_MAX);
    const char *zone = SP_NAME_STR(&delegation->zone);
    *ret_diagnosis = (struct sp_diagnosis){.code = SP_CODE_DELEGATION_MISMATCH};
    list_named(&own, delegation, true);
    list_named(&parents, delegation, false);
    sp_word_say(
        ret_diagnosis->message,
        "the zone above and %s name different name servers: only above %.*s, only in the zone "
        "%.*s; all were asked",
        zone, 120, sp_buf_str(&parents), 120, sp_buf_str(&own));
    sp_word_say(ret_diagnosis->fix,
                "at your domain's registrar, set the name servers of %s to those that your DNS "
                "provider names for the zone",
                zone);
    sp_buf_fini(&own);
    sp_buf_fini(&parents);
}
