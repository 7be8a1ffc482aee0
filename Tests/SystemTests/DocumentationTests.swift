import ArgumentParser
import ConfigurationFile
import Exposition
import Foundation
import Testing

@testable import poolkeeper

/// README.md, CONTRIBUTING.md and the pages of docs: their links lead somewhere, their commands are commands, their keys
/// are keys, and their metrics are metrics.
@Suite struct DocumentationTests {
  /// A page of Markdown.
  struct Page: CustomTestStringConvertible, Sendable {
    /// From the repository's root.
    let path: String
    let text: String
    var testDescription: String { path }

    /// Text outside fenced blocks, and the blocks by their language.
    var parts: (prose: String, blocks: [(language: String, lines: [String])]) {
      var prose: [Substring] = []
      var blocks: [(language: String, lines: [String])] = []
      var open: (language: String, lines: [String])?
      for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
        let trimmed = line.trimmingCharacters(in: .whitespaces)
        guard trimmed.hasPrefix("```") else {
          if open == nil { prose.append(line) } else { open?.lines.append(String(line)) }
          continue
        }
        if let block = open {
          blocks.append(block)
          open = nil
        } else {
          open = (String(trimmed.dropFirst(3)), [])
        }
      }
      return (prose.joined(separator: "\n"), blocks)
    }

    /// What links may name behind `#`: headings as code hosts make anchors of them.
    var anchors: Set<String> {
      var anchors: Set<String> = []
      for line in parts.prose.split(separator: "\n") where line.hasPrefix("#") {
        let title = line.drop { $0 == "#" }.trimmingCharacters(in: .whitespaces).lowercased()
        let kept = title.filter { $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" || $0 == "_" }
        let slug = kept.replacing(" ", with: "-")
        var (anchor, count) = (slug, 0)
        while anchors.contains(anchor) {
          count += 1
          anchor = "\(slug)-\(count)"
        }
        anchors.insert(anchor)
      }
      return anchors
    }
  }

  static let pages: [Page] = {
    var paths = ["README.md", "CONTRIBUTING.md"]
    let docs = Bench.root.appendingPathComponent("docs")
    let files = FileManager.default.enumerator(atPath: docs.path)?.allObjects as? [String] ?? []
    paths += files.filter { $0.hasSuffix(".md") }.sorted().map { "docs/\($0)" }
    return paths.compactMap { path in
      let url = Bench.root.appendingPathComponent(path)
      return (try? String(contentsOf: url, encoding: .utf8)).map { Page(path: path, text: $0) }
    }
  }()

  @Test func thereArePages() { #expect(Self.pages.count > 20) }

  // MARK: - Links

  @Test(arguments: pages) func everyLinkLeadsSomewhere(page: Page) throws {
    let folder = URL(fileURLWithPath: page.path, relativeTo: Bench.root).deletingLastPathComponent()
    for match in page.parts.prose.matches(of: /\]\(([^()\s]+)\)/) {
      let link = String(match.output.1)
      if link.contains("://") || link.hasPrefix("mailto:") { continue }
      let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let target = parts[0].isEmpty ? page.path : Self.normal(folder.relativePath, parts[0])
      let file = Bench.root.appendingPathComponent(target)
      #expect(FileManager.default.fileExists(atPath: file.path), "\(page.path): \(link)")
      guard parts.count == 2 else { continue }
      let other = Self.pages.first { $0.path == target }
      #expect(other?.anchors.contains(parts[1]) == true, "\(page.path): \(link) names no heading of \(target)")
    }
  }

  /// A path from the repository's root.
  private static func normal(_ folder: String, _ link: String) -> String {
    var parts: [Substring] = []
    for part in (folder == "." ? link : "\(folder)/\(link)").split(separator: "/") {
      switch part {
      case ".": break
      case "..": _ = parts.popLast()
      default: parts.append(part)
      }
    }
    return parts.joined(separator: "/")
  }

