// swift-tools-version: 6.2
import PackageDescription

// The rooms of the house, from the ground up. docs/architecture.md tells what each holds and why an arrow may
// only point downwards; Tests/ArchitectureTests holds the same table against the code.
let package = Package(
  name: "poolkeeper",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "poolkeeper", targets: ["poolkeeper"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
    .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/grpc/grpc-swift-2", from: "2.4.3"),
    .package(url: "https://github.com/grpc/grpc-swift-nio-transport", from: "2.9.2"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    // Level 0: the vocabulary.
    .target(name: "Model"),

    // Level 1: pure parts.
    .target(name: "ConfigurationFile", dependencies: ["Model"]),
    .target(name: "Exposition", dependencies: ["Model"]),
    .target(name: "Dashboards"),
    .target(name: "TimeSeries", dependencies: ["Model", "CRE2"]),
    .target(name: "PromQL", dependencies: ["Model", "TimeSeries", "CFloatText"]),
    .target(name: "Rules", dependencies: ["TimeSeries", "PromQL"]),
    .target(name: "RemoteWrite", dependencies: ["Model", "TimeSeries", "CSnappy", "CRemoteWrite"]),
    .target(name: "Decision", dependencies: ["Model"]),
    .target(name: "Lifecycle", dependencies: ["Model"]),
    .target(name: "TalosMessages", dependencies: ["CTalos"]),

    // Level 2: the faces of the outside world.
    .target(name: "Ports", dependencies: ["Model"]),

    // Level 3: the edges.
    .target(name: "LogLines", dependencies: ["Model", .product(name: "Logging", package: "swift-log")]),
    .target(
      name: "HTTPTransport", dependencies: ["CCurl", .product(name: "Crypto", package: "swift-crypto")]),
    .target(
      name: "JournalStore",
      dependencies: ["Model", "Ports", .product(name: "GRDB", package: "GRDB.swift")]),
    .target(
      name: "API",
      dependencies: [
        "Model", "Exposition", "TimeSeries", "PromQL", "RemoteWrite", "Ports", "CEmbeddedFiles", "CZlib", "CConsole",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "CryptoExtras", package: "swift-crypto"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "NIOTLS", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "SwiftASN1", package: "swift-asn1"),
        .product(name: "X509", package: "swift-certificates"),
      ],
      // CConsole puts these into the program.
      exclude: ["Console/Files"]),
    .target(name: "PrometheusClient", dependencies: ["Model", "PromQL", "Ports", "HTTPTransport"]),
    .target(name: "Notifications", dependencies: ["Model", "Ports", "HTTPTransport"]),
    .target(name: "Proxmox", dependencies: ["Model", "Ports", "HTTPTransport"]),
    .target(
      name: "Kubernetes",
      dependencies: ["Model", "Ports", "HTTPTransport", .product(name: "Yams", package: "Yams")]),
    .target(
      name: "Talos",
      dependencies: [
        "Model", "Ports", "TalosMessages",
        .product(name: "GRPCCore", package: "grpc-swift-2"),
        .product(name: "GRPCNIOTransportHTTP2Posix", package: "grpc-swift-nio-transport"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "SwiftASN1", package: "swift-asn1"),
        .product(name: "X509", package: "swift-certificates"),
        .product(name: "Yams", package: "Yams"),
      ]),
    .target(name: "MCP", dependencies: ["Model", "Ports"]),
    .target(name: "Simulator", dependencies: ["Model", "Exposition", "Ports"]),

    // Level 4: the simulated world as other programs see it, and the loop that joins deciding and acting.
    .target(
      name: "SimulatedWire",
      dependencies: [
        "Model", "Ports", "Simulator", "TalosMessages",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOHTTP2", package: "swift-nio-http2"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "SwiftASN1", package: "swift-asn1"),
        .product(name: "X509", package: "swift-certificates"),
        .product(name: "Yams", package: "Yams"),
      ]),
    .target(
      name: "ControlLoop",
      dependencies: [
        "Model", "Exposition", "TimeSeries", "PromQL", "Decision", "Lifecycle", "Ports",
        .product(name: "Logging", package: "swift-log"),
      ]),

    // Level 5: seeded runs of the loop in the simulated world, with checkers; replays of an operator's history.
    .target(
      name: "SimulatedRuns",
      dependencies: [
        "Model", "Exposition", "Decision", "Lifecycle", "Ports", "Simulator", "ControlLoop",
        .product(name: "Logging", package: "swift-log"),
      ]),
    .target(name: "Backtest", dependencies: ["Model", "Decision"]),

    // Level 6: the command line, the only place where all parts are put together.
    .executableTarget(
      name: "poolkeeper",
      dependencies: [
        "Model", "ConfigurationFile", "Exposition", "Dashboards", "TimeSeries", "PromQL", "Rules", "RemoteWrite",
        "Decision", "Lifecycle", "Ports", "HTTPTransport", "JournalStore", "API", "PrometheusClient", "Notifications",
        "Proxmox", "Kubernetes", "Talos", "MCP", "Simulator", "SimulatedWire", "ControlLoop", "SimulatedRuns",
        "Backtest",
        "PlanningBenchmarks", "LogLines",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "SwiftASN1", package: "swift-asn1"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        .product(name: "X509", package: "swift-certificates"),
        .product(name: "Yams", package: "Yams"),
      ]),

    // The hot paths against a peer in the same run.
    .executableTarget(
      name: "poolkeeper-benchmarks",
      dependencies: ["HTTPTransport", "Kubernetes", "Model", "Ports", "RemoteWrite", "TimeSeries"], path: "Benchmarks",
      exclude: ["Planning"]),
    // Plans of synthetic and recorded pods against other ways of planning.
    .target(name: "PlanningBenchmarks", dependencies: ["Model", "Decision", "Backtest"], path: "Benchmarks/Planning"),

    // C: system libraries and thin shims.
    .systemLibrary(
      name: "CSnappy", path: "Sources/C/CSnappy",
      providers: [.apt(["libsnappy-dev"]), .brew(["snappy"])]),
    .systemLibrary(
      name: "CCurl", path: "Sources/C/CCurl", pkgConfig: "libcurl",
      providers: [.apt(["libcurl4-openssl-dev"]), .brew(["curl"])]),
    .systemLibrary(
      name: "CZlib", path: "Sources/C/CZlib",
      providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .systemLibrary(
      name: "CProtobufC", path: "Sources/C/CProtobufC", pkgConfig: "libprotobuf-c",
      providers: [.apt(["libprotobuf-c-dev"]), .brew(["protobuf-c"])]),
    .systemLibrary(
      name: "CRE2System", path: "Sources/C/CRE2System", pkgConfig: "re2",
      providers: [.apt(["libre2-dev"]), .brew(["re2"])]),
    .target(name: "CRemoteWrite", dependencies: ["CProtobufC"], path: "Sources/C/CRemoteWrite"),
    .target(name: "CTalos", dependencies: ["CProtobufC"], path: "Sources/C/CTalos"),
    .target(name: "CRE2", dependencies: ["CRE2System"], path: "Sources/C/CRE2"),
    .target(name: "CFloatText", path: "Sources/C/CFloatText"),
    .target(name: "CEmbeddedFiles", path: "Sources/C/CEmbeddedFiles"),
    // The files of the console; it includes them from Sources/API/Console/Files.
    .target(name: "CConsole", path: "Sources/C/CConsole"),

    // Tests: one suite a room, the walls of the house, and the whole program as a process. Some share an API server in
    // memory and the promises that every journal makes.
    .target(name: "TestSupport", dependencies: ["Kubernetes", "Ports", "Model"], path: "Tests/Support"),
    .testTarget(name: "ModelTests", dependencies: ["Model"]),
    .testTarget(name: "ConfigurationFileTests", dependencies: ["ConfigurationFile", "Model"]),
    .testTarget(name: "ExpositionTests", dependencies: ["Exposition", "Model"]),
    .testTarget(
      name: "DashboardsTests",
      dependencies: ["Dashboards", "Exposition", "PromQL", .product(name: "Yams", package: "Yams")],
      exclude: ["Scripts"]),
    .testTarget(name: "TimeSeriesTests", dependencies: ["TimeSeries", "Model"]),
    .testTarget(name: "PromQLTests", dependencies: ["PromQL", "TimeSeries", "Model"]),
    .testTarget(name: "DifferentialTests", dependencies: ["PromQL", "TimeSeries", "RemoteWrite", "HTTPTransport"]),
    .testTarget(
      name: "RulesTests",
      dependencies: ["Rules", "PromQL", "TimeSeries", .product(name: "Yams", package: "Yams")]),
    .testTarget(
      name: "RemoteWriteTests", dependencies: ["RemoteWrite", "TimeSeries", "Model", "CSnappy", "CRemoteWrite"]),
    .testTarget(
      name: "FuzzingTests", dependencies: ["ConfigurationFile", "RemoteWrite", "TimeSeries", "PromQL"],
      path: "Tests/Fuzzing",
      exclude: ["corpus"]),
    .testTarget(name: "DecisionTests", dependencies: ["Decision", "Model", "PlanningBenchmarks"]),
    .testTarget(name: "LifecycleTests", dependencies: ["Lifecycle", "Model"]),
    .testTarget(
      name: "LogLinesTests", dependencies: ["LogLines", "Model", .product(name: "Logging", package: "swift-log")]),
    .testTarget(name: "HTTPTransportTests", dependencies: ["HTTPTransport"]),
    .testTarget(
      name: "JournalStoreTests",
      dependencies: [
        "JournalStore", "TestSupport", "Ports", "Model", .product(name: "GRDB", package: "GRDB.swift"),
      ]),
    .testTarget(
      name: "APITests",
      dependencies: [
        "API", "Model", "Exposition", "TimeSeries", "PromQL", "RemoteWrite", "Ports", "CZlib", "HTTPTransport",
        "SimulatedWire",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "HummingbirdTesting", package: "hummingbird"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "Yams", package: "Yams"),
      ]),
    .testTarget(
      name: "PrometheusClientTests",
      dependencies: [
        "PrometheusClient", "HTTPTransport", "PromQL", "Ports", "Model",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdTesting", package: "hummingbird"),
      ]),
    .testTarget(
      name: "NotificationsTests",
      dependencies: [
        "Notifications", "HTTPTransport", "Ports", "Model",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdTesting", package: "hummingbird"),
      ]),
    .testTarget(name: "ProxmoxTests", dependencies: ["Proxmox", "HTTPTransport", "Ports", "Model"]),
    .testTarget(
      name: "KubernetesTests",
      dependencies: [
        "Kubernetes", "TestSupport", "HTTPTransport", "Ports", "Model", .product(name: "Yams", package: "Yams"),
      ]),
    .testTarget(name: "TalosMessagesTests", dependencies: ["TalosMessages"]),
    .testTarget(
      name: "TalosTests",
      dependencies: [
        "Talos", "TalosMessages", "Ports", "Model", .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "Yams", package: "Yams"),
      ]),
    .testTarget(
      name: "MCPTests", dependencies: ["MCP", "Ports", "Model"], exclude: ["Scripts"]),
    .testTarget(name: "SimulatorTests", dependencies: ["Simulator", "Ports", "Model"]),
    .testTarget(
      name: "SimulatedWireTests",
      dependencies: ["SimulatedWire", "Simulator", "HTTPTransport", "Talos", "TalosMessages", "Ports", "Model"],
      exclude: ["Scripts"]),
    .testTarget(
      name: "ControlLoopTests",
      dependencies: [
        "ControlLoop", "Simulator", "Decision", "Lifecycle", "TimeSeries", "PromQL", "Exposition", "Kubernetes",
        "TestSupport", "Ports", "Model",
        .product(name: "Logging", package: "swift-log"),
      ]),
    .testTarget(
      name: "ConformanceTests",
      dependencies: [
        "ControlLoop", "ConfigurationFile", "Exposition", "JournalStore", "Proxmox", "Talos", "Kubernetes",
        "HTTPTransport", "Simulator", "SimulatedWire", "TestSupport", "Ports", "Model",
        .product(name: "Logging", package: "swift-log"),
      ]),
    .testTarget(
      name: "SimulatedRunsTests",
      dependencies: ["SimulatedRuns", "Simulator", "ControlLoop", "Decision", "Lifecycle", "Ports", "Model"],
      exclude: ["known-seeds.txt"]),
    .testTarget(name: "BacktestTests", dependencies: ["Backtest", "Decision", "Model"]),
    .testTarget(name: "ArchitectureTests"),
    .testTarget(
      name: "SystemTests",
      dependencies: [
        "poolkeeper", "HTTPTransport", "Model", "API", "Ports", "Simulator", "RemoteWrite", "TimeSeries", "PromQL",
        "ControlLoop", "PrometheusClient", "MCP", "ConfigurationFile", "Dashboards", "Exposition", "Rules",
        "Kubernetes", "SimulatedWire", "Backtest",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdTesting", package: "hummingbird"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "Yams", package: "Yams"),
      ],
      exclude: ["Scripts"]),
  ],
  cxxLanguageStandard: .cxx17
)

