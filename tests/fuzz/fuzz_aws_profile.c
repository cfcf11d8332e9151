/* Any bytes as a file of the AWS tools, and as a command in it. A value that is kept stands in the
 * file, on one line; a message holds nothing of it; a command's words, quoted, split again to
 * themselves. */
#include <assert.h>
#include <stdlib.h>

#include "base/limits.h"
#include "broker/aws_profile.h"
#include "broker/command.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_secret(const struct sp_secret *secret, const uint8_t *data, size_t size)
{
    if (!secret)
        return;
    size_t len = sp_secret_len(secret);
    assert(len > 0 && len <= SP_SECRET_MAX);
    assert(memmem(data, size, sp_secret_peek(secret), len));
    assert(!memchr(sp_secret_peek(secret), '\n', len));
}

static void check_words(const char *command)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_buf quoted = SP_BUF_INIT(SP_AWS_COMMAND_MAX * 8);
    sp_command_words words, again;
    if (sp_command_split(command, &words, &err) < 0) {
        assert(err.message[0]);
        return;
    }
    SP_ARRAY_FOREACH (&words, word) {
        sp_buf_putc(&quoted, '\'');
        for (const char *c = *word; *c; c++)
            sp_buf_puts(&quoted, *c == '\'' ? "'\\''" : (char[]){*c, '\0'});
        sp_buf_puts(&quoted, "' ");
    }
    assert(sp_buf_is_ok(&quoted));
    assert(sp_command_split(sp_buf_str(&quoted), &again, &err) == 0);
    assert(again.n == words.n);
    for (size_t i = 0; i < words.n; i++)
        assert(strcmp(again.items[i], words.items[i]) == 0);
    sp_command_words_free(&again);
    sp_command_words_free(&words);
    sp_buf_fini(&quoted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int is_config = 0; is_config < 2; is_config++) {
        struct sp_aws_profile profile;
        struct sp_err err = SP_ERR_INIT;
        if (sp_aws_profile_read((const char *)data, size, "default", is_config, &profile, &err)) {
            assert(err.kind == SP_ERR_USAGE && strncmp(err.message, "line ", 5) == 0);
            continue;
        }
        check_secret(profile.keys.access_key_id, data, size);
        check_secret(profile.keys.secret_access_key, data, size);
        check_secret(profile.keys.session_token, data, size);
        assert(profile.line || (!profile.command && !profile.keys.access_key_id));
        if (profile.command)
            check_words(profile.command);
        sp_aws_profile_fini(&profile);
    }
    return 0;
}
