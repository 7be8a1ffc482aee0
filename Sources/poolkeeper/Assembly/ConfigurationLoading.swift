import ConfigurationFile
import Foundation
import PromQL

/// Reading the operator's file with this machine's environment and files.
enum ConfigurationLoading {
  static func reader() -> ConfigurationReader {
    ConfigurationReader(
      environment: ProcessInfo.processInfo.environment,
      readFile: { [UInt8](try Data(contentsOf: URL(fileURLWithPath: $0))) },
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

  /// The configuration, or a failure that lists every error in it.
  static func load(_ path: String) throws -> (configuration: ConfigurationFile.Configuration, problems: [Problem]) {
    let outcome = try read(path)
    guard let configuration = outcome.configuration else {
      let errors = outcome.problems(.error).map { "  \($0)" }.joined(separator: "\n")
      throw Failure(.usage, "\(path) cannot be used:\n\(errors)")
    }
    return (configuration, outcome.problems)
  }
}
