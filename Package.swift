// swift-tools-version: 6.2
import PackageDescription

// `NeverForceUnwrap` and friends live in `.swift-format`; here stand the compiler's own rules. CI turns warnings into errors.
let settings: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ] + (Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)])

let log = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")

let package = Package(
    name: "image-queue",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "ImageQueueCore", targets: ["ImageQueueCore"]),
        .library(name: "ImageQueueStore", targets: ["ImageQueueStore"]),
        .library(name: "ForgeClient", targets: ["ForgeClient"]),
        .library(name: "ForgeSimulator", targets: ["ForgeSimulator"]),
        .library(name: "ImageQueueTesting", targets: ["ImageQueueTesting"]),
        .executable(name: "iqctl", targets: ["iqctl"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CSQLite",
            pkgConfig: "sqlite3",
            providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite3"])]
        ),
        .target(name: "CSQLiteShims", dependencies: ["CSQLite"]),
        .target(name: "CSystemShims"),
        .target(name: "CCurlOnDemand"),
        .target(name: "ImageQueueConcurrency", dependencies: ["CSystemShims"], swiftSettings: settings),
        .target(
            name: "ImageQueueCore",
            dependencies: ["ImageQueueConcurrency", log, metrics, .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: settings
        ),
        .target(
            name: "ImageQueueStore",
            dependencies: [
                "ImageQueueConcurrency", "ImageQueueCore", "CSQLite", "CSQLiteShims", "CSystemShims", log, metrics,
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "DequeModule", package: "swift-collections"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "ForgeClient",
            dependencies: ["ImageQueueConcurrency", "ImageQueueCore", log, metrics],
            swiftSettings: settings
        ),
        .target(
            name: "ForgeSimulator",
            dependencies: [
                "ImageQueueConcurrency", log,
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "ImageQueueTesting",
            dependencies: ["ImageQueueConcurrency", "ImageQueueCore"],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "iqctl",
            dependencies: [
                "CCurlOnDemand", "ImageQueueConcurrency", "ImageQueueCore", "ImageQueueStore", "ForgeClient",
                "ForgeSimulator", log,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ImageQueueCoreTests",
            dependencies: ["ImageQueueConcurrency", "ImageQueueCore", "ImageQueueTesting"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ImageQueueStoreTests",
            dependencies: ["ImageQueueConcurrency", "ImageQueueStore", "ImageQueueTesting", "CSQLite", metrics],
            swiftSettings: settings
        ),
        .target(name: "PowerLossVFS", dependencies: ["CSQLite"], path: "Tests/PowerLossVFS"),
        .testTarget(
            name: "PowerLossTests",
            dependencies: [
                "CSQLite", "ImageQueueConcurrency", "ImageQueueCore", "ImageQueueStore", "ImageQueueTesting",
                "PowerLossVFS",
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ForgeClientTests",
            dependencies: [
                "ForgeClient", "ForgeSimulator", "ImageQueueConcurrency", "ImageQueueCore", "ImageQueueTesting",
            ],
            exclude: ["Gotchas.md"],
            resources: [.copy("Fixtures")],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ForgeSimulatorTests",
            dependencies: ["ForgeSimulator", "ImageQueueConcurrency"],
            resources: [.copy("Fixtures")],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "queue-load",
            dependencies: [
                "ImageQueueCore", "ImageQueueStore", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/QueueLoad",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "queue-soak",
            dependencies: [
                "ImageQueueConcurrency", "ImageQueueCore", "ImageQueueStore", "ForgeClient", "ImageQueueTesting", log,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/QueueSoak",
            swiftSettings: settings
        ),
        .target(
            name: "ProcessSupport",
            dependencies: ["ImageQueueConcurrency", "ImageQueueCore", "CSQLite"],
            path: "Tests/ProcessSupport",
            swiftSettings: settings
        ),
        .testTarget(
            name: "ProcessTests",
            dependencies: [
                "iqctl", "queue-load", "ImageQueueCore", "ImageQueueStore", "ForgeClient", "ForgeSimulator",
                "ImageQueueTesting", "ProcessSupport",
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "OwnThreadTests",
            dependencies: [
                "ImageQueueConcurrency", "ImageQueueCore", "ImageQueueStore", "ForgeClient", "ForgeSimulator",
                "ImageQueueTesting", log,
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "CrashHarnessTests",
            dependencies: [
                "iqctl", "queue-soak", "ImageQueueConcurrency", "ImageQueueCore", "ImageQueueStore", "ForgeClient",
                "ForgeSimulator",
                "ImageQueueTesting", "ProcessSupport", metrics,
                .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: settings
        ),
    ]
)
