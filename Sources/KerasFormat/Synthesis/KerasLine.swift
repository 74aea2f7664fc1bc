internal import OrderedCollections
internal import ModelGraph

/// A line of Keras, in whose words a file is composed.
public enum KerasLine: String, CaseIterable, Hashable, Sendable {
  /// Keras 2.15. Keras 3 reads its words in HDF5 alike, but for the calls of nested models: there it refuses
  /// the file.
  case keras2
  /// Keras 3, for a model that Keras 2 cannot have or that Keras 3 would misread in the words of Keras 2.
  /// Keras 2 refuses the file.
  case keras3

  /// The line as people call it.
  public var name: String {
    switch self {
    case .keras2: "Keras 2"
    case .keras3: "Keras 3"
    }
  }

  /// The other one.
  var other: KerasLine { self == .keras2 ? .keras3 : .keras2 }

  /// The line that a version is of; `nil` for Keras 1.
  init?(_ version: KerasVersion) {
    switch version.major {
    case 2: self = .keras2
    case 3...: self = .keras3
    default: return nil
    }
  }

  /// The version that the file states.
  var version: String {
    switch self {
    case .keras2: "2.15.0"
    case .keras3: "3.15.1"
    }
  }

  /// What the file adds to the number of a nested model's call: see `NodeNumbering`.
  func shift(_ nested: Graph, isOutput: Bool) -> Int {
    // The call that makes a model counts; a wrapper is none.
    guard nested.form != .timeDistributed else { return 0 }
    return switch self {
    case .keras2: 1
    case .keras3: isOutput && nested.form == .functional ? 1 : 0
    }
  }
}

// MARK: - What one line alone has

extension KerasLine {
  /// Whether a layer may be called as it is.
  fileprivate func takes(nameOf node: LayerNode) -> Bool {
    guard self == .keras2 else { return !node.name.utf8.contains(UInt8(ascii: "/")) }
    func isIn(_ others: String) -> (Unicode.Scalar) -> Bool {
      {
        $0.isASCII && ($0.properties.isAlphabetic || "0"..."9" ~= $0)
          || others.unicodeScalars.contains($0)
      }
    }
    return node.isInput
      || node.name.unicodeScalars.allSatisfy(isIn("_.>/-"))
        && node.name.unicodeScalars.prefix(1).allSatisfy(isIn("."))
  }
}

extension Graph {
  /// Checks that a line of Keras has all that a graph needs, and reads what is composed for it as it is meant.
  ///
  /// What `LayerWords` has no words for is not looked at.
  ///
  /// - Throws: `KerasError.inexpressible`, naming the layer.
  func check(fits line: KerasLine) throws {
    switch line {
    case .keras2:
      if let layer = try layerOfKeras3() {
        throw KerasError.at(
          layer: layer.path, kind: layer.kind, .inexpressible("Keras 2 \(layer.reason)"))
      }
    case .keras3: try checkMasksFitKeras3()
    }
  }

  /// The model that is called more than once: of several calls, Keras 3 may take one for another where
  /// Keras 2 numbers them.
  var modelCalledAgain: String? {
    layers.values.lazy.compactMap { node -> String? in
      guard case .graph(let inner) = node.body else { return nil }
      if calls.count(where: { $0.layer == node.name }) > 1 { return node.name }
      return inner.modelCalledAgain
    }.first
  }

  /// Checks that a line of Keras takes the names of all layers: Keras 2 makes scopes of TensorFlow of them, and
  /// Keras 3 paths.
  ///
  /// - Throws: `KerasError.inexpressible`, naming the first layer.
  func checkNames(for line: KerasLine) throws {
    for (path, node) in allLayers where !line.takes(nameOf: node) {
      let rule =
        switch line {
        case .keras2:
          "takes letters of ASCII, digits and '_.>/-' in names, of which the first is no '_', '>', '/' or '-'"
        case .keras3: "takes no '/' in names"
        }
      throw KerasError.at(layer: path, kind: node.kind, .inexpressible("\(line.name) \(rule)"))
    }
  }

  /// Whether Keras 3 refuses the graph rather than misread it, in the words of Keras 2.
  var isRefusedByKeras3: Bool {
    allLayers.contains { _, node in
      guard KerasLine.keras3.takes(nameOf: node) else { return true }
      guard case .layer(let layer) = node.body else { return false }
      return LayerWords.isRefusedByKeras3(layer)
    }
  }