// Rooms that simulated years and random scenes run through: tests would take hours with them unoptimised.
let optimisedRooms: Set = [
  "Model", "Exposition", "Decision", "Lifecycle", "Ports", "Simulator", "ControlLoop",
  "SimulatedRuns", "Backtest",
]

// The same strict settings for every Swift target. Warnings become errors where POOLKEEPER_STRICT is set (the
// Makefile does), so that a newer compiler's new warning never stops somebody who only wants to build.
for target in package.targets where target.type != .system {
  var settings = target.swiftSettings ?? []
  settings += [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ]
  if Context.environment["POOLKEEPER_STRICT"] != nil {
    settings.append(.treatAllWarnings(as: .error))
  }
  if optimisedRooms.contains(target.name) {
    // As wholes, like a release: then small functions of one room are known to the next. The package manager asks for batch
    // mode first, which would be warned of. A change of one file builds its room anew.
    settings.append(
      .unsafeFlags(
        ["-O", "-whole-module-optimization", "-num-threads", "2", "-disable-batch-mode", "-enable-default-cmo"],
        .when(configuration: .debug)))
    // Faults that tests switch on, to show that the simulation finds them.
    settings.append(.define("SEEDED_BUGS", .when(configuration: .debug)))
  }
  if target.name == "SimulatedRunsTests" { settings.append(.define("SEEDED_BUGS", .when(configuration: .debug))) }
  target.swiftSettings = settings
}
