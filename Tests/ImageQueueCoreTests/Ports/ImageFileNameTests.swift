import ImageQueueCore
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Picture file names", .timeLimit(.minutes(1)))
struct ImageFileNameTests {
    static let job = JobID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")

    @Test(
        "stand in the folder of the submission's date, in UTC",
        arguments: [
            (1_795_521_600, "2026/11/24"), (1_795_564_799, "2026/11/24"), (1_795_564_800, "2026/11/25"),
            (0, "1970/01/01"), (951_782_400, "2000/02/29"), (4_102_444_799, "2099/12/31"),
        ] as [(Double, String)]
    )
    func folder(seconds: Double, folder: String) {
        #expect(ImageFileName.folder(createdAt: Date(timeIntervalSince1970: seconds)) == folder)
    }

    @Test("name job, attempt and number, and carry the format's extension", arguments: ImageFormat.allCases)
    func path(format: ImageFormat) throws {
        let job = try #require(Self.job)
        let name = ImageFileName(
            job: job,
            createdAt: Date(timeIntervalSince1970: 1_795_521_600),
            attempt: 12,
            number: 3,
            format: format
        )
        #expect(name.path == "2026/11/24/\(job)-12-3.\(format.fileExtension)")
        #expect(name.path.hasPrefix("2026/11/24/" + ImageFileName.attemptPrefix(job: job, attempt: 12)))
        let other = ImageFileName.attemptPrefix(job: job, attempt: 1)
        #expect(!name.path.hasPrefix("2026/11/24/" + other), "attempt 1 is not the beginning of attempt 12")
    }
}
