/// The manual page in the language of man pages, mdoc(7), made of what the argument parser knows.
struct ManualPage {
  private let program: CommandDescription
  private let version: String
  private var lines: [String] = []

  init(_ program: CommandDescription, version: String) {
    self.program = program
    self.version = version
    write()
  }

  /// Ends without a line break.
  var text: String { lines.joined(separator: "\n") }

  // MARK: - Sections

  /// When the words of this file were last changed; the commands' own words are those of the version.
  private static let date = "November 27, 2026"

  private mutating func write() {
    lines += [".Dd \(Self.date)", ".Dt POOLKEEPER 1", ".Os \"poolkeeper \(version)\""]
    section("NAME")
    lines += [
      ".Nm poolkeeper", ".Nd keep a Kubernetes cluster's worker pools at the cheapest size that serves the load",
    ]
    section("SYNOPSIS")
    lines += [".Nm", ".Ar command", ".Op Ar argument ..."]
    section("DESCRIPTION")
    paragraph(program.discussion ?? "")
    lines.append(".Pp")
    paragraph("Commands that ask or tell talk to a running server over its HTTP API. Every command has --help.")
    section("COMMANDS")
    for command in program.subcommands ?? [] { write(command, [command.commandName]) }
    environment()
    files()
    ending()
  }

  private mutating func section(_ title: String) { lines.append(".Sh \(title)") }

  private mutating func environment() {
    section("ENVIRONMENT")
    list(
      "POOLKEEPER_URL",
      [
        (".It Ev POOLKEEPER_URL", "Where the commands find the server, http://127.0.0.1:9095 without it."),
        (".It Ev KUBECONFIG", "As whom Kubernetes is reached from outside of a cluster."),
        (".It Ev NO_COLOR", "Where it is set, nothing is coloured."),
        (".It Ev COLUMNS", "How wide graphs are where there is no terminal."),
      ])
    lines.append(".Pp")
    paragraph(
      "The configuration may name any other variable as ${NAME}; where NAME is not set, NAME_FILE may name a file that "
        + "holds its value.")
  }

  private mutating func files() {
    section("FILES")
    list(
      "Ds",
      [
        (".It Pa /etc/poolkeeper/worker-pools.json", "The configuration of the service."),
        (".It Pa /etc/default/poolkeeper", "The environment of the service."),
        (
          ".It Pa /etc/poolkeeper/credentials/",
          "Secrets; the service is given a copy of each in the directory /run/credentials/poolkeeper.service."
        ),
        (".It Pa /var/lib/poolkeeper/", "The journal of machines and costs, and the samples."),
        (".It Pa /usr/share/doc/poolkeeper/", "The documentation."),
        (
          ".It Pa /usr/share/poolkeeper/",
          "An example of the configuration and its schema, alert rules, dashboards, manifests for Kubernetes."
        ),
      ])
  }

  private mutating func ending() {
    section("EXIT STATUS")
    list(
      "64",
      [
        (".It 0", "Done."), (".It 1", "Not done: refused by a rule, or problems were found."),
        (".It 2", "Something that was named does not exist."), (".It 3", "The server cannot be reached."),
        (".It 4", "A file, directory, address or permission of this machine is in the way."),
        (".It 64", "The arguments or the configuration are wrong."),
      ])
    section("SIGNALS")
    list(
      "SIGTERM",
      [
        (".It Dv SIGHUP", "Lets serve read its configuration again; one with errors is not taken."),
        (".It Dv SIGTERM", "Lets serve end in order, as SIGINT does."),
      ])
    section("EXAMPLES")
    paragraph("See everything on this machine, without any other program:")
    lines += [".Pp", ".Dl poolkeeper demo", ".Pp"]
    paragraph("Decide and report, without touching a machine:")
    lines += [".Pp", ".Dl poolkeeper serve --config worker-pools.json --mode observe", ".Pp"]
    paragraph("Two more workers for four hours:")
    lines += [".Pp", ".Dl poolkeeper provision --pool burst --count 2 --ttl 4h"]
    section("SEE ALSO")
    lines += [".Xr kubectl 1 ,", ".Xr prometheus 1 ,", ".Xr systemctl 1"]
  }

