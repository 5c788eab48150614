#define _GNU_SOURCE
#include "inside.h"

#include <stdbool.h>
#include <string.h>
#include "bomb.h"
#include "closed.h"

/* What a type of libclamav's stands for; all others are CONTENT_OTHER. */
static const struct { const char *type; uint8_t content; } meanings[] = {
    { "CL_TYPE_MSEXE", CONTENT_PROGRAM }, { "CL_TYPE_ELF", CONTENT_PROGRAM }, { "CL_TYPE_MACHO", CONTENT_PROGRAM }, { "CL_TYPE_MACHO_UNIBIN", CONTENT_PROGRAM },
    { "CL_TYPE_JAVA", CONTENT_PROGRAM }, { "CL_TYPE_PYTHON_COMPILED", CONTENT_PROGRAM }, { "CL_TYPE_AUTOIT", CONTENT_PROGRAM }, { "CL_TYPE_SIS", CONTENT_PROGRAM },
    { "CL_TYPE_NULSFT", CONTENT_PROGRAM }, { "CL_TYPE_ISHIELD_MSI", CONTENT_PROGRAM }, { "CL_TYPE_SCRENC", CONTENT_SCRIPT }, { "CL_TYPE_LNK", CONTENT_SHORTCUT },
    { "CL_TYPE_ZIP", CONTENT_ARCHIVE }, { "CL_TYPE_RAR", CONTENT_ARCHIVE }, { "CL_TYPE_7Z", CONTENT_ARCHIVE }, { "CL_TYPE_ARJ", CONTENT_ARCHIVE }, { "CL_TYPE_ALZ", CONTENT_ARCHIVE },
    { "CL_TYPE_EGG", CONTENT_ARCHIVE }, { "CL_TYPE_LHA_LZH", CONTENT_ARCHIVE }, { "CL_TYPE_POSIX_TAR", CONTENT_ARCHIVE }, { "CL_TYPE_OLD_TAR", CONTENT_ARCHIVE },
    { "CL_TYPE_CPIO_OLD", CONTENT_ARCHIVE }, { "CL_TYPE_CPIO_ODC", CONTENT_ARCHIVE }, { "CL_TYPE_CPIO_NEWC", CONTENT_ARCHIVE }, { "CL_TYPE_CPIO_CRC", CONTENT_ARCHIVE },
    { "CL_TYPE_MSCAB", CONTENT_ARCHIVE }, { "CL_TYPE_XAR", CONTENT_ARCHIVE }, { "CL_TYPE_ISO9660", CONTENT_ARCHIVE }, { "CL_TYPE_UDF", CONTENT_ARCHIVE }, { "CL_TYPE_DMG", CONTENT_ARCHIVE },
    { "CL_TYPE_MBR", CONTENT_ARCHIVE }, { "CL_TYPE_GPT", CONTENT_ARCHIVE }, { "CL_TYPE_APM", CONTENT_ARCHIVE }, { "CL_TYPE_PART_HFSPLUS", CONTENT_ARCHIVE },
    /* One file each, and an honest tar is in one of them. */
    { "CL_TYPE_GZ", CONTENT_COMPRESSED }, { "CL_TYPE_BZ", CONTENT_COMPRESSED }, { "CL_TYPE_XZ", CONTENT_COMPRESSED }, { "CL_TYPE_MSSZDD", CONTENT_COMPRESSED },
};

enum { LEVELS = 128 };

struct inside {
    /* Of the file that is looked at, and of those around it: libclamav goes down before it goes on. */
    uint8_t contents[LEVELS];
    const char *types[LEVELS];
    size_t octets[LEVELS];
    uint32_t level, deepest;
    uint32_t left_out;
    uint8_t count;
    /* In which part of the mail libclamav is, by the level at which the part begins. */
    uint16_t part;
    uint32_t part_level;
    uint16_t parts;
    struct inside_entry entries[INSIDE_ENTRIES];
    struct part_of_mail mail[PARTS_OF_MAIL];
};

static struct inside *(*find_inside)(void *context);

/* Files that lists have told of, by a hash; of another scan than this one a slot is free. */
enum { SLOTS = 16384, PROBES = 16 };
static struct { uint32_t scan, hash; } told[SLOTS];
static uint32_t this_scan;

