#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the octets of an archive tell of what libclamav does not read in it; each looks at every octet once. */

/* The first way of packing, in the list at the end or before a file, that libclamav has no means for; -1 without one. Source: APPNOTE.TXT 4.3.7, 4.3.12, 4.4.5. */
int zip_unknown_method(const uint8_t *octets, size_t count);

/* Whether the last octets are the end of a list of ZIP with anything in it: whoever reads it from its end opens what begins as something else. Source: APPNOTE.TXT 4.3.16. */
bool zip_is_at_end(const uint8_t *octets, size_t count);

/* Whether a second stream with anything in it follows: libclamav reads the first. */
bool bzip2_has_second(const uint8_t *octets, size_t count);

/* Whether all members (RFC 1952) can be unpacked and come to `unpacked` octets, as libclamav has them, or the file just ends too early; what follows a stream that breaks nobody has read. */
bool gzip_is_whole(const uint8_t *octets, size_t count, size_t unpacked);

/* Whether an archive of RAR begins behind the first octet, as in a program that unpacks itself, or behind another archive. */
bool rar_is_within(const uint8_t *octets, size_t count);
