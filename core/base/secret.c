#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"

struct sp_secret {
    size_t len;
    size_t mapped;
    char bytes[];
};

struct sp_secret *sp_secret_new(const void *bytes, size_t len)
{
    /* Whole pages of its own: mlock and MADV_DONTDUMP touch nobody else's memory. */
    size_t mapped = (sizeof(struct sp_secret) + len + 1 + 4095) & ~(size_t)4095;
    struct sp_secret *secret =
        mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (secret == MAP_FAILED)
        abort();
    (void)mlock(secret, mapped); /* RLIMIT_MEMLOCK may be 0: then swap is the operator's matter */
    (void)madvise(secret, mapped, MADV_DONTDUMP);
    secret->len = len;
    secret->mapped = mapped;
    if (len)
        memcpy(secret->bytes, bytes, len);
    return secret;
}

void sp_secret_free(struct sp_secret *secret)
{
    if (!secret)
        return;
    size_t mapped = secret->mapped;
    explicit_bzero(secret, mapped);
    munmap(secret, mapped);
}

const char *sp_secret_peek(const struct sp_secret *secret)
{
    return secret->bytes;
}

size_t sp_secret_len(const struct sp_secret *secret)
{
    return secret->len;
}

/* Reads at most SP_SECRET_MAX + 1 bytes; the number read, or -1 with errno. */
static ssize_t read_bounded(int fd, char *bytes)
{
    size_t len = 0;
    while (len <= SP_SECRET_MAX) {
        ssize_t got = read(fd, bytes + len, SP_SECRET_MAX + 1 - len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        len += (size_t)got;
    }
    return (ssize_t)len;
}

struct sp_secret *sp_secret_read_file(const char *path, struct sp_err *err)
{
    struct sp_secret *secret = NULL;
    char *bytes = sp_alloc(SP_SECRET_MAX + 1, 1);
    struct stat info;
    ssize_t len = -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &info) < 0 || (len = read_bounded(fd, bytes)) < 0) {
        sp_err_set(err, SP_ERR_USAGE, "secret-file", "cannot read the secret file %s: %s", path,
                   strerror(errno));
        goto done;
    }
    if (S_ISREG(info.st_mode) && (info.st_mode & (S_IWGRP | S_IWOTH))) {
        sp_err_set(err, SP_ERR_USAGE, "secret-file", "the secret file %s can be written by others",
                   path);
        sp_err_fix(err, "chmod 600 %s", path);
        goto done;
    }
    bool is_too_long = len > SP_SECRET_MAX; /* there may be more that was not read */
    while (len > 0 && (bytes[len - 1] == '\n' || bytes[len - 1] == '\r'))
        len--;
    if (len == 0 || is_too_long) {
        sp_err_set(err, SP_ERR_USAGE, "secret-file", "the secret file %s %s", path,
                   is_too_long ? "is too long" : "is empty");
        goto done;
    }
    secret = sp_secret_new(bytes, (size_t)len);
done:
    if (fd >= 0)
        close(fd);
    explicit_bzero(bytes, SP_SECRET_MAX + 1);
    free(bytes);
    return secret;
}

static size_t replace_all(struct sp_buf *buf, const char *needle, size_t needle_len)
{
    static const char mask[] = "[secret]";
    size_t n = 0, from = 0;
    char *hit;
    /* Short needles would eat ordinary text; real credentials are longer. */
    if (needle_len < 6 || buf->len < needle_len || !memmem(buf->data, buf->len, needle, needle_len))
        return 0;
    struct sp_buf out = SP_BUF_INIT(buf->max_bytes + SP_TEXT_MAX);
    while ((hit = memmem(buf->data + from, buf->len - from, needle, needle_len))) {
        sp_buf_append(&out, buf->data + from, (size_t)(hit - buf->data) - from);
        sp_buf_puts(&out, mask);
        from = (size_t)(hit - buf->data) + needle_len;
        n++;
    }
    sp_buf_append(&out, buf->data + from, buf->len - from);
    explicit_bzero(buf->data, buf->cap);
    sp_buf_clear(buf);
    sp_buf_append(buf, sp_buf_str(&out), out.len);
    sp_buf_fini(&out);
    return n;
}

static void url_encode(struct sp_buf *out, const struct sp_secret *secret)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (size_t i = 0; i < secret->len; i++) {
        if (secret->bytes[i] && strchr(plain, secret->bytes[i]))
            sp_buf_putc(out, secret->bytes[i]);
        else
            sp_buf_printf(out, "%%%02X", (uint8_t)secret->bytes[i]);
    }
}

/* The digits that the secret alone decides when it stands SHIFT bytes into a base64 group (RFC
 * 4648, section 4), as it does behind "user:" in basic authentication. */
static void base64_encode(struct sp_buf *out, const struct sp_secret *secret, size_t shift)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t first_bit = (6 - shift * 8 % 6) % 6, n_bits = secret->len * 8;
    for (size_t bit = first_bit; bit + 6 <= n_bits; bit += 6) {
        unsigned high = (uint8_t)secret->bytes[bit / 8];
        unsigned low = (uint8_t)secret->bytes[bit / 8 + 1]; /* at the end: the final NUL */
        sp_buf_putc(out, digits[(high << 8 | low) >> (10 - bit % 8) & 63]);
    }
}

size_t sp_secret_redact(const struct sp_secret *secret, struct sp_buf *buf)
{
    struct sp_buf form = SP_BUF_INIT(SP_SECRET_MAX * 3);
    size_t n = replace_all(buf, secret->bytes, secret->len);
    form.is_secret = true;
    url_encode(&form, secret);
    n += replace_all(buf, sp_buf_str(&form), form.len);
    for (size_t shift = 0; shift < 3; shift++) {
        sp_buf_clear(&form);
        base64_encode(&form, secret, shift);
        n += replace_all(buf, sp_buf_str(&form), form.len);
    }
    sp_buf_fini(&form);
    return n;
}
