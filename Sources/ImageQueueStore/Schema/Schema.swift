/// The tables of the queue.
enum Schema {
    static let format = DatabaseFormat(migrations: [
        Migration(version: 1) { connection in
            let placed = placing { job in
                [("(\(job).priority << 58) | (\(job).order_key << 24) | (\(job).seq >> 10)", "1")]
            }
            let parts = [
                messages, jobs, counters, placed, requests, inputs, progress, events, images, keys, workers, settings,
            ]
            for part in parts { try connection.script(part) }
        },
        Migration(version: 2) { connection in
            // The keys of replies, which are kept for good, stand in no prune's way.
            try connection.script(
                """
                DROP INDEX keys_by_age;
                CREATE INDEX keys_by_age ON keys (created_at) WHERE job_id IS NOT NULL;
                """
            )
        },
        Migration(version: 3) { connection in
            // Of one key's jobs 256 numbers are counted together, not 1,024 as until then: fewer are left to be counted
            // one by one.
            try connection.script(unplacing)
            let placed = placing { job in
                [("(\(job).priority << 58) | (\(job).order_key << 26) | (\(job).seq >> 8)", "1")]
            }
            try connection.script(placed)
            try connection.script(
                """
                DELETE FROM places WHERE id < 1 << 60;
                INSERT INTO places
                SELECT (priority << 58) | (order_key << 26) | (seq >> 8), 1 FROM jobs WHERE lane = '' AND state = 1
                ON CONFLICT DO UPDATE SET n = n + 1;
                """
            )
        },
        Migration(version: 4) { connection in
            // Of one key's jobs 2,048 numbers are counted together, and 32, which stand there one by one as well: until
            // then half of a key's counters had to be added up, and up to 128 jobs be counted.
            try connection.script(unplacing)
            try connection.script(placing(numbers))
            try connection.script("DELETE FROM places WHERE id < 1 << 60")
            for row in numbers("jobs") {
                try connection.script(
                    """
                    INSERT INTO places SELECT \(row.id), \(row.n) FROM jobs WHERE lane = '' AND state = 1
                    ON CONFLICT DO UPDATE SET n = n + excluded.n
                    """
                )
            }
        },
    ])

    /// `extra_metadata` is a JSON object; `json_type` fails on what is no JSON at all.
    private static let messages = """
        CREATE TABLE messages (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            conversation_id TEXT NOT NULL,
            owner TEXT NOT NULL,
            role TEXT NOT NULL,
            content TEXT NOT NULL,
            extra_metadata TEXT NOT NULL DEFAULT '{}' CHECK (json_type(extra_metadata) = 'object'),
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX messages_by_conversation ON messages (conversation_id, id);
        CREATE UNIQUE INDEX messages_by_job ON messages (json_extract(extra_metadata, '$.job_id'))
            WHERE json_extract(extra_metadata, '$.job_id') IS NOT NULL;
        """

