#include "shim.h"
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlerror.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct reading {
    xmlParserCtxtPtr parser;
    const postern_xml_limits *limits;
    postern_xml_tape *tape;
    // The caller's document.
    const unsigned char *octets;
    size_t count, room;
    uint32_t depth, elements, namespaces;
    // Octets of text since the last tag.
    uint32_t run;
    // The namespaces that stand on the tape, in order; libxml2 has one copy of each in its dictionary.
    const xmlChar **uris;
    uint32_t uri_count;
} reading;

// Lets the parser find nothing more. It goes on after a fatal error, where what was counted before does not hold any longer; and stopping it
// by xmlStopParser would free what its functions still look at. So the rest of the input becomes nothing, and no event is told any more.
static void halt(reading *state) {
    xmlParserInputPtr input = state->parser->input;
    state->parser->disableSAX = 1;
    // The parser has a copy of the document; were it the caller's, it must not be changed.
    if (input == NULL || input->base == NULL || input->cur == NULL || input->end <= input->cur) return;
    if (input->base >= state->octets && input->base < state->octets + state->count) { xmlStopParser(state->parser); return; }
    memset((xmlChar *)input->cur, 0, (size_t)(input->end - input->cur));
}

static void stop(reading *state, int why) {
    if (state->tape->stop == POSTERN_XML_WHOLE) {
        state->tape->stop = why;
        state->tape->line = state->parser->input ? state->parser->input->line : 0;
    }
    halt(state);
}

static void put(reading *state, const void *octets, size_t count) {
    postern_xml_tape *tape = state->tape;
    if (tape->stop != POSTERN_XML_WHOLE || count == 0) return;
    if (count > SIZE_MAX / 4 - tape->count) { stop(state, POSTERN_XML_MEMORY); return; }
    if (tape->count + count > state->room) {
        size_t room = (tape->count + count) / 2 * 3;
        if (room < 4096) room = 4096;
        unsigned char *grown = realloc(tape->octets, room);
        if (grown == NULL) { stop(state, POSTERN_XML_MEMORY); return; }
        tape->octets = grown;
        state->room = room;
    }
    memcpy(tape->octets + tape->count, octets, count);
    tape->count += count;
}

static void put_number(reading *state, uint32_t number) { put(state, &number, sizeof number); }
static void put_kind(reading *state, unsigned char kind) { put(state, &kind, 1); }

/// The length of a name or a namespace.
static uint32_t length(const xmlChar *text) { return text == NULL ? 0 : (uint32_t)strnlen((const char *)text, INT_MAX); }
static void put_text(reading *state, const xmlChar *text) { if (text != NULL) put(state, text, length(text)); }

/// The number of a namespace, UINT32_MAX for none. It is put on the tape once: an element may have four octets, and its namespace thousands.
static uint32_t namespace_number(reading *state, const xmlChar *uri) {
    if (uri == NULL) return UINT32_MAX;
    for (uint32_t each = 0; each < state->uri_count; each++) { if (state->uris[each] == uri) return each; }
    if (length(uri) > state->limits->uri || state->uri_count > state->limits->namespaces) { stop(state, POSTERN_XML_NAMESPACES); return UINT32_MAX; }
    put_kind(state, 4);
    put_number(state, length(uri));
    put_text(state, uri);
    state->uris[state->uri_count] = uri;
    return state->uri_count++;
}

static void on_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int namespace_count, const xmlChar **namespaces,
                     int attribute_count, int defaulted, const xmlChar **attributes) {
    (void)prefix; (void)namespaces; (void)defaulted;
    reading *state = context;
    if (state->tape->stop != POSTERN_XML_WHOLE) return;
    state->run = 0;
    state->namespaces += namespace_count > 0 ? (uint32_t)namespace_count : 0;
    if (++state->depth > state->limits->depth) { stop(state, POSTERN_XML_DEPTH); return; }
    if (++state->elements > state->limits->elements) { stop(state, POSTERN_XML_ELEMENTS); return; }
    if (state->namespaces > state->limits->namespaces) { stop(state, POSTERN_XML_NAMESPACES); return; }
    uint32_t count = attribute_count > 0 ? (uint32_t)attribute_count : 0;
    if (count > state->limits->attributes) { stop(state, POSTERN_XML_ATTRIBUTES); return; }
    // An attribute is five pointers: name, prefix, namespace, begin and end of the value.
    for (uint32_t each = 0; each < count; each++) {
        if ((size_t)(attributes[each * 5 + 4] - attributes[each * 5 + 3]) > state->limits->value) { stop(state, POSTERN_XML_VALUE); return; }
        namespace_number(state, attributes[each * 5 + 2]);
    }
    uint32_t own = namespace_number(state, uri);
    put_kind(state, 1);
    put_number(state, state->parser->input ? (uint32_t)state->parser->input->line : 0);
    put_number(state, own);
    put_number(state, length(name));
    put_number(state, count);
    put_text(state, name);
    for (uint32_t each = 0; each < count; each++) {
        const xmlChar **attribute = attributes + each * 5;
        size_t octets = (size_t)(attribute[4] - attribute[3]);
        put_number(state, namespace_number(state, attribute[2]));
        put_number(state, length(attribute[0]));
        put_number(state, (uint32_t)octets);
        put_text(state, attribute[0]);
        put(state, attribute[3], octets);
    }
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri) {
    (void)name; (void)prefix; (void)uri;
    reading *state = context;
    if (state->depth > 0) state->depth--;
    state->run = 0;
    put_kind(state, 2);
}

