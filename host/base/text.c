/* Texts that may be absent: see text.h. */
#include "base/text.h"

#include <string.h>

bool tn_text_copy(char **out, const char *text)
{
    *out = text ? strdup(text) : NULL;
    return *out || !text;
}

char *tn_text_trim(char *text)
{
    size_t from = strspn(text, " \t"), len = strlen(text);
    while (len > from && (text[len - 1] == ' ' || text[len - 1] == '\t'))
        len--;
    memmove(text, text + from, len - from);
    text[len - from] = '\0';
    return text;
}

bool tn_text_among(const char *text, const char *const *words)
{
    for (; text && *words; words++) {
        if (strcmp(text, *words) == 0)
            return true;
    }
    return false;
}

bool tn_text_among_any_case(const char *text, const char *const *words)
{
    for (; text && *words; words++) {
        if (strcasecmp(text, *words) == 0)
            return true;
    }
    return false;
}

const char *tn_text_ending(const char *file)
{
    const char *slash = file ? strrchr(file, '/') : NULL;
    const char *dot = file ? strrchr(slash ? slash : file, '.') : NULL;
    return dot && dot[1] ? dot + 1 : NULL;
}

const char *tn_text_format(const char *file, const char *const *formats)
{
    const char *ending = tn_text_ending(file);
    for (; ending && *formats; formats++) {
        if (strcasecmp(*formats, ending) == 0)
            return *formats;
    }
    return NULL;
}