  /// Whoever opens the index finds every page.
  @Test func theIndexNamesEveryPage() throws {
    let index = try #require(Self.pages.first { $0.path == "docs/README.md" })
    for page in Self.pages where page.path.hasPrefix("docs/") && page.path != index.path {
      let link = page.path.dropFirst("docs/".count)
      let isNamed = index.text.contains("](\(link))") || (link.contains("/") && Self.folderIsNamed(link, index.text))
      #expect(isNamed, "docs/README.md does not name \(page.path)")
    }
  }

  private static func folderIsNamed(_ link: Substring, _ text: String) -> Bool {
    let folder = link.split(separator: "/").dropLast().joined(separator: "/")
    return text.contains("](\(folder))") || text.contains("](\(folder)/")
  }

  /// Files and folders of this repository that the text names.
  @Test(arguments: pages) func everyFileThatIsNamedExists(page: Page) {
    for match in page.parts.prose.matches(of: /`([A-Za-z0-9_+\/.-]+)`/) {
      let name = String(match.output.1)
      if name.hasSuffix(".swift") {
        // By the end of its path; what stands for any name is none.
        guard !name.contains("Type+Topic") else { continue }
        #expect(Self.sources.contains { $0 == name || $0.hasSuffix("/" + name) }, "\(page.path): there is no \(name)")
      } else if name.wholeMatch(of: /(Sources|Tests|Benchmarks|config|scripts|rules|dashboards|docs)\/.*/) != nil {
        guard !name.contains("TARGET"), !name.hasSuffix("-") else { continue }
        let file = Bench.root.appendingPathComponent(name)
        #expect(FileManager.default.fileExists(atPath: file.path), "\(page.path): there is no \(name)")
      }
    }
  }

  private static let sources: [String] =
    ["Sources", "Tests", "Benchmarks"].flatMap { folder in
      let files = FileManager.default.enumerator(atPath: Bench.root.appendingPathComponent(folder).path)
      return (files?.allObjects as? [String] ?? []).filter { $0.hasSuffix(".swift") }.map { "\(folder)/\($0)" }
    } + ["Package.swift"]

  // MARK: - Commands

  /// What stands for a value of the reader's choice where a number must be.
  private static let numbers = ["COUNT", "HOURS", "N", "PORT", "SECONDS"]

  /// The arguments of each `poolkeeper …` of a line of a shell.
  static func calls(_ line: String) -> [[String]] {
    var calls: [[String]] = []
    var call: [String]?
    for word in words(line) {
      if [";", "&&", "||", "|", "&"].contains(word) {
        if let found = call { calls.append(found) }
        call = nil
      } else if call != nil {
        // Where output goes is the shell's.
        if let first = word.first, first == ">" || word.hasPrefix("2>") || first == "<" { break }
        call?.append(word)
      } else if word == "poolkeeper" || word.hasSuffix("/poolkeeper") {
        call = []
      } else if !word.contains("="), !["$", "sudo", "exec", "time", "-u"].contains(word) {
        // Another program's line, of which poolkeeper is an argument at most.
        call = nil
        if !word.hasPrefix("-") { return calls }
      }
    }
    if let found = call { calls.append(found) }
    return calls
  }

