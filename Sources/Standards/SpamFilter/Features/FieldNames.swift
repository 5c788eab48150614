internal import Mail

/// Fields that the spam filter asks for.
enum FieldNames {
    static let date = HeaderName("Date"), returnPath = HeaderName("Return-Path"), mailer = HeaderName("X-Mailer"), userAgent = HeaderName("User-Agent")
    static let references = HeaderName("References"), inReplyTo = HeaderName("In-Reply-To"), received = HeaderName("Received")

    /// Keys of fields whose being there is a fact.
    static let telling: Set<UInt64> = Set([
        "In-Reply-To", "References", "List-Id", "List-Unsubscribe", "List-Post", "List-Unsubscribe-Post", "Precedence", "Errors-To", "X-Mailer", "User-Agent", "X-MimeOLE", "X-Priority", "X-MSMail-Priority",
        "Thread-Index", "Thread-Topic", "Organization", "DKIM-Signature", "DomainKey-Signature", "X-Originating-IP", "MIME-Version", "Content-Type", "Content-Language", "Importance", "Auto-Submitted", "Feedback-ID",
        "X-Mailing-List", "X-BeenThere", "Mailing-List", "Delivered-To", "Resent-From", "Reply-To", "Subject", "X-PHP-Originating-Script", "ARC-Seal", "Authentication-Results", "Received-SPF", "Disposition-Notification-To",
    ].map { HeaderName($0).key })
}
