import API
import Verdicts

/// The administrator's token: made once, kept in the state folder, known to the database.
enum AdminToken {
    /// Makes sure that the token in the folder opens the door.
    /// - Returns: its text.
    /// - Throws: `StoreTrouble`, `StateFolder.Trouble`, `NoRandomness`.
    static func ensure(in folder: StateFolder, _ store: any TokenStore, at now: Timestamp) async throws -> String {
        if let text = folder.adminToken() {
            guard let token = TokenText(text) else { throw StateFolder.Trouble(description: "\(folder.tokenFile) holds no token; remove it to have a new one made") }
            if let known = try await store.token(token.id), known.digest == token.digest { return text }
            // The file outlived its database, or was put there by the operator: whoever can write it owns the service.
            try await store.save(row(token, now))
            return text
        }
        let (text, token) = try TokenText.make()
        try await store.save(row(token, now))
        try folder.write(adminToken: text)
        return text
    }

    private static func row(_ token: TokenText, _ now: Timestamp) -> AccessToken {
        AccessToken(id: token.id, tenant: nil, name: "administrator", scopes: [.admin], digest: token.digest, createdAt: now, expiresAt: nil)
    }
}
