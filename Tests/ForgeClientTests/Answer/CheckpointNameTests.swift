import Testing

@testable import ForgeClient

@Suite(.timeLimit(.minutes(1)))
struct CheckpointNameTests {
    @Test(arguments: [
        "random-b", "random-b.safetensors", "Random-B.safetensors", "random-b.safetensors [4fb2370fd9]", "4fb2370fd9",
        "4FB2370FD9", "4fb2370fd9aabbccddeeff", "4fb2370f", "sub/random-b.ckpt", "sub\\random-b.ckpt",
        "renamed.safetensors [4fb2370fd9]",
    ])
    func `Each form that Forge accepts names the model`(asked: String) {
        #expect(CheckpointName(asked).names(model: "random-b", hash: "4fb2370fd9"))
    }

    @Test(arguments: ["random-a", "random", "random-bb", "4fb23", "deca4e7b6a", "random-a [deca4e7b6a]", "", "]", "[]"])
    func `Another model is another`(asked: String) {
        #expect(!CheckpointName(asked).names(model: "random-b", hash: "4fb2370fd9"))
    }

    @Test func `A name that looks like a hash is still a name`() {
        #expect(CheckpointName("deadbeef").names(model: "deadbeef", hash: nil))
        #expect(!CheckpointName("deadbeef").names(model: "other", hash: ""))
    }
}
