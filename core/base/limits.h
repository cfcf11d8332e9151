/*
 * Every maximum of the engine in one place. A buffer, a list, a wait or a depth that can be grown
 * from outside (network, plugin, file, command line) is bounded by a line of this file.
 */
#ifndef SP_BASE_LIMITS_H
#define SP_BASE_LIMITS_H

/* Names (RFC 1035, section 2.3.4). */
#define SP_LABEL_MAX     63
#define SP_NAME_WIRE_MAX 255 /* octets on the wire, the root label included */
#define SP_NAME_TEXT_MAX 253 /* characters of a host name without its final dot */

/* Files and arguments. */
#define SP_FILES_WANTED     8192        /* open at the same time, if the system allows */
#define SP_FILE_MAX         (16u << 20) /* a records, config or secret file */
#define SP_JSON_DEPTH_MAX   64
#define SP_RECORDS_MAX      64         /* records of one sender domain */
#define SP_IMPORT_WORDS_MAX 64         /* words of one pasted line */
#define SP_TTL_MAX          2147483647 /* seconds (RFC 2181, section 8) */
#define SP_DKIM_TAGS_MAX    64         /* tags of one key record */
#define SP_DOMAINS_MAX      20000      /* sender domains of one run */
#define SP_TEXT_MAX         4096       /* one foreign string kept for display */
#define SP_SECRET_MAX       16384      /* one credential value */
#define SP_OUTPUT_MAX       (256u << 20)

/* DNS. */
#define SP_DNS_MESSAGE_MAX 65535
#define SP_DNS_EDNS_SIZE   1232 /* no datagram is cut on its way (DNS flag day 2020) */
#define SP_DNS_NSID_MAX    64
#define SP_DNS_EDE_MAX     160 /* the text of an extended error */
#define SP_DNS_RECORDS_MAX 512 /* resource records kept of one message */
#define SP_DNS_POINTERS_MAX                                                                        \
    127 /* compression pointers followed for one name: a name has at most 127 labels */
#define SP_DNS_TXT_MAX        8192 /* joined character-strings of one TXT record */
#define SP_DNS_CHAIN_MAX      8    /* CNAME hops */
#define SP_DNS_SERVERS_MAX    32   /* name servers of one zone */
#define SP_DNS_HOSTS_KEPT     8192 /* name servers whose addresses are handed on in a long run */
#define SP_DNS_ADDRESSES_MAX  8    /* addresses of one name server */
#define SP_DNS_RESOLVERS_MAX  8
#define SP_RESOLV_CONF_MAX    65536 /* bytes read of resolv.conf */
#define SP_DNS_CUTS_MAX       16    /* zone cuts walked through for one name */
#define SP_DNS_WALK_ASKS_MAX  6     /* servers asked for one step of the walk to a zone */
#define SP_DNS_HEDGE_MS       150 /* silence after which a second server is asked beside the first */
#define SP_DNS_INFLIGHT_MAX   64  /* datagram queries under way at one server address */
#define SP_DNS_UDP_TIMEOUT_MS 700
#define SP_DNS_UDP_TRIES      2
#define SP_DNS_HTTPS_MS       5000
#define SP_DNS_TCP_TIMEOUT_MS 2000
/* Polls leave room for what a change is worth asking: ten questions a second to one address in all.
 */
#define SP_DNS_POLL_GAP_MS                                                                         \
    170 /* between two polls of one server address, however many domains wait */
#define SP_DNS_POLL_PAUSE_MS (2 * SP_DNS_POLL_GAP_MS) /* the longest one, after other questions */
#define SP_DNS_POLL_DEBT_MS  1000 /* how much of what others asked is paid back by longer pauses */
#define SP_DNS_PACE_SLACK_MS 10   /* of a late timer, made up for */
#define SP_DNS_WINDOW_MS     1050 /* see dns/lane.h: a second and what a network pushes together */
#define SP_DNS_WINDOW_MAX    10   /* messages to one address meanwhile, for each domain looked at */
#define SP_DNS_WINDOW_POLLS  2    /* of those, kept for polls */
#define SP_DNS_QPS_MAX       100000 /* --qps */
#define SP_DNS_QPS_DEFAULT   100    /* to one name server, where many domains are asked about */
#define SP_DNS_FAST                                                                                \
    5 /* datagrams to one address in a second: what follows may be its rate limit                  \
       */
