#pragma once
#include <zlib.h>

/// The macros of zlib, which Swift does not see.
/// `window_bits`: -15 for raw deflate, 15 for zlib, 31 for gzip.
static inline int postern_inflate_open(z_stream *stream, int window_bits) { return inflateInit2(stream, window_bits); }
static inline int postern_deflate_open(z_stream *stream, int level, int window_bits) {
    return deflateInit2(stream, level, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
}
