/* The ledger: what goes in comes out, what is not a ledger is refused, and a kill at any moment
 * loses nothing. */
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text.h"
#include "ledger/ledger.h"

struct place {
    char folder[64];
    char path[160];
};

static int setup(void **state)
{
    struct place *place = sp_new(struct place);
    sp_copy_text(place->folder, sizeof(place->folder), "/tmp/signpost-ledger-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    snprintf(place->path, sizeof(place->path), "%s/state/signpost/ledger.db", place->folder);
    *state = place;
    return 0;
}

static int remove_one(const char *path, SP_UNUSED const struct stat *info, SP_UNUSED int kind,
                      SP_UNUSED struct FTW *ftw)
{
    return remove(path);
}

static int teardown(void **state)
{
    struct place *place = *state;
    nftw(place->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(place);
    return 0;
}

static struct sp_ledger *open_ledger(const char *path)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_ledger *ledger = sp_ledger_open(path, &err);
    if (!ledger)
        fail_msg("%s", err.message);
    return ledger;
}

static struct sp_name name(const char *text)
{
    struct sp_name parsed;
    struct sp_err err = SP_ERR_INIT;
    assert_int_equal(sp_name_parse(&parsed, text, &err), 0);
    return parsed;
}

static void add(struct sp_record_set *set, const char *host, const char *target)
{
    struct sp_name host_name = name(host), target_name = name(target);
    sp_record_set_add(set, &host_name, &target_name);
}

static struct sp_record_set example_set(void)
{
    struct sp_record_set set = {.domain = name("example.com")};
    add(&set, "sk1.example.com", "u1.mailer.example");
    add(&set, "sk1a._domainkey.example.com", "a.dkim.mailer.example");
    return set;
}

static void put(struct sp_ledger *ledger, const struct sp_record_set *set, bool is_merge)
{
    struct sp_err err = SP_ERR_INIT;
    assert_int_equal(sp_ledger_put_set(ledger, set, "powerdns", "example.com", is_merge, &err), 0);
}

static struct sp_ledger_entry get(struct sp_ledger *ledger, const char *domain)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_ledger_entry entry;
    struct sp_name domain_name = name(domain);
    bool is_found;
    assert_int_equal(sp_ledger_get(ledger, &domain_name, &entry, &is_found, &err), 0);
    assert_true(is_found);
    return entry;
}

static struct sp_ledger_change intent(const char *host)
{
    return (struct sp_ledger_change){
        .domain = sp_strdup("example.com"),
        .zone = sp_strdup("example.com"),
        .zone_id = sp_strdup("example.com."),
        .provider = sp_strdup("powerdns"),
        .action = sp_strdup("update"),
        .type = sp_strdup("CNAME"),
        .host = sp_strdup(host),
        .before = json_pack("{s:s, s:i}", "value", "old'); DROP TABLE changes; --", "ttl", 60),
    };
}

static sp_ledger_changes list(struct sp_ledger *ledger, bool only_unresolved)
{
    struct sp_err err = SP_ERR_INIT;
    sp_ledger_changes changes;
    struct sp_name domain = name("example.com");
    assert_int_equal(sp_ledger_list_changes(ledger, &domain, only_unresolved, &changes, &err), 0);
    return changes;
}

static void drop(sp_ledger_changes *changes)
{
    SP_ARRAY_FOREACH (changes, change)
        sp_ledger_change_fini(change);
    sp_array_free(changes);
}

/* ---- files --------------------------------------------------------------------------------------
 */

