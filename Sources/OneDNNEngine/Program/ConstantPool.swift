#if OneDNN

internal import ResidualGraph
internal import Synchronization

/// The weights of a model as primitives want them, packed once however many programs use them.
final class ConstantPool: Sendable {
  private struct Entry {
    let layout: Layout
    let memory: Memory
  }

  private let packed = Mutex<[String: [Entry]]>([:])

  /// The kernel of filters in a layout `([groups,] filters, channels, spatial…)`.
  func kernel(_ filters: Filters, in layout: Layout) throws -> Memory {
    if let memory = find(filters.name, layout) { return memory }
    let stored = try Layout(filters.sizes, strides: filters.strides)
    let numbers = try filters.numbers()
    let source = try Memory(stored, holding: numbers)
    let memory = try Memory(layout)
    let reorder = try Primitive(from: stored, to: layout)
    try reorder.run(
      Arguments([
        (.source, source), (.destination, memory),
        (.scratchpad, try Memory(reorder.layout(.scratchpad))),
      ]))
    packed.withLock { $0[filters.name, default: []].append(Entry(layout: layout, memory: memory)) }
    return memory
  }

  /// Numbers along one axis.
  func row(_ numbers: [Double]) throws -> Memory {
    try Memory(Layout(rowMajor: [numbers.count]), holding: numbers.map(Float.init))
  }

  private func find(_ name: String, _ layout: Layout) -> Memory? {
    packed.withLock { $0[name]?.first { $0.layout == layout }?.memory }
  }
}

extension Filters {
  /// The kernel's shape as oneDNN has it.
  var sizes: [Int] {
    let sizes = kernel.dimensions
    let spatial = sizes.dropLast(2)
    let (inner, last) = (sizes[sizes.count - 2], sizes[sizes.count - 1])
    return switch form {
    case .groups(1), .product: [last, inner] + spatial
    case .groups(let groups): [groups, last / groups, inner] + spatial
    case .depthwise: [inner, last, 1] + spatial
    }
  }

  /// The distances between neighbours of the stored kernel along these axes.
  var strides: [Int] {
    let sizes = kernel.dimensions
    let stored = Layout.rowMajorStrides(sizes)
    let spatial = stored.dropLast(2)
    let last = sizes[sizes.count - 1]
    return switch form {
    case .groups(1), .product: [1, last] + spatial
    case .groups(let groups): [last / groups, 1, last] + spatial
    case .depthwise: [last, 1, 1] + spatial
    }
  }

  /// The stored kernel's elements, each times its filter's scale.
  func numbers() throws -> [Float] {
    let stored = try kernel.array(Float.self).elements
    guard let scale else { return stored }
    let count = scale.count
    return filledInParallel(
      rowCount: stored.count / count, rowLength: count, minimumRows: 65536 / count + 1
    ) { (rows, output: inout MutableSpan<Float>) in
      let source = stored.span
      let factors = scale.span
      for row in rows {
        let start = (row - rows.lowerBound) * count
        for index in factors.indices {
          output[start + index] = Float(Double(source[row * count + index]) * factors[index])
        }
      }
    }
  }
}

#endif
