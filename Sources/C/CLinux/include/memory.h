#pragma once

/// Asks the memory for what lies at `place`, and does not wait for it. Any address will do.
static inline void postern_ask(const void *place) { __builtin_prefetch(place, 0, 2); }
