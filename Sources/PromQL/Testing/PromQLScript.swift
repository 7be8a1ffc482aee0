import TimeSeries

/// A test script in the notation of Prometheus's own PromQL tests: `load`, `clear`, `eval …` and expectations.
public struct PromQLScript: Sendable {
  /// What became of one `eval`.
  public struct CaseResult: Sendable {
    /// The script's name.
    public var file: String
    /// The line of the `eval`, from 1.
    public var line: Int
    /// The expression.
    public var expression: String
    /// What was expected and what came instead; `nil` when the case passed.
    public var failure: String?

    /// Whether the case passed.
    public var hasPassed: Bool { failure == nil }
  }

  enum Command {
    case clear
    case load(step: Int64, line: Int, series: [(Labels, [ScriptPoint?])], asCustomBuckets: Bool)
    case evaluate(ScriptCase)
    case invalid(line: Int, message: String)
  }

  let file: String
  var commands: [Command] = []

  /// Reads a script. Malformed commands become failed cases when the script runs, so that one mistake hides no result.
  public init(_ text: String, file: String) {
    self.file = file
    commands = PromQLScript.commands(text)
  }

  /// The series that are loaded when the script is through, without evaluating anything.
  public func loadedSeries() -> TableSource {
    commands.reduce(into: TableSource()) { PromQLScript.apply($1, to: &$0) }
  }

  /// Carries out `clear` and `load`.
  private static func apply(_ command: Command, to source: inout TableSource) {
    switch command {
    case .clear: source = TableSource()
    case .load(let step, _, let series, let asCustomBuckets):
      for (labels, points) in series {
        for (index, point) in points.enumerated() {
          if let point { source.add(labels, at: Int64(index) * step, point.value) }
        }
      }
      if asCustomBuckets { source.addCustomBucketHistograms(of: series, step: step) }
    case .evaluate, .invalid: break
    }
  }

  /// Runs all commands in order.
  public func run(limits: EngineLimits = EngineLimits()) -> [CaseResult] {
    var source = TableSource()
    var out: [CaseResult] = []
    let engine = Engine(limits: limits)
    for command in commands {
      switch command {
      case .clear, .load: PromQLScript.apply(command, to: &source)
      case .evaluate(let one):
        let failure = one.failure(engine, source)
        out.append(CaseResult(file: file, line: one.line, expression: one.expression, failure: failure))
      case .invalid(let line, let message):
        out.append(CaseResult(file: file, line: line, expression: "", failure: message))
      }
    }
    return out
  }
}
