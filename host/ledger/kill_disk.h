/*
 * The disk and the memory below SQLite in test builds: the system's own, except for what a kill point has armed.
 */
#ifndef TN_LEDGER_KILL_DISK_H
#define TN_LEDGER_KILL_DISK_H

struct sqlite3;

#ifdef TENURE_KILL_POINTS
void tn_kill_disk_install(void);                   /* before SQLite's first call in this process */
void tn_kill_disk_prepare(struct sqlite3 *handle); /* checkpoints come often when one is to be killed in */
#define TN_KILL_DISK_INSTALL() tn_kill_disk_install()
#define TN_KILL_DISK_PREPARE(handle) tn_kill_disk_prepare(handle)
#else
#define TN_KILL_DISK_INSTALL() ((void)0)
#define TN_KILL_DISK_PREPARE(handle) ((void)0)
#endif

#endif