static void test_made_with_its_folders(void **state)
{
    struct place *place = *state;
    struct stat info;
    mode_t old = umask(0);
    struct sp_ledger *ledger = open_ledger(place->path);
    struct sp_record_set set = example_set();
    put(ledger, &set, true);
    assert_int_equal(stat(place->path, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    char *wal = sp_asprintf("%s-wal", place->path);
    assert_int_equal(stat(wal, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
    free(wal);
    char *folder = sp_asprintf("%s/state", place->folder);
    assert_int_equal(stat(folder, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0700);
    free(folder);
    umask(old);
    assert_true(sp_ledger_is_kept(ledger));
    sp_record_set_fini(&set);
    sp_ledger_close(ledger);
}

static void write_file(const char *path, const void *bytes, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(fd, bytes, len), (ssize_t)len);
    close(fd);
}

static void run_sql(const char *path, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void assert_refused(const char *path, const char *why)
{
    struct sp_err err = SP_ERR_INIT;
    assert_null(sp_ledger_open(path, &err));
    assert_int_equal(err.kind, SP_ERR_USAGE);
    assert_string_equal(err.code, "ledger");
    if (!strstr(err.message, why) || !err.fix[0])
        fail_msg("\"%s\" (fix \"%s\") does not say \"%s\"", err.message, err.fix, why);
}

static void test_foreign_files_are_refused_untouched(void **state)
{
    struct place *place = *state;
    char path[160];
    snprintf(path, sizeof(path), "%s/notes.txt", place->folder);
    write_file(path,
               "these are notes, of more than a hundred bytes, so that nobody takes them for an "
               "empty database or one that was cut short",
               120);
    assert_refused(path, "is no signpost ledger");
    snprintf(path, sizeof(path), "%s/other.db", place->folder);
    run_sql(path, "CREATE TABLE mine (id INTEGER)");
    assert_refused(path, "is no signpost ledger");
    sqlite3 *db;
    sqlite3_stmt *row;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA journal_mode", -1, &row, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(row, 0), "delete");
    sqlite3_finalize(row);
    sqlite3_close(db);
}

static void test_a_newer_version_is_refused(void **state)
{
    struct place *place = *state;
    sp_ledger_close(open_ledger(place->path));
    run_sql(place->path, "PRAGMA user_version = 99");
    assert_refused(place->path, "newer version");
}

/* What earlier versions of signpost left on the disk, as it was then. */
static const char layout_1[] =
    "CREATE TABLE domains (domain TEXT PRIMARY KEY NOT NULL, provider TEXT NOT NULL, zone TEXT NOT "
    "NULL, published_at INTEGER NOT NULL DEFAULT 0, connected_at INTEGER NOT NULL DEFAULT 0,"
    "  is_withdrawn INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE records (id INTEGER PRIMARY KEY AUTOINCREMENT, domain TEXT NOT NULL, type TEXT "
    "NOT NULL, host TEXT NOT NULL, target TEXT NOT NULL, leg TEXT NOT NULL, ttl INTEGER NOT NULL,"
    "  UNIQUE (domain, host));"
    "CREATE TABLE changes (id INTEGER PRIMARY KEY AUTOINCREMENT, domain TEXT NOT NULL, zone TEXT "
    "NOT NULL, zone_id TEXT NOT NULL, provider TEXT NOT NULL, action TEXT NOT NULL, type TEXT NOT "
    "NULL, host TEXT NOT NULL, before_image TEXT, after_image TEXT, outcome TEXT,"
    "  intended_at INTEGER NOT NULL, resolved_at INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX changes_by_domain ON changes (domain, id);"
    "CREATE INDEX changes_unresolved ON changes (domain, id) WHERE outcome IS NULL;"
    "CREATE TABLE checks (id INTEGER PRIMARY KEY AUTOINCREMENT, domain TEXT NOT NULL, at INTEGER "
    "NOT NULL, status TEXT NOT NULL, message TEXT NOT NULL, is_records_live INTEGER NOT NULL,"
    "  is_key_live INTEGER NOT NULL);"
    "CREATE INDEX checks_by_domain ON checks (domain, id);"
    "INSERT INTO domains VALUES ('example.com', 'powerdns', 'example.com', 1000, 2000, 0);"
    "INSERT INTO records VALUES (1, 'example.com', 'CNAME', 'sk1.example.com',"
    "  'u1.mailer.example', 'return-path', 300);"
    "INSERT INTO checks VALUES (1, 'example.com', 1500, 'pending', 'not yet', 0, 0),"
    "  (2, 'example.com', 2000, 'connected', 'all is well', 1, 1);"
    "PRAGMA application_id = 1936747620; PRAGMA user_version = 1";
static const char layout_2[] =
    "CREATE INDEX records_by_host ON records (host); PRAGMA user_version = 2";

static void assert_taken_over(const char *path)
{
    struct sp_ledger *ledger = open_ledger(path);
    struct sp_ledger_entry entry = get(ledger, "example.com");
    assert_int_equal(entry.set.records.n, 1);
    assert_string_equal(SP_NAME_STR(&entry.set.records.items[0].target), "u1.mailer.example");
    assert_false(entry.set.records.items[0].key.is_set);
    assert_int_equal(entry.published_at_s, 1000);
    assert_int_equal(entry.connected_at_s, 2000);
    assert_string_equal(entry.last.status, "connected");
    sp_ledger_entry_fini(&entry);
    sp_ledger_close(ledger);
    run_sql(path, "DROP INDEX records_by_host"); /* it is there again */
    run_sql(path, "SELECT first_at FROM checks WHERE first_at = at");
    run_sql(path, "SELECT domain, at, next_at FROM events; SELECT at FROM first_seen");
}

static void test_older_versions_are_taken_over(void **state)
{
    struct place *place = *state;
    char path[160];
    snprintf(path, sizeof(path), "%s/one.db", place->folder);
    run_sql(path, layout_1);
    assert_taken_over(path);
    snprintf(path, sizeof(path), "%s/two.db", place->folder);
    run_sql(path, layout_1);
    run_sql(path, layout_2);
    assert_taken_over(path);
}

static void test_places_that_cannot_be(void **state)
{
    struct place *place = *state;
    assert_refused("", "no place for a ledger");
    assert_refused("postgres://db/ledger", "no place for a ledger");
    assert_refused(place->folder, "cannot use the ledger");
    assert_refused("/dev/null/ledger.db", "cannot use the ledger");
}

static void test_names_that_mean_something_to_sqlite(void **state)
{
    struct place *place = *state;
    char *here = getcwd(NULL, 0);
    assert_int_equal(chdir(place->folder), 0);
    sp_ledger_close(open_ledger(":memory:"));
    assert_int_equal(access(":memory:", F_OK), 0);
    assert_int_equal(chdir(here), 0);
    free(here);
}

static void test_none_keeps_nothing(SP_UNUSED void **state)
{
    struct sp_ledger *ledger = open_ledger("none");
    struct sp_record_set set = example_set();
    struct sp_err err = SP_ERR_INIT;
    sp_ledger_entries entries;
    struct sp_ledger_change change = intent("sk1.example.com");
    put(ledger, &set, true);
    assert_int_equal(sp_ledger_intend(ledger, &change, 1, &err), 0);
    assert_int_equal(sp_ledger_list(ledger, &entries, &err), 0);
    assert_int_equal(entries.n, 0);
    assert_false(sp_ledger_is_kept(ledger));
    sp_ledger_change_fini(&change);
    sp_record_set_fini(&set);
    sp_ledger_close(ledger);
}

/* ---- what it remembers --------------------------------------------------------------------------
 */

static void test_sets(void **state)
{
    struct place *place = *state;
    struct sp_ledger *ledger = open_ledger(place->path);
    struct sp_record_set set = example_set(), more = {.domain = name("example.com")};
    put(ledger, &set, true);
    add(&more, "sk1.example.com", "u2.mailer.example");
    add(&more, "sk2.example.com", "u3.mailer.example");
    put(ledger, &more, true);
    sp_ledger_close(ledger);
    ledger = open_ledger(place->path);
    struct sp_ledger_entry entry = get(ledger, "example.com");
    assert_int_equal(entry.set.records.n, 3);
    assert_string_equal(SP_NAME_STR(&entry.set.records.items[0].target), "u2.mailer.example");
    assert_string_equal(entry.set.records.items[0].type, "CNAME");
    assert_int_equal(entry.set.records.items[0].leg, SP_LEG_RETURN_PATH);
    assert_int_equal(entry.set.records.items[1].leg, SP_LEG_DKIM);
    assert_string_equal(SP_NAME_STR(&entry.set.records.items[2].host), "sk2.example.com");
    assert_string_equal(entry.provider, "powerdns");
    assert_string_equal(entry.zone, "example.com");
    assert_int_equal(entry.published_at_s, 0);
    assert_null(entry.last.status);
    sp_ledger_entry_fini(&entry);
    put(ledger, &more, false);
    entry = get(ledger, "example.com");
    assert_int_equal(entry.set.records.n, 2);
    sp_ledger_entry_fini(&entry);
    sp_record_set_fini(&set);
    sp_record_set_fini(&more);
    sp_ledger_close(ledger);
}

/* A key stays known until another is named, or the target is another. */
static void test_keys(void **state)
{
    struct place *place = *state;
    struct sp_ledger *ledger = open_ledger(place->path);
    struct sp_record_set set = example_set();
    struct sp_record *record = &set.records.items[1];
    record->key.is_set = true;
    for (size_t i = 0; i < sizeof(record->key.sha256); i++)
        record->key.sha256[i] = (uint8_t)(i * 7 + 9);
    struct sp_key_digest digest = record->key;
    put(ledger, &set, true);
    record->key.is_set = false;
    put(ledger, &set, true);
    struct sp_ledger_entry entry = get(ledger, "example.com");
    assert_false(entry.set.records.items[0].key.is_set);
    assert_true(entry.set.records.items[1].key.is_set);
    assert_memory_equal(entry.set.records.items[1].key.sha256, digest.sha256, 32);
    sp_ledger_entry_fini(&entry);
    record->target = name("b.dkim.mailer.example");
    put(ledger, &set, true);
    entry = get(ledger, "example.com");
    assert_false(entry.set.records.items[1].key.is_set);
    sp_ledger_entry_fini(&entry);
    run_sql(place->path, "UPDATE records SET dkim_key = 'beef'");
    struct sp_err err = SP_ERR_INIT;
    bool is_found;
    assert_int_equal(sp_ledger_get(ledger, &set.domain, &entry, &is_found, &err), -1);
    assert_non_null(strstr(err.message, "damaged"));
    sp_record_set_fini(&set);
    sp_ledger_close(ledger);
}

static void test_times_and_taking_back(void **state)
{
    struct place *place = *state;
    struct sp_ledger *ledger = open_ledger(place->path);
    struct sp_err err = SP_ERR_INIT;
    struct sp_record_set set = example_set();
    struct sp_name hosts[2] = {set.records.items[0].host, set.records.items[1].host};
    put(ledger, &set, true);
    assert_int_equal(sp_ledger_mark_published(ledger, &set.domain, 1000, false, &err), 0);
    assert_int_equal(sp_ledger_mark_published(ledger, &set.domain, 2000, false, &err), 0);
    struct sp_ledger_entry entry = get(ledger, "example.com");
    assert_int_equal(entry.published_at_s, 1000);
    sp_ledger_entry_fini(&entry);
    assert_int_equal(sp_ledger_mark_published(ledger, &set.domain, 3000, true, &err), 0);
    assert_int_equal(sp_ledger_withdraw(ledger, &set.domain, hosts, 1, &err), 0);
    entry = get(ledger, "example.com");
    assert_int_equal(entry.published_at_s, 3000);
    assert_int_equal(entry.set.records.n, 1);
    assert_false(entry.is_withdrawn);
    sp_ledger_entry_fini(&entry);
    assert_int_equal(sp_ledger_withdraw(ledger, &set.domain, hosts, 2, &err), 0);
    entry = get(ledger, "example.com");
    assert_true(entry.is_withdrawn);
    sp_ledger_entry_fini(&entry);
    put(ledger, &set, true);
    entry = get(ledger, "example.com");
    assert_false(entry.is_withdrawn);
    assert_int_equal(entry.published_at_s, 0);
    sp_ledger_entry_fini(&entry);
    sp_record_set_fini(&set);
    sp_ledger_close(ledger);
}

static void test_checks(void **state)
{
    struct place *place = *state;
    struct sp_ledger *ledger = open_ledger(place->path);
    struct sp_err err = SP_ERR_INIT;
    struct sp_record_set set = example_set();
    char pending[] = "pending", connected[] = "connected", words[] = "2 of 3 records are live";
    struct sp_ledger_check check = {
        .at_s = 50, .status = connected, .message = words, .is_records_live = true};
    put(ledger, &set, true);
    assert_int_equal(sp_ledger_add_check(ledger, &set.domain, &check, &err), 0);
    check.at_s = 60;
    check.status = pending;
    assert_int_equal(sp_ledger_add_check(ledger, &set.domain, &check, &err), 0);
    struct sp_name stranger = name("stranger.example");
    assert_int_equal(sp_ledger_add_check(ledger, &stranger, &check, &err), 0);
    sp_ledger_entries entries;
    assert_int_equal(sp_ledger_list(ledger, &entries, &err), 0);
    assert_int_equal(entries.n, 1);
    assert_int_equal(entries.items[0].connected_at_s, 50);
    assert_int_equal(entries.items[0].last.at_s, 60);
    assert_string_equal(entries.items[0].last.status, "pending");
    assert_string_equal(entries.items[0].last.message, words);
    assert_true(entries.items[0].last.is_records_live);
    assert_false(entries.items[0].last.is_key_live);
    sp_ledger_entry_fini(&entries.items[0]);
    sp_array_free(&entries);
    sp_record_set_fini(&set);
    sp_ledger_close(ledger);
}

static void check_some(const struct place *place, struct sp_ledger *ledger, bool is_committed)
{
    struct sp_record_set set = {.domain = name("many.example")};
    char status[] = "pending", message[] = "one record is missing";
    struct sp_ledger_check check = {.at_s = 7, .status = status, .message = message};
    struct sp_err err = SP_ERR_INIT;
    struct sp_ledger_entry entry;
    bool is_found;
    add(&set, "s1._domainkey.many.example", "k1.mailer.example");
    assert_int_equal(sp_ledger_begin(ledger, &err), 0);
    put(ledger, &set, true);
    assert_int_equal(sp_ledger_add_check(ledger, &set.domain, &check, &err), 0);
    if (!is_committed)
        check.status = NULL; /* which no check may be without */
    assert_int_equal(sp_ledger_add_check(ledger, &set.domain, &check, &err), is_committed ? 0 : -1);
    struct sp_ledger *other = open_ledger(place->path);
    assert_int_equal(sp_ledger_get(other, &set.domain, &entry, &is_found, &err), 0);
    assert_false(is_found);
    assert_int_equal(sp_ledger_end(ledger, &err), is_committed ? 0 : -1);
    assert_int_equal(sp_ledger_get(other, &set.domain, &entry, &is_found, &err), 0);
    assert_int_equal(is_found, is_committed);
    if (is_found)
        sp_ledger_entry_fini(&entry);
    sp_ledger_close(other);
    sp_record_set_fini(&set);
}

static void test_several_writes_are_one(void **state)
{
    const struct place *place = *state;
    struct sp_ledger *ledger = open_ledger(place->path);
    check_some(place, ledger, false);
    check_some(place, ledger, true); /* after a failure all goes on */
    sp_ledger_close(ledger);
}

static void test_changes(void **state)
{
    struct place *place = *state;
    struct sp_ledger *ledger = open_ledger(place->path);
    struct sp_err err = SP_ERR_INIT;
    struct sp_ledger_change two[2] = {intent("sk1.example.com"), intent("sk2.example.com")};
    assert_int_equal(sp_ledger_intend(ledger, two, 2, &err), 0);
    assert_true(two[0].id > 0 && two[1].id > two[0].id);
    two[0].outcome = sp_strdup("applied");
    assert_int_equal(sp_ledger_resolve(ledger, two, 2, &err), 0);
    sp_ledger_changes open = list(ledger, true), all = list(ledger, false);
    assert_int_equal(open.n, 1);
    assert_int_equal(all.n, 2);
    assert_string_equal(open.items[0].host, "sk2.example.com");
    assert_null(open.items[0].outcome);
    assert_string_equal(all.items[0].outcome, "applied");
    assert_true(all.items[0].resolved_at_s >= all.items[0].intended_at_s);
    assert_true(json_equal(all.items[0].before, two[0].before));
    assert_null(all.items[0].after);
    drop(&open);
    drop(&all);
    sp_ledger_change_fini(&two[0]);
    sp_ledger_change_fini(&two[1]);
    sp_ledger_close(ledger);
}

/* ---- faults -------------------------------------------------------------------------------------
 */

/* In a child: CHILD(path, fd), which is killed by itself or by the parent. */
static pid_t in_child(void (*child)(const char *path, int fd), const char *path, int *ret_fd)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(ends[0]);
        child(path, ends[1]);
        _exit(0);
    }
    close(ends[1]);
    *ret_fd = ends[0];
    return pid;
}

static void die_between_intent_and_outcome(const char *path, SP_UNUSED int fd)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_ledger *ledger = sp_ledger_open(path, &err);
    struct sp_ledger_change change = intent("sk1.example.com");
    if (ledger && sp_ledger_intend(ledger, &change, 1, &err) == 0)
        kill(getpid(), SIGKILL);
}

static void test_killed_between_intent_and_outcome(void **state)
{
    struct place *place = *state;
    int fd, status;
    pid_t pid = in_child(die_between_intent_and_outcome, place->path, &fd);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    close(fd);
    struct sp_ledger *ledger = open_ledger(place->path);
    sp_ledger_changes open = list(ledger, true);
    assert_int_equal(open.n, 1);
    assert_string_equal(open.items[0].host, "sk1.example.com");
    assert_string_equal(json_string_value(json_object_get(open.items[0].before, "value")),
                        "old'); DROP TABLE changes; --");
    drop(&open);
    sp_ledger_close(ledger);
}

/* Tells of each step only when the ledger has said that it is done. */
static void intend_and_resolve_for_ever(const char *path, int fd)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_ledger *ledger = sp_ledger_open(path, &err);
    while (ledger) {
        struct sp_ledger_change change = intent("sk1.example.com");
        char outcome[] = "applied";
        if (sp_ledger_intend(ledger, &change, 1, &err) < 0 || write(fd, "i", 1) != 1)
            _exit(1);
        struct sp_ledger_change resolved = {.id = change.id, .outcome = outcome};
        if (sp_ledger_resolve(ledger, &resolved, 1, &err) < 0 || write(fd, "r", 1) != 1)
            _exit(1);
        sp_ledger_change_fini(&change);
    }
    _exit(2);
}

static void count_told(int fd, size_t *ret_intents, size_t *ret_outcomes)
{
    char told[4096];
    ssize_t got;
    *ret_intents = *ret_outcomes = 0;
    while ((got = read(fd, told, sizeof(told))) > 0)
        for (ssize_t i = 0; i < got; i++)
            (*(told[i] == 'i' ? ret_intents : ret_outcomes))++;
}

static void assert_sound(const char *path)
{
    sqlite3 *db;
    sqlite3_stmt *row;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &row, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(row, 0), "ok");
    sqlite3_finalize(row);
    sqlite3_close(db);
}

