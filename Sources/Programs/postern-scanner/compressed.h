#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the octets of a compressed file tell of what libclamav does not read in it; each looks at every octet once, or unpacks it once. */

/* Whether a second stream with anything in it follows: libclamav reads the first. */
bool bzip2_has_second(const uint8_t *octets, size_t count);

/* Whether all members (RFC 1952) can be unpacked and come to `unpacked` octets, as libclamav has them, or the file just ends too early; what follows a stream that breaks nobody has read. */
bool gzip_is_whole(const uint8_t *octets, size_t count, size_t unpacked);

/* Whether an archive of RAR begins behind the first octet, as in a program that unpacks itself, or behind another archive. */
bool rar_is_within(const uint8_t *octets, size_t count);
