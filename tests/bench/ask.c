/*
 * Asks one name server for the CNAME of many names, with signpost's own DNS client.
 *
 * usage: bench-ask ADDRESS:PORT IN-FLIGHT < NAMES
 *
 * Prints a line a name, as it is answered: the name, its target or nothing, and NOERROR, NXDOMAIN
 * or what else came of it, with tabs between.
 */
#include <stdio.h>

#include "base/err.h"
#include "base/text.h"
#include "dns/client.h"

struct asker {
    struct sp_loop *loop;
    struct sp_dns_client *client;
    struct sp_address server;
    size_t n_under_way, n_max;
    struct slot *slots; /* n_max of them */
};

/* One of the questions under way. */
struct slot {
    struct asker *asker;
    struct sp_name name;
};

static bool read_name(struct sp_name *ret_name)
{
    char line[SP_NAME_TEXT_SIZE + 2];
    struct sp_err err = SP_ERR_INIT;
    if (!fgets(line, sizeof(line), stdin))
        return false;
    line[strcspn(line, "\n")] = '\0';
    if (sp_name_parse(ret_name, line, &err) < 0) {
        fprintf(stderr, "bench-ask: %s: %s\n", line, err.message);
        exit(2);
    }
    return true;
}

static const char *outcome_of(const struct sp_dns_reply *reply)
{
    if (reply->status != SP_TRANSPORT_OK)
        return "silence";
    if (!reply->message->is_authoritative)
        return "lame";
    return reply->message->rcode == SP_DNS_NOERROR    ? "NOERROR"
           : reply->message->rcode == SP_DNS_NXDOMAIN ? "NXDOMAIN"
                                                      : "failure";
}

static void on_reply(void *arg, const struct sp_dns_reply *reply);

static void ask_next(struct slot *slot)
{
    struct asker *asker = slot->asker;
    if (read_name(&slot->name)) {
        asker->n_under_way++;
        (void)sp_dns_ask(asker->client, &asker->server, &slot->name, SP_DNS_CNAME, NULL, on_reply,
                         slot);
    } else if (!asker->n_under_way) {
        sp_loop_stop(asker->loop);
    }
}

static void on_reply(void *arg, const struct sp_dns_reply *reply)
{
    struct slot *slot = arg;
    char name[SP_NAME_TEXT_SIZE], target[SP_NAME_TEXT_SIZE] = "";
    if (reply->message)
        SP_ARRAY_FOREACH (&reply->message->records, rr)
            if (rr->section == SP_DNS_ANSWER && rr->type == SP_DNS_CNAME &&
                sp_name_equal(&rr->owner, &slot->name))
                (void)sp_name_format(&rr->target, target);
    printf("%s\t%s\t%s\n", sp_name_format(&slot->name, name), target, outcome_of(reply));
    slot->asker->n_under_way--;
    ask_next(slot);
}

int main(int argc, char **argv)
{
    struct asker asker = {0};
    struct sp_err err = SP_ERR_INIT;
    uint64_t n = 0;
    if (argc != 3 || sp_address_parse(&asker.server, argv[1], 53, &err) < 0 ||
        sp_parse_u64(argv[2], 10000, &n) < 0 || !n) {
        fprintf(stderr, "usage: bench-ask ADDRESS:PORT IN-FLIGHT < NAMES\n");
        return 2;
    }
    const struct sp_dns_config config = {.resolvers = &asker.server, .n_resolvers = 1};
    asker.loop = sp_loop_new();
    asker.client = sp_dns_client_new(asker.loop, sp_transport_new(asker.loop), &config, &err);
    asker.n_max = (size_t)n;
    asker.slots = sp_alloc(asker.n_max, sizeof(*asker.slots));
    for (size_t i = 0; i < asker.n_max; i++) {
        asker.slots[i].asker = &asker;
        ask_next(&asker.slots[i]);
    }
    if (asker.n_under_way)
        sp_loop_run(asker.loop);
    sp_dns_client_free(asker.client);
    sp_loop_free(asker.loop);
    free(asker.slots);
    return 0;
}
