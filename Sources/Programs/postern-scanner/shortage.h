#pragma once
#include <stdbool.h>

/* Notices that memory, files or room for them were refused.
 *
 * libclamav often goes on where it cannot unpack something, and calls the message clean: a mail that fills the temporary folder and holds a
 * virus behind it was such a one. So this program has functions of the C library's names that call those of the system and note what was
 * refused; libclamav and what it uses are bound to them as they are loaded. */

/* Forgets what was noted. */
void shortage_begin(void);

/* The name of what was refused since `shortage_begin`, or NULL. */
const char *shortage_found(void);

/* Whether a file could not be made or written since then for another reason than that there was no room. */
bool shortage_is_fault(void);
