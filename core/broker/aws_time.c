#include "broker/aws_time.h"

#include <time.h>

#include "base/cursor.h"

/* N digits as a number of at least MIN and at most MAX; the cursor fails otherwise. */
static int read_number(struct sp_cursor *cursor, size_t n, int min, int max)
{
    struct sp_span digits = sp_cursor_take(cursor, n);
    int number = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.bytes[i] < '0' || digits.bytes[i] > '9')
            sp_cursor_fail(cursor);
        else
            number = number * 10 + (digits.bytes[i] - '0');
    }
    if (number < min || number > max)
        sp_cursor_fail(cursor);
    return number;
}

static void expect(struct sp_cursor *cursor, char c)
{
    if (sp_cursor_u8(cursor) != (uint8_t)c)
        sp_cursor_fail(cursor);
}

/* "Z" or "+HH:MM", in seconds east of Greenwich. */
static int read_zone(struct sp_cursor *cursor)
{
    int sign = 1;
    switch (sp_cursor_u8(cursor)) {
    case 'Z':
        return 0;
    case '+':
        break;
    case '-':
        sign = -1;
        break;
    default:
        sp_cursor_fail(cursor);
    }
    int hours = read_number(cursor, 2, 0, 23);
    if (sp_cursor_peek(cursor) == ':')
        sp_cursor_skip(cursor, 1);
    return sign * (hours * 3600 + read_number(cursor, 2, 0, 59) * 60);
}

int64_t sp_aws_time_parse(const char *text)
{
    struct sp_cursor cursor = sp_cursor_of(text, strlen(text));
    struct tm utc = {.tm_year = read_number(&cursor, 4, 1970, 9999) - 1900};
    expect(&cursor, '-');
    utc.tm_mon = read_number(&cursor, 2, 1, 12) - 1;
    expect(&cursor, '-');
    utc.tm_mday = read_number(&cursor, 2, 1, 31);
    expect(&cursor, 'T');
    utc.tm_hour = read_number(&cursor, 2, 0, 23);
    expect(&cursor, ':');
    utc.tm_min = read_number(&cursor, 2, 0, 59);
    expect(&cursor, ':');
    utc.tm_sec = read_number(&cursor, 2, 0, 60);
    if (sp_cursor_peek(&cursor) == '.') {
        sp_cursor_skip(&cursor, 1);
        sp_cursor_while(&cursor, "0123456789");
    }
    int east_s = read_zone(&cursor);
    if (!sp_cursor_is_ok(&cursor) || !sp_cursor_is_end(&cursor))
        return -1;
    int64_t at_s = (int64_t)timegm(&utc) - east_s;
    return at_s > 0 ? at_s : -1;
}
