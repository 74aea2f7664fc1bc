import ModelGraph
import Residual
import TestSupport
import Testing

/// Numbers at the edges of what a file can say, in each attribute and size of each kind of layer.
@Suite struct BoundaryNumberTests {
  private static let integers = [.min, -(1 << 31), -1, 0, 1, 3, 1 << 31, 1 << 62, .max]
  private static let numbers = [
    -.infinity, -0x1p63, -1, -0.0, 0, 5e-324, 0.5, .greatestFiniteMagnitude, .infinity, .nan,
  ]

  /// A layer, and the types of the tensors that it is called on.
  private struct Trial: Hashable {
    var kind: String
    var attributes: Attributes
    var inputs: [TensorType]

    /// The trial with the sizes of the first axes known at run time alone, as that of the batch is.
    private func forgetting(_ count: Int) -> Trial {
      var trial = self
      trial.inputs = inputs.map { input in
        let sizes = input.shape.dimensions
        return TensorType(
          Shape(sizes.prefix(count).map { _ in nil } + sizes.dropFirst(count)), input.dtype)
      }
      return trial
    }

    /// The trial with one number replaced by each of those at the edges.
    var variants: [Trial] {
      var variants: [Trial] = []
      for (name, value) in attributes.values {
        for other in BoundaryNumberTests.edges(of: value) {
          var variant = self
          variant.attributes.values[name] = other
          variants += [variant, variant.forgetting(1), variant.forgetting(.max)]
        }
      }
      for (place, input) in inputs.enumerated() {
        for axis in input.shape.dimensions.indices {
          for size in [nil, 0, 1, 1 << 31, 1 << 62, .max] {
            var dimensions = input.shape.dimensions
            dimensions[axis] = size
            var variant = self
            variant.inputs[place].shape = Shape(dimensions)
            variants.append(variant)
          }
        }
        var variant = self
        variant.inputs[place].shape = Shape(input.shape.dimensions.dropLast())
        variants.append(variant)
        variant.inputs[place].shape = Shape(input.shape.dimensions + [1])
        variants.append(variant)
      }
      return variants
    }
  }

  private static func edges(of value: AttributeValue) -> [AttributeValue] {
    switch value {
    case .bool(let flag): [.bool(!flag)]
    case .int: integers.map { .int($0) }
    case .double: numbers.map { .double($0) }
    case .string(let text): [.string(""), .string(text + "\u{301}")]
    case .ints(let list):
      [.ints([]), .ints(list + [1])]
        + list.indices.flatMap { place in
          integers.map { number in
            var changed = list
            changed[place] = number
            return .ints(changed)
          }
        } + integers.map { number in .ints(list.map { _ in number }) }
    case .doubles(let list):
      [.doubles([]), .doubles(list + [1])]
        + list.indices.flatMap { place in
          numbers.map { number in
            var changed = list
            changed[place] = number
            return .doubles(changed)
          }
        }
    case .strings(let list): [.strings([]), .strings(list + [""])]
    }
  }

  /// The layers of the fixtures: of those of one kind, whose attributes have the same names and that
  /// are called on tensors of the same ranks and types, one.
  private static func trials() throws -> [Trial] {
    var trials: [[String]: Trial] = [:]
    for fixture in Fixture.valid {
      for call in try Model(contentsOfFile: fixture.path).graph.resolved().calls {
        guard case .layer(let layer) = call.layer.body else { continue }
        let inputs = call.inputTypes.compactMap(\.self).map { type in
          TensorType(Shape(type.shape.dimensions.map { $0 ?? 2 }), type.dtype)
        }
        let attributes = layer.attributes
        let key =
          [layer.kind] + attributes.values.keys + inputs.map { "\($0.shape.rank) \($0.dtype)" }
        trials[key] = trials[key] ?? Trial(kind: layer.kind, attributes: attributes, inputs: inputs)
      }
    }
    return Array(trials.values)
  }

  /// Asks for all that is read off a definition before a run, the number of operations among it.
  @discardableResult private func read(
    _ definition: Definition, on inputs: [TensorType]
  ) throws(ModelError) -> Int {
    _ = try? definition.explicitPadding()
    for axis in 0...1 { _ = definition.items(in: inputs.map { _ in .axis(axis) }) }
    let count = try definition.operationCount()
    try definition.checkSizes(elementLimit: 1 << 12)
    return count
  }

