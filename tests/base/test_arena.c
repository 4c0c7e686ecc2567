/* Arenas: pieces of every size, zeroed, aligned and apart. */
#include "base/arena.h"

#include <stdint.h>

#include "check.h"

static void test_pieces(void)
{
    struct tn_arena *arena = tn_arena_new();
    unsigned char *before = NULL;
    size_t before_bytes = 0;
    for (size_t bytes = 1; arena && bytes < 20000; bytes += bytes / 3 + 1) {
        unsigned char *piece = tn_arena_alloc(arena, bytes, 1);
        CHECK(piece);
        if (!piece)
            break;
        CHECK((uintptr_t)piece % _Alignof(max_align_t) == 0);
        CHECK(piece[0] == 0 && piece[bytes - 1] == 0);
        memset(piece, 0xff, bytes);
        CHECK(!before || piece >= before + before_bytes || piece + bytes <= before);
        before = piece;
        before_bytes = bytes;
    }
    CHECK(!tn_arena_alloc(arena, SIZE_MAX / 2, 8));
    CHECK_TEXT(tn_arena_text(arena, "text and more", 4), "text");
    tn_arena_free(arena);
}

int main(void)
{
    test_pieces();
    return check_result();
}