  /// Whether bicubic interpolation takes its kernel at each distance as it is: see
  /// `KerasVersion.hasExactCubic`.
  var hasExactCubic: Bool {
    allLayers.contains { _, node in
      guard case .layer(let layer) = node.body else { return false }
      return layer.attributes["distances"] != nil
        || layer.attributes[OperationReader.exactDistances] == .bool(true)
    }
  }

  private typealias Place = (path: String, kind: String, reason: String)

  /// The first layer that is as only Keras 3 has it.
  private func layerOfKeras3() throws -> Place? {
    try layerWithMasksOfKeras3() ?? layerOnlyInKeras3("")
  }

  /// - Throws: `KerasError.inexpressible`, naming the layer whose masks are as in a Keras before it.
  private func checkMasksFitKeras3() throws {
    if let layer = callsWithoutMasks.first {
      throw KerasError.at(
        layer: layer.name, kind: layer.kind,
        .inexpressible("only Keras 2 takes None for no mask"))
    }
    try forEachCallWithMasks { call, layer, arrival in
      guard !MaskRules.differ(in: layer, arrival) else {
        throw KerasError.at(
          layer: "\(call.path)", kind: layer.kind,
          .inexpressible("Keras 3 does otherwise with masks"))
      }
    }
  }

  /// The first layer whose masks are used as only Keras 3 uses them.
  private func layerWithMasksOfKeras3() throws -> Place? {
    var found: Place?
    for call in try resolved().calls {
      // Keras 2 masks real numbers only.
      guard case .layer(let layer as Masking) = call.layer.body,
        call.inputTypes.contains(where: { $0?.isReal == false })
      else { continue }
      found = found ?? ("\(call.path)", layer.kind, "masks real numbers only")
    }
    try forEachCallWithMasks { call, layer, arrival in
      guard try MaskRules.differFromKeras2(in: layer, arrival) else { return }
      found = found ?? ("\(call.path)", layer.kind, "does otherwise with masks")
    }
    return found
  }

  private func forEachCallWithMasks(
    _ body: (ResolvedCall, any Layer, MaskRules.Arrival) throws -> Void
  ) throws {
    let arrivals = layersWithMasks
    let given = pathsGivenMasks
    for call in try resolved().calls {
      guard case .layer(let layer) = call.layer.body,
        call.operandMasks.contains(where: { $0 != nil }) || given.contains(call.layerPath)
      else { continue }
      try body(call, layer, arrivals[call.layerPath] ?? MaskRules.Arrival())
    }
  }

  /// The layers whose calls are given None as their mask, which is no mask to Keras 2 alone.
  private var callsWithoutMasks: [(name: String, kind: String)] {
    let own = calls.filter { call in
      guard let node = layers[call.layer] else { return false }
      return call.arguments.contains {
        node.signature?.role(of: $0.key) == .mask && $0.value == .none
      }
    }
    return own.map { ($0.name, layers[$0.layer]?.kind ?? "") }
      + layers.values.flatMap { node -> [(name: String, kind: String)] in
        guard case .graph(let inner) = node.body else { return [] }
        return inner.callsWithoutMasks
      }
  }

  private func layerOnlyInKeras3(_ path: String) -> Place? {
    // Keras 2 writes constants without their types and reads none of them again.
    if let call = calls.first(where: { !$0.isOnTensorsAlone }) {
      return (
        path + call.layer, layers[call.layer]?.kind ?? "", "does not read a call with \(call.words)"
      )
    }
    for node in layers.values {
      let place = { (reason: String) -> Place in (path + node.name, node.kind, reason) }
      switch node.body {
      case .layer(let layer as IntegerLookup)
      where layer.output == .number && node.computeType.unitRoundoff != nil:
        return place("looks integers up in no type of real numbers")
      case .layer(let layer) where LayerWords.isOnlyForKeras3(layer):
        return place("does not have what it does")
      case .graph(let inner) where inner.form == .timeDistributed:
        return place("has no words for a model in time steps that Keras 3 reads too")
      case .graph(let inner):
        if let found = inner.layerOnlyInKeras3(path + node.name + "/") { return found }
      case .layer, .unsupported: continue
      }
    }
    return nil
  }
}
