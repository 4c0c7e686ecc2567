/*
 * The calls by which the ledger itself touches its folder: linked in front of the C library's (see CMakeLists.txt). In
 * that folder they find the files of storage.h, everywhere else what is really there.
 *
 * What a process has open goes with it, as with the kernel's files: whoever dies lets go of its locks when it is closed.
 */
#ifndef TESTS_SCHEDULES_CALLS_H
#define TESTS_SCHEDULES_CALLS_H

struct process;

/* Whose calls are coming now; NULL: the test's own. */
void calls_serve(struct process *process);

#endif
