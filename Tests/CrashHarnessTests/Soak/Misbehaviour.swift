/// What the soak's Forge does wrong: each kind at a share of the requests, by dice of its own.
///
/// All but `drop-in-head`: see ``CrashHarness/SoakTests/cutHead()``.
enum Misbehaviour {
    /// Of a hundred requests, how many each meets.
    private static let shares: [(fault: String, percent: Int)] = [
        // Met in the time after each restart.
        ("startup=100ms@any", 100),
        ("hang@txt2img", 1), ("reset@txt2img", 2), ("drop@txt2img", 2),
        ("drop-in-body@txt2img", 2), ("garbage@txt2img", 1), ("html@txt2img", 1), ("no-pictures@txt2img", 1),
        ("delay=200ms@txt2img", 2), ("not-found@txt2img", 1), ("out-of-memory@txt2img", 2),
        ("restart=120ms@txt2img", 2), ("refuse=120ms@txt2img", 1),
        ("validation=Input should be a valid number@txt2img", 1),
        ("detail=500:Internal Server Error@txt2img", 1), ("detail=503:busy@txt2img", 1),
        ("error=RuntimeError:CUDA error an illegal memory access@txt2img", 1),
        ("error=ValueError:Invalid encoded image@txt2img", 1),
        ("error=AttributeError:'NoneType' object has no attribute 'sd_checkpoint_info'@txt2img", 1),
        ("hang@internal-progress", 1), ("delay=150ms@internal-progress", 5), ("garbage@internal-progress", 2),
        ("reset@internal-progress", 2), ("not-found@internal-progress", 1), ("hang@progress", 1),
        ("delay=100ms@progress", 4), ("html@progress", 1), ("detail=500:Internal Server Error@progress", 1),
        ("hang@interrupt", 2), ("reset@interrupt", 5), ("delay=100ms@interrupt", 5),
    ]

    static func faults(_ seed: UInt64) -> [String] {
        shares.enumerated().map { index, share in
            share.percent == 100 ? share.fault : "\(share.fault)%\(share.percent)#\(seed >> 8 &+ UInt64(index))"
        }
    }

    /// The kinds for which a job may fail at once.
    static let failing: [String: [String]] = [
        "rejected_input": ["validation=", "error=500:ValueError:"],
        "backend_failed": ["detail=500:", "error=500:RuntimeError:"],
    ]

    /// What was met at all, by the kinds that a soak is about.
    static let kinds: [String: [String]] = [
        "hang": ["hang"], "reset": ["reset"], "truncated": ["drop"], "slow": ["delay="],
        "500": ["detail=500", "error=500", "out-of-memory"], "start-up 404": ["startup="], "restart": ["restart="],
        "no JSON": ["garbage", "html"],
    ]
}
