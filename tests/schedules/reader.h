/*
 * The ledger as the oracle reads it: by a connection of its own, with nothing of the engine in between.
 */
#ifndef TESTS_SCHEDULES_READER_H
#define TESTS_SCHEDULES_READER_H

#include <sqlite3.h>

#include "world.h"

/* The rows that a question has, with one text for ?1, or NULL. The text of the question is one that stays: by its address
 * it is prepared once. What cannot be asked ends the program. */
sqlite3_stmt *reader_ask(const struct world *world, const char *sql, const char *text);
bool reader_next(sqlite3_stmt *rows);
void reader_done(sqlite3_stmt *rows); /* after each reader_ask() */

bool reader_has(const struct world *world, const char *sql, const char *text); /* any row at all */

const char *reader_text(sqlite3_stmt *rows, int column); /* never NULL; until the next row */
int64_t reader_int(sqlite3_stmt *rows, int column);
int64_t reader_cents(sqlite3_stmt *rows, int column, const char *currency); /* -1: none, or another currency */

/* Let go of the ledger, so that what a process left behind is found as it left it. */
void reader_close(void);

#endif
