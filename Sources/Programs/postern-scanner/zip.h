#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the octets of a ZIP tell of what libclamav does not read in it; each looks at every octet a few times. */

/* The first way of packing, in the list at the end or before a file that it tells of, that libclamav has no means for; -1 without one. Where there is no such list they are looked for everywhere. Source: APPNOTE.TXT 4.3.7, 4.3.12, 4.4.5. */
int zip_unknown_method(const uint8_t *octets, size_t count);

/* Whether the last octets are the end of a list of ZIP with anything in it: whoever reads it from its end opens what begins as something else. Source: APPNOTE.TXT 4.3.16. */
bool zip_is_at_end(const uint8_t *octets, size_t count);

/* Whether there is the head of a file that its list, which libclamav goes by, leaves out, or no list that all can agree on: others open these. Streams whose length only they
 * themselves tell are unpacked for that, to `*budget` octets, which become fewer. Of more than 65536 files it is taken for granted. Source: APPNOTE.TXT 4.3.7, 4.3.14, 4.5.3. */
bool zip_has_unlisted(const uint8_t *octets, size_t count, uint64_t *budget);
