#define _GNU_SOURCE
#include "zip.h"

#include <stdlib.h>
#include <string.h>

enum { HEAD = 30, ENTRY = 46, END = 22, LOCATOR = 20, FILES = 65536 };

static uint32_t number(const uint8_t *octets, unsigned count) {
    uint32_t value = 0;
    while (count-- > 0) value = value << 8 | octets[count];
    return value;
}

/* Stored, imploded, deflated, deflated more, bzip2; and 99, which is encrypted and told of as such. */
static bool is_known(uint32_t method) { return method == 0 || method == 6 || method == 8 || method == 9 || method == 12 || method >= 99; }

static int unknown_after(const uint8_t *octets, size_t count, const char *mark, size_t offset) {
    const uint8_t *end = octets + count;
    for (const uint8_t *at = octets; (at = memmem(at, (size_t)(end - at), mark, 4)) != NULL; at += 4) {
        if ((size_t)(end - at) < offset + 2) break;
        uint32_t method = number(at + offset, 2);
        if (!is_known(method)) return (int)method;
    }
    return -1;
}

int zip_unknown_method(const uint8_t *octets, size_t count) {
    int method = unknown_after(octets, count, "PK\1\2", 10);
    return method >= 0 ? method : unknown_after(octets, count, "PK\3\4", 8);
}

/* The end of the list: the last octets, but for a comment. NULL without one. */
static const uint8_t *end_of_list(const uint8_t *octets, size_t count) {
    size_t first = count > END + UINT16_MAX ? count - END - UINT16_MAX : 0;
    const uint8_t *end = octets + count;
    for (const uint8_t *at = octets + first; (at = memmem(at, (size_t)(end - at), "PK\5\6", 4)) != NULL; at += 4) {
        if ((size_t)(end - at) < END) return NULL;
        if (number(at + 20, 2) == (size_t)(end - at) - END) return at;
    }
    return NULL;
}

/* Between the list and its end there is more where sizes may be large. */
static bool is_large(const uint8_t *octets, const uint8_t *end) { return end - octets >= LOCATOR && memcmp(end - LOCATOR, "PK\6\7", 4) == 0; }

/* The list; NULL for one that is empty or not there. */
static const uint8_t *list_before(const uint8_t *octets, const uint8_t *end) {
    uint32_t size = number(end + 12, 4);
    return size >= ENTRY && size <= (size_t)(end - octets) && memcmp(end - size, "PK\1\2", 4) == 0 ? end - size : NULL;
}

bool zip_is_at_end(const uint8_t *octets, size_t count) {
    const uint8_t *end = end_of_list(octets, count);
    return end != NULL && (is_large(octets, end) || list_before(octets, end) != NULL);
}

static struct file { size_t first, behind; } files[FILES];

static int by_place(const void *one, const void *other) {
    size_t first = ((const struct file *)one)->first, second = ((const struct file *)other)->first;
    return first < second ? -1 : first > second;
}

/* Where the files of the list lie. Returns how many; 0 where it cannot be said. */
static size_t find_files(const uint8_t *octets, const uint8_t *list, const uint8_t *end) {
    size_t found = 0, before = (size_t)(list - octets), shift = before - number(end + 16, 4);
    bool is_ordered = true;
    for (const uint8_t *at = list; end - at >= ENTRY && memcmp(at, "PK\1\2", 4) == 0;) {
        uint32_t packed = number(at + 20, 4);
        size_t first = shift + number(at + 42, 4);
        if (found == FILES || packed == UINT32_MAX || first >= before || before - first < HEAD || memcmp(octets + first, "PK\3\4", 4) != 0) return 0;
        size_t behind = first + HEAD + number(octets + first + 26, 2) + number(octets + first + 28, 2) + packed;
        is_ordered &= found == 0 || files[found - 1].first <= first;
        files[found++] = (struct file){ .first = first, .behind = behind };
        size_t length = ENTRY + number(at + 28, 2) + number(at + 30, 2) + number(at + 32, 2);
        if (length > (size_t)(end - at)) break;
        at += length;
    }
    if (!is_ordered) qsort(files, found, sizeof files[0], by_place);
    return found;
}

bool zip_has_unlisted(const uint8_t *octets, size_t count) {
    const uint8_t *end = end_of_list(octets, count), *list = end == NULL || is_large(octets, end) ? NULL : list_before(octets, end);
    size_t found = list == NULL ? 0 : find_files(octets, list, end), at = 0;
    for (size_t each = 0; found > 0 && each <= found; each++) {
        size_t next = each < found ? files[each].first : (size_t)(list - octets);
        if (next > at && next - at >= HEAD && memmem(octets + at, next - at, "PK\3\4", 4) != NULL) return true;
        if (each < found && files[each].behind > at) at = files[each].behind;
    }
    return false;
}
