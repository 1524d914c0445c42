// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that nobody who imports the library sees it.
let settings: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ] + (Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)])

func library(_ name: String) -> Target.Dependency { .product(name: name, package: "image-queue") }

let package = Package(
    name: "image-queue-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "image-queue", path: "..")
    ],
    targets: [
        .target(name: "Floor", linkerSettings: [.linkedLibrary("sqlite3")]),
        .target(name: "BenchSupport", swiftSettings: settings),
        .executableTarget(
            name: "bench",
            dependencies: [
                "BenchSupport", "Floor", library("ImageQueueCore"), library("ImageQueueStore"), library("ForgeClient"),
                library("ForgeSimulator"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "BenchTests",
            dependencies: ["BenchSupport"],
            swiftSettings: settings
        ),
    ]
)
