#include "watch/trouble.h"

#include "base/text.h"

/* The one with TEXT, else the one that was met longest ago. */
static struct sp_trouble_cause *find(struct sp_trouble *trouble, const char *text)
{
    struct sp_trouble_cause *oldest = &trouble->causes[0];
    for (size_t i = 0; i < SP_ARRAY_LEN(trouble->causes); i++) {
        struct sp_trouble_cause *cause = &trouble->causes[i];
        if (strcmp(cause->text, text) == 0)
            return cause;
        if (cause->met_ms < oldest->met_ms)
            oldest = cause;
    }
    return oldest;
}

bool sp_trouble_is_news(struct sp_trouble *trouble, const char *text, uint64_t now_ms)
{
    struct sp_trouble_cause *cause = find(trouble, text);
    bool is_known = strcmp(cause->text, text) == 0;
    bool is_news = !is_known || now_ms - cause->met_ms >= SP_WATCH_TROUBLE_MS;
    sp_copy_text(cause->text, sizeof(cause->text), text);
    cause->met_ms = now_ms;
    return is_news;
}
