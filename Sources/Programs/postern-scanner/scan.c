#define _GNU_SOURCE
#include "scan.h"

#include <iconv.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include "bomb.h"
#include "closed.h"
#include "inside.h"
#include "shortage.h"
#include "signatures.h"

/* What a name of libclamav's stands for: the first row that fits decides. */
static const struct { const char *prefix; enum scan_outcome outcome; } meanings[] = {
    /* Viruses that are told by their behaviour instead of a pattern. */
    { "Heuristics.W32.", OUTCOME_INFECTED }, { "Heuristics.Trojan.", OUTCOME_INFECTED }, { "Heuristics.Worm.", OUTCOME_INFECTED }, { "Heuristics.Exploit.", OUTCOME_INFECTED },
    { "Heuristics.Limits.Exceeded.", OUTCOME_LIMITS_EXCEEDED }, { "Heuristics.Encrypted.", OUTCOME_ENCRYPTED },
    { "Heuristics.", OUTCOME_SUSPICIOUS }, { "PUA.", OUTCOME_SUSPICIOUS },
};
enum { MEANINGS = sizeof meanings / sizeof meanings[0] };

enum { OUTCOMES = OUTCOME_ERROR + 1, NAME = sizeof ((struct scan_reply *)0)->name };

/* The first name of each outcome; of what is infected a signature's before any other. */
struct found { struct inside *inside; bool is_signature; char names[OUTCOMES][NAME]; };

static struct inside *inside_of(void *context) { return ((struct found *)context)->inside; }

static void note(struct found *found, const char *name) {
    int row = 0;
    while (row < MEANINGS && strncmp(name, meanings[row].prefix, strlen(meanings[row].prefix)) != 0) row++;
    bool is_signature = row == MEANINGS;
    enum scan_outcome outcome = is_signature ? OUTCOME_INFECTED : meanings[row].outcome;
    if (outcome == OUTCOME_LIMITS_EXCEEDED || outcome == OUTCOME_ENCRYPTED) name += strlen(meanings[row].prefix);
    char *kept = found->names[outcome];
    if (kept[0] != 0 && (found->is_signature || !is_signature)) return;
    found->is_signature |= is_signature;
    size_t at = 0;
    for (; name[at] != 0 && at + 1 < NAME; at++) kept[at] = name[at] > ' ' && name[at] < 127 ? name[at] : '_';
    kept[at] = 0;
}

static void when_found(int fd, const char *name, void *context) {
    (void)fd;
    /* That it was us who stopped the scan is no name. */
    if (context != NULL && name != NULL && name[0] != 0 && (bomb_found() == NULL || strncmp(name, "Detected.By.Callback", 20) != 0)) note(context, name);
}

static void keep_silent(enum cl_msg severity, const char *whole, const char *text, void *context) {
    (void)severity, (void)whole, (void)text, (void)context;
}

void scan_prepare(struct cl_engine *engine) {
    cl_engine_set_clcb_virus_found(engine, when_found);
    inside_prepare(engine, inside_of);
    /* What it has to say of a message comes in the reply; its words would be a stranger's in the log. */
    cl_set_clcb_msg(keep_silent);
}

void scan_open_tables(void) {
    static const char *const sets[] = {
        "UTF-8", "UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32", "UTF-32LE", "UTF-32BE", "UTF-7", "UCS-2", "UCS-4", "UCS4", "UTF7", "ASCII", "ISO-8859-1", "ISO-8859-2", "ISO-8859-3",
        "ISO-8859-4", "ISO-8859-5", "ISO-8859-6", "ISO-8859-7", "ISO-8859-8", "ISO-8859-9", "ISO-8859-13", "ISO-8859-15", "ISO-10646/UCS4/", "CP037", "CP437", "CP500", "CP737", "CP775",
        "CP850", "CP852", "CP855", "CP857", "CP858", "CP860", "CP861", "CP862", "CP863", "CP864", "CP865", "CP866", "CP869", "CP870", "CP874", "CP875", "CP932", "CP936", "CP949", "CP950",
        "CP1026", "CP1047", "CP1250", "CP1251", "CP1252", "CP1253", "CP1254", "CP1255", "CP1256", "CP1257", "CP1258", "CP1361", "MAC", "MACINTOSH", "KOI8-R", "KOI8-U", "EUC-JP", "EUC-KR",
        "EUC-CN", "GB2312", "GBK", "GB18030", "BIG5", "SHIFT-JIS", "ISO-2022-JP", "ISO-2022-KR", "ISO-2022-CN", "JOHAB", "HZ",
    };
    /* They stay open: the C library unloads a table that nobody has open. */
    for (unsigned each = 0; each < sizeof sets / sizeof sets[0]; each++) iconv_open("UTF-8", sets[each]);
    tzset();
}

static void end_with(struct scan_reply *reply, enum scan_outcome outcome, const char *name) {
    reply->outcome = (uint8_t)outcome;
    snprintf(reply->name, sizeof reply->name, "%s", name);
}

