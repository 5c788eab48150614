#pragma once
#include <stddef.h>

/// Asks the memory for what lies at `place`, and does not wait for it. Any address will do.
static inline void postern_ask(const void *place) { __builtin_prefetch(place, 0, 2); }

/// Of glibc, which declares it to who asks for all that is GNU's.
extern void *memmem(const void *octets, size_t count, const void *wanted, size_t wanted_count);
