import ConfigurationFile
import Foundation
import HTTPTransport
import Logging
import MCP
import Model
import Ports
import Proxmox

/// The hypervisor's client that the operator's file tells.
enum Hypervisors {
  static func hypervisor(
    _ configuration: ConfigurationFile.Configuration, time: any TimeSource, logger: Logger,
    environment: [String: String]
  ) throws -> any Hypervisor & MachineAddresses {
    switch configuration.service.infrastructure.proxmox.transport {
    case .native:
      return ProxmoxHypervisor(try options(configuration), time: time) { sentence in
        logger.notice("proxmox", metadata: ["notice": "\(sentence)"])
      }
    case .mcp: return try throughMCP(configuration, logger: logger, environment: environment)
    }
  }

  static func options(_ configuration: ConfigurationFile.Configuration) throws -> ProxmoxOptions {
    let connection = configuration.service.infrastructure.proxmox
    let file = configuration.proxmox
    guard let url = file.endpoint else { throw Failure(.usage, "Where Proxmox answers is not known: set PROXMOX_URL.") }
    let credentials: ProxmoxCredentials
    if let user = connection.user, let password = connection.password {
      credentials = .password(user: user, password: password.exposed)
    } else if let id = file.tokenID, let secret = file.tokenSecret {
      credentials = .token(id: id, secret: secret.exposed)
    } else {
      throw Failure(.usage, "Neither a token nor a user for Proxmox is known: set PROXMOX_TOKEN_ID and _SECRET.")
    }
    let trust = trust(connection)
    var options = ProxmoxOptions(
      endpoints: ([url] + connection.furtherEndpoints).map { ProxmoxEndpoint(root(of: $0), trust: trust) },
      credentials: credentials, cluster: configuration.policy.clusterName)
    options.machineNumbers = connection.machineIDs
    options.allowedHosts = connection.hosts.isEmpty ? nil : connection.hosts.map { HostName($0) }
    options.storage = file.machineStorage
    options.cloneMode = CloneMode(rawValue: connection.cloneMode.rawValue) ?? .automatic
    options.resourcePool = connection.resourcePool
    options.parallelClones = connection.parallelClones
    options.parallelClonesPerStorage = connection.parallelClonesPerStorage
    for copy in connection.hostTemplates {
      options.sources[TemplateName(copy.template), default: [:]][HostName(copy.host)] = MachineID(copy.machineID)
    }
    for (template, mapping) in connection.deviceMappings {
      options.devices[TemplateName(template)] = [MappedDevice(mapping)]
    }
    try addHardware(to: &options, configuration)
    return options
  }

  private static func addHardware(
    to options: inout ProxmoxOptions, _ configuration: ConfigurationFile.Configuration
  ) throws {
    let file = configuration.proxmox
    options.hardware.cpuType = file.machine.cpuType
    options.hardware.numa = file.machine.numa
    options.hardware.balloon = file.machine.balloon
    options.hardware.machineType = file.machine.machineType
    options.hardware.protection = file.machine.protection
    options.network.bridge = file.bridge
    options.network.vlan = file.vlanTag
    options.network.firewall = file.firewall
    options.tags.enabled = file.tags.automatic
    options.tags.prefix = file.tags.prefix
    options.tags.namesPool = file.tags.includePoolType
    options.tags.namesTemplate = file.tags.includeTemplateSize
    guard let pool = configuration.service.infrastructure.proxmox.addresses else { return }
    guard
      let range = AddressRange(
        first: pool.first, last: pool.last, prefixLength: pool.prefixLength, gateway: pool.gateway ?? "")
    else {
      throw Failure(
        .usage,
        "infrastructure.proxmox.addresses needs first ≤ last in the gateway's network, without the gateway itself.")
    }
    options.addressing = .fixed(range)
  }

  private static func trust(_ connection: ProxmoxConnection) -> ServerTrust {
    if let fingerprint = connection.fingerprint.flatMap({ CertificateFingerprint($0) }) {
      return .fingerprint(fingerprint)
    }
    return connection.authoritiesFile.map { .authorities(.file($0)) } ?? .system
  }

  /// Without a path: the file may name `https://HOST:8006/api2/json`, as older tools want it.
  private static func root(of url: String) -> String {
    guard let host = url.firstRange(of: "://")?.upperBound else { return url }
    return String(url[..<(url[host...].firstIndex(of: "/") ?? url.endIndex)])
  }

  private static func throughMCP(
    _ configuration: ConfigurationFile.Configuration, logger: Logger, environment: [String: String]
  ) throws -> any Hypervisor & MachineAddresses {
    let connection = configuration.service.infrastructure.proxmox
    guard let name = connection.mcpCommand.first, let program = path(of: name, environment) else {
      throw Failure(
        .usage, "The program of infrastructure.proxmox.mcp_command is not found: name it by its whole path.")
    }
    let secrets = environment.filter { name, _ in
      name.hasPrefix("PROXMOX_") && ["SECRET", "TOKEN_VALUE", "PASSWORD"].contains { name.hasSuffix($0) }
    }
    let open = environment.filter { name, _ in
      secrets[name] == nil && (name.hasPrefix("PROXMOX_") || ["PATH", "HOME", "LANG"].contains(name))
    }
    let client = MCPClient(
      ServerCommand(
        program: program, arguments: Array(connection.mcpCommand.dropFirst()), environment: open, secrets: secrets),
      version: Poolkeeper.version, now: { ContinuousClock.now }
    ) { sentence in logger.notice("proxmox mcp server", metadata: ["notice": "\(sentence)"]) }
    var options = MCPHypervisorOptions(cluster: configuration.policy.clusterName)
    options.machineNumbers = connection.machineIDs
    options.storage = configuration.proxmox.machineStorage
    options.makesFullClones = connection.cloneMode == .full
    return MCPHypervisor(client, options: options)
  }

  /// A program's whole path; `nil` where there is none.
  private static func path(of name: String, _ environment: [String: String]) -> String? {
    if name.contains("/") { return FileManager.default.isExecutableFile(atPath: name) ? name : nil }
    return (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}