static void test_killed_at_any_moment(void **state)
{
    struct place *place = *state;
    size_t n_intents = 0, n_outcomes = 0, n_kills = 20;
    for (size_t i = 0; i < n_kills; i++) {
        size_t intents, outcomes;
        int fd, status;
        pid_t pid = in_child(intend_and_resolve_for_ever, place->path, &fd);
        /* Every other one dies at work; the rest at any time, as while opening. */
        char first = 0;
        if (i % 2)
            assert_int_equal(read(fd, &first, 1), 1);
        usleep(sp_random_below(10000));
        kill(pid, SIGKILL);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
        count_told(fd, &intents, &outcomes);
        close(fd);
        n_intents += intents + (first == 'i');
        n_outcomes += outcomes;
    }
    assert_sound(place->path);
    struct sp_ledger *ledger = open_ledger(place->path);
    sp_ledger_changes all = list(ledger, false), open = list(ledger, true);
    assert_true(n_intents >= n_kills / 2);
    /* Nothing that was told is lost; at most one step a kill was done and not told. */
    assert_in_range(all.n, n_intents, n_intents + n_kills);
    assert_in_range(all.n - open.n, n_outcomes, n_outcomes + n_kills);
    assert_in_range(open.n, 0, n_kills);
    drop(&all);
    drop(&open);
    sp_ledger_close(ledger);
}

