/* Writes a file while it is loaded. */
#define EVIL_NAME "evil-write-file"
#define EVIL_ENV  "EVIL_WRITE_FILE_TOKEN"
#include "evil.h"

#include <fcntl.h>
#include <unistd.h>

__attribute__((constructor)) static void write_file(void)
{
    int fd = open("/tmp/signpost-evil-write-file", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd >= 0) {
        close(fd);
        unlink("/tmp/signpost-evil-write-file");
    }
}

EVIL_FINDS_NOTHING