  /// Asks for everything that is read off a definition, and runs it where it is small.
  private func probe(_ trial: Trial) throws(ModelError) {
    let registry = LayerRegistry.standard
    guard let layer = try registry.layer(kind: trial.kind, attributes: trial.attributes) else {
      return
    }
    let definition = try layer.definition(for: trial.inputs)
    // What an input layer makes is fed.
    guard layer.kind != InputLayer.kind else { return }
    let count = try read(definition, on: trial.inputs)
    let shapes = trial.inputs.compactMap(\.shape.known)
    guard count <= 1 << 16, shapes.count == trial.inputs.count,
      (shapes + definition.weights.map(\.shape)).allSatisfy({
        ($0.checkedProduct() ?? .max) <= 1 << 12
      })
    else { return }
    let weights = Dictionary(
      uniqueKeysWithValues: definition.weights.map {
        ($0.role, NDArray<Float>(repeating: 1, $0.shape))
      })
    for element in [Float(0), 1, -1, .greatestFiniteMagnitude, .infinity, .nan] {
      let inputs = shapes.map { NDArray(repeating: element, $0) }
      do throws(ModelError) { try definition.check(inputs) } catch { continue }
      let made = definition.values(inputs, Parameters(weights))
      for (array, shape) in zip(made, definition.outputShapes) {
        #expect(array.dimensions == shape.known, "\(trial)")
      }
      for bounds in [nil, inputs.map { RoundingBound.relative(1, $0) }] {
        _ = definition.bounds(inputs, within: bounds, Parameters(weights), outputs: made)
      }
    }
  }

  /// Shapes of each number of axes that layers tell apart, all of one size.
  private static func shapes(of sizes: [Int?]) -> [Shape] {
    [0, 1, 2, 3, 4, 5, 7].flatMap { rank in
      sizes.map { size in Shape(Array(repeating: size, count: rank)) }
    }
  }

  /// The inputs with other shapes: of each alone, and of each two at once.
  private static func otherShapes(of inputs: [TensorType]) -> [[TensorType]] {
    var all: [[TensorType]] = []
    for place in inputs.indices {
      var changed = inputs
      for shape in shapes(of: [nil, 0, 1, 2, 1 << 31, 1 << 62]) + [[1, .max]] {
        changed[place].shape = shape
        all.append(changed)
      }
      for shape in shapes(of: [nil, 2]) {
        changed[place].shape = shape
        for other in inputs.indices where other > place {
          for second in shapes(of: [2]) {
            var both = changed
            both[other].shape = second
            all.append(both)
          }
        }
      }
    }
    return all
  }

  @Test func `no shape of an input stops the program`() throws {
    var seen: Set<[String]> = []
    var refusedCount = 0
    for fixture in Fixture.valid {
      for call in try Model(contentsOfFile: fixture.path).graph.resolved().calls {
        guard case .layer(let layer) = call.layer.body, layer.kind != InputLayer.kind else {
          continue
        }
        // What is masked has its masks as inputs.
        let inputs = call.inputTypes.compactMap(\.self)
        let ranks = inputs.map { "\($0.shape.rank) \($0.dtype)" }
        guard
          seen.insert(
            [layer.kind, "\(layer.maskCount)"] + layer.attributes.values.keys + ranks
          ).inserted
        else { continue }
        for changed in Self.otherShapes(of: inputs) {
          do { try read(layer.definition(for: changed), on: changed) } catch { refusedCount += 1 }
        }
        guard layer.maskCount == 0 else { continue }
        for mask in Self.shapes(of: [nil, 2]) {
          let masks = inputs.map { _ in TensorType(mask, .bool) }
          let isMasked = inputs.map { _ in true }
          for masked in [layer.heeding(masksWhere: isMasked), layer.masks(where: isMasked)] {
            do {
              try read(masked.definition(for: inputs + masks), on: inputs + masks)
            } catch { refusedCount += 1 }
          }
        }
      }
    }
    #expect(seen.count > 300)
    #expect(refusedCount > 10_000)
  }

  @Test func `no number stops the program`() async throws {
    let trials = try Self.trials()
    // Recurrent layers take most of the time: each trial is a task, for as many cores as there are.
    let refusedCount = await withTaskGroup { group in
      for trial in trials {
        group.addTask {
          ([trial] + trial.variants).count { variant in
            do { try probe(variant) } catch { return true }
            return false
          }
        }
      }
      return await group.reduce(0, +)
    }
    #expect(trials.count > 100)
    #expect(refusedCount > 10_000)
  }
}
