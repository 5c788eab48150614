#define _GNU_SOURCE
#include "zip.h"

#include <stdlib.h>
#include <string.h>
#include "compressed.h"

enum { HEAD = 30, ENTRY = 46, END = 22, LOCATOR = 20, LARGE_END = 56, FILES = 65536, MOST_FIELDS = 64, SIZE_BEHIND = 8, DEFLATED = 8 };
enum { ELSEWHERE = 1 };                /* the extra field of sizes that need more than 32 bits */

static uint64_t number(const uint8_t *octets, unsigned count) {
    uint64_t value = 0;
    while (count-- > 0) value = value << 8 | octets[count];
    return value;
}

/* Stored, imploded, deflated, deflated more, bzip2; and 99, which is encrypted and told of as such. */
static bool is_known(uint64_t method) { return method == 0 || method == 6 || method == 8 || method == 9 || method == 12 || method >= 99; }

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

/* The last end of a list, whatever follows; libclamav takes this one. NULL without one. */
static const uint8_t *last_end(const uint8_t *octets, size_t count) {
    for (const uint8_t *at = count < END ? NULL : octets + count - END; at != NULL; at = at == octets ? NULL : memrchr(octets, 'P', (size_t)(at - octets)))
        if (memcmp(at, "PK\5\6", 4) == 0) return at;
    return NULL;
}

/* Between the list and its end there is more where sizes may be large. */
static bool is_large(const uint8_t *octets, const uint8_t *end) { return end - octets >= LOCATOR && memcmp(end - LOCATOR, "PK\6\7", 4) == 0; }

/* The list; NULL for one that is empty or not there. */
static const uint8_t *list_before(const uint8_t *octets, const uint8_t *end, uint64_t size) {
    return size >= ENTRY && size <= (size_t)(end - octets) && memcmp(end - size, "PK\1\2", 4) == 0 ? end - size : NULL;
}

bool zip_is_at_end(const uint8_t *octets, size_t count) {
    const uint8_t *end = end_of_list(octets, count);
    return end != NULL && (is_large(octets, end) || list_before(octets, end, number(end + 12, 4)) != NULL);
}

/* A list, from its first entry to behind the last one; places in it are `shift` octets too small. */
struct list { const uint8_t *first, *behind; size_t shift; };

/* The end of a large list that this locator stands behind; NULL without one. */
static const uint8_t *large_end(const uint8_t *octets, const uint8_t *locator) {
    uint64_t place = number(locator + 8, 8), most = (uint64_t)(locator - octets);
    if (most < LARGE_END) return NULL;
    if (place <= most - LARGE_END && memcmp(octets + place, "PK\6\6", 4) == 0 && number(octets + place + 4, 8) == most - place - 12) return octets + place;
    return memcmp(locator - LARGE_END, "PK\6\6", 4) == 0 ? locator - LARGE_END : NULL;
}

/* Behind the last entry; a signature may follow. NULL where the entries do not fill what is theirs. */
static const uint8_t *behind_entries(const uint8_t *at, const uint8_t *end) {
    while (end - at >= ENTRY && memcmp(at, "PK\1\2", 4) == 0) {
        size_t length = ENTRY + number(at + 28, 2) + number(at + 30, 2) + number(at + 32, 2);
        if (length > (size_t)(end - at)) return NULL;
        at += length;
    }
    bool is_signed = end - at >= 6 && memcmp(at, "PK\5\5", 4) == 0 && number(at + 4, 2) == (uint64_t)(end - at) - 6;
    return at == end || is_signed ? at : NULL;
}

/* Whether there is a list that all can agree on. */
static bool find_list(const uint8_t *octets, size_t count, struct list *list) {
    const uint8_t *end = last_end(octets, count), *large = NULL;
    if (end == NULL) return false;
    uint64_t size = number(end + 12, 4), place = number(end + 16, 4);
    if (is_large(octets, end)) {
        large = large_end(octets, end - LOCATOR);
        end = large != NULL ? large : end - LOCATOR;
    }
    if (large != NULL) {
        uint64_t large_size = number(large + 40, 8), large_place = number(large + 48, 8);
        if ((size != UINT32_MAX && size != large_size) || (place != UINT32_MAX && place != large_place)) return false;
        size = large_size;
        place = large_place;
    }
    list->first = list_before(octets, end, size);
    if (list->first == NULL || place > (uint64_t)(list->first - octets)) return false;
    list->shift = (size_t)(list->first - octets) - (size_t)place;
    list->behind = behind_entries(list->first, end);
    return list->behind != NULL;
}

static const uint8_t *after(const uint8_t *entry) { return entry + ENTRY + number(entry + 28, 2) + number(entry + 30, 2) + number(entry + 32, 2); }

