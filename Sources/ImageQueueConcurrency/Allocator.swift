internal import CSystemShims

/// The process's memory. For programs alone: a library leaves it to its host.
package enum Allocator {
    /// Has what pictures of some megabytes took given back. glibc gives each thread an arena of its own, and it stays
    /// in every one that it passed through; and after the first large block was freed, the next ones break up the
    /// arena. Call it before threads are started.
    package static func keepSmall() { csystem_keep_memory_small() }
}
