internal import OrderedCollections
public import ModelGraph

extension Golden {
  /// Checks that this can be a recording of a model.
  ///
  /// What is fed has to fit its inputs, every call and output that is recorded has to be one of its own,
  /// of the shape that it has, and the weights have to be the golden's as far as ``Verifier`` asks. What
  /// the tensors hold is not looked at, nor is what is not recorded, nor masks, of which some backends
  /// make more than a model has: all this is the verifier's to judge.
  ///
  /// - Returns: Which of the weights are the golden's; `nil` where it does not know.
  /// - Throws: ``VerificationError`` that names the first thing that differs; what reading weights throws.
  @discardableResult public func check(isOf model: Model) throws -> WeightComparison? {
    let unsupported = Set(model.unsupportedLayers.map(\.path))
    for one in resolved(for: model).cases {
      let table: CallTable
      do throws(ModelError) {
        let fed = try model.graph.fed(one.inputs)
        table = try CallTable(model.graph, inputs: fed.map(\.shape))
      } catch {
        throw VerificationError.run(case: one.name, error)
      }
      let outputs = Dictionary(
        table.outputs.flatMap { output in output.names.map { ($0, output.slot) } }
      ) { first, _ in first }
      for (kind, tensors, slots) in [
        ("calls", one.calls, table.slots), ("outputs", one.outputs, outputs),
      ] {
        for (name, tensor) in tensors {
          guard let slot = slots[name] else {
            // How many tensors a layer makes that cannot be run, nobody knows.
            if unsupported.contains(Self.layerPath(of: name)) { continue }
            throw VerificationError.otherTensor(
              case: one.name, "\(kind)/\(name)", model: model.graph.name)
          }
          guard let expected = table.shape(of: slot), !tensor.fits(expected) else { continue }
          throw VerificationError.otherShape(
            case: one.name, "\(kind)/\(name)", found: tensor.shape, expected: expected)
        }
      }
    }
    return try WeightComparison(of: model, knownTo: self)
  }

  /// The path of the layer that makes a tensor: its name without the numbers of calls and outputs.
  private static func layerPath(of name: String) -> String {
    name.split(separator: "/").map { part in
      part.split(separator: ":").first.map(String.init) ?? ""
    }.joined(separator: "/")
  }
}

extension Tensor {
  /// Whether its axes have the sizes that are known; of texts, those before their bytes.
  fileprivate func fits(_ shape: Shape) -> Bool {
    guard dimensions.count == shape.rank else { return false }
    let axes = dtype == .string ? dimensions.dropLast() : dimensions[...]
    return axes.indices.allSatisfy { shape[$0] == nil || shape[$0] == axes[$0] }
  }
}
