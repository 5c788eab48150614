#pragma once
#include <stdint.h>
#include "settings.h"

/* The master's part, before it reads a signature: namespaces, a temporary folder for each scanner, another user, no capability but the one
 * that shuts a scanner in its folder. The folders are `0`, `1`… below the temporary folder.
 * Returns the bits of `enum sandbox` that the scanners inherit, or -1 with a sentence in `why`. */
int64_t sandbox_outer(const struct settings *settings, char *why, unsigned long room);

/* A scanner's part, before it reads a message: its folder becomes its root and its working folder, and everything goes that scanning does not need.
 * `base_octets` is what the process takes now; `inherited` what `sandbox_outer` returned.
 * Returns all bits that are so. */
uint32_t sandbox_inner(const struct settings *settings, const char *folder, uint64_t base_octets, uint32_t inherited);

/* Gives the process the list of system calls that scanning takes: others fail with EPERM, those of an intruder end the process.
 * Returns SANDBOX_SYSTEM_CALLS, or 0 where there is no such list for this machine. */
uint32_t sandbox_filter(void);

/* Has the kernel end this process before others when memory runs out: adds to its score, from which its children begin. */
void sandbox_end_sooner(int more);

/* The death signal is lost when the user changes. Ends the process where its parent is gone already. */
void sandbox_die_with(int parent);
