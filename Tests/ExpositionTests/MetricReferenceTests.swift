import Exposition
import Foundation
import Testing

@Suite struct MetricReferenceTests {
  @Test func theReferencePageTellsWhatTheProgramExposes() throws {
    let file = repositoryRoot.appending(path: "docs/metrics.md")
    if ProcessInfo.processInfo.environment["POOLKEEPER_WRITE_DOCS"] != nil {
      try Data(MetricReference.page().utf8).write(to: file)
    }
    let page = try String(contentsOf: file, encoding: .utf8)
    let difference = page.split(separator: "\n").difference(from: MetricReference.page().split(separator: "\n"))
    #expect(difference.isEmpty, "run POOLKEEPER_WRITE_DOCS=1 swift test --filter MetricReferenceTests")
    #expect(page == MetricReference.page())
  }

  /// A descriptor that is declared but not listed would be exposed without being documented.
  @Test func everyDeclaredDescriptorIsListed() throws {
    let file = repositoryRoot.appending(path: "Sources/Exposition/MetricDescriptor+Poolkeeper.swift")
    let source = try String(contentsOf: file, encoding: .utf8)
    let declared = source.matches(of: /= MetricDescriptor\(\s*"([a-z_]+)"/).map { String($0.1) }
    #expect(declared.sorted() == MetricDescriptor.all.map(\.name).sorted())
    #expect(Set(declared).count == declared.count)
  }

  @Test(arguments: MetricDescriptor.all)
  func namesFollowTheConventions(metric: MetricDescriptor) {
    #expect(metric.name.wholeMatch(of: /(poolkeeper|process)(_[a-z]+)+/) != nil)
    #expect((metric.type == .counter) == metric.name.hasSuffix("_total"))
    #expect((metric.type == .info) == metric.name.hasSuffix("_info"))
    #expect((metric.type == .histogram) == !metric.buckets.isEmpty)
    #expect(metric.buckets == metric.buckets.sorted() && !metric.buckets.contains(.infinity))
    #expect(metric.labels.allSatisfy { $0.wholeMatch(of: /[a-z]+(_[a-z]+)*/) != nil && $0 != "le" })
    #expect(metric.help.hasSuffix("."))
    for unit in ["seconds", "bytes"] {
      #expect((metric.unit == unit) == metric.name.contains("_" + unit), "\(metric.name) and its unit \(unit)")
    }
  }
}
