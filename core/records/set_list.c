#include "records/set_list.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/limits.h"
#include "base/text.h"

/* ---- octets, in the order in which they are taken again ---- */

static void put_name(struct sp_buf *out, const struct sp_name *name)
{
    sp_buf_putc(out, (char)name->len);
    sp_buf_append(out, name->wire, name->len);
}

static struct sp_name take_name(struct sp_cursor *in)
{
    struct sp_name name = {.len = sp_cursor_u8(in)};
    struct sp_span wire = sp_cursor_take(in, name.len);
    memcpy(name.wire, wire.bytes, wire.len);
    return name;
}

/* With the NUL; nothing for NULL. */
static void put_text(struct sp_buf *out, const char *text)
{
    size_t size = text ? strlen(text) + 1 : 0;
    sp_buf_put_u32(out, (uint32_t)size);
    sp_buf_append(out, text ? text : "", size);
}

static char *take_text(struct sp_cursor *in)
{
    struct sp_span text = sp_cursor_take(in, sp_cursor_u32(in));
    return text.len ? sp_strndup((const char *)text.bytes, text.len - 1) : NULL;
}

static void put_record(struct sp_buf *out, const struct sp_record *record)
{
    sp_buf_append(out, record->type, sizeof(record->type));
    put_name(out, &record->host);
    put_name(out, &record->target);
    sp_buf_putc(out, (char)record->leg);
    sp_buf_put_u32(out, record->ttl);
    sp_buf_putc(out, (char)record->key.is_set);
    if (record->key.is_set)
        sp_buf_append(out, record->key.sha256, sizeof(record->key.sha256));
}

static void take_record(struct sp_cursor *in, struct sp_record *record)
{
    struct sp_span type = sp_cursor_take(in, sizeof(record->type));
    memcpy(record->type, type.bytes, type.len);
    record->host = take_name(in);
    record->target = take_name(in);
    record->leg = (enum sp_leg)sp_cursor_u8(in);
    record->ttl = sp_cursor_u32(in);
    record->key.is_set = sp_cursor_u8(in);
    if (record->key.is_set)
        memcpy(record->key.sha256, sp_cursor_take(in, sizeof(record->key.sha256)).bytes,
               sizeof(record->key.sha256));
}

static struct sp_packed_set pack(const struct sp_record_set *set)
{
    struct sp_buf out = SP_BUF_INIT(SP_FILE_MAX);
    const uint64_t window_s = (uint64_t)set->course.window_s;
    put_name(&out, &set->domain);
    sp_buf_put_u32(&out, (uint32_t)(window_s >> 32));
    sp_buf_put_u32(&out, (uint32_t)window_s);
    put_text(&out, set->course.finish_text);
    put_text(&out, set->course.finish_url);
    SP_ARRAY_FOREACH (&set->records, record)
        put_record(&out, record);
    if (!sp_buf_is_ok(&out))
        abort(); /* longer than what it can have been read from */
    struct sp_packed_set packed = {.bytes = sp_memdup(out.data, out.len), .len = out.len};
    sp_buf_fini(&out);
    return packed;
}

/* ---- the list ---- */

void sp_set_list_fini(struct sp_set_list *list)
{
    SP_ARRAY_FOREACH (list, packed)
        free(packed->bytes);
    sp_array_free(list);
}

void sp_set_list_push(struct sp_set_list *list, const struct sp_record_set *set)
{
    *sp_array_push(list) = pack(set);
}

void sp_set_list_replace(struct sp_set_list *list, size_t i, const struct sp_record_set *set)
{
    free(list->items[i].bytes);
    list->items[i] = pack(set);
}

struct sp_record_set sp_set_list_get(const struct sp_set_list *list, size_t i)
{
    struct sp_cursor in = sp_cursor_of(list->items[i].bytes, list->items[i].len);
    struct sp_record_set set = {.domain = take_name(&in)};
    uint64_t high = sp_cursor_u32(&in);
    set.course.window_s = (int64_t)(high << 32 | sp_cursor_u32(&in));
    set.course.finish_text = take_text(&in);
    set.course.finish_url = take_text(&in);
    while (!sp_cursor_is_end(&in))
        take_record(&in, sp_array_push(&set.records));
    return set;
}

struct sp_name sp_set_list_domain(const struct sp_set_list *list, size_t i)
{
    struct sp_cursor in = sp_cursor_of(list->items[i].bytes, list->items[i].len);
    return take_name(&in);
}

void sp_set_list_move(struct sp_set_list *list, size_t i, struct sp_set_list *other)
{
    *sp_array_push(other) = list->items[i];
    list->items[i] = (struct sp_packed_set){0};
}
