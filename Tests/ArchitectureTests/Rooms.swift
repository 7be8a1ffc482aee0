/// A target under Sources/ and what it may import beside the system's modules.
struct Room {
  enum Kind {
    /// Time, randomness and the environment are arguments; nothing is printed or logged.
    case pure
    /// Touches the world; does not print.
    case edge
    /// The command line: prints.
    case program
  }

  var name: String
  var kind: Kind
  var mayImport: [String]

  init(_ name: String, _ kind: Kind, _ mayImport: [String] = []) {
    self.name = name
    self.kind = kind
    self.mayImport = mayImport
  }

  /// From the ground up: a room may import rooms above it in this list only, so that arrows never form a ring.
  /// The same table stands in Package.swift, and in words in docs/architecture.md.
  static let all: [Room] = [
    Room("Model", .pure),
    Room("ConfigurationFile", .pure, ["Model"]),
    Room("Exposition", .pure, ["Model"]),
    Room("Dashboards", .pure),
    Room("TimeSeries", .pure, ["Model", "CRE2"]),
    Room("PromQL", .pure, ["Model", "TimeSeries", "CFloatText"]),
    Room("Rules", .pure, ["TimeSeries", "PromQL"]),
    Room("RemoteWrite", .pure, ["Model", "TimeSeries", "CSnappy", "CRemoteWrite"]),
    Room("Decision", .pure, ["Model"]),
    Room("Lifecycle", .pure, ["Model"]),
    Room("TalosMessages", .pure, ["CTalos"]),
    Room("Ports", .pure, ["Model"]),
    Room("LogLines", .edge, ["Model", "Logging"]),
    Room("HTTPTransport", .edge, ["CCurl", "Crypto"]),
    Room("JournalStore", .edge, ["Model", "Ports", "GRDB"]),
    Room(
      "API", .edge,
      [
        "Model", "Exposition", "TimeSeries", "PromQL", "RemoteWrite", "Ports", "CEmbeddedFiles", "CZlib", "CConsole",
        "Crypto", "CryptoExtras", "HTTPTypes", "Hummingbird", "HummingbirdCore", "Logging", "NIOCore", "NIOHTTP1",
        "NIOHTTPTypes", "NIOHTTPTypesHTTP1", "NIOSSL", "NIOTLS", "ServiceLifecycle", "SwiftASN1", "X509",
      ]),
    Room("PrometheusClient", .edge, ["Model", "PromQL", "Ports", "HTTPTransport"]),
    Room("Notifications", .edge, ["Model", "Ports", "HTTPTransport"]),
    Room("Proxmox", .edge, ["Model", "Ports", "HTTPTransport"]),
    Room("Kubernetes", .edge, ["Model", "Ports", "HTTPTransport", "Yams"]),
    Room(
      "Talos", .edge,
      [
        "Model", "Ports", "TalosMessages", "Crypto", "GRPCCore", "GRPCNIOTransportHTTP2Posix", "NIOCore", "NIOPosix",
        "NIOSSL", "SwiftASN1", "X509", "Yams",
      ]),
    Room("MCP", .edge, ["Model", "Ports"]),
    Room("Simulator", .edge, ["Model", "Exposition", "Ports"]),
    Room(
      "SimulatedWire", .edge,
      [
        "Model", "Ports", "Simulator", "TalosMessages", "Crypto", "NIOCore", "NIOHTTP1", "NIOHTTP2", "NIOPosix",
        "NIOSSL",
        "SwiftASN1", "X509", "Yams",
      ]),
    Room(
      "ControlLoop", .edge,
      ["Model", "Exposition", "TimeSeries", "PromQL", "Decision", "Lifecycle", "Ports", "Logging"]),
    Room(
      "SimulatedRuns", .edge,
      ["Model", "Exposition", "Decision", "Lifecycle", "Ports", "Simulator", "ControlLoop", "Logging"]),
    Room("Backtest", .pure, ["Model", "Decision"]),
    Room(
      "poolkeeper", .program,
      [
        "Model", "ConfigurationFile", "Exposition", "Dashboards", "TimeSeries", "PromQL", "Rules", "RemoteWrite",
        "Decision", "Lifecycle", "Ports", "HTTPTransport", "JournalStore", "API", "PrometheusClient", "Notifications",
        "Proxmox", "Kubernetes", "Talos", "MCP", "Simulator", "SimulatedWire", "ControlLoop", "SimulatedRuns",
        "Backtest",
        "PlanningBenchmarks", "LogLines", "ArgumentParser", "Logging", "ServiceLifecycle", "SwiftASN1", "UnixSignals",
        "X509", "Yams",
      ]),
  ]

  /// Modules of the system and the toolchain that every room may import. What must not be called from them is held by
  /// `CodeRule`.
  static let systemModules: Set<String> = ["Foundation", "Synchronization", "Glibc", "Darwin", "Dispatch"]

  /// Folders of pure rooms in which files are read and written: the write-ahead log's.
  static let fileFolders = ["Sources/TimeSeries/Storage/"]

  /// Bytes that other programs send belong to these; they alone know C's types.
  static let cModules: Set<String> = [
    "CCurl", "CSnappy", "CRemoteWrite", "CRE2", "CFloatText", "CProtobufC", "CRE2System", "CTalos", "CZlib", "CConsole",
    "CEmbeddedFiles",
  ]
}
