#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the octets of a ZIP tell of what libclamav does not read in it; each looks at every octet once. */

/* The first way of packing, in the list at the end or before a file, that libclamav has no means for; -1 without one. Source: APPNOTE.TXT 4.3.7, 4.3.12, 4.4.5. */
int zip_unknown_method(const uint8_t *octets, size_t count);

/* Whether the last octets are the end of a list of ZIP with anything in it: whoever reads it from its end opens what begins as something else. Source: APPNOTE.TXT 4.3.16. */
bool zip_is_at_end(const uint8_t *octets, size_t count);

/* Whether there are files before its list that it leaves out: whoever reads it from its beginning opens these. Of lists of more than 65536 files, and of large ones (zip64), that is not told. */
bool zip_has_unlisted(const uint8_t *octets, size_t count);