#define SP_EVIDENCE_MAX         (32u << 20) /* a file of evidence */
#define SP_EVIDENCE_DOMAINS_MAX 500         /* domains of one run with --evidence */
#define SP_DNS_BOOK_PAGES_MAX   60000       /* questions kept for later */
#define SP_DNS_BOOK_NAME_MAX    2048        /* about one name: its types and servers */
#define SP_DNS_BOOK_ROUTES_MAX  4096        /* addresses that this host had no route to */
#define SP_DNS_BOOK_SAID_MAX    4           /* of one question: the answers that differ */
#define SP_DNS_BOOK_BYTES_MAX   (12u << 20) /* their messages, all together */
#define SP_DNS_HEARD_MS         10000       /* a server that answered so lately is not dead */
#define SP_DNS_LIMITED_MS       2000 /* asked by TCP alone after signs of a rate limit; doubles */
#define SP_DNS_LIMITED_MAX_MS   30000
#define SP_DNS_LIMITED_INFLIGHT 4 /* under way at one address meanwhile */
#define SP_DNS_FAMILY_MS                                                                           \
    500 /* an AAAA look-up that is silent after the A one answered, or the reverse */
#define SP_DNS_PARENT_MS 1000 /* CONTRACT: a parent that stays silent is not waited for */

/* The fence between engine and worker. */
#define SP_FRAME_META_MAX         (1u << 20)  /* the JSON part of a frame */
#define SP_FRAME_BODY_MAX         (64u << 20) /* the raw part: one HTTP body */
#define SP_PLUGIN_LIST_MAX        64 /* origins, operations, secrets, ... of a description */
#define SP_PLUGIN_STRING_MAX      1024
#define SP_PLUGIN_VALUE_MAX       65536 /* one record as a provider lists it */
#define SP_PLUGINS_MAX            256
#define SP_PLUGIN_FILE_MAX        (64u << 20)
#define SP_PLUGINS_AT_ONCE        4      /* workers that describe their plugin at the same time */
#define SP_PLUGIN_START_MS        5000   /* spawn to description */
#define SP_PLUGIN_THINK_MS        10000  /* a plugin's own time between two frames */
#define SP_PLUGIN_CALL_MS         60000  /* a plugin's own time in one call, requests not counted */
#define SP_PLUGIN_FAILING_MS      60000  /* spent on failures, when domains are asked about alone */
#define SP_PLUGIN_REQUESTS_MAX    10000  /* HTTP requests of one call */
#define SP_PLUGIN_FOUND_MAX       200000 /* zones or records emitted by one call */
#define SP_PLUGIN_FOUND_BYTES_MAX (64u << 20) /* bytes of JSON that report them */
#define SP_CALL_TEXT_MAX                                                                           \
    (SP_FRAME_META_MAX / 2) /* bytes of texts in one call: escaped, they still fit */
#define SP_WORKER_STDERR_MAX 2048
#define SP_WORKER_MEMORY_MAX (1024ull << 20)
#define SP_WORKER_CPU_S      120
#define SP_WORKER_GRACE_MS   500 /* between the death of a process and that of its pipes */

/* Repeating what a provider asks to repeat. */
#define SP_CALL_TRIES      5     /* of one call to a plugin */
#define SP_CALL_WAIT_MS    60000 /* spent waiting between them, in all */
#define SP_CALL_BACKOFF_MS 1000  /* the first wait, where the provider names none; doubles */
#define SP_CLOCK_SKEW_S    300   /* how far AWS lets the clock of a signature be off */
#define SP_PARTED_CALLS_MAX                                                                        \
    256 /* writes of one zone that are refused for several domains and sent again in parts */

