/*
 * Lua patterns: find, match, gmatch and gsub of scripts.
 *
 * A matcher of our own, because Lua's cannot be interrupted: ".-.-.-.-b" on 200 bytes keeps it busy for 20 seconds.
 * This one counts every step and charges it to the item, so that a pattern bomb ends its item, and no harmless pattern
 * is refused. What matches is what Lua 5.4 matches (tests/lua compares the two).
 */
#include <ctype.h>
#include <lauxlib.h>
#include <string.h>

#include "lua/confine.h"
#include "lua/state.h"

#define MAX_CAPTURES 32
#define MAX_DEPTH 180 /* of recursion in C */
#define STEPS_BETWEEN_CHARGES 4096

enum { OPEN_CAPTURE = -1, POSITION_CAPTURE = -2 };

struct capture {
    const char *start;
    ptrdiff_t len; /* or one of the two above */
};

struct matching {
    lua_State *L;
    const char *subject, *subject_end, *pattern_end;
    size_t steps; /* not charged yet */
    int depth, captures;
    struct capture capture[MAX_CAPTURES];
};

static const char *match_here(struct matching *m, const char *s, const char *p);

static void count_steps(struct matching *m, size_t steps)
{
    m->steps += steps;
    if (m->steps < STEPS_BETWEEN_CHARGES)
        return;
    tn_budget_spend(m->L, m->steps);
    m->steps = 0;
}

static void count_step(struct matching *m)
{
    count_steps(m, 1);
}

/* ---- one character ----------------------------------------------------------------------------------------------- */

/* Where the single-character item that starts at p ends. */
static const char *item_end(struct matching *m, const char *p)
{
    char first = *p++;
    if (first == '%') {
        if (p == m->pattern_end)
            luaL_error(m->L, "malformed pattern (ends with '%%')");
        return p + 1;
    }
    if (first != '[')
        return p;
    const char *set = p;
    if (p < m->pattern_end && *p == '^')
        p++;
    do { /* a ']' right at the start is one of the set */
        if (p == m->pattern_end)
            luaL_error(m->L, "malformed pattern (missing ']')");
        if (*p++ == '%') {
            if (p == m->pattern_end)
                luaL_error(m->L, "malformed pattern (missing ']')");
            p++;
        }
    } while (p == m->pattern_end || *p != ']');
    count_steps(m, (size_t)(p - set)); /* it is looked through again wherever it is tried */
    return p + 1;
}

static bool in_class(int c, int class)
{
    bool in;
    switch (tolower(class)) {
    case 'a':
        in = isalpha(c);
        break;
    case 'c':
        in = iscntrl(c);
        break;
    case 'd':
        in = isdigit(c);
        break;
    case 'g':
        in = isgraph(c);
        break;
    case 'l':
        in = islower(c);
        break;
    case 'p':
        in = ispunct(c);
        break;
    case 's':
        in = isspace(c);
        break;
    case 'u':
        in = isupper(c);
        break;
    case 'w':
        in = isalnum(c);
        break;
    case 'x':
        in = isxdigit(c);
        break;
    case 'z':
        in = c == '\0';
        break;
    default:
        return class == c;
    }
    return isupper(class) ? !in : in;
}

/* p is at the '[' of a set, end at its ']'. */
static bool in_set(struct matching *m, int c, const char *p, const char *end)
{
    bool in = true;
    p++;
    if (*p == '^') {
        in = false;
        p++;
    }
    while (p < end) {
        count_step(m);
        if (*p == '%') {
            if (in_class(c, (unsigned char)p[1]))
                return in;
            p += 2;
        } else if (p + 2 < end && p[1] == '-') {
            if ((unsigned char)p[0] <= c && c <= (unsigned char)p[2])
                return in;
            p += 3;
        } else if ((unsigned char)*p++ == c) {
            return in;
        }
    }
    return !in;
}

/* Whether the character at s is one that the item from p to end stands for. */
static bool matches_one(struct matching *m, const char *s, const char *p, const char *end)
{
    count_step(m);
    if (s >= m->subject_end)
        return false;
    int c = (unsigned char)*s;
    switch (*p) {
    case '.':
        return true;
    case '%':
        return in_class(c, (unsigned char)p[1]);
    case '[':
        return in_set(m, c, p, end - 1);
    default:
        return (unsigned char)*p == c;
    }
}

/* ---- repetitions ------------------------------------------------------------------------------------------------- */

/* As many as there are, then fewer, down to least. */
static const char *match_most(struct matching *m, const char *s, const char *p, const char *end, ptrdiff_t least)
{
    ptrdiff_t count = 0;
    while (matches_one(m, s + count, p, end))
        count++;
    for (; count >= least; count--) {
        const char *result = match_here(m, s + count, end + 1);
        if (result)
            return result;
    }
    return NULL;
}

