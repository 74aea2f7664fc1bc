/// Cells one on the other: each sees the output of the one before in the same step.
///
/// States and weights are those of all cells in order; a weight's role has its cell's place before it, as
/// in `cells/1/kernel`. The output is that of the last cell. As
/// `keras/src/layers/rnn/stacked_rnn_cells.py`.
public struct StackedRNNCells: RecurrentCell {
  /// The name in the schema and in Keras.
  public static let kind = "StackedRNNCells"

  /// The name of the layer that goes along sequences.
  public static let sequenceKind = SomeCell.sequenceKind

  /// The layer's name and how its weights begin.
  public var declaration = LayerDeclaration()

  /// The cells, the first of which sees what comes in.
  public internal(set) var cells: [any RecurrentCell]

  /// Makes a cell of cells.
  public init(_ cells: [any RecurrentCell], name: String? = nil) {
    self.cells = cells
    var initializers: [String: Initializer] = [:]
    for (place, cell) in cells.enumerated() {
      for (role, initializer) in cell.declaration.initializers {
        initializers[Self.role(role, ofCell: place)] = initializer
      }
    }
    declaration = LayerDeclaration(name: name, initializers: initializers)
  }

  /// No cells, which is refused.
  public static var prototype: StackedRNNCells { StackedRNNCells([]) }

  /// The attributes.
  public static let fields: [AttributeField<StackedRNNCells>] = [.cells("cells", \.cells)]

  /// Throws `ModelError.attribute` where there is no cell, and for what a cell refuses.
  public func check() throws(ModelError) {
    guard !cells.isEmpty else { throw .attributeMissing("cells") }
    for cell in cells { try cell.check() }
  }

  private static func role(_ role: String, ofCell place: Int) -> String {
    "cells/\(place)/\(role)"
  }

  /// Those of all cells.
  public var stateCount: Int { cells.reduce(0) { $0 + $1.stateCount } }

  /// That of the last cell.
  public var outputState: Int {
    cells.dropLast().reduce(0) { $0 + $1.stateCount } + (cells.last?.outputState ?? 0)
  }

  /// Those of all cells.
  public var weightCount: Int { cells.reduce(0) { $0 + $1.weightCount } }

  /// Those of all cells.
  public func stateSizes(for slice: Shape) throws(ModelError) -> [[Int?]] {
    var sizes: [[Int?]] = []
    try forEachCell(slice) { _, cell, slice throws(ModelError) in
      sizes += try cell.stateSizes(for: slice)
    }
    return sizes
  }

  /// Those of all cells.
  public func weights(for slice: Shape) throws(ModelError) -> [ParameterSpecification] {
    var weights: [ParameterSpecification] = []
    try forEachCell(slice) { place, cell, slice throws(ModelError) in
      weights += try cell.weights(for: slice).map { weight in
        ParameterSpecification(
          Self.role(weight.role, ofCell: place), weight.shape, isTrainable: weight.isTrainable)
      }
    }
    return weights
  }

  /// Each cell with what it sees.
  private func forEachCell(
    _ slice: Shape, _ body: (Int, any RecurrentCell, Shape) throws(ModelError) -> Void
  ) throws(ModelError) {
    var slice = slice
    for (place, cell) in cells.enumerated() {
      try body(place, cell, slice)
      slice = Shape([slice[0]] + (try cell.stateSizes(for: slice)[cell.outputState]))
    }
  }

  /// What the first cell makes of it.
  public func project(
    _ x: Definition.Value, weights: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    try cells[0].project(
      x, weights: Array(weights.prefix(cells[0].weightCount)), in: &definition)
  }

  /// A step of each cell.
  public func step(
    _ projected: [Definition.Value], states: [Definition.Value], weights: [Definition.Value],
    in definition: inout Definition
  ) throws(ModelError) -> (output: Definition.Value, states: [Definition.Value]) {
    var (projected, states, weights) = (projected, states[...], weights[...])
    var (output, next): (Definition.Value, [Definition.Value]) = (projected[0], [])
    for (place, cell) in cells.enumerated() {
      let own = Array(weights.prefix(cell.weightCount))
      if place > 0 { projected = try cell.project(output, weights: own, in: &definition) }
      let made = try cell.step(
        projected, states: Array(states.prefix(cell.stateCount)), weights: own, in: &definition)
      output = made.output
      next += made.states
      weights = weights.dropFirst(cell.weightCount)
      states = states.dropFirst(cell.stateCount)
    }
    return (output, next)
  }
}
