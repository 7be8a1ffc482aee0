import ArgumentParser
import Dashboards
import Foundation

struct DashboardsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dashboards", abstract: "Write Grafana's dashboards.", subcommands: [Render.self])

  struct Render: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write the dashboards as Grafana 10 to 12 imports them.",
      discussion: """
        One file a dashboard, called after its uid. The same version always writes the same files; those that are in \
        the way are replaced. config/grafana/README.md tells how Grafana takes them.
        """)

    @Option(name: .long, help: "The directory to write to; made when it is not there.")
    var out: String = "dashboards"
    @Option(name: .long, help: "The address under which the pages of docs/runbooks are read; panels link to it.")
    var runbooks: String = Dashboard.standardRunbooks

    func validate() throws {
      guard let address = URLComponents(string: runbooks), address.scheme != nil, address.host != nil else {
        throw ValidationError(
          "--runbooks \"\(runbooks)\" is no address; write it like https://wiki.example.com/runbooks.")
      }
    }

    func run() throws {
      let base = runbooks.hasSuffix("/") ? String(runbooks.dropLast()) : runbooks
      do {
        try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
        for dashboard in Dashboard.all {
          let path = out + "/\(dashboard.uid).json"
          let document = DashboardDocument(dashboard, in: Dashboard.all, runbooks: base)
          try Data(document.text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
          Console.out("\(path): \(dashboard.title)")
        }
      } catch {
        throw Failure(.environment, "The dashboards cannot be written to \(out): \(error.localizedDescription)")
      }
    }
  }
}
