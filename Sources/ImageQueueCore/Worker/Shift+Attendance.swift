/// What goes on beside the drawing: watching over the picture, telling how far it is, reserving the next job.
extension Shift {
    /// Watches for a cancel, a stop or the loss of the lease, and carries it out.
    func supervise() async {
        while !Task.isCancelled {
            let seen = worker.signal.count
            guard let picture else {
                await worker.signal.wait(past: seen)
                continue
            }
            let standing = await standing(of: picture.job.lease)
            let isStopping = worker.isStopping
            let drawn = worker.clock.elapsed(since: picture.begun)
            switch picture.supervise({ $0.look(standing: standing, isStopping: isStopping, at: drawn) }) {
            case .wait(let limit):
                await worker.signal.wait(past: seen, upTo: limit, clock: worker.clock)
            case .giveUp:
                picture.givenUp.raise()
                await worker.signal.wait(past: seen, upTo: worker.configuration.slowLook, clock: worker.clock)
            case .interrupt:
                let outcome = try? await generator.interrupt(picture.task.id)
                picture.supervise { $0.interrupted(outcome) }
            }
        }
    }

    /// Writes progress down, at most every so often, and only what has risen.
    func report() async {
        while !Task.isCancelled {
            let seen = progressed.count
            if let picture, let news = picture.news() {
                // A lost lease is the supervisor's to notice; progress that could not be written is replaced soon.
                try? await store.report(news, for: picture.job.lease)
            }
            try? await worker.clock.sleep(for: worker.configuration.progressInterval)
            await progressed.wait(past: seen)
        }
    }

    /// Reserves the next job shortly before the job in hand is drawn, and sees to it until it begins.
    func reserve() async {
        while !Task.isCancelled {
            let seen = worker.signal.count
            if let reserved {
                await see(to: reserved, seen)
                continue
            }
            guard let picture, picture.isLast, mayGoOn, backend.isTrusted, picture.supervision.reason == nil else {
                await worker.signal.wait(past: seen)
                continue
            }
            let drawn = worker.clock.elapsed(since: picture.begun)
            let wait = pace.waitBeforeReserving(drawn: drawn, progress: picture.progress)
            guard wait == .zero, beginReserving() else {
                await worker.signal.wait(past: seen, upTo: max(wait, .milliseconds(10)), clock: worker.clock)
                continue
            }
            // What can't be reserved is claimed when the picture is done: a failure is told then, if it lasts.
            let claimed = try? await store.claim(backend.claim(isReserving: true))
            backend.took(claimed)
            endReserving(claimed)
            if claimed == nil {
                await worker.signal.wait(past: seen, upTo: worker.configuration.slowLook, clock: worker.clock)
            }
        }
    }

    /// A reserved job that is cancelled ends without the backend; one that must make room goes back.
    private func see(to reserved: ClaimedJob, _ seen: Signal.Count) async {
        let standing = await standing(of: reserved.lease)
        guard standing == .held, mayGoOn else {
            // Cut off by the line's end while the store fails, perhaps: then it is tried once more after that.
            guard takeReserved(reserved), await !giveBack(reserved, standing: standing) else { return }
            if Task.isCancelled { keepReserved(reserved) }
            return
        }
        await worker.signal.wait(past: seen, upTo: worker.configuration.slowLook, clock: worker.clock)
    }
}