    /// Slim and hot. `cancel_requested` is 0, 1 for now, 2 for after the picture (see ``CancelMode``). `state` stands
    /// inside `jobs_in_order`, not in its condition: SQLite 3.40 plans a count over a partial index as a table scan
    /// once ANALYZE has run.
    ///
    /// `jobs_waiting` is made with the first worker that has a limit for each owner
    /// (``Connection/indexWaitingOwners()``).
    ///
    /// `lane` is '' for jobs that any worker may take, and a worker's id for those that need that worker. `worker`,
    /// `nonce` and `backend` are the lease; it lasts as long as the worker's own (see `workers`).
    private static let jobs = """
        CREATE TABLE jobs (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            message_id INTEGER NOT NULL,
            owner TEXT NOT NULL,
            conversation_id TEXT NOT NULL,
            state INTEGER NOT NULL,
            lane TEXT NOT NULL,
            priority INTEGER NOT NULL,
            is_raised INTEGER NOT NULL DEFAULT 0,
            order_key INTEGER NOT NULL,
            model TEXT,
            batch_id TEXT,
            retry_of TEXT,
            attempt INTEGER NOT NULL DEFAULT 0,
            failures INTEGER NOT NULL DEFAULT 0,
            deaths INTEGER NOT NULL DEFAULT 0,
            is_suspect INTEGER NOT NULL DEFAULT 0,
            cancel_requested INTEGER NOT NULL DEFAULT 0,
            worker TEXT,
            nonce INTEGER,
            backend TEXT,
            not_before INTEGER,
            deadline INTEGER,
            created_at INTEGER NOT NULL,
            queued_at INTEGER NOT NULL,
            started_at INTEGER,
            finished_at INTEGER,
            error_code TEXT,
            error TEXT
        ) STRICT;
        CREATE INDEX jobs_in_order ON jobs (lane, state, priority DESC, order_key, seq);
        CREATE INDEX jobs_by_owner ON jobs (owner, seq);
        CREATE INDEX jobs_by_conversation ON jobs (conversation_id, seq);
        CREATE INDEX jobs_by_batch ON jobs (batch_id, seq) WHERE batch_id IS NOT NULL;
        CREATE INDEX jobs_held ON jobs (worker) WHERE worker IS NOT NULL;
        CREATE INDEX jobs_unfinished ON jobs (seq) WHERE state < 3;
        CREATE INDEX jobs_ended ON jobs (state, seq) WHERE finished_at IS NOT NULL;
        CREATE INDEX jobs_due ON jobs (not_before) WHERE state = 0;
        CREATE INDEX jobs_expiring ON jobs (deadline) WHERE deadline IS NOT NULL AND state < 2;
        CREATE INDEX jobs_by_end ON jobs (finished_at) WHERE finished_at IS NOT NULL;
        CREATE INDEX jobs_to_raise ON jobs (queued_at)
            WHERE state = 1 AND is_raised = 0 AND priority < 2 AND lane = '';
        """

    /// Counts are kept, not counted: by owner and state, and of waiting jobs by their place in the order. The owner
    /// U+0001, whose name no owner can have, stands for all of them.
    ///
    /// `places` counts those of the common lane by their order key: 32³ keys together (level 4), 32² (level 3),
    /// 32 (level 2), each (level 1); and, since very many owners may wait under one key, each key's jobs by 2,048
    /// numbers together and by 32. In the latter's rows `n` tells besides which numbers they are: see ``NumberBlock``.
    /// What a count is of stands in its number, for whole numbers are found several times faster than columns: see
    /// ``PlaceID``.
    ///
    /// A statement that writes several rows and may fail half-way has SQLite keep a journal of its own, from which that
    /// one statement is undone: an eighth of a submit. Nothing here needs it, for a write that fails is undone as a
    /// whole (see ``GroupCommit``). So jobs are written with OR FAIL, `n` may be NULL, and no trigger calls a function.
    private static let counters = """
        CREATE TABLE counters (
            owner TEXT NOT NULL, state INTEGER NOT NULL, n INTEGER,
            PRIMARY KEY (owner, state)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE places (id INTEGER PRIMARY KEY, n INTEGER) STRICT;
        CREATE TRIGGER jobs_counted_in AFTER INSERT ON jobs BEGIN
            INSERT INTO counters VALUES (new.owner, new.state, 1), ('\u{1}', new.state, 1)
                ON CONFLICT DO UPDATE SET n = n + excluded.n;
        END;
        CREATE TRIGGER jobs_counted_on AFTER UPDATE OF state ON jobs WHEN old.state <> new.state BEGIN
            INSERT INTO counters VALUES (old.owner, old.state, -1), ('\u{1}', old.state, -1),
                (new.owner, new.state, 1), ('\u{1}', new.state, 1)
                ON CONFLICT DO UPDATE SET n = n + excluded.n;
        END;
        CREATE TRIGGER jobs_counted_out AFTER DELETE ON jobs BEGIN
            INSERT INTO counters VALUES (old.owner, old.state, -1), ('\u{1}', old.state, -1)
                ON CONFLICT DO UPDATE SET n = n + excluded.n;
        END;
        CREATE TRIGGER counters_emptied AFTER UPDATE OF n ON counters WHEN new.n = 0 BEGIN
            DELETE FROM counters WHERE owner = new.owner AND state = new.state;
        END;
        CREATE TRIGGER places_emptied AFTER UPDATE OF n ON places WHEN new.n = 0 BEGIN
            DELETE FROM places WHERE id = new.id;
        END;
        CREATE TABLE virtual_times (priority INTEGER PRIMARY KEY, order_key INTEGER NOT NULL) STRICT;
        INSERT INTO virtual_times VALUES (0, 0), (1, 0), (2, 0);
        CREATE TABLE owner_keys (
            owner TEXT NOT NULL, priority INTEGER NOT NULL, order_key INTEGER NOT NULL,
            PRIMARY KEY (owner, priority)
        ) STRICT, WITHOUT ROWID;
        """