  // MARK: - Commands

  private mutating func write(_ command: CommandDescription, _ names: [String]) {
    guard command.shouldDisplay, names != ["help"] else { return }
    if let subcommands = command.subcommands {
      for below in subcommands { write(below, names + [below.commandName]) }
      return
    }
    let arguments = (command.arguments ?? []).filter { argument in
      argument.shouldDisplay && argument.names?.contains { ["help", "version"].contains($0.name) } != true
    }
    lines.append(".Ss \(names.joined(separator: " "))")
    lines.append(".Nm poolkeeper Cm \(names.joined(separator: " "))")
    for argument in arguments {
      let usage = Self.usage(argument) + (argument.isRepeating ? " ..." : "")
      lines.append(argument.isOptional ? ".Op \(usage)" : ".\(usage)")
    }
    lines.append(".Pp")
    paragraph(command.abstract ?? "")
    if let discussion = command.discussion { paragraph(discussion) }
    guard !arguments.isEmpty else { return }
    list("--proxmox", arguments.map { (".It " + Self.heading($0), Self.meaning($0)) })
  }

  /// The argument as it stands in a line of the synopsis.
  private static func usage(_ argument: CommandDescription.Argument) -> String {
    let value = "Ar \(argument.valueName ?? "value")"
    guard let name = argument.names?.first(where: { $0.kind == "long" }) ?? argument.names?.first else { return value }
    return flag(name) + (argument.kind == "option" ? " \(value)" : "")
  }

  /// All names of an argument.
  private static func heading(_ argument: CommandDescription.Argument) -> String {
    let value = "Ar \(argument.valueName ?? "value")"
    guard let names = argument.names else { return value }
    return names.map(flag).joined(separator: " , ") + (argument.kind == "option" ? " \(value)" : "")
  }

  private static func flag(_ name: CommandDescription.Argument.Name) -> String {
    "Fl " + (name.kind == "long" ? "-" : "") + name.name
  }

  private static func meaning(_ argument: CommandDescription.Argument) -> String {
    var text = argument.abstract ?? ""
    if let values = argument.allValues, !values.isEmpty { text += " One of \(values.joined(separator: ", "))." }
    if let standard = argument.defaultValue, !standard.isEmpty, argument.kind != "flag" {
      text += " The default is \(standard)."
    }
    return text
  }

  // MARK: - Text

  private mutating func list(_ width: String, _ items: [(heading: String, text: String)]) {
    lines.append(".Bl -tag -width \(width)")
    for item in items {
      lines.append(item.heading)
      paragraph(item.text)
    }
    lines.append(".El")
  }

  /// Columns of a line in the page's source.
  private static let width = 78

  /// Text, each sentence on lines of its own, as the language wants it.
  private mutating func paragraph(_ text: String) {
    var line = ""
    for word in text.split(whereSeparator: \.isWhitespace).map(String.init) {
      if !line.isEmpty, Self.endsSentence(line) || line.count + word.count >= Self.width {
        lines.append(Self.protected(line))
        line = ""
      }
      line += line.isEmpty ? word : " " + word
    }
    if !line.isEmpty { lines.append(Self.protected(line)) }
  }

  private static func endsSentence(_ line: String) -> Bool {
    line.hasSuffix(".") || line.hasSuffix("?") || line.hasSuffix("!")
  }

  /// A line of text in which nothing is taken for the language's own signs.
  private static func protected(_ line: String) -> String {
    var text = line.replacing("\\", with: "\\e").replacing("--", with: "\\-\\-")
    if text.hasPrefix(".") || text.hasPrefix("'") { text = "\\&" + text }
    return text
  }
}
