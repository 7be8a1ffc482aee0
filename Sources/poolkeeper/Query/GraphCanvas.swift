/// Cells of a plot.
struct GraphCanvas {
  /// What a line is drawn with.
  enum Mark {
    /// Two columns and four rows of braille dots a cell.
    case dots(colour: Int?)
    case letter(Character)
  }

  private struct Cell {
    /// Bits of the braille character.
    var dots: UInt32 = 0
    var colour: Int?
    var letter: Character?
  }

  let columns: Int
  let rows: Int
  private var cells: [Cell]

  init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
    cells = Array(repeating: Cell(), count: columns * rows)
  }

  /// Draws a straight line between two points, which are counted from the upper left corner, in dots or in cells.
  mutating func draw(from: (x: Int, y: Int), to: (x: Int, y: Int), _ mark: Mark) {
    let steps = max(abs(to.x - from.x), abs(to.y - from.y))
    for step in 0...steps {
      let share = steps == 0 ? 0 : Double(step) / Double(steps)
      set(
        Int((Double(from.x) + share * Double(to.x - from.x)).rounded()),
        Int((Double(from.y) + share * Double(to.y - from.y)).rounded()), mark)
    }
  }

  private mutating func set(_ x: Int, _ y: Int, _ mark: Mark) {
    switch mark {
    case .letter(let letter):
      guard (0..<columns).contains(x), (0..<rows).contains(y) else { return }
      cells[y * columns + x].letter = letter
    case .dots(let colour):
      guard (0..<columns * 2).contains(x), (0..<rows * 4).contains(y) else { return }
      let index = y / 4 * columns + x / 2
      // A cell has one colour: whoever comes last takes it over.
      if cells[index].colour != colour { cells[index].dots = 0 }
      cells[index].colour = colour
      let bits: [[UInt32]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
      cells[index].dots |= bits[y % 4][x % 2]
    }
  }

  /// A row without trailing space.
  func line(_ row: Int) -> String {
    let cells = self.cells[(row * columns)..<((row + 1) * columns)]
    let end = cells.lastIndex { $0.dots != 0 || $0.letter != nil }.map { $0 + 1 } ?? cells.startIndex
    var out = ""
    var colour: Int?
    for cell in cells[..<end] {
      if cell.dots != 0, cell.colour != colour {
        colour = cell.colour
        out += colour.map { "\u{1b}[\($0)m" } ?? "\u{1b}[0m"
      }
      if let letter = cell.letter {
        out.append(letter)
      } else if cell.dots != 0, let scalar = UnicodeScalar(0x2800 + cell.dots) {
        out.unicodeScalars.append(scalar)
      } else {
        out += " "
      }
    }
    return colour == nil ? out : out + "\u{1b}[0m"
  }
}