/* As few as do. */
static const char *match_fewest(struct matching *m, const char *s, const char *p, const char *end)
{
    for (;;) {
        const char *result = match_here(m, s, end + 1);
        if (result)
            return result;
        if (!matches_one(m, s, p, end))
            return NULL;
        s++;
    }
}

/* ---- the special items ------------------------------------------------------------------------------------------- */

static const char *open_capture(struct matching *m, const char *s, const char *p, ptrdiff_t kind)
{
    if (m->captures >= MAX_CAPTURES)
        luaL_error(m->L, "too many captures");
    m->capture[m->captures++] = (struct capture){s, kind};
    const char *result = match_here(m, s, p);
    if (!result)
        m->captures--;
    return result;
}

static const char *close_capture(struct matching *m, const char *s, const char *p)
{
    int last = m->captures - 1;
    while (last >= 0 && m->capture[last].len != OPEN_CAPTURE)
        last--;
    if (last < 0)
        luaL_error(m->L, "invalid pattern capture");
    m->capture[last].len = s - m->capture[last].start;
    const char *result = match_here(m, s, p);
    if (!result)
        m->capture[last].len = OPEN_CAPTURE;
    return result;
}

/* %bxy: from an x to the y that balances it. NULL when there is none. */
static const char *match_balance(struct matching *m, const char *s, const char *p)
{
    if (m->pattern_end - p < 2)
        luaL_error(m->L, "malformed pattern (missing arguments to '%%b')");
    if (s >= m->subject_end || *s != *p)
        return NULL;
    int depth = 1;
    while (++s < m->subject_end) {
        count_step(m);
        if (*s == p[1]) {
            if (--depth == 0)
                return s + 1;
        } else if (*s == p[0]) {
            depth++;
        }
    }
    return NULL;
}

/* %f[set]: where the set begins to hold. p is behind the f; answers where the item ends, or NULL when it does not
 * match. */
static const char *match_frontier(struct matching *m, const char *s, const char *p)
{
    if (p == m->pattern_end || *p != '[')
        luaL_error(m->L, "missing '[' after '%%f' in pattern");
    const char *end = item_end(m, p);
    int before = s == m->subject ? '\0' : (unsigned char)s[-1], after = s < m->subject_end ? (unsigned char)*s : '\0';
    return !in_set(m, before, p, end - 1) && in_set(m, after, p, end - 1) ? end : NULL;
}

/* %1: what an earlier capture matched, once more. */
static const char *match_again(struct matching *m, const char *s, int digit)
{
    int which = digit - '1';
    if (which < 0 || which >= m->captures || m->capture[which].len == OPEN_CAPTURE)
        luaL_error(m->L, "invalid capture index %%%d", which + 1);
    ptrdiff_t len = m->capture[which].len;
    if (len < 0)
        return NULL;
    count_steps(m, (size_t)len);
    bool same = m->subject_end - s >= len && memcmp(m->capture[which].start, s, (size_t)len) == 0;
    return same ? s + len : NULL;
}

/* ---- the matcher ------------------------------------------------------------------------------------------------- */

/* Items that begin with '%' and are no single character; *done tells whether it was one of them. On a match *p is moved
 * behind it and the place in the subject is answered. */
static const char *match_escape(struct matching *m, const char *s, const char **p, bool *done)
{
    const char *at = *p + 1, *result;
    *done = true;
    if (at < m->pattern_end && *at == 'b') {
        result = match_balance(m, s, at + 1);
        *p = at + 3;
        return result;
    }
    if (at < m->pattern_end && *at == 'f') {
        result = match_frontier(m, s, at + 1);
        if (result)
            *p = result;
        return result ? s : NULL;
    }
    if (at < m->pattern_end && isdigit((unsigned char)*at)) {
        *p = at + 1;
        return match_again(m, s, *at);
    }
    *done = false;
    return s;
}

/* One single-character item and what follows it, as far as that needs trying out: *done tells whether all was decided.
 */
static const char *match_item(struct matching *m, const char *s, const char **p, bool *done)
{
    const char *end = item_end(m, *p), *result;
    *done = true;
    switch (end < m->pattern_end ? *end : '\0') {
    case '?':
        if (matches_one(m, s, *p, end)) {
            result = match_here(m, s + 1, end + 1);
            if (result)
                return result;
        }
        *p = end + 1;
        *done = false;
        return s;
    case '+':
        return match_most(m, s, *p, end, 1);
    case '*':
        return match_most(m, s, *p, end, 0);
    case '-':
        return match_fewest(m, s, *p, end);
    default:
        if (!matches_one(m, s, *p, end))
            return NULL;
        *p = end;
        *done = false;
        return s + 1;
    }
}

