import RateLimits
import Testing

@Suite struct LanguageTagTests {
    @Test(arguments: [("en", "en"), ("EN", "en"), ("de-at", "de-AT"), ("ZH-hant-tw", "zh-Hant-TW"), ("sr-latn", "sr-Latn"), ("de-1996", "de-1996"), ("es-419", "es-419"), ("en-x-twain", "en-x-twain"), ("de-u-co-phonebk", "de-u-co-phonebk"), ("tlh", "tlh")])
    func read(_ text: String, _ tag: String) {
        #expect(LanguageTag(text)?.description == tag)
        #expect(LanguageTag(tag)?.description == tag)
    }

    @Test(arguments: ["", "e", "1", "12", "en-", "-en", "en--us", "en_US", "deutschland", "e1", "en-ümlaut", "en us", "en-" + String(repeating: "a", count: 9), String(repeating: "ab-", count: 12) + "ab", "../en", "x-klingon"]) func none(_ text: String) { #expect(LanguageTag(text) == nil) }

    @Test(arguments: [("en", ["en"]), ("zh-Hant-TW", ["zh-Hant-TW", "zh-Hant", "zh"]), ("en-x-twain", ["en-x-twain", "en"]), ("de-AT-u-co-phonebk", ["de-AT-u-co-phonebk", "de-AT-u-co", "de-AT", "de"])])
    func lookups(_ text: String, _ tags: [String]) { #expect(LanguageTag(text)?.lookups == tags && LanguageTag(text)?.language == tags.last) }
}
