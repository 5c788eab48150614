#include "kinds.h"

#include <string.h>

enum { ZIP, SEVEN, RAR, ARJ, LZH, CAB, ISO, TAR, OLD_TAR, CPIO_OLD, CPIO_ODC, CPIO_NEWC, CPIO_CRC, EGG, LISTINGS };

static const struct listing listings[LISTINGS] = {
    [ZIP] = { .type = "CL_TYPE_ZIP", .name = "zip", .is_zip = true }, [SEVEN] = { .type = "CL_TYPE_7Z", .name = "7z" }, [RAR] = { .type = "CL_TYPE_RAR", .name = "rar", .is_rar = true },
    [ARJ] = { .type = "CL_TYPE_ARJ", .name = "arj" }, [LZH] = { .type = "CL_TYPE_LHA_LZH", .name = "lzh" }, [CAB] = { .type = "CL_TYPE_MSCAB", .name = "cab" },
    [ISO] = { .type = "CL_TYPE_ISO9660", .name = "iso", .has_folders = true }, [TAR] = { .type = "CL_TYPE_POSIX_TAR", .name = "tar" }, [OLD_TAR] = { .type = "CL_TYPE_OLD_TAR", .name = "tar" },
    [CPIO_OLD] = { .type = "CL_TYPE_CPIO_OLD", .name = "cpio" }, [CPIO_ODC] = { .type = "CL_TYPE_CPIO_ODC", .name = "cpio" },
    [CPIO_NEWC] = { .type = "CL_TYPE_CPIO_NEWC", .name = "cpio" }, [CPIO_CRC] = { .type = "CL_TYPE_CPIO_CRC", .name = "cpio" }, [EGG] = { .type = "CL_TYPE_EGG", .name = "egg" },
};

/* An end of file is no list: an honest empty 7z is 32 octets, and libclamav takes an empty ZIP, `PK` 5 6, for none. */
static const struct { const char *magic; uint8_t length; uint16_t offset; struct kind kind; } magics[] = {
    { "PK\3\4", 4, 0, { .name = "zip", .opening = OPENED_BY_ANYTHING, .listing = &listings[ZIP], .is_zip = true } },
    { "7z\xbc\xaf\x27\x1c", 6, 0, { .name = "7z", .opening = OPENED_BY_LIST, .least = 32, .listing = &listings[SEVEN], .locked = "7Zip" } },
    { "Rar!\x1a\7", 6, 0, { .name = "rar", .opening = OPENED_BY_LIST, .listing = &listings[RAR], .locked = "RAR" } },
    { "MSCF\0\0\0\0", 8, 0, { .name = "cab", .opening = OPENED_BY_LIST, .least = 36, .listing = &listings[CAB] } },
    { "CD001", 5, 32769, { .name = "iso", .opening = OPENED_BY_ANYTHING, .listing = &listings[ISO] } },
    { "EGGA\0\1", 6, 0, { .name = "egg", .opening = OPENED_BY_ANYTHING, .listing = &listings[EGG] } },
    { "ALZ\1", 4, 0, { .name = "alz", .opening = OPENED_BY_ANYTHING } },
    { "\x1f\x8b\x08", 3, 0, { .name = "gzip", .opening = OPENED_BY_ANYTHING, .is_gzip = true } },
    { "1AY&SY", 6, 4, { .name = "bzip2", .opening = OPENED_BY_ANYTHING, .least = 50, .is_bzip2 = true } },
    { "\xfd" "7zXZ\0", 6, 0, { .name = "xz", .opening = OPENED_BY_ANYTHING, .least = 72 } },
    { "**ACE**", 7, 7, { .name = "ace" } }, { "\x28\xb5\x2f\xfd", 4, 0, { .name = "zstd", .least = 18 } }, { "\x04\x22\x4d\x18", 4, 0, { .name = "lz4", .least = 18 } }, { "\x02\x21\x4c\x18", 4, 0, { .name = "lz4", .least = 18 } },
    { "LZIP\1", 5, 0, { .name = "lzip" } }, { "\x89LZO\0\r\n\x1a\n", 9, 0, { .name = "lzop" } }, { "LRZI\0", 5, 0, { .name = "lrzip" } },
    { "\xdc\xa7\xc4\xfd", 4, 20, { .name = "zoo" } }, { "7kSt", 4, 0, { .name = "zpaq" } }, { "rLau", 4, 10, { .name = "stuffit" } }, { "StuffIt (c)1997-", 16, 0, { .name = "stuffit" } },
    { "MSWIM\0\0\0", 8, 0, { .name = "wim" } }, { "vhdxfile", 8, 0, { .name = "vhdx" } }, { "conectix", 8, 0, { .name = "vhd" } }, { "hsqs", 4, 0, { .name = "squashfs" } },
    { "!<arch>\ndebian-binary", 21, 0, { .name = "deb" } }, { "\xed\xab\xee\xdb", 4, 0, { .name = "rpm" } },
};
enum { MAGICS = sizeof magics / sizeof magics[0] };

