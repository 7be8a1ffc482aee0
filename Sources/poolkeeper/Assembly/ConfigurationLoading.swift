import ConfigurationFile
import Foundation
import PromQL

/// Reading the operator's file with this machine's environment and files.
enum ConfigurationLoading {
  /// - Parameter named: told of each file that the configuration names and that is read for it.
  static func reader(named: @escaping (String) -> Void = { _ in }) -> ConfigurationReader {
    ConfigurationReader(
      environment: ProcessInfo.processInfo.environment,
      readFile: { path in
        named(path)
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
      },
      faultInExpression: { text in
        do {
          _ = try PromQL.Query(parse: text)
          return nil
        } catch { return "\(error)" }
      },
      isTimeZone: { TimeZone(identifier: $0) != nil })
  }

  static func read(_ path: String) throws -> ConfigurationReader.Outcome {
    let bytes: Data
    do { bytes = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
      throw Failure(.environment, "The configuration \(path) cannot be read: \(error.localizedDescription)")
    }
    return reader().read([UInt8](bytes))
  }

  /// The same, with the files whose change may change the outcome.
  static func readForWatching(_ path: String) throws -> (outcome: ConfigurationReader.Outcome, files: [String]) {
    var named: Set<String> = [path]
    let bytes: Data
    do { bytes = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
      throw Failure(.environment, "The configuration \(path) cannot be read: \(error.localizedDescription)")
    }
    let outcome = reader { named.insert($0) }.read([UInt8](bytes))
    if let server = outcome.configuration?.service.server {
      named.formUnion([server.accessFile, server.tls?.certificateFile, server.tls?.keyFile].compactMap { $0 })
      if let authorities = server.tls?.clientAuthorityFile { named.insert(authorities) }
    }
    return (outcome, named.sorted())
  }

  /// The configuration, or a failure that lists every error in it.
  static func load(_ path: String) throws -> (configuration: ConfigurationFile.Configuration, problems: [Problem]) {
    try usable(try read(path), path)
  }

  /// The configuration of an outcome, or a failure that lists every error in it.
  static func usable(
    _ outcome: ConfigurationReader.Outcome, _ path: String
  ) throws -> (configuration: ConfigurationFile.Configuration, problems: [Problem]) {
    guard let configuration = outcome.configuration else {
      let errors = outcome.problems(.error).map { "  \($0)" }.joined(separator: "\n")
      throw Failure(.usage, "\(path) cannot be used:\n\(errors)")
    }
    return (configuration, outcome.problems)
  }
}