    /// The triggers that keep `places`.
    ///
    /// - Parameter numbers: what they keep of the numbers of one key's jobs, by a job's row.
    private static func placing(_ numbers: (_ job: String) -> [(id: String, n: String)]) -> String {
        placings.map { name, when, job, sign in
            let keys = [
                "(4 << 60) | (\(job).priority << 58) | (\(job).order_key >> 15 << 24)",
                "(3 << 60) | (\(job).priority << 58) | (\(job).order_key >> 10 << 24)",
                "(2 << 60) | (\(job).priority << 58) | (\(job).order_key >> 5 << 24)",
                "(1 << 60) | (\(job).priority << 58) | (\(job).order_key << 24)",
            ]
            let rows = keys.map { ($0, "1") } + numbers(job)
            return """
                CREATE TRIGGER \(name) \(when) BEGIN
                    INSERT INTO places VALUES \(rows.map { "(\($0), \(sign)(\($1)))" }.joined(separator: ", "))
                        ON CONFLICT DO UPDATE SET n = n + excluded.n;
                END;
                """
        }.joined(separator: "\n")
    }

    private static var unplacing: String { placings.map { "DROP TRIGGER \($0.name);" }.joined() }

    /// See ``PlaceID`` and ``NumberBlock``.
    private static func numbers(_ job: String) -> [(id: String, n: String)] {
        let key = "(1 << 63) | (\(job).priority << 61) | (\(job).order_key << 29)"
        return [
            ("\(key) | (\(job).seq >> 11)", "1"),
            ("\(key) | (1 << 28) | (\(job).seq >> 5)", "1 + (64 << (\(job).seq & 31))"),
        ]
    }

    /// When a job comes to be counted or ceases to be, by its old row or its new one.
    private static var placings: [(name: String, when: String, job: String, sign: String)] {
        let update = "AFTER UPDATE OF state, priority, order_key ON jobs"
        let moved = "(old.state, old.priority, old.order_key) <> (new.state, new.priority, new.order_key)"
        func waits(_ job: String) -> String { "WHEN \(job).state = 1 AND \(job).lane = ''" }
        return [
            ("jobs_placed_in", "AFTER INSERT ON jobs \(waits("new"))", "new", ""),
            ("jobs_placed_out", "\(update) \(waits("old")) AND \(moved)", "old", "-"),
            ("jobs_placed_again", "\(update) \(waits("new")) AND \(moved)", "new", ""),
            ("jobs_placed_away", "AFTER DELETE ON jobs \(waits("old"))", "old", "-"),
        ]
    }

    private static let requests = """
        CREATE TABLE requests (
            job_seq INTEGER PRIMARY KEY REFERENCES jobs (seq) ON DELETE CASCADE,
            request TEXT NOT NULL
        ) STRICT;
        """

    /// The pictures that jobs start from, apart from all that is read often. Equal ones are kept once, and go with the
    /// last job that names them. Rows removed by a foreign key's action fire triggers as well.
    private static let inputs = """
        CREATE TABLE input_files (sha256 TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
        CREATE TABLE inputs (
            job_seq INTEGER NOT NULL REFERENCES jobs (seq) ON DELETE CASCADE,
            sha256 TEXT NOT NULL REFERENCES input_files (sha256),
            PRIMARY KEY (job_seq, sha256)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX inputs_by_file ON inputs (sha256);
        CREATE TRIGGER inputs_forgotten AFTER DELETE ON inputs
            WHEN NOT EXISTS (SELECT 1 FROM inputs WHERE sha256 = old.sha256) BEGIN
            DELETE FROM input_files WHERE sha256 = old.sha256;
        END;
        """