static const char *match_rest(struct matching *m, const char *s, const char *p)
{
    while (p < m->pattern_end) {
        bool done;
        count_step(m);
        if (*p == '(')
            return p + 1 < m->pattern_end && p[1] == ')' ? open_capture(m, s, p + 2, POSITION_CAPTURE)
                                                         : open_capture(m, s, p + 1, OPEN_CAPTURE);
        if (*p == ')')
            return close_capture(m, s, p + 1);
        if (*p == '$' && p + 1 == m->pattern_end)
            return s == m->subject_end ? s : NULL;
        if (*p == '%') {
            s = match_escape(m, s, &p, &done);
            if (!s)
                return NULL;
            if (done)
                continue;
        }
        s = match_item(m, s, &p, &done);
        if (!s || done)
            return s;
    }
    return s;
}

/* Where a match of p that begins at s ends; NULL: there is none. */
static const char *match_here(struct matching *m, const char *s, const char *p)
{
    if (++m->depth > MAX_DEPTH)
        luaL_error(m->L, "pattern too complex");
    const char *result = match_rest(m, s, p);
    m->depth--;
    return result;
}

static const char *begin(struct matching *m, const char *s, const char *p)
{
    m->captures = 0;
    m->depth = 0;
    return match_here(m, s, p);
}

/* ---- results ----------------------------------------------------------------------------------------------------- */

/* Pushes one capture; without any, the whole match counts as the first. */
static void push_capture(struct matching *m, int which, const char *s, const char *end)
{
    if (which >= m->captures) {
        if (which != 0)
            luaL_error(m->L, "invalid capture index %%%d", which + 1);
        lua_pushlstring(m->L, s, (size_t)(end - s));
        return;
    }
    const struct capture *capture = &m->capture[which];
    if (capture->len == OPEN_CAPTURE)
        luaL_error(m->L, "unfinished capture");
    if (capture->len == POSITION_CAPTURE)
        lua_pushinteger(m->L, capture->start - m->subject + 1);
    else
        lua_pushlstring(m->L, capture->start, (size_t)capture->len);
}

static int push_captures(struct matching *m, const char *s, const char *end)
{
    int count = m->captures == 0 && s ? 1 : m->captures;
    luaL_checkstack(m->L, count, "too many captures");
    for (int i = 0; i < count; i++)
        push_capture(m, i, s, end);
    return count;
}

/* Offset of the 1-based, perhaps negative place where a search begins; beyond the end: SIZE_MAX. */
static size_t check_start(lua_State *L, int index, size_t len)
{
    lua_Integer start = luaL_optinteger(L, index, 1);
    if (start < 0)
        start = start < -(lua_Integer)len ? 1 : (lua_Integer)len + start + 1;
    if (start <= 1)
        return 0;
    return (lua_Unsigned)start > len + 1 ? SIZE_MAX : (size_t)start - 1;
}

static int find_plain(lua_State *L, const char *subject, size_t len, size_t start, const char *text, size_t text_len)
{
    tn_budget_spend(L, (len - start + text_len) / 8);
    const char *found = memmem(subject + start, len - start, text, text_len);
    if (!found) {
        lua_pushnil(L);
        return 1;
    }
    lua_pushinteger(L, found - subject + 1);
    lua_pushinteger(L, found - subject + (lua_Integer)text_len);
    return 2;
}

static int search(lua_State *L, bool find)
{
    size_t len, pattern_len;
    const char *subject = luaL_checklstring(L, 1, &len), *p = luaL_checklstring(L, 2, &pattern_len);
    size_t start = check_start(L, 3, len);
    if (start == SIZE_MAX) {
        lua_pushnil(L);
        return 1;
    }
    tn_budget_spend(L, pattern_len / 8);
    bool plain = lua_toboolean(L, 4) || (strlen(p) == pattern_len && !strpbrk(p, "^$*+?.([%-"));
    if (find && plain)
        return find_plain(L, subject, len, start, p, pattern_len);
    struct matching m = {.L = L, .subject = subject, .subject_end = subject + len, .pattern_end = p + pattern_len};
    bool anchored = *p == '^' && pattern_len > 0;
    for (const char *s = subject + start; s <= m.subject_end; s++) {
        const char *end = begin(&m, s, p + anchored);
        if (end && !find)
            return push_captures(&m, s, end);
        if (end) {
            lua_pushinteger(L, s - subject + 1);
            lua_pushinteger(L, end - subject);
            return push_captures(&m, NULL, NULL) + 2;
        }
        if (anchored)
            break;
    }
    lua_pushnil(L);
    return 1;
}

static int l_find(lua_State *L)
{
    return search(L, true);
}

static int l_match(lua_State *L)
{
    return search(L, false);
}

/* ---- gmatch ------------------------------------------------------------------------------------------------------ */