/* A size or place, or the one in the extra field of those that are elsewhere: the one there that `before` others precede. Nothing where nobody would put so many fields before it. */
static uint64_t size_of(const uint8_t *short_one, const uint8_t *extra, size_t length, unsigned before) {
    uint64_t size = number(short_one, 4);
    unsigned fields = 0;
    for (size_t at = 0; size == UINT32_MAX && length >= at + 4;) {
        size_t here = (size_t)number(extra + at + 2, 2);
        if (here > length - at - 4) break;
        if (number(extra + at, 2) == ELSEWHERE) return here >= (before + 1) * 8 ? number(extra + at + 4 + before * 8, 8) : size;
        at += 4 + here;
        if (++fields == MOST_FIELDS) return 0;
    }
    return size;
}

/* The head of the file that an entry tells of; NULL where there is none. */
static const uint8_t *head_of(const uint8_t *octets, const struct list *list, const uint8_t *entry) {
    size_t before = (size_t)(list->first - octets);
    unsigned others = (number(entry + 24, 4) == UINT32_MAX ? 1u : 0) + (number(entry + 20, 4) == UINT32_MAX ? 1u : 0);
    uint64_t place = size_of(entry + 42, entry + ENTRY + number(entry + 28, 2), number(entry + 30, 2), others);
    if (place >= before || before - place < list->shift || before - place - list->shift < HEAD) return NULL;
    const uint8_t *head = octets + list->shift + place;
    return memcmp(head, "PK\3\4", 4) == 0 ? head : NULL;
}

static int unknown_after(const uint8_t *octets, size_t count, const char *mark, size_t offset) {
    const uint8_t *end = octets + count;
    for (const uint8_t *at = octets; (at = memmem(at, (size_t)(end - at), mark, 4)) != NULL; at += 4) {
        if ((size_t)(end - at) < offset + 2) break;
        uint64_t method = number(at + offset, 2);
        if (!is_known(method)) return (int)method;
    }
    return -1;
}

int zip_unknown_method(const uint8_t *octets, size_t count) {
    struct list list;
    if (!find_list(octets, count, &list)) {
        int method = unknown_after(octets, count, "PK\1\2", 10);
        return method >= 0 ? method : unknown_after(octets, count, "PK\3\4", 8);
    }
    for (const uint8_t *entry = list.first; entry < list.behind; entry = after(entry)) {
        const uint8_t *head = head_of(octets, &list, entry);
        if (!is_known(number(entry + 10, 2))) return (int)number(entry + 10, 2);
        if (head != NULL && !is_known(number(head + 8, 2))) return (int)number(head + 8, 2);
    }
    return -1;
}

static bool has_head(const uint8_t *octets, size_t count) { return count >= HEAD && memmem(octets, count, "PK\3\4", 4) != NULL; }

/* How many octets before the list are a file's: where list and head differ the fewer ones. */
static size_t length_of(const uint8_t *head, const uint8_t *entry, size_t most, uint64_t *budget) {
    size_t name = number(head + 26, 2), extra = number(head + 28, 2), before = HEAD + name + extra;
    if (before > most) return most;
    const uint8_t *octets = head + before;
    uint64_t packed = size_of(entry + 20, entry + ENTRY + number(entry + 28, 2), number(entry + 30, 2), number(entry + 24, 4) == UINT32_MAX);
    uint64_t own = size_of(head + 18, head + HEAD + name, extra, 1);
    bool is_behind = (number(head + 6, 2) & SIZE_BEHIND) != 0;
    if (!is_behind && own != UINT32_MAX && own < packed) packed = own;
    if (packed > most - before) packed = most - before;
    /* Whoever reads from the beginning goes by where the stream ends. */
    if (!is_behind || number(head + 8, 2) != DEFLATED) return before + packed;
    if (packed > *budget) return before;
    *budget -= packed;
    return before + (has_head(octets, packed) ? deflate_length(octets, packed, budget) : packed);
}

static struct file { size_t first, behind; } files[FILES];

static int by_place(const void *one, const void *other) {
    size_t first = ((const struct file *)one)->first, second = ((const struct file *)other)->first;
    return first < second ? -1 : first > second;
}

bool zip_has_unlisted(const uint8_t *octets, size_t count, uint64_t *budget) {
    struct list list;
    if (!find_list(octets, count, &list)) return has_head(octets, count);
    size_t found = 0, at = 0, before = (size_t)(list.first - octets);
    bool is_ordered = true;
    for (const uint8_t *entry = list.first; entry < list.behind; entry = after(entry)) {
        const uint8_t *head = head_of(octets, &list, entry);
        if (head == NULL) continue;
        if (found == FILES) return true;
        size_t first = (size_t)(head - octets);
        /* Many entries of one file are looked at once. */
        if (found > 0 && files[found - 1].first == first) continue;
        is_ordered &= found == 0 || files[found - 1].first < first;
        files[found++] = (struct file){ .first = first, .behind = first + length_of(head, entry, before - first, budget) };
    }
    if (!is_ordered) qsort(files, found, sizeof files[0], by_place);
    for (size_t each = 0; each <= found; each++) {
        size_t next = each < found ? files[each].first : before;
        if (next > at && has_head(octets + at, next - at)) return true;
        if (each < found && files[each].behind > at) at = files[each].behind;
    }
    return has_head(list.behind, count - (size_t)(list.behind - octets));
}
