#pragma once
#include <stddef.h>
#include <stdint.h>

// libxml2 behind one function: its own headers stay out of the module, and nothing calls back into Swift.

/// What stopped the reading.
enum postern_xml_stop {
    POSTERN_XML_WHOLE = 0, POSTERN_XML_MALFORMED, POSTERN_XML_DOCTYPE, POSTERN_XML_DEPTH, POSTERN_XML_ELEMENTS,
    POSTERN_XML_ATTRIBUTES, POSTERN_XML_NAMESPACES, POSTERN_XML_VALUE, POSTERN_XML_MEMORY,
};

typedef struct postern_xml_limits {
    /// Elements inside each other.
    uint32_t depth;
    /// Elements of the document.
    uint32_t elements;
    /// Attributes of one element.
    uint32_t attributes;
    /// Namespace declarations of the document, and the octets of one namespace.
    uint32_t namespaces, uri;
    /// Octets of one attribute's value, and of the text between two tags.
    uint32_t value;
} postern_xml_limits;

/// A document as a row of events, each an octet that says what it is and, in the machine's order of octets, 32-bit numbers:
/// `1` start of an element: line, number of the namespace (from 0; UINT32_MAX: none), octets of the local name, count of attributes; the name; for
/// each attribute the number of its namespace, the octets of local name and value, then these. `2` end of an element. `3` text: its octets, and
/// these. `4` the next namespace: its octets, and these.
typedef struct postern_xml_tape {
    unsigned char *octets;
    size_t count;
    /// One of `postern_xml_stop`; what was read before stays on the tape.
    int stop;
    /// From 1; 0 where it is not known.
    int line;
    /// What libxml2 says of a malformed document; ends with a null octet.
    char message[256];
} postern_xml_tape;

/// Reads a document of UTF-8 without network, document type and entities of its own. Writes nothing to standard error.
/// May be called from several threads at once. The tape is given back with `postern_xml_free`.
void postern_xml_read(const unsigned char *octets, size_t count, const postern_xml_limits *limits, postern_xml_tape *tape);
void postern_xml_free(postern_xml_tape *tape);
