#define _GNU_SOURCE
#include "closed.h"

#include <stdio.h>
#include <string.h>
#include "compressed.h"
#include "kinds.h"
#include "zip.h"

enum { LEVELS = 128, MEMBERS = 65536, SMALLEST = 6 /* octets of a file that libclamav looks at */ };
/* What is unpacked for nothing but its length, and how often a file is compared with what is due, in one message. */
static const uint64_t most_unpacked = 512 << 20, most_compared = 1 << 28;

/* The file that is looked at, and those around it: libclamav goes down before it goes on. Its octets are nobody's but while libclamav tells of it. */
static struct layer {
    const struct kind *kind;           /* NULL for what is no archive */
    size_t count;
    uint32_t hash;                     /* of its name */
    struct gzip_extent gzip;
    uint32_t first_member, first_due;  /* in `members` */
    bool is_listed, has_inner;
    bool ends_as_zip, is_end_seen;     /* it does not begin as one; libclamav has looked into it there */
} layers[LEVELS];
static uint32_t depth;                 /* layers there are */

/* Files that lists of ZIP have told of, of the innermost layer last, until they are unpacked. Beyond these only ways of packing are looked at. */
static struct member { uint32_t hash; unsigned place; size_t octets; bool is_due; } members[MEMBERS];
static uint32_t member_count;

/* Of all other lists: they tell of a file, and it is unpacked before they go on. */
static struct { bool is_due; uint32_t hash; size_t octets; const char *container; } next;

static char found[64], unlisted[64];
static const char *unlisted_locked;    /* what libclamav calls it where it is encrypted */
static const char *locked_kind;
static bool opens_rar, saw_rar;
static uint64_t may_unpack, may_compare;

static void note(const char *format, const char *word) { if (found[0] == 0) snprintf(found, sizeof found, format, word); }

void closed_begin(void) {
    depth = member_count = 0;
    next.is_due = opens_rar = saw_rar = false;
    found[0] = unlisted[0] = 0;
    locked_kind = NULL;
    may_unpack = most_unpacked;
    may_compare = most_compared;
}

/* By the name without its folders; 0 without one. */
static uint32_t hash_of(const char *name) {
    if (name == NULL) return 0;
    const char *base = name;
    for (const char *each = name; *each != 0; each++) if ((*each == '/' || *each == '\\') && each[1] != 0) base = each + 1;
    uint32_t hash = 2166136261u;
    for (; *base != 0; base++) hash = (hash ^ (unsigned char)*base) * 16777619u;
    return hash;
}

static void leave(struct layer *layer) {
    bool is_missed = false;
    for (; member_count > layer->first_member; member_count--) is_missed |= members[member_count - 1].is_due;
    if (is_missed) note("a file in %s not opened", "zip");
    if (layer->ends_as_zip && !layer->is_end_seen) note("%s not opened", "zip");
    const struct kind *kind = layer->kind;
    if (kind == NULL || layer->count <= kind->least) return;
    bool is_opened = false;
    switch (kind->opening) {
    case OPENED_NEVER: break;
    case OPENED_BY_LIST: is_opened = layer->is_listed; break;
    case OPENED_BY_ANYTHING: is_opened = layer->is_listed || layer->has_inner; break;
    }
    bool is_empty = kind->is_gzip && layer->gzip.is_whole && layer->gzip.is_sure && layer->gzip.octets < SMALLEST;
    if (is_opened || is_empty) return;
    if (kind->locked == NULL) return note("%s not opened", kind->name);
    if (unlisted[0] == 0) { snprintf(unlisted, sizeof unlisted, "%s not opened", kind->name); unlisted_locked = kind->locked; }
}

static void leave_from(uint32_t level) { while (depth > level) leave(&layers[--depth]); }

static void give_up_next(void) {
    if (next.is_due) note("a file in %s not opened", next.container);
    next.is_due = false;
}

struct file { bool is_named; uint32_t hash; size_t count; };

/* A file of the same name, or of the same size where libclamav has given it another name, that is not cut short. */
static bool fits(const struct file *file, uint32_t hash, size_t octets) { return file->is_named && file->hash == hash ? file->count >= octets : file->count == octets; }

/* Files mostly come in the order of the list. Where all has been compared that may be, they stay due. */
static void unpack_member(struct layer *layer, const struct file *file) {
    while (layer->first_due < member_count && !members[layer->first_due].is_due) layer->first_due++;
    for (uint32_t each = layer->first_due; each < member_count && may_compare > 0; each++, may_compare--) {
        if (!members[each].is_due || !fits(file, members[each].hash, members[each].octets)) continue;
        members[each].is_due = false;
        return;
    }
}

/* What only the whole file can tell. */
static void look_at(struct layer *layer, const uint8_t *octets) {
    const struct kind *kind = layer->kind;
    size_t count = layer->count;
    int method = kind != NULL && kind->is_zip ? zip_unknown_method(octets, count) : -1;
    if (method >= 0) {
        char text[12];
        snprintf(text, sizeof text, "%d", method);
        note("zip method %s not opened", text);
    }
    if (kind != NULL && kind->is_zip && zip_has_unlisted(octets, count, &may_unpack)) note("a file in %s not opened", kind->name);
    if (kind != NULL && kind->is_bzip2 && bzip2_has_second(octets, count)) note("%s stream not opened", kind->name);
    if (kind != NULL && kind->is_gzip) layer->gzip = gzip_measure(octets, count, &may_unpack);
    layer->ends_as_zip = (kind == NULL || !kind->is_zip) && zip_is_at_end(octets, count);
    if (!saw_rar && rar_is_within(octets, count)) saw_rar = true;
}

