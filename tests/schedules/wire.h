/*
 * The network between a process and the service: a transport whose answers come late, torn, wrong, or not at all, and
 * whose requests may still arrive when the process that sent them is gone.
 */
#ifndef TESTS_SCHEDULES_WIRE_H
#define TESTS_SCHEDULES_WIRE_H

#include "net/transport.h"

struct process;

/* Freed by the client it is given to; requests under way go on without it. */
struct tn_transport *wire_new(struct process *process);

#endif