#define N_WRITERS 6
#define N_ROUNDS  10

/* Opens and closes again and again, as processes do that start at the same time. */
static void write_beside_others(const char *path, int fd)
{
    struct sp_err err = SP_ERR_INIT;
    for (size_t i = 0; i < N_ROUNDS; i++) {
        struct sp_ledger *ledger = sp_ledger_open(path, &err);
        struct sp_ledger_change change = intent("sk1.example.com");
        struct sp_record_set set = example_set();
        if (!ledger || sp_ledger_intend(ledger, &change, 1, &err) < 0 ||
            sp_ledger_put_set(ledger, &set, "powerdns", "example.com", true, &err) < 0) {
            if (write(fd, err.message, strlen(err.message)) < 0)
                _exit(3);
            _exit(1);
        }
        sp_ledger_change_fini(&change);
        sp_record_set_fini(&set);
        sp_ledger_close(ledger);
    }
}

static void test_several_processes(void **state)
{
    struct place *place = *state;
    pid_t pids[N_WRITERS];
    int fds[N_WRITERS], status;
    for (size_t i = 0; i < N_WRITERS; i++)
        pids[i] = in_child(write_beside_others, place->path, &fds[i]);
    for (size_t i = 0; i < N_WRITERS; i++) {
        char said[512] = "";
        if (read(fds[i], said, sizeof(said) - 1) > 0)
            fail_msg("a writer failed: %s", said);
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        close(fds[i]);
    }
    assert_sound(place->path);
    struct sp_ledger *ledger = open_ledger(place->path);
    sp_ledger_changes all = list(ledger, false);
    assert_int_equal(all.n, N_WRITERS * N_ROUNDS);
    drop(&all);
    sp_ledger_close(ledger);
}

