#include "broker/aws_region.h"

#include "base/cursor.h"
#include "base/text.h"

static const struct {
    const char *suffix, *region;
} partitions[] = {
    {".amazonaws.com.cn", "cn-northwest-1"},    {".amazonwebservices.com.cn", "cn-northwest-1"},
    {".us-gov.amazonaws.com", "us-gov-west-1"}, {".c2s.ic.gov", "us-iso-east-1"},
    {".sc2s.sgov.gov", "us-isob-east-1"},
};

const char *sp_aws_region_of(const char *url)
{
    const char *start = strstr(url, "://");
    if (!start)
        return NULL;
    struct sp_cursor cursor = sp_cursor_of(start + 3, strlen(start + 3));
    char *host = sp_span_dup(sp_cursor_until(&cursor, ":/?#"));
    const char *region = NULL;
    size_t len = strlen(host);
    for (size_t i = 0; i < SP_ARRAY_LEN(partitions) && !region; i++) {
        size_t suffix_len = strlen(partitions[i].suffix);
        if (len > suffix_len && sp_ascii_equal(host + len - suffix_len, partitions[i].suffix))
            region = partitions[i].region;
    }
    free(host);
    return region;
}