  /// Words as a shell splits them, operators apart; what follows `#` is a comment.
  static func words(_ line: String) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    for character in line {
      if let open = quote {
        if character == open { quote = nil } else { word?.append(character) }
      } else if character == "'" || character == "\"" {
        quote = character
        word = word ?? ""
      } else if character == " " || character == "\t" {
        if let done = word { words.append(done) }
        word = nil
      } else if character == "#", word == nil {
        break
      } else if character == ";" {
        if let done = word { words.append(done) }
        words.append(";")
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    if let done = word { words.append(done) }
    return words
  }

  /// - Returns: what the argument parser says against a call; `nil` when it is right.
  static func fault(_ arguments: [String]) -> String? {
    let arguments = arguments.map { numbers.contains($0) ? "1" : $0 }
    do {
      _ = try Poolkeeper.parseAsRoot(arguments)
      return nil
    } catch {
      // Help and the version end a call in order. Text that speaks of a command need not give all that it takes, and names
      // in capitals stand for what is to be put there.
      let message = Poolkeeper.message(for: error)
      let isOrderly = Poolkeeper.exitCode(for: error).isSuccess
      return isOrderly || message.hasPrefix("Missing ") || message.contains(/^The value '[A-Z]+' is invalid/)
        ? nil : message
    }
  }

  @Test(arguments: pages) func everyCommandIsOne(page: Page) {
    for block in page.parts.blocks where ["", "sh", "console", "bash", "shell"].contains(block.language) {
      let joined = block.lines.joined(separator: "\n").replacing("\\\n", with: " ").split(separator: "\n")
      for line in joined {
        for call in Self.calls(String(line)) {
          if let fault = Self.fault(call) { Issue.record("\(page.path): poolkeeper \(call): \(fault)") }
        }
      }
    }
    // In the text, as far as nothing is left out.
    for match in page.parts.prose.matches(of: /`(poolkeeper [a-z][^`\n]*)`/) {
      let text = String(match.output.1)
      if text.contains("…") || text.contains("[") || text.contains("|") || text.contains("COMMAND") { continue }
      for call in Self.calls(text) {
        if let fault = Self.fault(call) { Issue.record("\(page.path): \(text): \(fault)") }
      }
    }
  }

  @Test func aCommandThatIsNoneIsFound() {
    #expect(Self.calls("$ A=b .build/debug/poolkeeper plan --save x.json && poolkeeper status # yes").count == 2)
    #expect(Self.calls("cp poolkeeper /usr/bin").isEmpty)
    #expect(Self.fault(["plan", "--save", "monday.json"]) == nil)
    #expect(Self.fault(["remove", "NAME"]) == nil)
    #expect(Self.fault(["provision", "burst", "COUNT"]) == nil)
    #expect(Self.fault(["--help"]) == nil)
    #expect(Self.fault(["plan", "--store", "monday.json"]) != nil)
    #expect(Self.fault(["plam"]) != nil)
    #expect(Self.fault(["token", "new", "NAME", "--role", "ROLE"]) == nil)
    #expect(Self.fault(["token", "new", "NAME", "--role", "captain"]) != nil)
  }

  // MARK: - Keys

  /// Pages whose JSON is not configuration: answers of the API, settings of other programs, byte formats.
  private static let otherJSON = ["docs/http-api.md", "docs/mcp.md", "docs/format/", "docs/command-line.md"]

  /// Paths of the keys of a value; lists are entered.
  private static func paths(_ value: Any, below path: [String] = []) -> [[String]] {
    if let list = value as? [Any] { return list.flatMap { paths($0, below: path) } }
    guard let object = value as? [String: Any] else { return [] }
    return object.sorted { $0.key < $1.key }.flatMap { key, member in
      [path + [key]] + paths(member, below: path + [key])
    }
  }

  /// Every key of the configuration as parts; capitals stand for any name.
  private static let known: [[String]] = ConfigurationReference.entries().map {
    $0.path.replacing("[]", with: "").split(separator: ".").map(String.init)
  }

  private static func fits(_ path: ArraySlice<String>, _ pattern: ArraySlice<String>) -> Bool {
    path.count == pattern.count && zip(path, pattern).allSatisfy { $0 == $1 || isName($0, of: $1) }
  }

  /// Whether a pattern's capitals can stand for a key: `POOL`, `POOL_pool`.
  private static func isName(_ key: String, of pattern: String) -> Bool {
    let capitals = pattern.prefix { $0.isUppercase || $0 == "_" }
    guard capitals.contains(where: \.isUppercase) else { return false }
    let rest = pattern.dropFirst(capitals.count)
    return rest.isEmpty || (capitals.hasSuffix("_") && key.hasSuffix("_" + rest))
  }

  /// Whether a fragment's keys are keys of the configuration below one place; `nil` where it can be none.
  static func unknownKeys(_ fragment: Any) -> [String]? {
    let paths = paths(fragment)
    guard let first = paths.first else { return nil }
    // Where the first key may stand; the place that knows most of the others is the one that is meant.
    let places = Set(known.filter { $0.last == first[0] }.map { Array($0.dropLast()) })
    let outcomes = places.map { place in
      paths.filter { path in
        !known.contains { pattern in
          pattern.count >= place.count && Array(pattern.prefix(place.count)) == place
            && fits(path[...], pattern.dropFirst(place.count))
        }
      }.map { $0.joined(separator: ".") }
    }
    return outcomes.min { ($0.count, $0.joined()) < ($1.count, $1.joined()) }
  }

  @Test(arguments: pages) func everyKeyOfASnippetIsKnown(page: Page) throws {
    guard !Self.otherJSON.contains(where: { page.path.hasPrefix($0) }) else { return }
    for block in page.parts.blocks where block.language == "json" {
      let text = block.lines.joined(separator: "\n")
      let whole = text.trimmingCharacters(in: .whitespacesAndNewlines).hasPrefix("{") ? text : "{\(text)}"
      let parsed = try? JSONSerialization.jsonObject(with: Data(whole.utf8))
      let fragment = try #require(parsed, "\(page.path): this is no JSON: \(text)")
      guard let unknown = Self.unknownKeys(fragment) else { continue }
      #expect(unknown.isEmpty, "\(page.path): the configuration has no \(unknown)")
    }
  }

  @Test func aKeyThatIsNoneIsFound() throws {
    func unknown(_ text: String) throws -> [String]? {
      Self.unknownKeys(try JSONSerialization.jsonObject(with: Data(text.utf8)))
    }
    #expect(try unknown(#"{"metrics": {"source": "prometheus", "prometheus": {"url": "x"}}}"#) == [])
    let misspelt = #"{"metrics": {"source": "prometheus", "prometheus": {"uri": "x"}}}"#
    #expect(try unknown(misspelt) == ["metrics.prometheus.uri"])
    #expect(try unknown(#"{"poolkeeper": {"pools": {"burst": {"scaling": "manual"}}}}"#) == [])
  }

  /// Keys that the text names by their whole path.
  @Test(arguments: pages) func everyPathOfAKeyIsKnown(page: Page) {
    for match in page.parts.prose.matches(of: /`(poolkeeper(?:\.[A-Za-z_]+)+)`/) {
      let path = match.output.1.split(separator: ".").map(String.init)
      let isKnown = Self.known.contains { Self.fits(path[...], $0[...]) }
      // The beginning of some, as `max_…` is.
      let isBeginning = Self.known.contains { known in
        known.count == path.count && Self.fits(path.dropLast(), known.dropLast())
          && path.last.map { last in last.hasSuffix("_") && known.last?.hasPrefix(last) == true } == true
      }
      // Group names of Kubernetes look alike.
      if path == ["poolkeeper", "dev"] || ["service", "svc"].contains(path.last) { continue }
      #expect(isKnown || isBeginning, "\(page.path): the configuration has no \(match.output.1)")
    }
  }

  // MARK: - Metrics

  @Test(arguments: pages) func everyMetricExists(page: Page) {
    let names = Set(MetricDescriptor.all.map(\.name))
    let suffixes = ["", "_total", "_bucket", "_sum", "_count"]
    // Not the names of files, nor those of recording rules, which have colons.
    for match in page.text.matches(of: /(?:^|[^\/\w])(poolkeeper_[a-z][a-z_]*[a-z])(?![\w:-])/) {
      let name = String(match.output.1)
      // The console's cookie.
      if name == "poolkeeper_session" { continue }
      let isKnown = suffixes.contains { names.contains(name) || names.contains(String(name.dropLast($0.count))) }
      // `poolkeeper_workers_…` names a family of them.
      let isFamily = names.contains { $0.hasPrefix(name + "_") }
      #expect(isKnown || isFamily, "\(page.path): there is no metric \(name)")
    }
  }
}
