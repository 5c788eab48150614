/// The tables of RFC 9990 §3.1.1 as a schema of our own: what is there, how often, in which order where the tables ask for one,
/// with which words. The schema of appendix A is tried as well where the suites are at hand.
package enum ReportSchema {
    package static let text = """
        <?xml version="1.0"?>
        <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:ietf:params:xml:ns:dmarc-2.0" targetNamespace="urn:ietf:params:xml:ns:dmarc-2.0" elementFormDefault="qualified">
        \(word("Request", ["none", "quarantine", "reject"]))
        \(word("Disposition", ["none", "pass", "quarantine", "reject"]))
        \(word("Aligned", ["pass", "fail"]))
        \(word("Mode", ["r", "s"]))
        \(word("Flag", ["n", "y"]))
        \(word("Discovery", ["psl", "treewalk"]))
        \(word("Scope", ["mfrom"]))
        \(word("Override", ["local_policy", "mailing_list", "other", "policy_test_mode", "trusted_forwarder"]))
        \(word("DKIMResult", ["none", "pass", "fail", "policy", "neutral", "temperror", "permerror"]))
        \(word("SPFResult", ["none", "pass", "fail", "softfail", "policy", "neutral", "temperror", "permerror"]))
        <xs:simpleType name="Name"><xs:restriction base="xs:string"><xs:minLength value="1"/></xs:restriction></xs:simpleType>
        <xs:simpleType name="Version"><xs:restriction base="xs:string"><xs:enumeration value="1.0"/></xs:restriction></xs:simpleType>
        \(type("Range", "all", ["begin xs:nonNegativeInteger 1", "end xs:nonNegativeInteger 1"]))
        \(type("Metadata", "all", ["org_name Name 1", "email Name 1", "extra_contact_info xs:string 0", "report_id Name 1", "date_range Range 1", "error xs:string 0", "generator xs:string 0"]))
        \(type("Policy", "all", ["domain Name 1", "discovery_method Discovery 0", "p Request 1", "sp Request 0", "np Request 0", "fo xs:string 0", "adkim Mode 0", "aspf Mode 0", "testing Flag 0"]))
        \(type("Reason", "all", ["type Override 1", "comment xs:string 0"]))
        \(type("Evaluated", "sequence", ["disposition Disposition 1", "dkim Aligned 1", "spf Aligned 1", "reason Reason *"]))
        \(type("Row", "all", ["source_ip Name 1", "count xs:positiveInteger 1", "policy_evaluated Evaluated 1"]))
        \(type("Identifiers", "all", ["header_from Name 1", "envelope_from xs:string 0", "envelope_to xs:string 0"]))
        \(type("Signature", "all", ["domain Name 1", "selector Name 1", "result DKIMResult 1", "human_result xs:string 0"]))
        \(type("Identity", "all", ["domain Name 1", "scope Scope 0", "result SPFResult 1", "human_result xs:string 0"]))
        \(type("Results", "sequence", ["dkim Signature *", "spf Identity 0"]))
        \(type("Record", "sequence", ["row Row 1", "identifiers Identifiers 1", "auth_results Results 1"]))
        <xs:element name="feedback"><xs:complexType><xs:sequence>
        \(element("version Version 0"))\(element("report_metadata Metadata 1"))\(element("policy_published Policy 1"))\(element("record Record +"))
        </xs:sequence></xs:complexType></xs:element>
        </xs:schema>

        """

    private static func word(_ name: String, _ words: [String]) -> String {
        "<xs:simpleType name=\"\(name)\"><xs:restriction base=\"xs:string\">" + words.map { "<xs:enumeration value=\"\($0)\"/>" }.joined() + "</xs:restriction></xs:simpleType>"
    }

    private static func type(_ name: String, _ order: String, _ elements: [String]) -> String {
        "<xs:complexType name=\"\(name)\"><xs:\(order)>" + elements.map(element).joined() + "</xs:\(order)></xs:complexType>"
    }

    /// Name, type and how often: once, 0 or 1, *, +.
    private static func element(_ row: String) -> String {
        let words = row.split(separator: " "), often = words[2]
        return "<xs:element name=\"\(words[0])\" type=\"\(words[1])\" minOccurs=\"\(often == "1" || often == "+" ? 1 : 0)\" maxOccurs=\"\(often == "*" || often == "+" ? "unbounded" : "1")\"/>"
    }
}
