/* What the files of host/json share: the private part of a Lua state that holds documents. */
#ifndef TN_JSON_INTERNAL_H
#define TN_JSON_INTERNAL_H

#include <locale.h>

#include "json/json.h"

/* A thread's stack below the cursors. */
enum { TN_JSON_SLOT_KEYS = 1, TN_JSON_SLOT_ROOT = 2 };

/* Slots that are always free above the cursors, so that a read needs no check of its own. */
#define TN_JSON_SPARE_SLOTS 8

/* Paths are string literals: split once, their member names then sit in a Lua table (the key table) and cost neither a
 * copy nor an allocation. An entry holds up to TN_JSON_PATH_STEPS names at its stride, and after them the text they
 * came from. */
#define TN_JSON_PATH_ENTRIES 512
#define TN_JSON_PATH_STEPS 3
#define TN_JSON_PATH_STRIDE (TN_JSON_PATH_STEPS + 1)

struct tn_json_path {
    const char *path; /* the caller's pointer; NULL: free */
    const char *text; /* our copy, to see that what it points to is still the same */
    size_t len;       /* of the part of the path that is split here */
    int steps;
    bool more; /* the path goes on behind len with a dot */
};

/* One per Lua state, a userdata in its registry. */
struct tn_json_state {
    locale_t c_locale;        /* numbers are read the C way, whatever the embedding program set */
    struct tn_json_doc *idle; /* closed documents whose threads can be used again */
    int idle_count;
    const char *base; /* see tn_json_set_base() */
    struct tn_json_path paths[TN_JSON_PATH_ENTRIES];
};

struct tn_json_doc {
    struct tn_json_state *state;
    lua_State *co; /* its stack holds the key table, the root, and one slot per cursor */
    int anchor;    /* registry reference of co */
    struct tn_json_doc *next_idle;
};

struct tn_json_state *tn_json_state_of(lua_State *L); /* NULL when it was never prepared; needs one free slot */
void tn_json_push_decoder(lua_State *L);              /* cjson's decode with our settings */
void tn_json_push_key_table(lua_State *L);

/* What lua_pcall ended with as one of our codes; takes the error off the stack. */
int tn_json_caught(lua_State *L, int status, struct tn_err *err);

/* Run a light C function on L with one light userdata, leaving nresults; a Lua error becomes err. Never raises. */
int tn_json_protect(lua_State *L, lua_CFunction function, void *arg, int nresults, struct tn_err *err);

/* The check that comes before cjson. When the text holds what cjson cannot keep apart, rewritten is a text that says it
 * in strings no JSON can hold, because they are not UTF-8: TN_JSON_MARK_EMPTY for an empty array's only element, and
 * TN_JSON_MARK_INTEGER before the digits of an integer too long for a double. Empty: take the text as it is. */
#define TN_JSON_MARK_EMPTY '\xff'
#define TN_JSON_MARK_INTEGER '\xfe'
struct tn_json_findings {
    struct tn_buf rewritten; /* the caller's to free */
    bool long_integers;      /* rewritten marks some */
    bool all_typed;          /* neither numbers, nulls nor arrays: cjson's values are right as they come */
};
int tn_json_scan(const char *bytes, size_t len, struct tn_json_findings *findings, struct tn_err *err);

/* One complete value decoded onto the top of L. Never raises; pushes nothing on error. */
int tn_json_decode_with(lua_State *L, struct tn_json_state *state, const char *bytes, size_t len, size_t max_bytes,
                        struct tn_err *err);

/* Whether the value at index is an array: by its mark, or by having a first element. */
bool tn_json_is_array(lua_State *L, int index);

/* The string keys of a table in byte order, appended to a vector that several levels share. */
struct tn_json_key {
    const char *text; /* borrowed from the table */
    size_t len;
};
struct tn_json_keys {
    struct tn_json_key *list;
    size_t len, cap;
};
/* False: out of memory. Other keys are counted in *others. Never raises. */
bool tn_json_keys_collect(lua_State *L, int index, struct tn_json_keys *keys, size_t *others);

#endif
