/* measure PROGRAM SIGNATURES TEMPORARY [BLOBS CLASS THREADS SECONDS]: see Benchmarks/scanner. */
#define _GNU_SOURCE
#include <clamav.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "C/CLinux/include/packets.h"
#include "Programs/postern-scanner/protocol.h"

enum { SIZES = 3, SCANNERS = 64, MAILS = 4096, HEADS = 5 };
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

/* Returns when as many scanners serve. */
static pid_t start(const char *const *places, int scanners, int *sockets, int *control) {
    int ends[2], passed[2];
    char octets[512], children[12];
    if (postern_packet_pair(ends) != 0) exit(1);
    snprintf(children, sizeof children, "%d", scanners);
    const char *user = geteuid() == 0 ? "65534" : "0";
    pid_t program = fork();
    if (program == 0) {
        dup2(ends[1], CONTROL_DESCRIPTOR);
        close_range(CONTROL_DESCRIPTOR + 1, ~0u, 0);
        execl(places[0], places[0], "--signatures", places[1], "--temp", places[2], "--children", children, "--user", user, "--group", user,
              "--message-octets", "64000000", "--unpacked-octets", "400000000", "--scan-ms", "20000", "--memory-octets", "1000000000", "--temp-octets", "500000000",
              "--nesting", "17", "--files", "10000", "--scans", "1000000", "--poll-ms", "60000", NULL);
        _exit(1);
    }
    close(ends[1]);
    *control = ends[0];
    for (int serving = 0; serving < scanners;) {
        ssize_t got = postern_receive_packet(ends[0], octets, sizeof octets, passed);
        if (got == 0 || octets[0] == KIND_FAILED) exit(1);
        if (got > 0 && octets[0] == KIND_HELLO) sockets[serving++] = passed[0];
        if (got < 0) usleep(1000);
    }
    return program;
}

static double scan_there(int scanner, const unsigned char *mail, size_t count, struct scan_reply *reply) {
    struct scan_request request = { .id = 1, .limit_ms = 20000, .flags = 0 };
    double begin = now();
    int file = postern_sealed_file(mail, count);
    if (file < 0 || postern_send_packet(scanner, &request, sizeof request, file) != 0) exit(1);
    close(file);
    if (recv(scanner, reply, sizeof *reply, 0) < (ssize_t)offsetof(struct scan_reply, inside) || reply->outcome == OUTCOME_ERROR) exit(1);
    return now() - begin;
}

static void hand_over(const char *const *places) {
    static unsigned char mail[400000];
    static double here[3000], there[3000], own[3000], rest[3000];
    static struct scan_reply reply;
    int control, scanner;
    struct cl_engine *engine = load(places[1], places[2]);
    start(places, 1, &scanner, &control);
    printf("%10s %12s %12s %12s %12s   microseconds\n", "octets", "in process", "round trip", "its scan", "hand-over");
    for (int size = 0; size < SIZES; size++) {
        for (int round = 0; round < sizes[size].rounds; round++) {
            fill(mail, sizes[size].octets);
            here[round] = scan_here(engine, mail, sizes[size].octets);
            there[round] = scan_there(scanner, mail, sizes[size].octets, &reply);
            own[round] = reply.microseconds;
            rest[round] = there[round] - own[round];
        }
        int rounds = sizes[size].rounds;
        printf("%10zu %12.0f %12.0f %12.0f %12.0f\n", sizes[size].octets, median(here, rounds), median(there, rounds), median(own, rounds), median(rest, rounds));
    }
    close(control);
}

/* The peers kit's messages, one after the other to whoever is free. */
static struct { const unsigned char *octets; size_t count; } mails[MAILS];
static unsigned mail_count;
static atomic_uint next_mail;
static double end_at;

static void take_mails(const char *path, char class) {
    struct stat status;
    int file = open(path, O_RDONLY);
    if (file < 0 || fstat(file, &status) != 0) exit(1);
    const unsigned char *octets = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
    for (size_t at = 0; at + HEADS < (size_t)status.st_size && mail_count < MAILS;) {
        uint32_t count;
        memcpy(&count, octets + at + 1, sizeof count);
        if (class == 'A' || octets[at] == (unsigned char)class) { mails[mail_count].octets = octets + at + HEADS; mails[mail_count++].count = count; }
        at += HEADS + count;
    }
    if (mail_count == 0) exit(1);
}

static void *scan_on(void *socket) {
    struct scan_reply reply;
    while (now() < end_at) {
        unsigned mail = atomic_fetch_add(&next_mail, 1) % mail_count;
        scan_there(*(int *)socket, mails[mail].octets, mails[mail].count, &reply);
    }
    return NULL;
}

/* Of the process and those that it began, kB: a page that n share counts an nth. */
static long proportional(pid_t process) {
    char path[64], line[256];
    long sum = 0, more;
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", process);
    FILE *file = fopen(path, "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) if (sscanf(line, "Pss: %ld", &more) == 1) sum += more;
    if (file != NULL) fclose(file);
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", process, process);
    int child;
    if ((file = fopen(path, "r")) == NULL) return sum;
    while (fscanf(file, "%d", &child) == 1) sum += proportional(child);
    fclose(file);
    return sum;
}

/* Processor time that the scanners have had, in milliseconds. */
static double processor_ms(pid_t program) {
    char path[64];
    int child;
    unsigned long user, system, ticks = 0;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", program, program);
    FILE *children = fopen(path, "r");
    while (children != NULL && fscanf(children, "%d", &child) == 1) {
        snprintf(path, sizeof path, "/proc/%d/stat", child);
        FILE *file = fopen(path, "r");
        if (file != NULL && fscanf(file, "%*d %*s %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) == 2) ticks += user + system;
        if (file != NULL) fclose(file);
    }
    if (children != NULL) fclose(children);
    return (double)ticks * 1000 / (double)sysconf(_SC_CLK_TCK);
}

static void rate(const char *const *places, char class, int threads, double seconds) {
    int control, sockets[SCANNERS];
    pthread_t running[SCANNERS];
    pid_t program = start(places, threads, sockets, &control);
    double begin = now(), before = processor_ms(program);
    end_at = begin + seconds * 1e6;
    for (int each = 0; each < threads; each++) pthread_create(&running[each], NULL, scan_on, &sockets[each]);
    for (int each = 0; each < threads; each++) pthread_join(running[each], NULL);
    double spent = (now() - begin) / 1e6;
    double processor = (processor_ms(program) - before) / next_mail;
    printf("postern-scanner %c scanners=%d n=%u %.1f msg/s cpu %.2f ms/msg proportional memory %ld MB\n", class, threads, next_mail, next_mail / spent, processor, proportional(program) / 1024);
    close(control);
}

int main(int count, char **words) {
    if (count != 4 && count != 8) return 1;
    const char *const *places = (const char *const *)words + 1;
    if (count == 4) hand_over(places);
    else {
        int threads = atoi(words[6]);
        if (threads < 1 || threads > SCANNERS) return 1;
        take_mails(words[4], words[5][0]);
        rate(places, words[5][0], threads, atof(words[7]));
    }
    wait(NULL);
    return 0;
}
