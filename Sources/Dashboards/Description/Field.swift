/// How values are written and coloured.
public struct Field: Sendable, Hashable {
  /// The unit that the expressions give.
  public var unit = Unit.count
  /// Digits behind the point; `nil`: Grafana's choice.
  public var decimals: Int?
  /// Lower limit of the axis or the dial.
  public var minimum: Double?
  /// Upper limit of the axis or the dial.
  public var maximum: Double?
  /// Colours by value; `nil`: each series has its own.
  public var thresholds: Thresholds?
  /// Whether thresholds are lines in the picture.
  public var showsThresholds = false
  /// Words for numbers.
  public var words: [ValueWord] = []
  /// Looks of single series.
  public var styles: [Style] = []
  /// What is written where there is no value.
  public var whenEmpty: String?

  /// Plain counts.
  public init() {}

  /// A look of the series whose names fit.
  public struct Style: Sendable, Hashable {
    /// A regular expression on the series' name, without slashes.
    public var pattern: String
    /// How they are drawn.
    public var look: SeriesStyle
  }
}

/// Grafana's ids of the units that are used here.
///
/// Source: the list of `grafana-foundation-sdk` (`units`), against which a test holds these.
public enum Unit: String, Sendable, Hashable, CaseIterable {
  /// Whole things.
  case count = "short"
  /// 0 to 1.
  case share = "percentunit"
  /// 0 to 100.
  case percent
  case seconds = "s"
  case bytes
  case bytesPerSecond = "binBps"
  case perSecond = "ops"
  case requestsPerSecond = "reqps"
  /// Cores in use are seconds of CPU time a second.
  case plain = "none"
  /// Units of the currency that the series' label names: the sign comes from the series' name, because dashboards do not
  /// know which currency a configuration has.
  case money = "locale"
}

/// The currencies whose sign Grafana knows and whose code stands in the names of series; others are written as numbers.
///
/// Source: as for `Unit`.
enum Currency: String, CaseIterable {
  case dollars = "USD"
  case euros = "EUR"
  case pounds = "GBP"
  case francs = "CHF"
  case yen = "JPY"
  case rupees = "INR"

  var unit: String { "currency" + rawValue }
}

/// Grafana's names of colours.
public enum Color: String, Sendable, Hashable {
  case green, yellow, orange, red, blue, purple
  case gray = "text"
  case lightGreen = "light-green"
  case darkRed = "dark-red"
}

/// From a value upwards, a colour.
public struct Threshold: Sendable, Hashable {
  public var value: Double
  public var color: Color

  /// A step.
  public static func from(_ value: Double, _ color: Color) -> Threshold { Threshold(value: value, color: color) }
}

/// Colours by value.
public struct Thresholds: Sendable, Hashable {
  /// Below the first step.
  public var base: Color
  /// Ascending.
  public var steps: [Threshold]
}

/// A word for a number.
public struct ValueWord: Sendable, Hashable {
  public var value: Int
  public var text: String
  public var color: Color

  /// A word and its colour.
  public init(_ value: Int, _ text: String, _ color: Color) {
    self.value = value
    self.text = text
    self.color = color
  }
}

/// How single series are drawn.
public enum SeriesStyle: Sendable, Hashable {
  /// A limit: a dashed line without area.
  case limit(Color)
  /// What is expected: dots without area.
  case expected
  case colored(Color)
}
