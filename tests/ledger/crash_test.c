/*
 * Processes: killed at any point nothing acknowledged is lost; of many that ask at once one gets the permit; a live one
 * keeps its run. The test starts itself as its own children: crash_test ROLE LEDGER.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "ledger/lab.h"

#define ROUNDS 40
#define EFFECTS 400
#define RACERS 6

extern char **environ;
static const char *self;

struct child {
    pid_t pid;
    int in, out; /* our ends: to its stdin, from its stdout */
};

static struct child start(const char *role, const char *path)
{
    struct child child = {0};
    int to[2] = {-1, -1}, from[2] = {-1, -1};
    CHECK(pipe2(to, O_CLOEXEC) == 0 && pipe2(from, O_CLOEXEC) == 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to[0], 0);
    posix_spawn_file_actions_adddup2(&actions, from[1], 1);
    char *argv[] = {(char *)self, (char *)role, (char *)path, NULL};
    CHECK(posix_spawn(&child.pid, self, &actions, NULL, argv, environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    close(to[0]);
    close(from[1]);
    child.in = to[1];
    child.out = from[0];
    return child;
}

static void finish(struct child *child)
{
    close(child->in);
    close(child->out);
    waitpid(child->pid, NULL, 0);
}

/* One line of at most size - 1 bytes; false at the end. */
static bool read_line(int fd, char *line, size_t size)
{
    size_t len = 0;
    char byte;
    while (len + 1 < size && read(fd, &byte, 1) == 1) {
        if (byte == '\n') {
            line[len] = '\0';
            return true;
        }
        line[len++] = byte;
    }
    return false;
}

static void say(const char *word, int number)
{
    char line[128];
    int len = snprintf(line, sizeof line, "%s %d\n", word, number);
    CHECK(write(1, line, (size_t)len) == len);
}

static int verify(struct tn_db *db, void *arg, struct tn_err *err)
{
    struct tn_buf text = {0};
    struct tn_json_writer w;
    tn_jw_init(&w, &text);
    int rc = tn_audit_verify(db, NULL, &w, arg, err);
    if (rc == 0 && !*(bool *)arg)
        fprintf(stderr, "%s\n", tn_buf_text(&text));
    tn_buf_deinit(&text);
    return rc;
}

/* ---- the children ------------------------------------------------------------------------------------------------ */

/* Sends and records one effect after the other; says so only once it is durable. */
static int send_effects(const char *path)
{
    struct lab lab;
    char byte;
    int64_t left;
    lab_open_at(&lab, path);
    if (lab_claim(&lab, &left) < 0)
        return 1;
    say("ready", 0);
    for (int i = 0; i < EFFECTS; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%d", i);
        if (lab_intend(&lab, key, "1 EUR", "1 USD", NULL) == TN_VERDICT_PERMIT)
            say("intended", i);
        if (i % 7 == 0)
            lab_seal(&lab);
        if (i % 3 != 0 && lab_record(&lab, key, 1, TN_EFFECT_SUCCEEDED, NULL, NULL) == 0)
            say("succeeded", i);
    }
    while (read(0, &byte, 1) == 1)
        continue; /* until it is killed, or its parent has gone */
    return 0;
}

/* Waits for the starting signal, claims, intends, says what came of it and stays alive until it is told to end. */
static int race(const char *path)
{
    struct lab lab;
    struct tn_intent intent;
    char byte;
    int64_t left;
    lab_open_at(&lab, path);
    say("ready", 0);
    if (read(0, &byte, 1) != 1)
        return 1;
    lab_claim(&lab, &left);
    lab_intend(&lab, "k0", "1 EUR", "1 USD", &intent);
    say(intent.verdict == TN_VERDICT_PERMIT ? "permit" : "no", lab.err.code);
    while (read(0, &byte, 1) == 1)
        continue;
    lab_close(&lab);
    return 0;
}

/* ---- the parent -------------------------------------------------------------------------------------------------- */

static void open_with_effects(struct lab *lab, int count)
{
    lab_start_run(lab, "worth=100000 USD");
    for (int i = 0; i < count; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%d", i);
        lab_plan(lab, "r-1", key, "1 EUR", "1 USD");
    }
    lab_approve(lab, "r-1");
    lab_close(lab); /* lets go of the run as well: nobody holds our lock any more */
}

/* Reads what the child says until it has said enough. */
static void listen(struct child *child, int lines, char said[EFFECTS])
{
    char line[64], word[32];
    int number;
    for (int i = 0; i < lines && read_line(child->out, line, sizeof line); i++) {
        if (sscanf(line, "%31s %d", word, &number) == 2 && strcmp(word, "ready") != 0)
            said[number] = word[0];
    }
}

static void expect_alive(struct lab *lab, pid_t pid)
{
    int64_t left = -1;
    char text[32];
    snprintf(text, sizeof text, "process %d", (int)pid);
    CHECK(lab_claim(lab, &left) == TENURE_EBUSY);
    CHECK(strstr(lab->err.msg, text));
}

/* Whatever was acknowledged is there; what was not may be there or not, but then it is whole. */
static void check_after_kill(struct lab *lab, const char said[EFFECTS], int64_t left)
{
    for (int i = 0; i < EFFECTS; i++) {
        char key[16];
        snprintf(key, sizeof key, "k%d", i);
        if (!said[i])
            continue;
        enum tn_effect_state state = lab_state(lab, key);
        CHECK(said[i] == 's' ? state == TN_EFFECT_SUCCEEDED
                             : state == TN_EFFECT_UNKNOWN || state == TN_EFFECT_SUCCEEDED);
    }
    CHECK(lab_number(lab, "SELECT count(*) FROM effect WHERE state = 'intended'") == 0);
    CHECK(lab_number(lab, "SELECT count(*) FROM effect WHERE state = 'unknown'") == left);
    CHECK(lab_number(lab, "SELECT count(*) FROM effect_order") == left);
    int64_t sent = lab_number(lab, "SELECT count(*) FROM effect WHERE state IN ('unknown', 'succeeded')");
    CHECK(lab_number(lab, "SELECT used FROM guard") == sent);
    CHECK(lab_number(lab, "SELECT count(*) FROM spend WHERE state IN ('held', 'spent')") == sent);
    bool sound = false;
    CHECK(!tn_ledger_suspect(lab->ledger)); /* wherever it was killed: the head outside is never ahead */
    CHECK(lab_do(lab, verify, &sound) == 0 && sound);
}

static void test_killed(void)
{
    struct lab lab;
    unsigned seed = 11;
    for (int round = 0; round < ROUNDS; round++) {
        char said[EFFECTS] = {0};
        int64_t left = -1;
        seed = seed * 1664525u + 1013904223u;
        open_with_effects(&lab, round % 10 == 0 ? EFFECTS : 40);
        struct child child = start("send", lab.path);
        listen(&child, 1 + (int)(seed >> 8) % (round % 10 == 0 ? 600 : 60), said);
        CHECK(lab_open(&lab) == 0);
        if (round % 4 == 0)
            expect_alive(&lab, child.pid);
        kill(child.pid, SIGKILL);
        listen(&child, 10000, said); /* what it had still said */
        finish(&child);
        CHECK(lab_claim(&lab, &left) == 0);
        check_after_kill(&lab, said, left);
        lab_remove(&lab);
    }
}

/* Stopped is not dead: it may go on and send. */
static void test_stopped(void)
{
    struct lab lab;
    char line[64];
    int64_t left = 0;
    open_with_effects(&lab, 1);
    struct child child = start("race", lab.path);
    CHECK(write(child.in, "!", 1) == 1);
    CHECK(read_line(child.out, line, sizeof line) && read_line(child.out, line, sizeof line));
    CHECK(strncmp(line, "permit", 6) == 0);
    CHECK(lab_open(&lab) == 0);
    expect_alive(&lab, child.pid);
    kill(child.pid, SIGSTOP);
    expect_alive(&lab, child.pid);
    CHECK(lab_state(&lab, "k0") == TN_EFFECT_INTENDED);
    kill(child.pid, SIGKILL);
    finish(&child);
    CHECK(lab_claim(&lab, &left) == 0 && left == 1);
    CHECK(lab_state(&lab, "k0") == TN_EFFECT_UNKNOWN);
    lab_remove(&lab);
}

static void test_one_permit_among_processes(void)
{
    struct lab lab;
    struct child children[RACERS];
    char line[64];
    int permits = 0, busy = 0;
    open_with_effects(&lab, 1);
    for (int i = 0; i < RACERS; i++)
        children[i] = start("race", lab.path);
    for (int i = 0; i < RACERS; i++)
        CHECK(read_line(children[i].out, line, sizeof line));
    for (int i = 0; i < RACERS; i++)
        CHECK(write(children[i].in, "!", 1) == 1);
    for (int i = 0; i < RACERS; i++) {
        CHECK(read_line(children[i].out, line, sizeof line));
        permits += strncmp(line, "permit", 6) == 0;
        busy += strncmp(line, "no", 2) == 0;
    }
    CHECK(permits == 1 && busy == RACERS - 1);
    CHECK(lab_number(&lab, "SELECT attempt FROM effect") == 1);
    CHECK(lab_number(&lab, "SELECT used FROM guard") == 1);
    for (int i = 0; i < RACERS; i++)
        finish(&children[i]);
    /* All ended in order, without an outcome: whoever comes next finds it unknown. */
    int64_t left = 0;
    CHECK(lab_open(&lab) == 0);
    CHECK(lab_claim(&lab, &left) == 0 && left == 1);
    CHECK(lab_claim(&lab, &left) == 0 && left == 0);
    lab_remove(&lab);
}

int main(int argc, char **argv)
{
    self = argv[0];
    if (argc == 3)
        return strcmp(argv[1], "race") == 0 ? race(argv[2]) : send_effects(argv[2]);
    test_one_permit_among_processes();
    test_stopped();
    test_killed();
    return check_result();
}
