/*
 * Secret bytes. They live in an allocation of their own that is locked into memory where the system
 * allows it and wiped when freed. There is no JSON, log or format function that takes one.
 */
#ifndef SP_BASE_SECRET_H
#define SP_BASE_SECRET_H

#include "base/buf.h"
#include "base/err.h"

struct sp_secret; /* opaque, so that nobody prints its bytes by accident */

/* A copy of LEN bytes; the caller wipes its own. Free with sp_secret_free. */
struct sp_secret *sp_secret_new(const void *bytes, size_t len);
/* The content of a file without its final line ends. Refuses more than SP_SECRET_MAX bytes, an
 * empty file, and a file that others can write. NULL and ERR (usage) on failure. */
struct sp_secret *sp_secret_read_file(const char *path, struct sp_err *err);
void sp_secret_free(struct sp_secret *secret); /* accepts NULL */
/* A borrow of the bytes, NUL-terminated, for the auth schemes and HMAC keys alone. */
const char *sp_secret_peek(const struct sp_secret *secret);
size_t sp_secret_len(const struct sp_secret *secret);
/* Replaces every occurrence of the secret in BUF, as it stands, URL-encoded and in base64 (also in
 * the midst of an encoded text), by "[secret]"; the number of replacements. Secrets under 6 bytes
 * are left alone. A net under the other measures, not a wall. */
size_t sp_secret_redact(const struct sp_secret *secret, struct sp_buf *buf);

#endif
