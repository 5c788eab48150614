#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Knows files that are made to keep whoever unpacks them busy, before libclamav meets a limit: it goes on unpacking behind one.
 * Each function that returns a truth says whether the scan is to be stopped: nothing more is then to be unpacked. */

/* Forgets the scan before. */
void bomb_begin(void);

/* A file of so many octets is come to, at level 0 the one that is scanned. */
bool bomb_file(size_t octets, uint32_t level);

/* So many octets shall be written to a temporary file. */
bool bomb_write(size_t octets);

/* An entry of a list is come to. */
bool bomb_listed(void);

/* By what it was known, as a limit; NULL where there was none. */
const char *bomb_found(void);
