/*
 * Does what the reply says, a line at a time: "zone NAME", "listed NAME" (a zone whose records were
 * read), "record HOST"; "order A B" and "below A B", whose answers are the sentence of a failure.
 */
#include <stdio.h>
#include <string.h>

#include <signpost/plugin.h>

static void speak(struct signpost_call *call, char *word, char *answers)
{
    char *a = word + strcspn(word, " "), *b;
    a += strspn(a, " ");
    b = a + strcspn(a, " ");
    b += strspn(b, " ");
    if (*b)
        b[-1] = '\0';
    if (strncmp(word, "order ", 6) == 0) {
        int order = signpost_name_order(call, a, b);
        answers[strlen(answers)] = order < 0 ? '<' : order > 0 ? '>' : '=';
    } else if (strncmp(word, "below ", 6) == 0) {
        answers[strlen(answers)] = signpost_name_is_below(call, a, b) ? 'y' : 'n';
    } else if (strncmp(word, "record ", 7) == 0) {
        const struct signpost_record record = {
            .size = sizeof(record), .type = "TXT", .host = a, .value = "v"};
        signpost_found_record(call, &record);
    } else {
        const struct signpost_zone zone = {
            .size = sizeof(zone),
            .id = a,
            .name = a,
            .flags = *word == 'l' ? SIGNPOST_ZONE_LISTED : 0,
        };
        signpost_found_zone(call, &zone);
    }
}

static int obey(struct signpost_call *call)
{
    static const char *const path[] = {"words"};
    struct signpost_request request = SIGNPOST_REQUEST_INIT;
    struct signpost_response response = SIGNPOST_RESPONSE_INIT;
    char *answers = signpost_alloc(call, 1000);
    request.method = "GET";
    request.path = path;
    request.n_path = 1;
    int code = signpost_http(call, &request, &response);
    if (code != SIGNPOST_OK)
        return code;
    char *line = signpost_alloc(call, response.body_len + 1);
    memcpy(line, response.body, response.body_len);
    while (*line) {
        size_t len = strcspn(line, "\n");
        char *next = line + len + (line[len] == '\n');
        line[len] = '\0';
        speak(call, line, answers);
        line = next;
    }
    return *answers ? signpost_fail(call, SIGNPOST_UNSUPPORTED, answers) : SIGNPOST_OK;
}

static int speaker_find_zones(struct signpost_call *call,
                              const struct signpost_wanted *const *wanted, size_t n)
{
    (void)wanted;
    (void)n;
    return obey(call);
}

static int speaker_list_records(struct signpost_call *call, const struct signpost_zone *zone,
                                const char *const *hosts, size_t n)
{
    (void)zone;
    (void)hosts;
    (void)n;
    return obey(call);
}

static int speaker_apply_changes(struct signpost_call *call, const struct signpost_zone *zone,
                                 const struct signpost_change *const *changes, size_t n)
{
    (void)zone;
    (void)changes;
    (void)n;
    return obey(call);
}

static const struct signpost_origin origins[] = {{.url = NULL}};
static const struct signpost_operation operations[] = {
    {.method = "GET",
     .path = "/words",
     .functions = SIGNPOST_IN_FIND_ZONES | SIGNPOST_IN_LIST_RECORDS | SIGNPOST_IN_APPLY_CHANGES},
};
static const char *const record_types[] = {"CNAME", "TXT"};

static const struct signpost_plugin plugin = {
    .name = "speaker",
    .label = "Speaker",
    .host_style = SIGNPOST_HOST_RELATIVE,
    .target_style = SIGNPOST_TARGET_PLAIN,
    .apex = "@",
    .octal_read = 1,
    .origins = origins,
    .n_origins = 1,
    .operations = operations,
    .n_operations = 1,
    .record_types = record_types,
    .n_record_types = 2,
    .find_zones = speaker_find_zones,
    .list_records = speaker_list_records,
    .apply_changes = speaker_apply_changes,
};

SIGNPOST_PLUGIN(plugin)
