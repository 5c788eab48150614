#define _GNU_SOURCE
#include "compressed.h"

#include <string.h>
#include <zlib.h>

static uint32_t number(const uint8_t *octets, unsigned count) {
    uint32_t value = 0;
    while (count-- > 0) value = value << 8 | octets[count];
    return value;
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

/* Unpacks one stream to nowhere. Returns the octets that were read, and adds up what they come to; `*result` is zlib's. */
static size_t drain(z_stream *stream, const uint8_t *octets, size_t count, uint64_t most, uint64_t *sum, int *result) {
    static uint8_t nowhere[1 << 16];
    size_t at = 0;
    stream->next_in = (Bytef *)octets;
    stream->avail_in = 0;
    *result = inflateReset(stream);
    while (*result == Z_OK && *sum <= most) {
        if (stream->avail_in == 0) { stream->avail_in = count - at > 1u << 30 ? 1u << 30 : (uInt)(count - at); at += stream->avail_in; }
        stream->next_out = nowhere;
        stream->avail_out = sizeof nowhere;
        *result = inflate(stream, Z_NO_FLUSH);
        *sum += sizeof nowhere - stream->avail_out;
    }
    return at - stream->avail_in;
}

static bool begin(z_stream *stream) {
    memset(stream, 0, sizeof *stream);
    return inflateInit2(stream, -MAX_WBITS) == Z_OK;
}

static void spend(uint64_t *budget, uint64_t octets) { *budget -= octets < *budget ? octets : *budget; }

static bool all_members(z_stream *stream, const uint8_t *octets, size_t count, uint64_t most, uint64_t *sum) {
    enum { TAIL = 8 };
    size_t at = 0;
    for (size_t head; (head = gzip_head(octets + at, count - at)) > 0;) {
        int result;
        at += head;
        at += drain(stream, octets + at, count - at, most, sum, &result);
        if (result == Z_BUF_ERROR && at == count) return true;
        if (result != Z_STREAM_END) return false;
        if (count - at <= TAIL) return true;
        at += TAIL;
        while (at < count && octets[at] == 0) at++;
    }
    return at > 0;
}

struct gzip_extent gzip_measure(const uint8_t *octets, size_t count, uint64_t *budget) {
    struct gzip_extent extent = { .octets = 0 };
    uint64_t most = *budget;
    z_stream stream;
    if (count < 4 || !begin(&stream)) return extent;
    extent.is_whole = extent.is_sure = all_members(&stream, octets, count, most, &extent.octets);
    inflateEnd(&stream);
    spend(budget, extent.octets);
    if (extent.octets <= most) return extent;
    return (struct gzip_extent){ .octets = number(octets + count - 4, 4), .is_whole = memmem(octets + 3, count - 3, "\x1f\x8b\x08", 3) == NULL };
}

size_t deflate_length(const uint8_t *octets, size_t count, uint64_t *budget) {
    z_stream stream;
    uint64_t sum = 0;
    int result;
    if (!begin(&stream)) return 0;
    size_t length = drain(&stream, octets, count, *budget, &sum, &result);
    inflateEnd(&stream);
    spend(budget, sum);
    return result == Z_STREAM_END ? length : 0;
}

/* The mark, and a head whose sum is right. Source: unrar's technote.txt for RAR 2 to 4, RAR 5.0 archive format. */
static bool is_rar(const uint8_t *octets, size_t count) {
    enum { MOST_HEAD = 127 };
    if (count < 20) return false;
    if (octets[6] == 0) {
        uint32_t length = number(octets + 12, 2);
        return octets[9] == 0x73 && length >= 13 && length <= MOST_HEAD && length <= count - 7 && (crc32(0, octets + 9, length - 2) & 0xffff) == number(octets + 7, 2);
    }
    uint32_t length = octets[12];
    return octets[6] == 1 && octets[7] == 0 && length > 2 && length <= MOST_HEAD && length <= count - 13 && crc32(0, octets + 12, length + 1) == number(octets + 8, 4);
}

bool rar_is_within(const uint8_t *octets, size_t count) {
    const uint8_t *end = octets + count;
    for (const uint8_t *at = octets + (count > 0); (at = memmem(at, (size_t)(end - at), "Rar!\x1a\7", 6)) != NULL; at += 6) if (is_rar(at, (size_t)(end - at))) return true;
    return false;
}
