#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Tells which archives libclamav passed over: those it has no means for, and files that a list tells of and nobody unpacked. Others open them.
 *
 * It is told of every file that libclamav comes to, at every depth, and of every entry of a list, in the order in which libclamav tells of them. */

/* Forgets the scan before. */
void closed_begin(void);

/* A file is come to. `octets` are looked at before this returns; they may be NULL. So may `name`, and the name of the file around it, which has `around_count` octets. */
void closed_file(const char *name, const uint8_t *octets, size_t count, uint32_t level, const char *around_name, size_t around_count);

/* A list tells of a file of `packed` octets, where it says so, that unpack to `unpacked`; `place` is the same where ZIP's two lists tell of one file, and 0 where there are no places. */
void closed_listed(const char *container, const char *name, unsigned long packed, unsigned long unpacked, bool is_encrypted, unsigned place);

/* What was not opened, in words, when libclamav is done; NULL for nothing. `locked` is what it calls encrypted, as `7Zip`, or empty: of such an archive there may be no list. */
const char *closed_found(const char *locked);

/* The kind of an archive whose list says of a file that it is encrypted, where libclamav may say nothing of it; NULL without one. */
const char *closed_locked(void);
