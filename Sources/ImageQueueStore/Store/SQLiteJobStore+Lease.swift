public import ImageQueueCore

extension SQLiteJobStore {
    /// See ``JobStore/standing(of:)``.
    public func standing(of lease: Lease) async throws -> LeaseStanding {
        guard keeper.mayGoOn(lease.worker) else { return .lost }
        return try await read { [rules] connection in
            guard let row = try connection.jobRow(lease.job), connection.isHeld(row, by: lease) else { return .lost }
            if let mode = row.lifecycle.cancelRequested { return .cancelRequested(mode) }
            return try row.lifecycle.state == .queued && connection.mustGoBack(row, at: rules.time.wall())
                ? .returnRequested : .held
        }
    }

    /// See ``JobStore/report(_:for:)``.
    public func report(_ progress: JobProgress, for lease: Lease) async throws {
        try await write(durability: .normal) { connection in
            let row = try connection.heldRow(lease)
            try connection.raiseRevision()
            // A lower share than the one that was told is not told: progress never falls within an attempt.
            _ = try connection.execute(
                """
                UPDATE progress SET fraction = ?2, pictures_done = max(pictures_done, ?3), remaining_ms = ?4,
                    revision = (SELECT value FROM settings WHERE name = 'revision')
                WHERE job_seq = ?1 AND fraction <= ?2
                """,
                .integer(row.seq),
                .real(progress.fraction),
                .int(progress.picturesDone),
                Value(progress.remaining?.milliseconds)
            )
        }
    }

    /// See ``JobStore/record(_:for:)``.
    public func record(_ image: GeneratedImage, for lease: Lease) async throws {
        try await write { [rules] connection in
            var row = try connection.heldRow(lease)
            try connection.insert(image, of: &row, at: rules.time.wall())
            try connection.raiseRevision()
            try connection.execute(
                """
                UPDATE progress SET pictures_done = max(pictures_done, (SELECT count(*) FROM images WHERE job_id = ?2)),
                    revision = (SELECT value FROM settings WHERE name = 'revision')
                WHERE job_seq = ?1
                """,
                .integer(row.seq),
                .text(row.id.description)
            )
        }
    }

    /// See ``JobStore/settle(_:as:beginning:then:)``.
    public func settle(
        _ lease: Lease,
        as ending: AttemptEnding,
        beginning: Lease?,
        then next: ClaimRequest?
    ) async throws -> Settlement {
        // An ending counts while nobody else has the job; nothing new is begun on a lease that is about to end.
        let (beginning, next) = keeper.mayGoOn(lease.worker) ? (beginning, next) : (nil, nil)
        return try await write { [rules] connection in
            var row = try connection.heldRow(lease)
            let now = rules.time.wall()
            try connection.settle(&row, as: ending, rules: rules, at: now)
            if let beginning { _ = try connection.granting { try connection.begin(beginning, rules: rules) } }
            let answer = try next.flatMap { next in
                try connection.granting { try connection.claim(next, rules: rules) }
            }
            return Settlement(state: row.lifecycle.state, next: answer?.job)
        }
    }
}

extension Connection {
    /// Grants a wish that goes along with an ending, or not: what the queue refuses undoes the wish alone. What the
    /// database fails at undoes all.
    fileprivate func granting<Wish>(_ wish: () throws -> Wish) throws -> Wish? {
        do {
            return try part(wish)
        } catch is QueueError {
            return nil
        }
    }

    private static let moreUrgent = SQL(
        """
        SELECT 1 FROM jobs INDEXED BY jobs_in_order
        WHERE lane = '' AND state = 1 AND priority > ?1 AND worker IS NULL AND is_suspect = 0
            AND ifnull(deadline > ?2, 1)
        LIMIT 1
        """
    )

