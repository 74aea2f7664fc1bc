internal import ModelGraph
internal import OrderedCollections

/// Where Keras's own format keeps the weights of a layer.
///
/// It is at the attributes of the Python objects that own them, counted by object. As
/// `keras/src/saving/saving_lib.py`.
struct WeightPaths {
  /// A weight, and where it may be: versions have named attributes otherwise.
  struct Place {
    let slot: WeightSlot
    /// The paths of datasets, of which one is there.
    let datasets: [String]
    /// Datasets that hold the same weight once more.
    var copies: [String] = []
  }

  /// A layer, with the path of the group that it keeps its weights under.
  struct Owner {
    /// The layer's path in the model.
    let layer: String
    let node: LayerNode
    let group: String
  }

  /// The layers of a model, those of nested models among them, each with its group.
  ///
  /// Groups are numbered by class, among all layers of one model but operations, whether they have weights
  /// or not.
  ///
  /// - Parameter tree: The weights, whose layout is that of a version of Keras; as the latest has it, where
  ///   there are none yet.
  static func owners(
    of graph: Graph, in tree: WeightTree? = nil, _ group: String = "", path: String = ""
  ) -> [Owner] {
    var counts: [String: Int] = [:]
    var owners: [Owner] = []
    let layout = tree?.layout ?? .latest
    for node in graph.layers.values {
      // Keras does not count the input of a Sequential model as one of its layers.
      guard !node.kind.hasPrefix(Operation.prefix), graph.form != .sequential || !node.isInput
      else { continue }
      let key = className(of: node).inSnakeCase
      let own = "\(group)/\(layout.list)/\(key)" + (counts[key].map { "_\($0)" } ?? "")
      counts[key, default: 0] += layout.listsWeightedTwice && tree?.holds(own) == true ? 2 : 1
      let layerPath = path + node.name
      owners.append(Owner(layer: layerPath, node: node, group: own))
      guard case .graph(let inner) = node.body else { continue }
      if let model = inner.distributedModel, case .graph(let each) = model.body {
        owners += Self.owners(
          of: each, in: tree, own + "/layer", path: "\(layerPath)/\(model.name)/")
      } else {
        owners += Self.owners(of: inner, in: tree, own, path: layerPath + "/")
      }
    }
    return owners
  }

  /// Where the weights of a layer are.
  static func places(of owner: Owner, _ specifications: [ParameterSpecification]) -> [Place] {
    guard case .layer(let layer) = owner.node.body else { return [] }
    // The weights of an object are counted in the order in which it has them.
    var counts: [[String]: Int] = [:]
    return specifications.map { specification in
      let slot = WeightSlot(
        layer: owner.layer, role: specification.role, shape: specification.shape)
      let parents = PathName(specification.role).parent.split(separator: "/")[...]
      if let normalization = spectralNormalization(layer, []), slot.leaf == "vector_u" {
        // The first that it owns is the kernel of the layer inside once more.
        return Place(slot: slot, datasets: [owner.group + normalization + "/vars/1"])
      }
      if slot.leaf == WeightTree.tokenWeightsName {
        let paths = WeightTree.tokenWeightPaths(owner)
        return Place(slot: slot, datasets: [paths[0]], copies: Array(paths.dropFirst()))
      }
      let objects = attributes(of: layer, to: parents)
      let index = counts[objects[0], default: 0]
      counts[objects[0]] = index + 1
      var place = Place(
        slot: slot,
        datasets: objects.map {
          ([owner.group] + $0 + ["vars", "\(index)"]).joined(separator: "/")
        })
      if let normalization = spectralNormalization(layer, []), index == 0 {
        place.copies = [owner.group + normalization + "/vars/0"]
      }
      return place
    }
  }

  // MARK: - Attributes

  /// The group of a `SpectralNormalization` below that of a layer that is one, or has one inside.
  private static func spectralNormalization(_ layer: any Layer, _ path: [String]) -> String? {
    switch layer {
    case is SpectralNormalization: path.map { "/" + $0 }.joined()
    case let layer as TimeDistributed: spectralNormalization(layer.layer, path + ["layer"])
    default: nil
    }
  }

  /// The attributes that lead from a layer, or a cell, to the object that owns weights; one list for each way in which
  /// versions have named them.
  ///
  /// - Parameter parents: What stands before the weights' own names in their roles.
  private static func attributes(
    of object: Any, to parents: ArraySlice<Substring>
  ) -> [[String]] {
    switch object {
    case let layer as TimeDistributed: prefix("layer", attributes(of: layer.layer, to: parents))
    case let layer as SpectralNormalization:
      prefix("layer", attributes(of: layer.layer, to: parents))
    case let layer as Bidirectional:
      parents.first == "forward"
        ? prefix("forward_layer", attributes(of: layer.forward, to: parents.dropFirst()))
        : prefix("backward_layer", attributes(of: layer.backward, to: parents.dropFirst()))
    case let layer as any RecurrentLayer:
      prefix("cell", attributes(of: layer.cell, to: parents))
    case let cell as SomeCell: attributes(of: cell.cell, to: parents)
    case let cell as StackedRNNCells: attributes(of: cell, to: parents)
    case is MultiHeadAttention, is GroupQueryAttention:
      parents.first.map { role in
        let name = (role == "attention_output" ? "output" : String(role)) + "_dense"
        // Keras 2 and 3.0 have no public names, and Keras 3 has none of some.
        return object is GroupQueryAttention || role == "gate"
          ? [["_" + name]] : [[name], ["_" + name]]
      } ?? [[]]
    default: [[]]
    }
  }

  private static func attributes(
    of stack: StackedRNNCells, to parents: ArraySlice<Substring>
  ) -> [[String]] {
    // `cells`, and the place of one of them.
    guard let place = parents.dropFirst().first.flatMap({ Int($0) }),
      stack.cells.indices.contains(place)
    else { return [[]] }
    let keys = stack.cells.map { $0.kind.inSnakeCase }
    let before = keys[..<place].count { $0 == keys[place] }
    let key = before == 0 ? keys[place] : "\(keys[place])_\(before)"
    return prefix(
      "cells", prefix(key, attributes(of: stack.cells[place], to: parents.dropFirst(2))))
  }

  private static func prefix(_ attribute: String, _ lists: [[String]]) -> [[String]] {
    lists.map { [attribute] + $0 }
  }

  // MARK: - Classes

  /// The class in Python.
  private static func className(of node: LayerNode) -> String {
    switch node.body {
    case .graph(let graph):
      switch graph.form {
      case .sequential: "Sequential"
      case .functional: "Functional"
      case .timeDistributed: TimeDistributed.kind
      }
    default: node.kind == GroupQueryAttention.kind ? "GroupedQueryAttention" : node.kind
    }
  }
}
