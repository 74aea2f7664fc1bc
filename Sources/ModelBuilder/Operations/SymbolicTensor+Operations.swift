public import ModelGraph

// The operations that residual networks use most; `operation` makes every other one of the table.

extension SymbolicTensor {
  /// Applies an operation of `keras.ops` by its class in Keras 3.
  ///
  /// ```swift
  /// let largest = x.operation("Max", settings: ["axis": .int(-1)])[0]
  /// ```
  ///
  /// - Parameters:
  ///   - name: The class: `Add`, `Reshape`, `GetItem`.
  ///   - others: The operands behind this tensor.
  ///   - settings: What the operation's constructor is given.
  ///   - layerName: The name of the layer; by default one such as Keras makes.
  /// - Returns: All that the operation makes, or one tensor that carries an error.
  public func operation(
    _ name: String, _ others: [any SymbolicOperand] = [], settings: Attributes = [:],
    named layerName: String? = nil, file: StaticString = #fileID, line: UInt = #line
  ) -> [SymbolicTensor] {
    var operation = Operation(unchecked: name, attributes: settings)
    operation.declaration = LayerDeclaration(name: layerName)
    return operation.outputs(of: [self] + others, file: file, line: line)
  }

  /// Equal parts along an axis: `let parts = x.split(into: 3)`.
  public func split(
    into sections: Int, axis: Int = -1, file: StaticString = #fileID, line: UInt = #line
  ) -> [SymbolicTensor] {
    operation(
      "Split", settings: ["sections": .int(sections), "axis": .int(axis)], file: file, line: line)
  }

  /// The parts along an axis between places to cut at.
  public func split(
    at places: [Int], axis: Int = -1, file: StaticString = #fileID, line: UInt = #line
  ) -> [SymbolicTensor] {
    operation(
      "Split", settings: ["indices": .ints(places), "axis": .int(axis)], file: file, line: line)
  }

  /// The same elements in another shape, batch axis included; -1 stands for what is left.
  public func reshaped(
    to shape: [Int], file: StaticString = #fileID, line: UInt = #line
  ) -> SymbolicTensor {
    operation("Reshape", settings: ["newshape": .ints(shape)], file: file, line: line)[0]
  }

  /// The tensor with its axes in another order, batch axis included.
  public func transposed(
    _ axes: [Int], file: StaticString = #fileID, line: UInt = #line
  ) -> SymbolicTensor {
    operation("Transpose", settings: ["axes": .ints(axes)], file: file, line: line)[0]
  }

  /// The product of matrices in the last two axes.
  public func matmul(
    _ other: some SymbolicOperand, file: StaticString = #fileID, line: UInt = #line
  ) -> SymbolicTensor {
    operation("Matmul", [other], file: file, line: line)[0]
  }

  /// Each element, raised to `minimum` and lowered to `maximum`.
  public func clipped(
    from minimum: Double, to maximum: Double, file: StaticString = #fileID, line: UInt = #line
  ) -> SymbolicTensor {
    operation(
      "Clip", settings: ["x_min": .double(minimum), "x_max": .double(maximum)], file: file,
      line: line)[0]
  }
}

// MARK: - Of each element

extension SymbolicTensor {
  /// The absolute value of each element.
  public func absolute(file: StaticString = #fileID, line: UInt = #line) -> SymbolicTensor {
    operation("Absolute", file: file, line: line)[0]
  }

  /// The square of each element.
  public func square(file: StaticString = #fileID, line: UInt = #line) -> SymbolicTensor {
    operation("Square", file: file, line: line)[0]
  }

  /// The square root of each element.
  public func sqrt(file: StaticString = #fileID, line: UInt = #line) -> SymbolicTensor {
    operation("Sqrt", file: file, line: line)[0]
  }

  /// One over the square root of each element.
  public func rsqrt(file: StaticString = #fileID, line: UInt = #line) -> SymbolicTensor {
    operation("Rsqrt", file: file, line: line)[0]
  }

  /// e to the power of each element.
  public func exp(file: StaticString = #fileID, line: UInt = #line) -> SymbolicTensor {
    operation("Exp", file: file, line: line)[0]
  }

  /// The natural logarithm of each element.
  public func log(file: StaticString = #fileID, line: UInt = #line) -> SymbolicTensor {
    operation("Log", file: file, line: line)[0]
  }

  /// The hyperbolic tangent of each element.
  public func tanh(file: StaticString = #fileID, line: UInt = #line) -> SymbolicTensor {
    operation("Tanh", file: file, line: line)[0]
  }

  /// 1 / (1 + e⁻ˣ) of each element.
  public func sigmoid(file: StaticString = #fileID, line: UInt = #line) -> SymbolicTensor {
    operation("Sigmoid", file: file, line: line)[0]
  }

  /// The larger of each element and 0.
  public func relu(file: StaticString = #fileID, line: UInt = #line) -> SymbolicTensor {
    operation("Relu", file: file, line: line)[0]
  }

  /// The larger of each element and 0, at most 6.
  public func relu6(file: StaticString = #fileID, line: UInt = #line) -> SymbolicTensor {
    operation("Relu6", file: file, line: line)[0]
  }

  /// x · sigmoid(x) of each element.
  public func silu(file: StaticString = #fileID, line: UInt = #line) -> SymbolicTensor {
    operation("Silu", file: file, line: line)[0]
  }
}

// MARK: - Along axes

extension SymbolicTensor {
  /// The sum along axes, or of the whole tensor, all items of the batch included.
  public func sum(
    axes: [Int]? = nil, keepsAxes: Bool = false, file: StaticString = #fileID, line: UInt = #line
  ) -> SymbolicTensor {
    reduced("Sum", axes, keepsAxes, file, line)
  }

  /// The mean along axes, or of the whole tensor, all items of the batch included.
  public func mean(
    axes: [Int]? = nil, keepsAxes: Bool = false, file: StaticString = #fileID, line: UInt = #line
  ) -> SymbolicTensor {
    reduced("Mean", axes, keepsAxes, file, line)
  }

  /// The largest element along axes, or of the whole tensor, all items of the batch included.
  public func max(
    axes: [Int]? = nil, keepsAxes: Bool = false, file: StaticString = #fileID, line: UInt = #line
  ) -> SymbolicTensor {
    reduced("Max", axes, keepsAxes, file, line)
  }

  /// The smallest element along axes, or of the whole tensor, all items of the batch included.
  public func min(
    axes: [Int]? = nil, keepsAxes: Bool = false, file: StaticString = #fileID, line: UInt = #line
  ) -> SymbolicTensor {
    reduced("Min", axes, keepsAxes, file, line)
  }

  private func reduced(
    _ name: String, _ axes: [Int]?, _ keepsAxes: Bool, _ file: StaticString, _ line: UInt
  ) -> SymbolicTensor {
    var settings: Attributes = ["keepdims": .bool(keepsAxes)]
    if let axes { settings["axis"] = .ints(axes) }
    return operation(name, settings: settings, file: file, line: line)[0]
  }
}
