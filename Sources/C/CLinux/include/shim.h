#pragma once
#include <errno.h>
#include <iconv.h>
#include <stddef.h>
#include <string.h>
#include <sys/types.h>

/// Converts `count` octets of `charset` to UTF-8 into `output`, which has room for `room`; what is not of the charset becomes U+FFFD.
/// Returns the octets written, or -1 when the charset is unknown; `damaged` counts the replacements.
static inline ssize_t system_to_utf8(const char *charset, const unsigned char *input, size_t count,
                                     unsigned char *output, size_t room, size_t *damaged) {
    iconv_t converter = iconv_open("UTF-8", charset);
    if (converter == (iconv_t)-1) return -1;
    char *from = (char *)input, *to = (char *)output;
    size_t left = count, space = room;
    *damaged = 0;
    while (left > 0) {
        if (iconv(converter, &from, &left, &to, &space) != (size_t)-1 || left == 0 || space < 3) break;
        if (errno == E2BIG) break;
        to[0] = '\xef'; to[1] = '\xbf'; to[2] = '\xbd';
        to += 3; space -= 3;
        from += 1; left -= 1;
        *damaged += 1;
    }
    iconv(converter, NULL, NULL, &to, &space);
    iconv_close(converter);
    return (ssize_t)(room - space);
}
#include "process.h"
#include "packets.h"
#include "memory.h"
