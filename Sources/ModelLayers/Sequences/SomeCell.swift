/// A cell of any kind.
public struct SomeCell: RecurrentCell {
  /// No layer of a graph is of this kind: a cell in one is of its own.
  public static let kind = "RNNCell"

  /// The name of the layer that goes along sequences.
  public static let sequenceKind = "RNN"

  /// The cell.
  public internal(set) var cell: any RecurrentCell

  init(_ cell: any RecurrentCell) { self.cell = cell }

  /// The name and initializers of the cell.
  public var declaration: LayerDeclaration {
    get { cell.declaration }
    set { cell.declaration = newValue }
  }

  /// A cell that is refused.
  public static var prototype: SomeCell { SomeCell(SimpleRNNCell.prototype) }

  /// The attributes.
  public static let fields: [AttributeField<SomeCell>] = [.cell("cell", \.cell)]

  /// Throws `ModelError.attribute` for an attribute of the cell that is out of its limits.
  public func check() throws(ModelError) { try cell.check() }

  /// As many as the cell has.
  public var stateCount: Int { cell.stateCount }

  /// That of the cell.
  public var outputState: Int { cell.outputState }

  /// As many as the cell has.
  public var weightCount: Int { cell.weightCount }

  /// Those of the cell.
  public func stateSizes(for slice: Shape) throws(ModelError) -> [[Int?]] {
    try cell.stateSizes(for: slice)
  }

  /// Those of the cell.
  public func weights(for slice: Shape) throws(ModelError) -> [ParameterSpecification] {
    try cell.weights(for: slice)
  }

  /// What the cell makes of it.
  public func project(
    _ x: Definition.Value, weights: [Definition.Value], in definition: inout Definition
  ) throws(ModelError) -> [Definition.Value] {
    try cell.project(x, weights: weights, in: &definition)
  }

  /// The cell's step.
  public func step(
    _ projected: [Definition.Value], states: [Definition.Value], weights: [Definition.Value],
    in definition: inout Definition
  ) throws(ModelError) -> (output: Definition.Value, states: [Definition.Value]) {
    try cell.step(projected, states: states, weights: weights, in: &definition)
  }
}

/// A layer that goes along a sequence with a cell of any kind, or with several: see
/// ``StackedRNNCells``.
public typealias RNN = Recurrent<SomeCell>

extension Recurrent where Cell == SomeCell {
  /// Makes the layer, with the defaults of Keras 3.
  public init(
    _ cell: any RecurrentCell, returnSequences: Bool = false, returnState: Bool = false,
    goBackwards: Bool = false, stateful: Bool = false, zeroOutputForMask: Bool = false,
    name: String? = nil
  ) {
    self.init(
      SomeCell(cell),
      Recurrence(
        returnsSequences: returnSequences, returnsState: returnState, goesBackwards: goBackwards,
        isStateful: stateful, zeroesMaskedOutputs: zeroOutputForMask))
    declaration = LayerDeclaration(name: name, initializers: cell.declaration.initializers)
  }

  /// Makes the layer of several cells, the first of which sees the sequence.
  public init(
    _ cells: [any RecurrentCell], returnSequences: Bool = false, returnState: Bool = false,
    goBackwards: Bool = false, stateful: Bool = false, zeroOutputForMask: Bool = false,
    name: String? = nil
  ) {
    self.init(
      StackedRNNCells(cells), returnSequences: returnSequences, returnState: returnState,
      goBackwards: goBackwards, stateful: stateful, zeroOutputForMask: zeroOutputForMask, name: name
    )
  }
}
