/* measure PROGRAM SIGNATURES TEMPORARY: see Benchmarks/scanner. */
#define _GNU_SOURCE
#include <clamav.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "C/CLinux/include/packets.h"
#include "Programs/postern-scanner/protocol.h"

enum { SIZES = 3 };
static const struct { size_t octets; int rounds; } sizes[SIZES] = { { 1000, 3000 }, { 40000, 1000 }, { 400000, 200 } };

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static int by_value(const void *one, const void *other) {
    double difference = *(const double *)one - *(const double *)other;
    return (difference > 0) - (difference < 0);
}

static double median(double *values, int count) {
    qsort(values, (size_t)count, sizeof *values, by_value);
    return values[count / 2];
}

/* Another mail each time: libclamav knows what it has seen. */
static void fill(unsigned char *mail, size_t count) {
    static const char head[] = "From: a@example.org\r\nTo: b@example.net\r\nSubject: test\r\nContent-Type: text/plain\r\n\r\n";
    static unsigned seed = 1;
    for (size_t at = 0; at < count; at++) {
        seed = seed * 1103515245 + 12345;
        mail[at] = at < sizeof head - 1 ? (unsigned char)head[at] : at % 78 == 77 ? '\n' : (unsigned char)('a' + (seed >> 16) % 26);
    }
}

static struct cl_engine *load(const char *signatures, const char *temporary) {
    unsigned count = 0;
    if (cl_init(CL_INIT_DEFAULT) != CL_SUCCESS) exit(1);
    struct cl_engine *engine = cl_engine_new();
    struct cl_stat folder = { 0 };
    if (cl_statinidir(signatures, &folder) == CL_SUCCESS && folder.entries > 0) cl_load(signatures, engine, &count, CL_DB_STDOPT);
    cl_engine_set_str(engine, CL_ENGINE_TMPDIR, access("/dev/shm", W_OK) == 0 ? "/dev/shm" : temporary);
    if (cl_engine_compile(engine) != CL_SUCCESS) exit(1);
    printf("%u signatures beside the built-in one\n", count);
    return engine;
}

static double scan_here(const struct cl_engine *engine, const unsigned char *mail, size_t count) {
    struct cl_scan_options options = { .general = CL_SCAN_GENERAL_HEURISTICS, .parse = ~0u };
    const char *name = NULL;
    unsigned long blocks = 0;
    double begin = now();
    cl_fmap_t *map = cl_fmap_open_memory(mail, count);
    cl_scanmap_callback(map, NULL, &name, &blocks, engine, &options, NULL);
    cl_fmap_close(map);
    return now() - begin;
}

static int start(const char *program, const char *signatures, const char *temporary, int *control) {
    int ends[2], passed[2];
    char octets[512];
    if (postern_packet_pair(ends) != 0) exit(1);
    if (fork() == 0) {
        dup2(ends[1], 3);
        close_range(4, ~0u, 0);
        execl(program, program, "--signatures", signatures, "--temp", temporary, "--children", "1", "--user", geteuid() == 0 ? "65534" : "0", "--group", geteuid() == 0 ? "65534" : "0",
              "--message-octets", "64000000", "--unpacked-octets", "400000000", "--scan-ms", "20000", "--memory-octets", "1000000000", "--temp-octets", "500000000",
              "--nesting", "17", "--files", "10000", "--scans", "1000000", "--poll-ms", "60000", NULL);
        _exit(1);
    }
    close(ends[1]);
    *control = ends[0];
    for (;;) {
        ssize_t got = postern_receive_packet(ends[0], octets, sizeof octets, passed);
        if (got == 0 || octets[0] == KIND_FAILED) exit(1);
        if (got > 0 && octets[0] == KIND_HELLO) return passed[0];
        if (got < 0) usleep(1000);
    }
}

static double scan_there(int scanner, const unsigned char *mail, size_t count, double *own) {
    struct scan_request request = { .id = 1, .limit_ms = 20000, .flags = 0 };
    struct scan_reply reply;
    double begin = now();
    int file = postern_sealed_file(mail, count);
    if (file < 0 || postern_send_packet(scanner, &request, sizeof request, file) != 0) exit(1);
    close(file);
    if (recv(scanner, &reply, sizeof reply, 0) < (ssize_t)offsetof(struct scan_reply, inside) || reply.outcome != OUTCOME_CLEAN) exit(1);
    *own = reply.microseconds;
    return now() - begin;
}

int main(int count, char **words) {
    static unsigned char mail[400000];
    static double here[3000], there[3000], own[3000], rest[3000];
    int control;
    if (count != 4) return 1;
    struct cl_engine *engine = load(words[2], words[3]);
    int scanner = start(words[1], words[2], words[3], &control);
    printf("%10s %12s %12s %12s %12s   microseconds\n", "octets", "in process", "round trip", "its scan", "hand-over");
    for (int size = 0; size < SIZES; size++) {
        for (int round = 0; round < sizes[size].rounds; round++) {
            fill(mail, sizes[size].octets);
            here[round] = scan_here(engine, mail, sizes[size].octets);
            there[round] = scan_there(scanner, mail, sizes[size].octets, &own[round]);
            rest[round] = there[round] - own[round];
        }
        int rounds = sizes[size].rounds;
        printf("%10zu %12.0f %12.0f %12.0f %12.0f\n", sizes[size].octets, median(here, rounds), median(there, rounds), median(own, rounds), median(rest, rounds));
    }
    close(control);
    wait(NULL);
    return 0;
}