static size_t count_sharers(struct sp_ledger *ledger, const char *domain,
                            const struct sp_record *record, const char *first)
{
    struct sp_err err = SP_ERR_INIT;
    struct sp_name domain_name = name(domain);
    sp_ledger_domains others;
    assert_int_equal(sp_ledger_list_sharers(ledger, &domain_name, record, &others, &err), 0);
    size_t n = others.n;
    if (n)
        assert_string_equal(SP_NAME_STR(&others.items[0]), first);
    sp_array_free(&others);
    return n;
}

static void test_sharers(void **state)
{
    struct place *place = *state;
    struct sp_ledger *ledger = open_ledger(place->path);
    struct sp_record_set set = example_set(), alike = {.domain = name("b.example.com")};
    struct sp_err err = SP_ERR_INIT;
    add(&alike, "sk1.example.com", "u1.mailer.example");
    add(&alike, "sk1a._domainkey.example.com", "other.mailer.example");
    put(ledger, &set, true);
    put(ledger, &alike, true);
    alike.domain = name("a.example.com");
    put(ledger, &alike, true);
    const struct sp_record *records = set.records.items;
    assert_int_equal(count_sharers(ledger, "example.com", &records[0], "a.example.com"), 2);
    assert_int_equal(count_sharers(ledger, "a.example.com", &records[0], "b.example.com"), 2);
    assert_int_equal(count_sharers(ledger, "example.com", &records[1], ""), 0);
    assert_int_equal(sp_ledger_withdraw(ledger, &alike.domain, &records[0].host, 1, &err), 0);
    assert_int_equal(count_sharers(ledger, "example.com", &records[0], "b.example.com"), 1);
    sp_record_set_fini(&set);
    sp_record_set_fini(&alike);
    sp_ledger_close(ledger);
}

