/*
 * Files of evidence that anybody may have written: what is read is written again to the same
 * document; looking at it once more ends, without sending anything, in some verdict, and the same
 * one each time.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "verify/observe.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void require(bool is_true)
{
    if (!is_true)
        abort();
}

struct look {
    struct sp_loop *loop;
    const struct sp_evidence_case *item;
    struct sp_buf differences;
    bool is_over;
};

static void on_verdict(void *arg, const struct sp_observation *observation,
                       const struct sp_verdict *verdict, bool is_final)
{
    struct look *look = arg;
    require(is_final && observation->records.n == look->item->set.records.n);
    require(verdict->records.n == observation->records.n);
    sp_evidence_compare(look->item, verdict, &look->differences);
    look->is_over = true;
    sp_loop_stop(look->loop);
}

/* What the verdict differs in from that of the file. Owned. */
static char *look_again(const struct sp_evidence *evidence, const struct sp_evidence_case *item)
{
    struct look look = {.loop = sp_loop_new(), .item = item};
    struct sp_err err = SP_ERR_INIT;
    unsigned n_queries = 0;
    sp_buf_init(&look.differences, SP_TEXT_MAX);
    const struct sp_dns_config config = {.resolvers = evidence->book->resolvers,
                                         .n_resolvers = evidence->book->n_resolvers,
                                         .authoritative_port = evidence->book->authoritative_port,
                                         .book = evidence->book,
                                         .replay_ms = item->at_ms};
    struct sp_dns_client *client = sp_dns_client_new(look.loop, NULL, &config, &err);
    require(client != NULL);
    const struct sp_verification_config how = {.client = client,
                                               .delegations = sp_delegations_new(look.loop, client),
                                               .context = item->context,
                                               .at_s = (int64_t)(item->at_ms / 1000)};
    struct sp_verification *verification =
        sp_verification_start(look.loop, &how, &item->set, &n_queries, on_verdict, &look);
    sp_loop_run(look.loop);
    require(look.is_over && n_queries == 0);
    sp_verification_free(&verification);
    sp_delegations_free(how.delegations);
    sp_dns_client_free(client);
    sp_loop_free(look.loop);
    return sp_buf_steal(&look.differences);
}

static char *dump(const struct sp_evidence *evidence)
{
    json_t *json = sp_evidence_to_json(evidence);
    char *text = json_dumps(json, JSON_COMPACT);
    require(text != NULL);
    json_decref(json);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct sp_err err = SP_ERR_INIT;
    (void)sp_evidence_is_start((const char *)bytes, len);
    struct sp_evidence *evidence = sp_evidence_parse((const char *)bytes, len, "input", &err);
    if (!evidence) {
        require(sp_err_is_set(&err) && err.kind == SP_ERR_USAGE);
        return 0;
    }
    char *text = dump(evidence);
    struct sp_evidence *same = sp_evidence_parse(text, strlen(text), "again", &err);
    require(same != NULL);
    char *text_again = dump(same);
    require(strcmp(text, text_again) == 0);
    const struct sp_evidence_case *item = evidence->cases.items[0], *twin = same->cases.items[0];
    if (item->set.records.n <= 4) {
        char *once = look_again(evidence, item), *twice = look_again(same, twin);
        require(strcmp(once, twice) == 0);
        free(once);
        free(twice);
    }
    sp_evidence_free(evidence);
    sp_evidence_free(same);
    free(text);
    free(text_again);
    return 0;
}