    /// Whether a reserved job has to make room.
    fileprivate func mustGoBack(_ row: JobRow, at now: Int64) throws -> Bool {
        if try setting("paused") != 0 { return true }
        if let backend = row.backend, try isDraining(BackendID(rawValue: backend)) { return true }
        guard row.lane.isEmpty, let id = row.worker, let worker = try registration(of: id), worker.scope == .anyJob
        else {
            return false
        }
        // It stands back for another job of its own owner, which would take its place in the count.
        let full = try ownersAtLimit(for: worker, without: row.owner)
        if !full.isEmpty {
            let first = try inOrder(lane: "", suspectsToo: false, without: full, limit: 1, at: now).first
            return first.map { $0.priority > row.priority } ?? false
        }
        return try first(Self.moreUrgent, .int(row.priority.rawValue), .integer(now)) { _ in true } ?? false
    }

    func isHeld(_ row: JobRow, by lease: Lease) -> Bool {
        row.worker == lease.worker && row.nonce == lease.nonce && row.lifecycle.attempt == lease.attempt
    }

    /// The row of a job that this very attempt holds.
    ///
    /// - Throws: `stale_lease`.
    func heldRow(_ lease: Lease) throws -> JobRow {
        guard let row = try jobRow(lease.job), isHeld(row, by: lease) else { throw Self.stale(lease.job) }
        return row
    }

    /// Writes a picture down. One that the job has already stays: the first whole file of a number is the result.
    ///
    /// - Throws: `stale_lease` if the number is taken, so that the caller removes its file.
    fileprivate func insert(_ image: GeneratedImage, of row: inout JobRow, at now: Int64) throws {
        let inserted = try execute(
            """
            INSERT INTO images (job_id, number, attempt, owner, path, format, width, height, byte_count, sha256, seed,
                prompt, infotext, warnings, parent_job, parent_number, created_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (job_id, number) DO NOTHING
            """,
            .text(row.id.description),
            .int(image.number),
            .int(image.attempt),
            .text(row.owner.rawValue),
            .text(image.path),
            .text(image.format.rawValue),
            .int(image.width),
            .int(image.height),
            .int(image.byteCount),
            .text(image.sha256),
            Value(image.seed.map { String($0) }),
            .text(image.prompt),
            Value(image.infotext),
            .text(try JSONValue.array(image.warnings.map(JSONValue.string)).jsonText()),
            Value(image.parent?.job.description),
            Value(image.parent?.number),
            .integer(now)
        )
        guard inserted == 1 else { throw Self.stale(row.id) }
        // A reserved job whose begin was refused, for a cancel that came first, though its request had left.
        if row.startedAt == nil {
            row.startedAt = now
            try execute("UPDATE OR FAIL jobs SET started_at = ? WHERE seq = ?", .integer(now), .integer(row.seq))
        }
    }

    fileprivate func settle(
        _ row: inout JobRow,
        as ending: AttemptEnding,
        rules: StoreRules,
        at now: Int64
    ) throws {
        switch ending {
        case .complete(let images):
            if row.lifecycle.state == .processing { try noteDuration(of: row, at: now) }
            for image in images { try insert(image, of: &row, at: now) }
            try apply(.complete, to: &row, rules: rules, at: now)
        case .stopped(let stillDrawing):
            try apply(.stopped(stillDrawing: stillDrawing), to: &row, rules: rules, at: now)
        case .failed(let failure):
            try apply(.fail(failure), to: &row, rules: rules, at: now)
        case .retry(let failure, let pause):
            let isPaused = pause > .zero
            try apply(
                .retry(failure, paused: isPaused),
                to: &row,
                rules: rules,
                notBefore: isPaused ? now + pause.milliseconds : nil,
                at: now
            )
        case .released(let pause):
            let isPaused = pause > .zero
            try apply(
                .release(paused: isPaused),
                to: &row,
                rules: rules,
                notBefore: isPaused ? now + pause.milliseconds : nil,
                at: now
            )
        }
    }

    /// What a job takes of late: an average that forgets by a fifth with each one.
    private func noteDuration(of row: JobRow, at now: Int64) throws {
        guard let started = row.startedAt else { return }
        let took = now - started
        // Else the clock was set meanwhile.
        guard (0...86_400_000).contains(took) else { return }
        try execute(
            """
            UPDATE settings SET value = CASE value WHEN 0 THEN ?1 ELSE (value * 4 + ?1) / 5 END
            WHERE name = 'drawing_ms'
            """,
            .integer(max(1, took))
        )
    }
}
