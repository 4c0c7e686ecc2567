/*
 * The workflows that schedules play, with their scripts: a package in a folder of its own.
 */
#ifndef TESTS_SCHEDULES_PACKAGE_H
#define TESTS_SCHEDULES_PACKAGE_H

#include "workflow/workflow.h"

#define WORKFLOWS 16
#define GUARDED_WORKFLOW 8 /* the one that says how much may go wrong */

/* What cannot be written or loaded ends the program. */
void package_make(const char *folder, const struct tn_workflow *workflows[WORKFLOWS]);
void package_free(const struct tn_workflow *workflows[WORKFLOWS]);

#endif