/* libclamav looks into a ZIP within another file. Returns whether there is one. */
static bool see_end(void) {
    for (uint32_t each = depth; each-- > 0;) if (layers[each].ends_as_zip) return layers[each].is_end_seen = true;
    return false;
}

static struct layer *enter(const struct kind *kind, size_t count, uint32_t hash) {
    layers[depth] = (struct layer){ .kind = kind, .count = count, .hash = hash, .first_member = member_count, .first_due = member_count };
    return &layers[depth++];
}

/* The file around the one at this level. One that libclamav cuts out of another has a level and is not told of: the file that was told of at its level, if any, is another, and left. */
static struct layer *around(uint32_t level, size_t count, uint32_t hash) {
    if (depth == level && layers[level - 1].count == count && layers[level - 1].hash == hash) return &layers[level - 1];
    leave_from(level - 1);
    if (depth > 0) layers[depth - 1].is_end_seen = true;
    while (depth < level - 1) enter(NULL, 0, 0);
    return enter(NULL, count, hash);
}

void closed_file(const char *name, const uint8_t *octets, size_t count, uint32_t level, const char *around_name, size_t around_count) {
    if (level >= LEVELS) return;
    leave_from(level);
    const struct file file = { .is_named = name != NULL, .hash = hash_of(name), .count = count };
    if (next.is_due && fits(&file, next.hash, next.octets)) next.is_due = false;
    give_up_next();
    if (level > 0) {
        struct layer *parent = around(level, around_count, hash_of(around_name));
        bool is_whole = parent->gzip.is_whole && parent->gzip.octets <= count;
        if (parent->kind != NULL && parent->kind->is_gzip && !parent->has_inner && !is_whole) note("%s stream not opened", "gzip");
        unpack_member(parent, &file);
        parent->has_inner = true;
    }
    if (octets == NULL) enter(NULL, count, file.hash); else look_at(enter(kind_of(octets, count), count, file.hash), octets);
}

/* ZIP tells of all files before the first is unpacked, twice of each: a list at the end, and a head before each. */
static void list_member(uint32_t hash, size_t octets, bool is_due, unsigned place) {
    struct layer *layer = &layers[depth - 1];
    struct member *last = member_count > layer->first_member ? &members[member_count - 1] : NULL;
    if (last != NULL && last->place == place) {
        if (last->octets < octets) last->octets = octets;
        last->is_due |= is_due;
    } else if (member_count < MEMBERS) members[member_count++] = (struct member){ .hash = hash, .place = place, .octets = octets, .is_due = is_due };
}

/* Of the other lists, and of a ZIP within another file. */
static void expect(const struct listing *listing, uint32_t hash, size_t octets) {
    next.is_due = true;
    next.hash = hash;
    next.octets = octets;
    next.container = listing->name;
}

/* What libclamav takes for the head of a file in a ZIP within another file may be anything, above all in programs, unless the other one ends as a ZIP or the size can be. */
static bool is_within(unsigned long packed, bool is_encrypted) {
    size_t most = 0;
    for (uint32_t each = 0; each < depth; each++) if (layers[each].count > most) most = layers[each].count;
    return see_end() || (!is_encrypted && packed > 0 && packed <= most);
}

static void mark_listed(const struct listing *listing) {
    for (uint32_t each = depth; each-- > 0;) {
        if (layers[each].kind == NULL || layers[each].kind->listing != listing) continue;
        layers[each].is_listed = true;
        return;
    }
}

void closed_listed(const char *container, const char *name, unsigned long packed, unsigned long unpacked, bool is_encrypted, unsigned place) {
    const struct listing *listing = listing_of(container);
    if (listing == NULL || depth == 0) return;
    opens_rar |= listing->is_rar;
    /* What stands for a size that is elsewhere is none. */
    size_t octets = unpacked >= UINT32_MAX ? SMALLEST : unpacked;
    bool is_of_some_size = octets >= SMALLEST;
    give_up_next();
    if (listing->is_zip && place > 0) {
        mark_listed(listing);
        return list_member(hash_of(name), octets, is_of_some_size && !is_encrypted, place);
    }
    if (listing->is_zip && (!is_of_some_size || !is_within(packed, is_encrypted))) return;
    if (!listing->is_zip) mark_listed(listing);
    if (is_encrypted) { locked_kind = listing->name; return; }
    /* A folder of a disk is whole blocks, and told of as a file. */
    if (is_of_some_size && (!listing->has_folders || octets % 2048 != 0)) expect(listing, hash_of(name), octets);
}

const char *closed_found(const char *locked) {
    give_up_next();
    leave_from(0);
    if (found[0] != 0) return found;
    if (unlisted[0] != 0 && strcmp(locked, unlisted_locked) != 0) return unlisted;
    return saw_rar && !opens_rar ? "rar not opened" : NULL;
}

const char *closed_locked(void) { return locked_kind; }
