#define _GNU_SOURCE
#include "signatures.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct cl_stat folder;
static bool watching;
static uint64_t seen;      /* of what was last told or loaded */
static unsigned misses;    /* looks in a row in which it could not be read */
enum { GONE = 2 };         /* so many are no accident, such as a file that is being replaced */

void eicar(char *octets) {
    static const char *const parts[] = { "X5O!P%@AP[4\\PZX54(P^)7CC)7}", "$EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE!", "$H+H*" };
    octets[0] = 0;
    for (int each = 0; each < 4; each++) strcat(octets, parts[each]);
}

/* libclamav compares whole seconds, in which freshclam and its owner may both write. */
static uint64_t fingerprint(void) {
    uint64_t sum = folder.entries;
    for (unsigned each = 0; each < folder.entries; each++) {
        const uint64_t words[] = {
            (uint64_t)folder.stattab[each].st_ino, (uint64_t)folder.stattab[each].st_size,
            (uint64_t)folder.stattab[each].st_mtim.tv_sec, (uint64_t)folder.stattab[each].st_mtim.tv_nsec,
        };
        uint64_t one = 14695981039346656037u;
        for (int word = 0; word < 4; word++) one = (one ^ words[word]) * 1099511628211u, one ^= one >> 29;
        sum += one;   /* in whatever order they come */
    }
    return sum;
}

static void look(const struct settings *settings) {
    if (watching) cl_statfree(&folder);
    memset(&folder, 0, sizeof folder);
    watching = cl_statinidir(settings->signatures, &folder) == CL_SUCCESS;
    if (watching) seen = fingerprint();
}

void signatures_watch(const struct settings *settings) {
    look(settings);
    misses = watching ? 0 : GONE;
}

/* A folder that cannot be read any more is a change, too: whoever loads from it says so, and the owner keeps what is in force. */
bool signatures_changed(const struct settings *settings) {
    uint64_t before = seen;
    look(settings);
    if (!watching) return misses < GONE && ++misses == GONE;
    bool back = misses == GONE;
    misses = 0;
    return back || seen != before;
}

/* In libclamav's form: name, file of any type, offset 0, hexadecimal octets. */
static cl_error_t load_built_in(const struct settings *settings, struct cl_engine *engine, unsigned *count) {
    char path[4096], octets[EICAR_OCTETS + 1];
    int length = snprintf(path, sizeof path, "%s/built-in.ndb", settings->temp);
    if (length < 0 || length >= (int)sizeof path) return CL_EOPEN;
    FILE *file = fopen(path, "w");
    if (file == NULL) return CL_EOPEN;
    eicar(octets);
    fprintf(file, "Eicar-Test-Signature:0:0:");
    for (int each = 0; each < EICAR_OCTETS; each++) fprintf(file, "%02x", (unsigned char)octets[each]);
    fprintf(file, "\n");
    if (fclose(file) != 0) return CL_EWRITE;
    cl_error_t result = cl_load(path, engine, count, CL_DB_STDOPT);
    unlink(path);
    return result;
}

static uint32_t version_of(const struct settings *settings, const char *name, int64_t *made) {
    uint32_t version = 0;
    for (int each = 0; each < 2; each++) {
        char path[4096];
        int length = snprintf(path, sizeof path, "%s/%s.%s", settings->signatures, name, each == 0 ? "cvd" : "cld");
        if (length < 0 || length >= (int)sizeof path || access(path, R_OK) != 0) continue;
        struct cl_cvd *head = cl_cvdhead(path);
        if (head == NULL) continue;
        if (head->version > version) { version = head->version; *made = head->stime; }
        cl_cvdfree(head);
    }
    return version;
}

static void describe(const struct settings *settings, struct started_message *found) {
    int64_t main_made = 0;
    for (unsigned each = 0; watching && each < folder.entries; each++) {
        if (folder.stattab[each].st_mtime > found->newest_file) found->newest_file = folder.stattab[each].st_mtime;
    }
    found->built_in_only = !watching || folder.entries == 0;
    found->daily_version = version_of(settings, "daily", &found->daily_made);
    found->main_version = version_of(settings, "main", &main_made);
    snprintf(found->library, sizeof found->library, "%s", cl_retver());
}

/* What every message meets, whatever its own request asks for. */
static cl_error_t set_limits(const struct settings *settings, struct cl_engine *engine) {
    const struct { enum cl_engine_field field; uint64_t value; } numbers[] = {
        /* A file in an archive that is larger than the first is cut there in silence; beyond the second one libclamav says so. */
        { CL_ENGINE_MAX_FILESIZE, 2000000000 }, { CL_ENGINE_MAX_SCANSIZE, settings->unpacked_octets },
        { CL_ENGINE_MAX_RECURSION, settings->nesting }, { CL_ENGINE_MAX_FILES, settings->files },
        { CL_ENGINE_MAX_SCANTIME, settings->scan_ms }, { CL_ENGINE_DISABLE_PE_STATS, 1 },
        /* It would remember as clean what was not looked at for want of memory or room. */
        { CL_ENGINE_DISABLE_CACHE, 1 },
    };
    for (unsigned each = 0; each < sizeof numbers / sizeof numbers[0]; each++) {
        cl_error_t result = cl_engine_set_num(engine, numbers[each].field, (long long)numbers[each].value);
        if (result != CL_SUCCESS) return result;
    }
    return CL_SUCCESS;
}

struct cl_engine *signatures_load(const struct settings *settings, struct started_message *found, char *why, unsigned long room) {
    cl_error_t result = cl_init(CL_INIT_DEFAULT);
    struct cl_engine *engine = result == CL_SUCCESS ? cl_engine_new() : NULL;
    if (engine == NULL) { snprintf(why, room, "libclamav does not start: %s", cl_strerror(result)); return NULL; }
    unsigned count = 0;
    result = set_limits(settings, engine);
    describe(settings, found);
    if (result == CL_SUCCESS) result = cl_engine_set_str(engine, CL_ENGINE_TMPDIR, settings->temp);
    if (result == CL_SUCCESS && watching && folder.entries > 0) {
        result = cl_load(settings->signatures, engine, &count, CL_DB_STDOPT);
    } else if (!watching && access(settings->signatures, R_OK | X_OK) != 0 && errno == EACCES) {
        snprintf(why, room, "the signatures' folder %s cannot be read by user %u", settings->signatures, geteuid());
        return NULL;
    }
    if (result == CL_SUCCESS) result = load_built_in(settings, engine, &count);
    /* A scanner works in its own folder, which is its root where that can be. */
    if (result == CL_SUCCESS) result = cl_engine_set_str(engine, CL_ENGINE_TMPDIR, ".");
    if (result == CL_SUCCESS) result = cl_engine_compile(engine);
    if (result != CL_SUCCESS) {
        snprintf(why, room, "the signatures of %s cannot be loaded: %s", settings->signatures, cl_strerror(result));
        return NULL;
    }
    found->signatures = count;
    return engine;
}
