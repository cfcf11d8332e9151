/*
 * libcurl, loaded when it is first needed: it brings some thirty libraries with it, which would
 * take most of the start of every command, and most commands send nothing. For this folder alone;
 * the folders above know no curl.
 */
#ifndef SP_HTTP_CURL_H
#define SP_HTTP_CURL_H

#include <curl/curl.h>

#include "base/err.h"

/* Everything that is used of it; X(easy_init) stands for curl_easy_init(). */
#define SP_CURL_FUNCTIONS(X)                                                                       \
    X(global_init)                                                                                 \
    X(global_cleanup)                                                                              \
    X(version_info)                                                                                \
    X(getdate)                                                                                     \
    X(free)                                                                                        \
    X(slist_append)                                                                                \
    X(slist_free_all)                                                                              \
    X(easy_init)                                                                                   \
    X(easy_cleanup)                                                                                \
    X(easy_setopt)                                                                                 \
    X(easy_getinfo)                                                                                \
    X(easy_strerror)                                                                               \
    X(multi_init)                                                                                  \
    X(multi_cleanup)                                                                               \
    X(multi_setopt)                                                                                \
    X(multi_assign)                                                                                \
    X(multi_add_handle)                                                                            \
    X(multi_remove_handle)                                                                         \
    X(multi_socket_action)                                                                         \
    X(multi_info_read)                                                                             \
    X(url)                                                                                         \
    X(url_cleanup)                                                                                 \
    X(url_get)                                                                                     \
    X(url_set)                                                                                     \
    X(url_strerror)

/* Its functions, each with the type that <curl/curl.h> declares: curl->easy_init(). */
struct sp_curl {
#define SP_CURL_MEMBER(name) __typeof__(&curl_##name) name;
    SP_CURL_FUNCTIONS(SP_CURL_MEMBER)
#undef SP_CURL_MEMBER
};

/* The library, loaded by the first call and kept until the process ends. NULL and ERR (internal,
 * "libcurl") when it is not there, too old or built without threaded resolver; the next call tries
 * again. */
const struct sp_curl *sp_curl_load(struct sp_err *err);

#endif
