#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Knows files that are made to keep whoever unpacks them busy, before libclamav meets a limit: it goes on unpacking behind one. */

/* Forgets the scan before. */
void bomb_begin(void);

/* A file of so many octets is come to, at level 0 the one that is scanned. Returns whether there is no use in going on. */
bool bomb_file(size_t octets, uint32_t level);

/* So many octets shall be written to a temporary file. Returns likewise; then they should not be. */
bool bomb_written(size_t octets);

/* An entry of a list is come to. Returns likewise. */
bool bomb_listed(void);

/* By what it was known, as a limit; NULL where the scan was not stopped. */
const char *bomb_found(void);

/* What has been done so far is next to nothing: what begins here and is stopped would be stopped by itself, too. */
bool bomb_has_hardly_begun(void);