/* Whether a list tells of the file for the first time, as far as a hash can say; where there are too many it is taken for new. */
static bool is_new(const struct inside *inside, uint16_t depth, const char *name) {
    uint32_t hash = 2166136261u ^ depth ^ (uint32_t)inside->part << 16;
    for (const char *each = name; *each != 0; each++) hash = (hash ^ (unsigned char)*each) * 16777619u;
    for (uint32_t probe = 0; probe < PROBES; probe++) {
        uint32_t slot = (hash + probe) % SLOTS;
        if (told[slot].scan == this_scan && told[slot].hash == hash) return false;
        if (told[slot].scan == this_scan) continue;
        told[slot].scan = this_scan;
        told[slot].hash = hash;
        return true;
    }
    return true;
}

static uint8_t content_of(const char *type) {
    for (unsigned each = 0; each < sizeof meanings / sizeof meanings[0]; each++) if (strcmp(type, meanings[each].type) == 0) return meanings[each].content;
    return CONTENT_OTHER;
}

/* Archives around a file at this level. */
static uint16_t archives_above(const struct inside *inside, uint32_t level) {
    uint16_t archives = 0;
    for (uint32_t each = 0; each < level && each < LEVELS; each++) if (inside->contents[each] == CONTENT_ARCHIVE) archives++;
    return archives;
}

static bool is_packed(const struct inside *inside, uint32_t level) {
    for (uint32_t each = 0; each < level && each < LEVELS; each++) if (inside->contents[each] == CONTENT_ARCHIVE || inside->contents[each] == CONTENT_COMPRESSED) return true;
    return false;
}

/* Of a long name the end, where its extension is. */
static void keep_name(char *room, const char *name) {
    size_t length = strlen(name), first = length < INSIDE_NAME ? 0 : length - (INSIDE_NAME - 1);
    size_t at = 0;
    for (size_t each = first; each < length; each++, at++) room[at] = (unsigned char)name[each] < ' ' || name[each] == 127 ? '_' : name[each];
    room[at] = 0;
}

/* The name without its folders, as libclamav has it for a file that it has unpacked. */
static const char *base_of(const char *name) {
    const char *base = name;
    for (const char *each = name; *each != 0; each++) if (*each == '/' || *each == '\\') base = each + 1;
    return base;
}

/* The entry of a file that its archive's list told of before, by its name with or without folders; NULL without one. */
static struct inside_entry *listed(struct inside *inside, uint16_t depth, const char *name, bool with_folders) {
    char kept[INSIDE_NAME];
    keep_name(kept, name);
    for (unsigned each = inside->count; each-- > 0;) {
        struct inside_entry *entry = &inside->entries[each];
        if (entry->part != inside->part || entry->depth != depth || entry->content != CONTENT_OTHER) continue;
        if (strcmp(with_folders ? entry->name : base_of(entry->name), with_folders ? kept : base_of(kept)) == 0) return entry;
    }
    return NULL;
}

static void add(struct inside *inside, uint8_t content, uint8_t flags, uint16_t depth, const char *name) {
    if (inside->count == INSIDE_ENTRIES) { inside->left_out++; return; }
    struct inside_entry *entry = &inside->entries[inside->count++];
    entry->content = content;
    entry->flags = flags;
    entry->depth = depth;
    entry->part = inside->part;
    keep_name(entry->name, name == NULL ? "" : name);
}

/* A file that lies in mails alone is a part: what comes of it is told with it, and whoever has the same octets need not have them looked through again. */
static void note_part(struct inside *inside, uint32_t level, const char *buffer, size_t octets) {
    if (level > inside->part_level && inside->part_level > 0) return;
    inside->part = 0;
    inside->part_level = 0;
    for (uint32_t each = 0; each < level; each++) if (inside->types[each] == NULL || strcmp(inside->types[each], "CL_TYPE_MAIL") != 0) return;
    if (level == 0 || buffer == NULL) return;
    if (inside->types[level] != NULL && strcmp(inside->types[level], "CL_TYPE_MAIL") != 0) inside->part_level = level;
    if (inside->parts == PARTS_OF_MAIL || cl_sha256(buffer, octets, inside->mail[inside->parts].sha256, NULL) == NULL) return;
    inside->part = ++inside->parts;
}

/* A layer that libclamav cuts out of a file is not told of, and neither is what it makes of a file for itself: then what is known of its level is another one's. */
static void forget_others(struct inside *inside, uint32_t level, size_t parent_octets) {
    for (uint32_t each = level + 1; each <= inside->deepest; each++) inside->types[each] = NULL, inside->contents[each] = CONTENT_OTHER;
    inside->deepest = level;
    if (level == 0 || inside->octets[level - 1] == parent_octets) return;
    inside->types[level - 1] = NULL;
    inside->contents[level - 1] = CONTENT_OTHER;
    inside->octets[level - 1] = parent_octets;
}

