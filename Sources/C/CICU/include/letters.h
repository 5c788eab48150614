#pragma once
#include <stdint.h>

// ICU behind a few functions about one code point each: its own headers, whose names carry its version, stay out of the module.

/// ICU's tables; made once, used by one thread.
typedef struct postern_letters postern_letters;

/// - Returns: null where ICU's data is missing.
postern_letters *postern_letters_open(void);
void postern_letters_close(postern_letters *tables);

/// NFKC_Casefold (UAX 44), canonical decomposition (UAX 15), skeleton (UTS 39 §4) of one code point.
/// - Returns: how many code points were written, 0 for none; -1 where there is no room or ICU failed.
int postern_letters_casefold(const postern_letters *tables, uint32_t scalar, uint32_t *out, int room);
int postern_letters_decompose(const postern_letters *tables, uint32_t scalar, uint32_t *out, int room);
int postern_letters_skeleton(const postern_letters *tables, uint32_t scalar, uint32_t *out, int room);

enum postern_letter_kind {
    POSTERN_LETTER_OTHER = 0, POSTERN_LETTER_LETTER, POSTERN_LETTER_UPPER, POSTERN_LETTER_NUMBER, POSTERN_LETTER_MARK, POSTERN_LETTER_UNASSIGNED,
    /// Default_Ignorable_Code_Point, whatever its category.
    POSTERN_LETTER_UNSEEN,
};

/// One of `postern_letter_kind`; non-spacing and enclosing marks are marks, spacing ones are letters.
int postern_letters_kind(uint32_t scalar);

enum postern_letter_script {
    POSTERN_SCRIPT_COMMON = 0, POSTERN_SCRIPT_LATIN, POSTERN_SCRIPT_CYRILLIC, POSTERN_SCRIPT_GREEK, POSTERN_SCRIPT_HAN, POSTERN_SCRIPT_KANA,
    POSTERN_SCRIPT_HANGUL, POSTERN_SCRIPT_ARABIC, POSTERN_SCRIPT_HEBREW, POSTERN_SCRIPT_DEVANAGARI, POSTERN_SCRIPT_THAI, POSTERN_SCRIPT_OTHER,
};

/// One of `postern_letter_script` (UAX 24).
int postern_letters_script(uint32_t scalar);
