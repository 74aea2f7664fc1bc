#if OneDNN

internal import ModelGraph

/// How two tensors are multiplied as matrices, for each place of a batch, without a copy of them: the
/// sizes of all, and in each tensor the distances between neighbours.
struct MatrixProduct {
  /// A tensor `(batch…, rows, columns)`.
  struct Matrix {
    let sizes: [Int]
    let strides: [Int]
  }

  let left, right, result: Matrix
  /// Whether the second tensor is the left matrix: then the columns of the result lie side by side.
  let isExchanged: Bool

  /// The product that a contraction of two tensors is; `nil` where several axes would have to be one
  /// that do not lie in a row.
  init?(_ contraction: Primitives.Contraction, _ first: [Int], _ second: [Int]) {
    let (x, y) = (Axes(contraction.first, first), Axes(contraction.second, second))
    var sizes = x.sizes
    sizes.merge(y.sizes) { size, _ in size }
    let z = Axes(contraction.result, contraction.result.map { sizes[$0] ?? 1 })
    let roles = contraction.roles
    guard roles.batch.count + 2 <= Layout.rankLimit,
      let left = x.matrix(roles.batch, roles.rows, roles.inner),
      let right = y.matrix(roles.batch, roles.inner, roles.columns),
      let result = z.matrix(roles.batch, roles.rows, roles.columns)
    else { return nil }
    // The result has to have its columns side by side.
    isExchanged = result.strides.last != 1
    guard isExchanged else {
      (self.left, self.right, self.result) = (left, right, result)
      return
    }
    (self.left, self.right, self.result) = (
      right.transposed, left.transposed, result.transposed
    )
  }

  /// The axes of a tensor, by their letters.
  private struct Axes {
    let sizes: [Character: Int]
    let strides: [Character: Int]

    init(_ letters: String, _ sizes: [Int]) {
      self.sizes = Dictionary(uniqueKeysWithValues: zip(letters, sizes))
      strides = Dictionary(uniqueKeysWithValues: zip(letters, Layout.rowMajorStrides(sizes)))
    }

    /// The tensor with the axes of rows as one, and those of columns.
    func matrix(
      _ batch: [Character], _ rows: [Character], _ columns: [Character]
    ) -> Matrix? {
      guard let rows = merged(rows), let columns = merged(columns) else { return nil }
      return Matrix(
        sizes: batch.map { sizes[$0] ?? 1 } + [rows.size, columns.size],
        strides: batch.map { strides[$0] ?? 1 } + [rows.stride, columns.stride])
    }

    /// Axes as one, the last of them innermost.
    private func merged(_ letters: [Character]) -> (size: Int, stride: Int)? {
      // An axis of one element is at any distance.
      let axes = letters.map { (size: sizes[$0] ?? 1, stride: strides[$0] ?? 1) }
        .filter { $0.size != 1 }
      guard let last = axes.last else { return (1, sizes.values.reduce(1, *)) }
      var size = last.size
      for axis in axes.dropLast().reversed() {
        guard axis.stride == size * last.stride else { return nil }
        size *= axis.size
      }
      return (size, last.stride)
    }
  }
}

extension MatrixProduct.Matrix {
  /// The matrices with rows and columns exchanged.
  fileprivate var transposed: Self {
    func exchanged(_ numbers: [Int]) -> [Int] {
      numbers.dropLast(2) + numbers.suffix(2).reversed()
    }
    return Self(sizes: exchanged(sizes), strides: exchanged(strides))
  }

  /// The layout.
  var layout: Layout {
    get throws(OneDNNError) { try Layout(sizes, strides: strides) }
  }
}

#endif
