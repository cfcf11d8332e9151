/*
 * The layout of ABI 1 on 64-bit systems, line by line. A plugin compiled against it must load for
 * ever: when one of these fails, the change to plugin.h is wrong, not this file. Appended members
 * get new lines.
 */
#include <assert.h>
#include <stddef.h>

#include <signpost/plugin.h>

#if UINTPTR_MAX == UINT64_MAX

#define AT(type, member, offset)                                                                   \
    static_assert(offsetof(struct type, member) == (offset), "ABI 1: " #type "." #member)
#define SIZE(type, size) static_assert(sizeof(struct type) == (size), "ABI 1: sizeof " #type)

AT(signpost_pair, name, 0);
AT(signpost_pair, value, 8);
SIZE(signpost_pair, 16);

AT(signpost_origin, url, 0);
AT(signpost_origin, endpoint_env, 8);
SIZE(signpost_origin, 16);

AT(signpost_operation, method, 0);
AT(signpost_operation, path, 8);
AT(signpost_operation, functions, 16);
AT(signpost_operation, flags, 20);
AT(signpost_operation, origin, 24);
AT(signpost_operation, requests_per_minute, 32);
SIZE(signpost_operation, 40);

AT(signpost_secret, name, 0);
AT(signpost_secret, label, 8);
AT(signpost_secret, env, 16);
AT(signpost_secret, n_env, 24);
AT(signpost_secret, flags, 32);
SIZE(signpost_secret, 40);

AT(signpost_auth, scheme, 0);
AT(signpost_auth, secrets, 8);
AT(signpost_auth, n_secrets, 16);
AT(signpost_auth, headers, 24);
AT(signpost_auth, n_headers, 32);
AT(signpost_auth, help, 40);
AT(signpost_auth, service, 48);
AT(signpost_auth, region, 56);
SIZE(signpost_auth, 64);

AT(signpost_wanted, size, 0);
AT(signpost_wanted, name, 8);
AT(signpost_wanted, guess, 16);
SIZE(signpost_wanted, 24);

AT(signpost_zone, size, 0);
AT(signpost_zone, id, 8);
AT(signpost_zone, name, 16);
AT(signpost_zone, flags, 24);
AT(signpost_zone, note, 32);
AT(signpost_zone, name_servers, 40);
AT(signpost_zone, n_name_servers, 48);
SIZE(signpost_zone, 56);

AT(signpost_record, size, 0);
AT(signpost_record, type, 8);
AT(signpost_record, host, 16);
AT(signpost_record, value, 24);
AT(signpost_record, ttl, 32);
AT(signpost_record, flags, 36);
AT(signpost_record, id, 40);
AT(signpost_record, note, 48);
SIZE(signpost_record, 56);

AT(signpost_change, size, 0);
AT(signpost_change, action, 8);
AT(signpost_change, before, 16);
AT(signpost_change, after, 24);
SIZE(signpost_change, 32);

AT(signpost_request, size, 0);
AT(signpost_request, method, 8);
AT(signpost_request, path, 16);
AT(signpost_request, n_path, 24);
AT(signpost_request, query, 32);
AT(signpost_request, n_query, 40);
AT(signpost_request, headers, 48);
AT(signpost_request, n_headers, 56);
AT(signpost_request, body, 64);
AT(signpost_request, body_len, 72);
AT(signpost_request, origin, 80);
SIZE(signpost_request, 88);

AT(signpost_response, size, 0);
AT(signpost_response, status, 8);
AT(signpost_response, body, 16);
AT(signpost_response, body_len, 24);
AT(signpost_response, headers, 32);
AT(signpost_response, n_headers, 40);
SIZE(signpost_response, 48);

AT(signpost_plugin, magic, 0);
AT(signpost_plugin, abi, 4);
AT(signpost_plugin, size, 8);
AT(signpost_plugin, origin_size, 16);
AT(signpost_plugin, operation_size, 24);
AT(signpost_plugin, auth_size, 32);
AT(signpost_plugin, secret_size, 40);
AT(signpost_plugin, name, 48);
AT(signpost_plugin, label, 56);
AT(signpost_plugin, version, 64);
AT(signpost_plugin, url, 72);
AT(signpost_plugin, host_style, 80);
AT(signpost_plugin, target_style, 84);
AT(signpost_plugin, apex, 88);
AT(signpost_plugin, octal_read, 96);
AT(signpost_plugin, origins, 104);
AT(signpost_plugin, n_origins, 112);
AT(signpost_plugin, operations, 120);
AT(signpost_plugin, n_operations, 128);
AT(signpost_plugin, auths, 136);
AT(signpost_plugin, n_auths, 144);
AT(signpost_plugin, name_servers, 152);
AT(signpost_plugin, n_name_servers, 160);
AT(signpost_plugin, record_types, 168);
AT(signpost_plugin, n_record_types, 176);
AT(signpost_plugin, ttl_min, 184);
AT(signpost_plugin, ttl_max, 188);
AT(signpost_plugin, ttl_default, 192);
AT(signpost_plugin, requests_per_minute, 196);
AT(signpost_plugin, batch_max, 200);
AT(signpost_plugin, is_atomic, 204);
AT(signpost_plugin, find_zones, 208);
AT(signpost_plugin, list_records, 216);
AT(signpost_plugin, apply_changes, 224);
AT(signpost_plugin, sync_status, 232);
AT(signpost_plugin, batch_characters_max, 240);
AT(signpost_plugin, requests_window_s, 248);
SIZE(signpost_plugin, 256);

AT(signpost_host, size, 0);
AT(signpost_host, http, 8);
AT(signpost_host, found_zone, 16);
AT(signpost_host, found_record, 24);
AT(signpost_host, applied, 32);
AT(signpost_host, fail, 40);
AT(signpost_host, retry_after, 48);
AT(signpost_host, alloc, 56);
AT(signpost_host, name_order, 64);
AT(signpost_host, name_is_below, 72);
SIZE(signpost_host, 80);

AT(signpost_call, host, 0);

/* Values that are compiled into plugins. */
static_assert(SIGNPOST_AUTH == -1 && SIGNPOST_AMBIGUOUS == -9, "ABI 1: codes");
static_assert(SIGNPOST_HOST_FQDN == 1 && SIGNPOST_HOST_RELATIVE == 3, "ABI 1: host styles");
static_assert(SIGNPOST_IN_SYNC_STATUS == 8 && SIGNPOST_REPEATABLE == 2, "ABI 1: flags");
static_assert(SIGNPOST_CREATE == 1 && SIGNPOST_UPDATE == 2 && SIGNPOST_DELETE == 3,
              "ABI 1: actions");

#endif