static void end_with_error(struct scan_reply *reply, cl_error_t result) {
    switch (result) {
    case CL_ETIMEOUT: return end_with(reply, OUTCOME_LIMITS_EXCEEDED, "MaxScanTime");
    case CL_EMAXREC: return end_with(reply, OUTCOME_LIMITS_EXCEEDED, "MaxRecursion");
    case CL_EMAXSIZE: return end_with(reply, OUTCOME_LIMITS_EXCEEDED, "MaxScanSize");
    case CL_EMAXFILES: return end_with(reply, OUTCOME_LIMITS_EXCEEDED, "MaxFiles");
    default: return end_with(reply, OUTCOME_ERROR, cl_strerror(result));
    }
}

/* The limit that was met, in libclamav's word or ours; NULL for none. Of several, the one that tells most. */
static const char *limit_met(const struct found *found, const char *shortage) {
    if (bomb_found() != NULL) return bomb_found();
    if (shortage != NULL) return shortage;
    if (found->names[OUTCOME_LIMITS_EXCEEDED][0] != 0) return found->names[OUTCOME_LIMITS_EXCEEDED];
    return closed_found(found->names[OUTCOME_ENCRYPTED]);
}

/* The gravest first: where something could not be unpacked there may be more, and what was found besides is told, too. */
static void conclude(const struct found *found, cl_error_t result, const char *shortage, struct scan_reply *reply) {
    if (found->names[OUTCOME_INFECTED][0] != 0) return end_with(reply, OUTCOME_INFECTED, found->names[OUTCOME_INFECTED]);
    if (shortage_is_fault()) return end_with(reply, OUTCOME_ERROR, "a temporary file could not be made or written");
    const char *limit = limit_met(found, shortage), *encrypted = found->names[OUTCOME_ENCRYPTED];
    end_with(reply, OUTCOME_CLEAN, "");
    if (result != CL_CLEAN && result != CL_VIRUS) end_with_error(reply, result);
    /* An error that comes of a limit of ours is none. */
    if (reply->outcome == OUTCOME_ERROR && bomb_found() == NULL && shortage == NULL) return;
    if (limit != NULL) end_with(reply, OUTCOME_LIMITS_EXCEEDED, limit);
    const struct { enum scan_outcome outcome; const char *name; } milder[OTHER_FINDS] = {
        { OUTCOME_SUSPICIOUS, found->names[OUTCOME_SUSPICIOUS] }, { OUTCOME_ENCRYPTED, encrypted[0] == 0 && closed_locked() != NULL ? closed_locked() : encrypted },
    };
    for (int each = 0, other = 0; each < OTHER_FINDS; each++) {
        if (milder[each].name[0] == 0) continue;
        if (reply->outcome == OUTCOME_CLEAN) { end_with(reply, milder[each].outcome, milder[each].name); continue; }
        reply->others[other].outcome = (uint8_t)milder[each].outcome;
        snprintf(reply->others[other].name, sizeof reply->others[other].name, "%s", milder[each].name);
        other++;
    }
}

void scan_octets(struct cl_engine *engine, const void *octets, size_t count, uint32_t limit_ms, struct scan_reply *reply) {
    /* Links that say one thing and lead to another are left alone, as clamd does unless told otherwise. */
    struct cl_scan_options options = {
        .general = CL_SCAN_GENERAL_HEURISTICS, .parse = ~0u,
        .heuristic = CL_SCAN_HEURISTIC_EXCEEDS_MAX | CL_SCAN_HEURISTIC_MACROS | CL_SCAN_HEURISTIC_ENCRYPTED_ARCHIVE | CL_SCAN_HEURISTIC_ENCRYPTED_DOC,
        .mail = 0, .dev = 0,
    };
    struct found found = { .inside = inside_begin() };
    const char *name = NULL;
    unsigned long blocks = 0;
    cl_engine_set_num(engine, CL_ENGINE_MAX_SCANTIME, limit_ms);
    cl_fmap_t *map = cl_fmap_open_memory(octets, count);
    if (map == NULL) { end_with(reply, OUTCOME_ERROR, "libclamav takes no memory file"); return; }
    shortage_begin();
    cl_error_t result = cl_scanmap_callback(map, NULL, &name, &blocks, engine, &options, &found);
    const char *shortage = shortage_found();
    cl_fmap_close(map);
    inside_tell(found.inside, reply);
    if (result == CL_VIRUS) when_found(-1, name, &found);
    bool is_named = bomb_found() != NULL;
    for (int each = 0; each < OUTCOMES; each++) is_named |= found.names[each][0] != 0;
    if (result == CL_VIRUS && !is_named) note(&found, "unnamed");
    /* A signature counts also where the scan broke off after it. */
    conclude(&found, result, shortage, reply);
}

int scan_finds_eicar(struct cl_engine *engine) {
    char octets[EICAR_OCTETS + 1];
    static struct scan_reply reply;
    memset(&reply, 0, sizeof reply);
    eicar(octets);
    scan_octets(engine, octets, EICAR_OCTETS, 60000, &reply);
    return reply.outcome == OUTCOME_INFECTED;
}