static void test_damage_is_told(void **state)
{
    struct place *place = *state;
    struct sp_ledger *ledger = open_ledger(place->path);
    struct sp_ledger_change change = intent("sk1.example.com");
    struct sp_err err = SP_ERR_INIT;
    struct sp_name domain = name("example.com");
    sp_ledger_changes changes;
    assert_int_equal(sp_ledger_intend(ledger, &change, 1, &err), 0);
    sp_ledger_change_fini(&change);
    run_sql(place->path, "UPDATE changes SET before_image = '{'");
    assert_int_equal(sp_ledger_list_changes(ledger, &domain, false, &changes, &err), -1);
    assert_int_equal(err.kind, SP_ERR_INTERNAL);
    assert_non_null(strstr(err.message, "is damaged"));
    assert_int_equal(changes.n, 0);
    sp_ledger_close(ledger);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_made_with_its_folders),
        TEST(test_foreign_files_are_refused_untouched),
        TEST(test_a_newer_version_is_refused),
        TEST(test_older_versions_are_taken_over),
        TEST(test_places_that_cannot_be),
        TEST(test_names_that_mean_something_to_sqlite),
        TEST(test_none_keeps_nothing),
        TEST(test_sets),
        TEST(test_keys),
        TEST(test_times_and_taking_back),
        TEST(test_checks),
        TEST(test_several_writes_are_one),
        TEST(test_changes),
        TEST(test_killed_between_intent_and_outcome),
        TEST(test_killed_at_any_moment),
        TEST(test_several_processes),
        TEST(test_sharers),
        TEST(test_damage_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
