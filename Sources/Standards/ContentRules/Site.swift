internal import DNS
internal import Letters

/// The part of a host name that somebody registered, as far as that shows without a list of public suffixes.
package enum Site {
    /// See ``RegistrableName``.
    static func of(_ host: String) -> String {
        let octets = Array(host.utf8), start = RegistrableName.start(in: octets[...])
        return start == 0 ? host : String(decoding: octets[start...], as: UTF8.self)
    }

    static func of(_ domain: DomainName) -> String { of(domain.text) }

    /// The first label of the site: `example` of `www.example.co.uk`.
    static func label(_ site: String) -> String { site.utf8.firstIndex(of: UInt8(ascii: ".")).map { String(site[..<$0]) } ?? site }

    /// Whether anybody has a mailbox at a domain for the asking.
    /// - Parameter domain: in lower-case A-labels.
    package static func isFree(_ domain: String) -> Bool { free.contains(of(domain)) }

    /// Where anybody has a mailbox for the asking.
    static let free: Set<String> = [
        "gmail.com", "googlemail.com", "yahoo.com", "ymail.com", "rocketmail.com", "yahoo.co.uk", "yahoo.fr", "yahoo.de", "yahoo.it", "yahoo.es", "yahoo.co.in", "yahoo.com.br", "yahoo.co.jp", "yahoo.ca",
        "yahoo.com.cn", "yahoo.com.hk", "yahoo.com.au", "hotmail.com", "hotmail.co.uk", "hotmail.fr", "hotmail.de", "hotmail.it", "hotmail.es", "outlook.com", "outlook.de", "outlook.fr", "live.com", "live.co.uk", "live.fr", "live.nl",
        "msn.com", "aol.com", "aim.com", "icloud.com", "me.com", "mac.com", "gmx.de", "gmx.net", "gmx.com", "gmx.at", "web.de", "freenet.de", "t-online.de", "mail.ru", "bk.ru", "inbox.ru", "list.ru", "yandex.ru", "yandex.com", "ya.ru",
        "rambler.ru", "mail.com", "email.com", "usa.com", "proton.me", "protonmail.com", "tutanota.com", "zoho.com", "qq.com", "163.com", "126.com", "sina.com", "sohu.com", "foxmail.com", "naver.com", "daum.net", "hanmail.net",
        "libero.it", "virgilio.it", "tiscali.it", "tin.it", "alice.it", "orange.fr", "wanadoo.fr", "free.fr", "laposte.net", "sfr.fr", "seznam.cz", "centrum.cz", "wp.pl", "o2.pl", "onet.pl", "interia.pl", "uol.com.br", "bol.com.br", "terra.com.br",
        "rediffmail.com", "fastmail.com", "hushmail.com", "excite.com", "lycos.com", "netzero.net", "juno.com", "comcast.net", "verizon.net", "sbcglobal.net", "att.net", "earthlink.net", "btinternet.com", "ukr.net", "i.ua", "abv.bg", "walla.com",
    ]

    /// What stands for another address, which nobody sees before.
    static let shorteners: Set<String> = [
        "bit.ly", "tinyurl.com", "t.co", "goo.gl", "ow.ly", "is.gd", "buff.ly", "rebrand.ly", "cutt.ly", "shorturl.at", "t.ly", "rb.gy", "s.id", "tiny.cc", "v.gd", "lnkd.in", "bl.ink", "short.io", "urlz.fr", "clck.ru", "vk.cc", "u.to", "qr.ae",
        "shorte.st", "adf.ly", "snip.ly", "t2m.io", "soo.gd", "x.co", "qps.ru", "n9.cl", "2u.pw", "dub.sh", "tinu.be", "surl.li", "kutt.it", "l.ead.me", "me2.do", "han.gl", "bitly.ws", "shrtco.de", "0rz.tw", "tr.im", "snipurl.com", "notlong.com",
    ]

    /// Where anybody puts a page under a name of the host.
    static let freePages: Set<String> = [
        "web.app", "firebaseapp.com", "pages.dev", "workers.dev", "r2.dev", "vercel.app", "netlify.app", "herokuapp.com", "onrender.com", "glitch.me", "repl.co", "github.io", "gitlab.io", "blogspot.com", "weebly.com", "wixsite.com", "wix.com",
        "godaddysites.com", "square.site", "webflow.io", "000webhostapp.com", "byethost.com", "sharepoint.com", "azurewebsites.net", "windows.net", "amazonaws.com", "cloudfront.net", "digitaloceanspaces.com", "backblazeb2.com", "storage.googleapis.com",
        "ipfs.io", "dweb.link", "fleek.co", "surge.sh", "translate.goog", "sites.google.com", "docs.google.com", "forms.gle", "forms.office.com", "notion.site", "jotform.com", "typeform.com", "geocities.com", "tripod.com", "angelfire.com", "fortunecity.com",
        "ucoz.ru", "narod.ru", "wordpress.com", "tumblr.com", "strikingly.com", "yolasite.com", "page.link", "app.link", "ngrok.io", "ngrok-free.app", "trycloudflare.com", "duckdns.org", "no-ip.org", "ddns.net", "hopto.org", "dyndns.org",
    ]

    /// The known sites by what their labels look like.
    static let knownLooks: [String: String] = Dictionary(known.flatMap(\.sites).filter { label($0).utf8.count >= 4 }.map { (Likeness.skeleton(of: label($0)), $0) }, uniquingKeysWith: { min($0, $1) })

    /// The sites of each of the known names that is one word.
    static let byName: [String: Set<String>] = Dictionary(known.map { ($0.name, $0.sites) }, uniquingKeysWith: { $0.union($1) })

    /// Names that are worn by others most, and the sites of their owners.
    static let known: [(name: String, sites: Set<String>)] = [
        ("paypal", ["paypal.com", "paypal.co.uk", "paypal.de", "paypalobjects.com", "paypal-communication.com"]), ("microsoft", ["microsoft.com", "office.com", "live.com", "outlook.com", "microsoftonline.com", "office365.com", "msn.com", "windows.com", "skype.com", "linkedin.com", "github.com", "microsoftemail.com"]),
        ("office365", ["microsoft.com", "office.com", "office365.com", "microsoftonline.com"]), ("outlook", ["microsoft.com", "outlook.com", "office.com", "office365.com", "live.com"]), ("google", ["google.com", "gmail.com", "youtube.com", "googlemail.com", "google.de", "google.co.uk"]),
        ("apple", ["apple.com", "icloud.com", "me.com", "mac.com"]), ("icloud", ["apple.com", "icloud.com"]), ("amazon", ["amazon.com", "amazon.de", "amazon.co.uk", "amazon.fr", "amazon.it", "amazon.es", "amazon.co.jp", "amazon.in", "amazon.ca", "amazon.com.br", "amazonaws.com", "amazonses.com"]),
        ("netflix", ["netflix.com"]), ("facebook", ["facebook.com", "facebookmail.com", "fb.com", "meta.com"]), ("instagram", ["instagram.com", "facebookmail.com", "meta.com"]), ("whatsapp", ["whatsapp.com", "facebook.com"]), ("linkedin", ["linkedin.com"]),
        ("ebay", ["ebay.com", "ebay.de", "ebay.co.uk", "ebay.fr", "ebay.it", "ebay.ca", "ebay.com.au"]), ("dhl", ["dhl.com", "dhl.de", "dpdhl.com", "deutschepost.de"]), ("fedex", ["fedex.com"]), ("ups", ["ups.com"]), ("usps", ["usps.com", "usps.gov"]), ("docusign", ["docusign.com", "docusign.net"]),
        ("dropbox", ["dropbox.com", "dropboxmail.com"]), ("adobe", ["adobe.com", "adobesign.com"]), ("citibank", ["citibank.com", "citi.com"]), ("wells fargo", ["wellsfargo.com", "wf.com"]), ("chase", ["chase.com", "jpmorgan.com", "jpmchase.com"]), ("bank of america", ["bankofamerica.com", "bofa.com"]),
        ("hsbc", ["hsbc.com", "hsbc.co.uk"]), ("barclays", ["barclays.com", "barclays.co.uk"]), ("santander", ["santander.com", "santander.co.uk", "santander.com.br", "santander.es"]), ("bradesco", ["bradesco.com.br"]), ("itau", ["itau.com.br"]), ("coinbase", ["coinbase.com"]),
        ("binance", ["binance.com"]), ("metamask", ["metamask.io", "consensys.net"]), ("trust wallet", ["trustwallet.com"]), ("blockchain", ["blockchain.com", "blockchain.info"]), ("sberbank", ["sberbank.ru", "sber.ru"]), ("american express", ["americanexpress.com", "aexp.com"]), ("spotify", ["spotify.com"]),
        ("walmart", ["walmart.com"]), ("costco", ["costco.com"]), ("mcafee", ["mcafee.com"]), ("norton", ["norton.com", "nortonlifelock.com", "gendigital.com", "symantec.com"]), ("telekom", ["telekom.de", "t-online.de", "telekom.com"]),
        ("trezor", ["trezor.io", "satoshilabs.com"]), ("ledger", ["ledger.com", "ledger.fr"]), ("kraken", ["kraken.com"]), ("kucoin", ["kucoin.com"]), ("opensea", ["opensea.io"]), ("crypto com", ["crypto.com"]), ("tiktok", ["tiktok.com"]), ("twitter", ["twitter.com", "x.com"]),
        ("airbnb", ["airbnb.com"]), ("aliexpress", ["aliexpress.com", "alibaba.com"]), ("shein", ["shein.com", "sheingroup.com"]), ("temu", ["temu.com", "temuemail.com"]), ("zalando", ["zalando.com", "zalando.de"]), ("decathlon", ["decathlon.com", "decathlon.fr"]),
        ("sephora", ["sephora.com", "sephora.fr"]), ("leroy merlin", ["leroymerlin.fr", "leroymerlin.com"]), ("ikea", ["ikea.com"]), ("lidl", ["lidl.com", "lidl.de"]), ("aldi", ["aldi.com", "aldi-sued.de", "aldi-nord.de"]), ("edeka", ["edeka.de"]), ("rewe", ["rewe.de"]), ("kaufland", ["kaufland.de"]),
        ("home depot", ["homedepot.com"]), ("lowes", ["lowes.com"]), ("harbor freight", ["harborfreight.com"]), ("dicks sporting goods", ["dicks.com", "dickssportinggoods.com"]), ("sirius xm", ["siriusxm.com"]), ("omaha steaks", ["omahasteaks.com"]), ("walgreens", ["walgreens.com"]),
        ("xfinity", ["xfinity.com", "comcast.com", "comcast.net"]), ("verizon", ["verizon.com", "verizonwireless.com", "vzw.com"]), ("t mobile", ["t-mobile.com", "telekom.de", "telekom.com"]), ("disney", ["disney.com", "disneyplus.com", "go.com"]),
        ("dpd", ["dpd.com", "dpd.de", "dpd.co.uk", "dpdgroup.com"]), ("evri", ["evri.com"]), ("royal mail", ["royalmail.com"]), ("la poste", ["laposte.fr", "laposte.net"]), ("chronopost", ["chronopost.fr"]), ("colissimo", ["colissimo.fr", "laposte.fr"]), ("postnl", ["postnl.nl"]), ("bpost", ["bpost.be"]),
        ("poste italiane", ["poste.it", "posteitaliane.it"]), ("correos", ["correos.es", "correos.com"]), ("correios", ["correios.com.br"]), ("mercado pago", ["mercadopago.com", "mercadopago.com.br", "mercadolivre.com.br"]), ("mercado livre", ["mercadolivre.com.br"]), ("nubank", ["nubank.com.br"]),
        ("banco do brasil", ["bb.com.br"]), ("bbva", ["bbva.com", "bbva.es"]), ("caixabank", ["caixabank.com", "caixabank.es"]), ("credit agricole", ["credit-agricole.fr"]), ("bnp paribas", ["bnpparibas.com", "bnpparibas.net"]), ("societe generale", ["societegenerale.fr", "socgen.com"]),
        ("unicredit", ["unicredit.it", "unicreditgroup.eu"]), ("intesa sanpaolo", ["intesasanpaolo.com"]), ("rabobank", ["rabobank.nl", "rabobank.com"]), ("abn amro", ["abnamro.nl", "abnamro.com"]), ("commerzbank", ["commerzbank.de", "commerzbank.com"]), ("deutsche bank", ["deutsche-bank.de", "db.com"]),
        ("postbank", ["postbank.de"]), ("comdirect", ["comdirect.de"]), ("deutsche bahn", ["bahn.de", "deutschebahn.com"]), ("revolut", ["revolut.com"]), ("natwest", ["natwest.com"]), ("capital one", ["capitalone.com"]), ("swisscom", ["swisscom.ch", "swisscom.com"]),
    ]
}
