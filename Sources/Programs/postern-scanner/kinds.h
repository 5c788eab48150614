#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Kinds of archives and compressed files, by their first octets, and what shows that libclamav has opened one. */

enum opening {
    OPENED_NEVER,                      /* libclamav has no means for it */
    OPENED_BY_LIST,                    /* it tells of the files in it */
    OPENED_BY_ANYTHING,                /* or it has come to a file in it, which has six octets or more */
};

/* A kind whose lists libclamav tells of. */
struct listing { const char *type, *name; bool is_zip, is_rar, has_folders; };

struct kind {
    const char *name;
    enum opening opening;
    size_t least;                      /* with up to so many octets it is empty, or as good as that */
    const struct listing *listing;     /* NULL without one */
    const char *locked;                /* what libclamav calls one whose list is encrypted; NULL where there is none such */
    bool is_zip, is_gzip, is_bzip2;
};

/* NULL for what is no archive. */
const struct kind *kind_of(const uint8_t *octets, size_t count);

/* Of libclamav's name for a type; NULL where nothing is known of how it lists. */
const struct listing *listing_of(const char *type);