    /// How far running attempts are. `revision` rises with every change, so that watchers find what is new.
    private static let progress = """
        CREATE TABLE progress (
            job_seq INTEGER PRIMARY KEY REFERENCES jobs (seq) ON DELETE CASCADE,
            fraction REAL NOT NULL,
            pictures_done INTEGER NOT NULL,
            remaining_ms INTEGER,
            revision INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX progress_by_revision ON progress (revision);
        """

    /// Only QUEUED, COMPLETE and ERROR. No foreign keys: events outlive their jobs.
    private static let events = """
        CREATE TABLE events (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            job_id TEXT NOT NULL,
            message_id INTEGER NOT NULL,
            conversation_id TEXT NOT NULL,
            owner TEXT NOT NULL,
            kind TEXT NOT NULL,
            is_final INTEGER NOT NULL,
            attempt INTEGER NOT NULL,
            at INTEGER NOT NULL,
            body TEXT NOT NULL
        ) STRICT;
        CREATE INDEX events_by_job ON events (job_id, seq);
        """

    /// No foreign keys: pictures outlive their jobs, and their parents. `seed` is text: Forge's may exceed 64 bits with
    /// a sign. `parent_job` and `parent_number` name the picture that it was made of.
    private static let images = """
        CREATE TABLE images (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            job_id TEXT NOT NULL,
            number INTEGER NOT NULL,
            attempt INTEGER NOT NULL,
            owner TEXT NOT NULL,
            path TEXT NOT NULL UNIQUE,
            format TEXT NOT NULL,
            width INTEGER NOT NULL,
            height INTEGER NOT NULL,
            byte_count INTEGER NOT NULL,
            sha256 TEXT NOT NULL,
            seed TEXT,
            prompt TEXT NOT NULL,
            infotext TEXT,
            warnings TEXT NOT NULL,
            parent_job TEXT,
            parent_number INTEGER,
            created_at INTEGER NOT NULL,
            UNIQUE (job_id, number)
        ) STRICT;
        """

    /// `scope` keeps the keys of submissions ('submit') and of a conversation's replies ('reply ' and its name) apart.
    private static let keys = """
        CREATE TABLE keys (
            scope TEXT NOT NULL,
            owner TEXT NOT NULL,
            key TEXT NOT NULL,
            request_hash TEXT NOT NULL,
            receipt TEXT NOT NULL,
            job_id TEXT,
            created_at INTEGER NOT NULL,
            PRIMARY KEY (scope, owner, key)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX keys_by_age ON keys (created_at);
        """

    /// A worker's lease covers all that it holds, so that renewing is one small write: it ends at `lease_until`
    /// milliseconds of the boot `lease_boot`, or at once when the worker's lock is free.
    ///
    /// A backend's `report` is what its holder last told of it. `orphans` are pictures that lost workers may have sent;
    /// `remains` are attempts that were taken from a worker, whose files are looked for once its process is gone.
    private static let workers = """
        CREATE TABLE workers (
            id TEXT PRIMARY KEY,
            host TEXT NOT NULL,
            pid INTEGER NOT NULL,
            started_at INTEGER NOT NULL,
            registration TEXT NOT NULL,
            lease_ms INTEGER NOT NULL,
            lease_boot TEXT NOT NULL,
            lease_until INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE backends (
            url TEXT PRIMARY KEY,
            worker TEXT NOT NULL,
            held_since INTEGER NOT NULL,
            report TEXT,
            additions INTEGER NOT NULL DEFAULT 0
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE drained_backends (url TEXT PRIMARY KEY, since INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE orphans (
            backend TEXT NOT NULL,
            job_id TEXT NOT NULL,
            attempt INTEGER NOT NULL,
            number INTEGER NOT NULL,
            found_at INTEGER NOT NULL,
            PRIMARY KEY (backend, job_id, attempt, number)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE remains (
            job_id TEXT NOT NULL,
            attempt INTEGER NOT NULL,
            job_created_at INTEGER NOT NULL,
            worker TEXT NOT NULL,
            PRIMARY KEY (job_id, attempt)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX remains_by_worker ON remains (worker);
        """

    /// `log` is the event log's identity. Numbers that only grow, and switches.
    private static let settings = """
        CREATE TABLE settings (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
        INSERT INTO settings VALUES
            ('log', lower(hex(randomblob(8)))), ('revision', 0), ('paused', 0), ('pruned_through', 0),
            ('drawing_ms', 0);
        """
}