static const struct kind arj = { .name = "arj", .opening = OPENED_BY_LIST, .listing = &listings[ARJ] }, lzh = { .name = "lzh", .opening = OPENED_BY_LIST, .listing = &listings[LZH] };
static const struct kind zstd = { .name = "zstd", .least = 18 }, compress = { .name = "compress" }, lzma = { .name = "lzma" };

/* A file of the library's own maker (LZMA SDK, lzma.txt): properties, the dictionary's size, the size of what is in it, and the first octet of the coder, which is 0. */
static bool is_lzma(const uint8_t *octets, size_t count) {
    if (count < 24 || octets[0] >= 225 || octets[13] != 0) return false;
    uint32_t dictionary = 0;
    uint64_t size = 0;
    for (unsigned each = 4; each > 0; each--) dictionary = dictionary << 8 | octets[each];
    for (unsigned each = 12; each > 4; each--) size = size << 8 | octets[each];
    bool is_open = size == UINT64_MAX;
    if (!is_open && (octets[0] != 0x5d || size < 6 || size >> 38 != 0)) return false;
    /* 2^n or 2^n + 2^(n-1), as every packer has it. */
    uint32_t lowest = dictionary & (~dictionary + 1);
    return dictionary >= 4096 && (dictionary == lowest || dictionary == 3 * (uint64_t)lowest || dictionary == UINT32_MAX) && (!is_open || count > 28);
}

const struct kind *kind_of(const uint8_t *octets, size_t count) {
    for (unsigned each = 0; each < MAGICS; each++) {
        size_t offset = magics[each].offset, length = magics[each].length;
        if (count >= offset + length && octets[offset] == (uint8_t)magics[each].magic[0] && memcmp(octets + offset, magics[each].magic, length) == 0) return &magics[each].kind;
    }
    /* Shorter marks, each with what must follow. */
    if (count > 34 && octets[0] == 0x60 && octets[1] == 0xea && (octets[2] | octets[3] << 8) <= 2600 && octets[10] == 2) return &arj;
    if (count > 21 && octets[2] == '-' && octets[3] == 'l' && (octets[4] == 'h' || octets[4] == 'z') && octets[6] == '-') return &lzh;
    if (count > 8 && octets[0] >= 0x50 && octets[0] < 0x60 && memcmp(octets + 1, "\x2a\x4d\x18", 3) == 0) return &zstd;
    if (count > 8 && octets[0] == 0x1f && octets[1] == 0x9d && (octets[2] & 0x60) == 0 && (octets[2] & 0x1f) >= 9 && (octets[2] & 0x1f) <= 16) return &compress;
    return is_lzma(octets, count) ? &lzma : NULL;
}

const struct listing *listing_of(const char *type) {
    for (unsigned each = 0; each < LISTINGS; each++) if (strcmp(type, listings[each].type) == 0) return &listings[each];
    return NULL;
}
