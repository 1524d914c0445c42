import CSystemShims

/// The process's memory. For programs alone: a library leaves it to its host.
package enum Allocator {
    /// Has all threads allocate from one arena. glibc gives each its own, and what a picture of some megabytes took stays in
    /// every one that it passed through. Call it before threads are started.
    package static func shareOneArena() { csystem_share_one_arena() }
}
