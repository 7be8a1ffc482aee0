import Foundation
import Testing

/// The contrast of the console's colours, by the formula of WCAG 2.2.
@Suite struct ConsoleColoursTests {
  enum Theme: String, CaseIterable, Sendable { case light, dark }

  /// Each colour by its name, as `--name: light-dark(#rrggbb, #rrggbb)` says it.
  private static func palette(_ theme: Theme) throws -> [String: String] {
    let text = try ConsoleRouteTests.source("console.css")
    let colours = text.matches(of: /--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);/)
    return Dictionary(
      colours.map { (String($0.1), String(theme == .light ? $0.2 : $0.3)) }, uniquingKeysWith: { first, _ in first })
  }

  private static func luminance(_ colour: String) throws -> Double {
    let number = try #require(Int(colour.dropFirst(), radix: 16))
    let parts = [number >> 16, number >> 8, number].map { Double($0 & 255) / 255 }
    let linear = parts.map { $0 <= 0.04045 ? $0 / 12.92 : pow(($0 + 0.055) / 1.055, 2.4) }
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
  }

  private static func contrast(_ one: String, _ other: String) throws -> Double {
    let (first, second) = (try luminance(one), try luminance(other))
    return (max(first, second) + 0.05) / (min(first, second) + 0.05)
  }

  @Test func reckonsContrastAsTheGuidelinesDo() throws {
    #expect(abs(try Self.contrast("#000000", "#ffffff") - 21) < 0.01)
    #expect(abs(try Self.contrast("#777777", "#ffffff") - 4.48) < 0.01)
  }

  @Test(arguments: Theme.allCases)
  func everyTextIsLegibleOnEveryGroundThatItStandsOn(theme: Theme) throws {
    let palette = try Self.palette(theme)
    #expect(palette.count >= 15)
    let texts = ["ink", "muted", "accent", "ready", "coming", "standby", "leaving", "warn", "bad"]
    var pairs = texts.flatMap { text in ["paper", "card", "sunken"].map { (text, $0) } }
    pairs += [("ink", "bad-ground"), ("ink", "warn-ground"), ("ink", "info-ground"), ("bad", "bad-ground")]
    pairs += [("on-accent", "accent"), ("on-accent", "bad"), ("paper", "ink")]
    for (text, ground) in pairs {
      let contrast = try Self.contrast(try #require(palette[text]), try #require(palette[ground]))
      #expect(contrast >= 4.5, "\(text) on \(ground), \(theme.rawValue): \(contrast)")
    }
  }

  @Test(arguments: Theme.allCases)
  func everyEdgeAndEveryPartOfAChartIsSeen(theme: Theme) throws {
    let palette = try Self.palette(theme)
    for part in ["edge", "accent", "ready", "coming", "standby", "leaving", "warn", "bad"] {
      for ground in ["card", "sunken", "paper"] {
        let contrast = try Self.contrast(try #require(palette[part]), try #require(palette[ground]))
        #expect(contrast >= 3, "\(part) on \(ground), \(theme.rawValue): \(contrast)")
      }
    }
  }
}