/* Credentials of the AWS tools. */
#define SP_AWS_FILE_MAX    (1u << 20) /* ~/.aws/credentials and ~/.aws/config */
#define SP_AWS_COMMAND_MAX 4096       /* a credential_process */
#define SP_AWS_RENEW_S     300        /* how long before their end keys are renewed */

/* A program that hands out a credential. */
#define SP_COMMAND_WORDS_MAX  64
#define SP_COMMAND_ANSWER_MAX 65536
#define SP_COMMAND_MS         30000 /* how long it may take */

/* HTTP. */
#define SP_HTTP_HEADERS_MAX       64
#define SP_HTTP_HEADER_MAX        8192
#define SP_HTTP_URL_MAX           8192
#define SP_HTTP_REQUEST_MAX       (8u << 20)
#define SP_HTTP_CONNECT_MS        10000
#define SP_HTTP_TOTAL_MS          30000
#define SP_HTTP_TRIES             4
#define SP_HTTP_BACKOFF_MS        250
#define SP_HTTP_RETRY_AFTER_MAX_S 60
#define SP_HTTP_CONCURRENCY       8
#define SP_PACE_MAX               5000 /* requests remembered to keep a limit */
#define SP_PACE_WINDOW_MAX_S      86400
#define SP_PACE_SLACK_MS          250 /* how much longer one may be on its way than another */

/* Publishing and waiting. */
#define SP_WINDOW_S             (48 * 3600) /* CONTRACT: 48 hours from publishing */
#define SP_WINDOW_MAX_S         (90 * 24 * 3600)
#define SP_FINISH_MAX           1000  /* bytes of what a profile says to do afterwards */
#define SP_LEDGER_BUSY_MS       10000 /* how long another process may hold the ledger */
#define SP_LEDGER_SPANS_MAX     1000  /* spans of equal looks kept of one domain */
#define SP_LEDGER_SIGHTINGS_MAX 4096  /* records first seen at a server, kept of one domain */
#define SP_CANCEL_GRACE_MS      2000  /* what a write under way gets after Ctrl-C */
#define SP_SECONDARY_LAG_S      3600 /* how long after its TTL a replaced record may still be served */
#define SP_WAIT_DEFAULT_MS      (10 * 60 * 1000)
#define SP_WAIT_MAX_MS          (7ull * 24 * 3600 * 1000) /* --timeout */
#define SP_POLL_FIRST_MS        100
#define SP_POLL_DENSE_MS        10000 /* how long a change is expected at any moment */
#define SP_POLL_LAST_MS         60000

/* The daemon `watch`. */
#define SP_WATCH_DAY_MS        (24ll * 3600 * 1000)
#define SP_WATCH_DENSE_MS      (10 * 60 * 1000) /* for so long a fresh domain is never left alone */
#define SP_WATCH_WAIT_MS       10000            /* one look at such a domain */
#define SP_WATCH_ERROR_MIN_MS  (5 * 60 * 1000)  /* before what is in error is looked at again */
#define SP_WATCH_CONFIRM_MS    30000 /* before an end of "connected" is looked at again */
#define SP_WATCH_SILENCE_MS    (15 * 60 * 1000) /* of all servers, before it ends "connected" */
#define SP_WATCH_SPREAD_MIN_MS 60000            /* what is nearer is not moved */
#define SP_WATCH_SAY_MS        60000            /* between two words to the service manager */
#define SP_WATCH_READ_MS       2000             /* between two looks at the ledger */
#define SP_WATCH_LOOKS_MAX     64               /* domains under way at once */
#define SP_WATCH_WAITS_MAX     32               /* of those, kept under watch for a while */
#define SP_WATCH_LOOKS_S       50               /* begun in a second: no stampede after a sleep */
#define SP_WATCH_FAILED_MS     60000            /* after a look that could not be made */
#define SP_WATCH_CROWDED_MS    2000             /* between single looks where waiting is full */
#define SP_WATCH_CAUSES        8                /* of trouble, remembered as told */
#define SP_WATCH_TROUBLE_MS    (15 * 60 * 1000) /* after so long without it, it has come back */

