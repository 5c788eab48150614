import API
import ArgumentParser
import Foundation
import JSON
import Storage
import Verdicts

/// `postern token`: makes, lists and revokes tokens, for who can reach the database.
struct Token: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Make, list and revoke access tokens.", subcommands: [Make.self, List.self, Revoke.self])

    struct Make: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Make a token and print it; it is shown this once.")
        @OptionGroup var options: SettingsOptions
        @Argument(help: "What it is for.") var name: String
        private static var words: String { Scope.allCases.map(\.rawValue).joined(separator: ", ") }

        @Option(name: .long, help: "\(Self.words); may be given again.") var scope: [String] = ["judge"]
        @Option(name: .long, help: "Confine it to one tenant.") var tenant: String?

        func run() async throws {
            let scopes = try scope.map { word in
                guard let scope = Scope(rawValue: word) else { throw ValidationError("--scope: is none of \(Scope.allCases.map(\.rawValue).joined(separator: ", ")): \(word)") }
                return scope
            }
            if let tenant, tenant.isEmpty || tenant.utf8.count > 255 { throw ValidationError("--tenant: is not 1 to 255 octets") }
            if tenant != nil, let scope = scopes.first(where: \.isOfWholeNode) {
                throw ValidationError("--scope: \(scope.rawValue) is of the whole node: a token confined to a tenant cannot have it")
            }
            try await Token.withStore(options) { store in
                let (text, token) = try TokenText.make()
                do { try await store.save(AccessToken(id: token.id, tenant: tenant, name: name, scopes: scopes, digest: token.digest, createdAt: .now, expiresAt: nil)) } catch let full as TenantLimitReached {
                    throw ValidationError("the tenant has \(full.limit) tokens and may have no more; revoke one first")
                }
                print(text)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the tokens, without their secrets.")
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            try await Token.withStore(options) { store in
                for token in try await store.tokens() {
                    print("\(token.id)  \(token.createdAt)  \(token.tenant ?? "every tenant")  \(token.scopes.map(\.rawValue).joined(separator: ","))  \(token.name)")
                }
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Take a token out of use.")
        @OptionGroup var options: SettingsOptions
        @Argument(help: "The id of the token: the 16 digits after ptn_.") var id: String

        func run() async throws {
            try await Token.withStore(options) { store in
                guard try await store.remove(id) else { throw ValidationError("there is no token \(id)") }
            }
        }
    }

    private static func withStore(_ options: SettingsOptions, _ work: (any TokenStore) async throws -> Void) async throws {
        let database = try await RunningDatabase.reach(try options.read())
        do { try await work(PostgresTokenStore(database.pool)) } catch {
            await database.close()
            throw error
        }
        await database.close()
    }
}
