#include "settings.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct option { const char *name; size_t offset; uint64_t least, most; };

static const struct option numbers[] = {
    { "--children", offsetof(struct settings, children), 1, MOST_CHILDREN },
    { "--user", offsetof(struct settings, user), 0, UINT32_MAX - 1 },
    { "--group", offsetof(struct settings, group), 0, UINT32_MAX - 1 },
    { "--message-octets", offsetof(struct settings, message_octets), 1, 2000000000 },
    { "--unpacked-octets", offsetof(struct settings, unpacked_octets), 1, 4000000000 },
    { "--scan-ms", offsetof(struct settings, scan_ms), 1, 3600000 },
    { "--memory-octets", offsetof(struct settings, memory_octets), 1 << 20, UINT64_MAX / 4 },
    { "--temp-octets", offsetof(struct settings, temp_octets), 1 << 16, UINT64_MAX / 4 },
    { "--nesting", offsetof(struct settings, nesting), 1, 100 },
    { "--files", offsetof(struct settings, files), 1, 1000000 },
    { "--scans", offsetof(struct settings, scans), 1, 1000000000 },
    { "--poll-ms", offsetof(struct settings, poll_ms), 10, 86400000 },
};
enum { NUMBERS = sizeof numbers / sizeof numbers[0] };

static bool read_number(const struct option *option, const char *word, struct settings *settings) {
    if (word[0] < '0' || word[0] > '9') return false;
    char *end;
    errno = 0;
    unsigned long long value = strtoull(word, &end, 10);
    if (errno != 0 || *end != 0 || value < option->least || value > option->most) return false;
    *(uint64_t *)((char *)settings + option->offset) = value;
    return true;
}

bool settings_read(struct settings *settings, int count, char **words, char *why, unsigned long room) {
    memset(settings, 0, sizeof *settings);
    bool known[NUMBERS] = { false };
    for (int at = 1; at < count; at += 2) {
        const char *name = words[at], *value = at + 1 < count ? words[at + 1] : "";
        if (strcmp(name, "--signatures") == 0) { settings->signatures = value; continue; }
        if (strcmp(name, "--temp") == 0) { settings->temp = value; continue; }
        int which = 0;
        while (which < NUMBERS && strcmp(name, numbers[which].name) != 0) which++;
        if (which == NUMBERS || !read_number(&numbers[which], value, settings)) {
            snprintf(why, room, "%s %s is not an argument of this program", name, value);
            return false;
        }
        known[which] = true;
    }
    for (int each = 0; each < NUMBERS; each++) {
        if (!known[each]) { snprintf(why, room, "%s is missing", numbers[each].name); return false; }
    }
    if (settings->signatures == NULL || settings->temp == NULL || settings->temp[0] != '/') {
        snprintf(why, room, "--signatures or --temp is missing");
        return false;
    }
    return true;
}
