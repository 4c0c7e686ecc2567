/*
 * Kill points: named places where a test lets the process die, stop, or find its disk or its memory at an end.
 *
 * They are compiled in by the CMake option TENURE_KILL_POINTS, for tests; elsewhere they are nothing at all. The variable
 * TENURE_KILL, read once, says which passing of which one does what: NAME[:NTH[:ACT]], such as K3, K3:2 or K10:1:eio.
 *
 *   kill    as kill -9; the default          stop   as kill -STOP
 *   enospc  the ledger's next write fails    eio    its next sync fails    enomem  its next allocation fails
 *
 *   K1  in the plan's transaction            K8   headers of the answer in, none of its body
 *   K2  in the intent's transaction          K9   answer complete, outcome not recorded
 *   K3  intent durable, the loop not told    K10  in the outcome's transaction
 *   K4  before connecting                    K11  outcome durable, the script not resumed
 *   K5  connected, nothing written           K12  a probe has looked
 *   K6  headers of the request out           K13  in the transaction of a verdict or a decision
 *   K7  the request out, no byte back        K14  in a checkpoint, before a page is written
 *
 * K4 to K8 are passed by effects only. Any thread may pass a point.
 */
#ifndef TN_BASE_KILLPOINT_H
#define TN_BASE_KILLPOINT_H

#include <stdbool.h>

#ifdef TENURE_KILL_POINTS

enum tn_kill_fault { TN_KILL_NO_FAULT, TN_KILL_ENOSPC, TN_KILL_EIO, TN_KILL_ENOMEM };

void tn_kill_point(const char *name);

/* For what happens between two rooms: noted where it is known, passed when what was noted has come about. */
void tn_kill_note(const char *name);
void tn_kill_noted(const char *name, bool came_about);

bool tn_kill_chosen(const char *name);            /* TENURE_KILL names this point; NULL: any */
bool tn_kill_take_fault(enum tn_kill_fault kind); /* the armed fault, once */

#define TN_KILL_POINT(name) tn_kill_point(name)
#define TN_KILL_NOTE(name) tn_kill_note(name)
#define TN_KILL_NOTED(name, came_about) tn_kill_noted(name, came_about)

#else

#define TN_KILL_POINT(name) ((void)0)
#define TN_KILL_NOTE(name) ((void)0)
#define TN_KILL_NOTED(name, came_about) ((void)0)

#endif

#endif
