#define _GNU_SOURCE
#include "compressed.h"

#include <string.h>
#include <zlib.h>

static uint32_t number(const uint8_t *octets, unsigned count) {
    uint32_t value = 0;
    while (count-- > 0) value = value << 8 | octets[count];
    return value;
}

/* Stored, imploded, deflated, deflated more, bzip2; and 99, which is encrypted and told of as such. */
static bool is_known(uint32_t method) { return method == 0 || method == 6 || method == 8 || method == 9 || method == 12 || method >= 99; }

static int unknown_after(const uint8_t *octets, size_t count, const char *mark, size_t offset) {
    const uint8_t *end = octets + count;
    for (const uint8_t *at = octets; (at = memmem(at, (size_t)(end - at), mark, 4)) != NULL; at += 4) {
        if ((size_t)(end - at) < offset + 2) break;
        uint32_t method = number(at + offset, 2);
        if (!is_known(method)) return (int)method;
    }
    return -1;
}

int zip_unknown_method(const uint8_t *octets, size_t count) {
    int method = unknown_after(octets, count, "PK\1\2", 10);
    return method >= 0 ? method : unknown_after(octets, count, "PK\3\4", 8);
}

bool zip_is_at_end(const uint8_t *octets, size_t count) {
    enum { END = 22, LOCATOR = 20 };
    size_t first = count > END + UINT16_MAX ? count - END - UINT16_MAX : 0;
    const uint8_t *end = octets + count;
    for (const uint8_t *at = octets + first; (at = memmem(at, (size_t)(end - at), "PK\5\6", 4)) != NULL; at += 4) {
        if ((size_t)(end - at) < END) return false;
        uint32_t list = number(at + 12, 4);
        if (number(at + 20, 2) != (size_t)(end - at) - END) continue;
        /* Between the list and this there is more where sizes may be large. */
        if (at - octets >= LOCATOR && memcmp(at - LOCATOR, "PK\6\7", 4) == 0) return true;
        if (list < 46 || list > (size_t)(at - octets)) continue;
        if (memcmp(at - list, "PK\1\2", 4) == 0) return true;
    }
    return false;
}

bool bzip2_has_second(const uint8_t *octets, size_t count) {
    enum { HEAD = 4, LEAST = 14 /* a stream with nothing in it */ };
    if (count <= LEAST) return false;
    const uint8_t *end = octets + count;
    for (const uint8_t *at = octets + LEAST; (at = memmem(at, (size_t)(end - at), "1AY&SY", 6)) != NULL; at += 6) {
        const uint8_t *head = at - HEAD;
        if (memcmp(head, "BZh", 3) == 0 && head[3] >= '1' && head[3] <= '9') return true;
    }
    return false;
}

/* Octets before the deflate stream; 0 where it is no member. */
static size_t gzip_head(const uint8_t *octets, size_t count) {
    enum { CRC = 2, EXTRA = 4, NAME = 8, COMMENT = 16 };
    if (count < 10 || octets[0] != 0x1f || octets[1] != 0x8b || octets[2] != 8) return 0;
    size_t at = 10;
    if ((octets[3] & EXTRA) != 0) {
        if (count < at + 2) return 0;
        at += 2 + number(octets + at, 2);
    }
    for (uint8_t text = NAME; text <= COMMENT; text <<= 1) {
        if ((octets[3] & text) == 0) continue;
        const uint8_t *end = at < count ? memchr(octets + at, 0, count - at) : NULL;
        if (end == NULL) return 0;
        at = (size_t)(end - octets) + 1;
    }
    if ((octets[3] & CRC) != 0) at += 2;
    return at < count ? at : 0;
}

/* Unpacks to nowhere. Returns the octets that were read, and adds up what they come to; `*result` is zlib's. */
static size_t drain(const uint8_t *octets, size_t count, uint64_t most, uint64_t *sum, int *result) {
    static uint8_t nowhere[1 << 16];
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    *result = inflateInit2(&stream, -MAX_WBITS);
    if (*result != Z_OK) return 0;
    size_t at = 0;
    stream.next_in = (Bytef *)octets;
    do {
        if (stream.avail_in == 0) { stream.avail_in = count - at > 1u << 30 ? 1u << 30 : (uInt)(count - at); at += stream.avail_in; }
        stream.next_out = nowhere;
        stream.avail_out = sizeof nowhere;
        *result = inflate(&stream, Z_NO_FLUSH);
        *sum += sizeof nowhere - stream.avail_out;
    } while (*result == Z_OK && *sum <= most);
    at -= stream.avail_in;
    inflateEnd(&stream);
    return at;
}

bool gzip_is_whole(const uint8_t *octets, size_t count, size_t unpacked) {
    enum { TAIL = 8 };
    /* One member whose end says so is most of them. */
    if (count > TAIL && number(octets + count - 4, 4) == (uint32_t)unpacked) return true;
    uint64_t sum = 0;
    size_t at = 0;
    for (size_t head; (head = gzip_head(octets + at, count - at)) > 0;) {
        int result;
        at += head;
        at += drain(octets + at, count - at, unpacked, &sum, &result);
        if (sum > unpacked) return false;
        if (result == Z_BUF_ERROR && at == count) return true;
        if (result != Z_STREAM_END) return false;
        if (count - at <= TAIL) return true;
        at += TAIL;
    }
    return true;
}

/* The mark, and a head whose sum is right. Source: unrar's technote.txt for RAR 2 to 4, RAR 5.0 archive format. */
static bool is_rar(const uint8_t *octets, size_t count) {
    if (count < 20) return false;
    if (octets[6] == 0) {
        uint32_t length = number(octets + 12, 2);
        return octets[9] == 0x73 && length >= 13 && length <= count - 7 && (crc32(0, octets + 9, length - 2) & 0xffff) == number(octets + 7, 2);
    }
    uint32_t length = octets[12];
    return octets[6] == 1 && octets[7] == 0 && length > 2 && length < 128 && length <= count - 13 && crc32(0, octets + 12, length + 1) == number(octets + 8, 4);
}

bool rar_is_within(const uint8_t *octets, size_t count) {
    const uint8_t *end = octets + count;
    for (const uint8_t *at = octets + (count > 0); (at = memmem(at, (size_t)(end - at), "Rar!\x1a\7", 6)) != NULL; at += 6) if (is_rar(at, (size_t)(end - at))) return true;
    return false;
}
