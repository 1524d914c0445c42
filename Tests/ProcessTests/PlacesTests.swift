import Testing

@testable import iqctl

@Suite(.timeLimit(.minutes(1)))
struct PlacesTests {
    @Test("XDG's folders are used where they are absolute, and the usual ones elsewhere")
    func folders() {
        let none = Places(environment: [:], home: "/home/ada")
        #expect(none.database == "/home/ada/.local/state/iqctl/queue.db")
        #expect(none.images == "/home/ada/.local/share/iqctl/images")
        let own = Places(environment: ["HOME": "/h"], home: "/home/ada")
        #expect(own.database == "/h/.local/state/iqctl/queue.db")
        let set = Places(environment: ["XDG_STATE_HOME": "/s/", "XDG_DATA_HOME": "d"], home: "/home/ada")
        #expect(set.database == "/s/iqctl/queue.db")
        #expect(set.images == "/home/ada/.local/share/iqctl/images")
    }

    @Test("A password may hold colons, a user name not")
    func credentials() throws {
        let auth = try ForgeOptions.credentials(Places(environment: ["IQCTL_FORGE_AUTH": "ada:a:b"], home: "/"))
        #expect(auth?.user == "ada")
        #expect(auth?.password == "a:b")
        #expect(try ForgeOptions.credentials(Places(environment: [:], home: "/")) == nil)
        #expect(throws: CommandFailure.self) {
            try ForgeOptions.credentials(Places(environment: ["IQCTL_FORGE_AUTH": "ada"], home: "/"))
        }
    }
}