/* Telling others of changes. */
#define SP_WEBHOOK_KEY_MIN        16 /* bytes; the specification advises 24 to 64 */
#define SP_WEBHOOK_AT_ONCE        4
#define SP_WEBHOOK_MS             10000 /* one attempt */
#define SP_WEBHOOK_BACKOFF_MS     5000  /* the first pause; doubles */
#define SP_WEBHOOK_BACKOFF_MAX_MS (3600 * 1000)
#define SP_WEBHOOK_REMEMBERED_S   (30 * 24 * 3600) /* what arrived, or was given up */
#define SP_WEBHOOK_TURN_MS        1000             /* how often the outbox is looked into */
#define SP_WEBHOOK_GIVE_UP_S      (3 * 24 * 3600)
#define SP_WEBHOOK_FAILURES       3 /* in a row, after which one event at a time is tried */
#define SP_WEBHOOK_WRITE_S        5 /* after the ledger could not be written; doubles */
#define SP_WEBHOOK_WRITE_MAX_S    300

/* How long caches hold an answer at most, whatever its TTL (RFC 8767, section 4; RFC 2308, section
 * 5). */
#define SP_CACHE_POSITIVE_MAX_S (7 * 24 * 3600)
#define SP_CACHE_NEGATIVE_MAX_S (24 * 3600)

/* Checks of many domains. */
#define SP_NEXT_DOMAINS      8     /* a longer command to type next is not typed but scripted */
#define SP_PROGRESS_MS       200   /* between two numbers of what is decided, on a terminal */
#define SP_PROGRESS_TICK_MS  1000  /* between two of what is waited for, on a terminal */
#define SP_PROGRESS_LOG_MS   10000 /* and elsewhere */
#define SP_LINES_FROM        20    /* more domains are shown by a line each */
#define SP_SWEEP_AT_ONCE_MAX 500   /* domains under way, or kept under watch */
#define SP_SWEEP_AT_ONCE_MIN 64    /* at first, and where servers keep questions waiting */
#define SP_SWEEP_DELAY_MS    2000  /* so long */
#define SP_SWEEP_GENERATION  250   /* domains after which zones are forgotten */
#define SP_SWEEP_PAUSE_MS    2000  /* the shortest between two rounds */
#define SP_SWEEP_FEW         32    /* so few are told of one by one */
#define SP_SWEEP_COMMIT_MS   100   /* others wait for so long to be committed together, */
#define SP_SWEEP_COMMIT_MAX  200   /* or for so many */
#define SP_CHASES_KEPT       256   /* targets whose answers are kept for other domains */

/* Verification. */
#define SP_LOOK_HEARSAY_MS 10000 /* before resolvers are asked for a record again */
#define SP_WHY_LINE_MAX    1024  /* one line of the evidence as a tree */
#define SP_LOOK_MAX_MS     20000 /* one whole look, what stands behind the records included */
#define SP_LOOK_HELD_MAX   600  /* times SP_LOOK_LAST_MS: put off while questions wait their turn */
#define SP_LOOK_HELD_OWN   2    /* for questions that wait for a moment only */
#define SP_LOOK_LAST_MS    1000 /* the look after the wait is over */
#define SP_LOOK_FULL_MS    5000 /* between two looks at every record while one is polled */
#define SP_LOOK_FRESH_MS   2000 /* an older answer has to be confirmed before it counts for good */
#define SP_LOOK_LAME_MS    200  /* before a lame answer is asked for again */
#define SP_LOOK_SILENT_MS  2000 /* between two questions to a silent server */
#define SP_LOOK_PROBE_MS   2000 /* the first pause before a miss is probed again */
#define SP_LOOK_BEHIND_MS  1000 /* the first pause before looking behind the records again */

#endif
