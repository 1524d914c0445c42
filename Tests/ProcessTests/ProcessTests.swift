import Testing

/// Tests of `iqctl` as its users have it: real processes, a real database file, a simulated Forge that speaks HTTP.
///
/// One after another: each starts several processes, and other targets' tests run beside them.
@Suite(.serialized, .timeLimit(.minutes(3)))
enum ProcessTests {}
