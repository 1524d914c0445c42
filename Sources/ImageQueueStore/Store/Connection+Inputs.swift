internal import ImageQueueCore

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// The pictures that jobs start from. Equal ones are kept once, for as long as a job names them.
extension Connection {
    func insert(_ inputs: [PreparedSubmission.Input], ofJob seq: Int64) throws {
        for input in inputs {
            try execute(
                "INSERT INTO input_files (sha256, bytes) VALUES (?, ?) ON CONFLICT DO NOTHING",
                .text(input.sha256),
                .blob(input.bytes)
            )
            try execute("INSERT INTO inputs (job_seq, sha256) VALUES (?, ?)", .integer(seq), .text(input.sha256))
        }
    }

    /// The pictures that a job's request names, without those that are gone or others by now: something else has
    /// changed the database.
    func inputs(of row: JobRow) throws -> [InputFile] {
        let named = try request(ofJob: row.seq).known?.inputs ?? []
        return try Set(named).sorted { $0.sha256 < $1.sha256 }.compactMap { image in
            let bytes = try first(
                """
                SELECT bytes FROM input_files JOIN inputs USING (sha256) WHERE job_seq = ? AND sha256 = ?
                """,
                .integer(row.seq),
                .text(image.sha256)
            ) { Data(try $0.blob(0)) }
            return bytes.flatMap { InputFile($0, as: image) }
        }
    }
}
