/// Where panels lie. Grafana's page has 24 columns; lines fill it from the left to the right and from the top to the
/// bottom, so that nothing overlaps.
enum Layout {
  /// Columns of a page.
  static let columns = 24
  /// Height of a section's headline.
  static let headline = 1

  /// A panel's or a headline's place.
  struct Place: Sendable, Hashable {
    var x: Int
    var y: Int
    var width: Int
    var height: Int
  }

  /// What stands somewhere.
  enum Item: Sendable, Hashable {
    case headline(String)
    case panel(Panel)
  }

  /// Everything of a dashboard with its place, in reading order.
  static func items(of dashboard: Dashboard) -> [(item: Item, place: Place)] {
    var items: [(item: Item, place: Place)] = []
    var y = 0
    for section in dashboard.sections {
      items.append((.headline(section.title), Place(x: 0, y: y, width: columns, height: headline)))
      y += headline
      for line in section.lines {
        for (panel, place) in zip(line.panels, places(of: line, y: y)) { items.append((.panel(panel), place)) }
        y += line.height
      }
    }
    return items
  }

  /// Shares of the width by weight. Every edge is rounded alone, so that together they fill it.
  private static func places(of line: Line, y: Int) -> [Place] {
    let total = line.panels.reduce(0) { $0 + $1.weight }
    var before = 0
    return line.panels.map { panel in
      let x = columns * before / total
      before += panel.weight
      return Place(x: x, y: y, width: columns * before / total - x, height: line.height)
    }
  }
}
