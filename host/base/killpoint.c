/* Kill points, in test builds only: see killpoint.h. */
#include "base/killpoint.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum act { ACT_KILL, ACT_STOP, ACT_FAULT };

static const struct {
    const char *name;
    enum act act;
    enum tn_kill_fault fault;
} acts[] = {
    {"kill", ACT_KILL, TN_KILL_NO_FAULT}, {"stop", ACT_STOP, TN_KILL_NO_FAULT},  {"enospc", ACT_FAULT, TN_KILL_ENOSPC},
    {"eio", ACT_FAULT, TN_KILL_EIO},      {"enomem", ACT_FAULT, TN_KILL_ENOMEM},
};

static struct {
    pthread_once_t once;
    char name[16]; /* "": none is chosen */
    long nth;
    size_t act; /* in acts */
    atomic_long passed, noted;
    atomic_int armed; /* the fault that the next one to ask takes */
} kill_setting = {.once = PTHREAD_ONCE_INIT};

/* A test that asks for something else than it believes must not go on. */
static void refuse(const char *text)
{
    fprintf(stderr, "TENURE_KILL=%s is not NAME[:NTH[:ACT]], such as K10:1:eio\n", text);
    _exit(70);
}

static void read_setting(void)
{
    const char *text = getenv("TENURE_KILL");
    char act[16] = "kill", rest = '\0';
    if (!text || !*text)
        return;
    kill_setting.nth = 1;
    int count = sscanf(text, "%15[A-Z0-9]:%ld:%15[a-z]%c", kill_setting.name, &kill_setting.nth, act, &rest);
    if (count < 1 || count > 3 || kill_setting.nth < 1 || (count == 1 && text[strlen(kill_setting.name)]))
        refuse(text);
    while (kill_setting.act < sizeof acts / sizeof *acts && strcmp(acts[kill_setting.act].name, act) != 0)
        kill_setting.act++;
    if (kill_setting.act == sizeof acts / sizeof *acts)
        refuse(text);
}

bool tn_kill_chosen(const char *name)
{
    pthread_once(&kill_setting.once, read_setting);
    return name ? strcmp(kill_setting.name, name) == 0 : kill_setting.name[0] != '\0';
}

void tn_kill_point(const char *name)
{
    if (!tn_kill_chosen(name) || atomic_fetch_add(&kill_setting.passed, 1) + 1 != kill_setting.nth)
        return;
    switch (acts[kill_setting.act].act) {
    case ACT_KILL:
        kill(getpid(), SIGKILL);
        pause();
        break;
    case ACT_STOP:
        kill(getpid(), SIGSTOP);
        break;
    case ACT_FAULT:
        atomic_store(&kill_setting.armed, (int)acts[kill_setting.act].fault);
        break;
    }
}

void tn_kill_note(const char *name)
{
    if (tn_kill_chosen(name))
        atomic_fetch_add(&kill_setting.noted, 1);
}

void tn_kill_noted(const char *name, bool came_about)
{
    if (!tn_kill_chosen(name))
        return;
    for (long count = atomic_exchange(&kill_setting.noted, 0); came_about && count > 0; count--)
        tn_kill_point(name);
}

bool tn_kill_take_fault(enum tn_kill_fault kind)
{
    int armed = (int)kind;
    return atomic_compare_exchange_strong(&kill_setting.armed, &armed, (int)TN_KILL_NO_FAULT);
}