/* Upvalues: subject, pattern, offset where the search goes on, offset where the last match ended (-1: none). */
static int next_match(lua_State *L)
{
    size_t len, pattern_len;
    const char *subject = luaL_checklstring(L, lua_upvalueindex(1), &len);
    const char *p = luaL_checklstring(L, lua_upvalueindex(2), &pattern_len);
    lua_Integer last = lua_tointeger(L, lua_upvalueindex(4));
    struct matching m = {.L = L, .subject = subject, .subject_end = subject + len, .pattern_end = p + pattern_len};
    for (const char *s = subject + lua_tointeger(L, lua_upvalueindex(3)); s <= m.subject_end; s++) {
        const char *end = begin(&m, s, p);
        if (!end || end - subject == last)
            continue;
        lua_pushinteger(L, end - subject);
        lua_copy(L, -1, lua_upvalueindex(3));
        lua_replace(L, lua_upvalueindex(4));
        return push_captures(&m, s, end);
    }
    lua_pushinteger(L, (lua_Integer)len + 1);
    lua_replace(L, lua_upvalueindex(3));
    return 0;
}

static int l_gmatch(lua_State *L)
{
    size_t len;
    luaL_checklstring(L, 1, &len);
    luaL_checkstring(L, 2);
    size_t start = check_start(L, 3, len);
    lua_settop(L, 2);
    lua_pushinteger(L, start == SIZE_MAX ? (lua_Integer)len + 1 : (lua_Integer)start);
    lua_pushinteger(L, -1);
    lua_pushcclosure(L, next_match, 4);
    return 1;
}

/* ---- gsub -------------------------------------------------------------------------------------------------------- */

/* Adds the replacement text with its %0 to %9 filled in. */
static void add_text(struct matching *m, luaL_Buffer *result, const char *s, const char *end)
{
    size_t len;
    const char *text = lua_tolstring(m->L, 3, &len);
    count_steps(m, len);
    for (const char *stop = text + len; text < stop; text++) {
        if (*text != '%') {
            luaL_addchar(result, *text);
            continue;
        }
        text++;
        if (text < stop && *text == '%') {
            luaL_addchar(result, '%');
        } else if (text < stop && *text == '0') {
            luaL_addlstring(result, s, (size_t)(end - s));
        } else if (text < stop && isdigit((unsigned char)*text)) {
            push_capture(m, *text - '1', s, end);
            luaL_tolstring(m->L, -1, NULL);
            lua_remove(m->L, -2);
            luaL_addvalue(result);
        } else {
            luaL_error(m->L, "invalid use of '%%' in replacement string");
        }
    }
}

/* Adds what replaces the match; true when that is something else than itself. */
static bool add_replacement(struct matching *m, luaL_Buffer *result, const char *s, const char *end, int type)
{
    lua_State *L = m->L;
    if (type == LUA_TFUNCTION) {
        lua_pushvalue(L, 3);
        int count = push_captures(m, s, end);
        lua_call(L, count, 1);
    } else if (type == LUA_TTABLE) {
        push_capture(m, 0, s, end);
        lua_gettable(L, 3);
    } else {
        add_text(m, result, s, end);
        return true;
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        luaL_addlstring(result, s, (size_t)(end - s));
        return false;
    }
    if (!lua_isstring(L, -1))
        luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    luaL_addvalue(result);
    return true;
}

/* string.gsub(subject, pattern, replacement [, most]) -> text, count */
static int l_gsub(lua_State *L)
{
    size_t len, pattern_len;
    const char *subject = luaL_checklstring(L, 1, &len), *p = luaL_checklstring(L, 2, &pattern_len);
    int type = lua_type(L, 3);
    luaL_argexpected(L, type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION || type == LUA_TTABLE, 3,
                     "string/function/table");
    lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)len + 1), count = 0;
    bool anchored = pattern_len > 0 && *p == '^', changed = false;
    struct matching m = {.L = L, .subject = subject, .subject_end = subject + len, .pattern_end = p + pattern_len};
    const char *s = subject, *last = NULL;
    luaL_Buffer result;
    luaL_buffinit(L, &result);
    while (count < most) {
        const char *end = begin(&m, s, p + anchored);
        if (end && end != last) {
            count++;
            changed = add_replacement(&m, &result, s, end, type) || changed;
            s = last = end;
        } else if (s < m.subject_end) {
            luaL_addchar(&result, *s++);
        } else {
            break;
        }
        if (anchored)
            break;
    }
    if (changed) {
        luaL_addlstring(&result, s, (size_t)(m.subject_end - s));
        luaL_pushresult(&result);
    } else {
        lua_pushvalue(L, 1);
    }
    lua_pushinteger(L, count);
    return 2;
}

void tn_lua_add_patterns(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"find", l_find}, {"match", l_match}, {"gmatch", l_gmatch}, {"gsub", l_gsub}, {NULL, NULL}};
    luaL_setfuncs(L, functions, 0);
}