/* A file attached to a mail is the parser's to tell of; one in an archive, or a program in a document, is told of here. */
static void tell_of(struct inside *inside, uint32_t level, const char *name) {
    uint8_t content = inside->contents[level];
    bool in_mail = inside->types[level - 1] != NULL && strcmp(inside->types[level - 1], "CL_TYPE_MAIL") == 0;
    bool is_noted = is_packed(inside, level) || (!in_mail && (content == CONTENT_PROGRAM || content == CONTENT_SCRIPT || content == CONTENT_SHORTCUT));
    if (!is_noted) return;
    uint16_t depth = archives_above(inside, level);
    struct inside_entry *entry = name == NULL ? NULL : listed(inside, depth, name, false);
    if (entry != NULL) entry->content = content; else add(inside, content, 0, depth, name);
}

static cl_error_t when_file(int fd, const char *type, const char **ancestors, size_t parent_octets, const char *name, size_t octets, const char *buffer, uint32_t level, uint32_t attributes, void *context) {
    (void)fd;
    struct inside *inside = context == NULL ? NULL : find_inside(context);
    /* What libclamav makes of a file for itself is no file in it. */
    if (inside == NULL || type == NULL || level >= LEVELS || (attributes & LAYER_ATTRIBUTES_NORMALIZED) != 0) return CL_CLEAN;
    closed_file(name, (const uint8_t *)buffer, octets, level, ancestors == NULL || level == 0 ? NULL : ancestors[level - 1], parent_octets);
    forget_others(inside, level, parent_octets);
    inside->level = level;
    inside->contents[level] = content_of(type);
    inside->types[level] = type;
    inside->octets[level] = octets;
    note_part(inside, level, buffer, octets);
    if (level > 0) tell_of(inside, level, name);
    return bomb_file(octets, level) ? CL_VIRUS : CL_CLEAN;
}

/* What an archive's list says of a file, before the file itself is seen; it never is where it is locked, empty or of a few octets. */
static cl_error_t when_listed(const char *container, unsigned long octets, const char *name, unsigned long real_octets, int is_encrypted, unsigned int place, void *context) {
    struct inside *inside = context == NULL ? NULL : find_inside(context);
    if (inside == NULL || container == NULL || name == NULL || content_of(container) != CONTENT_ARCHIVE) return CL_CLEAN;
    if (bomb_listed()) return CL_VIRUS;
    closed_listed(container, name, octets, real_octets, is_encrypted != 0, place);
    uint32_t level = inside->level;
    while (level > 0 && (inside->types[level] == NULL || strcmp(inside->types[level], container) != 0)) level--;
    uint16_t depth = (uint16_t)(archives_above(inside, level) + 1);
    uint8_t flags = is_encrypted != 0 ? INSIDE_ENCRYPTED : 0;
    /* A file is told of twice where there are two lists of it, as in ZIP. While there is room names decide, since hashes can be made alike. */
    bool is_first = is_new(inside, depth, name), has_room = inside->count < INSIDE_ENTRIES;
    struct inside_entry *entry = has_room ? listed(inside, depth, name, true) : NULL;
    if (entry != NULL) entry->flags |= flags; else if (has_room || is_first) add(inside, CONTENT_OTHER, flags, depth, name);
    return CL_CLEAN;
}

void inside_prepare(struct cl_engine *engine, struct inside *(*of_context)(void *context)) {
    find_inside = of_context;
    cl_engine_set_clcb_file_inspection(engine, when_file);
    cl_engine_set_clcb_meta(engine, when_listed);
}

struct inside *inside_begin(void) {
    static struct inside one;
    memset(&one, 0, offsetof(struct inside, entries));
    bomb_begin();
    closed_begin();
    if (++this_scan == 0) { memset(told, 0, sizeof told); this_scan = 1; }
    return &one;
}

void inside_tell(const struct inside *inside, struct scan_reply *reply) {
    reply->entries = inside->count;
    reply->left_out = inside->left_out > UINT16_MAX ? UINT16_MAX : (uint16_t)inside->left_out;
    memcpy(reply->inside, inside->entries, inside->count * sizeof inside->entries[0]);
    reply->parts = inside->parts;
    memcpy(reply->mail, inside->mail, inside->parts * sizeof inside->mail[0]);
}
