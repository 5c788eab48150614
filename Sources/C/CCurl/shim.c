#include "shim.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

CURLcode postern_curl_number(CURL *handle, CURLoption option, long value) { return curl_easy_setopt(handle, option, value); }
CURLcode postern_curl_text(CURL *handle, CURLoption option, const char *value) { return curl_easy_setopt(handle, option, value); }
CURLcode postern_curl_list(CURL *handle, CURLoption option, struct curl_slist *value) { return curl_easy_setopt(handle, option, value); }
CURLcode postern_curl_size(CURL *handle, CURLoption option, curl_off_t value) { return curl_easy_setopt(handle, option, value); }
CURLcode postern_curl_errors(CURL *handle, char *words) { return curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, words); }

static size_t give(char *room, size_t size, size_t count, void *pointer) {
    postern_exchange *exchange = pointer;
    size_t left = exchange->size - exchange->taken, most = size * count;
    size_t given = left < most ? left : most;
    memcpy(room, exchange->content + exchange->taken, given);
    exchange->taken += given;
    return given;
}

static size_t hear(char *line, size_t size, size_t count, void *pointer) {
    postern_exchange *exchange = pointer;
    size_t length = size * count, room = sizeof exchange->reply - exchange->reply_size;
    exchange->heard += length;
    if (exchange->over) return length;
    if (exchange->heard > exchange->heard_limit || exchange->lacks_utf8) return 0;   /* ends the transfer */
    memcpy(exchange->reply + exchange->reply_size, line, length < room ? length : room);
    exchange->reply_size += length < room ? length : room;
    if (exchange->stage == POSTERN_STAGE_HELLO && length >= 14 && strncasecmp(line, "250", 3) == 0 && strncasecmp(line + 4, "SMTPUTF8", 8) == 0)
        exchange->offers_utf8 = 1;
    return length;
}

static size_t ignore(char *octets, size_t size, size_t count, void *unused) { (void)octets; (void)unused; return size * count; }

static void went_out(CURL *handle, postern_exchange *exchange, const char *command, size_t length) {
    static const struct { const char *word; int stage; } commands[] = {
        { "EHLO", POSTERN_STAGE_HELLO }, { "HELO", POSTERN_STAGE_HELLO }, { "STARTTLS", POSTERN_STAGE_STARTTLS }, { "AUTH", POSTERN_STAGE_AUTH },
        { "MAIL", POSTERN_STAGE_MAIL }, { "RCPT", POSTERN_STAGE_RCPT }, { "DATA", POSTERN_STAGE_DATA },
    };
    if (length >= 4 && strncasecmp(command, "QUIT", 4) == 0) {
        /* The answer to the message stays what was said last, and nobody is kept waiting for a farewell. */
        exchange->over = 1;
        curl_easy_setopt(handle, CURLOPT_SERVER_RESPONSE_TIMEOUT, 1L);
        return;
    }
    /* What is none of them, such as a password, belongs to the one before. */
    for (size_t each = 0; each < sizeof commands / sizeof *commands; each++) {
        size_t word = strlen(commands[each].word);
        if (length > word && strncasecmp(command, commands[each].word, word) == 0 && (command[word] == ' ' || command[word] == '\r'))
            exchange->stage = (enum postern_stage)commands[each].stage;
    }
    exchange->reply_size = 0;
    if (exchange->stage == POSTERN_STAGE_HELLO) exchange->offers_utf8 = 0;
    if (exchange->stage == POSTERN_STAGE_MAIL && exchange->needs_utf8 && !exchange->offers_utf8) exchange->lacks_utf8 = 1;
}

static int watch(CURL *handle, curl_infotype type, char *octets, size_t length, void *pointer) {
    postern_exchange *exchange = pointer;
    if (type == CURLINFO_HEADER_OUT) went_out(handle, exchange, octets, length);
    if (type == CURLINFO_DATA_OUT) {
        if (exchange->stage != POSTERN_STAGE_CONTENT) curl_easy_setopt(handle, CURLOPT_SERVER_RESPONSE_TIMEOUT, exchange->final_seconds);
        exchange->stage = POSTERN_STAGE_CONTENT;
        exchange->reply_size = 0;
    }
    return 0;
}

static int go_on(void *pointer, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d) {
    (void)a; (void)b; (void)c; (void)d;
    postern_exchange *exchange = pointer;
    return exchange->taken == 0 && __atomic_load_n(&exchange->cancelled, __ATOMIC_RELAXED);
}

void postern_cancel(postern_exchange *exchange) { __atomic_store_n(&exchange->cancelled, 1, __ATOMIC_RELAXED); }

CURLcode postern_curl_exchange(CURL *handle, postern_exchange *exchange) {
    CURLcode all[] = {
        curl_easy_setopt(handle, CURLOPT_READFUNCTION, give), curl_easy_setopt(handle, CURLOPT_READDATA, exchange),
        curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, hear), curl_easy_setopt(handle, CURLOPT_HEADERDATA, exchange),
        curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, ignore),
        curl_easy_setopt(handle, CURLOPT_DEBUGFUNCTION, watch), curl_easy_setopt(handle, CURLOPT_DEBUGDATA, exchange),
        curl_easy_setopt(handle, CURLOPT_VERBOSE, 1L),
        curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, go_on), curl_easy_setopt(handle, CURLOPT_XFERINFODATA, exchange),
        curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L),
    };
    for (size_t each = 0; each < sizeof all / sizeof *all; each++) if (all[each] != CURLE_OK) return all[each];
    return CURLE_OK;
}

static size_t collect(char *octets, size_t size, size_t count, void *pointer) {
    postern_answer *answer = pointer;
    size_t length = size * count;
    if (length > answer->limit - answer->size) { answer->over = 1; return 0; }   /* ends the transfer */
    if (length > answer->room - answer->size) {
        size_t room = answer->room * 2 > answer->size + length ? answer->room * 2 : answer->size + length;
        unsigned char *more = realloc(answer->octets, room);
        if (!more) return 0;
        answer->octets = more;
        answer->room = room;
    }
    memcpy(answer->octets + answer->size, octets, length);
    answer->size += length;
    return length;
}

static int go_on_answering(void *pointer, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d) {
    (void)a; (void)b; (void)c; (void)d;
    return __atomic_load_n(&((postern_answer *)pointer)->cancelled, __ATOMIC_RELAXED);
}

void postern_answer_cancel(postern_answer *answer) { __atomic_store_n(&answer->cancelled, 1, __ATOMIC_RELAXED); }
void postern_answer_free(postern_answer *answer) { free(answer->octets); answer->octets = NULL; answer->size = answer->room = 0; }
CURLcode postern_curl_status(CURL *handle, long *status) { return curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, status); }

CURLcode postern_curl_answer(CURL *handle, postern_answer *answer) {
    CURLcode all[] = {
        curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, collect), curl_easy_setopt(handle, CURLOPT_WRITEDATA, answer),
        curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, go_on_answering), curl_easy_setopt(handle, CURLOPT_XFERINFODATA, answer),
        curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L),
    };
    for (size_t each = 0; each < sizeof all / sizeof *all; each++) if (all[each] != CURLE_OK) return all[each];
    return CURLE_OK;
}
