/* Texts that may be absent: see text.h. */
#include "base/text.h"

#include <string.h>

bool tn_text_copy(char **out, const char *text)
{
    *out = text ? strdup(text) : NULL;
    return *out || !text;
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
