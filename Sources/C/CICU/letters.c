#include "letters.h"
#include <stdlib.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/uspoof.h>
#include <unicode/utf16.h>

struct postern_letters {
    const UNormalizer2 *casefold;
    const UNormalizer2 *decompose;
    USpoofChecker *spoof;
};

enum { ROOM = 64 };

postern_letters *postern_letters_open(void) {
    UErrorCode status = U_ZERO_ERROR;
    postern_letters *tables = calloc(1, sizeof *tables);
    if (!tables) return NULL;
    tables->casefold = unorm2_getNFKCCasefoldInstance(&status);
    tables->decompose = unorm2_getNFDInstance(&status);
    tables->spoof = uspoof_open(&status);
    if (U_FAILURE(status)) {
        postern_letters_close(tables);
        return NULL;
    }
    return tables;
}

void postern_letters_close(postern_letters *tables) {
    if (!tables) return;
    if (tables->spoof) uspoof_close(tables->spoof);
    free(tables);
}

static int units(uint32_t scalar, UChar out[2]) {
    int32_t count = 0;
    U16_APPEND_UNSAFE(out, count, scalar);
    return count;
}

static int scalars(const UChar *text, int32_t count, uint32_t *out, int room) {
    int written = 0;
    for (int32_t at = 0; at < count;) {
        UChar32 scalar;
        U16_NEXT(text, at, count, scalar);
        if (written >= room) return -1;
        out[written++] = (uint32_t)scalar;
    }
    return written;
}

static int normalized(const UNormalizer2 *form, uint32_t scalar, uint32_t *out, int room) {
    if (unorm2_isInert(form, (UChar32)scalar)) {
        if (room < 1) return -1;
        out[0] = scalar;
        return 1;
    }
    UChar from[2], to[ROOM];
    UErrorCode status = U_ZERO_ERROR;
    int32_t count = unorm2_normalize(form, from, units(scalar, from), to, ROOM, &status);
    return U_FAILURE(status) || count > ROOM ? -1 : scalars(to, count, out, room);
}

int postern_letters_casefold(const postern_letters *tables, uint32_t scalar, uint32_t *out, int room) {
    return normalized(tables->casefold, scalar, out, room);
}

int postern_letters_decompose(const postern_letters *tables, uint32_t scalar, uint32_t *out, int room) {
    return normalized(tables->decompose, scalar, out, room);
}

int postern_letters_skeleton(const postern_letters *tables, uint32_t scalar, uint32_t *out, int room) {
    UChar from[2], to[ROOM];
    UErrorCode status = U_ZERO_ERROR;
    int32_t count = uspoof_getSkeleton(tables->spoof, 0, from, units(scalar, from), to, ROOM, &status);
    return U_FAILURE(status) || count > ROOM ? -1 : scalars(to, count, out, room);
}

int postern_letters_kind(uint32_t scalar) {
    if (u_hasBinaryProperty((UChar32)scalar, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)) return POSTERN_LETTER_UNSEEN;
    switch (u_charType((UChar32)scalar)) {
    case U_UPPERCASE_LETTER: case U_TITLECASE_LETTER: return POSTERN_LETTER_UPPER;
    case U_LOWERCASE_LETTER: case U_MODIFIER_LETTER: case U_OTHER_LETTER: case U_COMBINING_SPACING_MARK: return POSTERN_LETTER_LETTER;
    case U_DECIMAL_DIGIT_NUMBER: case U_LETTER_NUMBER: case U_OTHER_NUMBER: return POSTERN_LETTER_NUMBER;
    case U_NON_SPACING_MARK: case U_ENCLOSING_MARK: return POSTERN_LETTER_MARK;
    case U_UNASSIGNED: case U_PRIVATE_USE_CHAR: case U_SURROGATE: return POSTERN_LETTER_UNASSIGNED;
    default: return POSTERN_LETTER_OTHER;
    }
}

int postern_letters_script(uint32_t scalar) {
    UErrorCode status = U_ZERO_ERROR;
    switch (uscript_getScript((UChar32)scalar, &status)) {
    case USCRIPT_COMMON: case USCRIPT_INHERITED: case USCRIPT_UNKNOWN: return POSTERN_SCRIPT_COMMON;
    case USCRIPT_LATIN: return POSTERN_SCRIPT_LATIN;
    case USCRIPT_CYRILLIC: return POSTERN_SCRIPT_CYRILLIC;
    case USCRIPT_GREEK: return POSTERN_SCRIPT_GREEK;
    case USCRIPT_HAN: return POSTERN_SCRIPT_HAN;
    case USCRIPT_HIRAGANA: case USCRIPT_KATAKANA: return POSTERN_SCRIPT_KANA;
    case USCRIPT_HANGUL: return POSTERN_SCRIPT_HANGUL;
    case USCRIPT_ARABIC: return POSTERN_SCRIPT_ARABIC;
    case USCRIPT_HEBREW: return POSTERN_SCRIPT_HEBREW;
    case USCRIPT_DEVANAGARI: return POSTERN_SCRIPT_DEVANAGARI;
    case USCRIPT_THAI: return POSTERN_SCRIPT_THAI;
    default: return POSTERN_SCRIPT_OTHER;
    }
}