static void on_text(void *context, const xmlChar *text, int count) {
    reading *state = context;
    if (count <= 0) return;
    if (state->tape->stop != POSTERN_XML_WHOLE) return;
    if ((uint32_t)count > state->limits->value - state->run) { stop(state, POSTERN_XML_VALUE); return; }
    state->run += (uint32_t)count;
    put_kind(state, 3);
    put_number(state, (uint32_t)count);
    put(state, text, (size_t)count);
}

static void on_doctype(void *context, const xmlChar *name, const xmlChar *external, const xmlChar *system) {
    (void)name; (void)external; (void)system;
    stop(context, POSTERN_XML_DOCTYPE);
}

static void on_error(void *context, xmlErrorPtr error) {
    reading *state = context;
    // A prefix that is bound to nothing, and the like, is no fatal error.
    if (error->level != XML_ERR_FATAL || state->tape->stop != POSTERN_XML_WHOLE) return;
    state->tape->stop = error->code == XML_ERR_NO_MEMORY ? POSTERN_XML_MEMORY : POSTERN_XML_MALFORMED;
    state->tape->line = error->line;
    halt(state);
    if (error->message == NULL) return;
    size_t count = strcspn(error->message, "\n");
    if (count >= sizeof state->tape->message) count = sizeof state->tape->message - 1;
    memcpy(state->tape->message, error->message, count);
    state->tape->message[count] = 0;
}

static void quiet(void *context, const char *format, ...) { (void)context; (void)format; }

static pthread_once_t once = PTHREAD_ONCE_INIT;
static void prepare(void) { xmlInitParser(); }

void postern_xml_read(const unsigned char *octets, size_t count, const postern_xml_limits *limits, postern_xml_tape *tape) {
    memset(tape, 0, sizeof *tape);
    pthread_once(&once, prepare);
    // Per thread: what has no context to be told to.
    xmlSetGenericErrorFunc(NULL, quiet);
    if (count == 0 || count > INT_MAX) { tape->stop = POSTERN_XML_MALFORMED; return; }
    xmlParserCtxtPtr parser = xmlCreateMemoryParserCtxt((const char *)octets, (int)count);
    if (parser == NULL) { tape->stop = POSTERN_XML_MEMORY; return; }
    // One more than may be declared: that of the prefix xml is everywhere.
    const xmlChar **uris = calloc((size_t)limits->namespaces + 1, sizeof *uris);
    if (uris == NULL) { tape->stop = POSTERN_XML_MEMORY; xmlFreeParserCtxt(parser); return; }
    reading state = { .uris = uris, .parser = parser, .limits = limits, .tape = tape, .octets = octets, .count = count };
    xmlSAXHandler *handler = parser->sax;
    memset(handler, 0, sizeof *handler);
    handler->initialized = XML_SAX2_MAGIC;
    handler->startElementNs = on_start;
    handler->endElementNs = on_end;
    handler->characters = on_text;
    handler->ignorableWhitespace = on_text;
    handler->cdataBlock = on_text;
    handler->internalSubset = on_doctype;
    handler->serror = on_error;
    parser->userData = &state;
    // Without NOENT libxml2 writes &amp; in an attribute as &#38;; there are no entities but the five of XML.
    xmlCtxtUseOptions(parser, XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_IGNORE_ENC);
    xmlSwitchEncoding(parser, XML_CHAR_ENCODING_UTF8);
    xmlParseDocument(parser);
    if (tape->stop == POSTERN_XML_WHOLE && !parser->wellFormed) tape->stop = POSTERN_XML_MALFORMED;
    if (parser->myDoc != NULL) { xmlFreeDoc(parser->myDoc); parser->myDoc = NULL; }
    xmlFreeParserCtxt(parser);
    free(uris);
}

void postern_xml_free(postern_xml_tape *tape) {
    free(tape->octets);
    tape->octets = NULL;
    tape->count = 0;
}
