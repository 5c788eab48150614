#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the octets of a compressed file tell of what libclamav does not read in it; each looks at every octet once, or unpacks it once. */

/* Whether a second stream with anything in it follows: libclamav reads the first. */
bool bzip2_has_second(const uint8_t *octets, size_t count);

/* What the members of a gzip file (RFC 1952) come to. */
struct gzip_extent {
    uint64_t octets;
    bool is_whole;                     /* all could be unpacked, or the file just ends too early; what follows a stream that breaks nobody has read */
    bool is_sure;                      /* they were unpacked; otherwise there is one, and `octets` is what its end says */
};

/* Unpacks them to nowhere, to `*budget` octets, which become fewer. Octets that libclamav takes for no member, since the sum of its head is wrong or zeros precede it, are one. */
struct gzip_extent gzip_measure(const uint8_t *octets, size_t count, uint64_t *budget);

/* Octets of a deflate stream (RFC 1951) that begins here; 0 for one that breaks, does not end, or comes to more than `*budget` octets, which become fewer. */
size_t deflate_length(const uint8_t *octets, size_t count, uint64_t *budget);

/* Whether an archive of RAR begins behind the first octet, as in a program that unpacks itself, or behind another archive. */
bool rar_is_within(const uint8_t *octets, size_t count);
