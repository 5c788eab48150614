#pragma once
#include <curl/curl.h>
#include <stddef.h>

/// curl_easy_setopt takes anything; these take what their options are made for.
CURLcode postern_curl_number(CURL *handle, CURLoption option, long value);
CURLcode postern_curl_text(CURL *handle, CURLoption option, const char *value);
CURLcode postern_curl_list(CURL *handle, CURLoption option, struct curl_slist *value);
CURLcode postern_curl_size(CURL *handle, CURLoption option, curl_off_t value);

/// Where libcurl writes in words what went wrong: at least CURL_ERROR_SIZE octets.
CURLcode postern_curl_errors(CURL *handle, char *words);

/// The commands of an SMTP session, by the last of which its end is told.
enum postern_stage {
    POSTERN_STAGE_GREETING, POSTERN_STAGE_HELLO, POSTERN_STAGE_STARTTLS, POSTERN_STAGE_AUTH, POSTERN_STAGE_MAIL, POSTERN_STAGE_RCPT,
    POSTERN_STAGE_DATA, POSTERN_STAGE_CONTENT,
};

/// What goes out in one SMTP session, and what was said.
typedef struct postern_exchange {
    /// The message, and how many of its octets libcurl has taken.
    const unsigned char *content;
    size_t size, taken;
    /// The last command that went out; QUIT is none.
    enum postern_stage stage;
    /// The lines that the server said after it, cut at the end of the array.
    char reply[2048];
    size_t reply_size;
    /// Octets that the server said in the whole session, and the most that it may.
    size_t heard, heard_limit;
    /// Seconds to wait for the answer to the message.
    long final_seconds;
    /// Whether an address is not ASCII, whether the server offered SMTPUTF8, and whether the session ended because it did not.
    int needs_utf8, offers_utf8, lacks_utf8;
    /// Whether QUIT went out: what is said then is not looked at.
    int over;
    /// Made true by another thread with postern_cancel, it ends the session, unless the message itself is on its way already.
    int cancelled;
} postern_exchange;

/// What a server answered, at most `limit` octets of it.
typedef struct postern_answer {
    unsigned char *octets;
    size_t size, room, limit;
    /// Whether it had more to say than the limit.
    int over;
    /// Made true by another thread with postern_answer_cancel, it ends the transfer.
    int cancelled;
} postern_answer;

/// Lets a transfer write what is answered into `answer`, which must live as long as the handle, and be freed.
CURLcode postern_curl_answer(CURL *handle, postern_answer *answer);
void postern_answer_cancel(postern_answer *answer);
void postern_answer_free(postern_answer *answer);

/// The status of the answer.
CURLcode postern_curl_status(CURL *handle, long *status);

/// Ends the session of an exchange, from any thread, while the exchange lives.
void postern_cancel(postern_exchange *exchange);

/// Lets a transfer take its message from an exchange, and write down there what is said. The exchange must live as long as the handle.
CURLcode postern_curl_exchange(CURL *handle, postern_exchange *exchange);
